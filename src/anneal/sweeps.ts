import { MODE, TRIAL } from "../core/exports.js";
import type { Problem } from "./problem.js";

/** One pass over the points that somebody has to make: mode of the core and scaled beta. */
export interface SweepRequest {
  mode: number;
  beta: number;
}

/**
 * Work that needs sweeps: yields requests, is sent back the value of each (F or D), returns a T.
 * Whoever runs it decides where sweeps happen: here, on threads, or on shards.
 */
export type Sweeps<T> = Generator<SweepRequest, T, number>;

/** Runs work on this thread. */
export function runHere<T>(problem: Problem, work: Sweeps<T>): T {
  let turn = work.next();
  while (!turn.done) turn = work.next(problem.sweep(turn.value.mode, turn.value.beta));
  return turn.value;
}

/** One sweep. */
export function* sweep(mode: number, beta: number): Sweeps<number> {
  return yield { mode, beta };
}

/**
 * k-means++: `count` centers drawn from the points. A draw passes over the points, and a second request brings the
 * point home.
 */
export function* startPlusPlus(problem: Problem, count: number): Sweeps<void> {
  problem.setInteger("active", 0);
  for (let k = 0; k < count; k++) {
    yield { mode: MODE.draw, beta: 0 };
    yield { mode: MODE.take, beta: 0 };
  }
}

export interface Minimization {
  /** Stop when the predicted decrease is below this share of the value. */
  tolerance: number;
  maxIterations: number;
  /** Give up once clearly not going to end below this value. */
  rival?: number;
}

/** L-BFGS pairs to keep; 0 makes eq. 2's steps. */
const PAIRS = 7;
/** How many times its last decrease a run may lie above its rival. */
const PATIENCE = 8;

/**
 * Minimizes F at beta (Infinity: D) from the active centers, which end at the minimum, with the sums of
 * the last sweep belonging to them. Returns F.
 */
export function* minimize(
  problem: Problem,
  beta: number,
  { tolerance, maxIterations, rival = Number.POSITIVE_INFINITY }: Minimization,
): Sweeps<number> {
  const { core, pointer } = problem;
  const pairs = problem.integer("exact") ? PAIRS : 0;
  core.run((x) => x.startMinimizer(pointer, tolerance, maxIterations, pairs, rival, PATIENCE));
  const mode = beta === Number.POSITIVE_INFINITY ? MODE.hard : MODE.soft;
  for (;;) {
    const value = yield { mode, beta };
    const outcome = core.run((x) => x.nextTrial(pointer, value));
    if (outcome !== TRIAL.evaluate) return problem.get("freeEnergy");
  }
}
