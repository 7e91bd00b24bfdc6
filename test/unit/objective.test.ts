import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../src/anneal/problem.js";
import { checkAutonomy } from "../../src/autonomy.js";
import { MODE } from "../../src/core/exports.js";
import { checkPoints, checkWeights, toRows } from "../../src/points.js";
import type { Autonomy } from "../../src/types.js";
import { evaluate } from "../reference/annealing.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

const scenario = fc.record({
  rows: fc.integer({ min: 2, max: 90 }),
  dimensions: fc.integer({ min: 1, max: 5 }),
  clusters: fc.integer({ min: 2, max: 9 }),
  kind: fc.constantFrom("none", "table", "groups", "softmax", "softmaxEntity"),
  seed: fc.integer({ min: 0, max: 1e9 }),
  logBeta: fc.double({ min: -2, max: 5, noNaN: true }),
  logTemperature: fc.double({ min: -7, max: 3, noNaN: true }),
  hard: fc.boolean(),
});

function scaledEvaluation(
  autonomy: Autonomy,
  points: number[][],
  weights: number[],
  centers: number[][],
  beta: number,
) {
  const rho = weights.map((w) => w / weights.reduce((a, b) => a + b));
  return evaluate({ points, weights: rho, autonomy }, centers, beta);
}

describe("a sweep equals the plain formulas", () => {
  test("values, masses, gradients, labels and policy, every autonomy", () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const random = autonomies.generator(s.seed);
        const points = Array.from({ length: s.rows }, () => Array.from({ length: s.dimensions }, () => random()));
        const weights = points.map(() => 0.1 + random());
        const centers = Array.from({ length: s.clusters }, () => Array.from({ length: s.dimensions }, () => random()));
        const temperature = Math.exp(s.logTemperature);
        const autonomy = autonomies.random(s.kind, s.clusters, s.rows, temperature, random);
        const problem = new Problem(
          freshCore(),
          checkPoints(points),
          checkWeights(weights, s.rows),
          s.clusters,
          checkAutonomy(autonomy, s.clusters, s.rows),
        );
        if (!problem.varied) return;
        const scale = problem.squaredScale;
        const beta = s.hard ? Number.POSITIVE_INFINITY : Math.exp(s.logBeta) / scale;
        const expected = scaledEvaluation(autonomy, points, weights, centers, beta);
        problem.setCenters(problem.scaled(centers.flat()));
        for (const exact of [0, 1]) {
          problem.setInteger("exact", exact);
          const value = problem.sweep(s.hard ? MODE.hard : MODE.soft, beta * scale);
          const size = Math.max(expected.distortion, 1e-9);
          expect(value * scale).toBeCloseToRelative(expected.freeEnergy, 1e-10, size);
          expect(problem.get("distortion") * scale).toBeCloseToRelative(expected.distortion, 1e-10, size);
          expect(problem.get("hardDistortion") * scale).toBeCloseToRelative(expected.hardDistortion, 1e-10, size);
          const masses = Array.from(problem.array("masses", s.clusters));
          masses.forEach((mass, k) => {
            expect(mass).toBeCloseToRelative(expected.masses[k], 1e-9, 1);
          });
          Array.from(problem.array("prescribed", s.clusters)).forEach((mass, k) => {
            expect(mass).toBeCloseToRelative(expected.prescribedMasses[k], 1e-9, 1);
          });
          const gradient = toRows(problem.array("gradient", s.clusters * s.dimensions), s.dimensions);
          const wanted = exact ? expected.gradient : expected.fixedPointGradient;
          const norm = Math.max(...wanted.flat().map(Math.abs), 1e-3);
          gradient.forEach((row, k) => {
            row.forEach((value, c) => {
              expect(value * Math.sqrt(scale)).toBeCloseToRelative(wanted[k][c], 1e-8, norm);
            });
          });
        }
        expect(Array.from(problem.labels())).toEqual(expected.labels);
        if (!s.hard) {
          const policy = toRows(problem.policy(), s.clusters);
          policy.forEach((row, i) => {
            row.forEach((probability, j) => {
              expect(probability).toBeCloseToRelative(expected.policy[i][j], 1e-9, 1);
            });
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
