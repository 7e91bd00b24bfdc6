import { Bandit } from "./bandit/bandit.js";
import { hardness, kmeans, lowerBound, separation } from "./bandit/instance.js";
import { checkOptions } from "./bandit/options.js";
import { simulateBandit } from "./bandit/simulate.js";
import { Core } from "./core/memory.js";
import { WaywardError } from "./errors.js";
import type {
  BanditHardness,
  BanditInstance,
  BanditOptions,
  BanditOutcome,
  BanditSimulationOptions,
  KMeansResult,
  Points,
} from "./types.js";

/** How `createSolver` finds the core; nothing needs to be set. */
export interface SolverOptions {
  /** The core to use instead of the packaged one: `wayward/core.wasm`, compiled or as bytes. */
  wasm?: WebAssembly.Module | BufferSource;
}

/** The one door to every solver; made by `createSolver`. */
export class Solver {
  readonly #module: WebAssembly.Module;

  /** @internal */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#core(); // a wrong module fails here, not in the middle of the work
  }

  /**
   * Clusters the arms of a bandit: which variants are the same, with as few pulls as can be.
   *
   * @throws WaywardError `input` naming the option, its value and what was expected
   */
  bandit(options: BanditOptions): Bandit {
    return new Bandit(() => this.#core(), checkOptions(options));
  }

  /**
   * Continues a bandit from `bandit.save()`, to the last bit.
   *
   * @throws WaywardError `state` when the bytes are truncated, damaged, or of another solver or version
   */
  restoreBandit(bytes: Uint8Array): Bandit {
    return Bandit.restore(() => this.#core(), bytes);
  }

  /**
   * Runs trials of a bandit on a simulated instance and yields the stopping times of one trial at a time:
   * what a test would cost, before it is run.
   *
   * @throws WaywardError `input` at the first `next()`, naming the option
   */
  simulateBandit(options: BanditSimulationOptions): Generator<BanditOutcome[], void, undefined> {
    return simulateBandit(() => this.#core(), options);
  }

  /**
   * How hard an instance is: D* and the optimal shares of the pulls (propositions 4.5 and 4.6 of
   * Yang, Zhong and Tan, over all ordered pairs of clusters), for unit noise. 0 when K is 1 or M;
   * Infinity, with equal shares, when two centers coincide.
   *
   * @param instance with `asPrinted`, leaves out clusters of one arm as the paper does: too small with two or more
   */
  hardness(instance: BanditInstance & { asPrinted?: boolean }): BanditHardness {
    return hardness(this.#core(), instance);
  }

  /** Pulls that any method with error at most `delta` needs on average: d_KL(delta, 1 - delta) D*. */
  lowerBound(hardness: number, delta: number): number {
    return lowerBound(this.#core(), hardness, delta);
  }

  /**
   * Z2: the weighted squared distance from an instance to the nearest one with another partition
   * (proposition 4.3, over all ordered pairs), at any positive `weights`, one an arm. Infinity when K is 1 or M.
   *
   * @param instance with `asPrinted`, leaves out clusters of one arm as the paper does, which is wrong with two or more
   */
  separation(instance: BanditInstance & { weights: ArrayLike<number>; asPrinted?: boolean }): number {
    return separation(this.#core(), instance);
  }

  /**
   * Weighted k-means (Lloyd) from the Maximin start (algorithm 2): from row `first` (default 0), each further
   * seed is the row farthest from all before. No cluster ends empty.
   */
  kmeans(points: Points, options: { clusters: number; weights?: ArrayLike<number>; first?: number }): KMeansResult {
    return kmeans(this.#core(), points, options);
  }

  /** A fresh instance of the core; every stateful object owns one. */
  #core(): Core {
    return new Core(this.#module);
  }
}

/** Makes `createSolver` for an entry that loads the packaged core its own way. */
export function solverFactory(loadPackaged: () => Promise<WebAssembly.Module>) {
  let packaged: Promise<WebAssembly.Module> | undefined;
  return async (options: SolverOptions = {}): Promise<Solver> => {
    const { wasm } = options;
    if (wasm instanceof WebAssembly.Module) return new Solver(wasm);
    try {
      if (wasm !== undefined) return new Solver(await WebAssembly.compile(wasm));
      packaged ??= loadPackaged();
      return new Solver(await packaged);
    } catch (cause) {
      packaged = undefined; // a failure is not remembered: the next call tries again
      if (cause instanceof WaywardError) throw cause;
      throw new WaywardError(
        "environment",
        `core.wasm could not be compiled: ${(cause as Error).message}. In a page, the Content-Security-Policy needs 'wasm-unsafe-eval'; on edge runtimes, import wayward through the "workerd" or "edge-light" condition`,
        { cause },
      );
    }
  };
}
