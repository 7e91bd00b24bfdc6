import type { AnnealStep, PhaseTransition } from "../types.js";
import type { Problem } from "./problem.js";
import type { Settings } from "./settings.js";
import type { Sweeps } from "./sweeps.js";

/** Where a run stands between two steps: plain data, saved as it is. Betas and values are scaled. */
export interface Progress {
  phase: "start" | "anneal" | "polish" | "twins" | "restart" | "swap" | "relocate" | "finish" | "done";
  /** Of the last soft step. */
  beta: number;
  /** Of the next one. */
  nextBeta: number;
  /** Distinct centers after the last step. */
  distinct: number;
  /** Critical beta seen from the last step; null: not computed (or infinite or 0, as data units cannot tell). */
  predicted: number | null;
  /** `effort: "high"`: solutions to choose from, then those still to relocate. */
  candidates: Candidate[];
  /** The best solution that was relocated to its end. */
  best: Candidate | null;
  /** Starts made so far. */
  starts: number;
  stopped: "hard" | "betaEnd" | "trivial";
}

export interface Candidate {
  centers: number[];
  distortion: number;
}

/** What every step works on. */
export interface Run {
  problem: Problem;
  settings: Settings;
  progress: Progress;
  steps: AnnealStep[];
  transitions: PhaseTransition[];
  /** Requests made since the last record; kept by the runner. */
  sweeps: number;
}

/** A step of one kind: makes its sweeps, updates the progress, leaves the record to `recordStep`. */
export type Step = (run: Run) => Sweeps<void>;

/** Centers farther apart than a hundredth of a standard deviation, counted once. */
export function distinctCenters({ problem }: Run): number {
  return problem.core.run((x) => x.distinctCenters(problem.pointer));
}

/** Takes the present centers as a solution. */
export function candidate(problem: Problem): Candidate {
  return { centers: Array.from(problem.centers), distortion: problem.get("hardDistortion") };
}
