import type { CheckedAutonomy } from "../autonomy.js";
import { TABULAR } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import type { LearnerSettings } from "./settings.js";
import { Struct } from "./struct.js";
import { World } from "./world.js";

/** beta, in units of 1 / trace of the covariance, begins below every split. */
const BETA = { betaStart: 0.5, betaSettle: 1 };
/** It ends at this times the square root of the budget for a pair (i, j): no harder than q, which is as noisy, allows. */
const BETA_END = 1.5;
/** And at least at this: with a few observations a pair, the later splits would never come. */
const LEAST_BETA_END = 20;
/** A step is gain / n: about the last n / gain observations count. */
const GAINS = { pairGain: 2, centerGain: 30 };
/** Shares of the budget: all chains together, then q settling at the best centers. The rest refines both. */
const CHAINS = 0.65;
const SETTLE = 0.2;
/** Interactions an entity that make one more chain worthwhile, and most chains. */
const PER_CHAIN = 150;
const MOST_CHAINS = 8;
const U32 = 4294967295;

/** A round's rows, as asked. */
export interface Drawn {
  entities: Int32Array;
  prescribed: Int32Array;
}

/**
 * The core's side of a learner: it draws the asks and, with Q-learning, is the learner. Works in scaled units:
 * weighted mean 0, trace of the covariance 1. Memory with Q-learning: N x K costs and visits, 12 bytes each.
 */
export class Tabular {
  readonly struct: Struct<typeof TABULAR>;
  readonly #core: Core;
  readonly #settings: LearnerSettings;
  readonly #rows: number;
  readonly #dimensions: number;
  readonly #mean: Float64Array;
  readonly scale: number;
  readonly #weights: Float64Array | null;
  readonly #learns: boolean;

