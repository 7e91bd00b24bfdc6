import { Annealer } from "./anneal/annealer.js";
import { AnnealerAsync } from "./anneal/annealer-async.js";
import { criticalBetaOf } from "./anneal/critical.js";
import type { LoadThreads } from "./anneal/driver.js";
import { distortionOf, predict } from "./anneal/result.js";
import type { Shard } from "./anneal/shard.js";
import { Bandit } from "./bandit/bandit.js";
import { hardness, kmeans, lowerBound, separation } from "./bandit/instance.js";
import { checkOptions } from "./bandit/options.js";
import { simulateBandit } from "./bandit/simulate.js";
import { Core } from "./core/memory.js";
import { expectInput, expectObject, WaywardError } from "./errors.js";
import { fitAutonomy } from "./learn/fit.js";
import { Learner } from "./learn/learner.js";
import { learn } from "./learn/loop.js";
import { distortionOfLabels, simulate } from "./learn/world.js";
import { checkPoints } from "./points.js";
import type {
  AnnealAsyncOptions,
  AnnealAsyncResult,
  AnnealOptions,
  AnnealResult,
  Autonomy,
  BanditHardness,
  BanditInstance,
  BanditOptions,
  BanditOutcome,
  BanditSimulationOptions,
  CriticalBetaOptions,
  FitOptions,
  FittedAutonomy,
  IgnoredComparison,
  KMeansResult,
  LearnedResult,
  LearnerOptions,
  LearnOptions,
  LogRows,
  Points,
  ShardOptions,
  SimulateOptions,
  Sweeper,
} from "./types.js";

/** How `createSolver` finds the core; nothing needs to be set. */
export interface SolverOptions {
  /** The core to use instead of the packaged one: `wayward/core.wasm`, compiled or as bytes. */
  wasm?: WebAssembly.Module | BufferSource;
}

/** The one door to every solver; made by `createSolver`. */
export class Solver {
  readonly #module: WebAssembly.Module;
  readonly #loadThreads: LoadThreads | null;

  /** @internal */
  constructor(module: WebAssembly.Module, loadThreads: LoadThreads | null = null) {
    this.#module = module;
    this.#loadThreads = loadThreads;
    this.#core(); // a wrong module fails here, not in the middle of the work
  }

  /** @internal A fresh instance of the core, for a room above this one. */
  newCore(): Core {
    return this.#core();
  }

  /**
   * Autonomy-aware clustering by deterministic annealing (AAC, algorithms 1 and 3), in one call.
   *
   * @param points N entities
   * @returns K centers, N labels, costs, one record a step
   * @throws WaywardError `input`, `memory`
   */
  anneal(points: Points, options: AnnealOptions): AnnealResult {
    const annealer = this.annealer(points, options);
    while (annealer.step() !== null);
    return annealer.result();
  }

