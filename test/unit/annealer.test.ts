import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createSolver, type Solver } from "../../dist/index.js";
import { Problem } from "../../src/anneal/problem.js";
import { minimize, runHere, type SweepRequest } from "../../src/anneal/sweeps.js";
import { checkAutonomy } from "../../src/autonomy.js";
import { MODE } from "../../src/core/exports.js";
import { checkPoints } from "../../src/points.js";
import type { AnnealOptions, Autonomy } from "../../src/types.js";
import { evaluate } from "../reference/annealing.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

let solver: Solver;
beforeAll(async () => {
  await compileCore();
  solver = await createSolver();
});

const KINDS = ["none", "table", "groups", "softmax", "softmaxEntity"];

function blobs(rows: number, clusters: number, seed: number, dimensions = 2): number[][] {
  const random = autonomies.generator(seed);
  const means = Array.from({ length: clusters }, () => Array.from({ length: dimensions }, () => 4 * random()));
  return Array.from({ length: rows }, (_, i) =>
    means[i % clusters].map((mean) => mean + 0.6 * (random() + random() + random() - 1.5)),
  );
}

function options(kind: string, rows: number, clusters: number, seed: number): AnnealOptions {
  return { clusters, seed, autonomy: autonomies.random(kind, clusters, rows, 0.7, autonomies.generator(seed)) };
}

describe("anneal", () => {
  test.each(KINDS)("%s: costs, labels, masses and policy agree with the returned centers", (kind) => {
    const points = blobs(150, 4, 3);
    const weights = points.map((_, i) => 1 + (i % 3));
    const given = { ...options(kind, 150, 4, 9), weights, policy: true };
    const result = solver.anneal(points, given);
    const total = weights.reduce((a, b) => a + b);
    const problem = { points, weights: weights.map((w) => w / total), autonomy: given.autonomy as Autonomy };
    const hard = evaluate(problem, result.centers, Number.POSITIVE_INFINITY);
    const soft = evaluate(problem, result.centers, result.beta);
    expect(Array.from(result.labels)).toEqual(hard.labels);
    expect(result.distortion).toBeCloseToRelative(hard.distortion, 1e-12);
    expect(result.freeEnergy).toBeCloseToRelative(soft.freeEnergy, 1e-10);
    result.masses.forEach((mass, k) => {
      expect(mass).toBeCloseToRelative(hard.masses[k], 1e-12, 1);
    });
    result.prescribedMasses.forEach((mass, k) => {
      expect(mass).toBeCloseToRelative(hard.prescribedMasses[k], 1e-12, 1);
    });
    soft.policy.flat().forEach((probability, index) => {
      expect(result.policy![index]).toBeCloseToRelative(probability, 1e-9, 1);
    });
    expect(structuredClone(result)).toEqual(result);
    expect(Array.from(solver.predict(result, points, groupsOf(given.autonomy)))).toEqual(hard.labels);
    expect(solver.distortion(points, result.centers, given.autonomy, { weights })).toBe(result.distortion);
  });

  test.each(KINDS)("%s: beats or equals descent from 20 random starts", (kind) => {
    const points = blobs(120, 5, 14);
    const given = options(kind, 120, 5, 2);
    const best = bestOfStarts(points, given, 20);
    expect(solver.anneal(points, { ...given, effort: "high" }).distortion).toBeLessThanOrEqual(best * 1.001);
  });

  test("the iterator makes the same steps and result as the one-shot call", () => {
    const points = blobs(200, 4, 5);
    for (const kind of KINDS) {
      const given = options(kind, 200, 4, 4);
      const annealer = solver.annealer(points, given);
      const steps = [...annealer];
      const result = solver.anneal(points, given);
      expect(annealer.result()).toEqual(result);
      expect(result.steps).toEqual(steps);
      expect(result.sweeps).toBe(steps.reduce((sum, step) => sum + step.sweeps, 0));
    }
  });

  test.each([
    ["auto", "normal"],
    ["auto", "high"],
    ["geometric", "normal"],
  ] as const)("saved after every step and restored, %s %s: the same bits", (schedule, effort) => {
    const points = blobs(90, 4, 6);
    for (const kind of KINDS) {
      const given: AnnealOptions = {
        ...options(kind, 90, 4, 8),
        schedule,
        effort,
        ...(schedule === "geometric" ? { betaGrowth: 1.8 } : {}),
      };
      const expected = solver.anneal(points, given);
      let annealer = solver.annealer(points, given);
      while (annealer.step() !== null) annealer = solver.restoreAnnealer(points, annealer.save());
      expect(annealer.result()).toEqual(expected);
    }
  });

  test("asking for the result midway changes nothing", () => {
    const points = blobs(90, 4, 7);
    const given = options("softmax", 90, 4, 3);
    const annealer = solver.annealer(points, given);
    while (annealer.step() !== null) expect(annealer.result().labels).toHaveLength(90);
    expect(annealer.result()).toEqual(solver.anneal(points, given));
  });

  test("the first step is the coincident start; transitions carry their predicted beta", () => {
    const result = solver.anneal(blobs(300, 6, 1), { clusters: 6 });
    expect(result.steps[0]).toMatchObject({ phase: "anneal", distinctCenters: 1 });
    expect(result.phaseTransitions.at(0)!.before).toBe(1);
    for (const { beta, before, after, predicted } of result.phaseTransitions) {
      expect(after).toBeGreaterThan(before);
      expect(predicted).toBeLessThanOrEqual(beta);
    }
    expect(solver.criticalBeta(blobs(300, 6, 1), { clusters: 6 })).toBeCloseToRelative(
      result.phaseTransitions[0].predicted,
      1e-9,
    );
  });

  test("sensitivity is recorded at every beta when asked for, and changes no other bit", () => {
    const points = blobs(120, 4, 3);
    for (const kind of KINDS) {
      const given = options(kind, 120, 4, 5);
      const plain = solver.anneal(points, given);
      const measured = solver.anneal(points, { ...given, sensitivity: true });
      expect(measured.centers).toEqual(plain.centers);
      for (const step of measured.steps.filter(({ phase }) => phase === "anneal")) {
        expect(step.delta).not.toBeNull();
        expect(step.sensitivityBound).toBeGreaterThanOrEqual(0);
        // delta and the critical beta tell the same: stable below it, unstable above.
        if (Math.abs(step.delta!) > 1e-6)
          expect(step.beta < step.criticalBeta!, `${kind} ${JSON.stringify(step)}`).toBe(step.delta! > 0);
      }
    }
  });

  test("what ignoring the autonomy costs", () => {
    const points = blobs(200, 4, 5);
    const result = solver.anneal(points, { clusters: 4, autonomy: { kind: "softmax", kappa: 0.4, temperature: 50 } });
    const ignored = solver.compareIgnored(points, result);
    expect(ignored.distortion).toBeGreaterThan(result.distortion);
    expect(ignored.distortion).toBe(solver.distortion(points, ignored.centers, result.autonomy));
    expect(ignored.excessPercent).toBeCloseToRelative(100 * (ignored.distortion / result.distortion - 1), 1e-12);
  });
});

