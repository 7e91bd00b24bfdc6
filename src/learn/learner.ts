import { fingerprintOf } from "../anneal/machine.js";
import { checkCenters } from "../anneal/settings.js";
import { checkAutonomy } from "../autonomy.js";
import { joined } from "../core/joined.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectOptions, WaywardError } from "../errors.js";
import { type CheckedPoints, checkIndices, checkSeed, toRows } from "../points.js";
import { decodeState, encodeState, restoring } from "../state.js";
import type {
  LearnedResult,
  LearnerAnswer,
  LearnerAsk,
  LearnerOptions,
  LearnerStep,
  LogRows,
  SimulatedWorld,
} from "../types.js";
import { type CheckedLog, checkLog } from "./log.js";
import { Model } from "./model.js";
import { checkLearnerOptions, type LearnerSettings } from "./settings.js";
import { type Drawn, Tabular } from "./tabular.js";
import { World } from "./world.js";

/** Where asking stands. */
interface Counters {
  /** Number of the next round, or of the one that is open. */
  round: number;
  /** Told to asks. */
  interactions: number;
  observed: number;
  open: boolean;
}

/** An open round: what was asked, and the centers that were in force then. */
interface Round extends Drawn {
  centers: number[][];
}

/**
 * Learns an unknown autonomy and the centers that suit it by asking: `ask`, see what happens, `tell`. Data that
 * nobody asked for are welcome at any time (`observe`). `result()` is the solution in force.
 */
export class Learner {
  readonly #points: CheckedPoints;
  readonly #options: LearnerOptions;
  readonly #settings: LearnerSettings;
  readonly #tabular: Tabular;
  /** null: Q-learning, which has no model. */
  #model: Model | null;
  #at: Counters = { round: 0, interactions: 0, observed: 0, open: false };
  #drawn: Round | null = null;
  readonly #freshCore: () => Core;

