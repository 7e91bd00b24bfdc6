import type { Core } from "../core/memory.js";
import { expectInput, expectOptions } from "../errors.js";
import { checkPoints } from "../points.js";
import type { Solver } from "../solver.js";
import type { Points } from "../types.js";
import { assign } from "./field.js";
import type { Architecture } from "./parameters.js";
import { inData, toUnits, type Units } from "./problem.js";
import { unpackNetwork } from "./saved-network.js";

/** Rows that go through the core at once: bounds its memory at any N. */
const ROWS_AT_ONCE = 1024;

/**
 * A trained network without an ONNX runtime: its forward pass in core.wasm, synchronous, anywhere
 * wayward runs. Training needs `createAden`.
 */
export class AdenForward {
  readonly architecture: Architecture;
  readonly #newCore: () => Core;
  readonly #weights: Float64Array;
  readonly #units: Units;
  #laidOut: { core: Core; clusters: number; network: number; points: number; output: number } | null = null;

  /** @internal */
  constructor(newCore: () => Core, architecture: Architecture, units: Units, weights: Float64Array) {
    this.#newCore = newCore;
    this.architecture = architecture;
    this.#units = units;
    this.#weights = weights;
  }

  /**
   * Average distances dbar(i, j), N x K row-major, in squared data units.
   *
   * @throws WaywardError `input`, `memory`
   */
  distances(points: Points, centers: Points): Float64Array {
    const { dimensions } = this.architecture;
    const checked = checkPoints(points);
    const places = checkPoints(centers, "centers");
    for (const [what, actual] of [["points", checked.dimensions] as const, ["centers", places.dimensions] as const]) {
      expectInput(
        actual === dimensions,
        () => `${what}: ${actual} columns, expected ${dimensions}, the network's dimensions`,
      );
    }
    const clusters = places.rows;
    const { core, network, points: rowsAt, output } = this.#layOut(clusters);
    core.f64(core.exports.adenCentersAt(network), places.data.length).set(toUnits(places.data, this.#units));
    core.run((exports) => exports.adenCenters(network));
    const inUnits = toUnits(checked.data, this.#units);
    const all = new Float64Array(checked.rows * clusters);
    for (let start = 0; start < checked.rows; start += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, checked.rows - start);
      core.f64(rowsAt, rows * dimensions).set(inUnits.subarray(start * dimensions, (start + rows) * dimensions));
      core.run((exports) => exports.adenDistances(network, rowsAt, rows, output));
      all.set(core.f64(output, rows * clusters), start * clusters);
    }
    return all.map((value, index) => inData(value, index, clusters, this.#units));
  }

  /** Prescribed clusters: argmin_j dbar(i, j), ties to the lowest index. */
  labels(points: Points, centers: Points): Int32Array {
    const distances = this.distances(points, centers);
    const clusters = checkPoints(centers, "centers").rows;
    return assign(distances, new Float64Array(distances.length / clusters), clusters).labels;
  }

  /** Memory for K centers, planned once; another K gets a core of its own. */
  #layOut(clusters: number) {
    if (this.#laidOut?.clusters === clusters) return this.#laidOut;
    const { dimensions, hidden, feedForward, layers, heads, head } = this.architecture;
    const shape = [dimensions, hidden, feedForward, layers, heads, clusters, head === "residual" ? 1 : 0] as const;
    const core = this.#newCore();
    const scratch = core.reserve(256);
    const network = core.reserve(core.run((exports) => exports.adenBytes(scratch, ...shape)));
    const points = core.reserve(8 * ROWS_AT_ONCE * dimensions);
    const output = core.reserve(8 * ROWS_AT_ONCE * clusters);
    const weights = core.run((exports) => exports.adenStart(network, ...shape));
    core.f64(weights, this.#weights.length).set(this.#weights);
    this.#laidOut = { core, clusters, network, points, output };
    return this.#laidOut;
  }
}

/**
 * Takes a network that `aden.save()` wrote and serves it from core.wasm: the same distances as
 * `aden.distances` to float32's precision, without onnxruntime-web.
 *
 * @throws WaywardError `state` if the bytes are no saved network, `input` without a solver
 */
export function createAdenForward(options: { solver: Solver; weights: Uint8Array }): AdenForward {
  expectOptions(options, ["solver", "weights"]);
  const { solver, weights: bytes } = options;
  expectInput(typeof solver?.newCore === "function", () => "solver: expected what createSolver returns");
  const { architecture, units, weights } = unpackNetwork(bytes);
  return new AdenForward(() => solver.newCore(), architecture, units, weights);
}
