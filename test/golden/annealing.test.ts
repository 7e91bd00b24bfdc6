/** Numbers with their origin: closed forms, the bits of this build, and the papers' data where it is present. */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Solver } from "../../src/solver.js";
import type { Autonomy } from "../../src/types.js";
import { hashOf } from "../conformance/hash.js";
import { autonomies } from "../unit/helpers.js";

let solver: Solver;
beforeAll(async () => {
  const bytes = readFileSync(new URL("../../dist/core.wasm", import.meta.url));
  solver = new Solver(await WebAssembly.compile(bytes));
});

/** Blobs around `clusters` means; sums and products of draws only, so that every runtime has the same data. */
function blobs(rows: number, clusters: number, dimensions: number, seed: number): number[][] {
  const random = autonomies.generator(seed);
  const means = Array.from({ length: clusters }, () => Array.from({ length: dimensions }, () => 5 * random()));
  return Array.from({ length: rows }, (_, i) =>
    means[i % clusters].map((mean) => mean + random() + random() + random() - 1.5),
  );
}

/** Largest eigenvalue of the covariance, by power iteration. */
function largestVariance(points: number[][]): number {
  const d = points[0].length;
  const mean = points[0].map((_, c) => points.reduce((sum, x) => sum + x[c], 0) / points.length);
  const covariance = Array.from({ length: d }, (_, a) =>
    Array.from({ length: d }, (_, b) => points.reduce((sum, x) => sum + (x[a] - mean[a]) * (x[b] - mean[b]), 0)),
  );
  let axis = Array.from({ length: d }, (_, c) => 1 + c / 10);
  let value = 0;
  for (let turn = 0; turn < 3000; turn++) {
    const next = covariance.map((row) => row.reduce((sum, entry, c) => sum + entry * axis[c], 0));
    value = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0));
    axis = next.map((x) => x / value);
  }
  return value / points.length;
}

function evenTable(clusters: number, kappa: number): Autonomy {
  const row = (j: number) => Array.from({ length: clusters }, (_, k) => (k === j ? 1 - kappa : kappa / (clusters - 1)));
  return { kind: "table", probabilities: Array.from({ length: clusters }, (_, j) => row(j)) };
}

describe("first critical beta in closed form", () => {
  const cases = [
    [2, 3],
    [3, 5],
    [6, 8],
  ];

  test.each(cases)("d = %i, K = %i: no autonomy, 1 / (2 lambda_max) (Rose 1990)", (d, K) => {
    const points = blobs(300, K, d, 10 * d + K);
    const expected = 1 / (2 * largestVariance(points));
    expect(solver.criticalBeta(points, { clusters: K })).toBeCloseToRelative(expected, 1e-9);
  });

  test.each(cases)("d = %i, K = %i: even table, 1 / (2 a^2 lambda_max), a = 1 - kappa K / (K - 1)", (d, K) => {
    const points = blobs(300, K, d, 20 * d + K);
    const kappa = 0.15;
    const a = 1 - (kappa * K) / (K - 1);
    const expected = 1 / (2 * a * a * largestVariance(points));
    const autonomy = evenTable(K, kappa);
    expect(solver.criticalBeta(points, { clusters: K, autonomy })).toBeCloseToRelative(expected, 1e-9);
  });

  test.each(cases)("d = %i, K = %i: softmax, gamma moves it by 2 kappa gamma K (K - 2) / (T (K - 1)^2)", (d, K) => {
    const points = blobs(300, K, d, 30 * d + K);
    const kappa = 0.2;
    const a = 1 - (kappa * K) / (K - 1);
    const rose = 1 / (2 * largestVariance(points));
    for (const gamma of [0, 0.5]) {
      // Hot enough for the coincident centers to be stable at first.
      const temperature = 40 / rose;
      const shift = (2 * kappa * gamma * K * (K - 2)) / (temperature * (K - 1) ** 2);
      const autonomy: Autonomy = { kind: "softmax", kappa, zeta: 1, gamma, temperature };
      const expected = (rose - shift) / (a * a);
      expect(expected).toBeGreaterThan(0);
      const found = solver.criticalBeta(points, { clusters: K, autonomy });
      expect(found).toBeCloseToRelative(expected, gamma > 0 ? 1e-5 : 1e-8);
    }
  });
});

