import type { BanditStatus } from "wayward";
import type { World } from "./world.js";

export const LANES = ["representatives", "tracking", "uniform"] as const;
/** A way of choosing the next pull. */
export type Lane = (typeof LANES)[number];

export interface BanditInput {
  world: World;
  delta: number;
}

/** Everything that happened in one lane, pull by pull. */
export interface LaneRun {
  lane: Lane;
  /** The arm of each pull. */
  arms: Int32Array;
  /** Two coordinates a pull. */
  observations: Float64Array;
  /** Pulls after which the bandit was looked at, and what it said. */
  samples: Sample[];
  /** The certificate. */
  status: BanditStatus;
  /** Whether the partition is the true one; null while there is none. */
  correct: boolean | null;
}

export interface Sample {
  pulls: number;
  /** Share of the threshold reached. */
  statistic: number;
  /** For every arm the true group whose mean is nearest to the estimated one's; null while there is no partition. */
  groups: number[] | null;
}

export type BanditEvent =
  | { kind: "progress"; lane: Lane; pulls: number }
  | { kind: "race"; lanes: LaneRun[]; lowerBound: number };
