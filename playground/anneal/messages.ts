import type { AnnealOptions, AnnealResult, AnnealStep, Autonomy, IgnoredComparison } from "wayward";
import type { Dataset } from "../data/dataset.js";

export type Points = Pick<Dataset, "data" | "dimensions">;

export interface AnnealInput {
  points: Points;
  options: AnnealOptions;
}

/** One finite beta of a run. Centers are numbered as in the final result. */
export interface Frame extends Pick<AnnealStep, "beta" | "distortion" | "freeEnergy" | "distinctCenters" | "movement"> {
  /** K x d. */
  centers: number[][];
  /** N x K, pi(j|i) in 255ths. */
  policy: Uint8Array;
  /** Where these centers will stop being stable; null if the library did not compute it. */
  criticalBeta: number | null;
}

/** A run from its first beta to its last, ready to be played back. */
export interface AnnealRun {
  frames: Frame[];
  /** What `solver.anneal` returns for the same options. */
  result: AnnealResult;
  /** What `solver.compareIgnored` returns for it. */
  ignored: IgnoredComparison;
}

export type AnnealEvent = { kind: "progress"; steps: number; beta: number } | { kind: "run"; run: AnnealRun };

/** Send entities out: what each realizes when prescribed its label. */
export interface JourneyInput {
  points: Points;
  centers: number[][];
  autonomy: Autonomy;
  entities: Int32Array;
  prescribed: Int32Array;
  seed: number;
}
export type JourneyEvent = Int32Array;
