import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Solver, solverFactory } from "../../src/solver.js";
import type { Autonomy, LearnerOptions, LearningMethod, LearnOptions, World } from "../../src/types.js";
import { squaredDistance } from "../reference/annealing.js";
import { distortionOfLabels, learn as learnPlainly, type Tabular } from "../reference/learning.js";
import { autonomies } from "./helpers.js";

let solver: Solver;

beforeAll(async () => {
  const load = () => WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
  solver = await solverFactory(load)();
});

const { generator } = autonomies;
const METHODS: LearningMethod[] = ["auto", "counts", "parametric", "qlearning"];

/** Three blobs in the plane. */
function blobs(rows: number, seed = 1): number[][] {
  const random = generator(seed);
  const noise = () => random() + random() + random() - 1.5;
  return Array.from({ length: rows }, (_, i) => [3 * (i % 3) + noise(), (i % 3 === 1 ? 4 : 0) + noise()]);
}

const TABLE: Autonomy = {
  kind: "table",
  probabilities: [
    [0.7, 0.2, 0.1],
    [0.05, 0.9, 0.05],
    [0.3, 0.1, 0.6],
  ],
};

/** A world for `learn` that answers from `autonomy`, as the core's own does. */
function worldOf(points: number[][], autonomy: Autonomy, seed = 0): World {
  return (ask) => ({ realized: solver.simulate(points, ask.centers, autonomy, { ...ask, seed }) });
}

