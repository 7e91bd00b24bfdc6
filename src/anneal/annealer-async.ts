import { WaywardError } from "../errors.js";
import type { AnnealAsyncResult, AnnealStep } from "../types.js";
import type { Driver } from "./driver.js";

/**
 * An annealing run whose sweeps are made elsewhere, step by step: the same steps, to the same bits, as those of
 * `Annealer`. Its threads end with the last result, with an error, when a loop is left, and by `close`.
 */
export class AnnealerAsync implements AsyncIterable<AnnealStep> {
  readonly #start: () => Promise<Driver>;
  #driver: Driver | null = null;
  /** One call at a time: each waits for the one before it. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @internal */
  constructor(start: () => Promise<Driver>) {
    this.#start = start;
  }

  /** True once there is nothing left to do. */
  get done(): boolean {
    return this.#driver?.done ?? false;
  }

  /** The records of the steps made so far. */
  get steps(): readonly AnnealStep[] {
    return this.#driver?.steps ?? [];
  }

  /**
   * Makes the next step; null when done.
   *
   * @throws WaywardError `aborted`; `order` after `close`; what a Sweeper throws
   */
  step(): Promise<AnnealStep | null> {
    return this.#next((driver) => driver.step());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AnnealStep, void, void> {
    try {
      for (let step = await this.step(); step !== null; step = await this.step()) yield step;
    } finally {
      if (!this.done) this.close();
    }
  }

  /**
   * Centers, labels, policy and costs as they stand, and the records of all steps.
   *
   * @throws WaywardError `order` before the first step
   */
  async result(): Promise<AnnealAsyncResult> {
    const result = await this.#next((driver) => driver.result());
    if (this.done) this.close();
    return result;
  }

  /**
   * The whole state in bytes; `solver.restoreAnnealerAsync(points, bytes)` goes on from there to the same bits.
   *
   * @throws WaywardError `order` before the first step
   */
  save(): Uint8Array {
    if (!this.#driver) throw new WaywardError("order", "save: 0 steps made, expected at least 1");
    return this.#driver.save();
  }

  /** Ends the threads; what has not been answered by then never will be. */
  close(): void {
    this.#closed = true;
    this.#driver?.close();
  }

  #next<T>(work: (driver: Driver) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#closed) throw new WaywardError("order", "this run is closed, expected no more calls");
      try {
        this.#driver ??= await this.#start();
        return await work(this.#driver);
      } catch (error) {
        this.close();
        throw error;
      }
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
