// Every public call with one of its values replaced by something that does not belong there, at every place. What
// is thrown is a WaywardError, and no defect; what is returned holds no NaN.
import { beforeAll, expect, test } from "vitest";
import { createSolver, type Solver, WaywardError } from "../../dist/index.js";

let solver: Solver;
beforeAll(async () => {
  solver = await createSolver();
});

const circle: unknown[] = [];
circle.push(circle);
let deep: unknown = 1;
for (let level = 0; level < 20_000; level++) deep = [deep];

/** By the name that a fault is reported under. */
const HOSTILE: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  "empty text": "",
  "text of a number": "12",
  "text NaN": "NaN",
  __proto__: "__proto__",
  constructor: "constructor",
  "a list": [],
  "an object": {},
  "nested lists": [[]],
  "list of null": [null],
  "list of text": [["1"]],
  "ragged rows": [[1], [1, 2]],
  "six ones": [1, 1, 1, 1, 1, 1],
  "six of 1e308": Array(6).fill(1e308),
  "an object with a length": { length: 3 },
  "an object with a huge length": { length: 2 ** 40 },
  "an object with a negative length": { length: -1 },
  zero: 0,
  "minus one": -1,
  half: 0.5,
  "1e308": 1e308,
  "-1e308": -1e308,
  "5e-324": 5e-324,
  "2^32": 2 ** 32,
  "2^53": 2 ** 53,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "a bigint": 10n,
  "a symbol": Symbol("s"),
  "a function": () => 1,
  "a date": new Date(0),
  "a circle": circle,
  "20,000 levels": deep,
  "typed array": new Float64Array(3),
  "NaN in a typed array": Float32Array.of(1, Number.NaN),
  "bigint array": new BigInt64Array(2),
  "flat points of a list": { data: [1, 2], dimensions: 1 },
  "flat points without dimensions": { data: new Float64Array(2), dimensions: Number.NaN },
  "a kind that is a method": { kind: "toString" },
  "a table that is a circle": { kind: "table", probabilities: circle },
};

// biome-ignore lint/suspicious/noExplicitAny: what is handed in is wrong on purpose.
type Call = (...args: any[]) => unknown;

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

test.each(CALLS)("%s", (_, call, args) => {
  const faults: string[] = [];
  for (const path of placesIn(args)) {
    for (const [name, value] of Object.entries(HOSTILE)) {
      const fault = faultOf(() => call(...(replaced(args, path, value) as unknown[])));
      if (fault) faults.push(`${path.join(".")} = ${name}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
});

function faultOf(action: () => unknown): string | null {
  try {
    const place = nanIn(action());
    return place === null ? null : `NaN at ${place}`;
  } catch (error) {
    if (error instanceof WaywardError && error.code !== "internal") return null;
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** Every place in the arguments; of lists, the first and the last entry. */
function placesIn(node: unknown): string[][] {
  if (node === null || typeof node !== "object" || ArrayBuffer.isView(node)) return [];
  const keys = Object.keys(node);
  const visited = Array.isArray(node) && keys.length > 3 ? [keys[0], keys[keys.length - 1]] : keys;
  return visited.flatMap((key) => [
    [key],
    ...placesIn((node as Record<string, unknown>)[key]).map((path) => [key, ...path]),
  ]);
}

/** A copy with another value at that place. */
function replaced(node: unknown, [key, ...rest]: string[], value: unknown): unknown {
  const copy = Array.isArray(node) ? [...node] : { ...(node as object) };
  const parent = copy as Record<string, unknown>;
  parent[key] = rest.length === 0 ? value : replaced(parent[key], rest, value);
  return copy;
}

function nanIn(value: unknown, place = "the result"): string | null {
  if (typeof value === "number") return Number.isNaN(value) ? place : null;
  if (value === null || typeof value !== "object") return null;
  for (const [key, entry] of Object.entries(value)) {
    const found = nanIn(entry, `${place}.${key}`);
    if (found) return found;
  }
  return null;
}
