import type { Core } from "../core/memory.js";
import { expectInput, expectObject, WaywardError } from "../errors.js";
import { checkClusters, checkPoints, checkWeights, toRows } from "../points.js";
import type { BanditHardness, BanditInstance, KMeansResult, Points } from "../types.js";
import { checkDelta, checkInstance } from "./options.js";

/** Coordinates of a row in the core: an even number, the last one a zero where d is odd. */
export function paddedWidth(dimensions: number): number {
  return dimensions + (dimensions % 2);
}

/** Copies row-major data into padded rows of the core. */
function writeRows(core: Core, offset: number, data: ArrayLike<number>, dimensions: number): void {
  const width = paddedWidth(dimensions);
  const rows = data.length / dimensions;
  const view = core.f64(offset, rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < dimensions; column++) view[row * width + column] = data[row * dimensions + column];
  }
}

/** Padded rows of the core as plain arrays. */
function readRows(core: Core, offset: number, rows: number, dimensions: number): number[][] {
  const width = paddedWidth(dimensions);
  return toRows(core.f64(offset, rows * width), width).map((row) => row.slice(0, dimensions));
}

/**
 * At least the bytes that the core will ask for; it counts in 32 bits, which must not wrap.
 *
 * @throws WaywardError `memory`
 */
export function expectRoom(core: Core, arms: number, dimensions: number, clusters: number, batch = 0): void {
  const rows = 3 * arms + 6 * clusters + batch + dimensions;
  core.expectRoom(8 * (rows * (dimensions + 2) + arms * (2 * clusters + 16) + 12 * clusters * (clusters + 4)));
}

function createInstance(core: Core, arms: number, dimensions: number, clusters: number): number {
  expectRoom(core, arms, dimensions, clusters);
  const start = core.reserve(core.exports.instanceBytes(arms, dimensions, clusters));
  return core.run((exports) => exports.instanceCreate(start, arms, dimensions, clusters));
}

function writeInstance(
  core: Core,
  instance: BanditInstance,
): { pointer: number; checked: ReturnType<typeof checkInstance> } {
  const checked = checkInstance(instance);
  const pointer = createInstance(core, checked.arms, checked.dimensions, checked.clusters);
  core.i32(core.exports.instanceLabels(pointer), checked.arms).set(checked.labels);
  core.f64(core.exports.instanceWeights(pointer), checked.arms).fill(1);
  writeRows(core, core.exports.instanceCenters(pointer), checked.centers, checked.dimensions);
  return { pointer, checked };
}

/** See `Solver.hardness`. */
export function hardness(core: Core, instance: BanditInstance & { asPrinted?: boolean }): BanditHardness {
  const { pointer, checked } = writeInstance(core, instance);
  const { arms, clusters, labels } = checked;
  // One partition only: nothing can be mistaken for anything else.
  if (clusters === 1 || clusters === arms) {
    const clusterAllocation = new Array<number>(clusters).fill(1 / clusters);
    return { hardness: 0, allocation: new Array<number>(arms).fill(1 / arms), clusterAllocation };
  }
  const value = core.run((exports) => exports.instanceHardness(pointer, instance.asPrinted ? 1 : 0));
  const clusterAllocation = Array.from(core.f64(core.exports.instanceAllocation(pointer), clusters));
  const sizes = new Array<number>(clusters).fill(0);
  for (const label of labels) sizes[label]++;
  const allocation = Array.from(labels, (label) => clusterAllocation[label] / sizes[label]);
  return { hardness: value, allocation, clusterAllocation };
}

/** See `Solver.separation`. */
export function separation(
  core: Core,
  instance: BanditInstance & { weights: ArrayLike<number>; asPrinted?: boolean },
): number {
  const { pointer, checked } = writeInstance(core, instance);
  const { arms, clusters } = checked;
  const weights = checkWeights(instance.weights, arms);
  if (clusters === 1 || clusters === arms) return Number.POSITIVE_INFINITY;
  core.f64(core.exports.instanceWeights(pointer), arms).set(weights);
  const value = core.run((exports) => exports.instanceSeparation(pointer, instance.asPrinted ? 1 : 0));
  expectInput(!Number.isNaN(value), () => "instance: its centers times weights overflow; expected smaller ones");
  return value;
}

/** See `Solver.lowerBound`. */
export function lowerBound(core: Core, hardnessValue: number, delta: number): number {
  expectInput(
    typeof hardnessValue === "number" && hardnessValue >= 0,
    () => `hardness is ${hardnessValue}, expected a number of at least 0`,
  );
  checkDelta(delta);
  // Above 1/2 no method needs to sample at all.
  return delta >= 0.5 ? 0 : core.run((exports) => exports.bernoulliDivergence(delta)) * hardnessValue;
}

/** See `Solver.kmeans`. */
export function kmeans(
  core: Core,
  points: Points,
  options: { clusters: number; weights?: ArrayLike<number>; first?: number },
): KMeansResult {
  const { data, rows, dimensions } = checkPoints(points);
  expectObject(options, "options");
  const { clusters, first = 0 } = options;
  checkClusters(clusters, rows);
  expectInput(
    Number.isInteger(first) && first >= 0 && first < rows,
    () => `first is ${first}, expected a row from 0 to ${rows - 1}`,
  );
  const weights = options.weights === undefined ? new Float64Array(rows).fill(1) : checkWeights(options.weights, rows);
  const pointer = createInstance(core, rows, dimensions, clusters);
  writeRows(core, core.exports.instancePoints(pointer), data, dimensions);
  core.f64(core.exports.instanceWeights(pointer), rows).set(weights);
  const iterations = core.run((exports) => exports.instanceKMeans(pointer, first));
  const centers = readRows(core, core.exports.instanceCenters(pointer), clusters, dimensions);
  if (!centers.every((center) => center.every(Number.isFinite))) {
    throw new WaywardError("input", "points: their weighted sums overflow; expected smaller coordinates or weights");
  }
  return { labels: core.i32(core.exports.instanceLabels(pointer), rows).slice(), centers, iterations };
}
