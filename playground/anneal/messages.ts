import type { AnnealOptions, AnnealResult, AnnealStep, Autonomy, IgnoredComparison, PhaseTransition } from "wayward";
import type { Dataset } from "../data/dataset.js";

export type Points = Pick<Dataset, "data" | "dimensions">;

export interface AnnealInput {
  points: Points;
  /** The problem, solved without any knob. */
  options: AnnealOptions;
  /** The same problem on the schedule that is played. */
  played: AnnealOptions;
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

/** The answer: what `solver.anneal` and `solver.compareIgnored` return for the options. */
export interface Solution {
  result: AnnealResult;
  ignored: IgnoredComparison;
}

/** The answer, and the way there from the first beta to the last, ready to be played back. */
export interface AnnealRun extends Solution {
  frames: Frame[];
  /** Of the schedule that is played. */
  transitions: PhaseTransition[];
}

export type AnnealEvent =
  | { kind: "solution"; solution: Solution }
  | { kind: "progress"; steps: number; beta: number }
  | { kind: "run"; run: AnnealRun };

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
