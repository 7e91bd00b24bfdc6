import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aden, type AdenOptions, createAden, type OnnxRuntime } from "../../src/aden/index.js";
import {
  type AdenAsk,
  type AdenStep,
  createSolver,
  type LearnerAnswer,
  type Solver,
  WaywardError,
} from "../../src/index.js";
import { autonomies } from "./helpers.js";

const pseudoRandom = autonomies.generator;

/** Three blobs; entities right of x = 5 move to another center half of the time, the rest obey. */
const BLOBS = [
  [0, 0],
  [10, 0],
  [0, 8],
];
const random = pseudoRandom(11);
const POINTS = Array.from({ length: 120 }, (_, i) => BLOBS[i % 3].map((c) => c + 2 * (random() - 0.5)));
const SMALL = { dimensions: 2, hidden: 16, feedForward: 16, heads: 2, executionProviders: ["wasm"] } as const;
const QUICK = {
  extensions: 0,
  warmup: 6,
  rounds: 12,
  sets: 4,
  freshSets: 4,
  rows: 8,
  centerRows: 16,
  check: 2,
  polish: 4,
};

let solver: Solver;
let aden: Aden;

function moveProbability(x: readonly number[]): number {
  return x[0] > 5 ? 0.5 : 0;
}

/** The exact average distance of that world. */
function trueDistance(x: readonly number[], centers: readonly number[][], j: number): number {
  const squared = centers.map((y) => y.reduce((total, value, c) => total + (value - x[c]) ** 2, 0));
  const others = squared.filter((_, k) => k !== j).reduce((total, d) => total + d, 0) / (centers.length - 1);
  return (1 - moveProbability(x)) * squared[j] + moveProbability(x) * others;
}

function world(feedback: "realized" | "costs", seed = 1): (ask: AdenAsk) => LearnerAnswer {
  const uniform = pseudoRandom(seed);
  return ({ entities, prescribed, sets, centers, realizations }: AdenAsk): LearnerAnswer => {
    const answers = Array.from({ length: entities.length * realizations }, (_, index) => {
      const entry = Math.floor(index / realizations);
      const x = POINTS[entities[entry]];
      const inForce = centers[sets[entry]];
      let k = prescribed[entry];
      if (uniform() < moveProbability(x)) {
        k = (k + 1 + Math.floor(uniform() * (inForce.length - 1))) % inForce.length;
      }
      return feedback === "realized" ? k : inForce[k].reduce((total, value, c) => total + (value - x[c]) ** 2, 0);
    });
    return feedback === "realized" ? { realized: answers } : { costs: answers };
  };
}

const quick = (options: Partial<AdenOptions> = {}) => createAden({ solver, ...SMALL, ...options });
const learn = (from: Aden, seed = 0) =>
  from.learner(POINTS, { clusters: 3, seed, recipe: QUICK }).run(world("realized"));

beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  solver = await createSolver({ wasm: readFileSync(new URL("../../dist/core.wasm", import.meta.url)) });
  aden = await quick();
});
afterAll(() => aden.dispose());

