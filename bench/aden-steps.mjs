// Training steps of ADEN, timed: shared by aden.mjs and, in a runtime with WebGPU, aden-webgpu.mjs.
import { generator, median } from "./tools.mjs";

/** A world that always obeys: it costs nothing, so that the time is ADEN's. */
export const obedient = ({ prescribed, realizations }) => ({
  realized: Int32Array.from(
    { length: prescribed.length * realizations },
    (_, index) => prescribed[Math.floor(index / realizations)],
  ),
});

/** Points in the unit square. */
export function square(rows) {
  const random = generator(1);
  return Array.from({ length: rows }, () => [random(), random()]);
}

/** The networks that are timed: head, layers, K. */
export const NETWORKS = [
  ["transition", 1, 4],
  ["transition", 4, 4],
  ["transition", 1, 25],
  ["residual", 4, 4],
];

/** Times steps of the recipe's batch, 16 center sets of 32 points, while the centers rest. */
export class StepTimer {
  #learner;

  constructor(aden, clusters) {
    const recipe = { sets: 16, freshSets: 16, rows: 32, realizations: 1, warmup: 100_000, rounds: 1 };
    this.#learner = aden.fresh().learner(square(500), { clusters, recipe });
  }

  /** Median milliseconds of `count` steps, by the wall and by the CPU. */
  async run(count) {
    const wall = [];
    const cpu = [];
    while (wall.length < count) {
      const ask = this.#learner.ask();
      const answer = obedient(ask);
      const start = performance.now();
      const before = process.cpuUsage();
      await this.#learner.tell(ask.round, answer);
      const { user, system } = process.cpuUsage(before);
      wall.push(performance.now() - start);
      cpu.push((user + system) / 1000);
    }
    return { wall: median(wall), cpu: median(cpu) };
  }
}
