// What only runs over shards need: loaded when the first of them starts.
import { MODE } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectSignal, unlessAborted, WaywardError } from "../errors.js";
import { checkPoints } from "../points.js";
import { restoring } from "../state.js";
import type { AnnealAsyncOptions, AnnealAsyncResult, AnnealOptions, AnnealStep, Points, Sweeper } from "../types.js";
import { BLOCK_ROWS } from "./blocks.js";
import { type Input, sweepHere } from "./here.js";
import { decode, expectSamePoints, fingerprint, Machine, type Saved } from "./machine.js";
import { Problem } from "./problem.js";
import { Remote } from "./remote.js";
import { checkCenters, checkOptions, type Settings } from "./settings.js";

export { Shard } from "./shard.js";

/** A sweeper, and what came with it. */
export interface Crew {
  sweeper: Sweeper;
  threads: number;
  fallback: string | null;
  /** Ends its threads. */
  close(): void;
}

/** What a run over shards starts from, checked. */
interface Plan {
  newCore: () => Core;
  /** Where the sweeps are made. */
  hire: () => Promise<Crew>;
  settings: Settings;
  options: AnnealOptions;
  signal: AbortSignal | undefined;
  saved: Saved | null;
}

/** Loads the pool of worker threads; most programs never do. */
export type LoadThreads = () => Promise<{
  hireThreads(module: WebAssembly.Module, input: Input, threads?: number): Promise<Crew>;
}>;

/** What the solver has. */
interface Host {
  module: WebAssembly.Module;
  newCore: () => Core;
  /** Null where there are none to be had. */
  loadThreads: LoadThreads | null;
}

/** What the user asked for: points or a sweeper, options, and the state to go on from. */
interface Call {
  points: Points | Sweeper;
  options: Partial<AnnealAsyncOptions>;
  state: Uint8Array | null;
  /** Fewer rows than clusters will do. */
  anyRows?: boolean;
}

/** Starts a run: checks what was asked for, finds who makes the sweeps. */
export async function start(call: Call, host: Host): Promise<Driver> {
  const { threads, signal, ...rest } = call.options;
  expectSignal(signal);
  const saved = call.state && decode(call.state);
  const options = saved ? saved.state?.options : (rest as AnnealOptions);
  expectInput(
    threads === undefined || (Number.isInteger(threads) && threads >= 1),
    () => `threads is ${threads}, expected an integer of at least 1`,
  );
  const plan = { newCore: host.newCore, signal, saved };
  const check = saved ? restoring : <T>(work: () => T) => work(); // options out of a state are the state's fault
  if (isSweeper(call.points)) {
    const sweeper = call.points;
    const settings = check(() => checkOptions(options, sweeper, { shards: true, anyRows: call.anyRows }));
    const hire = async () => ({ sweeper, threads: 0, fallback: null, close: () => {} });
    return Driver.start({ ...plan, hire, settings, options: structuredClone(options) });
  }
  const points = checkPoints(call.points);
  const settings = check(() => checkOptions(options, points, { anyRows: call.anyRows }));
  const { weights, autonomy } = settings;
  const input = { points, weights, groups: autonomy.kind === "groups" ? autonomy.groups : null, blockRows: BLOCK_ROWS };
  return Driver.start({ ...plan, hire: () => hire(host, input, threads), settings, options: structuredClone(options) });
}

/** Threads if they can be had, else this one. */
async function hire({ module, newCore, loadThreads }: Host, input: Input, threads: number | undefined): Promise<Crew> {
  try {
    if (!loadThreads) throw new WaywardError("environment", "this entry, for edge runtimes, has no worker threads");
    const { hireThreads } = await loadThreads();
    return await hireThreads(module, input, threads);
  } catch (error) {
    if (error instanceof WaywardError && error.code !== "environment") throw error;
    return sweepHere(newCore, input, (error as Error).message);
  }
}

function isSweeper(points: Points | Sweeper): points is Sweeper {
  return typeof (points as Sweeper | null)?.sweep === "function";
}

