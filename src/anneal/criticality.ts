import { MODE } from "../core/exports.js";
import type { Problem } from "./problem.js";
import type { Sweeps } from "./sweeps.js";

/** What the curvature says of the active centers, scaled units. */
export interface Criticality {
  /** The beta at which they turn unstable; 0: unstable at every beta; Infinity: never. */
  criticalBeta: number;
  /** Theorem 3: smallest eigenvalue of the Hessian at this beta, relative to twice the masses. */
  delta: number;
  /** Theorem 3: upper bound on ||dY/dbeta||; Infinity where delta <= 0. */
  bound: number;
}

const NEWTON_STEPS = 12;
const SETTLED = 1e-9;
/** Scaled betas beyond this mean that B psi is rounding: the policy does not answer at all. */
const NEVER = 1e9;

/**
 * Theorems 2 and 3, matrix-free, at the active centers and this beta.
 *
 * Where p does not depend on the centers, A equals the scales, so the smallest eigenvalue 1 - beta mu of
 * the scaled Hessian gives the critical beta 1 / mu at once. Otherwise Newton on beta: the lowest
 * eigenvector psi of A - beta B, then beta = psi.A psi / psi.B psi.
 */
export function* criticality(problem: Problem, beta: number): Sweeps<Criticality> {
  const { core, pointer } = problem;
  yield { mode: MODE.soft, beta };
  core.run((x) => x.curvatureBegin(pointer));
  const bound = yield* responseToBeta(problem, beta);
  yield* lowestEigenvector(problem, beta, beta, false);
  const delta = problem.get("delta");
  const criticalBeta =
    problem.autonomy.kind === "softmax"
      ? yield* newton(problem, beta)
      : delta < 1
        ? beta / (1 - delta)
        : Number.POSITIVE_INFINITY;
  problem.setCenters(problem.array("base", problem.active * problem.dimensions));
  return { criticalBeta, delta, bound: delta > 0 ? bound / delta : Number.POSITIVE_INFINITY };
}

function* newton(problem: Problem, beta: number): Sweeps<number> {
  const { core, pointer } = problem;
  let critical = beta;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    yield* product(problem, beta);
    const next = core.run((x) => x.rayleigh(pointer));
    if (!(next > 0)) {
      // A is not positive definite (unstable at every beta), or B answers nothing.
      return next <= 0 && next > -NEVER ? 0 : Number.POSITIVE_INFINITY;
    }
    if (Math.abs(next - critical) <= SETTLED * next) return next;
    critical = next;
    yield* lowestEigenvector(problem, beta, critical, true);
  }
  return critical;
}

/** Smallest eigenvalue (into `delta`) and eigenvector (into `direction`) of A - at B at the policy of `beta`. */
function* lowestEigenvector(problem: Problem, beta: number, at: number, warm: boolean): Sweeps<void> {
  const { core, pointer } = problem;
  core.run((x) => x.lanczosBegin(pointer, warm ? 1 : 0));
  do {
    yield* product(problem, beta);
  } while (core.run((x) => x.lanczosNext(pointer, at)) === 0);
}

/** A psi and B psi for the present direction: one sweep, or four of central differences (gamma > 0). */
function* product(problem: Problem, beta: number): Sweeps<void> {
  const { core, pointer } = problem;
  if (core.run((x) => x.hasAffineResponse(pointer))) {
    core.run((x) => x.stiffnessOfDirection(pointer));
    core.run((x) => x.responseToDirection(pointer));
    yield { mode: MODE.response, beta };
    core.run((x) => x.takeResponse(pointer));
    return;
  }
  for (const [mode, frozen] of [
    [MODE.frozen, 1],
    [MODE.soft, 0],
  ]) {
    for (const side of [1, -1]) {
      if (frozen) core.run((x) => x.freezeBase(pointer));
      core.run((x) => x.shiftFromBase(pointer, side));
      yield { mode, beta };
      core.run((x) => (side === 1 ? x.keepGradient(pointer, frozen) : x.takeDifference(pointer, frozen)));
    }
  }
  core.run((x) => x.responseFromHessian(pointer, beta));
}

/** ||P^(-1/2) d gradient / d beta|| / (2 sqrt(smallest mass)), P twice the masses: the bound times delta. */
function* responseToBeta(problem: Problem, beta: number): Sweeps<number> {
  const { core, pointer } = problem;
  if (core.run((x) => x.hasAffineResponse(pointer))) {
    core.run((x) => x.responseToBeta(pointer));
    yield { mode: MODE.response, beta };
    core.run((x) => x.takeResponse(pointer));
  } else {
    const relative = 1e-5;
    const gradients: Float64Array[] = [];
    for (const side of [1, -1]) {
      yield { mode: MODE.soft, beta: beta * (1 + side * relative) };
      gradients.push(problem.array("gradient", problem.active * problem.dimensions).slice());
    }
    problem
      .array("response", gradients[0].length)
      .set(gradients[0].map((plus, index) => (plus - gradients[1][index]) / (2 * beta * relative)));
  }
  return core.run((x) => x.scaledResponseNorm(pointer) / Math.sqrt(x.smallestScale(pointer)));
}
