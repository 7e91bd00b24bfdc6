/**
 * Weighted k-means with the Maximin start (algorithm 2 of the paper), pruned.
 *
 * The result is that of the plain algorithm; skipped is only what cannot differ:
 * - The seeds and the first assignment are kept from one call to the next. A changed row costs
 *   O(K d), and a new search only when that row is a seed or now reaches farther than one.
 * - In Lloyd's iteration a row with a gap g between its second nearest and its nearest center keeps
 *   its label until the centers have moved g / 2 since (Hamerly's bound). `travel` adds up twice the
 *   largest move, a row's deadline is `travel` + gap, and blocks of rows keep their earliest one.
 */
import { madd, splat, sumLanes } from "../vector";
import { addRow, divideRow, rowBytes, squaredDistance, take, takeStruct } from "./arena";

const BLOCK = 32;
const MOST_ITERATIONS = 10000;

@unmanaged
export class KMeans {
  rows: i32;
  clusters: i32;
  bytes: usize; // of a row
  first: i32; // the row that Maximin starts from
  stale: i32; // 1: the seeds must be searched anew
  iterations: i32;
  touchedCount: i32;
  recounted: i32; // 1: totals have been changed since they were summed
  travel: f64;
  margin: f64; // rounding allowance of the bound
  means: usize; // rows x bytes, the caller's
  weights: usize; // f64 a row, the caller's
  labels: usize; // i32 a row
  centers: usize; // clusters x bytes
  previousCenters: usize;
  totals: usize; // clusters x bytes: weighted sums
  masses: usize; // f64 a cluster
  sizes: usize; // i32 a cluster
  seeds: usize; // i32 a cluster
  seedReach: usize; // f64 a cluster: squared distance from a seed to the seeds before it
  seedLabels: usize; // i32 a row: nearest seed
  nearest: usize; // f64 a row: squared distance to it
  second: usize; // f64 a row: to the second nearest
  seedGaps: usize; // f64 a row: distance to the second nearest seed less that to the nearest
  seedBlocks: usize; // f64 a block: the smallest of them
  seedSizes: usize; // i32 a cluster: rows nearest to its seed
  deadlines: usize; // f64 a row
  blockDeadlines: usize; // f64 a block
  previous: usize; // i32 a row: the label that `totals` counts
  touched: usize; // i32 a row: rows looked at in this pass
}

export function layKMeans(rows: i32, clusters: i32, dimensions: i32, means: usize, weights: usize): usize {
  const pointer = takeStruct(offsetof<KMeans>());
  const model = changetype<KMeans>(pointer);
  const row = rowBytes(dimensions);
  model.rows = rows;
  model.clusters = clusters;
  model.bytes = row;
  model.first = 0;
  model.stale = 1;
  model.means = means;
  model.weights = weights;
  model.labels = take(<usize>rows << 2);
  model.centers = take(<usize>clusters * row);
  model.previousCenters = take(<usize>clusters * row);
  model.totals = take(<usize>clusters * row);
  model.masses = take(<usize>clusters << 3);
  model.sizes = take(<usize>clusters << 2);
  model.seeds = take(<usize>clusters << 2);
  model.seedReach = take(<usize>clusters << 3);
  model.seedLabels = take(<usize>rows << 2);
  model.nearest = take(<usize>rows << 3);
  model.second = take(<usize>rows << 3);
  model.seedGaps = take(<usize>rows << 3);
  model.seedBlocks = take(<usize>(rows / BLOCK + 1) << 3);
  model.seedSizes = take(<usize>clusters << 2);
  model.deadlines = take(<usize>rows << 3);
  model.blockDeadlines = take(<usize>(rows / BLOCK + 1) << 3);
  model.previous = take(<usize>rows << 2);
  model.touched = take(<usize>(rows + clusters) << 2);
  return pointer;
}

