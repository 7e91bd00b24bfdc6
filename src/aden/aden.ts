import type { Core } from "../core/memory.js";
import { expectInput } from "../errors.js";
import { checkClusters, checkPoints, checkSeed, checkWeights } from "../points.js";
import type { Points } from "../types.js";
import type { Feedback } from "./graphs.js";
import { AdenLearner, checkFeedback } from "./learner.js";
import { type Architecture, initialWeights } from "./parameters.js";
import { problemOf, type Units, unitsOf } from "./problem.js";
import { RandomStream } from "./random.js";
import { type Recipe, standardRecipe, withBudget } from "./recipe.js";
import type { GraphRunner } from "./runtime.js";
import { freshTraining } from "./trainer.js";

/** Options of `aden.learner`. */
export interface AdenLearnerOptions {
  /** K, the number of clusters: 1 <= K <= N. */
  clusters: number;
  /** What `tell` will bring: realized clusters (default), or only costs. */
  feedback?: Feedback;
  /** rho: one positive weight an entity, any scale; default all equal. */
  weights?: ArrayLike<number>;
  /** Default 0. */
  seed?: number;
  /** Most realizations (or costs) to ask for; default: what the recipe takes. */
  interactions?: number;
  /** `high` trains longer, for autonomy that depends on the entity in complicated ways. Default `normal`. */
  effort?: "normal" | "high";
  /** Changes to the training recipe, for experiments. */
  recipe?: Partial<Recipe>;
}

/** A network and what it has learned; made by `createAden`. */
export class Aden {
  readonly architecture: Architecture;
  readonly #runner: GraphRunner;
  readonly #newCore: () => Core;
  readonly #dropout: number;
  #weights: Float32Array | null = null;
  #units: Units | null = null;

  /** @internal */
  constructor(architecture: Architecture, runner: GraphRunner, newCore: () => Core, dropout: number) {
    this.architecture = architecture;
    this.#runner = runner;
    this.#newCore = newCore;
    this.#dropout = dropout;
  }

  /** Starts learning a problem, from this network's weights if it has any. */
  learner(points: Points, options: AdenLearnerOptions): AdenLearner {
    const checked = checkPoints(points);
    const { dimensions } = this.architecture;
    expectInput(
      checked.dimensions === dimensions,
      () => `points: ${checked.dimensions} columns, expected ${dimensions}, the network's dimensions`,
    );
    const { clusters, feedback = "realized", seed = 0, interactions = Number.POSITIVE_INFINITY } = options;
    checkClusters(clusters, checked.rows);
    checkFeedback(feedback);
    const rho = options.weights ? checkWeights(options.weights, checked.rows) : new Float64Array(checked.rows).fill(1);
    const total = rho.reduce((sofar, weight) => sofar + weight, 0);
    for (let row = 0; row < rho.length; row++) rho[row] /= total;
    const random = new RandomStream(this.#newCore(), checkSeed(seed), 1);
    const units = this.#units ?? unitsOf(checked, rho);
    const weights = this.#weights ?? initialWeights(this.architecture, () => random.uniform());
    return new AdenLearner({
      runner: this.#runner,
      architecture: this.architecture,
      training: freshTraining(weights),
      problem: problemOf(checked, rho, clusters, units),
      units,
      feedback,
      recipe: withBudget({ ...standardRecipe(feedback, options.effort), ...options.recipe }, interactions),
      dropout: this.#dropout,
      random,
      seed,
      finish: (trained) => {
        this.#weights = trained.slice();
        this.#units = units;
      },
    });
  }

  /** An untrained network of the same architecture that shares this one's sessions. */
  async fresh(): Promise<Aden> {
    return new Aden(this.architecture, this.#runner, this.#newCore, this.#dropout);
  }

  /** Frees the runtime's sessions; every later call fails. */
  async dispose(): Promise<void> {
    await this.#runner.dispose();
  }
}
