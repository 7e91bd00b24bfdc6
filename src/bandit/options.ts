import { expectInput, expectObject, expectOptions } from "../errors.js";
import { checkClusters, checkIndices, checkPoints, checkSeed } from "../points.js";
import type { BanditAllocation, BanditInstance, BanditOptions, BanditStopping } from "../types.js";

/** The order is the core's numbering: assembly/bandit/state.ts. */
export const ALLOCATIONS: readonly BanditAllocation[] = ["representatives", "tracking", "lazy", "uniform", "oracle"];
export const STOPPINGS: readonly BanditStopping[] = ["pairwise", "exact", "heuristic", "either"];

export const NAMES: readonly string[] = [
  "arms",
  "dimensions",
  "clusters",
  "delta",
  "allocation",
  "stopping",
  "asPrinted",
  "instance",
  "covariance",
  "batch",
  "maxPulls",
  "refresh",
  "seed",
] satisfies (keyof BanditOptions)[];

/** Arms, dimensions and clusters past these would not fit the saved state, or memory. */
const MOST_ARMS = 2 ** 24;
const MOST_DIMENSIONS = 10_000;
const MOST_BATCH = 2 ** 20;

/** A bandit's options after the check, every default filled in. */
export interface CheckedOptions {
  arms: number;
  dimensions: number;
  clusters: number;
  delta: number;
  allocation: BanditAllocation;
  stopping: BanditStopping;
  asPrinted: boolean;
  instance: CheckedInstance | undefined;
  /** Row-major d x d lower triangular factor of the covariance; undefined: unit covariance. */
  whitening: Float64Array | undefined;
  batch: number;
  /** Infinity: no budget. */
  maxPulls: number;
  refresh: number;
  seed: number;
}

export interface CheckedInstance {
  labels: Int32Array;
  /** K x d row-major. */
  centers: Float64Array;
  arms: number;
  clusters: number;
  dimensions: number;
}

/**
 * Checks the options of a bandit.
 *
 * @throws WaywardError `input` naming the option, its value and what was expected
 */
export function checkOptions(options: BanditOptions): CheckedOptions {
  expectOptions(options, NAMES);
  const { arms, dimensions, clusters, delta, asPrinted = false, batch = 1, refresh = 1.05, seed = 0 } = options;
  const { allocation = "representatives", stopping = "pairwise", maxPulls = Number.POSITIVE_INFINITY } = options;
  checkCount("arms", arms, MOST_ARMS);
  checkCount("dimensions", dimensions, MOST_DIMENSIONS);
  checkClusters(clusters, arms);
  checkDelta(delta);
  checkName("allocation", allocation, ALLOCATIONS);
  checkName("stopping", stopping, STOPPINGS);
  checkCount("batch", batch, MOST_BATCH);
  checkSeed(seed);
  expectInput(
    allocation !== "representatives" || stopping === "pairwise",
    () => `stopping is "${stopping}", expected "pairwise": the representatives allocation gathers what that rule needs`,
  );
  expectInput(
    !asPrinted || stopping === "exact",
    () => `asPrinted is true with stopping "${stopping}", expected "exact"`,
  );
  expectInput(
    maxPulls === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxPulls) && maxPulls >= arms),
    () => `maxPulls is ${maxPulls}, expected an integer of at least the number of arms, ${arms}`,
  );
  expectInput(Number.isFinite(refresh) && refresh > 1, () => `refresh is ${refresh}, expected a number above 1`);
  const instance = allocation === "oracle" ? checkOracle(options) : undefined;
  const whitening = checkCovariance(options.covariance, dimensions);
  return {
    arms,
    dimensions,
    clusters,
    delta,
    allocation,
    stopping,
    asPrinted,
    instance,
    whitening,
    batch,
    maxPulls,
    refresh,
    seed,
  };
}

function checkOracle(options: BanditOptions): CheckedInstance {
  expectInput(options.instance !== undefined, () => `allocation is "oracle", expected the instance it knows`);
  const instance = checkInstance(options.instance as BanditInstance);
  const { arms, dimensions, clusters } = options;
  expectInput(instance.arms === arms, () => `instance: ${instance.arms} labels, expected ${arms}, one an arm`);
  expectInput(
    instance.clusters === clusters && instance.dimensions === dimensions,
    () =>
      `instance: centers are ${instance.clusters} x ${instance.dimensions}, expected clusters x dimensions, ${clusters} x ${dimensions}`,
  );
  return instance;
}

/**
 * Checks labels against centers: one of 0..K-1 an arm, no cluster without an arm.
 *
 * @throws WaywardError `input` naming the row
 */
