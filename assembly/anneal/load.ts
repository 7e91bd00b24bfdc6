/** Rows into tiles, then mean, covariance and scale. */
import { largestEigenpair } from "./eigen";
import { BLOCK, GROUPS, Problem, endTile, firstTile, pointsOfTile, rhoOfTile, tileCount } from "./problem";
import { clearLanes, pushBlock, reduceBegin, reduceEnd } from "./reduce";
import { ROW, TILE } from "../tile";
import { madd, splat } from "../vector";

/**
 * Tiles the staged rows of one block: `staging` holds count x d coordinates, then count weights.
 * With groups, the host has sorted the rows of the block by group and filled `groupOf`.
 */
export function problemLoadBlock(p: Problem, block: i32, count: i32): void {
  const d = <usize>p.dimensions;
  const weights = p.staging + <usize>count * d * 8;
  const first = firstTile(block);
  for (let i = 0; i < ((count + TILE - 1) & ~(TILE - 1)); i++) {
    const tile = first + i / TILE;
    const lane = (<usize>(i % TILE)) << 3;
    // Padding points repeat the block's first row with weight 0, so that they stay in the data's range.
    const source = p.staging + (i < count ? <usize>i : 0) * d * 8;
    for (let c: usize = 0; c < d; c++) {
      store<f64>(pointsOfTile(p, tile) + c * ROW + lane, load<f64>(source + c * 8));
    }
    store<f64>(rhoOfTile(p, tile) + lane, i < count ? load<f64>(weights + (<usize>i << 3)) : 0.0);
    if (p.kind == GROUPS && i >= count) {
      const at = p.groupOf + ((<usize>tile * TILE + <usize>(i % TILE)) << 2);
      store<i32>(at, load<i32>(at - 4));
    }
  }
}

/**
 * Ends loading: weights sum to 1, mean 0, trace of the covariance 1; box, largest eigenvalue and axis.
 *
 * @returns 1 if the points differ, 0 if all are identical (then only the mean is set)
 */
export function problemScale(p: Problem): i32 {
  const d = <usize>p.dimensions;
  findBox(p);
  sumColumns(p);
  p.totalWeight = load<f64>(p.sums + d * 8);
  if (isOnePoint(p)) {
    for (let c: usize = 0; c < d; c++) store<f64>(p.mean + c * 8, load<f64>(p.box + c * 8));
    shift(p, p.mean, 1.0);
    normalizeWeights(p);
    p.scale = 1;
    return 0;
  }
  for (let c: usize = 0; c < d; c++) {
    store<f64>(p.mean + c * 8, load<f64>(p.sums + c * 8) / p.totalWeight);
  }
  shift(p, p.mean, 1.0);
  normalizeWeights(p);
  // A second pass takes out what rounding left of a large offset.
  sumColumns(p);
  for (let c: usize = 0; c < d; c++) {
    const rest = load<f64>(p.sums + c * 8);
    store<f64>(p.mean + c * 8, load<f64>(p.mean + c * 8) + rest);
    store<f64>(p.work + c * 8, rest);
  }
  shift(p, p.work, 1.0);
  sumProducts(p);
  let trace = 0.0;
  for (let c: usize = 0; c < d; c++) trace += load<f64>(p.covariance + c * (d + 1) * 8);
  p.scale = sqrt(trace);
  const inverse = 1.0 / p.scale;
  memory.fill(p.work, 0, d * 8);
  shift(p, p.work, inverse);
  for (let at: usize = 0; at < d * d * 8; at += 8) {
    store<f64>(p.covariance + at, load<f64>(p.covariance + at) / trace);
  }
  findBox(p);
  memory.copy(p.work, p.covariance, d * d * 8);
  p.spread = largestEigenpair(p.work, p.dimensions, p.axis, p.work + d * d * 8);
  return 1;
}

