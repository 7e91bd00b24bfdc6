import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Solver, solverFactory } from "../../src/solver.js";
import type { Autonomy, FittedModel, LogRows } from "../../src/types.js";
import { transitionTable } from "../reference/annealing.js";
import { choiceLogLikelihood, logLikelihood, type Row } from "../reference/learning.js";
import { autonomies } from "./helpers.js";

let solver: Solver;

beforeAll(async () => {
  const load = () => WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
  solver = await solverFactory(load)();
});

const { generator } = autonomies;

function randomRows(count: number, dimensions: number, random: () => number): number[][] {
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => random()));
}

/** A log of `parts` rounds under jittered centers, drawn by the solver's own world. */
function simulatedLog(
  points: number[][],
  base: number[][],
  autonomy: Autonomy,
  { parts = 40, size = 100, jitter = 0.3, seed = 1 } = {},
): { centers: number[][]; entities: number[]; prescribed: number[]; realized: Int32Array }[] {
  const random = generator(seed);
  return Array.from({ length: parts }, (_, round) => {
    const centers = base.map((y) => y.map((coordinate) => coordinate + jitter * (random() - 0.5)));
    const entities = Array.from({ length: size }, () => Math.floor(random() * points.length));
    const prescribed = entities.map(() => Math.floor(random() * base.length));
    return {
      centers,
      entities,
      prescribed,
      realized: solver.simulate(points, centers, autonomy, { entities, prescribed, seed, round }),
    };
  });
}

function toRows(log: ReturnType<typeof simulatedLog>): Row[] {
  return log.flatMap(({ centers, entities, prescribed, realized }) =>
    entities.map((entity, n) => ({ entity, prescribed: prescribed[n], realized: realized[n], centers })),
  );
}

function modelOf(models: FittedModel[], name: string): FittedModel {
  const model = models.find((candidate) => candidate.name === name);
  if (!model) throw new Error(`no model ${name}`);
  return model;
}

function probabilitiesOf(autonomy: Autonomy): Float64Array {
  if (autonomy.kind !== "table") throw new Error(`got ${autonomy.kind}`);
  return autonomy.probabilities as Float64Array;
}