describe("learning", () => {
  it.each(["realized", "costs"] as const)(
    "finds centers and distances from %s",
    async (feedback) => {
      const own = await quick({ hidden: 32, feedForward: 32 });
      const recipe = { warmup: 30, rounds: 90, centerRows: 64, check: 4, realizations: feedback === "costs" ? 16 : 4 };
      const result = await own.learner(POINTS, { clusters: 3, feedback, recipe }).run(world(feedback));
      const distances = await own.distances(POINTS, result.centers);
      let excess = 0;
      let total = 0;
      POINTS.forEach((x, i) => {
        for (let j = 0; j < 3; j++) {
          const exact = trueDistance(x, result.centers, j);
          excess += Math.abs(distances[i * 3 + j] - exact);
          total += exact;
        }
      });
      expect(excess / total).toBeLessThan(0.05);
      // Half of blob 1 moves, a quarter to each other center, and pulls it along: eq. 2 at hard labels.
      const expected = [
        [2, 0],
        [10, 0],
        [2, 6.4],
      ];
      for (const [x, y] of expected) {
        expect(Math.min(...result.centers.map((center) => Math.hypot(center[0] - x, center[1] - y)))).toBeLessThan(0.6);
      }
      const at = POINTS.reduce(
        (sum, x, i) => sum + trueDistance(x, result.centers, result.labels[i]) / POINTS.length,
        0,
      );
      expect(Math.abs(result.distortion / at - 1)).toBeLessThan(0.1);
      await own.dispose();
    },
    60_000,
  );

  it("the residual head learns from either feedback", async () => {
    const residual = await quick({ head: "residual", layers: 1 });
    for (const feedback of ["realized", "costs"] as const) {
      const own = residual.fresh();
      const result = await own.learner(POINTS, { clusters: 3, feedback, recipe: QUICK }).run(world(feedback));
      expect(result.centers.flat().every(Number.isFinite)).toBe(true);
    }
    await residual.dispose();
  });

  it("one center needs no learning: the weighted mean", async () => {
    const weights = POINTS.map((_, i) => 1 + (i % 2));
    const learner = aden.fresh().learner(POINTS, { clusters: 1, weights });
    expect(learner.ask()).toBeNull();
    const total = weights.reduce((sum, w) => sum + w, 0);
    const mean = [0, 1].map((c) => POINTS.reduce((sum, x, i) => sum + weights[i] * x[c], 0) / total);
    const { centers, distortion, labels, interactions } = learner.result;
    centers[0].forEach((value, c) => {
      expect(value).toBeCloseTo(mean[c], 10);
    });
    const variance = POINTS.reduce(
      (sum, x, i) => sum + weights[i] * ((x[0] - mean[0]) ** 2 + (x[1] - mean[1]) ** 2),
      0,
    );
    expect(distortion).toBeCloseTo(variance / total, 4);
    expect([...labels]).toEqual(POINTS.map(() => 0));
    expect(interactions).toBe(0);
  });

  it("ask and tell is the one-shot call, and a result is plain data", async () => {
    const whole = await learn(aden.fresh());
    const answer = world("realized");
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    for (let ask = learner.ask(); ask; ask = learner.ask()) await learner.tell(ask.round, await answer(ask));
    expect(learner.result).toEqual(whole);
    expect(structuredClone(whole)).toEqual(whole);
    expect(whole.provider).toBe("wasm");
    expect(whole.fallback).toBeNull();
  });

  it("another seed takes another path; a budget is kept, by replay", async () => {
    const [first, second] = [await learn(aden.fresh(), 1), await learn(aden.fresh(), 2)];
    expect(first.centers).not.toEqual(second.centers);
    const natural = first.interactions;
    for (const interactions of [Math.floor(natural / 2), Math.floor(natural / 5), 40]) {
      const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK, interactions });
      const result = await learner.run(world("realized"));
      expect(result.interactions).toBeLessThanOrEqual(interactions);
      expect(result.interactions).toBeGreaterThan(interactions / 2);
    }
  });

  it("restores in the middle, with a question out, to the same end", async () => {
    const recipe = { ...QUICK, freshSets: 2 }; // so that the replay memory is part of the state
    const straight = aden.fresh().learner(POINTS, { clusters: 3, recipe });
    let resumed = aden.fresh().learner(POINTS, { clusters: 3, recipe });
    const [one, two] = [world("realized"), world("realized")];
    for (let ask = straight.ask(); ask; ask = straight.ask()) {
      const again = resumed.ask()!;
      expect(again).toEqual(ask);
      if (ask.round % 5 === 0) resumed = await aden.fresh().restoreLearner(POINTS, await resumed.save());
      expect(resumed.ask()).toEqual(ask);
      await straight.tell(ask.round, await one(ask));
      await resumed.tell(ask.round, await two(ask));
      if (ask.round % 7 === 0) resumed = await aden.fresh().restoreLearner(POINTS, await resumed.save());
    }
    expect(resumed.result).toEqual(straight.result);
  });

  it("trains on where fresh asks contradict the network, within the budget, and restores there too", async () => {
    // Hardly trained, and asked often: 30 asks of 256 answers tell that it knows nothing.
    const recipe = { ...QUICK, warmup: 1, rounds: 1, extensions: 2, extensionRounds: 6, check: 30 };
    const options = { clusters: 3, recipe };
    const plain = 32 * 32 * 4;
    const extension = 36 * 32 * 4;
    const straight = await aden.fresh().learner(POINTS, options).run(world("realized"));
    expect((straight.interactions - plain) % extension).toBe(0);
    expect(straight.interactions).toBeGreaterThan(plain);
    expect(straight.candidates.every(({ observed }) => observed !== null)).toBe(true);
    const budget = { ...options, interactions: plain + extension - 1 };
    const kept = await aden.fresh().learner(POINTS, budget).run(world("realized"));
    expect(kept.interactions).toBe(plain);
    const told = aden.fresh().learner(POINTS, { ...options, interactions: plain + extension });
    await told.observe(POINTS.slice(0, 50).map((_, entity) => ({ entity, prescribed: 0, realized: 0 }))); // unasked
    expect((await told.run(world("realized"))).interactions).toBe(plain + extension + 50);
    let resumed = aden.fresh().learner(POINTS, options);
    const answer = world("realized");
    for (let ask = resumed.ask(); ask; ask = resumed.ask()) {
      const { rounds } = await resumed.tell(ask.round, await answer(ask));
      if (ask.round === 35) {
        expect(rounds).toBe(32 + 36);
        resumed = await aden.fresh().restoreLearner(POINTS, await resumed.save());
      }
    }
    expect(resumed.result).toEqual(straight);
  });

  it("stops when it is told to: the estimate, and the network as it is", async () => {
    const early = aden.fresh();
    const learner = early.learner(POINTS, { clusters: 3, recipe: QUICK });
    for (let round = 0; round < 4; round++) {
      const ask = learner.ask()!;
      await learner.tell(ask.round, await world("realized", 5)(ask));
    }
    const open = learner.ask()!;
    const estimate = await learner.estimate();
    const stopped = learner.stop();
    await expect(learner.tell(open.round, { realized: [] })).rejects.toThrow("expected none: a tell is under way");
    expect(await stopped).toMatchObject({ ...estimate, rounds: 4, provider: "wasm" });
    expect(learner.ask()).toBeNull();
    await expect(learner.tell(open.round, { realized: [] })).rejects.toThrow(`tell: round ${open.round}`);
    expect(await learner.stop()).toBe(learner.result);
    const { centers, labels } = learner.result;
    const distances = await early.distances(POINTS, centers);
    labels.forEach((label, row) => {
      expect(distances[3 * row + label]).toBe(Math.min(...distances.slice(3 * row, 3 * row + 3)));
    });
  });

  it("a restored learner drops out as the saved one did", async () => {
    const dropping = await quick({ dropout: 0.3 });
    const straight = dropping.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const saved = await aden.fresh().restoreLearner(POINTS, await straight.save());
    expect((await saved.run(world("realized"))).centers).toEqual((await straight.run(world("realized"))).centers);
    await dropping.dispose();
  });

  it("an estimate is there at any time", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const answer = world("realized");
    for (let ask = learner.ask(); ask; ask = learner.ask()) {
      const { centers, labels, distortion } = await learner.estimate();
      expect([centers.length, labels.length]).toEqual([3, POINTS.length]);
      expect(distortion).toBeGreaterThan(0);
      await learner.tell(ask.round, await answer(ask));
    }
    expect(await learner.estimate()).toBe(learner.result);
  });

  it("takes unsolicited rows, and counts them", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const rows = POINTS.slice(0, 20).map((_, entity) => ({
      entity,
      prescribed: entity % 3,
      realized: (entity + 1) % 3,
    }));
    expect(await learner.observe(rows)).toBe(20);
    const plain = await learn(aden.fresh());
    const result = await learner.run(world("realized"));
    expect(result.interactions).toBe(plain.interactions + 20);
    expect(result.centers).not.toEqual(plain.centers);
  });

  it("steps are reported, and a signal stops the run", async () => {
    const controller = new AbortController();
    const phases: string[] = [];
    const running = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const energies: (number | null)[] = [];
    const onStep = ({ phase, round, freeEnergy }: AdenStep) => {
      phases.push(phase);
      energies.push(freeEnergy);
      if (round === 8) controller.abort();
    };
    const stopped = running.run(world("realized"), { signal: controller.signal, onStep });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    const silent = running.run(() => new Promise(() => {}), { signal: AbortSignal.timeout(20) });
    await expect(silent).rejects.toMatchObject({ code: "aborted" });
    expect(phases).toEqual([...Array(6).fill("warmup"), "learn", "learn"]);
    expect(energies.slice(0, 7)).toEqual(Array(7).fill(null)); // the centers move every second step
    expect(Number.isFinite(energies[7])).toBe(true);
    await running.run(world("realized")); // the learner itself is unharmed
  });
});

