import type { BanditOptions } from "wayward";
import type { Lane } from "./messages.js";
import type { World } from "./world.js";

/** A page should not run for minutes: past this a lane gives up. */
export const MOST_PULLS = 20_000;

/** The options that the page hands to `solver.bandit`, and that the shown program has. */
export function banditOptions({ labels, means, noise }: World, delta: number, allocation: Lane): BanditOptions {
  return {
    arms: labels.length,
    dimensions: 2,
    clusters: means.length,
    delta,
    allocation,
    stopping: "pairwise",
    covariance: Number((noise ** 2).toPrecision(12)),
    maxPulls: MOST_PULLS,
  };
}
