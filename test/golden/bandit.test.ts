// Same seed, same pulls. The stopping times were recorded from this core when it equaled the plain algorithms of
// test/reference pull by pull (test/unit/bandit-loop.test.ts); a change here means that some bit has changed.
import { expect, it } from "vitest";
import type { BanditAllocation } from "../../src/types.js";
import { loadSolver } from "../unit/bandit-helpers.js";

// "Moderate" of section 6.1, delta = 0.01, pairwise rule, seed 2026, trials 0 to 3.
const instance = {
  labels: [0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3],
  centers: [
    [0, 0, 0],
    [0, 10, 0],
    [0, 0, 10],
    [1, 0, 0],
  ],
};

it.each<[BanditAllocation, number[]]>([
  ["representatives", [311, 434, 329, 379]],
  ["tracking", [358, 542, 430, 432]],
  ["lazy", [363, 562, 430, 432]],
  ["uniform", [682, 1144, 871, 880]],
  ["oracle", [339, 542, 430, 432]],
])("%s", async (allocation, pulls) => {
  const solver = await loadSolver();
  const trials = [...solver.simulateBandit({ instance, deltas: [0.01], allocation, trials: 4, seed: 2026 })];
  expect(trials.map(([outcome]) => outcome.pulls)).toEqual(pulls);
  expect(trials.every(([outcome]) => outcome.correct)).toBe(true);
});