export function checkInstance(instance: BanditInstance): CheckedInstance {
  expectObject(instance, "instance");
  const centers = checkPoints(instance.centers, "centers");
  const clusters = centers.rows;
  const labels = checkIndices(instance.labels, clusters, "labels");
  expectInput(labels.length > 0, () => "labels: 0 entries, expected one an arm");
  const sizes = new Int32Array(clusters);
  for (const label of labels) sizes[label]++;
  const empty = sizes.indexOf(0);
  expectInput(empty < 0, () => `labels: cluster ${empty} has no arm, expected at least 1 in each of ${clusters}`);
  return {
    labels,
    centers: Float64Array.from(centers.data),
    arms: labels.length,
    clusters,
    dimensions: centers.dimensions,
  };
}

/** Checks a probability of error. */
export function checkDelta(delta: number): void {
  expectInput(
    Number.isFinite(delta) && delta > 0 && delta < 1,
    () => `delta is ${delta}, expected a number above 0 and below 1`,
  );
}

/** Checks an integer from 1 to `most`. */
export function checkCount(what: string, value: number, most: number): void {
  expectInput(
    Number.isInteger(value) && value >= 1 && value <= most,
    () => `${what} is ${value}, expected an integer from 1 to ${most}`,
  );
}

export function checkName(what: string, value: string, names: readonly string[]): void {
  expectInput(
    names.includes(value),
    () => `${what} is ${JSON.stringify(value)}, expected one of ${names.map((name) => `"${name}"`).join(", ")}`,
  );
}

/**
 * The Cholesky factor L of the covariance, L L^T, so that L^-1 x has unit covariance.
 *
 * @returns undefined when the covariance is the identity
 * @throws WaywardError `input` when it is not symmetric or not positive definite, naming row and column
 */
export function checkCovariance(covariance: BanditOptions["covariance"], dimensions: number): Float64Array | undefined {
  if (covariance === undefined || covariance === 1) return undefined;
  const matrix = covarianceMatrix(covariance, dimensions);
  const factor = new Float64Array(dimensions * dimensions);
  for (let row = 0; row < dimensions; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * dimensions + column];
      for (let index = 0; index < column; index++) {
        sum -= factor[row * dimensions + index] * factor[column * dimensions + index];
      }
      if (column < row) {
        factor[row * dimensions + column] = sum / factor[column * dimensions + column];
        continue;
      }
      const variance = matrix[row * dimensions + row];
      expectInput(
        variance > 0 && sum > 1e-14 * variance,
        () => `covariance: not positive definite at row ${row}, column ${row} (pivot ${sum}), expected above 0`,
      );
      factor[row * dimensions + row] = Math.sqrt(sum);
    }
  }
  return factor;
}

function covarianceMatrix(covariance: NonNullable<BanditOptions["covariance"]>, dimensions: number): Float64Array {
  const matrix = new Float64Array(dimensions * dimensions);
  if (typeof covariance === "number") {
    expectInput(
      covariance > 0 && Number.isFinite(covariance),
      () => `covariance is ${covariance}, expected a positive variance`,
    );
    for (let row = 0; row < dimensions; row++) matrix[row * dimensions + row] = covariance;
    return matrix;
  }
  const checked = checkPoints(covariance, "covariance");
  expectInput(
    checked.rows === dimensions && checked.dimensions === dimensions,
    () => `covariance is ${checked.rows} x ${checked.dimensions}, expected ${dimensions} x ${dimensions}`,
  );
  matrix.set(checked.data);
  for (let row = 0; row < dimensions; row++) {
    for (let column = 0; column < row; column++) {
      const low = matrix[row * dimensions + column];
      const high = matrix[column * dimensions + row];
      expectInput(
        Math.abs(low - high) <= 1e-12 * Math.max(Math.abs(low), Math.abs(high)),
        () => `covariance: row ${row}, column ${column} is ${low}, expected ${high} as in row ${column}, column ${row}`,
      );
    }
  }
  return matrix;
}

/** L L^T, from which `checkCovariance` made L; rounding L cost the last digit. */
export function covarianceOf({ whitening: factor, dimensions }: CheckedOptions): number | number[][] {
  if (factor === undefined) return 1;
  const rounded = (value: number) => Number(value.toPrecision(15));
  const isOneVariance = factor.every((value, at) => value === (at % (dimensions + 1) === 0 ? factor[0] : 0));
  if (isOneVariance) return rounded(factor[0] ** 2);
  const rows = Array.from({ length: dimensions }, (_, row) =>
    factor.subarray(row * dimensions, (row + 1) * dimensions),
  );
  return rows.map((row) => rows.map((other) => rounded(row.reduce((sum, value, at) => sum + value * other[at], 0))));
}