describe("distortion of given labels", () => {
  test("equals the plain formula, every autonomy", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none", "table", "groups", "softmax", "softmaxEntity"),
        fc.integer({ min: 0, max: 1e6 }),
        (kind, seed) => {
          const random = generator(seed);
          const points = Array.from({ length: 30 }, () => [random(), random(), random()]);
          const centers = Array.from({ length: 4 }, () => [random(), random(), random()]);
          const weights = points.map(() => 0.1 + random());
          const labels = points.map(() => Math.floor(4 * random()));
          const autonomy = autonomies.random(kind, 4, 30, 0.1 + random(), random);
          const expected = distortionOfLabels(points, weights, autonomy, centers, labels);
          const actual = solver.distortion(points, centers, autonomy, { weights, labels });
          expect(actual).toBeCloseToRelative(expected, 1e-12);
          expect(actual).toBeGreaterThanOrEqual(
            solver.distortion(points, centers, autonomy, { weights }) * (1 - 1e-12),
          );
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe("Q-learning", () => {
  test("is eqs. 65 and 66: a chain of rounds equals the plain loop", () => {
    const points = blobs(12);
    const K = 3;
    // One chain of 0.65 of the budget: every round below is inside it.
    const learner = solver.learner(points, { clusters: K, method: "qlearning", interactions: 1000, batch: 7, seed: 4 });
    const first = learner.ask()!;
    const state: Tabular = {
      centers: first.centers.map((row) => row.slice()),
      q: points.map((x) => first.centers.map((y) => squaredDistance(x, y))),
      visits: points.map(() => Array(K).fill(0)),
      arrivals: Array(K).fill(0),
    };
    const random = generator(9);
    for (let round = 0; round < 50; round++) {
      const { entities, prescribed, centers } = learner.ask()!;
      centers.forEach((y, k) => {
        y.forEach((value, c) => {
          expect(value).toBeCloseToRelative(state.centers[k][c], 1e-9, 1);
        });
      });
      const realized = Int32Array.from(entities, () => Math.floor(K * random()));
      entities.forEach((i, n) => {
        learnPlainly(state, points[i], [i, prescribed[n], realized[n]], { pair: 2, center: 30 }, true);
      });
      learner.tell(round, { realized });
    }
    const { labels, distortion } = learner.result();
    const best = state.q.map((row) => row.indexOf(Math.min(...row)));
    expect(Array.from(labels)).toEqual(best);
    expect(distortion).toBeCloseToRelative(state.q.reduce((sum, row, i) => sum + row[best[i]], 0) / 12, 1e-9);
  });

  test("observed rows teach costs and leave the centers alone", () => {
    const points = blobs(9);
    const learner = solver.learner(points, { clusters: 3, method: "qlearning", interactions: 900, batch: 9 });
    const before = learner.ask()!.centers;
    const q = learner.result().distortion;
    learner.observe({ entities: [0, 1, 2], prescribed: [0, 1, 2], realized: [2, 2, 1] });
    expect(learner.ask()!.centers).toEqual(before);
    expect(learner.result().distortion).not.toBe(q);
    expect(learner.result()).toMatchObject({ observed: 3, interactions: 0 });
  });

  test("entities are drawn by weight, prescriptions uniformly with epsilon = 1", () => {
    const points = blobs(6);
    const weights = [1, 2, 3, 4, 5, 6];
    const learner = solver.learner(points, { clusters: 3, weights, epsilon: 1, batch: 42_000, interactions: 42_000 });
    const { entities, prescribed } = learner.ask()!;
    weights.forEach((weight, i) => {
      const count = entities.filter((entity) => entity === i).length;
      expect(Math.abs(count - 2000 * weight)).toBeLessThan(5 * Math.sqrt(2000 * weight));
    });
    for (let j = 0; j < 3; j++) {
      expect(Math.abs(prescribed.filter((value) => value === j).length - 14_000)).toBeLessThan(500);
    }
  });
});

describe("one-shot and step by step", () => {
  test.each(METHODS)(
    "%s: learn with a callback, with a simulated world, and ask/tell by hand agree",
    async (method) => {
      const points = blobs(40);
      const options: LearnerOptions = { clusters: 3, method, interactions: 3000, batch: 64, seed: 3 };
      const learner = solver.learner(points, options);
      for (let ask = learner.ask(); ask; ask = learner.ask()) {
        learner.tell(ask.round, { realized: solver.simulate(points, ask.centers, TABLE, ask) });
      }
      const byHand = learner.result();
      expect(byHand.interactions).toBe(3000);
      expect(byHand.rounds).toBe(Math.ceil(3000 / 64));
      expect(await solver.learn(points, { ...options, world: { simulate: TABLE } })).toEqual(byHand);
      const slow: World = async (ask) => {
        await Promise.resolve();
        return worldOf(points, TABLE)(ask, {});
      };
      expect(await solver.learn(points, { ...options, world: slow })).toEqual(byHand);
      expect(structuredClone(byHand)).toEqual(byHand);
    },
  );

  test("ask answers the same until told", () => {
    const learner = solver.learner(blobs(9), { clusters: 3 });
    const ask = learner.ask()!;
    ask.entities.fill(0); // the caller's copy is the caller's
    const again = learner.ask()!;
    expect(again.round).toBe(ask.round);
    expect(again.entities).not.toEqual(ask.entities);
    expect(learner.ask()).toEqual(again);
  });

  test.each(METHODS)("%s: saved between any two calls, it goes on to the same bits", (method) => {
    const points = blobs(30);
    const options: LearnerOptions = { clusters: 3, method, interactions: 1500, batch: 50, seed: 5, forgetting: 0.1 };
    let plain = solver.learner(points, options);
    let saved = solver.learner(points, options);
    const log = { entities: [1, 2, 3], prescribed: [0, 1, 2], realized: [1, 1, 1] };
    for (let ask = plain.ask(); ask; ask = plain.ask()) {
      saved = solver.restoreLearner(points, saved.save());
      expect(saved.ask()).toEqual(ask);
      saved = solver.restoreLearner(points, saved.save()); // with the question open
      const answer = { realized: solver.simulate(points, ask.centers, TABLE, ask) };
      expect(saved.tell(ask.round, answer)).toEqual(plain.tell(ask.round, answer));
      if (ask.round % 7 === 3) {
        plain.observe(log);
        saved.observe(log);
      }
      expect(saved.result()).toEqual(plain.result());
    }
    expect(saved.ask()).toBeNull();
    expect(Array.from(saved.save())).toEqual(Array.from(plain.save()));
    plain = solver.restoreLearner(points, plain.save());
    expect(plain.ask()).toBeNull();
  });
});

describe("rows observed while a question is open", () => {
  test.each(["counts", "parametric"] as const)(
    "%s: the question stays, and so does what its answer means",
    (method) => {
      const points = blobs(30);
      const random = generator(3);
      const column = (limit: number) => Array.from({ length: 500 }, () => Math.floor(limit * random()));
      const log = { entities: column(30), prescribed: column(3), realized: column(3) };
      const [told, costed] = [0, 1].map(() => solver.learner(points, { clusters: 3, method, interactions: 1500 }));
      let learner = costed;
      const ask = told.ask()!;
      expect(learner.ask()).toEqual(ask);
      for (const each of [told, learner]) each.observe(log);
      expect(learner.result().centers).not.toEqual(ask.centers);
      expect(learner.ask()).toEqual(ask);
      learner = solver.restoreLearner(points, learner.save());
      expect(learner.ask()).toEqual(ask);
      const realized = solver.simulate(points, ask.centers, TABLE, ask);
      const costs = Array.from(realized, (k, n) => squaredDistance(points[ask.entities[n]], ask.centers[k]));
      expect(learner.tell(ask.round, { costs })).toEqual(told.tell(ask.round, { realized }));
      expect(learner.result()).toEqual(told.result());
      expect(learner.ask()).toEqual(told.ask());
    },
  );
});

describe("what is learned", () => {
  const gapTo = (points: number[][], autonomy: Autonomy, result: { centers: number[][]; labels: Int32Array }) => {
    const known = solver.anneal(points, { clusters: result.centers.length, autonomy });
    return solver.distortion(points, result.centers, autonomy, { labels: result.labels }) / known.distortion - 1;
  };

  test("a table: counts and auto come within 0.5%, Q-learning within 3%", async () => {
    const points = blobs(60);
    const world = { simulate: TABLE };
    for (const method of ["counts", "auto"] as const) {
      const result = await solver.learn(points, { clusters: 3, method, interactions: 20_000, world });
      expect(gapTo(points, TABLE, result)).toBeLessThan(0.005);
      expect(result.method).toBe("counts");
      expect(solver.predict(result as { centers: number[][]; autonomy: Autonomy }, points)).toEqual(result.labels);
    }
    const q = await solver.learn(points, { clusters: 3, method: "qlearning", interactions: 300_000, world });
    expect(gapTo(points, TABLE, q)).toBeLessThan(0.03);
    expect(q).toMatchObject({ method: "qlearning", autonomy: null });
  });

  test("softmax autonomy: parametric comes within 0.2%, auto finds it", async () => {
    const points = blobs(60);
    const autonomy: Autonomy = { kind: "softmax", kappa: 0.3, gamma: 0.5, temperature: 2 };
    for (const method of ["parametric", "auto"] as const) {
      const result = await solver.learn(points, {
        clusters: 3,
        method,
        interactions: 20_000,
        world: { simulate: autonomy },
      });
      expect(gapTo(points, autonomy, result)).toBeLessThan(0.002);
      expect(result.method).toBe("parametric");
    }
  });

  test("groups that differ are learned apart when known, and found when not", async () => {
    const points = blobs(60);
    const groups = points.map((_, i) => (i % 6 < 3 ? 0 : 1));
    const other = [0.2, 0.1, 0.7, 0.5, 0.3, 0.2, 0.1, 0.1, 0.8];
    const autonomy: Autonomy = { kind: "groups", groups, probabilities: [TABLE.probabilities, other] as never };
    const common = { clusters: 3, method: "counts", interactions: 30_000, world: { simulate: autonomy } } as const;
    const known = await solver.learn(points, { ...common, groups });
    const unknown = await solver.learn(points, common);
    const pooled = gapTo(points, autonomy, await solver.learn(points, { ...common, world: { simulate: TABLE } }));
    expect(gapTo(points, autonomy, known)).toBeLessThan(0.005);
    expect(gapTo(points, autonomy, unknown)).toBeLessThan(0.02);
    expect(pooled).toBeGreaterThan(gapTo(points, autonomy, unknown));
    const found = Array.from((unknown.autonomy as Extract<Autonomy, { kind: "groups" }>).groups);
    const [first, second] = [found[0], found[3]];
    expect(first).not.toBe(second);
    expect(found).toEqual(groups.map((group) => (group === 0 ? first : second)));
  });

  test("the order of the rows does not matter beyond noise", async () => {
    const points = blobs(60);
    const random = generator(12);
    const shuffled = points
      .map((x) => ({ x, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ x }) => x);
    for (const method of ["auto", "qlearning"] as const) {
      const interactions = method === "auto" ? 20_000 : 300_000;
      const gaps = [];
      for (const rows of [points, shuffled]) {
        const result = await solver.learn(rows, { clusters: 3, method, interactions, world: { simulate: TABLE } });
        gaps.push(gapTo(rows, TABLE, result));
      }
      expect(Math.max(...gaps)).toBeLessThan(method === "auto" ? 0.005 : 0.03);
    }
  });

  test("costs alone: an exact distance betrays its center", async () => {
    const points = blobs(30);
    const options = { clusters: 3, interactions: 2000, seed: 2 } as const;
    const costs: World = (ask) => {
      const realized = solver.simulate(points, ask.centers, TABLE, ask);
      return { costs: Array.from(realized, (k, n) => squaredDistance(points[ask.entities[n]], ask.centers[k])) };
    };
    const seen = await solver.learn(points, { ...options, method: "counts", world: { simulate: TABLE } });
    const inferred = await solver.learn(points, { ...options, method: "counts", world: costs });
    expect(inferred.labels).toEqual(seen.labels);
    expect(inferred.distortion).toBeCloseToRelative(seen.distortion, 1e-9);

    const [told, costed] = [0, 1].map(() => solver.learner(points, { ...options, method: "qlearning", batch: 1 }));
    for (let round = 0; round < 100; round++) {
      const ask = told.ask()!;
      expect(costed.ask()!.prescribed).toEqual(ask.prescribed);
      told.tell(round, { realized: solver.simulate(points, ask.centers, TABLE, ask) });
      costed.tell(round, await costs(costed.ask()!, {}));
    }
    told
      .ask()!
      .centers.flat()
      .forEach((value, n) => {
        expect(costed.ask()!.centers.flat()[n]).toBeCloseToRelative(value, 1e-9, 1);
      });
  });

  test("a log alone, without a single ask", () => {
    const points = blobs(30);
    const learner = solver.learner(points, { clusters: 3, method: "counts" });
    const random = generator(3);
    const entities = Array.from({ length: 5000 }, () => Math.floor(30 * random()));
    const prescribed = entities.map(() => Math.floor(3 * random()));
    const realized = solver.simulate(points, points.slice(0, 3), TABLE, { entities, prescribed });
    learner.observe({ entities, prescribed, realized });
    expect(learner.result()).toMatchObject({ observed: 5000, interactions: 0 });
    expect(gapTo(points, TABLE, learner.result())).toBeLessThan(0.01);
  });

  test("the history forgets the oldest rows and keeps its bound", () => {
    const points = blobs(30);
    const learner = solver.learner(points, {
      clusters: 3,
      method: "parametric",
      memory: 100,
      batch: 30,
      interactions: 600,
    });
    for (let ask = learner.ask(); ask; ask = learner.ask()) learner.tell(ask.round, { realized: ask.prescribed });
    expect(learner.result().interactions).toBe(600);
    expect(learner.save().length).toBeLessThan(100 * 4 * 8 + 20 * 6 * 8 + 8000);
  });
});

describe("bad input", () => {
  const points = blobs(9);
  const make = (options: object) => () => solver.learner(points, { clusters: 3, ...options });
  const options: [string, object, string][] = [
    ["an unknown option", { cluster: 3 }, "options: cluster is not an option"],
    ["K above N", { clusters: 10 }, "clusters is 10"],
    ["method", { method: "magic" }, 'method is "magic"'],
    ["interactions", { interactions: 0 }, "interactions is 0"],
    ["epsilon", { epsilon: 1.5 }, "epsilon is 1.5"],
    ["weights", { weights: [1] }, "weights: 1 entries, expected 9"],
    ["groups", { groups: [0] }, "groups has 1 entries, expected 9"],
    ["memory", { memory: 0.5 }, "memory is 0.5"],
  ];
  test.each(options)("%s", (_, bad, message) => {
    expect(make(bad)).toThrow(message);
  });

  const answers: [string, object | null, string][] = [
    ["nothing", null, "the answer must be { realized } or { costs }"],
    ["both", { realized: [0, 0, 0], costs: [0, 0, 0] }, "and not both"],
    ["too short", { realized: [0] }, "tell: realized has 1 entries, expected 3"],
    ["out of range", { realized: [0, 3, 0] }, "tell: realized: row 1 is 3, expected an integer from 0 to 2"],
    ["not finite", { costs: [0, 0, Number.NaN] }, "tell: costs: row 2 is NaN"],
    ["negative", { costs: [-1, 0, 0] }, "tell: costs: row 0 is -1"],
  ];
  test.each(answers)("an answer: %s; nothing is learned", (_, answer, message) => {
    const learner = solver.learner(points, { clusters: 3, batch: 3 });
    const ask = learner.ask();
    expect(() => learner.tell(0, answer as never)).toThrow(message);
    expect(learner.ask()).toEqual(ask);
    expect(learner.interactions).toBe(0);
  });

  test("stale, repeated and future rounds", () => {
    const learner = solver.learner(points, { clusters: 3, batch: 3, interactions: 6 });
    const answer = { realized: [0, 0, 0] };
    expect(() => learner.tell(1, answer)).toThrow("tell: round is 1, expected 0");
    learner.tell(0, answer);
    expect(() => learner.tell(0, answer)).toThrow("tell: round is 0, expected 1: it was told before");
    learner.tell(1, answer);
    expect(learner.ask()).toBeNull();
    expect(() => learner.tell(2, answer)).toThrow("the budget of interactions is spent");
    expect(() => learner.tell(2, answer)).toThrow(expect.objectContaining({ code: "order" }));
  });

  const logs: [string, object, string][] = [
    ["unknown entity", { entities: [0, 9] }, "log: entities: row 1 is 9, expected an integer from 0 to 8"],
    ["prescribed", { prescribed: [0, -1] }, "log: prescribed: row 1 is -1, expected an integer from 0 to 2"],
    ["realized", { realized: [3, 0] }, "log: realized: row 0 is 3, expected an integer from 0 to 2"],
    ["wrong length", { realized: [0] }, "log: realized has 1 entries, expected 2"],
    ["empty", { entities: [], prescribed: [], realized: [] }, "log: 0 rows, expected at least 1"],
    ["centers", { centers: [[0, 0]] }, "log: centers are 1 x 2, expected 3 x 2"],
  ];
  test.each(logs)("observe: %s; the log is refused as a whole", (_, bad, message) => {
    for (const method of ["counts", "qlearning"] as const) {
      const learner = solver.learner(points, { clusters: 3, method });
      const before = learner.save();
      expect(() => learner.observe({ entities: [0, 1], prescribed: [0, 0], realized: [0, 0], ...bad })).toThrow(
        message,
      );
      expect(learner.save()).toEqual(before);
    }
  });

  test("a state of other points, or no state", () => {
    const bytes = solver.learner(points, { clusters: 3 }).save();
    expect(() => solver.restoreLearner(blobs(9, 2), bytes)).toThrow("saved state: belongs to points");
    expect(() => solver.restoreLearner(points, bytes.slice(0, 50))).toThrow("saved state");
  });

  test("a world that throws, and one that never answers", async () => {
    const learn = (more: Partial<LearnOptions>) =>
      solver.learn(points, { clusters: 3, world: () => new Promise(() => {}), ...more });
    const broken = () => {
      throw new Error("the service is down");
    };
    await expect(learn({ world: broken })).rejects.toThrow("the service is down");
    const controller = new AbortController();
    const waiting = learn({ signal: controller.signal });
    controller.abort("enough");
    await expect(waiting).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    await expect(learn({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    for (const [bad, message] of [
      [{ onStep: 5 }, "onStep: got number, expected a function"],
      [{ world: { simulate: TABLE, seed: -5 } }, "seed is -5, expected an integer"],
      [{ world: { simulate: TABLE, speed: 1 } }, "world: speed is not an option"],
    ] as const)
      await expect(learn(bad as unknown as Partial<LearnOptions>)).rejects.toThrow(message);
    const simulated = learn({
      world: { simulate: TABLE },
      method: "qlearning",
      interactions: 1e12,
      signal: AbortSignal.timeout(50),
    });
    await expect(simulated).rejects.toMatchObject({ code: "aborted" });
    await expect(learn({ world: 3 as never })).rejects.toThrow("world: got number");
  });
});

describe("property: any world, any method", () => {
  test("no NaN, labels in range, estimates near the truth's order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        fc.constantFrom("none", "table", "groups", "softmax", "softmaxEntity"),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 400 }),
        async (method, kind, clusters, seed, interactions) => {
          const random = generator(seed);
          const points = Array.from({ length: 5 + Math.floor(20 * random()) }, () => [random(), 1e3 + random()]);
          const autonomy: Autonomy =
            clusters === 1
              ? { kind: "none" }
              : autonomies.random(kind, clusters, points.length, 0.01 + random(), random);
          const result = await solver.learn(points, {
            clusters,
            method,
            interactions,
            batch: 1 + Math.floor(50 * random()),
            seed,
            world: { simulate: autonomy },
          });
          expect(result.interactions).toBe(interactions);
          expect(result.centers.flat().every(Number.isFinite)).toBe(true);
          expect(result.labels.every((label) => label >= 0 && label < clusters)).toBe(true);
          expect(result.distortion).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(result.distortion)).toBe(true);
          if (result.autonomy) solver.distortion(points, result.centers, result.autonomy);
        },
      ),
      { numRuns: 60, seed: 2 },
    );
  });
});
