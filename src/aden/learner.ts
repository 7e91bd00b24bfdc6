import { expectInput, WaywardError } from "../errors.js";
import { toRows } from "../points.js";
import type { LearnedResult, LearnerAsk, LearnerStep, LearnerTell } from "../types.js";
import { batchOf, Memory, readTell, type ToldSet } from "./batches.js";
import { Chains } from "./chains.js";
import { assign, LearnedField } from "./field.js";
import type { Feedback } from "./graphs.js";
import type { Architecture } from "./parameters.js";
import { type PolishContext, polishExact, polishFixedPoint } from "./polish.js";
import { fromUnits, type Problem, type Units } from "./problem.js";
import { type RandomStream, WeightedRows } from "./random.js";
import { momentOf, type Recipe, totalRounds } from "./recipe.js";
import type { ExecutionProvider, GraphRunner } from "./runtime.js";
import { type TrainingState, trainStep } from "./trainer.js";

/** What a learner returns, and how it ran. */
export interface AdenResult extends LearnedResult {
  /** Where the graphs ran. */
  provider: ExecutionProvider;
  /** Why an earlier provider was given up; null if none was. */
  fallback: string | null;
  /** Which end won: the chain as trained, polished by eq. 2, or by the exact gradient. */
  polish: "none" | "fixedPoint" | "exact";
}

/** Everything a learner is made of; put together by `Aden.learner`. */
export interface LearnerParts {
  runner: GraphRunner;
  architecture: Architecture;
  training: TrainingState;
  problem: Problem;
  units: Units;
  feedback: Feedback;
  recipe: Recipe;
  dropout: number;
  random: RandomStream;
  seed: number;
  /** Called with the averaged weights when the learner ends. */
  finish: (weights: Float32Array) => void;
}

/** A world: answers an ask. */
export type World = (ask: LearnerAsk) => LearnerTell | Promise<LearnerTell>;

/** Learns the autonomy and the centers together (AAC algorithm 2), by ask and tell. */
export class AdenLearner {
  readonly #parts: LearnerParts;
  readonly #chains: Chains;
  readonly #rows: WeightedRows;
  readonly #memory: Memory;
  readonly #field: LearnedField;
  #round = 1;
  #interactions = 0;
  #pending: { ask: LearnerAsk; centers: Float32Array } | null = null;
  #telling = false;
  #result: AdenResult | null = null;

  /** @internal */
  constructor(parts: LearnerParts) {
    this.#parts = parts;
    const { recipe, problem, random, runner, architecture } = parts;
    this.#chains = new Chains(recipe.chains, problem);
    this.#chains.scatter(random);
    this.#rows = new WeightedRows(problem.rho);
    this.#memory = new Memory(4096);
    this.#field = new LearnedField(runner, architecture, problem);
  }