  constructor(core: Core, points: CheckedPoints, settings: LearnerSettings) {
    const { rows, dimensions } = points;
    const { clusters, batch, weights, interactions, epsilon, seed } = settings;
    this.#core = core;
    this.#settings = settings;
    this.#rows = rows;
    this.#dimensions = dimensions;
    this.#weights = weights;
    this.#learns = settings.method === "qlearning";
    const learns = this.#learns ? 1 : 0;
    const bytes = core.run((x) => x.tabularBytes(rows, dimensions, clusters, batch, learns));
    this.struct = new Struct(core, TABULAR, bytes);
    core.run((x) => x.tabularInit(this.struct.pointer, rows, dimensions, clusters, batch, learns));
    const { mean, scale } = moments(points, weights);
    this.#mean = mean;
    this.scale = scale;
    this.struct.f64("points", rows * dimensions).set(this.#scaled(points.data));
    this.#loadAlias();
    const chains = Math.min(Math.max(Math.floor(interactions / (PER_CHAIN * rows)), 1), MOST_CHAINS);
    this.struct.set({
      ...BETA,
      ...GAINS,
      betaEnd: Math.max(BETA_END * Math.sqrt(interactions / (rows * clusters)), LEAST_BETA_END),
      chainLength: (CHAINS * interactions) / chains,
      settleLength: SETTLE * interactions,
      epsilon,
      seed,
    });
    this.struct.setInteger("chains", chains);
    if (this.#learns) core.run((x) => x.tabularStart(this.struct.pointer));
  }

  /** Draws a round's entities and prescriptions. */
  ask(round: number, count: number): Drawn {
    this.struct.set({ round });
    this.#core.run((x) => x.tabularAsk(this.struct.pointer, count));
    return {
      entities: this.struct.i32("entities", count).slice(),
      prescribed: this.struct.i32("prescribed", count).slice(),
    };
  }

  /** Takes a round: rows, and the costs where those were seen. Learns, if Q-learning. */
  tell({ entities, prescribed }: Drawn, realized: Int32Array, costs: ArrayLike<number> | null, moving: boolean): void {
    this.struct.setInteger("count", entities.length);
    this.struct.i32("entities", entities.length).set(entities);
    this.struct.i32("prescribed", entities.length).set(prescribed);
    this.struct.i32("realized", entities.length).set(realized);
    if (costs) this.#loadCosts(costs);
    this.#core.run((x) => x.tabularTell(this.struct.pointer, costs ? 1 : 0, moving ? 1 : 0));
  }

  /** Which clusters the costs of a round came from: at each entry the center whose distance is nearest to it. */
  infer({ entities }: Drawn, costs: ArrayLike<number>): Int32Array {
    this.struct.setInteger("count", entities.length);
    this.struct.i32("entities", entities.length).set(entities);
    this.#loadCosts(costs);
    this.#core.run((x) => x.tabularInfer(this.struct.pointer));
    return this.struct.i32("realized", entities.length).slice();
  }

  /** A world in this core and its units, for `simulate`. */
  world(autonomy: CheckedAutonomy): World {
    const scaled =
      autonomy.kind === "softmax" ? { ...autonomy, temperature: autonomy.temperature / this.scale ** 2 } : autonomy;
    const data = this.struct.f64("points", this.#rows * this.#dimensions).slice();
    return new World(
      this.#core,
      { data, rows: this.#rows, dimensions: this.#dimensions },
      this.#settings.clusters,
      scaled,
    );
  }

  /** Whole rounds against a simulated world, in the core. */
  simulate(world: World, round: number, count: number, rounds: number): void {
    this.struct.set({ round });
    this.#core.run((x) => x.tabularSimulate(this.struct.pointer, world.struct.pointer, count, rounds));
  }

  /**
   * Whom to prescribe what, for learners that are not Q-learning: softmax(-beta q).
   *
   * @param prices dbar_ij in squared data units, N x K
   */
  setPolicy(prices: Float64Array, beta: number): void {
    const { clusters } = this.#settings;
    const stride = this.struct.integer("padded");
    const unit = this.scale * this.scale;
    const q = this.#q();
    q.fill(Number.POSITIVE_INFINITY);
    for (let index = 0; index < prices.length; index++) {
      q[Math.floor(index / clusters) * stride + (index % clusters)] = prices[index] / unit;
    }
    this.struct.set({ beta: beta * unit });
  }

  /** argmin_j q(i, j). */
  labels(): Int32Array {
    this.#core.run((x) => x.tabularLabels(this.struct.pointer));
    return this.struct.i32("labels", this.#rows).slice();
  }

  /** sum_i rho_i q(i, label_i), in squared data units. */
  distortion(labels: Int32Array): number {
    const q = this.#q();
    const stride = this.struct.integer("padded");
    let sum = 0;
    let total = 0;
    labels.forEach((label, i) => {
      const weight = this.#weights ? this.#weights[i] : 1;
      sum += weight * q[i * stride + label];
      total += weight;
    });
    return (sum / total) * this.scale * this.scale;
  }

  /** K x d, in data units. */
  centers(): number[][] {
    const d = this.#dimensions;
    const flat = this.struct.f64("centers", this.#settings.clusters * d);
    return Array.from({ length: this.#settings.clusters }, (_, k) =>
      Array.from({ length: d }, (_, c) => flat[k * d + c] * this.scale + this.#mean[c]),
    );
  }

  setCenters(centers: number[][]): void {
    this.struct.f64("centers", centers.length * this.#dimensions).set(this.#scaled(centers.flat()));
  }

  /** Everything that Q-learning keeps; nothing otherwise. */
  save(): number[] {
    if (!this.#learns) return [];
    const { struct } = this;
    const { visits, ...rest } = this.#arrays();
    return [
      struct.integer("chain"),
      ...TABULAR.numbers.map((name) => struct.get(name)),
      ...Array.from(visits, (count) => count >>> 0),
      ...Object.values(rest).flatMap((array) => Array.from(array)),
    ];
  }

  /** Takes back what `save` gave, from `numbers` on; returns how many numbers that was. */
  restore(numbers: Float64Array): number {
    if (!this.#learns) return 0;
    let at = 0;
    const take = (count: number) => {
      at += count;
      return numbers.subarray(at - count, at);
    };
    this.struct.setInteger("chain", take(1)[0]);
    const values = take(TABULAR.numbers.length);
    this.struct.set(Object.fromEntries(TABULAR.numbers.map((name, index) => [name, values[index]])));
    const { visits, ...rest } = this.#arrays();
    visits.set(Int32Array.from(take(visits.length), (count) => count | 0));
    for (const array of Object.values(rest)) array.set(take(array.length));
    return at;
  }

  #arrays() {
    const { struct } = this;
    const { clusters } = this.#settings;
    const size = clusters * this.#dimensions;
    return {
      visits: struct.i32("visits", this.#rows * clusters),
      centers: struct.f64("centers", size),
      bestCenters: struct.f64("bestCenters", size),
      arrivals: struct.f64("arrivals", clusters),
      q: this.#q(),
    };
  }

  #q(): Float64Array {
    return this.struct.f64("q", this.#rows * this.struct.integer("padded"));
  }

  #scaled(coordinates: ArrayLike<number>): Float64Array {
    const d = this.#dimensions;
    return Float64Array.from(coordinates, (x, index) => (x - this.#mean[index % d]) / this.scale);
  }

  #loadCosts(costs: ArrayLike<number>): void {
    const unit = this.scale * this.scale;
    this.struct.f64("costs", costs.length).set(Float64Array.from(costs, (cost) => cost / unit));
  }

  /** Walker's alias table (Vose's construction), so that an entity is drawn by its weight at once. */
  #loadAlias(): void {
    const n = this.#rows;
    const keep = new Uint32Array(n).fill(U32);
    const alias = Int32Array.from({ length: n }, (_, i) => i);
    if (this.#weights) {
      const total = this.#weights.reduce((a, b) => a + b);
      const load = this.#weights.map((weight) => (weight * n) / total);
      const small: number[] = [];
      const large: number[] = [];
      load.forEach((value, i) => {
        (value < 1 ? small : large).push(i);
      });
      while (small.length > 0 && large.length > 0) {
        const light = small.pop()!;
        const heavy = large.pop()!;
        keep[light] = Math.floor(load[light] * U32);
        alias[light] = heavy;
        load[heavy] -= 1 - load[light];
        (load[heavy] < 1 ? small : large).push(heavy);
      }
    }
    this.struct.i32("keep", n).set(new Int32Array(keep.buffer));
    this.struct.i32("alias", n).set(alias);
  }
}

/** Weighted mean, and the square root of the trace of the covariance (1 if all points are the same). */
function moments({ data, rows, dimensions }: CheckedPoints, weights: Float64Array | null) {
  const mean = new Float64Array(dimensions);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const weight = weights ? weights[i] : 1;
    total += weight;
    for (let c = 0; c < dimensions; c++) mean[c] += (weight * (data[i * dimensions + c] - mean[c])) / total;
  }
  let trace = 0;
  for (let index = 0; index < rows * dimensions; index++) {
    const weight = weights ? weights[Math.floor(index / dimensions)] : 1;
    trace += (weight * (data[index] - mean[index % dimensions]) ** 2) / total;
  }
  expectInput(
    trace === 0 || (trace > 1e-290 && trace < 1e290),
    () => `points: their variance is ${trace}, expected between 1e-290 and 1e290; rescale the points, or the weights`,
  );
  return { mean, scale: trace > 0 ? Math.sqrt(trace) : 1 };
}
