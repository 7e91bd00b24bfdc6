import {
  expectCallback,
  expectInput,
  expectOptions,
  expectSignal,
  throwIfAborted,
  unlessAborted,
  WaywardError,
} from "../errors.js";
import { toRows } from "../points.js";
import type { AdenAsk, AdenObservation, AdenStep, LearnedSolution, LearnerAnswer } from "../types.js";
import { baseOf, drawAsk, type PendingAsk } from "./asks.js";
import { readObservations, readTell, type ToldSet } from "./batches.js";
import {
  addEvidence,
  bestOf,
  type Candidate,
  type CandidateReport,
  chooseCandidate,
  isMisleading,
  judge,
  onlyCandidate,
  report,
} from "./candidates.js";
import { findEnds } from "./ending.js";
import { LearnedField } from "./field.js";
import { type LearnerState, packLearner } from "./learner-state.js";
import { fromUnits } from "./problem.js";
import { askSize, totalRounds } from "./recipe.js";
import type { ExecutionProvider } from "./runtime.js";
import { type LearnerParts, Training } from "./training.js";

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

/** A world: answers an ask. */
export type World = (ask: AdenAsk, context: { signal?: AbortSignal }) => LearnerAnswer | Promise<LearnerAnswer>;

const ABORTED = "run: the signal fired before the learner ended";

/** Learns the autonomy and the centers together (AAC algorithm 2), by ask and tell. */
export class AdenLearner {
  readonly #parts: LearnerParts;
  readonly #training: Training;
  #round = 1;
  /** Asked for and told, and observed unasked. */
  #asked = 0;
  #observed = 0;
  #pending: PendingAsk | null = null;
  #telling = false;
  /** Possible ends; null until the chains have come to rest. */
  #candidates: Candidate[] | null = null;
  #result: AdenResult | null = null;

  /** @internal */
  constructor(parts: LearnerParts) {
    this.#parts = parts;
    this.#training = new Training(parts);
    if (parts.problem.clusters === 1) this.#result = this.#resultOf(onlyCandidate(parts.problem));
  }

  /** @internal Continues where `save` left off. */
  static async restored(parts: LearnerParts, state: LearnerState): Promise<AdenLearner> {
    const learner = new AdenLearner(parts);
    learner.#training.restore(state);
    learner.#round = state.round;
    learner.#asked = state.asked;
    learner.#observed = state.observed;
    if (!state.candidates) return learner;
    learner.#candidates = [];
    for (const saved of state.candidates) {
      const judged = await judge(learner.#context(), saved.centers, saved.polish);
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
    const { architecture, units, problem, feedback, recipe, dropout, stepsBefore, budget, seed, random, pointsHash } =
      this.#parts;
    const state: LearnerState = {
      architecture,
      units,
      clusters: problem.clusters,
      feedback,
      recipe,
      dropout,
      stepsBefore,
      seed,
      budget: Number.isFinite(budget) ? budget : null,
      round: this.#round,
      asked: this.#asked,
      observed: this.#observed,
      ...this.#training.state(this.#pending?.draws ?? random.draws),
      candidates:
        this.#candidates?.map(({ polish, centers, count, excess, squares }) => {
          return { polish, centers, count, excess, squares };
        }) ?? null,
    };
    return packLearner(state, pointsHash);
  }

