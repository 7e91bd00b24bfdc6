import { expectInput, expectOptions } from "../errors.js";
import { type CheckedPoints, checkClusters, checkSeed, checkWeights } from "../points.js";
import type { LearnerOptions, LearningMethod } from "../types.js";
import { checkGroups } from "./fit.js";

/** Options after the check, defaults filled in. */
export interface LearnerSettings {
  clusters: number;
  method: LearningMethod;
  interactions: number;
  batch: number;
  epsilon: number;
  weights: Float64Array | null;
  groups: Int32Array | null;
  forgetting: number;
  memory: number;
  effort: "normal" | "high";
  seed: number;
}

const METHODS: readonly LearningMethod[] = ["auto", "counts", "parametric", "qlearning"];
const NAMES: readonly string[] = [
  "clusters",
  "method",
  "interactions",
  "batch",
  "epsilon",
  "weights",
  "groups",
  "forgetting",
  "memory",
  "effort",
  "seed",
] satisfies (keyof LearnerOptions)[];

/** @throws WaywardError `input` naming the option, its value and what was expected */
export function checkLearnerOptions(options: LearnerOptions, points: CheckedPoints): LearnerSettings {
  expectOptions(options, NAMES);
  const { clusters, method = "auto", effort = "normal", seed = 0 } = options;
  checkClusters(clusters, points.rows);
  checkSeed(seed);
  oneOf("method", method, METHODS);
  oneOf("effort", effort, ["normal", "high"]);
  const { interactions = 100 * points.rows, batch = 256, memory = 200_000, forgetting = 0 } = options;
  const { epsilon = method === "qlearning" ? 0 : 0.1 } = options;
  count("interactions", interactions);
  count("batch", batch);
  count("memory", memory);
  share("epsilon", epsilon);
  share("forgetting", forgetting);
  return {
    clusters,
    method,
    interactions,
    batch: Math.min(batch, interactions),
    epsilon,
    weights: options.weights === undefined ? null : checkWeights(options.weights, points.rows),
    groups: options.groups === undefined ? null : checkGroups(options.groups, points.rows),
    forgetting,
    memory,
    effort,
    seed,
  };
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  expectInput(
    allowed.includes(value),
    () => `${name} is ${JSON.stringify(value)}, expected ${allowed.map((v) => JSON.stringify(v)).join(" or ")}`,
  );
}

function count(name: string, value: number): void {
  expectInput(
    Number.isSafeInteger(value) && value >= 1,
    () => `${name} is ${value}, expected an integer of at least 1`,
  );
}

function share(name: string, value: number): void {
  expectInput(
    Number.isFinite(value) && value >= 0 && value <= 1,
    () => `${name} is ${value}, expected a share from 0 to 1`,
  );
}
