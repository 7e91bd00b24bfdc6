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

/** name -> ({ wayward, solver, core }) => value to be hashed. `core` is a bare instance of wayward/core.wasm. */
export const CASES = {
  exp: ({ core }) => mapped(core, "expArray", numbers(4000, -720, 709, 1)),
  log: ({ core }) => mapped(core, "logArray", numbers(4000, 1e-9, 1e3, 2)),
  uniform: ({ core }) => Array.from({ length: 500 }, (_, index) => core.uniform(7n, 3, BigInt(index) << 20n)),
  normal: ({ core }) => Array.from({ length: 500 }, (_, index) => core.normal(11n, 5, BigInt(index) << 20n)),

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
