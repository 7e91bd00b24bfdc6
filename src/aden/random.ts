import type { Core } from "../core/memory.js";

/** One stream of the core's counter-based generator: its whole state is how many draws were taken. */
export class RandomStream {
  readonly #core: Core;
  readonly #seed: bigint;
  readonly #stream: number;
  draws: number;

  constructor(core: Core, seed: bigint, stream: number, draws = 0) {
    this.#core = core;
    this.#seed = seed;
    this.#stream = stream;
    this.draws = draws;
  }

  /** In (0, 1). */
  uniform(): number {
    return this.#core.exports.uniform(this.#seed, this.#stream, BigInt(this.draws++));
  }

  normal(): number {
    return this.#core.exports.normal(this.#seed, this.#stream, BigInt(this.draws++));
  }

  /** An integer from 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }
}

/** Draws rows in proportion to their weights. */
export class WeightedRows {
  readonly #cumulative: Float64Array;

  constructor(weights: Float64Array) {
    let total = 0;
    this.#cumulative = weights.map((weight) => {
      total += weight;
      return total;
    });
  }

  draw(random: RandomStream): number {
    const target = random.uniform() * this.#cumulative[this.#cumulative.length - 1];
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
