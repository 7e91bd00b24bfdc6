import type { Core } from "../core/memory.js";
import type { CheckedPoints } from "../points.js";
import type { Sweeper } from "../types.js";
import type { Crew } from "./driver.js";
import { Shard } from "./shard.js";

/** The points of a run, as they go to shards. */
export interface Input {
  points: CheckedPoints;
  weights: Float64Array | null;
  groups: Int32Array | null;
  /** Shards begin at multiples of this. */
  blockRows: number;
}

/** Milliseconds of work after which timers, and with them whatever aborts, get their turn. */
const SLICE = 12;

/** Sweeps on this thread: one shard that holds everything. */
export function sweepHere(newCore: () => Core, { points, weights, groups }: Input, fallback: string | null): Crew {
  const shard = new Shard(newCore, points, { weights: weights ?? undefined, groups: groups ?? undefined });
  let rested = Date.now();
  const answer = async <T>(work: () => T): Promise<T> => {
    if (Date.now() - rested > SLICE) {
      await new Promise((resolve) => setTimeout(resolve));
      rested = Date.now();
    }
    return work();
  };
  const sweeper: Sweeper = {
    rows: points.rows,
    dimensions: points.dimensions,
    open: (problem) => answer(() => shard.open(problem)),
    sweep: (request) => answer(() => shard.sweep(request)),
    labels: (request) => answer(() => shard.labels(request)),
    policy: (request) => answer(() => shard.policy(request)),
  };
  return { sweeper, threads: 0, fallback, close: () => {} };
}
