import type { SoftmaxAutonomy } from "wayward";
import type { Points } from "../anneal/messages.js";
import type { Method } from "../state.js";

export interface LearnInput {
  /** `known` is who knows the autonomy, for comparison. */
  method: Method | "known";
  points: Points;
  clusters: number;
  /** The truth: the world draws from it, and judges by it. */
  autonomy: SoftmaxAutonomy;
  /** Interactions that the learner may ask for. */
  budget: number;
  seed: number;
  /** Goes on from here. */
  saved: Uint8Array | null;
}

/** Where a learner stands. */
export interface LearnPoint {
  interactions: number;
  /** In the true world, at the learner's own labels; of ADEN on its way, at the labels that are best. */
  distortion: number;
  centers: number[][];
  /** Of ADEN's last training steps; null elsewhere. */
  loss: { round: number; loss: number }[] | null;
  /** Where ADEN's graphs run, and why not on an earlier choice. */
  backend: { provider: string; fallback: string | null } | null;
}

export type LearnEvent =
  | { kind: "known"; distortion: number; ignored: number; centers: number[][] }
  | { kind: "step"; point: LearnPoint }
  | { kind: "saved"; bytes: Uint8Array }
  | { kind: "result"; point: LearnPoint; labels: Int32Array };
