import type { Core } from "../core/memory.js";
import { expectInput, expectOptions, WaywardError } from "../errors.js";
import { type CheckedPoints, checkClusters, checkPoints, checkSeed, checkWeights } from "../points.js";
import { restoring } from "../state.js";
import type { Points } from "../types.js";
import { LearnedField } from "./field.js";
import { exportGraph, type Feedback } from "./graphs.js";
import { AdenLearner } from "./learner.js";
import { hashProblem, type LearnerState, unpackLearner } from "./learner-state.js";
import { encodeModel } from "./onnx/model.js";
import { type Architecture, initialWeights } from "./parameters.js";
import { inData, problemOf, type Units, unitsOf } from "./problem.js";
import { RandomStream } from "./random.js";
import { changedRecipe, type Recipe, standardRecipe, trainingSteps, warmRecipe, withBudget } from "./recipe.js";
import type { ExecutionProvider, GraphRunner } from "./runtime.js";
import { packNetwork, unpackNetwork } from "./saved-network.js";
import { freshTraining } from "./trainer.js";
import type { LearnerParts } from "./training.js";

/** Options of `aden.learner`. */
export interface AdenLearnerOptions {
  /** K, the number of clusters: 1 <= K <= N. */
  clusters: number;
  /** What `tell` will bring: realized clusters (default), or only what they cost. */
  feedback?: Feedback;
  /** rho: one positive weight an entity, any scale; default all equal. */
  weights?: ArrayLike<number>;
  /** Any integer from 0 to 2^53 - 1; default 0. */
  seed?: number;
  /**
   * Most realizations (or costs) to ask for; default: what the recipe takes, 0.4 (costs: 2) million, and where
   * fresh asks contradict the network at the end up to twice 0.65 million (costs: once 1.9 million) more.
   */
  interactions?: number;
  /** `high` trains longer, for autonomy that depends on the entity in complicated ways. Default `normal`. */
  effort?: "normal" | "high";
  /** Changes to the training recipe, for experiments. */
  recipe?: Partial<Recipe>;
}

/** Of an exported model, whose tensors are at most rows x K x K. */
const MOST_ROWS = 2 ** 24;
const MOST_CLUSTERS = 2 ** 12;

const LEARNER_NAMES: readonly string[] = [
  "clusters",
  "feedback",
  "weights",
  "seed",
  "interactions",
  "effort",
  "recipe",
] satisfies (keyof AdenLearnerOptions)[];

/** What a trained network consists of. Weights are those that `distances` uses. */
interface Trained {
  weights: Float32Array;
  units: Units;
  /** Training steps behind it, of all its learners. */
  steps: number;
}

/** A network and what it has learned; made by `createAden`. */
export class Aden {
  readonly architecture: Architecture;
  readonly #runner: GraphRunner;
  readonly #newCore: () => Core;
  readonly #dropout: number;
  #trained: Trained | null = null;

  /** @internal */
  constructor(architecture: Architecture, runner: GraphRunner, newCore: () => Core, dropout: number) {
    this.architecture = architecture;
    this.#runner = runner;
    this.#newCore = newCore;
    this.#dropout = dropout;
  }

  /** Where the graphs run. */
  get provider(): ExecutionProvider {
    return this.#runner.provider;
  }

  /** Why an earlier provider was given up; null if none was. */
  get fallback(): string | null {
    return this.#runner.fallback;
  }

  /**
   * Starts learning a problem: from this network's weights if it has any (same world, other K or N), with
   * half the training if they had as much before; else from fresh ones (`fresh`, for another world). When the learner ends, its weights become this network's.
   *
   * @throws WaywardError `input`
   */
  learner(points: Points, options: AdenLearnerOptions): AdenLearner {
    expectOptions(options, LEARNER_NAMES);
    const { clusters, feedback = "realized", seed = 0, interactions = Number.POSITIVE_INFINITY, effort } = options;
    const { checked, rho } = this.#checkProblem(points, options.weights);
    checkClusters(clusters, checked.rows);
    expectInput(
      feedback === "realized" || feedback === "costs",
      () => `feedback is ${JSON.stringify(feedback)}, expected "realized" or "costs"`,
    );
    expectInput(
      effort === undefined || effort === "normal" || effort === "high",
      () => `effort is ${JSON.stringify(effort)}, expected "normal" or "high"`,
    );
    const random = new RandomStream(this.#newCore(), checkSeed(seed), 1);
    const units = (clusters > 1 && this.#trained?.units) || unitsOf(checked, rho);
    const weights = this.#trained?.weights ?? initialWeights(this.architecture, () => random.uniform());
    const standard = standardRecipe(feedback, this.architecture.head, effort, clusters);
    const warm = warmRecipe(standard);
    const knows = this.#trained !== null && this.#trained.steps >= trainingSteps(warm);
    const wanted = changedRecipe(knows ? warm : standard, options.recipe);
    expectInput(
      typeof interactions === "number" && interactions >= wanted.rows,
      () => `interactions is ${interactions}, expected at least ${wanted.rows}, one set of entries`,
    );
    const recipe = withBudget(wanted, interactions);
    const training = freshTraining(weights);
    return new AdenLearner(
      this.#parts(checked, rho, {
        units,
        clusters,
        feedback,
        recipe,
        budget: interactions,
        dropout: this.#dropout,
        training,
        stepsBefore: this.#trained?.steps ?? 0,
        random,
        seed,
      }),
    );
  }