  /**
   * The same run, step by step: `for (const step of solver.annealer(points, options)) draw(step)`.
   *
   * @throws WaywardError `input`, `memory`
   */
  annealer(points: Points, options: AnnealOptions): Annealer {
    return new Annealer(this.#core(), checkPoints(points), options);
  }

  /**
   * Goes on from `annealer.save()`, to the same bits as the run that was not interrupted. The checksum in the
   * bytes guards against accidents: restore what your own program saved.
   *
   * @param points the same points; the state holds their checksum only
   * @throws WaywardError `state` if the bytes are no such state, or belong to other points
   */
  restoreAnnealer(points: Points, bytes: Uint8Array): Annealer {
    return Annealer.restore(this.#core(), checkPoints(points), bytes);
  }

  /**
   * The same run on worker threads, or wherever a `Sweeper` makes its sweeps; the bits are those of `anneal`.
   * Where workers cannot be had it runs on this thread, and `fallback` of the result says why.
   *
   * @throws WaywardError `input`, `memory`; `aborted` when the signal fires; what a Sweeper throws
   */
  async annealAsync(points: Points | Sweeper, options: AnnealAsyncOptions): Promise<AnnealAsyncResult> {
    const annealer = this.annealerAsync(points, options);
    while ((await annealer.step()) !== null);
    return annealer.result();
  }

  /**
   * The same, step by step: `for await (const step of solver.annealerAsync(points, options)) draw(step)`. Points and
   * options are checked at the first step, which rejects with a WaywardError `input` or `memory`.
   */
  annealerAsync(points: Points | Sweeper, options: AnnealAsyncOptions): AnnealerAsync {
    return this.#annealerAsync(points, options, null);
  }

  /**
   * Goes on from `save()` of an `annealerAsync`, to the same bits as the run that was not interrupted.
   *
   * The first step rejects with a WaywardError `state` if the bytes are no such state, or belong to other points.
   *
   * @param points the same points, wherever they are now
   */
  restoreAnnealerAsync(
    points: Points | Sweeper,
    bytes: Uint8Array,
    options: Pick<AnnealAsyncOptions, "threads" | "signal"> = {},
  ): AnnealerAsync {
    return this.#annealerAsync(points, options, bytes);
  }

  /**
   * A shard: some rows, and the answers to a driver's requests. What stands at the other end of a `Sweeper`.
   *
   * @throws WaywardError `input`
   */
  async shard(points: Points, options: ShardOptions = {}): Promise<Shard> {
    expectObject(options, "options");
    const { Shard } = await loadDriver();
    return new Shard(() => this.#core(), points, options);
  }

  /**
   * Labels of new points: argmin_j dbar_ij under the result's centers and autonomy.
   *
   * @param options.groups the new points' groups, with `groups` autonomy
   * @throws WaywardError `input`
   */
  predict(
    result: Pick<AnnealResult, "centers" | "autonomy">,
    points: Points,
    options: { groups?: ArrayLike<number> } = {},
  ): Int32Array {
    expectObject(options, "options");
    return predict(this.#core(), result, points, options.groups);
  }

  /**
   * Labels of new points on worker threads, or wherever a `Sweeper` has them; those of `predict`.
   *
   * @param options.groups the new points' groups, with `groups` autonomy; a Sweeper's shards have theirs
   * @returns N labels; none if the shards keep them
   * @throws WaywardError `input`, `aborted`; what a Sweeper throws
   */
  async predictAsync(
    result: Pick<AnnealResult, "centers" | "autonomy">,
    points: Points | Sweeper,
    options: { groups?: ArrayLike<number>; threads?: number; signal?: AbortSignal } = {},
  ): Promise<Int32Array> {
    expectObject(result, "result");
    expectObject(options, "options");
    const { predict } = await loadDriver();
    const { groups = [], ...rest } = options;
    const { centers, autonomy } = result;
    const clusters = checkPoints(centers, "centers").rows;
    const given = autonomy?.kind === "groups" ? { ...autonomy, groups } : autonomy;
    const call = {
      points,
      options: { ...rest, clusters, autonomy: given },
      state: null,
      anyRows: true,
    };
    return predict(call, this.#host(), centers);
  }

  /**
   * Distortion of any centers under any autonomy, in squared data units, every entity prescribed the
   * cluster that is best for it.
   *
   * @param options.labels what is prescribed instead: one cluster a row
   * @throws WaywardError `input`
   */
  distortion(
    points: Points,
    centers: Points,
    autonomy?: Autonomy,
    options: { weights?: ArrayLike<number>; labels?: ArrayLike<number> } = {},
  ): number {
    expectObject(options, "options");
    const { labels, weights } = options;
    if (labels) return distortionOfLabels(this.#core(), points, centers, labels, autonomy, weights);
    return distortionOf(this.#core(), points, centers, autonomy, weights);
  }

  /**
   * What ignoring the autonomy costs: centers solved as if all obeyed, evaluated under the true autonomy
   * with labels chosen anew.
   *
   * @param result the aware solution of the same points
   * @param options those of the aware solution that matter: `weights`, `effort`
   */
  compareIgnored(
    points: Points,
    result: AnnealResult,
    options: Pick<AnnealOptions, "weights" | "effort"> = {},
  ): IgnoredComparison {
    expectObject(options, "options");
    expectObject(result, "result");
    expectInput(
      Array.isArray(result.centers) && Number.isFinite(result.distortion),
      () => `result: its distortion is ${result.distortion}, expected what anneal returned`,
    );
    const { weights, effort } = options;
    const { centers } = this.anneal(points, { clusters: result.centers.length, seed: result.seed, weights, effort });
    const distortion = this.distortion(points, centers, result.autonomy, { weights });
    // Both are 0 when every point sits on a center.
    const excessPercent = distortion === result.distortion ? 0 : 100 * (distortion / result.distortion - 1);
    return { centers, distortion, excessPercent };
  }

  /**
   * The beta at which centers stop being stable (AAC theorem 2), by Lanczos, without the Kd x Kd matrix.
   *
   * @param options those of `anneal`, and the state: `centers` (default: all at the mean) and `beta`, at
   *   which the policy is taken (default, and without effect at the mean: the first critical beta)
   * @returns in 1 / squared data units; 0: unstable at every beta, Infinity: never unstable
   * @throws WaywardError `input`
   */
  criticalBeta(points: Points, options: CriticalBetaOptions): number {
    return criticalBetaOf(this.#core(), checkPoints(points), options);
  }

  /**
   * Clustering when the autonomy is unknown, step by step: `ask`, see what the entities do, `tell`.
   *
   * @throws WaywardError `input`, `memory`
   */
  learner(points: Points, options: LearnerOptions): Learner {
    return new Learner(() => this.#core(), checkPoints(points), options);
  }

  /**
   * The same run against a world: a callback, sync or async, or an autonomy to simulate.
   *
   * @throws WaywardError `input`, `memory`; `aborted` when the signal fires; whatever the world throws
   */
  async learn(points: Points, options: LearnOptions): Promise<LearnedResult> {
    return learn(() => this.#core(), checkPoints(points), options);
  }

  /**
   * Goes on from `learner.save()`, to the same bits as the run that was not interrupted. The checksum in the
   * bytes guards against accidents: restore what your own program saved.
   *
   * @param points the same points; the state holds their checksum only
   * @throws WaywardError `state` if the bytes are no such state, or belong to other points
   */
  restoreLearner(points: Points, bytes: Uint8Array): Learner {
    return Learner.restore(() => this.#core(), checkPoints(points), bytes);
  }

  /**
   * What a log says about the autonomy: every model it allows, fitted by maximum likelihood, with errors and
   * held-out likelihoods, and the recommended one.
   *
   * @param log rows in one object, or one object for each set of centers that was in force
   * @throws WaywardError `input` naming column and row
   */
  fitAutonomy(log: LogRows | readonly LogRows[], options: FitOptions = {}): FittedAutonomy {
    return fitAutonomy(() => this.#core(), log, options);
  }

  /**
   * Draws realized clusters: the AAC paper's environment. `solver.simulate(points, ask.centers, autonomy, ask)`
   * answers a learner.
   *
   * @param centers K x d centers in force
   * @returns one realized cluster for each of `options.entities`
   * @throws WaywardError `input`
   */
  simulate(points: Points, centers: Points, autonomy: Autonomy, options: SimulateOptions): Int32Array {
    return simulate(this.#core(), points, centers, autonomy, options);
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
   * Continues a bandit from `bandit.save()`, to the last bit. The bytes may come from a client: everything in
   * them is checked, so that forged ones do no harm; but what they claim to have observed is believed.
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

  #annealerAsync(points: Points | Sweeper, options: object, state: Uint8Array | null): AnnealerAsync {
    const call = { points, options: { ...options }, state };
    return new AnnealerAsync(async () => (await loadDriver()).start(call, this.#host()));
  }

  #host() {
    return { module: this.#module, newCore: () => this.#core(), loadThreads: this.#loadThreads };
  }

  /** A fresh instance of the core; every stateful object owns one. */
  #core(): Core {
    return new Core(this.#module);
  }
}

/** What only runs over shards need. */
const loadDriver = () => import("./anneal/driver.js");

/** Makes `createSolver` for an entry that loads the packaged core, and its worker threads, its own way. */
export function solverFactory(loadPackaged: () => Promise<WebAssembly.Module>, loadThreads: LoadThreads | null = null) {
  let packaged: Promise<WebAssembly.Module> | undefined;
  return async (options: SolverOptions = {}): Promise<Solver> => {
    expectObject(options, "options");
    const { wasm } = options;
    if (wasm instanceof WebAssembly.Module) return new Solver(wasm, loadThreads);
    try {
      if (wasm !== undefined) return new Solver(await WebAssembly.compile(wasm), loadThreads);
      packaged ??= loadPackaged();
      return new Solver(await packaged, loadThreads);
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
