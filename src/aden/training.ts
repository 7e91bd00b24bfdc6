import { asCosts, batchOf, Memory, type ToldSet } from "./batches.js";
import { Chains } from "./chains.js";
import type { Direction } from "./field.js";
import type { Feedback } from "./graphs.js";
import type { LearnerState } from "./learner-state.js";
import type { Architecture } from "./parameters.js";
import type { Problem, Units } from "./problem.js";
import { type RandomStream, WeightedRows } from "./random.js";
import { type Moment, momentOf, type Recipe, trainingSteps } from "./recipe.js";
import type { GraphRunner } from "./runtime.js";
import { type Batch, type TrainingState, trainStep } from "./trainer.js";

/** Everything a learner is made of; put together by `Aden.learner`. */
export interface LearnerParts {
  runner: GraphRunner;
  architecture: Architecture;
  training: TrainingState;
  problem: Problem;
  units: Units;
  feedback: Feedback;
  recipe: Recipe;
  /** Most interactions. */
  budget: number;
  dropout: number;
  random: RandomStream;
  seed: number;
  /** Tells saved states of these points and weights from others. */
  pointsHash: number;
  /** Training steps of the network before this learner. */
  stepsBefore: number;
  /** Called when the learner ends. */
  finish: (training: TrainingState) => void;
}

/** The part of a saved learner that `Training` owns. */
type TrainingPart = Pick<
  LearnerState,
  | "draws"
  | "step"
  | "extensions"
  | "direction"
  | "trainingSteps"
  | "chainSteps"
  | "training"
  | "chains"
  | "memory"
  | "memoryNext"
>;

/** Told sets kept for replay: at 32 rows a set and K = 25, about 15 MB. */
const MEMORY_SETS = 4096;

/** The network and the chains of centers in training, step by step. */
export class Training {
  readonly #parts: LearnerParts;
  readonly chains: Chains;
  readonly rows: WeightedRows;
  readonly memory = new Memory(MEMORY_SETS);
  step = 0;
  /** How often training went on after it was to end. */
  extensions = 0;
  /** Where the centers go then: as did the polish that the asks found better. */
  #direction: Direction | null = null;
  /** Lowest learned free energy at the last step of the centers; null before. */
  energy: number | null = null;

  constructor(parts: LearnerParts) {
    this.#parts = parts;
    this.chains = new Chains(parts.recipe.chains, parts.problem);
    this.chains.scatter(parts.random);
    this.rows = new WeightedRows(parts.problem.rho);
  }

  /** Goes on, all chains from this end: the network is to be right there. */
  extend({ centers, polish }: { centers: Float64Array; polish: Direction }): void {
    this.extensions++;
    this.#direction = polish;
    this.chains.restart(centers);
  }

  get ended(): boolean {
    return this.step >= trainingSteps(this.#parts.recipe, this.extensions);
  }

  /** The schedules at a step, by default the last one made. */
  moment(step = this.step): Moment {
    return momentOf(this.#parts.recipe, step);
  }

  /** Returns what puts everything back to how it is now. */
  checkpoint(): () => void {
    const { training, random } = this.#parts;
    const network = { ...training, average: training.average.slice() }; // the one that is changed in place
    const { draws } = random;
    const { step, extensions, energy } = this;
    const direction = this.#direction;
    const restoreChains = this.chains.checkpoint();
    const restoreMemory = this.memory.checkpoint();
    return () => {
      Object.assign(training, network);
      random.draws = draws;
      Object.assign(this, { step, extensions, energy });
      this.#direction = direction;
      restoreChains();
      restoreMemory();
    };
  }

  /** What `restore` needs; `draws` counts the random numbers drawn by then. */
  state(draws: number): TrainingPart {
    const { weights, first, second, average, steps } = this.#parts.training;
    const { chains, memory, step, extensions } = this;
    return {
      draws,
      step,
      extensions,
      direction: this.#direction,
      trainingSteps: steps,
      chainSteps: chains.steps,
      training: [weights, first, second, average],
      chains: [chains.centers, chains.first, chains.second],
      memory: memory.sets,
      memoryNext: memory.next,
    };
  }

  /** Continues where `state` was taken; the network's own part is in `LearnerParts`. */
  restore(state: TrainingPart): void {
    this.#parts.random.draws = state.draws;
    this.step = state.step;
    this.extensions = state.extensions;
    this.#direction = state.direction;
    [this.chains.centers, this.chains.first, this.chains.second] = state.chains;
    this.chains.steps = state.chainSteps;
    this.memory.restore(state.memory, state.memoryNext);
  }

  /** Takes in data that nobody asked for. */
  remember(told: readonly ToldSet[]): void {
    this.memory.add(this.#asTarget(told));
  }

  /** The training steps of one ask. Returns the mean loss. */
  async learn(told: readonly ToldSet[]): Promise<number> {
    const { recipe, random, problem } = this.#parts;
    const fresh = this.#asTarget(told);
    const replays = recipe.freshSets < recipe.sets || recipe.stepsPerAsk > 1;
    if (replays) this.memory.add(fresh);
    const replayed = recipe.sets - fresh.length;
    const steps = Math.min(recipe.stepsPerAsk, trainingSteps(recipe, this.extensions) - this.step);
    let total = 0;
    for (let step = 0; step < steps; step++) {
      const sets = replayed > 0 ? [...fresh, ...this.memory.draw(replayed, random)] : fresh;
      total += await this.#trainStep(batchOf(sets, problem));
    }
    // Unsolicited data has no place in a batch that is all fresh: it gets a step of its own.
    if (!replays && this.memory.sets.length > 0) {
      const batch = batchOf(this.memory.draw(recipe.sets, random), problem);
      await this.#optimize(batch, this.moment().learningRate);
    }
    return total / Math.max(steps, 1);
  }

  async #trainStep(batch: Batch): Promise<number> {
    const { runner, architecture, training, recipe, random } = this.#parts;
    const moment = this.moment(this.step + 1);
    const loss = await this.#optimize(batch, moment.learningRate);
    this.step++;
    if (moment.phase === "learn" && this.step % recipe.centerEvery === 0) {
      const direction = this.#direction ?? (moment.growth < recipe.exactFrom ? "fixedPoint" : "exact");
      const options = { beta: moment.beta, rate: moment.centerRate, rows: recipe.centerRows, direction } as const;
      const draw = { rows: this.rows, random };
      this.energy = await this.chains.step(runner, architecture, training.average, options, draw);
      if (moment.growth < 0.5) this.chains.shake(0.002, random);
    }
    return loss;
  }

  #optimize(batch: Batch, learningRate: number): Promise<number> {
    const { runner, architecture, training, recipe, random, dropout } = this.#parts;
    const { weightDecay, averaging } = recipe;
    const options = { architecture, feedback: this.#loss, dropout, weightDecay, averaging };
    return trainStep(runner, training, batch, learningRate, options, () => random.uniform());
  }

  /** What the network's loss compares with: the residual head knows costs only. */
  get #loss(): Feedback {
    return this.#parts.architecture.head === "residual" ? "costs" : this.#parts.feedback;
  }

  #asTarget(told: readonly ToldSet[]): readonly ToldSet[] {
    return this.#loss === this.#parts.feedback ? told : asCosts(told, this.#parts.problem);
  }
}