/** sums = (sum w x_c for each c, sum w). */
function sumColumns(p: Problem): void {
  const d = p.dimensions;
  reduceBegin(p, d + 1);
  for (let block = 0; block < p.blocks; block++) {
    clearLanes(p);
    for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
      const x = pointsOfTile(p, tile);
      const w = rhoOfTile(p, tile);
      for (let c = 0; c < d; c++) addProduct(p.lanes + ((<usize>c) << 4), w, x + <usize>c * ROW);
      addOnes(p.lanes + ((<usize>d) << 4), w);
    }
    pushBlock(p);
  }
  reduceEnd(p);
}

/** covariance = sum rho x x', both triangles. */
function sumProducts(p: Problem): void {
  const d = p.dimensions;
  // One row of the matrix at a time, so that the lanes stay small.
  for (let a = 0; a < d; a++) {
    reduceBegin(p, d - a);
    for (let block = 0; block < p.blocks; block++) {
      clearLanes(p);
      for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
        const x = pointsOfTile(p, tile);
        const w = rhoOfTile(p, tile);
        for (let b = a; b < d; b++) {
          addTriple(p.lanes + ((<usize>(b - a)) << 4), w, x + <usize>a * ROW, x + <usize>b * ROW);
        }
      }
      pushBlock(p);
    }
    reduceEnd(p);
    for (let b = a; b < d; b++) {
      const value = load<f64>(p.sums + ((<usize>(b - a)) << 3));
      store<f64>(p.covariance + ((<usize>(a * d + b)) << 3), value);
      store<f64>(p.covariance + ((<usize>(b * d + a)) << 3), value);
    }
  }
}

@inline
function addProduct(sum: usize, a: usize, b: usize): void {
  let total = v128.load(sum);
  for (let i: usize = 0; i < ROW; i += 16) total = madd(v128.load(a + i), v128.load(b + i), total);
  v128.store(sum, total);
}

@inline
function addTriple(sum: usize, w: usize, a: usize, b: usize): void {
  let total = v128.load(sum);
  for (let i: usize = 0; i < ROW; i += 16) {
    total = madd(f64x2.mul(v128.load(w + i), v128.load(a + i)), v128.load(b + i), total);
  }
  v128.store(sum, total);
}

@inline
function addOnes(sum: usize, w: usize): void {
  let total = v128.load(sum);
  for (let i: usize = 0; i < ROW; i += 16) total = f64x2.add(total, v128.load(w + i));
  v128.store(sum, total);
}

/** x <- (x - offset) * factor for every point. */
function shift(p: Problem, offset: usize, factor: f64): void {
  const f = splat(factor);
  for (let tile = 0; tile < tileCount(p); tile++) {
    for (let c: usize = 0; c < <usize>p.dimensions; c++) {
      const row = pointsOfTile(p, tile) + c * ROW;
      const o = v128.load64_splat(offset + c * 8);
      for (let i: usize = 0; i < ROW; i += 16) {
        v128.store(row + i, f64x2.mul(f64x2.sub(v128.load(row + i), o), f));
      }
    }
  }
}

function normalizeWeights(p: Problem): void {
  const factor = splat(p.totalWeight);
  const end = p.rho + <usize>tileCount(p) * ROW;
  for (let at = p.rho; at < end; at += 16) v128.store(at, f64x2.div(v128.load(at), factor));
}

function findBox(p: Problem): void {
  for (let c: usize = 0; c < <usize>p.dimensions; c++) {
    let low = splat(Infinity);
    let high = splat(-Infinity);
    for (let tile = 0; tile < tileCount(p); tile++) {
      const row = pointsOfTile(p, tile) + c * ROW;
      for (let i: usize = 0; i < ROW; i += 16) {
        low = f64x2.min(low, v128.load(row + i));
        high = f64x2.max(high, v128.load(row + i));
      }
    }
    const upper = p.box + <usize>p.dimensions * 8;
    store<f64>(p.box + c * 8, min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)));
    store<f64>(upper + c * 8, max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1)));
  }
}

function isOnePoint(p: Problem): bool {
  const d = <usize>p.dimensions * 8;
  for (let c: usize = 0; c < d; c += 8) if (load<f64>(p.box + c) != load<f64>(p.box + d + c)) return false;
  return true;
}

/** Rows in a block but the last. */
export function blockRows(): i32 {
  return BLOCK;
}
