// The numbers below the bandit: hardness, separation, k-means, thresholds, each against its oracle.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Core } from "../../src/core/memory.js";
import { Solver } from "../../src/solver.js";
import * as oracle from "../reference/bandit.js";
import { halfChiSquared, levelWeight } from "../reference/bandit-pairs.js";
import { normals, uniforms } from "../reference/noise.js";

let solver: Solver;
let core: Core;
beforeAll(async () => {
  const wasm = await WebAssembly.compile(readFileSync("dist/core.wasm"));
  solver = new Solver(wasm);
  core = new Core(wasm);
});

/** Labels with the given sizes, 0..K-1 in order. */
const labelsOf = (sizes: number[]) => sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster));

function randomInstance(seed: number, sizes: number[], dimensions: number) {
  const normal = normals(seed);
  const centers = sizes.map(() => Array.from({ length: dimensions }, () => 3 * normal()));
  return { labels: labelsOf(sizes), centers };
}

/** The three synthetic instances of section 6.1: mu_4 = (x, 0, 0). */
export const synthetic = (x: number) => ({
  labels: labelsOf([2, 4, 3, 2]),
  centers: [
    [0, 0, 0],
    [0, 10, 0],
    [0, 0, 10],
    [x, 0, 0],
  ],
});

describe("hardness and allocation (propositions 4.5 and 4.6)", () => {
  it.each([
    // Printed digits of an independent log-barrier and SLSQP computation.
    [5, 0.632727, [0.37931, 0.13793, 0.10345, 0.37931]],
    [1, 12.140468, [0.49421, 0.00661, 0.00496, 0.49421]],
    [0.5, 48.140117, [0.49854, 0.00166, 0.00125, 0.49854]],
  ])("the synthetic instance with distance %d", (distance, hardness, weights) => {
    const result = solver.hardness(synthetic(distance));
    expect(Math.abs(result.hardness - hardness)).toBeLessThan(1e-6);
    result.clusterAllocation.forEach((weight, k) => {
      expect(Math.abs(weight - weights[k])).toBeLessThan(6e-6);
    });
    expect(result.allocation.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 13);
  });

  it("equals the log-barrier oracle on random instances", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        (seed, sizes, dimensions) => {
          fc.pre(sizes.some((size) => size > 1));
          const instance = randomInstance(seed, sizes, dimensions);
          const asPrinted = seed % 2 === 0;
          const actual = solver.hardness({ ...instance, asPrinted });
          const expected = oracle.hardness(instance.labels, instance.centers, asPrinted);
          expect(Math.abs(actual.hardness / expected.hardness - 1)).toBeLessThan(1e-10);
          actual.clusterAllocation.forEach((weight, k) => {
            expect(Math.abs(weight - expected.weights[k])).toBeLessThan(2e-6);
          });
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("two singletons close together and all else far away, as printed and repaired", () => {
    // The interior point once stuck to a wall here.
    const labels = [0, 2, 3, 1, 1, 1, 2, 1, 1, 1];
    const centers = [[3.9070937931879914], [-4.767639566462906], [-1.2360170858006323], [3.3090545818919432]];
    for (const asPrinted of [true, false]) {
      const expected = oracle.hardness(labels, centers, asPrinted).hardness;
      expect(Math.abs(solver.hardness({ labels, centers, asPrinted }).hardness / expected - 1)).toBeLessThan(1e-10);
    }
  });

  it.each([30, 100])("K = %d: the value at the returned weights, and no direction improves it", (clusters) => {
    const uniform = uniforms(clusters);
    const instance = randomInstance(
      clusters,
      Array.from({ length: clusters }, () => 1 + Math.floor(9 * uniform() ** 2)),
      3,
    );
    const sizes = instance.centers.map((_, k) => instance.labels.filter((label) => label === k).length);
    const value = (w: number[]) => {
      let most = 0;
      for (let k = 0; k < clusters; k++) {
        for (let j = 0; j < clusters; j++) {
          const gap = oracle.squared(instance.centers[k], instance.centers[j]);
          if (j !== k) most = Math.max(most, (2 * (sizes[k] / w[k] + 1 / w[j])) / gap);
        }
      }
      return most;
    };
    const { hardness, clusterAllocation: w } = solver.hardness(instance);
    expect(Math.abs(value(w) / hardness - 1)).toBeLessThan(1e-10);
    // The maximum of convex functions is convex: a local minimum is the minimum.
    const normal = normals(7);
    for (let trial = 0; trial < 200; trial++) {
      const moved = w.map((share) => share * (1 + 1e-4 * normal()));
      const total = moved.reduce((sum, share) => sum + share, 0);
      expect(value(moved.map((share) => share / total))).toBeGreaterThanOrEqual(hardness * (1 - 1e-12));
    }
  });

  it("lambda* need not be unique: a cluster met only as a partner may share its pulls out unevenly", () => {
    // Cluster 0 is large, so that moving one of its arms costs far less than moving one of cluster 1.
    const labels = labelsOf([30, 2]);
    const centers = [[0], [1]];
    const { hardness, allocation } = solver.hardness({ labels, centers });
    const uneven = [...allocation];
    uneven[30] *= 1.2;
    uneven[31] *= 0.8;
    for (const weights of [allocation, uneven]) {
      expect(solver.separation({ labels, centers, weights })).toBeCloseTo(2 / hardness, 13);
    }
  });

  it("is infinite, with equal shares, when two centers coincide", () => {
    const { hardness, allocation } = solver.hardness({ labels: [0, 0, 1], centers: [[1], [1]] });
    expect(hardness).toBe(Number.POSITIVE_INFINITY);
    expect(allocation).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it("scales with the inverse square of the distances", () => {
    const near = solver.hardness(synthetic(1));
    const far = solver.hardness({
      ...synthetic(1),
      centers: synthetic(1).centers.map((row) => row.map((x) => 1e6 * x)),
    });
    expect(far.hardness * 1e12).toBeCloseTo(near.hardness, 9);
  });

  it("the lower bound is d_KL(delta, 1 - delta) D*", () => {
    for (const delta of [0.4, 0.1, 1e-3, 1e-10, 1e-200]) {
      const divergence = (1 - 2 * delta) * Math.log((1 - delta) / delta);
      expect(solver.lowerBound(12.5, delta) / (12.5 * divergence)).toBeCloseTo(1, 13);
    }
    expect(solver.lowerBound(12.5, 0.7)).toBe(0);
  });
});

describe("the repaired separation (proposition 4.3)", () => {
  // 200 instances with 0 to 4 singleton clusters.
  const cases = Array.from({ length: 200 }, (_, index) => {
    const uniform = uniforms(index + 1);
    const singles = index % 5;
    const shared = singles < 2 ? 1 + Math.floor(2 * uniform()) : 1;
    const sizes = [
      ...new Array<number>(singles).fill(1),
      ...Array.from({ length: singles === 0 ? 2 : shared }, () => 2 + Math.floor(1.5 * uniform())),
    ];
    if (sizes.length < 2) sizes.push(2);
    const instance = randomInstance(index + 1, sizes, 1 + (index % 3));
    return { singles, ...instance, weights: instance.labels.map(() => 0.05 + uniform()) };
  });

  it("Z2 equals brute force over all partitions on 200 instances; as printed it does not", () => {
    let printedWrong = 0;
    for (const { singles, labels, centers, weights } of cases) {
      const expected = oracle.separationByForce(labels, centers, weights);
      expect(Math.abs(solver.separation({ labels, centers, weights }) / expected - 1)).toBeLessThan(1e-11);
      const printed = solver.separation({ labels, centers, weights, asPrinted: true });
      expect(Math.abs(printed / oracle.separation(labels, centers, weights, true) - 1) || 0).toBeLessThan(1e-13);
      if (Math.abs(printed / expected - 1) > 1e-9) {
        printedWrong++;
        expect(singles).toBeGreaterThanOrEqual(2);
      }
    }
    expect(printedWrong).toBeGreaterThan(0);
  });

  it("hardness equals brute force: no allocation has a larger separation than 2 / D*", () => {
    for (const [index, { labels, centers }] of cases.entries()) {
      const { hardness, allocation } = solver.hardness({ labels, centers });
      const best = oracle.separationByForce(labels, centers, allocation);
      expect(Math.abs(best * hardness - 2)).toBeLessThan(1e-10);
      // The separation is concave in the allocation: a local maximum is the maximum.
      const normal = normals(index + 1);
      for (let trial = 0; trial < 6; trial++) {
        const size = trial < 3 ? 1e-3 : 0.3;
        const moved = allocation.map((share) => share * Math.exp(size * normal()));
        const total = moved.reduce((sum, share) => sum + share, 0);
        const weights = moved.map((share) => share / total);
        expect(oracle.separationByForce(labels, centers, weights)).toBeLessThanOrEqual(best * (1 + 1e-11));
      }
    }
  });
});

describe("k-means with Maximin (algorithm 2)", () => {
  it("equals the plain algorithm", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (seed, rows, dimensions, wanted, coarse) => {
          const clusters = Math.min(wanted, rows);
          const normal = normals(seed);
          // Coarse points coincide often: ties, and clusters that would run empty.
          const value = () => (coarse ? Math.round(normal()) : normal());
          const points = Array.from({ length: rows }, () => Array.from({ length: dimensions }, value));
          const weights = points.map(() => 0.5 + Math.abs(normal()));
          const first = seed % rows;
          const actual = solver.kmeans(points, { clusters, weights, first });
          const expected = oracle.kmeans(points, weights, clusters, first);
          expect(Array.from(actual.labels)).toEqual(expected.labels);
          expect(new Set(actual.labels).size).toBe(clusters);
          actual.centers.flat().forEach((x, index) => {
            expect(Math.abs(x - expected.centers.flat()[index])).toBeLessThan(1e-12);
          });
        },
      ),
      { numRuns: 400, seed: 2 },
    );
  });

  it("fills clusters from identical points", () => {
    const { labels } = solver.kmeans([[1], [1], [1], [1]], { clusters: 3 });
    expect(new Set(labels).size).toBe(3);
  });
});

describe("thresholds", () => {
  it("the exact one equals the plain formula", () => {
    for (const arms of [2, 11, 150]) {
      for (const delta of [0.5, 0.1, 1e-4, 1e-10, 1e-300]) {
        const expected = arms * 3 * oracle.psi(Math.log(1 / delta) / (arms * 3));
        expect(core.exports.exactConstant(arms, 3, delta) / expected).toBeCloseTo(1, 11);
      }
    }
  });

  it("the pairwise one is the chi-squared tail at delta w / P, for every dimension", () => {
    for (const dimensions of [1, 2, 3, 4, 8, 15, 100]) {
      for (const delta of [0.1, 1e-10]) {
        const { exports } = core;
        const bandit = exports.banditCreate(
          core.reserve(exports.banditBytes(11, dimensions, 4, 0, 1, 1)),
          ...[11, dimensions, 4, 0, 1, 1],
        );
        exports.banditAddRule(bandit, 0, delta);
        for (const [i, j] of [
          [1, 1],
          [1, 4],
          [4, 1],
          [9, 9],
          [20, 3],
        ]) {
          const expected = halfChiSquared(dimensions, -Math.log((delta * levelWeight(i, j)) / 28));
          expect(exports.ruleLevelThreshold(bandit, 0, i - 1, j - 1) / expected).toBeCloseTo(1, 10);
        }
      }
    }
  });

  it("the weights of the pairs of levels sum to at most 1", () => {
    let sum = 0;
    for (let i = 1; i <= 1500; i++) for (let j = 1; j <= 1500; j++) sum += levelWeight(i, j);
    expect(sum).toBeLessThan(1);
    expect(sum).toBeGreaterThan(0.98);
  });
});
