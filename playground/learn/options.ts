import type { LearnerOptions } from "wayward";
import type { State } from "../state.js";
import type { LearnInput } from "./messages.js";

/** Q-learning needs no model of the autonomy, and many times the interactions. */
const QLEARNING_FACTOR = 20;

export function budgetOf(method: LearnInput["method"], { interactions }: Pick<State, "interactions">): number {
  return method === "qlearning" ? QLEARNING_FACTOR * interactions : interactions;
}

/** The options that the page hands to `solver.learner`, and that the shown program has. */
export function learnerOptions({ method, clusters, budget, seed }: Omit<LearnInput, "points">): LearnerOptions {
  const shared = { clusters, interactions: budget, batch: Math.max(256, Math.ceil(budget / 800)), seed };
  switch (method) {
    case "counts":
      // Tables follow the centers only if what was seen under earlier ones is forgotten.
      return { ...shared, method, forgetting: 0.5 };
    case "qlearning":
      return { ...shared, method };
    default:
      return { ...shared, method: "auto" };
  }
}
