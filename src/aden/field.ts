import { energyGraph, forwardGraph, transitionsGraph } from "./graphs.js";
import type { Architecture } from "./parameters.js";
import type { Problem } from "./problem.js";
import type { GraphRunner } from "./runtime.js";

export type Direction = "fixedPoint" | "exact";

/** Rows that go through a graph at once when all points are evaluated: bounds memory at any N. */
const ROWS_AT_ONCE = 2048;

/** What the learned network says about all points of a problem: distances, free energy, its gradient. */
export class LearnedField {
  readonly #runner: GraphRunner;
  readonly #architecture: Architecture;
  readonly #problem: Problem;
  readonly #partRows: number;

  constructor(runner: GraphRunner, architecture: Architecture, problem: Problem) {
    this.#runner = runner;
    this.#architecture = architecture;
    this.#problem = problem;
    const parts = Math.ceil(problem.rows / ROWS_AT_ONCE);
    this.#partRows = Math.ceil(problem.rows / parts);
  }

  /** dbar of every pair, N x K. */
  distances(weights: Float32Array, centers: Float64Array): Promise<Float32Array> {
    return this.#evaluate("distances", forwardGraph, this.#problem.clusters, weights, centers);
  }

  /** The learned p(k|j,i), N x K x K. */
  transitions(weights: Float32Array, centers: Float64Array): Promise<Float32Array> {
    return this.#evaluate("transitions", transitionsGraph, this.#problem.clusters ** 2, weights, centers);
  }

  async #evaluate(
    output: "distances" | "transitions",
    graph: typeof forwardGraph,
    width: number,
    weights: Float32Array,
    centers: Float64Array,
  ): Promise<Float32Array> {
    const { rows, clusters } = this.#problem;
    const extents = { sets: 1, rows: this.#partRows, clusters };
    const all = new Float32Array(rows * width);
    for (let start = 0; start < rows; start += this.#partRows) {
      const outputs = await this.#runner.run(
        `${output} ${this.#partRows} ${clusters}`,
        () => graph(this.#architecture, extents),
        { points: this.#part(start), centers: Float32Array.from(centers), weights },
      );
      all.set(outputs[output].subarray(0, Math.min(this.#partRows, rows - start) * width), start * width);
    }
    return all;
  }

  /** Free energy over all points at one center set, and its gradient (K x d), as `energyGraph` defines them. */
  async energy(weights: Float32Array, centers: Float64Array, beta: number, direction: Direction) {
    const { rows, clusters, rho } = this.#problem;
    const extents = { sets: 1, rows: this.#partRows, clusters };
    let energy = 0;
    const gradient = new Float64Array(centers.length);
    const masses = new Float64Array(clusters);
    for (let start = 0; start < rows; start += this.#partRows) {
      const weight = new Float32Array(this.#partRows); // padding rows keep weight 0
      weight.set(rho.subarray(start, Math.min(rows, start + this.#partRows)));
      const part = await this.#runner.run(
        `energy ${direction} 1 ${this.#partRows} ${clusters}`,
        () => energyGraph(this.#architecture, extents, direction),
        {
          points: this.#part(start),
          centers: Float32Array.from(centers),
          rho: weight,
          beta: Float32Array.of(beta),
          weights,
        },
      );
      energy += part.energy[0];
      for (let index = 0; index < gradient.length; index++) gradient[index] += part.gradient[index];
      for (let index = 0; index < clusters; index++) masses[index] += part.masses[index];
    }
    return { energy, gradient, masses };
  }

  #part(start: number): Float32Array {
    const { points, dimensions } = this.#problem;
    const part = new Float32Array(this.#partRows * dimensions);
    part.set(points.subarray(start * dimensions, (start + this.#partRows) * dimensions));
    return part;
  }
}

/** Labels (argmin, ties to the lowest index) and distortion of a table of distances. */
export function assign(distances: ArrayLike<number>, rho: Float64Array, clusters: number) {
  const labels = new Int32Array(rho.length);
  let distortion = 0;
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let j = 1; j < clusters; j++) {
      if (distances[row * clusters + j] < distances[row * clusters + best]) best = j;
    }
    labels[row] = best;
    distortion += rho[row] * distances[row * clusters + best];
  }
  return { labels, distortion };
}
