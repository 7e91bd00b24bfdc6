// One run of ADEN against a simulated world, scored under the true autonomy; shared by table1 and aden.

import { generator, wayward } from "../../bench/tools.mjs";
import { createAden } from "../../dist/aden.js";
import { simulatedWorld, trueDistortion } from "./softmax-world.mjs";

/** Keeps one set of sessions for all runs: `fresh` networks share them. */
export class AdenRuns {
  #options;
  #aden = null;

  constructor(options = {}) {
    this.#options = options;
  }

  /**
   * Learns `points` in the world of `row(x, centers, j)` and returns the result with its gap in percent
   * to `best`, its CPU seconds (all threads, the world's share too) and the network.
   */
  async run({ points, row, best, seed = 0, feedback = "realized", from, ...options }) {
    if (!this.#aden) {
      const solver = await wayward.createSolver();
      const dimensions = points[0].length;
      this.#aden = await createAden({ solver, dimensions, executionProviders: ["wasm"], ...this.#options });
    }
    const network = from ?? this.#aden.fresh();
    const world = simulatedWorld(points, row, generator(7919 * seed + 1), feedback);
    const before = process.cpuUsage();
    const result = await network.learner(points, { seed, feedback, ...options }).run(world);
    const { user, system } = process.cpuUsage(before);
    const gap = 100 * (trueDistortion(points, row, result) / best - 1);
    return { ...result, gap, cpu: (user + system) / 1e6, network };
  }

  async dispose() {
    await this.#aden?.dispose();
    this.#aden = null;
  }
}
