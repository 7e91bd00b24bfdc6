/**
 * The grid of counts and the thresholds of the pairwise certificate.
 *
 * An arm's mean is frozen into a snapshot at the counts g_1 = 1, g_(j+1) = max(g_j + 1, floor(1.3 g_j)).
 * Two arms with snapshots at levels i and j are declared different when their statistic reaches
 * the chi-squared tail at delta w(i, j) / P; the w sum to 1 over all ordered pairs of levels.
 */
import { log } from "../vector";
import { take, takeStruct } from "./arena";
import { halfChiSquared, logGammaHalf } from "./tail";

/** Levels on the grid; the last one is past 10^9 pulls of one arm. */
export const LEVELS = 88;

const counts: usize = memory.data(8 * 88, 16);
let filled = false;

/** Count at a level, levels from 0. */
export function gridCount(level: i32): f64 {
  if (!filled) fill();
  return load<f64>(counts + (<usize>level << 3));
}

function fill(): void {
  let count = 1.0;
  for (let level = 0; level < LEVELS; level++) {
    store<f64>(counts + (<usize>level << 3), count);
    // 13 count / 10 is exact in floating point wherever 1.3 count is not.
    count = max(count + 1.0, Math.floor((13.0 * count) / 10.0));
  }
  filled = true;
}

/** The highest level whose count is at most `count`; -1 for a count of 0. */
export function gridLevel(count: f64): i32 {
  let level = -1;
  while (level + 1 < LEVELS && gridCount(level + 1) <= count) level++;
  return level;
}

/** Thresholds at one delta, computed when first needed and kept. */
@unmanaged
export class Thresholds {
  dimensions: i32;
  logGamma: f64;
  /** log(P / delta): P pairs of equal mean at most. */
  base: f64;
  /** LEVELS x LEVELS, 0 = not yet computed. */
  table: usize;
}

export function layThresholds(): usize {
  const pointer = takeStruct(offsetof<Thresholds>());
  changetype<Thresholds>(pointer).table = take(LEVELS * LEVELS * 8);
  return pointer;
}

/** log of P = (M - K + 1)(M - K) / 2, the most pairs of equal mean that K nonempty clusters allow. */
export function logEqualPairs(arms: i32, clusters: i32): f64 {
  const spare = <f64>(arms - clusters);
  return log(0.5 * (spare + 1.0) * spare);
}

export function startThresholds(thresholds: Thresholds, arms: i32, clusters: i32, dimensions: i32, delta: f64): void {
  thresholds.dimensions = dimensions;
  thresholds.logGamma = logGammaHalf(dimensions);
  thresholds.base = logEqualPairs(arms, clusters) - log(delta);
  memory.fill(thresholds.table, 0, LEVELS * LEVELS * 8);
}

/** -log w(i, j): p(min) r(|i - j|), halved off the diagonal, since the pair of levels is ordered. */
function logWeightCost(i: i32, j: i32): f64 {
  const low = <f64>(min(i, j) + 1);
  const gap = <f64>abs(i - j);
  const weight = (5.0 / ((low + 4.0) * (low + 5.0))) * (1.5 / ((gap + 1.5) * (gap + 2.5)));
  return -log(i === j ? weight : 0.5 * weight);
}

/** What the statistic of two snapshots at levels i and j must reach. */
export function threshold(thresholds: Thresholds, i: i32, j: i32): f64 {
  const cell = thresholds.table + (<usize>(i * LEVELS + j) << 3);
  const known = load<f64>(cell);
  if (known > 0) return known;
  const value = halfChiSquared(thresholds.dimensions, thresholds.base + logWeightCost(i, j), thresholds.logGamma);
  store<f64>(cell, value);
  store<f64>(thresholds.table + (<usize>(j * LEVELS + i) << 3), value);
  return value;
}