describe("a trained network", () => {
  let trained: Aden;
  const CENTERS = [
    [1, 1],
    [9, 2],
    [3, 7],
    [5, 5],
  ];

  beforeAll(async () => {
    trained = aden.fresh();
    await learn(trained);
  });

  it("transitions are probabilities whose mean distance is `distances`, at any K", async () => {
    const distances = await trained.distances(POINTS, CENTERS);
    const transitions = await trained.transitions(POINTS, CENTERS);
    expect(transitions.length).toBe(POINTS.length * 16);
    POINTS.forEach((x, i) => {
      const squared = CENTERS.map((y) => (y[0] - x[0]) ** 2 + (y[1] - x[1]) ** 2);
      for (let j = 0; j < 4; j++) {
        const row = transitions.slice((i * 4 + j) * 4, (i * 4 + j + 1) * 4);
        expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
        const mean = row.reduce((sum, p, k) => sum + p * squared[k], 0);
        expect(Math.abs(distances[i * 4 + j] / mean - 1)).toBeLessThan(1e-4);
      }
    });
  });

  it("does not mind many rows: parts give what the whole gives", async () => {
    const many = Array.from({ length: 2100 }, (_, i) => POINTS[i % POINTS.length]);
    const distances = await trained.distances(many, CENTERS);
    const expected = await trained.distances(POINTS, CENTERS);
    for (let index = 0; index < distances.length; index++) {
      expect(Math.abs(distances[index] - expected[index % expected.length])).toBeLessThan(1e-4);
    }
  });

  it("saves and loads its weights", async () => {
    const bytes = await trained.save();
    const other = aden.fresh();
    await other.load(bytes);
    expect(await other.distances(POINTS, CENTERS)).toEqual(await trained.distances(POINTS, CENTERS));
    const wider = await quick({ hidden: 32 });
    await expect(wider.load(bytes)).rejects.toThrow("weights for hidden = 16, expected 32");
    await expect(wider.load(bytes.slice(0, 100))).rejects.toMatchObject({ code: "state" });
    await expect(other.restoreLearner(POINTS, bytes)).rejects.toThrow("holds a network, expected a learner");
    await wider.dispose();
  });

  it("exports a plain ONNX model in data units", async () => {
    const model = await trained.exportOnnx({ rows: POINTS.length, clusters: CENTERS.length });
    const session = await ort.InferenceSession.create(model);
    const { distances } = await session.run({
      points: new ort.Tensor("float32", Float32Array.from(POINTS.flat()), [1, POINTS.length, 2]),
      centers: new ort.Tensor("float32", Float32Array.from(CENTERS.flat()), [1, 4, 2]),
    });
    const expected = await trained.distances(POINTS, CENTERS);
    expected.forEach((value, index) => {
      expect(Math.abs((distances.data[index] as number) / value - 1)).toBeLessThan(1e-4);
    });
    await session.release();
  });

  it("has nothing to do with a problem of one center: its own mean, and no network learns from it", async () => {
    const elsewhere = POINTS.map((x) => x.map((value) => value + 1000));
    const { centers, distortion } = trained.learner(elsewhere, { clusters: 1 }).result;
    const own = aden.fresh().learner(elsewhere, { clusters: 1 }).result;
    expect({ centers, distortion }).toEqual({ centers: own.centers, distortion: own.distortion });
    const untrained = aden.fresh();
    untrained.learner(POINTS, { clusters: 1 });
    await expect(untrained.save()).rejects.toThrow("no weights yet");
  });

  it("starts the next problem from what it knows", async () => {
    const warm = trained.learner(POINTS, { clusters: 3, recipe: QUICK });
    const cold = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const losses: number[] = [];
    for (const learner of [warm, cold]) {
      const ask = learner.ask()!;
      losses.push((await learner.tell(ask.round, await world("realized", 5)(ask))).loss);
    }
    expect(losses[0]).toBeLessThan(losses[1]);
  });

  it("takes less than half the rounds once it has trained as long", async () => {
    const long = aden.fresh();
    const sizes = { sets: 1, freshSets: 1, rows: 8, centerRows: 8, check: 0, extensions: 0, polish: 1, relocations: 0 };
    await long.learner(POINTS, { clusters: 2, recipe: { ...sizes, warmup: 0, rounds: 75 } }).run(world("realized"));
    const again = aden.fresh();
    await again.load(await long.save());
    const untrained = aden.fresh();
    const early = await untrained.learner(POINTS, { clusters: 2, recipe: sizes }).save();
    const restorer = aden.fresh();
    await restorer.load(await long.save());
    await (await restorer.restoreLearner(POINTS, early)).stop(); // no steps but its own
    const rounds: number[] = [];
    for (const network of [long, again, trained, aden.fresh(), restorer]) {
      const learner = network.learner(POINTS, { clusters: 3, recipe: { check: 0 } });
      const ask = learner.ask()!;
      rounds.push((await learner.tell(ask.round, await world("realized", 5)(ask))).rounds);
    }
    expect(rounds).toEqual([75, 75, 180, 180, 180]);
  });
});

