import { MODE } from "../core/exports.js";
import { WaywardError } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import { checksum, decodeState, encodeState } from "../state.js";
import type { AnnealOptions, AnnealStep, PhaseTransition } from "../types.js";
import { anneal, finish, isLumpable, polish, restart, start, trivial, twins } from "./auto.js";
import { type Criticality, criticality } from "./criticality.js";
import { geometricStart, geometricStep } from "./geometric.js";
import type { Problem } from "./problem.js";
import { relocate, swap } from "./relocate.js";
import { type Summary, summarize } from "./result.js";
import { distinctCenters, type Progress, type Run, type Step } from "./run.js";
import type { Settings } from "./settings.js";
import type { SweepRequest, Sweeps } from "./sweeps.js";

const AUTO: Record<Exclude<Progress["phase"], "done">, Step> = {
  start,
  anneal,
  polish,
  twins,
  restart,
  swap,
  relocate,
  finish,
};

/** What the user sees of a phase. */
const SHOWN: Record<Progress["phase"], AnnealStep["phase"]> = {
  start: "anneal",
  anneal: "anneal",
  polish: "polish",
  twins: "restart",
  restart: "restart",
  swap: "relocate",
  relocate: "relocate",
  finish: "polish",
  done: "polish",
};

/** A saved run, decoded. */
export interface Saved {
  state: {
    points: string;
    options: AnnealOptions;
    progress: Progress;
    steps: AnnealStep[];
    transitions: PhaseTransition[];
  };
  numbers: Float64Array;
}

/** @throws WaywardError `state` */
export function decode(bytes: Uint8Array): Saved {
  const { json, numbers } = decodeState("anneal", bytes);
  return { state: json as Saved["state"], numbers };
}

/** @throws WaywardError `state` if the state was saved with other points */
export function expectSamePoints({ state }: Saved, points: string): void {
  if (state?.points !== points) {
    throw new WaywardError(
      "state",
      `saved state: belongs to points ${state?.points}, expected ${points} (rows x columns, checksum)`,
    );
  }
}

/** The step machine of annealing: every step is work that asks for sweeps, wherever these are made. */
export class Machine {
  readonly options: AnnealOptions;
  readonly #run: Run;
  #before: number[][] = [];
  #kept = { centers: new Float64Array(), counts: new Float64Array() };

