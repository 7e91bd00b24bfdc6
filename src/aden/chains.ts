import { energyGraph } from "./graphs.js";
import type { Architecture } from "./parameters.js";
import { clampToBox, type Problem } from "./problem.js";
import type { RandomStream, WeightedRows } from "./random.js";
import type { GraphRunner } from "./runtime.js";

const FIRST = 0.9;
const SECOND = 0.98;

/** Several sets of centers that descend the learned free energy side by side, each by Adam. */
export class Chains {
  readonly count: number;
  readonly #problem: Problem;
  /** count x K x d, in the network's units. */
  centers: Float64Array;
  first: Float64Array;
  second: Float64Array;
  steps = 0;

  constructor(count: number, problem: Problem) {
    this.count = count;
    this.#problem = problem;
    const size = count * problem.clusters * problem.dimensions;
    this.centers = new Float64Array(size);
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  /** Starts near the mean: the data's coincident state, a little shaken. */
  scatter(random: RandomStream): void {
    this.centers = this.centers.map(() => 0.03 * random.normal());
  }

  /** All of them go on from here. */
  restart(from: Float64Array): void {
    for (let index = 0; index < this.count; index++) this.centers.set(from, index * from.length);
    this.first.fill(0);
    this.second.fill(0);
    this.steps = 0;
  }

  /** Returns what puts them back to where they are now. */
  checkpoint(): () => void {
    const kept = {
      centers: this.centers.slice(),
      first: this.first.slice(),
      second: this.second.slice(),
      steps: this.steps,
    };
    return () => Object.assign(this, kept);
  }

  chain(index: number): Float64Array {
    const size = this.centers.length / this.count;
    return this.centers.slice(index * size, (index + 1) * size);
  }

  all(): Float64Array[] {
    return Array.from({ length: this.count }, (_, index) => this.chain(index));
  }

  /** One step along the gradient on fresh random points. Returns the lowest free energy of any chain before it. */
  async step(
    runner: GraphRunner,
    architecture: Architecture,
    weights: Float32Array,
    options: { beta: number; rate: number; rows: number; direction: "fixedPoint" | "exact" },
    draw: { rows: WeightedRows; random: RandomStream },
  ): Promise<number> {
    const { clusters, dimensions, points } = this.#problem;
    const { beta, rate, rows, direction } = options;
    const extents = { sets: this.count, rows, clusters };
    const sample = new Float32Array(this.count * rows * dimensions);
    for (let entry = 0; entry < this.count * rows; entry++) {
      const row = draw.rows.draw(draw.random);
      sample.set(points.subarray(row * dimensions, (row + 1) * dimensions), entry * dimensions);
    }
    const { gradient, energy } = await runner.run(
      `energy ${direction} ${this.count} ${rows} ${clusters}`,
      () => energyGraph(architecture, extents, direction),
      {
        points: sample,
        centers: Float32Array.from(this.centers),
        rho: new Float32Array(this.count * rows).fill(1 / rows),
        beta: Float32Array.of(beta),
        weights,
      },
    );
    this.#adam(gradient, rate);
    clampToBox(this.centers, this.#problem);
    return Math.min(...energy);
  }

  #adam(gradient: Float32Array, rate: number): void {
    this.steps++;
    const { centers, first, second } = this;
    const firstBias = 1 - FIRST ** this.steps;
    const secondBias = 1 - SECOND ** this.steps;
    for (let index = 0; index < centers.length; index++) {
      first[index] = FIRST * first[index] + (1 - FIRST) * gradient[index];
      second[index] = SECOND * second[index] + (1 - SECOND) * gradient[index] ** 2;
      centers[index] -= (rate * (first[index] / firstBias)) / (Math.sqrt(second[index] / secondBias) + 1e-6);
    }
  }

  /** A little noise while beta is low lets coincident centers part. */
  shake(deviation: number, random: RandomStream): void {
    this.centers = this.centers.map((value) => value + deviation * random.normal());
  }
}
