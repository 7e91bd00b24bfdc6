// Every public call with one of its values replaced by something that does not belong there, at every place. What
// is thrown is a WaywardError, and no defect; what is returned holds no NaN.
import { beforeAll, expect, test } from "vitest";
import { createSolver, type Solver } from "../../dist/index.js";
import { type Call, faultsOf } from "./hostile.helpers.js";

let solver: Solver;
beforeAll(async () => {
  solver = await createSolver();
});

const POINTS = [
  [0, 1],
  [1, 0.5],
  [2, 4],
  [0, 0.2],
  [1, 3],
  [2, 1],
];
const CENTERS = [
  [0, 1],
  [2, 3],
];
const TABLE = [
  [0.9, 0.1],
  [0.2, 0.8],
];
const ONES = [1, 2, 3, 4, 5, 6];
const HALVES = [0, 1, 0, 1, 0, 1];
const SOFTMAX = { kind: "softmax", kappa: 0.3, zeta: 1, gamma: 0.5, temperature: 2 };
const GROUPS = { kind: "groups", groups: HALVES, probabilities: [TABLE, TABLE] };
const INSTANCE = { labels: [0, 0, 0, 1, 1, 1], centers: CENTERS };
const LOG = { entities: [0, 1, 2, 3, 4, 5], prescribed: HALVES, realized: [0, 1, 1, 1, 0, 0], centers: CENTERS };
const BANDIT = { arms: 6, dimensions: 2, clusters: 2, delta: 0.1 };
const GEOMETRIC = { schedule: "geometric", betaStart: 0.1, betaEnd: 10, betaGrowth: 1.5, initialCenters: CENTERS };

const runBandit: Call = (options) => {
  const bandit = solver.bandit(options);
  const progress = Array.from({ length: 30 }, (_, round) => {
    const ask = bandit.ask();
    if (!ask) return null;
    const row = (arm: number) => Array.from({ length: bandit.options.dimensions }, (_, j) => (arm % 2) * 3 + round + j);
    return bandit.tell(ask.round, ask.arms.map(row));
  });
  return [progress, bandit.status()];
};
const runLearner: Call = (points, options) => {
  const learner = solver.learner(points, options);
  for (let ask = learner.ask(), turn = 0; ask && turn < 4; ask = learner.ask(), turn++) {
    learner.tell(ask.round, { realized: ask.prescribed.map((cluster, entry) => (entry % 5 ? cluster : 1 - cluster)) });
  }
  return learner.result();
};
const tellLearner: Call = (method, round, answer) => {
  const learner = solver.learner(POINTS, { clusters: 2, interactions: 6, batch: 6, method });
  learner.ask();
  return [learner.tell(round, answer), learner.result()];
};

