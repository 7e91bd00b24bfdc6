// The one list of conformance cases. Every runtime runs these files, unchanged, against the packed tarball;
// a case returns what it computed, and the hash of those bits must be the published one (golden.json).
import { hashOf } from "../hash.js";
import { anneal } from "./anneal.js";
import { bandit } from "./bandit.js";
import { core } from "./core.js";
import { learn } from "./learn.js";

/** name -> ({ wayward, solver, core }) => value to be hashed. `core` is a bare instance of wayward/core.wasm. */
export const CASES = { ...core, ...anneal, ...learn, ...bandit };

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
