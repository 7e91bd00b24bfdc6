import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { criticality } from "../../src/anneal/criticality.js";
import { Problem } from "../../src/anneal/problem.js";
import { minimize, runHere } from "../../src/anneal/sweeps.js";
import { checkAutonomy } from "../../src/autonomy.js";
import { MODE } from "../../src/core/exports.js";
import { checkPoints } from "../../src/points.js";
import type { Autonomy } from "../../src/types.js";
import { evaluate } from "../reference/annealing.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

const KINDS = ["none", "table", "groups", "softmax", "softmaxEntity"];

function cloud(rows: number, dimensions: number, seed: number): number[][] {
  const random = autonomies.generator(seed);
  return Array.from({ length: rows }, () => Array.from({ length: dimensions }, (_, c) => random() * (3 - c)));
}

function load(points: number[][], clusters: number, autonomy: Autonomy): Problem {
  const checked = checkPoints(points);
  return new Problem(freshCore(), checked, null, clusters, checkAutonomy(autonomy, clusters, points.length));
}

/** Hessian of F by central differences of the reference's gradient, in scaled units. */
function hessian(problem: Problem, points: number[][], autonomy: Autonomy, centers: number[][], beta: number) {
  const unit = problem.squaredScale;
  const weights = points.map(() => 1 / points.length);
  const gradient = (rows: number[][]) => evaluate({ points, weights, autonomy }, rows, beta / unit).gradient.flat();
  const d = centers[0].length;
  const h = 1e-5 * Math.sqrt(unit);
  return centers.flat().map((_, index) => {
    const shifted = (side: number) =>
      centers.map((row, k) => row.map((y, c) => y + (k * d + c === index ? side * h : 0)));
    const plus = gradient(shifted(1));
    const minus = gradient(shifted(-1));
    return plus.map((value, other) => (value - minus[other]) / (2 * h));
  });
}

describe("curvature", () => {
  test.each(KINDS.filter((kind) => kind !== "softmaxEntity"))(
    "%s: A psi - beta B psi is the Hessian times psi",
    (kind) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0.2, max: 20, noNaN: true }), (seed, beta) => {
          const random = autonomies.generator(seed);
          const points = cloud(40, 2, seed);
          const autonomy = autonomies.random(kind, 3, 40, 0.5 + random(), random);
          const problem = load(points, 3, autonomy);
          const centers = points.slice(0, 3).map((row) => row.map((x) => x + random()));
          problem.setCenters(problem.scaled(centers.flat()));
          const expected = hessian(problem, points, autonomy, centers, beta);
          const { core, pointer } = problem;
          runHere(problem, criticality(problem, beta)); // leaves an eigenvector in `direction`, its products beside
          const psi = problem.array("direction", 6).slice();
          problem.sweep(MODE.soft, beta);
          core.run((x) => x.curvatureBegin(pointer));
          core.run((x) => x.stiffnessOfDirection(pointer));
          core.run((x) => x.responseToDirection(pointer));
          problem.sweep(MODE.response, beta);
          core.run((x) => x.takeResponse(pointer));
          const A = problem.array("stiffness", 6);
          const B = problem.array("response", 6);
          const size = Math.max(...expected.flat().map(Math.abs)) * Math.max(...psi.map(Math.abs));
          expected.forEach((row, index) => {
            const product = row.reduce((sum, value, other) => sum + value * psi[other], 0);
            expect(A[index] - beta * B[index]).toBeCloseToRelative(product, 1e-5, size);
          });
        }),
        { numRuns: 20 },
      );
    },
  );

  test.each(KINDS)("%s: delta is the smallest eigenvalue of the Hessian relative to twice the masses", (kind) => {
    const random = autonomies.generator(11);
    const points = cloud(60, 2, 5);
    const autonomy = autonomies.random(kind, 3, 60, 0.9, random);
    const problem = load(points, 3, autonomy);
    const centers = points.slice(0, 3);
    problem.setCenters(problem.scaled(centers.flat()));
    const beta = 1.7;
    const H = hessian(problem, points, autonomy, centers, beta);
    problem.sweep(MODE.soft, beta);
    const masses = Array.from(problem.array("masses", 3));
    const S = H.map((row, i) =>
      row.map((v, j) => v / (2 * Math.sqrt(masses[Math.floor(i / 2)] * masses[Math.floor(j / 2)]))),
    );
    const { delta } = runHere(problem, criticality(problem, beta));
    expect(delta).toBeCloseToRelative(smallestEigenvalue(S), 1e-5, 1);
  });
});

