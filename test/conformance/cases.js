// The one list of conformance cases. Every runtime runs this file, unchanged, against the packed tarball;
// a case returns what it computed, and the hash of those bits must be the published one (golden.json).
import { hashOf } from "./hash.js";

/** Inputs that are the same everywhere: integer arithmetic only. */
function* integers(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

/** `count` numbers in [low, high), by integers alone. */
export function numbers(count, low, high, seed) {
  const source = integers(seed);
  return Float64Array.from({ length: count }, () => low + ((high - low) * source.next().value) / 4294967296);
}

/** Runs a unary array kernel of the core over `input`. */
function mapped(core, kernel, input) {
  const { memory } = core;
  const start = Math.ceil(core.heapBase() / 16) * 16;
  const missing = start + 2 * input.byteLength - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  new Float64Array(memory.buffer, start, input.length).set(input);
  core[kernel](start, start + input.byteLength, input.length);
  return new Float64Array(memory.buffer, start + input.byteLength, input.length).slice();
}

/** What an expected failure says: its class, code and sentence. */
async function failure(action) {
  try {
    await action();
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message };
  }
  throw new Error("expected an error, got none");
}

/** Five uneven blobs; sums of four integers stand for a bell curve. */
function blobs(rows, dimensions, seed) {
  const noise = numbers(rows * dimensions * 4, -0.5, 0.5, seed);
  const data = new Float64Array(rows * dimensions);
  for (let index = 0; index < data.length; index++) {
    const row = Math.floor(index / dimensions);
    const blob = (row * row) % 5;
    let bell = 0;
    for (let part = 0; part < 4; part++) bell += noise[4 * index + part];
    data[index] = ((blob * (index % dimensions === 0 ? 3 : 7)) % 5) * 1.7 + bell;
  }
  return { data, dimensions };
}

/** A row-stochastic table without any symmetry. */
function table(clusters, seed) {
  const source = integers(seed);
  return Array.from({ length: clusters }, (_, row) => {
    const raw = Array.from(
      { length: clusters },
      (_, column) => 1 + (source.next().value >>> 20) + (row === column) * 9000,
    );
    const sum = raw.reduce((total, entry) => total + entry, 0);
    return raw.map((entry) => entry / sum);
  });
}

const small = blobs(257, 2, 21);
const wide = blobs(120, 7, 22);
/** Three blocks of 4,096 rows, the last one partly filled: the tree over blocks is in the bits. */
const large = blobs(9001, 3, 23);
const softmax = { kind: "softmax", kappa: 0.2, temperature: 0.7 };
const weights = numbers(257, 0.5, 2, 24);
const groups = Array.from({ length: 257 }, (_, row) => row % 3);