/** Farthest-first seeds, and each row's nearest and second nearest one. Ties: lowest index. */
function maximin(model: KMeans): void {
  const rows = model.rows;
  const bytes = model.bytes;
  const means = model.means;
  let seed = model.first;
  let reach: f64 = Infinity;
  for (let row = 0; row < rows; row++) {
    store<f64>(model.nearest + (<usize>row << 3), Infinity);
    store<f64>(model.second + (<usize>row << 3), Infinity);
  }
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    store<i32>(model.seeds + (<usize>cluster << 2), seed);
    store<f64>(model.seedReach + (<usize>cluster << 3), reach);
    const at = means + <usize>seed * bytes;
    reach = -1.0;
    for (let row = 0; row < rows; row++) {
      const distance = squaredDistance(means + <usize>row * bytes, at, bytes);
      offer(model, row, cluster, distance);
      const nearest = load<f64>(model.nearest + (<usize>row << 3));
      if (nearest > reach) {
        reach = nearest;
        seed = row;
      }
    }
  }
  memory.fill(model.seedSizes, 0, <usize>model.clusters << 2);
  for (let row = 0; row < rows; row++) {
    setGap(model, row);
    resize(model.seedSizes, load<i32>(model.seedLabels + (<usize>row << 2)), 1);
  }
  for (let start = 0; start < rows; start += BLOCK) settleBlock(model, model.seedGaps, model.seedBlocks, start);
  model.stale = 0;
}

@inline
function setGap(model: KMeans, row: i32): void {
  const at = <usize>row << 3;
  store<f64>(model.seedGaps + at, sqrt(load<f64>(model.second + at)) - sqrt(load<f64>(model.nearest + at)));
}

/** Takes a cluster's distance into a row's nearest and second nearest. */
@inline
function offer(model: KMeans, row: i32, cluster: i32, distance: f64): void {
  const at = <usize>row << 3;
  const nearest = load<f64>(model.nearest + at);
  if (distance < nearest) {
    store<f64>(model.second + at, nearest);
    store<f64>(model.nearest + at, distance);
    store<i32>(model.seedLabels + (<usize>row << 2), cluster);
  } else if (distance < load<f64>(model.second + at)) {
    store<f64>(model.second + at, distance);
  }
}

/** To be called when a row's mean has changed. */
export function touchRow(model: KMeans, row: i32): void {
  if (model.stale) return;
  const at = <usize>row << 3;
  const bytes = model.bytes;
  const mean = model.means + <usize>row * bytes;
  const old = load<i32>(model.seedLabels + (<usize>row << 2));
  store<f64>(model.nearest + at, Infinity);
  store<f64>(model.second + at, Infinity);
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    const seed = load<i32>(model.seeds + (<usize>cluster << 2));
    // Farther from the earlier seeds than the seed itself: this row takes its place.
    const reach = load<f64>(model.seedReach + (<usize>cluster << 3));
    const nearest = load<f64>(model.nearest + at);
    if (seed === row || (cluster > 0 && (nearest > reach || (nearest === reach && row < seed)))) {
      model.stale = 1;
      return;
    }
    offer(model, row, cluster, squaredDistance(mean, model.means + <usize>seed * bytes, bytes));
  }
  setGap(model, row);
  resize(model.seedSizes, old, -1);
  resize(model.seedSizes, load<i32>(model.seedLabels + (<usize>row << 2)), 1);
  settleBlock(model, model.seedGaps, model.seedBlocks, row - (row % BLOCK));
}

/** Clusters the rows. Labels are those of the plain algorithm, centers the weighted means under them. */
export function runKMeans(model: KMeans): void {
  if (model.stale) maximin(model);
  startFromSeeds(model);
  model.iterations = 1;
  do {
    moveCenters(model);
  } while (reassign(model) && ++model.iterations < MOST_ITERATIONS);
  // Totals kept by adding and taking away are summed afresh, so that they depend on the labels alone.
  if (model.recounted) sumTotals(model);
  for (let cluster = 0; cluster < model.clusters; cluster++) placeCenter(model, cluster);
}