  /** The next question, the same until it is told; null when the learner has ended. */
  ask(): LearnerAsk | null {
    if (this.#result) return null;
    this.#pending ??= this.#drawAsk();
    return this.#pending.ask;
  }

  /**
   * Learns from the answer to `ask`.
   *
   * @throws WaywardError `order` for a stale or repeated round, `input` naming the entry at fault
   */
  async tell(round: number, answer: LearnerTell): Promise<LearnerStep> {
    const pending = this.#pending;
    if (!pending || this.#telling || round !== pending.ask.round) {
      const expected = this.#telling ? "none: a tell is under way" : (pending?.ask.round ?? "none: ask first");
      throw new WaywardError("order", `tell: round ${round}, expected ${expected}`);
    }
    const { feedback, problem, units } = this.#parts;
    const told = readTell(pending.ask, answer, feedback, problem, pending.centers, units.scale ** 2);
    this.#telling = true;
    try {
      return await this.#learn(pending.ask, told);
    } finally {
      this.#telling = false;
    }
  }

  /** The outcome, once `ask` has returned null. */
  get result(): AdenResult {
    if (!this.#result) throw new WaywardError("order", "result: the learner has not ended; ask until it returns null");
    return this.#result;
  }

  /** The one-shot call: asks the world until the end. */
  async run(
    world: World,
    { signal, onStep }: { signal?: AbortSignal; onStep?: (step: LearnerStep) => void } = {},
  ): Promise<AdenResult> {
    for (let ask = this.ask(); ask; ask = this.ask()) {
      if (signal?.aborted) throw new WaywardError("aborted", "the caller's signal fired", { cause: signal.reason });
      const step = await this.tell(ask.round, await world(ask));
      onStep?.(step);
    }
    return this.result;
  }

  #drawAsk(): { ask: LearnerAsk; centers: Float32Array } {
    const { recipe, problem, random, units } = this.#parts;
    const { sets, rows, realizations } = recipe;
    const { clusters, dimensions } = problem;
    const { sigma } = momentOf(recipe, this.#round);
    const centers = new Float32Array(sets * clusters * dimensions);
    for (let set = 0; set < sets; set++) {
      const chain = this.#chains.chain(Math.floor((set * recipe.chains) / sets));
      chain.forEach((value, index) => {
        centers[set * chain.length + index] = value + sigma * random.normal();
      });
    }
    const entities = new Int32Array(sets * rows);
    const prescribed = new Int32Array(sets * rows);
    for (let entry = 0; entry < entities.length; entry++) {
      entities[entry] = this.#rows.draw(random);
      prescribed[entry] = random.below(clusters);
    }
    const ask: LearnerAsk = {
      round: this.#round,
      entities,
      prescribed,
      sets: entities.map((_, entry) => Math.floor(entry / rows)),
      centers: Array.from({ length: sets }, (_, set) => {
        const size = clusters * dimensions;
        return toRows(fromUnits(centers.subarray(set * size, (set + 1) * size), units), dimensions);
      }),
      realizations,
    };
    return { ask, centers };
  }

  async #learn(ask: LearnerAsk, told: ToldSet[]): Promise<LearnerStep> {
    const { runner, architecture, training, recipe, random, feedback, dropout, problem, units } = this.#parts;
    const moment = momentOf(recipe, this.#round);
    this.#memory.add(told);
    const options = { architecture, feedback, dropout, weightDecay: recipe.weightDecay, averaging: recipe.averaging };
    const loss = await trainStep(runner, training, batchOf(told, problem), moment.learningRate, options, () =>
      random.uniform(),
    );
    if (moment.phase === "learn" && this.#round % recipe.centerEvery === 0) {
      const direction = moment.growth < recipe.exactFrom ? "fixedPoint" : "exact";
      const step = { beta: moment.beta, rate: moment.centerRate, rows: recipe.centerRows, direction } as const;
      await this.#chains.step(runner, architecture, training.average, step, { rows: this.#rows, random });
      if (moment.growth < 0.5) this.#chains.shake(0.002, random);
    }
    this.#interactions += ask.entities.length * ask.realizations;
    this.#pending = null;
    this.#round++;
    if (this.#round > totalRounds(recipe)) await this.#end();
    return {
      round: ask.round,
      rounds: totalRounds(recipe),
      phase: moment.phase,
      beta: moment.beta / units.scale ** 2,
      loss,
      interactions: this.#interactions,
      centers: this.#result?.centers ?? toRows(fromUnits(this.#chains.chain(0), units), problem.dimensions),
    };
  }

  /** Takes the chain with the lowest learned distortion, polishes it both ways, keeps the best end. */
  async #end(): Promise<void> {
    const { training, problem, recipe, runner, units, seed, finish } = this.#parts;
    const weights = training.average;
    const ends: { centers: Float64Array; polish: AdenResult["polish"] }[] = [];
    for (let chain = 0; chain < recipe.chains; chain++) {
      ends.push({ centers: this.#chains.chain(chain), polish: "none" });
    }
    const context: PolishContext = { field: this.#field, problem, weights, beta: recipe.betaEnd };
    const start = await this.#best(ends);
    ends.push({ centers: await polishFixedPoint(context, start.centers, 12), polish: "fixedPoint" });
    ends.push({ centers: (await polishExact(context, start.centers, 16)).centers, polish: "exact" });
    const best = await this.#best(ends);
    const { clusters, dimensions } = problem;
    const { labels, distortion } = assign(await this.#field.distances(weights, best.centers), problem.rho, clusters);
    finish(weights);
    this.#result = {
      centers: toRows(fromUnits(best.centers, units), dimensions),
      labels,
      distortion: distortion * units.scale ** 2,
      interactions: this.#interactions,
      rounds: this.#round - 1,
      seed,
      provider: runner.provider,
      fallback: runner.fallback,
      polish: best.polish,
    };
  }

  async #best<T extends { centers: Float64Array }>(ends: readonly T[]): Promise<T> {
    const { training, problem } = this.#parts;
    let best = ends[0];
    let least = Infinity;
    for (const end of ends) {
      const distances = await this.#field.distances(training.average, end.centers);
      const { distortion } = assign(distances, problem.rho, problem.clusters);
      if (distortion < least) [best, least] = [end, distortion];
    }
    return best;
  }
}

/** Checks the kind of feedback. */
export function checkFeedback(feedback: unknown): asserts feedback is Feedback {
  expectInput(
    feedback === "realized" || feedback === "costs",
    () => `feedback is ${JSON.stringify(feedback)}, expected "realized" or "costs"`,
  );
}