/**
 * Hashes of centers, labels, costs and steps, first seen on Node 20 (x64). A change of the algorithm changes
 * them and says so in its commit; a change that only means to be faster or clearer must not.
 */
const BITS: Record<string, string> = {
  none: "05723476c49ae8d1",
  table: "c67a5596a7d01d80",
  groups: "c491aafe7a95ffd4",
  softmax: "a0f17c7d4a912bfa",
  softmaxEntity: "c03f0afcf017d49b",
};

test.each(["none", "table", "groups", "softmax", "softmaxEntity"])("%s: the stored bits", (kind) => {
  const points = blobs(5000, 6, 3, 7);
  const autonomy = autonomies.random(kind, 6, points.length, 3, autonomies.generator(11));
  const { centers, labels, distortion, freeEnergy, masses, steps } = solver.anneal(points, { clusters: 6, autonomy });
  const betas = steps.map((step) => [step.beta, step.freeEnergy, step.sweeps]);
  expect(hashOf([centers, Array.from(labels), distortion, freeEnergy, masses, betas])).toBe(BITS[kind]);
});

interface Scenario {
  kappa: number;
  gamma: number;
  zeta: number;
  temperature: number;
  distortion_best_known: number;
  centers_best_known?: number[][];
}

const folder = process.env.WAYWARD_DATA ?? new URL("../../../shared/data", import.meta.url).pathname;
const present = existsSync(`${folder}/table1.json`);
if (!present) console.log(`skipped: the papers' data is not at ${folder} (set WAYWARD_DATA)`);

describe.skipIf(!present)("the papers' data", () => {
  const points = (name: string) =>
    readFileSync(`${folder}/${name}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").slice(0, 2).map(Number));
  const scenarios = (name: string) =>
    (JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as { scenarios: Scenario[] }).scenarios;
  const softmax = ({ kappa, gamma, zeta, temperature }: Scenario): Autonomy => ({
    ...{ kind: "softmax", kappa, gamma, zeta, temperature },
  });

  test("table 1: stored centers cost what is stored, and every scenario is solved within 0.01%", () => {
    const figure1 = points("figure1.csv");
    for (const scenario of scenarios("table1.json")) {
      const best = scenario.distortion_best_known;
      const autonomy = softmax(scenario);
      expect(solver.distortion(figure1, scenario.centers_best_known!, autonomy)).toBeCloseToRelative(best, 1e-12);
      const { distortion } = solver.anneal(figure1, { clusters: 4, autonomy });
      expect(distortion).toBeLessThan(best * 1.0001);
    }
  });

  test("London, kappa = 0.5, T = 0.1: within 0.1% of best known (london.json), 40% under the paper's fixed point", () => {
    const scenario = scenarios("london.json").find(({ kappa, temperature }) => kappa === 0.5 && temperature === 0.1)!;
    const { distortion } = solver.anneal(points("utd19_london.csv"), { clusters: 25, autonomy: softmax(scenario) });
    expect(distortion).toBeLessThan(scenario.distortion_best_known * 1.001);
  });

  test("phase16, table accepting 15/16: D and first split (annealing.md: 7.6056274, 0.01470192359)", () => {
    const phase16 = points("phase16.csv");
    const autonomy = evenTable(16, 1 / 16);
    const { distortion } = solver.anneal(phase16, { clusters: 16, autonomy });
    expect(distortion).toBeCloseToRelative(7.6056274, 1e-4);
    expect(solver.criticalBeta(phase16, { clusters: 16, autonomy })).toBeCloseToRelative(0.01470192359, 1e-9);
  });
});
