import { expectInput, WaywardError } from "../errors.js";
import { toRows } from "../points.js";
import type { AdenAsk, AdenObservation, AdenStep, LearnedSolution, LearnerAnswer } from "../types.js";
import { baseOf, drawAsk, type PendingAsk } from "./asks.js";
import { asCosts, batchOf, Memory, readObservations, readTell, type ToldSet } from "./batches.js";
import {
  addEvidence,
  bestOf,
  type Candidate,
  type CandidateReport,
  chooseCandidate,
  findCandidates,
  findResidualCandidates,
  judge,
  onlyCandidate,
  report,
} from "./candidates.js";
import { Chains } from "./chains.js";
import { LearnedField } from "./field.js";
import type { Feedback } from "./graphs.js";
import { type LearnerState, packLearner } from "./learner-state.js";
import type { Architecture } from "./parameters.js";
import type { PolishContext } from "./polish.js";
import { fromUnits, type Problem, sampleOf, type Units } from "./problem.js";
import { type RandomStream, WeightedRows } from "./random.js";
import { type Moment, momentOf, type Recipe, totalRounds, trainingSteps } from "./recipe.js";
import { relocate } from "./relocate.js";
import type { ExecutionProvider, GraphRunner } from "./runtime.js";
import { type Batch, type TrainingState, trainStep } from "./trainer.js";

/** What a learner returns, and how it ran. */
export interface AdenResult extends LearnedSolution {
  /** Where the graphs ran. */
  provider: ExecutionProvider;
  /** Why an earlier provider was given up; null if none was. */
  fallback: string | null;
  /** Which polish won: eq. 2's fixed point, or the exact gradient. */
  polish: Candidate["polish"];
  /** The ends that were compared. */
  candidates: CandidateReport[];
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
  /** Tells saved states of these points and weights from others. */
  pointsHash: number;
  /** Called with the averaged weights when the learner ends. */
  finish: (weights: Float32Array) => void;
}

/** A world: answers an ask. */
export type World = (ask: AdenAsk) => LearnerAnswer | Promise<LearnerAnswer>;

/** Told sets kept for replay: at 32 rows a set and K = 25, about 15 MB. */
const MEMORY_SETS = 4096;

/** Learns the autonomy and the centers together (AAC algorithm 2), by ask and tell. */
export class AdenLearner {
  readonly #parts: LearnerParts;
  readonly #chains: Chains;
  readonly #rows: WeightedRows;
  readonly #memory = new Memory(MEMORY_SETS);
  #round = 1;
  #step = 0;
  #interactions = 0;
  /** Lowest learned free energy at the last step of the centers; null before. */
  #energy: number | null = null;
  #pending: PendingAsk | null = null;
  #telling = false;
  /** Possible ends; null until the chains have come to rest. */
  #candidates: Candidate[] | null = null;
  #result: AdenResult | null = null;

  /** @internal */
  constructor(parts: LearnerParts) {
    this.#parts = parts;
    const { recipe, problem, random } = parts;
    this.#chains = new Chains(recipe.chains, problem);
    this.#chains.scatter(random);
    this.#rows = new WeightedRows(problem.rho);
    if (problem.clusters === 1) this.#result = this.#conclude(onlyCandidate(problem));
  }

  /** @internal Continues where `save` left off. */
  static async restored(parts: LearnerParts, state: LearnerState): Promise<AdenLearner> {
    const learner = new AdenLearner(parts);
    const { problem, training, random } = parts;
    random.draws = state.draws;
    learner.#round = state.round;
    learner.#step = state.step;
    learner.#interactions = state.interactions;
    [learner.#chains.centers, learner.#chains.first, learner.#chains.second] = state.chains;
    learner.#chains.steps = state.chainSteps;
    learner.#memory.restore(state.memory, state.memoryNext);
    if (!state.candidates) return learner;
    const field = new LearnedField(parts.runner, parts.architecture, problem);
    learner.#candidates = [];
    for (const saved of state.candidates) {
      const judged = await judge({ field, problem, weights: training.average }, saved.centers, saved.polish);
      learner.#candidates.push({ ...judged, ...saved });
    }
    return learner;
  }

  /**
   * The whole state as bytes, for `aden.restoreLearner` with the same points: between two rounds, or
   * with a question out, which the restored learner then asks again. The points are not in it.
   *
   * @throws WaywardError `order` while a tell is under way, or after the end (save the network instead)
   */
  async save(): Promise<Uint8Array> {
    if (this.#telling || this.#result) {
      const when = this.#result ? "the learner has ended; save the network with aden.save()" : "a tell is under way";
      throw new WaywardError("order", `save: ${when}`);
    }
    const { architecture, units, problem, feedback, recipe, seed, training, random, pointsHash } = this.#parts;
    const { weights, first, second, average, steps } = training;
    const state: LearnerState = {
      architecture,
      units,
      clusters: problem.clusters,
      feedback,
      recipe,
      seed,
      draws: this.#pending?.draws ?? random.draws,
      round: this.#round,
      step: this.#step,
      interactions: this.#interactions,
      trainingSteps: steps,
      chainSteps: this.#chains.steps,
      training: [weights, first, second, average],
      chains: [this.#chains.centers, this.#chains.first, this.#chains.second],
      memory: this.#memory.sets,
      memoryNext: this.#memory.next,
      candidates:
        this.#candidates?.map(({ polish, centers, count, excess, squares }) => {
          return { polish, centers, count, excess, squares };
        }) ?? null,
    };
    return packLearner(state, pointsHash);
  }

