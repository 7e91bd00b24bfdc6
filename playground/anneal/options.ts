import type { AnnealOptions, SoftmaxAutonomy } from "wayward";
import type { State } from "../state.js";

/** With one center there is nowhere else to go. */
export function autonomyOf({ clusters, kappa, zeta, gamma, temperature }: State): SoftmaxAutonomy {
  return { kind: "softmax", kappa: clusters === 1 ? 0 : kappa, zeta, gamma, temperature };
}

/** The options that the page hands to `solver.anneal`, and that the shown program has: no knob. */
export function annealOptions(state: State): AnnealOptions & { autonomy: SoftmaxAutonomy } {
  const { clusters, seed } = state;
  return { clusters, autonomy: autonomyOf(state), seed };
}

/** Beyond this many pairs of an entity and a center the curvature, which predicts the splits, takes too long. */
export const MOST_PREDICTED = 60_000;

/** The same problem on the schedule that is played: in small steps of beta, or as the solver itself does. */
export function playedOptions(state: State, rows: number): AnnealOptions {
  const options = annealOptions(state);
  if (state.schedule === "auto") return options;
  const geometric = { ...options, schedule: "geometric", betaGrowth: state.growth } as const;
  if (rows * state.clusters <= MOST_PREDICTED) return geometric;
  return { ...geometric, sensitivity: false, tolerance: 1e-6 };
}