/** name -> ({ wayward, solver, core }) => value to be hashed. `core` is a bare instance of wayward/core.wasm. */
export const CASES = {
  exp: ({ core }) => mapped(core, "expArray", numbers(4000, -720, 709, 1)),
  log: ({ core }) => mapped(core, "logArray", numbers(4000, 1e-9, 1e3, 2)),
  uniform: ({ core }) => Array.from({ length: 500 }, (_, index) => core.uniform(7n, 3, BigInt(index) << 20n)),
  normal: ({ core }) => Array.from({ length: 500 }, (_, index) => core.normal(11n, 5, BigInt(index) << 20n)),

  "anneal: none": ({ solver }) => solver.anneal(small, { clusters: 5, policy: true }),
  "anneal: table": ({ solver }) =>
    solver.anneal(small, { clusters: 4, autonomy: { kind: "table", probabilities: table(4, 31) }, seed: 3 }),
  "anneal: groups": ({ solver }) => {
    const probabilities = [table(3, 32), table(3, 33), table(3, 34)];
    return solver.anneal(small, { clusters: 3, autonomy: { kind: "groups", groups, probabilities } });
  },
  "anneal: softmax": ({ solver }) => solver.anneal(small, { clusters: 5, autonomy: softmax, weights, policy: true }),
  "anneal: softmax, gamma > 0": ({ solver }) =>
    solver.anneal(wide, { clusters: 4, autonomy: { ...softmax, kappa: 0.5, gamma: 0.5, zeta: 2 } }),
  "anneal: high effort": ({ solver }) =>
    solver.anneal(small, { clusters: 6, autonomy: softmax, effort: "high", seed: 9 }),
  "anneal: geometric, fixed point": ({ solver }) =>
    solver.anneal(small, {
      clusters: 4,
      autonomy: softmax,
      ...{ schedule: "geometric", gradient: "fixedPoint", betaStart: 0.05, betaEnd: 50, betaGrowth: 1.5 },
    }),
  "anneal: three blocks": ({ solver }) => solver.anneal(large, { clusters: 5, autonomy: softmax }),
  "anneal: saved after each step, restored": ({ solver }) => {
    const options = { clusters: 5, autonomy: softmax, seed: 5 };
    let annealer = solver.annealer(small, options);
    for (let step = annealer.step(); step !== null; step = annealer.step())
      annealer = solver.restoreAnnealer(small, annealer.save());
    const straight = hashOf(solver.anneal(small, options));
    const result = annealer.result();
    if (hashOf(result) !== straight) throw new Error(`restored ${hashOf(result)}, straight ${straight}`);
    return result;
  },
  "predict, distortion, comparison, critical beta": ({ solver }) => {
    const result = solver.anneal(small, { clusters: 5, autonomy: softmax });
    return [
      solver.predict(result, blobs(64, 2, 25)),
      solver.distortion(small, result.centers, softmax, { weights }),
      solver.compareIgnored(small, result),
      solver.criticalBeta(small, { clusters: 5, autonomy: softmax }),
    ];
  },

  "errors: bad input": async ({ solver }) => {
    const refused = [
      () =>
        solver.anneal(
          [
            [1, 2],
            [3, Number.NaN],
          ],
          { clusters: 1 },
        ),
      () => solver.anneal([[1, 2], [3]], { clusters: 1 }),
      () => solver.anneal([], { clusters: 1 }),
      () => solver.anneal(small, { clusters: 0 }),
      () => solver.anneal(small, { clusters: 258 }),
      () => solver.anneal(small, { clusters: 2, weights: [1, 2] }),
      () => solver.anneal(small, { clusters: 2, autonomy: { ...softmax, kappa: 1.5 } }),
      () => solver.anneal(small, { clusters: 2, autonomy: { ...softmax, temperature: 0 } }),
      () => solver.anneal(small, { clusters: 2, autonomy: { kind: "table", probabilities: [1, 0, 0.5, 0.4] } }),
      () => solver.anneal(small, { clusters: 2, schedule: "geometric", betaStart: 2, betaEnd: 1 }),
      () => solver.restoreAnnealer(small, new Uint8Array(100)),
      () => solver.restoreAnnealer(wide, solver.annealer(small, { clusters: 2 }).save()),
    ];
    return Promise.all(refused.map(failure));
  },
  "error: not a module": async ({ wayward }) => {
    const { name, code } = await failure(() => wayward.createSolver({ wasm: new Uint8Array([1, 2, 3, 4]) }));
    return { name, code }; // the sentence quotes the engine, and engines differ
  },
};

/**
 * Runs every case.
 *
 * @param wayward the package, as this runtime resolves it
 * @param module core.wasm, compiled
 */
export async function runCases(wayward, module) {
  const solver = await wayward.createSolver();
  const results = {};
  for (const [name, run] of Object.entries(CASES)) {
    try {
      const core = new WebAssembly.Instance(module, {}).exports;
      results[name] = { hash: hashOf(await run({ wayward, solver, core })) };
    } catch (error) {
      results[name] = { error: String(error?.stack ?? error) };
    }
  }
  return results;
}