  /** @internal */
  constructor(freshCore: () => Core, points: CheckedPoints, options: LearnerOptions, restoring = false) {
    this.#freshCore = freshCore;
    this.#points = points;
    this.#options = options;
    const settings = checkLearnerOptions(options, points);
    this.#settings = settings;
    this.#tabular = new Tabular(freshCore(), points, settings);
    this.#model = settings.method === "qlearning" || restoring ? null : new Model(freshCore, points, settings);
    if (this.#model) this.#putInForce(this.#model);
  }

  /** Realizations and costs told so far. */
  get interactions(): number {
    return this.#at.interactions;
  }

  /** What to try next; the same until it is told. Null once the budget of interactions is spent. */
  ask(): LearnerAsk | null {
    const drawn = this.#open();
    if (!drawn) return null;
    const { entities, prescribed, centers } = drawn;
    return {
      round: this.#at.round,
      entities: entities.slice(),
      prescribed: prescribed.slice(),
      centers: centers.map((row) => row.slice()),
    };
  }

  /**
   * What happened to the entries of an ask: one realized cluster (0 to K - 1), or one squared distance, for each.
   *
   * @throws WaywardError `order` if the round is not the open one; `input` naming the entry. Nothing is learned then.
   */
  tell(round: number, answer: LearnerAnswer): LearnerStep {
    expectInput(Number.isInteger(round), () => `tell: round is ${round}, expected an integer`);
    const drawn = this.#open();
    const { round: expected } = this.#at;
    if (round !== expected || !drawn) {
      const reason = drawn ? `expected ${expected}` : "but the budget of interactions is spent";
      throw new WaywardError(
        "order",
        `tell: round is ${round}, ${reason}${round < expected ? ": it was told before" : ""}`,
      );
    }
    const { realized, costs } = this.#checkAnswer(drawn, answer);
    const { entities, prescribed, centers } = drawn;
    this.#at.interactions += entities.length;
    if (this.#model) {
      const spent = this.#at.interactions >= this.#settings.interactions;
      const rows = { entities, prescribed, realized };
      if (this.#model.learn(rows, Float64Array.from(centers.flat()), spent)) this.#putInForce(this.#model);
    } else this.#tabular.tell(drawn, realized, costs, true);
    this.#close();
    return this.step();
  }

  /**
   * Rows that nobody asked for: a log, or what people did on their own. Rows without `centers` count as made
   * under those in force. They do not use up the budget. Q-learning learns its costs from them, not its centers.
   *
   * @throws WaywardError `input` naming part, column and row; nothing is learned then
   */
  observe(log: LogRows | readonly LogRows[]): void {
    const { rows, dimensions } = this.#points;
    const { clusters } = this.#settings;
    const checked = checkLog(log, rows, clusters, dimensions);
    this.#at.observed += checked.rows;
    for (const part of partsOf(checked)) {
      const size = clusters * dimensions;
      const centers =
        part.set < 0 ? this.#centersInForce() : checked.centers.slice(part.set * size, (part.set + 1) * size);
      if (!this.#model) this.#observeCosts(part);
      else if (this.#model.learn(part, centers, false)) this.#putInForce(this.#model);
    }
  }

  /** The solution in force: plain data. It is renewed when the data have grown by 40%, and when the budget is spent. */
  result(): LearnedResult {
    const { interactions, observed, round } = this.#at;
    const shared = { interactions, observed, rounds: round, seed: this.#settings.seed };
    if (this.#model) {
      const { centers, labels, distortion, autonomy, method } = this.#model.solution;
      return {
        centers: centers.map((row) => row.slice()),
        labels: Int32Array.from(labels),
        distortion,
        autonomy: structuredClone(autonomy),
        method,
        heldOut: this.#model.heldOut,
        ...shared,
      };
    }
    const labels = this.#tabular.labels();
    const distortion = this.#tabular.distortion(labels);
    return {
      centers: this.#tabular.centers(),
      labels,
      distortion,
      autonomy: null,
      method: "qlearning",
      heldOut: null,
      ...shared,
    };
  }

  /** Where learning stands. */
  step(): LearnerStep {
    return {
      round: this.#at.round,
      interactions: this.#at.interactions,
      method: this.#model?.solution.method ?? "qlearning",
      centers: this.#centers(),
    };
  }

  /** The whole state in bytes; `solver.restoreLearner(points, bytes)` goes on from there to the same bits. */
  save(): Uint8Array {
    const model = this.#model?.save();
    const tabular = this.#tabular.save();
    const json = {
      points: fingerprintOf(this.#points),
      options: this.#options,
      at: this.#at,
      model: model?.json ?? null,
    };
    const { entities = [], prescribed = [], centers = [] } = this.#drawn ?? {};
    const drawn = [...entities, ...prescribed, ...centers.flat()];
    return encodeState("learn", json, joined(Float64Array, [tabular, drawn, model?.numbers ?? []]));
  }

  /** @internal */
  static restore(freshCore: () => Core, points: CheckedPoints, bytes: Uint8Array): Learner {
    const { json, numbers } = decodeState("learn", bytes);
    const state = json as { points: string; options: LearnerOptions; at: Counters; model: unknown };
    if (state?.points !== fingerprintOf(points)) {
      throw new WaywardError(
        "state",
        `saved state: belongs to points ${state?.points}, expected ${fingerprintOf(points)} (rows x columns, checksum)`,
      );
    }
    return restoring(() => Learner.#restored(freshCore, points, state, numbers));
  }

  static #restored(
    freshCore: () => Core,
    points: CheckedPoints,
    state: { options: LearnerOptions; at: Counters; model: unknown },
    numbers: Float64Array,
  ): Learner {
    const learner = new Learner(freshCore, points, state.options, true);
    const settings = learner.#settings;
    learner.#at = state.at;
    let used = learner.#tabular.restore(numbers);
    if (state.at.open) {
      const count = Math.min(settings.batch, settings.interactions - state.at.interactions);
      const column = (index: number, limit: number) =>
        checkIndices(numbers.subarray(used + index * count, used + (index + 1) * count), limit, "ask");
      const drawn = { entities: column(0, points.rows), prescribed: column(1, settings.clusters) };
      used += 2 * count;
      const { clusters } = settings;
      const { dimensions } = points;
      const data = numbers.slice(used, used + clusters * dimensions);
      learner.#drawn = {
        ...drawn,
        centers: toRows(checkCenters({ data, dimensions }, clusters, dimensions), dimensions),
      };
      used += data.length;
    }
    if (state.model !== null) {
      learner.#model = Model.restore(freshCore, points, settings, state.model, numbers.subarray(used));
      learner.#putInForce(learner.#model);
    }
    return learner;
  }

  /**
   * Rounds against a world inside the core, until about `most` interactions are made; false once the budget is spent.
   *
   * @internal
   */
  simulate(world: World, most: number): boolean {
    const left = this.#settings.interactions - this.#at.interactions;
    if (left <= 0) return false;
    if (this.#model) {
      const { entities, prescribed, centers } = this.#open()!;
      world.setCenters(centers.flat());
      this.tell(this.#at.round, { realized: world.realize(entities, prescribed, this.#at.round) });
      return true;
    }
    const count = Math.min(this.#settings.batch, left);
    const rounds = Math.max(Math.floor(Math.min(left, most) / count), 1);
    this.#tabular.simulate(world, this.#at.round, count, rounds);
    this.#at.round += rounds;
    this.#at.interactions += rounds * count;
    return true;
  }

  /**
   * A world for `simulate`; with Q-learning it lives in the learner's own core.
   *
   * @internal
   */
  simulatedWorld(options: SimulatedWorld): World {
    expectOptions(options, ["simulate", "seed"], "world");
    const { simulate, seed = 0 } = options;
    checkSeed(seed);
    const { rows } = this.#points;
    const { clusters } = this.#settings;
    const autonomy = checkAutonomy(simulate, clusters, rows);
    const world = this.#model
      ? new World(this.#freshCore(), this.#points, clusters, autonomy)
      : this.#tabular.world(autonomy);
    world.struct.set({ seed });
    return world;
  }

  #open(): Round | null {
    if (this.#drawn) return this.#drawn;
    const left = this.#settings.interactions - this.#at.interactions;
    if (left <= 0) return null;
    const drawn = this.#tabular.ask(this.#at.round, Math.min(this.#settings.batch, left));
    this.#drawn = { ...drawn, centers: this.#centers() };
    this.#at.open = true;
    return this.#drawn;
  }

  #close(): void {
    this.#drawn = null;
    this.#at.open = false;
    this.#at.round++;
  }

  #checkAnswer(drawn: Round, answer: LearnerAnswer): { realized: Int32Array; costs: Float64Array | null } {
    const given = answer as { realized?: ArrayLike<number>; costs?: ArrayLike<number> } | null;
    const count = drawn.entities.length;
    expectInput(
      typeof given === "object" && given !== null && (given.realized === undefined) !== (given.costs === undefined),
      () => "tell: the answer must be { realized } or { costs }, and not both",
    );
    const [name, column] = given.realized ? ["realized", given.realized] : ["costs", given.costs!];
    expectInput(
      column?.length === count,
      () => `tell: ${name} has ${column?.length ?? "no"} entries, expected ${count}, one for each of ask.entities`,
    );
    if (given.realized)
      return { realized: checkIndices(given.realized, this.#settings.clusters, "tell: realized"), costs: null };
    for (let row = 0; row < count; row++) {
      expectInput(
        Number.isFinite(column[row]) && column[row] >= 0,
        () => `tell: costs: row ${row} is ${column[row]}, expected a finite number >= 0`,
      );
    }
    const costs = Float64Array.from(column);
    return { realized: this.#infer(drawn, costs), costs };
  }

  /** Which clusters cost that much, under the centers that were asked about: `observe` may have moved them since. */
  #infer(drawn: Round, costs: Float64Array): Int32Array {
    if (!this.#model) return this.#tabular.infer(drawn, costs);
    this.#tabular.setCenters(drawn.centers);
    const realized = this.#tabular.infer(drawn, costs);
    this.#tabular.setCenters(this.#model.solution.centers);
    return realized;
  }

  #observeCosts(rows: Pick<CheckedLog, "entities" | "prescribed" | "realized">): void {
    const { batch } = this.#settings;
    for (let start = 0; start < rows.entities.length; start += batch) {
      const [entities, prescribed, realized] = [rows.entities, rows.prescribed, rows.realized].map((column) =>
        column.subarray(start, start + batch),
      );
      this.#tabular.tell({ entities, prescribed }, realized, null, false);
    }
  }

  /** K x d, in force. */
  #centers(): number[][] {
    return this.#model ? this.#model.solution.centers.map((row) => row.slice()) : this.#tabular.centers();
  }

  #centersInForce(): Float64Array {
    return Float64Array.from(this.#centers().flat());
  }

  #putInForce(model: Model): void {
    this.#tabular.setCenters(model.solution.centers);
    this.#tabular.setPolicy(model.prices(), model.solution.beta);
  }
}

/** Runs of rows under one set of centers. */
function* partsOf({ entities, prescribed, realized, sets }: CheckedLog) {
  for (let start = 0, end = 0; start < entities.length; start = end) {
    const set = sets[start];
    while (end < entities.length && sets[end] === set) end++;
    const part = (column: Int32Array) => column.slice(start, end);
    yield { set, entities: part(entities), prescribed: part(prescribed), realized: part(realized) };
  }
}
