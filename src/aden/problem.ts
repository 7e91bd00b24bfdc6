import { expectInput } from "../errors.js";
import type { CheckedPoints } from "../points.js";

/** The affine map between the data's units and the network's: x = (data - mean) / scale. */
export interface Units {
  mean: number[];
  /** Root mean square of a centered coordinate; one number for all, so that distances only scale. */
  scale: number;
}

/** @throws WaywardError `input` where squares of the data, or of their inverse, are no numbers */
export function unitsOf({ data, rows, dimensions }: CheckedPoints, weights: Float64Array): Units {
  const mean = new Array<number>(dimensions).fill(0);
  for (let index = 0; index < data.length; index++) {
    mean[index % dimensions] += weights[Math.floor(index / dimensions)] * data[index];
  }
  let variance = 0;
  for (let index = 0; index < data.length; index++) {
    variance += weights[Math.floor(index / dimensions)] * (data[index] - mean[index % dimensions]) ** 2;
  }
  expectInput(
    variance === 0 || (variance > 1e-290 && variance < 1e290),
    () =>
      `points: their variance is ${variance}, expected between 1e-290 and 1e290; rescale the points, or the weights`,
  );
  const scale = Math.sqrt(variance / dimensions);
  return { mean, scale: scale > 0 && rows > 1 ? scale : 1 };
}

/** Greatest coordinate in the network's units: the squares of such distances, and products of those, are float32 numbers. */
export const FARTHEST = 1e9;

export function toUnits(data: ArrayLike<number>, { mean, scale }: Units): Float32Array {
  return Float32Array.from({ length: data.length }, (_, index) => (data[index] - mean[index % mean.length]) / scale);
}

export function fromUnits(data: ArrayLike<number>, { mean, scale }: Units): Float64Array {
  return Float64Array.from({ length: data.length }, (_, index) => mean[index % mean.length] + scale * data[index]);
}

/**
 * Entry `index` of N x K distances, back from the network's units. Far from the data that it was trained on,
 * numbers may overflow: no NaN comes out.
 *
 * @throws WaywardError `input` naming the row
 */
export function inData(value: number, index: number, clusters: number, { mean, scale }: Units): number {
  const distance = value * scale ** 2;
  expectInput(Number.isFinite(distance), () => {
    const where = `points: row ${Math.floor(index / clusters)}: its distance to center ${index % clusters}`;
    return `${where} is ${distance}, expected a finite number; the network was trained near ${mean}`;
  });
  return distance;
}

/** Points, weights and K of one problem, in the network's units. */
export interface Problem {
  points: Float32Array;
  /** rho, summing to 1. */
  rho: Float64Array;
  rows: number;
  dimensions: number;
  clusters: number;
  /** The data's box: least and greatest of each coordinate. */
  least: Float32Array;
  greatest: Float32Array;
}

export function problemOf(checked: CheckedPoints, rho: Float64Array, clusters: number, units: Units): Problem {
  const { rows, dimensions } = checked;
  const points = toUnits(checked.data, units);
  const far = points.findIndex((value) => !(Math.abs(value) <= FARTHEST));
  expectInput(far < 0, () => {
    const where = `points: row ${Math.floor(far / dimensions)}, column ${far % dimensions}`;
    return `${where} is ${checked.data[far]}, too far (over ${FARTHEST} times ${units.scale}) from where the network is trained, near ${units.mean}`;
  });
  const least = new Float32Array(dimensions).fill(Infinity);
  const greatest = new Float32Array(dimensions).fill(-Infinity);
  points.forEach((value, index) => {
    const column = index % dimensions;
    least[column] = Math.min(least[column], value);
    greatest[column] = Math.max(greatest[column], value);
  });
  return { points, rho, rows, dimensions, clusters, least, greatest };
}

/** Keeps centers inside the data's box: far outside, learned distances mean nothing. In place. */
export function clampToBox(centers: Float64Array, { least, greatest, dimensions }: Problem): Float64Array {
  for (let index = 0; index < centers.length; index++) {
    const column = index % dimensions;
    centers[index] = Math.min(greatest[column], Math.max(least[column], centers[index]));
  }
  return centers;
}

/** The problem on a random part of its rows, drawn by weight: cheap to evaluate, close enough to search on. */
export function sampleOf(problem: Problem, rows: number, draw: () => number): Problem {
  if (rows >= problem.rows) return problem;
  const { dimensions } = problem;
  const points = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    const source = draw() * dimensions;
    points.set(problem.points.subarray(source, source + dimensions), row * dimensions);
  }
  return { ...problem, rows, points, rho: new Float64Array(rows).fill(1 / rows) };
}
