import type {
  AdenAsk,
  Autonomy,
  LearnedSolution,
  Learner,
  LearnerAnswer,
  LearnerAsk,
  Points,
  Solver,
} from "../index.js";
import { Progress } from "./progress.js";

/** What a learner has found: `method` and `autonomy` as the summary names them. */
export interface Learned extends LearnedSolution {
  method: string;
  autonomy: Autonomy | null;
  /** ADEN: where its graphs ran, and why not where they were to. */
  provider?: string;
  fallback?: string | null;
}

/** A learner of any kind, as `wayward learn` drives it. */
export interface LearnSession {
  ask(): LearnerAsk | AdenAsk | null;
  /** Returns how many interactions were made so far. */
  tell(round: number, answer: LearnerAnswer): Promise<number>;
  /** Answers the open question from a simulated world. */
  simulate(autonomy: Autonomy): LearnerAnswer;
  /** The best guess so far. */
  estimate(): Promise<Pick<LearnedSolution, "centers" | "labels">>;
  /** The outcome; before `ask` has returned null, what was learned so far. */
  finish(): Promise<Learned>;
  /** Frees what it holds; also after an error. */
  close(): Promise<void>;
}

/** Counts, parametric, Q-learning. */
export class TabularSession implements LearnSession {
  readonly #solver: Solver;
  readonly #points: Points;
  readonly #learner: Learner;
  readonly #progress = new Progress("{value} interactions");

  constructor(solver: Solver, points: Points, learner: Learner) {
    this.#solver = solver;
    this.#points = points;
    this.#learner = learner;
  }

  ask(): LearnerAsk | null {
    return this.#learner.ask();
  }

  async tell(round: number, answer: LearnerAnswer): Promise<number> {
    const { interactions } = this.#learner.tell(round, answer);
    this.#progress.show(interactions, interactions);
    return interactions;
  }

  simulate(autonomy: Autonomy): LearnerAnswer {
    const ask = this.#learner.ask()!;
    return { realized: this.#solver.simulate(this.#points, ask.centers, autonomy, ask) };
  }

  async estimate() {
    return this.#learner.result();
  }

  async finish(): Promise<Learned> {
    this.#progress.stop();
    return this.#learner.result();
  }

  async close(): Promise<void> {
    this.#progress.stop();
  }
}
