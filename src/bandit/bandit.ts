import type { Core } from "../core/memory.js";
import { expectInput, WaywardError } from "../errors.js";
import { decodeState, encodeState, restoring } from "../state.js";
import type { BanditAsk, BanditOptions, BanditProgress, BanditSettings, BanditState, BanditStatus } from "../types.js";
import { lowerBound } from "./instance.js";
import { ALLOCATIONS, type CheckedOptions, checkOptions, covarianceOf, STOPPINGS } from "./options.js";
import { createRun, type Rule, readCenters } from "./run.js";

/** The core's numbering. */
const STATES: readonly BanditState[] = ["running", "stopped", "budget exhausted"];

interface Views {
  pending: Int32Array;
  observations: Float64Array;
}

/** In standard deviations of the noise: beyond, squares overflow, and an overflow must never certify. */
const FARTHEST = 1e120;

/** Raised whenever the numbers in a saved bandit change their meaning. */
const LAYOUT = 1;

/**
 * Clusters the arms of a bandit from noisy pulls, by ask and tell, and says when the partition is certain.
 *
 * Made by `Solver.bandit` and `Solver.restoreBandit`.
 */
export class Bandit {
  readonly #core: Core;
  readonly #options: CheckedOptions;
  readonly #pointer: number;
  /** A partition with one cluster, or one arm a cluster, needs no pull. */
  readonly #trivial: boolean;
  readonly #farthest: number;
  #round = 0;
  /** Arms of the open ask. */
  #asked: number[] | null = null;
  #views: Views | undefined;
  #stateBuffer = { offset: 0, length: 0 };

  /** @internal */
  constructor(freshCore: () => Core, options: CheckedOptions) {
    this.#core = freshCore();
    this.#options = options;
    this.#farthest = FARTHEST * smallestDeviation(options);
    this.#trivial = options.clusters === 1 || options.clusters === options.arms;
    this.#pointer = this.#trivial ? 0 : createRun(this.#core, options, rulesOf(options), freshCore);
  }

