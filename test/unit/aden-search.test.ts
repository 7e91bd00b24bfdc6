import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, chooseCandidate } from "../../src/aden/candidates.js";
import { minimize } from "../../src/aden/minimize.js";
import { problemOf, unitsOf } from "../../src/aden/problem.js";
import {
  askSize,
  momentOf,
  standardRecipe,
  totalRounds,
  trainingSteps,
  warmRecipe,
  withBudget,
} from "../../src/aden/recipe.js";
import { rankMoves } from "../../src/aden/relocate.js";
import { checkPoints } from "../../src/points.js";

describe("minimize", () => {
  const project = (x: Float64Array) => x;

  it("finds the minimum of Rosenbrock's valley", async () => {
    const evaluate = async ([a, b]: Float64Array) => ({
      energy: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
      gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
      scale: Float64Array.of(1e-3, 1e-3),
    });
    const { x, evaluations } = await minimize(evaluate, Float64Array.of(-1.2, 1), {
      evaluations: 200,
      tolerance: 1e-12,
      project,
    });
    expect(x[0]).toBeCloseTo(1, 4);
    expect(x[1]).toBeCloseTo(1, 4);
    expect(evaluations).toBeLessThan(100);
  });

  it("takes one step on a quadratic whose scale is known, stays in its box, keeps to its budget", async () => {
    const evaluate = async (x: Float64Array) => ({
      energy: 3 * (x[0] - 2) ** 2 + 5 * (x[1] + 1) ** 2,
      gradient: Float64Array.of(6 * (x[0] - 2), 10 * (x[1] + 1)),
      scale: Float64Array.of(1 / 6, 1 / 10),
    });
    const free = await minimize(evaluate, Float64Array.of(9, 9), { evaluations: 50, tolerance: 1e-9, project });
    expect(free.evaluations).toBe(2);
    expect([...free.x]).toEqual([2, -1]);
    const box = (x: Float64Array) => x.map((value) => Math.max(0, value));
    const held = await minimize(evaluate, Float64Array.of(9, 9), { evaluations: 50, tolerance: 1e-9, project: box });
    expect(held.x[0]).toBeCloseTo(2, 6);
    expect(held.x[1]).toBe(0);
    const short = await minimize(evaluate, Float64Array.of(9, 9), { evaluations: 1, tolerance: 1e-9, project });
    expect([...short.x]).toEqual([9, 9]);
  });
});

describe("relocation", () => {
  it("moves one of two centers that share a blob to the blob that two share one", () => {
    // Two blobs of two points each on a line; centers 0 and 1 sit on the left one, center 2 on nothing's middle.
    const checked = checkPoints([[0], [0.1], [10], [14]]);
    const rho = new Float64Array(4).fill(1 / 4);
    const problem = problemOf(checked, rho, 3, { mean: [0], scale: 1 });
    const centers = [0, 0.1, 12];
    const distances = Array.from(checked.data).flatMap((x) => centers.map((y) => (x - y) ** 2));
    const [best] = rankMoves(problem, distances);
    expect(best.to).toBe(2);
    expect([0, 1]).toContain(best.from);
    expect(Math.abs(best.shift[0])).toBeCloseTo(2, 6); // half the way from 10 to 14
    // The cut frees 1/4 * 1/4 / (1/2) * 4^2 = 2 of distortion; leaving costs 1/4 * 0.1^2.
    expect(best.gain).toBeCloseTo(2 - 0.0025, 6);
  });

  it("proposes nothing for regions that cannot be cut", () => {
    const checked = checkPoints([[0], [1], [2]]);
    const problem = problemOf(
      checked,
      new Float64Array(3).fill(1 / 3),
      3,
      unitsOf(checked, new Float64Array(3).fill(1 / 3)),
    );
    const distances = [0, 1, 4, 1, 0, 1, 4, 1, 0];
    expect(rankMoves(problem, distances)).toEqual([]);
  });
});