function startFromSeeds(model: KMeans): void {
  const rows = model.rows;
  const bytes = model.bytes;
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    const seed = load<i32>(model.seeds + (<usize>cluster << 2));
    memory.copy(model.centers + <usize>cluster * bytes, model.means + <usize>seed * bytes, bytes);
  }
  memory.copy(model.labels, model.seedLabels, <usize>rows << 2);
  model.travel = 0;
  model.margin = 1e-11 * sqrt(model.clusters > 1 ? load<f64>(model.seedReach + 8) : 0.0);
  memory.copy(model.deadlines, model.seedGaps, <usize>rows << 3);
  memory.copy(model.blockDeadlines, model.seedBlocks, <usize>((rows + BLOCK - 1) / BLOCK) << 3);
  memory.copy(model.sizes, model.seedSizes, <usize>model.clusters << 2);
  model.touchedCount = 0;
  if (hasEmpty(model)) fillEmpty(model);
  memory.copy(model.previous, model.labels, <usize>rows << 2);
  sumTotals(model);
}

@inline
function resize(sizes: usize, cluster: i32, change: i32): void {
  const at = sizes + (<usize>cluster << 2);
  store<i32>(at, load<i32>(at) + change);
}

/** Weighted sums and masses under the labels, in the order of the rows. */
function sumTotals(model: KMeans): void {
  model.recounted = 0;
  const bytes = model.bytes;
  memory.fill(model.totals, 0, <usize>model.clusters * bytes);
  memory.fill(model.masses, 0, <usize>model.clusters << 3);
  for (let row = 0; row < model.rows; row++) {
    count(model, row, load<i32>(model.labels + (<usize>row << 2)), 1.0);
  }
}

@inline
function count(model: KMeans, row: i32, cluster: i32, sign: f64): void {
  const bytes = model.bytes;
  const weight = sign * load<f64>(model.weights + (<usize>row << 3));
  addRow(model.totals + <usize>cluster * bytes, model.means + <usize>row * bytes, weight, bytes);
  const mass = model.masses + (<usize>cluster << 3);
  store<f64>(mass, load<f64>(mass) + weight);
}

@inline
function placeCenter(model: KMeans, cluster: i32): void {
  const bytes = model.bytes;
  const offset = <usize>cluster * bytes;
  divideRow(model.centers + offset, model.totals + offset, load<f64>(model.masses + (<usize>cluster << 3)), bytes);
}

/** Centers to their weighted means; `travel` grows by twice the longest move. */
function moveCenters(model: KMeans): void {
  const bytes = model.bytes;
  memory.copy(model.previousCenters, model.centers, <usize>model.clusters * bytes);
  let longest = 0.0;
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    placeCenter(model, cluster);
    const offset = <usize>cluster * bytes;
    longest = max(longest, squaredDistance(model.centers + offset, model.previousCenters + offset, bytes));
  }
  model.travel += 2.0 * sqrt(longest);
}

/** Every row to its nearest center; true if a label changed. */
function reassign(model: KMeans): bool {
  const now = model.travel + model.margin;
  const rows = model.rows;
  model.touchedCount = 0;
  for (let start = 0; start < rows; start += BLOCK) {
    if (load<f64>(model.blockDeadlines + (<usize>(start / BLOCK) << 3)) > now) continue;
    const end = min(start + BLOCK, rows);
    for (let row = start; row < end; row++) {
      if (load<f64>(model.deadlines + (<usize>row << 3)) <= now) assignRow(model, row);
    }
    settleBlock(model, model.deadlines, model.blockDeadlines, start);
  }
  if (hasEmpty(model)) fillEmpty(model);
  return recount(model);
}