  /** What it was made with, defaults filled in. */
  get options(): BanditSettings {
    const { asPrinted, instance, whitening, ...settings } = this.#options;
    return { ...settings, covariance: covarianceOf(this.#options) };
  }

  /**
   * The next arms to pull, or null when it has stopped or its budget is spent. The same answer until told.
   */
  ask(): BanditAsk | null {
    if (this.#trivial) return null;
    if (!this.#asked) {
      const count = this.#core.run((exports) => exports.banditAsk(this.#pointer));
      if (count === 0) return null;
      this.#asked = this.#pendingArms(count);
    }
    // A copy: the caller may do with it as they like.
    return { round: this.#round, arms: this.#asked.slice() };
  }

  #pendingArms(count: number): number[] {
    const { pending } = this.#view();
    const arms = new Array<number>(count);
    for (let index = 0; index < count; index++) arms[index] = pending[index];
    return arms;
  }

  /** Views of what each round reads and writes; made anew only when memory has grown under them. */
  #view(): Views {
    if (this.#views === undefined || this.#views.pending.length === 0) {
      const { batch, dimensions } = this.#options;
      const { exports } = this.#core;
      this.#views = {
        pending: this.#core.i32(exports.banditPending(this.#pointer), batch),
        observations: this.#core.f64(exports.banditObservations(this.#pointer), batch * dimensions),
      };
    }
    return this.#views;
  }

  /**
   * Takes in what the pulls of the current ask showed.
   *
   * @param round the round of that ask
   * @param observations one row of d coordinates for each of its arms, in its order: row-major, or one array a row
   * @throws WaywardError `order` when nothing is asked, or for another round; `input` for a wrong shape or a value
   * that is not finite, naming arm and coordinate. Nothing is taken in then.
   */
  tell(round: number, observations: Float64Array | readonly ArrayLike<number>[]): BanditProgress {
    expectInput(Number.isInteger(round), () => `tell: round is ${round}, expected an integer`);
    const asked = this.#asked;
    if (asked === null) {
      throw new WaywardError(
        "order",
        `tell for round ${round}, but no ask is open; the next one is round ${this.#round}`,
      );
    }
    if (round !== this.#round) {
      throw new WaywardError("order", `tell for round ${round}, expected round ${this.#round}, the one asked last`);
    }
    this.#write(asked, observations);
    this.#core.run((exports) => exports.banditTell(this.#pointer));
    this.#asked = null;
    this.#round++;
    return this.#progress();
  }

  /** The certificate: plain data, everything known so far. */
  status(): BanditStatus {
    const { allocation, stopping, delta } = this.#options;
    const guarantee: BanditStatus["guarantee"] = isGuaranteed(this.#options) ? "delta" : "none";
    const common = { ...this.#progress(), allocation, stopping, delta, guarantee };
    return this.#trivial ? { ...common, ...this.#trivialReport() } : { ...common, ...this.#report() };
  }

  /** The whole state in bytes; `Solver.restoreBandit` continues from it, to the last bit. */
  save(): Uint8Array {
    const options = packOptions(this.#options, this.#round);
    if (this.#trivial) return encodeState("bandit", LAYOUT, options);
    const length = this.#core.run((exports) => exports.banditStateLength(this.#pointer));
    const { offset } = this.#reserveState(length);
    this.#core.run((exports) => exports.banditSave(this.#pointer, offset));
    const numbers = new Float64Array(options.length + length);
    numbers.set(options);
    numbers.set(this.#core.f64(offset, length), options.length);
    return encodeState("bandit", LAYOUT, numbers);
  }

  /** @internal The inverse of `save`. */
  static restore(freshCore: () => Core, bytes: Uint8Array): Bandit {
    const { json, numbers } = decodeState("bandit", bytes);
    if (json !== LAYOUT) throw new WaywardError("state", `saved state: bandit layout ${json}, expected ${LAYOUT}`);
    const { options, round, used } = unpackOptions(numbers);
    const bandit = new Bandit(freshCore, options);
    bandit.#round = round;
    if (!bandit.#trivial) bandit.#load(numbers.subarray(used));
    return bandit;
  }

  #load(numbers: Float64Array): void {
    const { offset } = this.#reserveState(numbers.length);
    this.#core.f64(offset, numbers.length).set(numbers);
    const read = this.#core.run((exports) => exports.banditLoad(this.#pointer, offset, numbers.length));
    if (read !== numbers.length) {
      damaged(`${numbers.length} numbers do not add up`);
    }
    if (numbers[1] === 0) return;
    this.#asked = this.#pendingArms(numbers[1]);
  }

  #reserveState(length: number): { offset: number } {
    if (length > this.#stateBuffer.length) {
      const roomy = Math.ceil(1.5 * length);
      this.#stateBuffer = { offset: this.#core.reserve(8 * roomy), length: roomy };
    }
    return this.#stateBuffer;
  }

  #write(arms: readonly number[], observations: Float64Array | readonly ArrayLike<number>[]): void {
    const { dimensions } = this.#options;
    const view = this.#view().observations;
    const expected = arms.length * dimensions;
    if (observations instanceof Float64Array) {
      expectInput(
        observations.length === expected,
        () =>
          `observations: ${observations.length} numbers, expected ${expected}: ${dimensions} for each of ${arms.length} arms`,
      );
      for (let index = 0; index < expected; index++) {
        this.#checkValue(observations[index], arms, index);
        view[index] = observations[index];
      }
      return;
    }
    expectInput(
      Array.isArray(observations) && observations.length === arms.length,
      () =>
        `observations: ${observations?.length ?? typeof observations} rows, expected ${arms.length}, one for each arm asked`,
    );
    for (let row = 0; row < arms.length; row++) {
      const actual = observations[row]?.length;
      expectInput(
        actual === dimensions,
        () => `observations: row ${row} (arm ${arms[row]}) has ${actual ?? "no"} coordinates, expected ${dimensions}`,
      );
      for (let column = 0; column < dimensions; column++) {
        const value = observations[row][column];
        this.#checkValue(value, arms, row * dimensions + column);
        view[row * dimensions + column] = value;
      }
    }
  }

  #checkValue(value: number, arms: readonly number[], index: number): void {
    if (Number.isFinite(value) && Math.abs(value) <= this.#farthest) return;
    expectInput(false, () => {
      const { dimensions } = this.#options;
      const row = Math.floor(index / dimensions);
      const where = `row ${row} (arm ${arms[row]}), coordinate ${index % dimensions}`;
      const expected = Number.isFinite(value) ? `a number within ${this.#farthest} of 0` : "a finite number";
      return `observations: ${where} is ${value}, expected ${expected}`;
    });
  }

  #progress(): BanditProgress {
    if (this.#trivial) return { state: "stopped", round: this.#round, pulls: 0, certified: true };
    const state = STATES[this.#core.exports.banditState(this.#pointer)];
    return {
      state,
      round: this.#round,
      pulls: this.#core.exports.banditPulls(this.#pointer),
      certified: state === "stopped" && isGuaranteed(this.#options),
    };
  }

  /** K = 1 or K = M: the partition is known before the first pull, and nothing else is. */
  #trivialReport() {
    const { arms, clusters, stopping } = this.#options;
    const threshold = stopping === "pairwise" || stopping === "either" ? 1 : 0;
    return {
      statistic: Number.POSITIVE_INFINITY,
      threshold,
      pullCounts: new Array<number>(arms).fill(0),
      labels: Array.from({ length: arms }, (_, arm) => (clusters === 1 ? 0 : arm)),
      centers: null,
      hardness: 0,
      lowerBound: 0,
    };
  }

  #report() {
    const { arms, delta } = this.#options;
    const numbers = this.#core.run((exports) => exports.banditReport(this.#pointer));
    const [statistic, threshold, hardness, known] = this.#core.f64(numbers, 4);
    const pullCounts = Array.from(this.#core.f64(this.#core.exports.banditCounts(this.#pointer), arms));
    if (!known)
      return { statistic, threshold, pullCounts, labels: null, centers: null, hardness: null, lowerBound: null };
    return {
      statistic,
      threshold,
      pullCounts,
      labels: Array.from(this.#core.i32(this.#core.exports.banditReportLabels(this.#pointer), arms)),
      centers: readCenters(this.#core, this.#pointer, this.#options),
      hardness,
      lowerBound: lowerBound(this.#core, hardness, delta),
    };
  }
}

/** The rules of a solver: "either" is both, each with half of delta. */
function rulesOf({ stopping, asPrinted, delta }: CheckedOptions): Rule[] {
  if (stopping === "either") {
    return [
      { kind: "exact", delta: delta / 2 },
      { kind: "pairwise", delta: delta / 2 },
    ];
  }
  return [{ kind: stopping === "exact" && asPrinted ? "printed" : stopping, delta }];
}

function isGuaranteed({ stopping, asPrinted }: CheckedOptions): boolean {
  return stopping !== "heuristic" && !asPrinted;
}

/** The smallest pivot of the covariance's factor. */
function smallestDeviation({ whitening, dimensions }: CheckedOptions): number {
  let smallest = 1;
  for (let at = 0; whitening && at < whitening.length; at += dimensions + 1)
    smallest = Math.min(smallest, whitening[at]);
  return smallest;
}

/** The options as numbers: 13, and the covariance's factor where there is one. */
function packOptions(options: CheckedOptions, round: number): Float64Array {
  const { arms, dimensions, clusters, delta, asPrinted, whitening, batch, maxPulls, refresh, seed } = options;
  const allocation = ALLOCATIONS.indexOf(options.allocation);
  const stopping = STOPPINGS.indexOf(options.stopping);
  const fixed = [arms, dimensions, clusters, delta, allocation, stopping, asPrinted ? 1 : 0, batch, maxPulls, refresh];
  return Float64Array.from([...fixed, seed, round, whitening ? 1 : 0, ...(whitening ?? [])]);
}

function unpackOptions(numbers: Float64Array): { options: CheckedOptions; round: number; used: number } {
  const [arms, dimensions, clusters, delta, allocation, stopping, asPrinted, batch, maxPulls] = numbers;
  const [refresh, seed, round, isWhitened] = numbers.subarray(9);
  const oracle = ALLOCATIONS[allocation] === "oracle";
  const plain: BanditOptions = {
    arms,
    dimensions,
    clusters,
    delta,
    // The oracle's instance is not kept: the core keeps the shares it led to.
    allocation: oracle ? "tracking" : ALLOCATIONS[allocation],
    stopping: STOPPINGS[stopping],
    asPrinted: asPrinted === 1,
    batch,
    maxPulls,
    refresh,
    seed,
  };
  const options = restoring(() => checkOptions(plain));
  if (oracle) options.allocation = "oracle";
  const used = 13 + (isWhitened ? dimensions * dimensions : 0);
  if (isWhitened) options.whitening = Float64Array.from(numbers.subarray(13, used));
  if (!isFactor(options)) return damaged("its covariance is none");
  // Counts, sums and labels at least, before memory is reserved for as many arms as the bytes claim.
  const isTrivial = clusters === 1 || clusters === arms;
  const least = isTrivial ? used : used + arms * (dimensions + 2);
  if (numbers.length < least || !Number.isSafeInteger(round) || round < 0) {
    return damaged(`${numbers.length} numbers, round ${round}`);
  }
  return { options, round, used };
}

/** Positive pivots, and nothing far above that of its row: what `checkCovariance` lets through. */
function isFactor({ whitening, dimensions }: CheckedOptions): boolean {
  return !whitening?.some((value, index) => {
    const pivot = whitening[Math.floor(index / dimensions) * (dimensions + 1)];
    return !(pivot > 0 && pivot < 1e155 && Math.abs(value) <= 1e8 * pivot);
  });
}

function damaged(reason: string): never {
  throw new WaywardError("state", `saved state: not one of a bandit: ${reason}`);
}
