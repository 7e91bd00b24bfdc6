import type { Core } from "../core/memory.js";
import type { CheckedPoints } from "../points.js";
import { restoring } from "../state.js";
import type { AnnealOptions, AnnealResult, AnnealStep } from "../types.js";
import { decode, expectSamePoints, fingerprintOf, Machine } from "./machine.js";
import { Problem } from "./problem.js";
import { checkOptions } from "./settings.js";
import { runHere } from "./sweeps.js";

/**
 * An annealing run, step by step: iterate it, break to stop, save it between two steps.
 * `result()` is the answer so far; after the last step, the answer.
 */
export class Annealer implements Iterable<AnnealStep> {
  readonly #points: CheckedPoints;
  readonly #machine: Machine;

  /** @internal */
  constructor(core: Core, points: CheckedPoints, options: AnnealOptions) {
    this.#points = points;
    const settings = checkOptions(options, points);
    const problem = new Problem(core, points, settings.weights, settings.clusters, settings.autonomy);
    this.#machine = new Machine(problem, settings, structuredClone(options)); // the caller may change theirs
  }

  /** True once there is nothing left to do. */
  get done(): boolean {
    return this.#machine.done;
  }

  /** The records of the steps made so far. */
  get steps(): readonly AnnealStep[] {
    return this.#machine.steps;
  }

  /** Makes the next step and returns its record; null when done. */
  step(): AnnealStep | null {
    return this.done ? null : runHere(this.#machine.problem, this.#machine.step());
  }

  *[Symbol.iterator](): Generator<AnnealStep, void, void> {
    for (let step = this.step(); step !== null; step = this.step()) yield step;
  }

  /**
   * Centers, labels, policy and costs as they stand, and the records of all steps.
   *
   * @throws WaywardError `order` before the first step
   */
  result(): AnnealResult {
    const { problem, options } = this.#machine;
    const { centers, ...summary } = runHere(problem, this.#machine.summary());
    const labels = problem.labels();
    const policy = options.policy ? { policy: problem.policy() } : {};
    this.#machine.goOn();
    return { centers, labels, ...policy, ...summary };
  }

  /** The whole state in bytes; `solver.restoreAnnealer(points, bytes)` goes on from there to the same bits. */
  save(): Uint8Array {
    return this.#machine.save(fingerprintOf(this.#points));
  }

  /** @internal */
  static restore(core: Core, points: CheckedPoints, bytes: Uint8Array): Annealer {
    const saved = decode(bytes);
    expectSamePoints(saved, fingerprintOf(points));
    return restoring(() => {
      const annealer = new Annealer(core, points, saved.state.options);
      annealer.#machine.restore(saved);
      return annealer;
    });
  }
}