describe("simulate", () => {
  test("draws with the probabilities of the plain formula, every autonomy", () => {
    const draws = 4000;
    fc.assert(
      fc.property(
        fc.constantFrom("none", "table", "groups", "softmax", "softmaxEntity"),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 1e6 }),
        (kind, clusters, seed) => {
          const random = generator(seed);
          const points = randomRows(9, 2, random);
          const centers = randomRows(clusters, 2, random);
          const autonomy = autonomies.random(kind, clusters, points.length, 0.05 + random(), random);
          const entity = Math.floor(random() * points.length);
          const j = Math.floor(random() * clusters);
          const realized = solver.simulate(points, centers, autonomy, {
            entities: Array(draws).fill(entity),
            prescribed: Array(draws).fill(j),
            seed,
          });
          const expected = transitionTable({ points, weights: [], autonomy }, entity, centers)[j];
          expected.forEach((p, k) => {
            const share = realized.filter((value) => value === k).length / draws;
            expect(Math.abs(share - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / draws) + 1e-12);
          });
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  test("a draw depends on seed, round and place alone", () => {
    const random = generator(3);
    const points = randomRows(20, 2, random);
    const centers = randomRows(3, 2, random);
    const autonomy: Autonomy = { kind: "softmax", kappa: 0.5, temperature: 1 };
    const entities = points.map((_, i) => i);
    const prescribed = points.map((_, i) => i % 3);
    const ask = { entities, prescribed, seed: 5, round: 9 };
    const whole = solver.simulate(points, centers, autonomy, ask);
    expect(solver.simulate(points, centers, autonomy, ask)).toEqual(whole);
    const part = { ...ask, entities: entities.slice(0, 7), prescribed: prescribed.slice(0, 7) };
    expect(solver.simulate(points, centers, autonomy, part)).toEqual(whole.slice(0, 7));
    expect(solver.simulate(points, centers, autonomy, { ...ask, round: 10 })).not.toEqual(whole);
    expect(solver.simulate(points, centers, autonomy, { ...ask, seed: 6 })).not.toEqual(whole);
  });

  test("bad input is named", () => {
    const points = [[0], [1]];
    const none: Autonomy = { kind: "none" };
    const draw = (ask: object) => () =>
      solver.simulate(points, points, none, { entities: [0], prescribed: [0], ...ask });
    expect(draw({ entities: [2] })).toThrow("entities: row 0 is 2, expected an integer from 0 to 1");
    expect(draw({ prescribed: [-1] })).toThrow("prescribed: row 0 is -1, expected an integer from 0 to 1");
    expect(draw({ prescribed: [0, 1] })).toThrow("prescribed has 2 entries, expected 1");
    expect(draw({ round: 0.5 })).toThrow("round is 0.5");
    expect(() => solver.simulate(points, [[0, 1]], none, { entities: [], prescribed: [] })).toThrow(
      "centers: 2 columns, expected 1",
    );
  });
});

describe("fitAutonomy: the softmax family", () => {
  test("is the maximum of the plain likelihood, with its curvature as errors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 3, max: 5 }), (seed, clusters) => {
        const random = generator(seed);
        const points = randomRows(30, 2, random);
        const base = randomRows(clusters, 2, random);
        const autonomy: Autonomy = { kind: "softmax", kappa: 0.6, gamma: random(), temperature: 0.3 + random() };
        const log = simulatedLog(points, base, autonomy, { parts: 20, size: 60, seed });
        const rows = toRows(log);
        const { parameters } = modelOf(solver.fitAutonomy(log, { points }).models, "softmax");
        const { kappa, centerRate: a, entityRate: b } = parameters!;
        const overrides = rows.filter(({ prescribed, realized }) => prescribed !== realized).length;
        expect(kappa.estimate).toBe(overrides / rows.length);

        const value = (da: number, db: number) => choiceLogLikelihood(points, rows, a.estimate + da, b.estimate + db);
        const h = 1e-4;
        const top = value(0, 0);
        expect(Math.abs(value(h, 0) - value(-h, 0)) / (2 * h)).toBeLessThan(1e-3);
        expect(Math.abs(value(0, h) - value(0, -h)) / (2 * h)).toBeLessThan(1e-3);
        const w = 1e-2;
        const aa = -(value(w, 0) - 2 * top + value(-w, 0)) / w ** 2;
        const bb = -(value(0, w) - 2 * top + value(0, -w)) / w ** 2;
        const ab = -(value(w, w) - value(w, -w) - value(-w, w) + value(-w, -w)) / (4 * w ** 2);
        const determinant = aa * bb - ab * ab;
        expect(a.standardError).toBeCloseToRelative(Math.sqrt(bb / determinant), 1e-3);
        expect(b.standardError).toBeCloseToRelative(Math.sqrt(aa / determinant), 1e-3);
      }),
      { numRuns: 25, seed: 5 },
    );
  });

  test("recovers kappa, gamma and temperature, and recommends itself", () => {
    const random = generator(8);
    const points = randomRows(100, 2, random);
    const truth = { kind: "softmax", kappa: 0.3, gamma: 0.5, temperature: 0.1 } as const;
    const log = simulatedLog(points, randomRows(4, 2, random), truth, { parts: 100, size: 200 });
    const { recommended, models, autonomy, rows, unseen } = solver.fitAutonomy(log, { points });
    expect(recommended).toBe("softmax");
    expect(rows).toBe(20_000);
    expect(unseen).toEqual([]);
    const { kappa, centerRate, entityRate, temperature } = modelOf(models, "softmax").parameters!;
    for (const [parameter, expected] of [
      [kappa, 0.3],
      [centerRate, 10],
      [entityRate, 5],
      [temperature, 0.1],
    ] as const) {
      expect(Math.abs(parameter.estimate - expected)).toBeLessThan(4 * parameter.standardError);
      expect(parameter.identified).toBe(true);
    }
    expect(autonomy).toMatchObject({ kind: "softmax", zeta: 1 });
    // The held-out likelihood is a likelihood of this log: near the truth's own.
    const own = logLikelihood(points, truth, toRows(log)) / 20_000;
    expect(modelOf(models, "softmax").heldOut).toBeCloseToRelative(own, 0.03);
  });

  test("a temperature that saturates is bounded from one side", () => {
    const points = randomRows(50, 2, generator(2));
    const centers = [
      [0, 0],
      [1, 0],
      [0, 2],
    ];
    const log = simulatedLog(points, centers, { kind: "softmax", kappa: 0.5, temperature: 1e-3 }, { jitter: 0.1 });
    const { parameters, autonomy } = modelOf(solver.fitAutonomy(log, { points }).models, "softmax");
    const { temperature, centerRate } = parameters!;
    expect(temperature.identified).toBe(false);
    expect(temperature.interval[0]).toBe(0);
    expect(temperature.interval[1]).toBeGreaterThan(1e-3);
    expect(temperature.interval[1]).toBeLessThan(1);
    expect(centerRate.interval[1]).toBe(Number.POSITIVE_INFINITY);
    expect(Number.isFinite((autonomy as { temperature: number }).temperature)).toBe(true);
  });

  test("with two clusters there is nothing to choose: T is unknown, kappa is not", () => {
    const points = randomRows(20, 1, generator(2));
    const log = simulatedLog(points, [[0], [1]], { kind: "softmax", kappa: 0.25, temperature: 1 });
    const { kappa, temperature } = modelOf(solver.fitAutonomy(log, { points }).models, "softmax").parameters!;
    expect(Math.abs(kappa.estimate - 0.25)).toBeLessThan(4 * kappa.standardError);
    expect(temperature).toMatchObject({ identified: false, interval: [0, Number.POSITIVE_INFINITY] });
  });

  test("obedience is recognized, with an upper bound on kappa", () => {
    const points = randomRows(20, 2, generator(2));
    const log = simulatedLog(points, randomRows(3, 2, generator(6)), { kind: "none" }, { parts: 5 });
    const { recommended, autonomy, models } = solver.fitAutonomy(log, { points });
    expect(recommended).toBe("none");
    expect(autonomy).toEqual({ kind: "none" });
    const [low, high] = modelOf(models, "softmax").parameters!.kappa.interval;
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.02);
  });
});