describe("what it refuses", () => {
  const refusal = (call: () => unknown) =>
    Promise.resolve()
      .then(call)
      .then(
        () => "nothing",
        (error) => {
          expect(error).toBeInstanceOf(WaywardError);
          return `${error.code}: ${error.message}`;
        },
      );

  it("bad options", async () => {
    expect(await refusal(() => quick({ dimensions: 0 }))).toBe(
      "input: dimensions is 0, expected an integer of at least 1",
    );
    expect(await refusal(() => quick({ heads: 3 }))).toContain("hidden is 16, expected a multiple of heads = 3");
    expect(await refusal(() => quick({ head: "softmax" as never }))).toContain('expected "transition" or "residual"');
    expect(await refusal(() => quick({ dropout: 1 }))).toContain("dropout is 1");
    expect(await refusal(() => quick({ executionProviders: ["cuda" as never] }))).toContain('["cuda"]');
    expect(await refusal(() => quick({ solver: undefined as never }))).toContain("createSolver");
    expect(await refusal(() => aden.learner([[1, 2, 3]], { clusters: 1 }))).toContain("3 columns, expected 2");
    expect(await refusal(() => aden.learner(POINTS, { clusters: 121 }))).toContain("at most the number of rows, 120");
    expect(await refusal(() => aden.learner(POINTS, { clusters: 3, feedback: "cost" as never }))).toContain('"cost"');
    expect(await refusal(() => aden.learner(POINTS, { clusters: 3, interactions: 0 }))).toContain(
      "interactions is 0, expected at least 32",
    );
  });

  it("bad answers, naming the entry; the question stays", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const ask = learner.ask()!;
    const size = ask.entities.length * ask.realizations;
    const good = new Array(size).fill(0);
    expect(await refusal(() => learner.tell(ask.round, { realized: good.with(5, 3) }))).toBe(
      "input: tell: realized 5 is 3, expected an integer from 0 to 2",
    );
    expect(await refusal(() => learner.tell(ask.round, { realized: good.slice(1) }))).toContain(`${size - 1} entries`);
    expect(await refusal(() => learner.tell(ask.round, { costs: good }))).toContain("no realized");
    expect(await refusal(() => learner.tell(ask.round + 1, { realized: good }))).toBe(
      "order: tell: round 2, expected 1",
    );
    const telling = learner.tell(ask.round, { realized: good });
    expect(await refusal(() => learner.tell(ask.round, { realized: good }))).toContain("a tell is under way");
    expect(await refusal(() => learner.save())).toContain("a tell is under way");
    await telling;
    expect(await refusal(() => learner.tell(ask.round, { realized: good }))).toContain("order: tell: round 1");
    expect(await refusal(() => learner.result)).toContain("has not ended");

    const costs = aden.fresh().learner(POINTS, { clusters: 3, feedback: "costs", recipe: QUICK });
    const { round, entities } = costs.ask()!;
    const free = new Array(entities.length).fill(1);
    expect(await refusal(() => costs.tell(round, { costs: free.with(2, Number.NaN) }))).toContain("costs 2 is NaN");
    for (const bad of [-1, null, "5"])
      expect(await refusal(() => costs.tell(round, { costs: free.with(2, bad as number) }))).toContain(
        `costs 2 is ${bad}`,
      );
    await costs.tell(round, { costs: free }); // one mean an entry will do
  });

  it("numbers too large for float32, before they can spoil anything", async () => {
    const costs = aden.fresh().learner(POINTS, { clusters: 3, feedback: "costs", recipe: QUICK });
    const { round, entities } = costs.ask()!;
    const huge = new Array(entities.length).fill(1).with(2, 1e38);
    expect(await refusal(() => costs.tell(round, { costs: huge }))).toMatch(
      /costs 2 is 1e\+38, expected a number from 0/,
    );
    expect(await refusal(() => costs.observe([{ entity: 0, prescribed: 0, cost: 1e200 }]))).toContain(
      "row 0: cost is 1e+200",
    );
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const centers = [
      [1e39, 0],
      [0, 0],
      [0, 0],
    ];
    expect(await refusal(() => learner.observe([{ entity: 0, prescribed: 0, realized: 1, centers }]))).toContain(
      "row 0: centers: 1e+39 is too far from the points",
    );
    const trained = aden.fresh();
    await learn(trained);
    const far = POINTS.map((x) => x.map((value) => value * 1e19));
    expect(await refusal(() => trained.learner(far, { clusters: 2 }))).toContain("from where the network is trained");
  });

  it("a recipe that would divide by nothing, or never end", async () => {
    for (const recipe of [
      { hold: 1 },
      { learningRate: 0 },
      { betaEnd: 1e300 },
      { sigmaStart: 1e300 },
      { polish: 0.5 },
    ]) {
      const [[name, value]] = Object.entries(recipe);
      const refused = await refusal(() => aden.fresh().learner(POINTS, { clusters: 3, recipe }));
      expect(refused).toContain(`recipe: ${name} is ${value}, expected a`);
    }
    expect(await refusal(() => quick({ layers: 1e9 }))).toContain(
      "layers is 1000000000, expected an integer from 0 to",
    );
    expect(await refusal(() => quick({ hidden: 2 ** 40, heads: 1 }))).toContain("weights, expected at most");
  });

  it("an .onnx file in units that float32 does not hold", async () => {
    const tiny = aden.fresh();
    const points = POINTS.map((x) => x.map((value) => value * 1e-25));
    await tiny.learner(points, { clusters: 2, recipe: QUICK }).run(world("realized"));
    expect(await refusal(() => tiny.exportOnnx({ rows: 1, clusters: 1 }))).toContain(
      "expected numbers that fit float32",
    );
  });

  it("an ask that the caller has written into is still what was asked", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const before = structuredClone(learner.ask());
    learner.ask()!.entities.fill(1e6);
    learner.ask()!.centers[0][0][0] = Number.NaN;
    expect(learner.ask()).toEqual(before);
  });

  it("bad observations, naming the row", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const row = { entity: 0, prescribed: 0, realized: 0 };
    expect(await refusal(() => learner.observe([row, { ...row, entity: 120 }]))).toContain("row 1: entity is 120");
    expect(await refusal(() => learner.observe([{ entity: 0, prescribed: 0 }]))).toContain("realized is undefined");
    expect(await refusal(() => learner.observe([{ ...row, centers: [[0, 0]] }]))).toContain("1 x 2, expected 3 x 2");
    expect(await refusal(() => learner.observe([{ ...row, centre: [] } as never]))).toContain(
      "centre is not an option",
    );
    await learner.stop();
    expect(await refusal(() => learner.observe([row]))).toBe("order: observe: the learner has ended");
  });

  it("a state of other points, and questions to a network that knows nothing", async () => {
    const learner = aden.fresh().learner(POINTS, { clusters: 3, recipe: QUICK });
    const bytes = await learner.save();
    expect(await refusal(() => aden.restoreLearner(POINTS.slice(1), bytes))).toContain("belongs to other points");
    expect(await refusal(() => aden.fresh().load(bytes))).toContain("holds a learner, expected a network");
    expect(await refusal(() => aden.fresh().distances(POINTS, [[0, 0]]))).toContain("no weights yet");
    const residual = await quick({ head: "residual", layers: 1 });
    expect(await refusal(() => residual.transitions(POINTS, [[0, 0]]))).toContain("residual head");
    await residual.dispose();
    expect(await refusal(() => learn(residual))).toBe("order: this Aden has been disposed of");
  });
});

