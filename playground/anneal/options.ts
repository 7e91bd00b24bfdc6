import type { AnnealOptions, SoftmaxAutonomy } from "wayward";
import type { State } from "../state.js";

export function autonomyOf({ kappa, zeta, gamma, temperature }: State): SoftmaxAutonomy {
  return { kind: "softmax", kappa, zeta, gamma, temperature };
}

/** The options that the page hands to `solver.annealer`, and that the shown program has. */
export function annealOptions(state: State): AnnealOptions {
  const { clusters, schedule, growth, seed } = state;
  const shared = { clusters, autonomy: autonomyOf(state), seed };
  return schedule === "auto" ? shared : { ...shared, schedule, betaGrowth: growth };
}
