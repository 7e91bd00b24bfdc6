import type { Dataset } from "./dataset.js";

/** How points of any dimension come onto the screen. */
export interface Projection {
  /** The place of the row that starts at `offset`. With one dimension y is 0. */
  place(row: ArrayLike<number>, offset?: number): [number, number];
  xLabel: string;
  /** null: one dimension, there is no second axis. */
  yLabel: string | null;
}

/** One and two dimensions as they are; more on their two principal components. */
export function projectionOf({ data, dimensions, columns }: Dataset): Projection {
  if (dimensions === 1) return { place: (row, at = 0) => [row[at], 0], xLabel: columns[0], yLabel: null };
  if (dimensions === 2) {
    return { place: (row, at = 0) => [row[at], row[at + 1]], xLabel: columns[0], yLabel: columns[1] };
  }
  const { mean, axes, shares } = principalAxes(data, dimensions, 2);
  const along = (axis: Float64Array, row: ArrayLike<number>, at: number) => {
    let sum = 0;
    for (let column = 0; column < dimensions; column++) sum += (row[at + column] - mean[column]) * axis[column];
    return sum;
  };
  const label = (index: number) => `principal component ${index + 1} (${Math.round(100 * shares[index])}% of variance)`;
  return {
    place: (row, at = 0) => [along(axes[0], row, at), along(axes[1], row, at)],
    xLabel: label(0),
    yLabel: label(1),
  };
}

/** The mean, the leading eigenvectors of the covariance, and their shares of the variance. */
export function principalAxes(data: Float64Array, dimensions: number, count: number) {
  const { mean, covariance } = momentsOf(data, dimensions);
  const trace = Array.from({ length: dimensions }, (_, axis) => covariance[axis * (dimensions + 1)]);
  const variance = trace.reduce((sum, value) => sum + value, 0);
  const axes: Float64Array[] = [];
  const shares: number[] = [];
  for (let index = 0; index < count; index++) {
    const { axis, value } = leadingAxis(covariance, dimensions, axes);
    axes.push(axis);
    shares.push(variance > 0 ? value / variance : 0);
  }
  return { mean, axes, shares };
}

function momentsOf(data: Float64Array, dimensions: number) {
  const rows = data.length / dimensions;
  const mean = new Float64Array(dimensions);
  for (let index = 0; index < data.length; index++) mean[index % dimensions] += data[index] / rows;
  const covariance = new Float64Array(dimensions ** 2);
  for (let start = 0; start < data.length; start += dimensions) {
    for (let a = 0; a < dimensions; a++) {
      for (let b = 0; b < dimensions; b++) {
        covariance[a * dimensions + b] += ((data[start + a] - mean[a]) * (data[start + b] - mean[b])) / rows;
      }
    }
  }
  return { mean, covariance };
}

/** Power iteration, kept orthogonal to the axes found before; the sign is fixed so that a page never flips. */
function leadingAxis(covariance: Float64Array, dimensions: number, found: readonly Float64Array[]) {
  let axis = Float64Array.from({ length: dimensions }, (_, column) => 1 / (1 + column + found.length * (column % 2)));
  let value = 0;
  for (let iteration = 0; iteration < 300; iteration++) {
    const next = new Float64Array(dimensions);
    for (let a = 0; a < dimensions; a++) {
      for (let b = 0; b < dimensions; b++) next[a] += covariance[a * dimensions + b] * axis[b];
    }
    for (const other of found) {
      const overlap = next.reduce((sum, entry, column) => sum + entry * other[column], 0);
      for (let column = 0; column < dimensions; column++) next[column] -= overlap * other[column];
    }
    value = Math.hypot(...next);
    if (value === 0) return { axis: next, value }; // no variance is left in any direction
    axis = next.map((entry) => entry / value);
  }
  const largest = axis.reduce((best, entry) => (Math.abs(entry) > Math.abs(best) ? entry : best), 0);
  return { axis: largest < 0 ? axis.map((entry) => -entry) : axis, value };
}