  /**
   * Takes in data that nobody asked for: each row says what one prescription of one entity came to.
   * It is replayed in later training. Returns how many interactions it added; the budget is for what is asked.
   *
   * @throws WaywardError `input` naming the row at fault; `order` while a tell is under way, or after the end
   */
  async observe(rows: readonly AdenObservation[]): Promise<number> {
    if (this.#telling || this.#result) {
      throw new WaywardError("order", `observe: ${this.#result ? "the learner has ended" : "a tell is under way"}`);
    }
    const { problem, units, feedback, recipe } = this.#parts;
    const current = toRows(fromUnits(this.#training.chains.chain(0), units), problem.dimensions);
    this.#training.remember(readObservations(rows, current, feedback, problem, units, recipe.rows));
    this.#observed += rows.length;
    return rows.length;
  }

  /** The next question, the same until it is told; null when the learner has ended. */
  ask(): AdenAsk | null {
    if (this.#result) return null;
    this.#pending ??= this.#drawAsk();
    return structuredClone(this.#pending.ask);
  }

  /**
   * Learns from the answer to `ask`.
   *
   * @throws WaywardError `order` for a stale or repeated round, `input` naming the entry at fault
   */
  async tell(round: number, answer: LearnerAnswer): Promise<AdenStep> {
    expectInput(Number.isInteger(round), () => `tell: round is ${round}, expected an integer`);
    const pending = this.#pending;
    if (!pending || this.#telling || round !== pending.ask.round) {
      const expected = this.#telling ? "none: a tell is under way" : (pending?.ask.round ?? "none: ask first");
      throw new WaywardError("order", `tell: round ${round}, expected ${expected}`);
    }
    const { feedback, problem, units } = this.#parts;
    const told = readTell(pending.ask, answer, feedback, problem, pending.centers, units.scale ** 2);
    this.#telling = true;
    const undo = this.#checkpoint();
    try {
      return await this.#learn(pending.ask, told);
    } catch (error) {
      undo();
      throw error;
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
    if (this.#result) return this.#result;
    const { centers, labels, distortion } = this.#resultOf(await this.#best());
    return { centers, labels, distortion };
  }

  /**
   * Ends the learner here: the estimate becomes the result, and the network as it is now becomes its Aden's.
   * Does nothing after the end.
   *
   * @throws WaywardError `order` while a tell is under way
   */
  async stop(): Promise<AdenResult> {
    if (this.#telling) throw new WaywardError("order", "stop: a tell is under way");
    this.#telling = true;
    try {
      this.#result ??= this.#conclude(await this.#best());
      this.#pending = null;
      return this.#result;
    } finally {
      this.#telling = false;
    }
  }

  /** The outcome, once `ask` has returned null. */
  get result(): AdenResult {
    if (!this.#result) throw new WaywardError("order", "result: the learner has not ended; ask until it returns null");
    return this.#result;
  }

  /**
   * The one-shot call: asks the world until the end. After an abort the learner can go on, or `stop`.
   *
   * @throws WaywardError `aborted`; and what `tell` throws
   */
  async run(
    world: World,
    options: { signal?: AbortSignal; onStep?: (step: AdenStep) => void } = {},
  ): Promise<AdenResult> {
    expectOptions(options, ["signal", "onStep"]);
    const { signal, onStep } = options;
    expectInput(typeof world === "function", () => `run: the world is ${typeof world}, expected a function`);
    expectSignal(signal);
    expectCallback("onStep", onStep);
    for (let ask = this.ask(); ask; ask = this.ask()) {
      throwIfAborted(signal, ABORTED);
      const answer = await unlessAborted(world(ask, { signal }), signal, ABORTED);
      const step = await this.tell(ask.round, answer);
      onStep?.(step);
    }
    return this.result;
  }

  /** A training ask is about the chains, shaken; a checking ask about the candidates, at their own labels. */
  #drawAsk(): PendingAsk {
    const candidates = this.#candidates;
    const { chains, step, rows } = this.#training;
    const about = candidates ?? chains.all().map((centers) => ({ centers, labels: null }));
    const sigma = candidates ? 0 : this.#training.moment(step + 1).sigma;
    return drawAsk(this.#round, about, sigma, rows, this.#parts);
  }

  /** Returns what takes back a tell that fails half-way, so that it may be repeated. */
  #checkpoint(): () => void {
    const restoreTraining = this.#training.checkpoint();
    const [round, asked, pending] = [this.#round, this.#asked, this.#pending];
    const candidates = this.#candidates?.map((candidate) => ({ ...candidate })) ?? null;
    return () => {
      restoreTraining();
      [this.#round, this.#asked, this.#pending] = [round, asked, pending];
      this.#candidates = candidates;
    };
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
      loss = await this.#training.learn(told);
    }
    const { phase, beta } = this.#training.moment();
    this.#asked += ask.entities.length * ask.realizations;
    this.#pending = null;
    this.#round++;
    if (this.#training.ended) await this.#finish();
    const { chains, energy, extensions } = this.#training;
    const best = this.#candidates ? chooseCandidate(this.#candidates).centers : chains.chain(0);
    return {
      round: ask.round,
      rounds: totalRounds(recipe, extensions),
      phase: candidates ? "check" : phase,
      beta: beta / units.scale ** 2,
      loss,
      freeEnergy: energy === null ? null : energy * units.scale ** 2,
      interactions: this.#asked + this.#observed,
      centers: toRows(fromUnits(best, units), problem.dimensions),
    };
  }

  /**
   * Training is over: polish, then collect evidence on the ends, then conclude; or train on, where an end
   * shows that the network is wrong.
   */
  async #finish(): Promise<void> {
    this.#candidates ??= await findEnds(this.#parts, this.#training);
    if (this.#round <= totalRounds(this.#parts.recipe, this.#training.extensions)) return; // the comparison goes on
    if (this.#candidates.some(isMisleading) && this.#mayExtend()) {
      this.#training.extend(chooseCandidate(this.#candidates));
      this.#candidates = null;
    } else {
      this.#result = this.#conclude(chooseCandidate(this.#candidates));
    }
  }

  /** Whether recipe and budget allow that training goes on, comparison included. */
  #mayExtend(): boolean {
    const { recipe, budget } = this.#parts;
    const { extensions } = this.#training;
    const asks = totalRounds(recipe, extensions + 1) - totalRounds(recipe, extensions);
    return extensions < recipe.extensions && this.#asked + asks * askSize(recipe) <= budget;
  }

  /** What judges centers: the averaged network on all points. */
  #context() {
    const { runner, architecture, problem, training } = this.#parts;
    return { field: new LearnedField(runner, architecture, problem), problem, weights: training.average };
  }

  /** The chain, or once they have come to rest the end, that is ahead. */
  async #best(): Promise<Candidate> {
    if (this.#candidates) return chooseCandidate(this.#candidates);
    return bestOf(this.#context(), this.#training.chains.all());
  }

  #conclude(candidate: Candidate): AdenResult {
    const { training, finish } = this.#parts;
    finish(training);
    return this.#resultOf(candidate);
  }

  #resultOf({ centers, labels, distortion, polish }: Candidate): AdenResult {
    const { problem, runner, units, seed } = this.#parts;
    return {
      centers: toRows(fromUnits(centers, units), problem.dimensions),
      labels,
      distortion: distortion * units.scale ** 2,
      interactions: this.#asked + this.#observed,
      rounds: this.#round - 1,
      seed,
      provider: runner.provider,
      fallback: runner.fallback,
      polish,
      candidates: (this.#candidates ?? []).map((candidate) => report(candidate, units.scale ** 2)),
    };
  }
}