describe("free energy", () => {
  test("never rises within one beta for fixed autonomy, by eq. 2 and by L-BFGS", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none", "table", "groups"),
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: -1, max: 5, noNaN: true }),
        fc.constantFrom(0, 1),
        (kind, seed, logBeta, exact) => {
          const random = autonomies.generator(seed);
          const points = blobs(60, 3, seed);
          const autonomy = autonomies.random(kind, 3, 60, 1, random);
          const problem = new Problem(freshCore(), checkPoints(points), null, 3, checkAutonomy(autonomy, 3, 60));
          problem.setInteger("exact", exact);
          problem.setCenters(Array.from({ length: 6 }, () => random() - 0.5));
          const beta = Math.exp(logBeta);
          const work = minimize(problem, beta, { tolerance: 1e-12, maxIterations: 60 });
          const values: number[] = [];
          let turn = work.next();
          while (!turn.done) {
            const request: SweepRequest = turn.value;
            const value = problem.sweep(request.mode, request.beta);
            values.push(value);
            turn = work.next(value);
          }
          if (!exact) {
            // Every step of eq. 2 descends at full length: no value is ever refused.
            values.slice(1).forEach((value, i) => {
              expect(value).toBeLessThanOrEqual(values[i] + 1e-13 * Math.abs(values[i]));
            });
          }
          expect(turn.value).toBeLessThanOrEqual(values[0]);
          expect(turn.value).toBe(problem.get("freeEnergy"));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("the geometric schedule records falling distortion and both rules reach a stationary point", () => {
    const points = blobs(150, 4, 2);
    for (const gradient of ["exact", "fixedPoint"] as const) {
      const autonomy: Autonomy = { kind: "softmax", kappa: 0.3, temperature: 1 };
      const given: AnnealOptions = {
        clusters: 4,
        gradient,
        autonomy,
        schedule: "geometric",
        tolerance: 1e-13,
        maxIterations: 2000,
      };
      const result = solver.anneal(points, given);
      const weights = points.map(() => 1 / points.length);
      const at = evaluate({ points, weights, autonomy }, result.centers, result.beta);
      const slope = gradient === "exact" ? at.gradient : at.fixedPointGradient;
      expect(Math.max(...slope.flat().map(Math.abs))).toBeLessThan(1e-4);
    }
  });

  test("betaStart, betaEnd and betaGrowth are kept", () => {
    const result = solver.anneal(blobs(50, 3, 2), {
      clusters: 3,
      schedule: "geometric",
      betaStart: 0.1,
      betaEnd: 10,
      betaGrowth: 1.5,
    });
    expect(result.stopped).toBe("betaEnd");
    result.steps.forEach((step, n) => {
      expect(step.beta).toBeCloseToRelative(0.1 * 1.5 ** n, 1e-12);
    });
    expect(result.beta).toBeLessThanOrEqual(10);
    expect(result.beta * 1.5).toBeGreaterThan(10);
  });
});

function groupsOf(autonomy: Autonomy | undefined): { groups?: ArrayLike<number> } {
  return autonomy?.kind === "groups" ? { groups: autonomy.groups } : {};
}

function bestOfStarts(points: number[][], given: AnnealOptions, starts: number): number {
  const rows = points.length;
  const { clusters } = given;
  const problem = new Problem(
    freshCore(),
    checkPoints(points),
    null,
    clusters,
    checkAutonomy(given.autonomy, clusters, rows),
  );
  const random = autonomies.generator(77);
  let best = Number.POSITIVE_INFINITY;
  for (let start = 0; start < starts; start++) {
    const picked = Array.from({ length: clusters }, () => points[Math.floor(random() * rows)]);
    problem.setCenters(problem.scaled(picked.flat()));
    const settings = { tolerance: 1e-10, maxIterations: 200 };
    best = Math.min(best, runHere(problem, minimize(problem, Number.POSITIVE_INFINITY, settings)));
  }
  expect(problem.sweep(MODE.hard, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
  return best * problem.squaredScale;
}