  /**
   * Takes in data that nobody asked for: each row says what one prescription of one entity came to.
   * It is replayed in later training. Returns how many interactions it added.
   *
   * @throws WaywardError `input` naming the row at fault
   */
  async observe(rows: readonly AdenObservation[]): Promise<number> {
    const { problem, units, feedback, recipe } = this.#parts;
    const current = toRows(fromUnits(this.#chains.chain(0), units), problem.dimensions);
    this.#memory.add(this.#asTarget(readObservations(rows, current, feedback, problem, units, recipe.rows)));
    this.#interactions += rows.length;
    return rows.length;
  }

  /** The next question, the same until it is told; null when the learner has ended. */
  ask(): AdenAsk | null {
    if (this.#result) return null;
    this.#pending ??= this.#drawAsk();
    return this.#pending.ask;
  }

  /**
   * Learns from the answer to `ask`.
   *
   * @throws WaywardError `order` for a stale or repeated round, `input` naming the entry at fault
   */
  async tell(round: number, answer: LearnerAnswer): Promise<AdenStep> {
    const pending = this.#pending;
    if (!pending || this.#telling || round !== pending.ask.round) {
      const expected = this.#telling ? "none: a tell is under way" : (pending?.ask.round ?? "none: ask first");
      throw new WaywardError("order", `tell: round ${round}, expected ${expected}`);
    }
    const { feedback, problem, units } = this.#parts;
    const read = readTell(pending.ask, answer, feedback, problem, pending.centers, units.scale ** 2);
    const told = this.#asTarget(read);
    this.#telling = true;
    try {
      return await this.#learn(pending.ask, told);
    } finally {
      this.#telling = false;
    }
  }

  /**
   * The best guess so far: of the chains, the one with the lowest learned distortion; once they have come to
   * rest, the end that is ahead. Labels and distortion as the network has them now.
   *
   * @throws WaywardError `order` while a tell is under way
   */
  async estimate(): Promise<Pick<LearnedSolution, "centers" | "labels" | "distortion">> {
    if (this.#telling) throw new WaywardError("order", "estimate: a tell is under way");
    const { training, problem, runner, architecture, units } = this.#parts;
    if (this.#result) return this.#result;
    const field = new LearnedField(runner, architecture, problem);
    const context = { field, problem, weights: training.average };
    const best = this.#candidates ? chooseCandidate(this.#candidates) : await bestOf(context, this.#chains.all());
    return {
      centers: toRows(fromUnits(best.centers, units), problem.dimensions),
      labels: best.labels,
      distortion: best.distortion * units.scale ** 2,
    };
  }

  /** The outcome, once `ask` has returned null. */
  get result(): AdenResult {
    if (!this.#result) throw new WaywardError("order", "result: the learner has not ended; ask until it returns null");
    return this.#result;
  }

  /** The one-shot call: asks the world until the end. */
  async run(
    world: World,
    { signal, onStep }: { signal?: AbortSignal; onStep?: (step: AdenStep) => void } = {},
  ): Promise<AdenResult> {
    for (let ask = this.ask(); ask; ask = this.ask()) {
      if (signal?.aborted) throw new WaywardError("aborted", "the caller's signal fired", { cause: signal.reason });
      const step = await this.tell(ask.round, await world(ask));
      onStep?.(step);
    }
    return this.result;
  }

  /** What the network's loss compares with: the residual head knows costs only. */
  get #loss(): Feedback {
    return this.#parts.architecture.head === "residual" ? "costs" : this.#parts.feedback;
  }

  #asTarget(told: ToldSet[]): ToldSet[] {
    return this.#loss === this.#parts.feedback ? told : asCosts(told, this.#parts.problem);
  }

  /** A training ask is about the chains, shaken; a checking ask about the candidates, at their own labels. */
  #drawAsk(): PendingAsk {
    const candidates = this.#candidates;
    const about = candidates ?? this.#chains.all().map((centers) => ({ centers, labels: null }));
    const sigma = candidates ? 0 : momentOf(this.#parts.recipe, this.#step + 1).sigma;
    return drawAsk(this.#round, about, sigma, this.#rows, this.#parts);
  }

  async #learn(ask: AdenAsk, told: ToldSet[]): Promise<AdenStep> {
    const { recipe, problem, units } = this.#parts;
    const candidates = this.#candidates;
    let loss = 0;
    if (candidates) {
      told.forEach((set, index) => {
        addEvidence(candidates[baseOf(ask.round, index, recipe, candidates.length)], set, problem);
      });
    } else {
      loss = await this.#train(told);
    }
    const moment = momentOf(recipe, this.#step);
    this.#interactions += ask.entities.length * ask.realizations;
    this.#pending = null;
    this.#round++;
    if (this.#step >= trainingSteps(recipe)) await this.#finish();
    const best = this.#candidates ? chooseCandidate(this.#candidates).centers : this.#chains.chain(0);
    return {
      round: ask.round,
      rounds: totalRounds(recipe),
      phase: candidates ? "check" : moment.phase,
      beta: moment.beta / units.scale ** 2,
      loss,
      freeEnergy: this.#energy === null ? null : this.#energy * units.scale ** 2,
      interactions: this.#interactions,
      centers: toRows(fromUnits(best, units), problem.dimensions),
    };
  }

  /** The training steps of one ask. Returns the mean loss. */
  async #train(told: ToldSet[]): Promise<number> {
    const { recipe, random, problem } = this.#parts;
    const replays = recipe.freshSets < recipe.sets || recipe.stepsPerAsk > 1;
    if (replays) this.#memory.add(told);
    const replayed = recipe.sets - told.length;
    const steps = Math.min(recipe.stepsPerAsk, trainingSteps(recipe) - this.#step);
    let total = 0;
    for (let step = 0; step < steps; step++) {
      const sets = replayed > 0 ? [...told, ...this.#memory.draw(replayed, random)] : told;
      total += await this.#trainStep(batchOf(sets, problem), momentOf(recipe, this.#step + 1));
    }
    // Unsolicited data has no place in a batch that is all fresh: it gets a step of its own.
    if (!replays && this.#memory.sets.length > 0) {
      const batch = batchOf(this.#memory.draw(recipe.sets, random), problem);
      await this.#optimize(batch, momentOf(recipe, this.#step).learningRate);
    }
    return total / steps;
  }

  async #trainStep(batch: Batch, moment: Moment): Promise<number> {
    const { runner, architecture, training, recipe, random } = this.#parts;
    const loss = await this.#optimize(batch, moment.learningRate);
    this.#step++;
    if (moment.phase === "learn" && this.#step % recipe.centerEvery === 0) {
      const direction = moment.growth < recipe.exactFrom ? "fixedPoint" : "exact";
      const step = { beta: moment.beta, rate: moment.centerRate, rows: recipe.centerRows, direction } as const;
      this.#energy = await this.#chains.step(runner, architecture, training.average, step, {
        rows: this.#rows,
        random,
      });
      if (moment.growth < 0.5) this.#chains.shake(0.002, random);
    }
    return loss;
  }

  #optimize(batch: Batch, learningRate: number): Promise<number> {
    const { runner, architecture, training, recipe, random, dropout } = this.#parts;
    const options = {
      architecture,
      feedback: this.#loss,
      dropout,
      weightDecay: recipe.weightDecay,
      averaging: recipe.averaging,
    };
    return trainStep(runner, training, batch, learningRate, options, () => random.uniform());
  }

  /** Training is over: polish once, then collect evidence on the candidates, then conclude. */
  async #finish(): Promise<void> {
    const { training, problem, recipe, runner, architecture } = this.#parts;
    if (!this.#candidates) {
      const field = new LearnedField(runner, architecture, problem);
      const context = { field, problem, weights: training.average, beta: recipe.betaEnd };
      const improve = (centers: Float64Array) => this.#relocated(context, centers);
      this.#candidates =
        architecture.head === "residual"
          ? await findResidualCandidates(context, this.#chains.all(), recipe.polish)
          : await findCandidates(context, this.#chains.all(), recipe.polish, improve);
    }
    const checking = this.#candidates.length > 1 && this.#round <= totalRounds(recipe);
    if (!checking) this.#result = this.#conclude(chooseCandidate(this.#candidates));
  }

  /** Relocation on a sample of the rows; with two clusters there is nowhere else to go. */
  async #relocated(context: PolishContext, centers: Float64Array): Promise<Float64Array> {
    const { problem, recipe, random, runner, architecture } = this.#parts;
    if (problem.clusters < 3 || recipe.relocate === 0) return centers;
    const sample = sampleOf(problem, recipe.relocateRows, () => this.#rows.draw(random));
    const field = new LearnedField(runner, architecture, sample);
    const options = { attempt: recipe.polish / 2, evaluations: recipe.relocate * problem.clusters };
    return relocate({ ...context, field, problem: sample }, centers, options);
  }

  #conclude({ centers, labels, distortion, polish }: Candidate): AdenResult {
    const { training, problem, runner, units, seed, finish } = this.#parts;
    finish(training.average);
    return {
      centers: toRows(fromUnits(centers, units), problem.dimensions),
      labels,
      distortion: distortion * units.scale ** 2,
      interactions: this.#interactions,
      rounds: this.#round - 1,
      seed,
      provider: runner.provider,
      fallback: runner.fallback,
      polish,
      candidates: (this.#candidates ?? []).map((candidate) => report(candidate, units.scale ** 2)),
    };
  }
}

/** Checks the kind of feedback. */
export function checkFeedback(feedback: unknown): asserts feedback is Feedback {
  expectInput(
    feedback === "realized" || feedback === "costs",
    () => `feedback is ${JSON.stringify(feedback)}, expected "realized" or "costs"`,
  );
}