function assignRow(model: KMeans, row: i32): void {
  const bytes = model.bytes;
  const mean = model.means + <usize>row * bytes;
  const m0 = v128.load(mean);
  const m1 = bytes > 16 ? v128.load(mean, 16) : splat(0);
  const m2 = bytes > 32 ? v128.load(mean, 32) : splat(0);
  const m3 = bytes > 48 ? v128.load(mean, 48) : splat(0);
  let center = model.centers;
  let nearest: f64 = Infinity;
  let second: f64 = Infinity;
  let label = 0;
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    let distance: f64;
    // The widths of 3 or 4 and of 7 or 8 coordinates, with the row in registers; the sums are in the same order.
    if (bytes === 64) {
      const half = addSquare(m1, v128.load(center, 16), addSquare(m0, v128.load(center), splat(0)));
      distance = sumLanes(addSquare(m3, v128.load(center, 48), addSquare(m2, v128.load(center, 32), half)));
    } else if (bytes === 32) {
      distance = sumLanes(addSquare(m1, v128.load(center, 16), addSquare(m0, v128.load(center), splat(0))));
    } else {
      distance = squaredDistance(mean, center, bytes);
    }
    if (distance < nearest) {
      second = nearest;
      nearest = distance;
      label = cluster;
    } else if (distance < second) {
      second = distance;
    }
    center += bytes;
  }
  store<f64>(model.deadlines + (<usize>row << 3), model.travel + sqrt(second) - sqrt(nearest));
  relabel(model, row, label);
}

/** sum + (a - b)^2 by lanes. */
@inline
function addSquare(a: v128, b: v128, sum: v128): v128 {
  const difference = f64x2.sub(a, b);
  return madd(difference, difference, sum);
}

@inline
function relabel(model: KMeans, row: i32, label: i32): void {
  const at = model.labels + (<usize>row << 2);
  const old = load<i32>(at);
  if (old === label) return;
  store<i32>(at, label);
  resize(model.sizes, old, -1);
  resize(model.sizes, label, 1);
  store<i32>(model.touched + (<usize>model.touchedCount << 2), row);
  model.touchedCount++;
}

/** The smallest value of a block of rows, into its cell. */
function settleBlock(model: KMeans, values: usize, blocks: usize, start: i32): void {
  const end = min(start + BLOCK, model.rows);
  let least: f64 = Infinity;
  for (let row = start; row < end; row++) least = min(least, load<f64>(values + (<usize>row << 3)));
  store<f64>(blocks + (<usize>(start / BLOCK) << 3), least);
}

function hasEmpty(model: KMeans): bool {
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    if (load<i32>(model.sizes + (<usize>cluster << 2)) === 0) return true;
  }
  return false;
}

/** Gives every empty cluster, in order, the row farthest from its center among clusters of two or more. */
function fillEmpty(model: KMeans): void {
  const bytes = model.bytes;
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    if (load<i32>(model.sizes + (<usize>cluster << 2)) > 0) continue;
    let farthest = -1.0;
    let chosen = 0;
    for (let row = 0; row < model.rows; row++) {
      const label = load<i32>(model.labels + (<usize>row << 2));
      if (load<i32>(model.sizes + (<usize>label << 2)) < 2) continue;
      const distance = squaredDistance(
        model.means + <usize>row * bytes,
        model.centers + <usize>label * bytes,
        bytes,
      );
      if (distance > farthest) {
        farthest = distance;
        chosen = row;
      }
    }
    relabel(model, chosen, cluster);
    // Its center is not its nearest one: look again in the next pass.
    store<f64>(model.deadlines + (<usize>chosen << 3), -Infinity);
    store<f64>(model.blockDeadlines + (<usize>(chosen / BLOCK) << 3), -Infinity);
  }
}

/** Moves the touched rows' weight to their new clusters; false if none has a new label. */
function recount(model: KMeans): bool {
  let changed = false;
  for (let index = 0; index < model.touchedCount; index++) {
    const row = load<i32>(model.touched + (<usize>index << 2));
    const before = model.previous + (<usize>row << 2);
    const label = load<i32>(model.labels + (<usize>row << 2));
    const old = load<i32>(before);
    if (old === label) continue;
    count(model, row, old, -1.0);
    count(model, row, label, 1.0);
    store<i32>(before, label);
    model.recounted = 1;
    changed = true;
  }
  return changed;
}
