import { expectInput } from "./errors.js";
import type { Points } from "./types.js";

/** Points after the check: finite, rectangular, row-major. */
export interface CheckedPoints {
  data: Float64Array | Float32Array;
  rows: number;
  dimensions: number;
}

/**
 * Checks points once; below this line they are trusted.
 *
 * @param what how the message names them, such as "points" or "centers"
 * @throws WaywardError `input` with row and column of the first bad coordinate
 */
export function checkPoints(points: Points, what = "points"): CheckedPoints {
  const checked = Array.isArray(points) ? fromRows(points, what) : fromFlat(points as FlatPoints, what);
  const { data, dimensions } = checked;
  for (let index = 0; index < data.length; index++) {
    expectInput(Number.isFinite(data[index]), () => {
      const row = Math.floor(index / dimensions);
      return `${what}: row ${row}, column ${index % dimensions} is ${data[index]}, expected a finite number`;
    });
  }
  return checked;
}

type FlatPoints = Extract<Points, { dimensions: number }>;

function fromFlat(points: FlatPoints, what: string): CheckedPoints {
  const isFlat = points?.data instanceof Float64Array || points?.data instanceof Float32Array;
  expectInput(
    isFlat,
    () => `${what}: expected number[][] or { data: Float64Array, dimensions }, got ${describe(points)}`,
  );
  const { data, dimensions } = points;
  expectInput(
    Number.isInteger(dimensions) && dimensions >= 1,
    () => `${what}: dimensions is ${dimensions}, expected an integer of at least 1`,
  );
  expectInput(data.length > 0, () => `${what}: 0 rows, expected at least 1`);
  expectInput(
    data.length % dimensions === 0,
    () => `${what}: data has ${data.length} numbers, expected a multiple of dimensions = ${dimensions}`,
  );
  return { data, rows: data.length / dimensions, dimensions };
}

function fromRows(rows: readonly (readonly number[])[], what: string): CheckedPoints {
  expectInput(rows.length > 0, () => `${what}: 0 rows, expected at least 1`);
  const dimensions = isArray(rows[0]) ? rows[0].length : 0;
  expectInput(dimensions >= 1, () => `${what}: row 0 has 0 columns, expected at least 1`);
  const data = new Float64Array(rows.length * dimensions);
  for (let row = 0; row < rows.length; row++) {
    const actual = isArray(rows[row]) ? rows[row].length : undefined;
    expectInput(
      actual === dimensions,
      () => `${what}: row ${row} has ${actual ?? "no"} columns, expected ${dimensions} as in row 0`,
    );
    for (let column = 0; column < dimensions; column++) {
      const value: unknown = rows[row][column];
      expectInput(
        typeof value === "number",
        () => `${what}: row ${row}, column ${column} is ${JSON.stringify(value)}, expected a finite number`,
      );
      data[row * dimensions + column] = value as number;
    }
  }
  return { data, rows: rows.length, dimensions };
}

/**
 * Checks one positive weight an entity.
 *
 * @throws WaywardError `input` naming the row
 */
export function checkWeights(weights: ArrayLike<number>, rows: number): Float64Array {
  expectInput(
    weights !== null && typeof weights === "object" && typeof weights.length === "number",
    () => `weights: got ${describe(weights)}, expected an array of ${rows} numbers`,
  );
  expectInput(weights.length === rows, () => `weights: ${weights.length} entries, expected ${rows}, one a row`);
  for (let row = 0; row < rows; row++) {
    expectInput(
      Number.isFinite(weights[row]) && weights[row] > 0,
      () => `weights: row ${row} is ${weights[row]}, expected a positive finite number`,
    );
  }
  return Float64Array.from(weights);
}

/** Checks K against the number of rows. */
export function checkClusters(clusters: number, rows: number): void {
  expectInput(
    Number.isInteger(clusters) && clusters >= 1,
    () => `clusters is ${clusters}, expected an integer of at least 1`,
  );
  expectInput(clusters <= rows, () => `clusters is ${clusters}, expected at most the number of rows, ${rows}`);
}

/** Checks a seed: an integer that a double holds exactly. */
export function checkSeed(seed: number): bigint {
  expectInput(
    Number.isSafeInteger(seed) && seed >= 0,
    () => `seed is ${seed}, expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
  );
  return BigInt(seed);
}

/**
 * Integers from 0 to limit - 1.
 *
 * @throws WaywardError `input` naming the row
 */
export function checkIndices(values: ArrayLike<number>, limit: number, what: string): Int32Array {
  expectInput(
    values !== null && typeof values === "object" && Number.isInteger(values.length),
    () => `${what}: got ${String(values)}, expected an array of integers`,
  );
  for (let row = 0; row < values.length; row++) {
    expectInput(
      Number.isInteger(values[row]) && values[row] >= 0 && values[row] < limit,
      () => `${what}: row ${row} is ${values[row]}, expected an integer from 0 to ${limit - 1}`,
    );
  }
  return Int32Array.from(values);
}

/** The rows of a row-major matrix as plain arrays. */
export function toRows(data: ArrayLike<number>, dimensions: number): number[][] {
  return Array.from({ length: data.length / dimensions }, (_, row) =>
    Array.from({ length: dimensions }, (_, column) => data[row * dimensions + column]),
  );
}

/** A row of numbers of either kind; an object that only says how long it is could name any length. */
function isArray(row: unknown): row is ArrayLike<number> {
  return Array.isArray(row) || ArrayBuffer.isView(row);
}

function describe(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : value.constructor?.name || "an object";
}
