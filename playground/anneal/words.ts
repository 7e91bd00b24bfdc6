import { counted, exact, short } from "../view/numbers.js";
import type { AnnealRun, Solution } from "./messages.js";
import type { Moment } from "./stage.js";

/** Where a run stands, in a few parts. */
export function momentWords({ frames, result }: AnnealRun, { beta, step }: Moment): string[] {
  const frame = frames[step];
  if (!frame) return ["β = ∞", "everyone has one label", `distortion ${exact(result.distortion)}`];
  const { criticalBeta } = frame;
  const ahead = criticalBeta !== null && Number.isFinite(criticalBeta) && criticalBeta > beta;
  return [
    `β = ${short(beta)}`,
    `${frame.distinctCenters} of ${result.centers.length} centers distinct`,
    `soft distortion ${short(frame.distortion)}`,
    ...(ahead ? [`next split predicted at β = ${short(criticalBeta)}`] : []),
  ];
}

export function resultWords({ result: { sweeps, distortion, steps } }: Solution): string {
  const work = `${counted(steps.length, "step")} and ${counted(sweeps, "pass", "passes")} over the points`;
  return `Solved without a knob in ${work}: distortion ${exact(distortion)}.`;
}