describe("the ONNX runtime", () => {
  /** onnxruntime-web with a WebGPU that works for `runs` runs and is lost then. */
  function losingRuntime(runs: number): OnnxRuntime {
    let left = runs;
    return {
      env: ort.env as OnnxRuntime["env"],
      Tensor: ort.Tensor as unknown as OnnxRuntime["Tensor"],
      InferenceSession: {
        async create(model, options) {
          const [provider] = (options as { executionProviders: string[] }).executionProviders;
          const session = await ort.InferenceSession.create(model, { ...options, executionProviders: ["wasm"] });
          const run = (feeds: Record<string, never>) => {
            if (provider === "webgpu" && left-- <= 0) throw new Error("device lost");
            return session.run(feeds);
          };
          return { run, release: () => session.release() } as never;
        },
      },
    };
  }

  it.each([0, 5])("a GPU lost after %i runs: goes on in WASM, says so, and loses nothing", async (runs) => {
    const gpu = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { gpu: {} }, configurable: true });
    try {
      const lossy = await quick({ executionProviders: ["webgpu", "wasm"], ort: losingRuntime(runs) });
      const result = await learn(lossy);
      expect(result.provider).toBe("wasm");
      expect(result.fallback).toContain("device lost");
      expect(result.centers).toEqual((await learn(aden.fresh())).centers);
      await lossy.dispose();
    } finally {
      if (gpu) Object.defineProperty(globalThis, "navigator", gpu);
      else delete (globalThis as { navigator?: unknown }).navigator;
    }
  });

  const places = [4, 9, 25, 27, 30, 34].flatMap((run) => [
    { run, recipe: {} },
    { run, recipe: { stepsPerAsk: 3, check: 0 } },
  ]);
  it.each(places)(
    "without another provider the tell fails ($run, $recipe), loses nothing, and may be repeated",
    async ({ run: failing, recipe: changes }) => {
      const recipe = { ...QUICK, ...changes };
      let runs = 0;
      let created = 0;
      const failingOnce = {
        ...losingRuntime(0),
        InferenceSession: {
          async create(model: Uint8Array, options: object) {
            created++;
            const session = await ort.InferenceSession.create(model, options);
            const run = (feeds: Record<string, never>) => {
              if (++runs === failing) throw new Error("device lost");
              return session.run(feeds);
            };
            return { run, release: () => session.release() } as never;
          },
        },
      };
      const lone = await quick({ ort: failingOnce });
      const learner = lone.learner(POINTS, { clusters: 3, recipe });
      const answer = world("realized");
      let failures = 0;
      for (let ask = learner.ask(); ask; ask = learner.ask()) {
        const told = await answer(ask);
        try {
          await learner.tell(ask.round, told);
        } catch (error) {
          failures++;
          expect(error).toMatchObject({ code: "environment", message: "the ONNX runtime failed on wasm: device lost" });
          const before = created;
          const saved = await aden.fresh().restoreLearner(POINTS, await learner.save());
          expect(saved.ask()).toEqual(ask);
          await learner.tell(ask.round, told);
          expect(created).toBeGreaterThan(before);
        }
      }
      expect(failures).toBe(1);
      const straight = aden.fresh().learner(POINTS, { clusters: 3, recipe });
      expect(learner.result).toEqual(await straight.run(world("realized")));
      await lone.dispose();
    },
  );

  it("without another provider a failure is an error that says why", async () => {
    const broken = {
      ...losingRuntime(0),
      InferenceSession: { create: () => Promise.reject(new Error("no such thing")) },
    };
    const lone = await quick({ ort: broken });
    await expect(learn(lone)).rejects.toMatchObject({
      code: "environment",
      message: "the ONNX runtime failed on wasm: no such thing",
    });
  });
});