/** The driver of one run: arrays the size of the centers, and a sweeper. */
export class Driver {
  readonly #plan: Plan;
  readonly #crew: Crew;
  readonly #remote: Remote;
  readonly #machine: Machine;

  private constructor(plan: Plan, crew: Crew, remote: Remote, machine: Machine) {
    this.#plan = plan;
    this.#crew = crew;
    this.#remote = remote;
    this.#machine = machine;
  }

  /** Hires the crew, has it scale the points, and takes up the saved run if there is one. */
  static async start(plan: Plan): Promise<Driver> {
    const { settings, options, saved } = plan;
    const wait = waiting(plan.signal);
    const hired = plan.hire();
    try {
      const crew = await wait(hired);
      const { rows, dimensions } = crew.sweeper;
      const core = plan.newCore();
      const problem = new Problem(core, { rows, dimensions }, null, settings.clusters, settings.autonomy);
      const remote = new Remote(problem, crew.sweeper);
      await wait(crew.sweeper.open(remote.shardProblem));
      await remote.run(problem.scale(), wait);
      const machine = new Machine(problem, settings, options);
      if (saved) {
        expectSamePoints(saved, momentsOf(problem, rows));
        restoring(() => machine.restore(saved));
      }
      return new Driver(plan, crew, remote, machine);
    } catch (error) {
      hired.then((crew) => crew.close()).catch(() => {});
      throw error;
    }
  }

  get dimensions(): number {
    return this.#remote.problem.dimensions;
  }

  get done(): boolean {
    return this.#machine.done;
  }

  get steps(): readonly AnnealStep[] {
    return this.#machine.steps;
  }

  async step(): Promise<AnnealStep | null> {
    return this.done ? null : this.#remote.run(this.#machine.step(), waiting(this.#plan.signal));
  }

  async result(): Promise<AnnealAsyncResult> {
    const wait = waiting(this.#plan.signal);
    const { centers, ...summary } = await this.#remote.run(this.#machine.summary(), wait);
    const request = this.#remote.request(MODE.soft, this.#machine.beta);
    this.#machine.goOn();
    const { sweeper, threads, fallback } = this.#crew;
    const labels = (await wait(sweeper.labels(request))) ?? new Int32Array(0);
    const policy = this.#plan.options.policy ? await wait(sweeper.policy(request)) : null;
    return { centers, labels, ...(policy ? { policy } : {}), ...summary, threads, fallback };
  }

  save(): Uint8Array {
    return this.#machine.save(momentsOf(this.#remote.problem, this.#crew.sweeper.rows));
  }

  /** Labels at any centers, in data units, under the options' autonomy. */
  async labelsAt(centers: ArrayLike<number>): Promise<Int32Array | null> {
    const { problem } = this.#remote;
    problem.setCenters(problem.scaled(centers));
    const request = this.#remote.request(MODE.hard, Number.POSITIVE_INFINITY);
    return waiting(this.#plan.signal)(this.#crew.sweeper.labels(request));
  }

  close(): void {
    this.#crew.close();
  }
}

/** Labels of points that are elsewhere, under a result's centers and autonomy: `predict` over shards. */
export async function predict(call: Call, host: Host, centers: Points): Promise<Int32Array> {
  const driver = await start(call, host);
  try {
    const flat = checkCenters(centers, null, driver.dimensions);
    return (await driver.labelsAt(flat)) ?? new Int32Array(0);
  } finally {
    driver.close();
  }
}

/** Waits for a promise, unless the signal fires first. */
const waiting =
  (signal: AbortSignal | undefined) =>
  <T>(promise: Promise<T>): Promise<T> =>
    unlessAborted(promise, signal, "anneal: the signal fired before the last step");

/** The driver has no points to hash: their moments and box stand for them. */
function momentsOf(problem: Problem, rows: number): string {
  const { dimensions: d } = problem;
  const moments = [
    problem.get("totalWeight"),
    problem.get("scale"),
    ...problem.array("mean", d),
    ...problem.array("covariance", d * d),
    ...problem.array("box", 2 * d),
  ];
  return fingerprint(rows, d, Float64Array.from(moments));
}
