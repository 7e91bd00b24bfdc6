import type { Core } from "../core/memory.js";
import { expectInput, expectObject } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import type { CriticalBetaOptions } from "../types.js";
import { criticality } from "./criticality.js";
import { Problem } from "./problem.js";
import { checkCenters, checkOptions } from "./settings.js";
import { runHere } from "./sweeps.js";

/** `solver.criticalBeta`: theorem 2 at any state. */
export function criticalBetaOf(core: Core, points: CheckedPoints, options: CriticalBetaOptions): number {
  expectObject(options, "options");
  const { centers, beta, ...rest } = options;
  const settings = checkOptions(rest, points);
  expectInput(
    beta === undefined || (Number.isFinite(beta) && beta > 0),
    () => `beta is ${beta}, expected a positive finite number`,
  );
  const { clusters } = settings;
  const problem = new Problem(core, points, settings.weights, clusters, settings.autonomy);
  if (!problem.varied || clusters === 1) return Number.POSITIVE_INFINITY;
  problem.set("seed", settings.seed);
  problem.setCenters(
    centers === undefined
      ? new Float64Array(clusters * points.dimensions)
      : problem.scaled(checkCenters(centers, clusters, points.dimensions)),
  );
  const unit = problem.squaredScale;
  const rose = 1 / (2 * problem.get("spread"));
  const { criticalBeta } = runHere(problem, criticality(problem, beta === undefined ? rose : beta * unit));
  return criticalBeta / unit;
}