describe("the recipe", () => {
  it("keeps to any budget, and uses most of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 5_000_000 }), fc.constantFrom("realized", "costs"), (budget, feedback) => {
        const full = standardRecipe(feedback as "realized");
        const fitted = withBudget(full, budget);
        const taken = totalRounds(fitted) * askSize(fitted);
        expect(taken).toBeLessThanOrEqual(budget);
        expect(taken).toBeGreaterThan(Math.min(budget, totalRounds(full) * askSize(full)) * 0.4);
        expect(trainingSteps(fitted)).toBe(trainingSteps(full));
      }),
    );
  });

  it("runs its schedules: warm-up, growth, hold", () => {
    const recipe = standardRecipe("realized");
    expect(totalRounds(recipe) * askSize(recipe)).toBeLessThanOrEqual(400_000);
    const costs = standardRecipe("costs");
    expect(totalRounds(costs, costs.extensions) * askSize(costs)).toBeLessThanOrEqual(4_000_000);
    expect(momentOf(recipe, recipe.warmup)).toMatchObject({ phase: "warmup", beta: 0.3, sigma: 0.5, growth: 0 });
    const last = momentOf(recipe, recipe.warmup + recipe.rounds);
    expect(last.beta).toBeCloseTo(400, 9);
    expect(last.sigma).toBeCloseTo(0.1, 12);
    expect(last.learningRate).toBeCloseTo(0.03 * recipe.learningRate, 12);
    for (let step = recipe.warmup + 1; step <= recipe.warmup + recipe.rounds; step++) {
      expect(momentOf(recipe, step).beta).toBeGreaterThanOrEqual(momentOf(recipe, step - 1).beta);
    }
  });

  it("trains longer for many clusters", () => {
    const [few, many] = [12, 30].map((clusters) => standardRecipe("realized", "transition", "normal", clusters));
    expect(few).toEqual(standardRecipe("realized"));
    expect(many).toMatchObject({ rounds: 2.5 * few.rounds, exactFrom: 0.5 });
  });

  it("trains half as long where the network knows its world, with as many steps of the centers", () => {
    for (const feedback of ["realized", "costs"] as const) {
      const cold = standardRecipe(feedback);
      const warm = warmRecipe(cold);
      expect(trainingSteps(warm)).toBeLessThanOrEqual(trainingSteps(cold) / 2);
      expect(warm.rounds / warm.centerEvery).toBe(cold.rounds / cold.centerEvery);
      expect(momentOf(warm, 1).phase).toBe("learn");
      expect(momentOf(warm, warm.rounds).beta).toBeCloseTo(cold.betaEnd, 9);
    }
  });

  it("an extension holds beta and lets the rates fall once more", () => {
    const recipe = standardRecipe("realized");
    const ended = trainingSteps(recipe);
    for (const extension of [0, 1]) {
      const first = ended + extension * recipe.extensionRounds + 1;
      const { learningRate, centerRate } = recipe;
      expect(momentOf(recipe, first)).toMatchObject({
        phase: "learn",
        beta: 400,
        sigma: 0.1,
        learningRate,
        centerRate,
      });
      expect(momentOf(recipe, first + recipe.extensionRounds - 1).learningRate).toBeLessThan(0.04 * learningRate);
    }
    expect(trainingSteps(recipe, 2)).toBe(ended + 2 * recipe.extensionRounds);
    expect(totalRounds(recipe, 1)).toBe(totalRounds(recipe) + recipe.extensionRounds + recipe.check);
  });
});

describe("the end", () => {
  const candidate = (
    polish: Candidate["polish"],
    distortion: number,
    excess: number,
    deviation: number,
  ): Candidate => ({
    polish,
    distortion,
    centers: new Float64Array(0),
    distances: new Float32Array(0),
    labels: new Int32Array(0),
    count: 10_000,
    excess: 10_000 * excess,
    squares: 10_000 * (excess ** 2 + deviation ** 2),
  });

  it("the network decides while fresh asks agree with it", () => {
    const [a, b] = [candidate("fixedPoint", 1, 0.01, 1), candidate("exact", 0.99, 0.02, 1)];
    expect(chooseCandidate([a, b])).toBe(b);
    expect(chooseCandidate([b, a])).toBe(b);
  });

  it("fresh costs decide where they contradict it", () => {
    const [a, b] = [candidate("fixedPoint", 1, 0.01, 1), candidate("exact", 0.99, 0.08, 1)];
    expect(chooseCandidate([a, b])).toBe(a);
  });

  it("a contradiction that leaves no difference: the end of eq. 2, which follows no error", () => {
    const [a, b] = [candidate("fixedPoint", 1, 0.05, 1), candidate("exact", 0.99, 0.055, 1)];
    expect(chooseCandidate([a, b])).toBe(a);
    expect(chooseCandidate([b, a])).toBe(a);
  });

  it("a contradicted end that is better all the same wins", () => {
    const [a, b] = [candidate("fixedPoint", 1, 0.05, 1), candidate("exact", 0.9, 0.05, 1)];
    expect(chooseCandidate([a, b])).toBe(b);
  });

  it("among ends of the residual head the lowest told cost", () => {
    const [a, b, c] = [
      candidate("exact", 0.8, 0.3, 1),
      candidate("exact", 0.95, 0.1, 1),
      candidate("exact", 1, 0.1, 1),
    ];
    expect(chooseCandidate([a, b, c])).toBe(b);
  });

  it("without evidence the network decides", () => {
    const blank = { count: 0, excess: 0, squares: 0 };
    const [a, b] = [
      { ...candidate("fixedPoint", 1, 0, 1), ...blank },
      { ...candidate("exact", 0.99, 0, 1), ...blank },
    ];
    expect(chooseCandidate([a, b])).toBe(b);
  });
});