/** Power iteration on (shift - S), plainly. */
function smallestEigenvalue(S: number[][]): number {
  const shift = Math.max(...S.map((row) => row.reduce((sum, v) => sum + Math.abs(v), 0)));
  let v = S.map((_, i) => 1 + 0.1 * i);
  let lambda = 0;
  for (let n = 0; n < 20_000; n++) {
    const w = v.map((x, i) => shift * x - S[i].reduce((sum, s, j) => sum + 0.5 * (s + S[j][i]) * v[j], 0));
    lambda = Math.sqrt(w.reduce((sum, x) => sum + x * x, 0));
    v = w.map((x) => x / lambda);
  }
  return shift - lambda;
}

describe("critical beta at coincident centers", () => {
  const points = cloud(500, 3, 8);
  const covarianceTop = (problem: Problem) => problem.get("spread");

  test.each([0, 0.1, 0.5, 0.9])("even table, kappa = %d: Lanczos equals the closed form", (kappa) => {
    const K = 5;
    const probabilities = Array.from({ length: K }, (_, j) =>
      Array.from({ length: K }, (_, k) => (j === k ? 1 - kappa : kappa / (K - 1))),
    );
    const problem = load(points, K, { kind: "table", probabilities });
    problem.setCenters(new Float64Array(K * 3));
    const a = 1 - (kappa * K) / (K - 1);
    const closed = 1 / (2 * a * a * covarianceTop(problem));
    expect(problem.get("firstBeta")).toBeCloseToRelative(closed, 1e-10);
    expect(runHere(problem, criticality(problem, 0.3)).criticalBeta).toBeCloseToRelative(closed, 1e-8);
  });

  test("uneven table: Lanczos equals the closed form", () => {
    const autonomy = autonomies.random("table", 6, 500, 1, autonomies.generator(3));
    const problem = load(points, 6, autonomy);
    problem.setCenters(new Float64Array(18));
    expect(runHere(problem, criticality(problem, 0.3)).criticalBeta).toBeCloseToRelative(
      problem.get("firstBeta"),
      1e-8,
    );
  });

  test.each([
    [0.2, 0, 1],
    [0.4, 0.3, 5],
    [0.1, 0.5, 2],
  ])("softmax, kappa %d gamma %d T %d: Lanczos equals the closed form", (kappa, gamma, temperature) => {
    const problem = load(points, 4, { kind: "softmax", kappa, gamma, temperature });
    problem.setCenters(new Float64Array(12));
    const found = runHere(problem, criticality(problem, 0.3)).criticalBeta;
    expect(found).toBeCloseToRelative(problem.get("firstBeta"), 1e-4);
  });

  test("softmax with gamma at small T is unstable at every beta", () => {
    const problem = load(points, 4, { kind: "softmax", kappa: 0.5, gamma: 1, temperature: 0.01 });
    problem.setCenters(new Float64Array(12));
    expect(problem.get("firstBeta")).toBe(0);
    expect(runHere(problem, criticality(problem, 0.3)).criticalBeta).toBe(0);
  });

  test("kappa = (K - 1) / K: nothing ever splits", () => {
    const problem = load(points, 4, { kind: "softmax", kappa: 0.75, temperature: 1 });
    expect(problem.get("firstBeta")).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("sensitivity (theorem 3)", () => {
  test.each(KINDS)("%s: the bound holds for dY/dbeta by finite differences", (kind) => {
    const points = cloud(120, 2, 21);
    const autonomy = autonomies.random(kind, 3, 120, 1.2, autonomies.generator(4));
    const problem = load(points, 3, autonomy);
    const solve = (beta: number) => {
      runHere(problem, minimize(problem, beta, { tolerance: 1e-16, maxIterations: 500 }));
      return problem.centers.slice();
    };
    problem.setCenters(problem.scaled(points.slice(0, 3).flat()));
    const beta = 6;
    solve(beta);
    const start = problem.centers.slice();
    const { bound, delta } = runHere(problem, criticality(problem, beta));
    const step = 1e-4;
    const plus = solve(beta * (1 + step));
    problem.setCenters(start);
    const minus = solve(beta * (1 - step));
    const slope = Math.sqrt(plus.reduce((sum, y, i) => sum + (y - minus[i]) ** 2, 0)) / (2 * step * beta);
    expect(delta).toBeGreaterThan(0);
    expect(slope).toBeLessThanOrEqual(bound * 1.001);
    expect(bound).toBeLessThan(1e4 * Math.max(slope, 1e-3)); // it bounds something
  });
});