/** Title, call, and arguments that it takes. */
const CALLS: [string, Call, unknown[]][] = [
  [
    "anneal",
    (...args) => solver.anneal(...(args as Parameters<Solver["anneal"]>)),
    [POINTS, { clusters: 2, autonomy: SOFTMAX, weights: ONES, seed: 3, effort: "normal", policy: true }],
  ],
  [
    "anneal with a table",
    (p, o) => solver.anneal(p, o),
    [POINTS, { clusters: 2, autonomy: { kind: "table", probabilities: TABLE } }],
  ],
  ["anneal with groups", (p, o) => solver.anneal(p, o), [POINTS, { clusters: 2, autonomy: GROUPS }]],
  [
    "anneal, geometric",
    (p, o) => solver.anneal(p, o),
    [POINTS, { clusters: 2, ...GEOMETRIC, tolerance: 1e-6, maxIterations: 20 }],
  ],
  [
    "anneal flat points",
    (p, o) => solver.anneal(p, o),
    [{ data: Float64Array.from(POINTS.flat()), dimensions: 2 }, { clusters: 2 }],
  ],
  [
    "predict",
    (r, p, o) => solver.predict(r, p, o),
    [{ centers: CENTERS, autonomy: GROUPS }, POINTS, { groups: HALVES }],
  ],
  ["distortion", (p, c, a, o) => solver.distortion(p, c, a, o), [POINTS, CENTERS, SOFTMAX, { weights: ONES }]],
  [
    "distortion of labels",
    (p, c, a, o) => solver.distortion(p, c, a, o),
    [POINTS, CENTERS, SOFTMAX, { labels: HALVES }],
  ],
  [
    "compareIgnored",
    (p, r, o) => solver.compareIgnored(p, r, o),
    [POINTS, { centers: CENTERS, autonomy: SOFTMAX, distortion: 1, seed: 0 }, { weights: ONES, effort: "normal" }],
  ],
  [
    "criticalBeta",
    (p, o) => solver.criticalBeta(p, o),
    [POINTS, { clusters: 2, autonomy: SOFTMAX, centers: CENTERS, beta: 1 }],
  ],
  [
    "learner",
    runLearner,
    [
      POINTS,
      {
        clusters: 2,
        method: "auto",
        interactions: 60,
        batch: 20,
        epsilon: 0.1,
        weights: ONES,
        groups: HALVES,
        forgetting: 0.1,
        memory: 100,
      },
    ],
  ],
  ["learner, Q-learning", runLearner, [POINTS, { clusters: 2, method: "qlearning", interactions: 60, batch: 20 }]],
  ["tell a learner", tellLearner, ["auto", 0, { realized: HALVES }]],
  ["tell a learner costs", tellLearner, ["qlearning", 0, { costs: ONES }]],
  [
    "observe",
    (log) => {
      const learner = solver.learner(POINTS, { clusters: 2, interactions: 6, batch: 6 });
      learner.observe(log);
      return learner.result();
    },
    [[LOG, { ...LOG, centers: undefined }]],
  ],
  [
    "fitAutonomy",
    (l, o) => solver.fitAutonomy(l, o),
    [
      LOG,
      { clusters: 2, points: POINTS, groups: HALVES, models: ["softmax", "table", "groups"], heldOut: 0.2, seed: 1 },
    ],
  ],
  [
    "simulate",
    (p, c, a, o) => solver.simulate(p, c, a, o),
    [POINTS, CENTERS, SOFTMAX, { entities: [0, 1], prescribed: [1, 0], seed: 1, round: 2 }],
  ],
  ["bandit", runBandit, [{ ...BANDIT, covariance: 2, batch: 3, maxPulls: 60, seed: 1 }]],
  [
    "bandit, lazy",
    runBandit,
    [
      {
        ...BANDIT,
        allocation: "lazy",
        stopping: "either",
        refresh: 2,
        covariance: [
          [1, 0.1],
          [0.1, 1],
        ],
      },
    ],
  ],
  [
    "bandit, oracle",
    runBandit,
    [{ ...BANDIT, allocation: "oracle", stopping: "exact", instance: INSTANCE, asPrinted: true }],
  ],
  [
    "tell a bandit",
    (round, observations) => {
      const bandit = solver.bandit(BANDIT);
      bandit.ask();
      return [bandit.tell(round, observations), bandit.status()];
    },
    [0, [[1, 2]]],
  ],
  [
    "simulateBandit",
    (options) => [...solver.simulateBandit(options)],
    [
      {
        instance: INSTANCE,
        deltas: [0.1, 0.01],
        allocation: "tracking",
        stopping: ["pairwise", "printed"],
        trials: 2,
        maxPulls: 100,
      },
    ],
  ],
  ["hardness", (i) => solver.hardness(i), [{ ...INSTANCE, asPrinted: false }]],
  ["lowerBound", (h, d) => solver.lowerBound(h, d), [3, 0.1]],
  ["separation", (i) => solver.separation(i), [{ ...INSTANCE, weights: ONES }]],
  ["kmeans", (p, o) => solver.kmeans(p, o), [POINTS, { clusters: 2, weights: ONES, first: 0 }]],
  ["restoreBandit", (b) => solver.restoreBandit(b), [new Uint8Array(40)]],
  ["restoreAnnealer", (p, b) => solver.restoreAnnealer(p, b), [POINTS, new Uint8Array(40)]],
  ["restoreLearner", (p, b) => solver.restoreLearner(p, b), [POINTS, new Uint8Array(40)]],
];

/** Worker threads are dear: these are refused before there are any. */
test.each<[string, Call]>([
  ["annealAsync", (bad) => solver.annealAsync(bad, { clusters: 2 })],
  ["options of annealAsync", (bad) => solver.annealAsync(POINTS, bad)],
  ["its signal", (bad) => solver.annealAsync(POINTS, { clusters: 2, signal: bad })],
  ["predictAsync", (bad) => solver.predictAsync(bad, POINTS)],
  ["centers of predictAsync", (bad) => solver.predictAsync({ centers: bad } as never, POINTS)],
  ["options of predictAsync", (bad) => solver.predictAsync({ centers: CENTERS } as never, POINTS, bad)],
  ["a signal for learn", (bad) => solver.learn(POINTS, { clusters: 2, world: () => ({ realized: [] }), signal: bad })],
  ["shard", (bad) => solver.shard(bad)],
  ["options of shard", (bad) => solver.shard(POINTS, bad)],
  ["a shard's problem", async (bad) => (await solver.shard(POINTS)).open(bad)],
])("null and 5 for %s", async (_, call) => {
  for (const bad of [null, 5]) {
    await expect(async () => call(bad)).rejects.toMatchObject({ name: "WaywardError", code: "input" });
  }
});

test.each(CALLS)("%s", async (_, call, args) => {
  expect(await faultsOf(call, args)).toEqual([]);
});