  constructor(problem: Problem, settings: Settings, options: AnnealOptions) {
    this.options = options;
    problem.set("seed", settings.seed);
    problem.setInteger("exact", settings.exact ? 1 : 0);
    this.#run = {
      problem,
      settings,
      progress: {
        phase: "start",
        beta: 0,
        nextBeta: 0,
        distinct: 1,
        predicted: null,
        candidates: [],
        best: null,
        starts: 0,
        stopped: "running",
      },
      steps: [],
      transitions: [],
      sweeps: 0,
    };
  }

  get problem(): Problem {
    return this.#run.problem;
  }

  /** Of the last soft step, scaled. */
  get beta(): number {
    return this.#run.progress.beta;
  }

  /** True once there is nothing left to do. */
  get done(): boolean {
    return this.#run.progress.phase === "done";
  }

  get steps(): readonly AnnealStep[] {
    return this.#run.steps;
  }

  /** The next step. */
  step(): Sweeps<AnnealStep> {
    return this.#counted(this.#step());
  }

  /** Centers and costs as they stand, and the problem left as labels and policy need it; then call `goOn`. */
  *summary(): Sweeps<Summary> {
    if (this.steps.length === 0) throw new WaywardError("order", "result: 0 steps made, expected at least 1");
    const { centers, multiplicities } = this.#run.problem;
    this.#kept = { centers: centers.slice(), counts: multiplicities.slice() };
    return yield* summarize(this.#run, this.options);
  }

  /** After `summary`: as if nobody had asked. */
  goOn(): void {
    this.#run.problem.setCenters(this.#kept.centers, this.#kept.counts);
  }

  /** Everything but the points, of which it keeps the fingerprint. */
  save(points: string): Uint8Array {
    const { problem, progress, steps, transitions } = this.#run;
    const axes = problem.array("axes", problem.active * problem.dimensions);
    const numbers = [
      problem.active,
      problem.get("draws"),
      problem.get("hardDistortion"),
      problem.get("freeEnergy"),
      ...problem.centers,
      ...problem.multiplicities,
      ...problem.array("critical", problem.active),
      ...problem.array("deviations", problem.active),
      ...axes,
    ];
    const state = { points, options: this.options, progress, steps, transitions };
    return encodeState("anneal", state satisfies Saved["state"], Float64Array.from(numbers));
  }

  /** Goes on from there. */
  restore({ state, numbers }: Saved): void {
    const { problem } = this.#run;
    this.#run.progress = state.progress;
    this.#run.steps = state.steps;
    this.#run.transitions = state.transitions;
    this.#before = state.steps.at(-1)?.centers ?? [];
    const [active, draws, hardDistortion, freeEnergy] = numbers;
    const { clusters, dimensions } = problem;
    const expected = 4 + active * (2 * dimensions + 3);
    if (!(Number.isInteger(active) && active >= 0 && active <= clusters && numbers.length === expected)) {
      throw new WaywardError("state", `saved state: ${numbers.length} numbers for ${active} centers: damaged`);
    }
    if (!(state.progress.phase in SHOWN)) {
      throw new WaywardError("state", `saved state: phase ${state.progress.phase}: damaged`);
    }
    let at = 4;
    const take = (count: number) => {
      at += count;
      return numbers.subarray(at - count, at);
    };
    const centers = take(active * dimensions);
    problem.setCenters(centers, take(active));
    problem.set("draws", draws);
    problem.set("hardDistortion", hardDistortion);
    problem.set("freeEnergy", freeEnergy);
    problem.array("critical", active).set(take(active));
    problem.array("deviations", active).set(take(active));
    problem.array("axes", active * dimensions).set(take(active * dimensions));
  }

  /** Counts every sweep that the work asks for. */
  *#counted<T>(work: Sweeps<T>): Sweeps<T> {
    let turn = work.next();
    while (!turn.done) {
      // The points were passed over by the draw; taking one of them is no sweep.
      if (turn.value.mode !== MODE.take) this.#run.sweeps++;
      const value: number = yield turn.value satisfies SweepRequest;
      turn = work.next(value);
    }
    return turn.value;
  }

  *#step(): Sweeps<AnnealStep> {
    const run = this.#run;
    const { settings, progress, problem } = run;
    const phase = progress.phase as Exclude<Progress["phase"], "done">;
    const expected = progress.predicted;
    if (settings.clusters === 1 || !problem.varied) yield* trivial(run);
    else if (settings.schedule === "auto") yield* AUTO[phase](run);
    else yield* (phase === "start" ? geometricStart : geometricStep)(run);
    return yield* this.#record(SHOWN[phase], expected);
  }

  /** Theorems 2 and 3 at the present centers, lumped ones as the copies that they are. */
  *#measure(): Sweeps<Criticality> {
    const { problem, progress } = this.#run;
    const lumped = { centers: problem.centers.slice(), counts: problem.multiplicities.slice() };
    problem.setCenters(problem.copies());
    const measured = yield* criticality(problem, progress.beta);
    problem.setCenters(lumped.centers, lumped.counts);
    return measured;
  }

  *#record(phase: AnnealStep["phase"], expected: number | null): Sweeps<AnnealStep> {
    const { problem, progress, settings, steps, transitions } = this.#run;
    const unit = problem.squaredScale;
    const soft = phase === "anneal" && progress.stopped !== "trivial";
    const value = {
      freeEnergy: problem.get("freeEnergy") * unit,
      distortion: problem.get("distortion") * unit,
    };
    const grows = soft && settings.schedule === "auto";
    // Lumped groups are what is distinct; elsewhere centers are compared.
    const distinct = grows && isLumpable(this.#run) ? problem.active : distinctCenters(this.#run);
    // Groups know their critical betas; other centers that have yet to split are asked for theirs.
    const unknown = grows && !isLumpable(this.#run) && distinct < settings.clusters;
    const measured = soft && (settings.sensitivity || unknown) ? yield* this.#measure() : null;
    if (measured) progress.predicted = measured.criticalBeta;
    const centers = problem.allCenters();
    if (soft && steps.length > 0 && distinct > progress.distinct) {
      transitions.push({
        beta: progress.beta / unit,
        before: progress.distinct,
        after: distinct,
        predicted: expected === null ? null : expected / unit,
      });
    }
    if (soft) progress.distinct = distinct;
    const step: AnnealStep = {
      phase,
      beta: soft ? progress.beta / unit : Number.POSITIVE_INFINITY,
      ...value,
      distinctCenters: distinct,
      centers,
      sweeps: this.#run.sweeps,
      movement: movement(this.#before, centers),
      criticalBeta: soft && progress.predicted !== null ? progress.predicted / unit : null,
      delta: measured ? measured.delta : null,
      sensitivityBound: measured ? measured.bound * problem.get("scale") * unit : null,
    };
    this.#run.sweeps = 0;
    this.#before = centers;
    steps.push(step);
    return step;
  }
}

/** Mean distance that K centers moved, each from its place in the step before. */
function movement(before: number[][], after: number[][]): number {
  if (before.length !== after.length) return 0;
  const distance = (a: number[], b: number[]) => Math.sqrt(a.reduce((sum, x, c) => sum + (x - b[c]) ** 2, 0));
  return after.reduce((sum, center, k) => sum + distance(before[k], center), 0) / after.length;
}

/** What a saved state keeps of its points. */
export function fingerprintOf({ rows, dimensions, data }: CheckedPoints): string {
  return fingerprint(rows, dimensions, data);
}

/** The same of any content that stands for them. */
export function fingerprint(rows: number, dimensions: number, content: ArrayBufferView): string {
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  return `${rows} x ${dimensions}, ${checksum(bytes).toString(16).padStart(8, "0")}`;
}
