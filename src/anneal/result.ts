import { checkAutonomy } from "../autonomy.js";
import { MODE } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectObject } from "../errors.js";
import { checkPoints, checkWeights } from "../points.js";
import type { AnnealOptions, AnnealResult, Autonomy, Points } from "../types.js";
import { Problem } from "./problem.js";
import type { Run } from "./run.js";
import { checkCenters } from "./settings.js";
import { type Sweeps, sweep } from "./sweeps.js";

/** A result without what has the length of the points. */
export type Summary = Omit<AnnealResult, "labels" | "policy">;

/**
 * The result as things stand: everything is computed anew from the centers that are returned. The last sweep is
 * soft, at those centers and at `beta`: labels and policy are read there.
 */
export function* summarize(run: Run, options: AnnealOptions): Sweeps<Summary> {
  const { problem, progress, settings, steps, transitions } = run;
  const unit = problem.squaredScale;
  const centers = problem.allCenters();
  problem.setCenters(problem.scaled(centers.flat()));
  const distortion = yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  const masses = Array.from(problem.array("masses", settings.clusters));
  const prescribedMasses = Array.from(problem.array("prescribed", settings.clusters));
  const freeEnergy = yield* sweep(MODE.soft, progress.beta);
  return {
    centers,
    distortion: distortion * unit,
    freeEnergy: freeEnergy * unit,
    beta: progress.beta / unit,
    masses,
    prescribedMasses,
    phaseTransitions: [...transitions],
    steps: [...steps],
    sweeps: steps.reduce((sum, step) => sum + step.sweeps, 0),
    stopped: progress.stopped,
    autonomy: options.autonomy ?? { kind: "none" },
    seed: settings.seed,
  };
}

/** Labels of new points under the centers and the autonomy of a result. */
export function predict(
  core: Core,
  result: Pick<AnnealResult, "centers" | "autonomy">,
  points: Points,
  groups?: ArrayLike<number>,
): Int32Array {
  expectObject(result, "result");
  const autonomy = withGroups(result.autonomy, groups);
  const problem = problemAt(core, points, result.centers, autonomy);
  problem.sweep(MODE.hard, Number.POSITIVE_INFINITY);
  return problem.labels();
}

/** Distortion of any centers under any autonomy, labels chosen as the best prescription. */
export function distortionOf(
  core: Core,
  points: Points,
  centers: Points,
  autonomy?: Autonomy,
  weights?: ArrayLike<number>,
): number {
  const problem = problemAt(core, points, centers, autonomy, weights);
  return problem.sweep(MODE.hard, Number.POSITIVE_INFINITY) * problem.squaredScale;
}

function problemAt(
  core: Core,
  points: Points,
  centers: Points,
  autonomy: Autonomy | undefined,
  weights?: ArrayLike<number>,
): Problem {
  const checked = checkPoints(points);
  const flat = checkCenters(centers, null, checked.dimensions);
  const clusters = flat.length / checked.dimensions;
  const problem = new Problem(
    core,
    checked,
    weights === undefined ? null : checkWeights(weights, checked.rows),
    clusters,
    checkAutonomy(autonomy, clusters, checked.rows),
  );
  problem.setCenters(problem.scaled(flat));
  return problem;
}

/** `groups` autonomy names the entities it was solved for; new points need their own. */
function withGroups(autonomy: Autonomy, groups: ArrayLike<number> | undefined): Autonomy {
  if (autonomy?.kind !== "groups") {
    expectInput(groups === undefined, () => `groups is given, but the result's autonomy is "${autonomy?.kind}"`);
    return autonomy;
  }
  expectInput(
    groups !== undefined,
    () => 'groups is missing, expected the new points\' groups: the autonomy is "groups"',
  );
  return { ...autonomy, groups };
}