  /**
   * Continues a learner from the bytes of its `save`, with the same points and weights. The checksum in the
   * bytes guards against accidents: restore what your own program saved.
   *
   * @throws WaywardError `state` if the bytes are not of such a learner
   */
  async restoreLearner(
    points: Points,
    bytes: Uint8Array,
    options: { weights?: ArrayLike<number> } = {},
  ): Promise<AdenLearner> {
    expectOptions(options, ["weights"]);
    const { checked, rho } = this.#checkProblem(points, options.weights);
    const state = restoring(() => unpackLearner(bytes, hashProblem(checked, rho)));
    this.#expectArchitecture(state.architecture);
    return AdenLearner.restored(
      restoring(() => this.#savedParts(checked, rho, state)),
      state,
    );
  }

  #savedParts(checked: CheckedPoints, rho: Float64Array, state: LearnerState): LearnerParts {
    const { units, clusters, feedback, recipe, dropout, stepsBefore, seed } = state;
    const [trained, first, second, average] = state.training;
    const training = { weights: trained, first, second, average, steps: state.trainingSteps };
    const random = new RandomStream(this.#newCore(), checkSeed(seed), 1);
    const budget = state.budget ?? Number.POSITIVE_INFINITY;
    return this.#parts(checked, rho, {
      units,
      clusters,
      feedback,
      recipe,
      budget,
      dropout,
      training,
      stepsBefore,
      random,
      seed,
    });
  }

  /**
   * Learned average distances dbar(i, j), N x K row-major, in squared data units. Any N and K.
   *
   * @throws WaywardError `input`, `order` before there are weights
   */
  async distances(points: Points, centers: Points): Promise<Float64Array> {
    const { problem, positions, weights, units } = this.#evaluation(points, centers);
    const field = new LearnedField(this.#runner, this.architecture, problem);
    const distances = await field.distances(weights, positions);
    return Float64Array.from(distances, (value, index) => inData(value, index, problem.clusters, units));
  }

  /**
   * The learned p(k|j,i): N x K x K row-major, entity, prescribed, realized. Meaningful after learning
   * from realized clusters; from costs alone only the distances are.
   *
   * @throws WaywardError `input` with the residual head, which has none
   */
  async transitions(points: Points, centers: Points): Promise<Float64Array> {
    expectInput(
      this.architecture.head === "transition",
      () => 'transitions: the residual head learns distances only, expected head: "transition"',
    );
    const { problem, positions, weights, units } = this.#evaluation(points, centers);
    const field = new LearnedField(this.#runner, this.architecture, problem);
    const shares = Float64Array.from(await field.transitions(weights, positions));
    const wrong = shares.findIndex((share) => !Number.isFinite(share));
    expectInput(wrong < 0, () => {
      const where = `points: row ${Math.floor(wrong / problem.clusters ** 2)}`;
      return `${where}: its transitions overflow, expected points and centers nearer to ${units.mean}, where the network was trained`;
    });
    return shares;
  }

  /** The network as bytes, for `load` into another Aden of the same architecture. */
  async save(): Promise<Uint8Array> {
    const { weights, units, steps } = this.#expectTrained();
    return packNetwork({ architecture: this.architecture, units, weights: Float64Array.from(weights), steps });
  }

  /**
   * Takes over a saved network.
   *
   * @throws WaywardError `state` if the bytes are no network, or one of another architecture
   */
  async load(bytes: Uint8Array): Promise<void> {
    const { architecture, units, weights, steps } = unpackNetwork(bytes);
    this.#expectArchitecture(architecture);
    this.#trained = { weights: Float32Array.from(weights), units, steps };
  }

  /**
   * The trained forward pass as a plain .onnx model that any ONNX runtime loads: inputs `points`
   * (1 x N x d) and `centers` (1 x K x d) in data units, output `distances` (1 x N x K) in squared data units.
   */
  async exportOnnx(extents: { rows: number; clusters: number }): Promise<Uint8Array> {
    expectOptions(extents, ["rows", "clusters"]);
    const { rows, clusters } = extents;
    for (const [name, value, most] of [
      ["rows", rows, MOST_ROWS],
      ["clusters", clusters, MOST_CLUSTERS],
    ] as const) {
      expectInput(
        Number.isInteger(value) && value >= 1 && value <= most,
        () => `${name} is ${value}, expected an integer from 1 to ${most}`,
      );
    }
    const { weights, units } = this.#expectTrained();
    expectFloat32(units);
    return encodeModel(exportGraph(this.architecture, { sets: 1, rows, clusters }, weights, units));
  }

  /** An untrained network of the same architecture that shares this one's sessions. */
  fresh(): Aden {
    return new Aden(this.architecture, this.#runner, this.#newCore, this.#dropout);
  }

  /** Frees the runtime's sessions, those of `fresh` networks too; every later call fails. */
  async dispose(): Promise<void> {
    await this.#runner.dispose();
  }

  #parts(
    checked: CheckedPoints,
    rho: Float64Array,
    rest: Omit<LearnerParts, "runner" | "architecture" | "problem" | "pointsHash" | "finish"> & { clusters: number },
  ): LearnerParts {
    const { clusters, ...own } = rest;
    return {
      runner: this.#runner,
      architecture: this.architecture,
      problem: problemOf(checked, rho, clusters, own.units),
      pointsHash: hashProblem(checked, rho),
      finish: ({ average, steps }) => {
        this.#trained = { weights: average.slice(), units: own.units, steps: own.stepsBefore + steps };
      },
      ...own,
    };
  }

  #checkProblem(points: Points, weights: ArrayLike<number> | undefined) {
    const checked = checkPoints(points);
    this.#expectDimensions(checked, "points");
    const rho = weights !== undefined ? checkWeights(weights, checked.rows) : new Float64Array(checked.rows).fill(1);
    const total = rho.reduce((sofar, weight) => sofar + weight, 0);
    expectInput(Number.isFinite(total), () => `weights: their sum is ${total}, expected a finite number`);
    return { checked, rho: rho.map((weight) => weight / total) };
  }

  #evaluation(points: Points, centers: Points) {
    const { weights, units } = this.#expectTrained();
    const checked = checkPoints(points);
    const places = checkPoints(centers, "centers");
    this.#expectDimensions(checked, "points");
    this.#expectDimensions(places, "centers");
    const rho = new Float64Array(checked.rows);
    const problem = problemOf(checked, rho, places.rows, units);
    const { mean, scale } = units;
    const positions = Float64Array.from(places.data, (value, index) => (value - mean[index % mean.length]) / scale);
    return { problem, positions, weights, units };
  }

  #expectDimensions({ dimensions }: CheckedPoints, what: string): void {
    const expected = this.architecture.dimensions;
    expectInput(
      dimensions === expected,
      () => `${what}: ${dimensions} columns, expected ${expected}, the network's dimensions`,
    );
  }

  #expectTrained(): Trained {
    if (!this.#trained) {
      throw new WaywardError("order", "this network has no weights yet: run a learner to its end, or load weights");
    }
    return this.#trained;
  }

  #expectArchitecture(saved: Architecture): void {
    for (const [name, expected] of Object.entries(this.architecture)) {
      const actual = saved?.[name as keyof Architecture];
      if (actual !== expected) {
        throw new WaywardError("state", `saved state: weights for ${name} = ${actual}, expected ${expected}`);
      }
    }
  }
}

/** An .onnx model has the units inside, as float32. */
function expectFloat32({ mean, scale }: Units): void {
  const isNormal = (value: number) => Math.abs(value) >= 2 ** -126 && Number.isFinite(Math.fround(value));
  expectInput(
    isNormal(scale ** 2) && isNormal(1 / scale) && mean.every((value) => Number.isFinite(Math.fround(value))),
    () =>
      `exportOnnx: the points are near ${mean}, spread by ${scale}, expected numbers that fit float32; rescale them`,
  );
}
