import type { AnnealResult, AnnealStep, PhaseTransition } from "../types.js";
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
  /** Critical beta seen from the last step; null: not computed. */
  predicted: number | null;
  /** `effort: "high"`: solutions to choose from, then those still to relocate. */
  candidates: Candidate[];
  /** The best solution that was relocated to its end. */
  best: Candidate | null;
  /** Starts made so far. */
  starts: number;
  stopped: AnnealResult["stopped"];
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

/** A step of one kind: makes its sweeps and updates the progress; the annealer writes the record. */
export type Step = (run: Run) => Sweeps<void>;

/** Centers farther apart than a hundredth of a standard deviation, counted once. */
export function distinctCenters({ problem }: Run): number {
  return problem.core.run((x) => x.distinctCenters(problem.pointer));
}

/** D below this (scaled: the data's variance is 1) is rounding: as many centers as distinct points. */
const NOTHING_LEFT = 1e-12;

/** Is D above F by at most this share of D, after a soft sweep? */
export function isHard(problem: Problem, share: number): boolean {
  const hard = problem.get("hardDistortion");
  return hard - problem.get("freeEnergy") <= share * hard || hard <= NOTHING_LEFT;
}

/** Takes the present centers as a solution. */
export function candidate(problem: Problem): Candidate {
  return { centers: Array.from(problem.centers), distortion: problem.get("hardDistortion") };
}