describe("fitAutonomy: tables", () => {
  const table = [
    [0.7, 0.2, 0.1],
    [0.05, 0.9, 0.05],
    [0.3, 0.3, 0.4],
  ];

  test("one table: estimates within their errors, recommended", () => {
    const points = randomRows(50, 2, generator(2));
    const centers = randomRows(3, 2, generator(3));
    const log = simulatedLog(points, centers, { kind: "table", probabilities: table }, { parts: 100 });
    const { recommended, models } = solver.fitAutonomy(log, { points });
    expect(recommended).toBe("table");
    const { autonomy, standardErrors } = modelOf(models, "table");
    const estimates = probabilitiesOf(autonomy);
    table.flat().forEach((p, index) => {
      expect(Math.abs(estimates[index] - p)).toBeLessThan(4 * standardErrors![index]);
      expect(standardErrors![index]).toBeCloseToRelative(Math.sqrt((p * (1 - p)) / (10_000 / 3)), 0.15);
    });
  });

  test("groups that differ are told apart from one table, and entities from groups", () => {
    const random = generator(7);
    const points = randomRows(60, 2, random);
    const centers = randomRows(3, 2, random);
    const groups = points.map((_, i) => i % 3);
    const two = autonomies.random("groups", 3, 60, 1, random) as Extract<Autonomy, { kind: "groups" }>;
    const log = simulatedLog(points, centers, { ...two, groups: points.map((_, i) => i % 2) }, { parts: 100 });
    expect(solver.fitAutonomy(log, { points, groups: points.map((_, i) => i % 2) }).recommended).toBe("groups");
    // Groups that mean nothing: one table an entity explains more.
    expect(solver.fitAutonomy(log, { points, groups }).recommended).toBe("entities");
    // Alike within every group: entities gain nothing.
    const alike = simulatedLog(points, centers, { kind: "table", probabilities: table }, { parts: 100 });
    expect(solver.fitAutonomy(alike, { points, groups }).recommended).toBe("table");
  });

  test("a prescription that never occurs is named, and its row is ignorance", () => {
    const log: LogRows = { entities: [0, 1, 0, 1], prescribed: [0, 0, 2, 2], realized: [0, 0, 2, 1] };
    const { unseen, models } = solver.fitAutonomy(log, { clusters: 3 });
    expect(unseen).toEqual([1]);
    const { autonomy, standardErrors } = modelOf(models, "table");
    const row = Array.from(probabilitiesOf(autonomy).slice(3, 6));
    expect(row).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(Math.min(...standardErrors!.slice(3, 6))).toBeGreaterThanOrEqual(Math.max(...standardErrors!));
  });
});

describe("fitAutonomy: bad input", () => {
  const good: LogRows = { entities: [0, 1], prescribed: [0, 1], realized: [0, 0] };
  const cases: [string, () => unknown, string][] = [
    ["empty", () => solver.fitAutonomy({ entities: [], prescribed: [], realized: [] }, { clusters: 2 }), "log: 0 rows"],
    ["no parts", () => solver.fitAutonomy([], { clusters: 2 }), "log: 0 rows"],
    ["no K", () => solver.fitAutonomy(good), "clusters is missing"],
    [
      "realized",
      () => solver.fitAutonomy({ ...good, realized: [0, 2] }, { clusters: 2 }),
      "log: realized: row 1 is 2, expected an integer from 0 to 1",
    ],
    [
      "prescribed in a part",
      () => solver.fitAutonomy([good, { ...good, prescribed: [0.5, 0] }], { clusters: 2 }),
      "log[1]: prescribed: row 0 is 0.5, expected an integer from 0 to 1",
    ],
    [
      "unknown entity",
      () => solver.fitAutonomy({ ...good, entities: [0, 7] }, { clusters: 2, points: [[0], [1]] }),
      "log: entities: row 1 is 7, expected an integer from 0 to 1",
    ],
    [
      "wrong length",
      () => solver.fitAutonomy({ ...good, realized: [0] }, { clusters: 2 }),
      "log: realized has 1 entries, expected 2",
    ],
    [
      "softmax without centers",
      () => solver.fitAutonomy(good, { clusters: 2, models: ["softmax"] }),
      "not every row says which centers were in force",
    ],
    [
      "centers of another shape",
      () =>
        solver.fitAutonomy(
          { ...good, centers: [[0], [1]] },
          {
            clusters: 2,
            points: [
              [0, 0],
              [1, 1],
            ],
          },
        ),
      "log: centers are 2 x 1, expected 2 x 2",
    ],
    ["heldOut", () => solver.fitAutonomy(good, { clusters: 2, heldOut: 1 }), "heldOut is 1"],
    ["groups", () => solver.fitAutonomy(good, { clusters: 2, groups: [0, -1] }), "groups: row 1 is -1"],
  ];
  test.each(cases)("%s", (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: "input" }));
  });
});
