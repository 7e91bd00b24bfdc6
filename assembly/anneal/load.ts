/** Rows into tiles, and what scaling them takes: box, moments, shifts. */
import { BLOCK, GROUPS, Problem, endTile, firstTile, pointsOfTile, rhoOfTile, tileCount } from "./problem";
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

/** Rows in a block but the last. */
export function blockRows(): i32 {
  return BLOCK;
}

/** lanes = (lowest x_c for each c, minus the highest). */
export function boxOfBlock(p: Problem, block: i32): void {
  const d = <usize>p.dimensions;
  for (let c: usize = 0; c < d; c++) {
    let low = splat(Infinity);
    let high = splat(-Infinity);
    for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
      const row = pointsOfTile(p, tile) + c * ROW;
      for (let i: usize = 0; i < ROW; i += 16) {
        low = f64x2.min(low, v128.load(row + i));
        high = f64x2.max(high, v128.load(row + i));
      }
    }
    v128.store(p.lanes + (c << 4), low);
    v128.store(p.lanes + ((d + c) << 4), f64x2.neg(high));
  }
}

/** lanes = (sum w x_c for each c, sum w). */
export function columnsOfBlock(p: Problem, block: i32): void {
  const d = <usize>p.dimensions;
  for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
    const x = pointsOfTile(p, tile);
    const w = rhoOfTile(p, tile);
    for (let c: usize = 0; c < d; c++) addProduct(p.lanes + (c << 4), w, x + c * ROW);
    addOnes(p.lanes + (d << 4), w);
  }
}

/** lanes = sum rho x_a x_b for a <= b, row by row. */
export function productsOfBlock(p: Problem, block: i32): void {
  const d = <usize>p.dimensions;
  for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
    const x = pointsOfTile(p, tile);
    const w = rhoOfTile(p, tile);
    let sum = p.lanes;
    for (let a: usize = 0; a < d; a++) {
      for (let b = a; b < d; b++) {
        addTriple(sum, w, x + a * ROW, x + b * ROW);
        sum += 16;
      }
    }
  }
}

/** lanes = sum rho of each group, padding points being without weight. */
export function sharesOfBlock(p: Problem, block: i32): void {
  const start = <usize>firstTile(block) * TILE;
  const end = <usize>endTile(p, block) * TILE;
  for (let i = start; i < end; i++) {
    const at = p.lanes + (<usize>load<i32>(p.groupOf + (i << 2)) << 4);
    store<f64>(at, load<f64>(at) + load<f64>(p.rho + (i << 3)));
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

/** Brings the points one stage on: off the mean and weights to 1, off what rounding left, to the scale. */
export function advanceStage(p: Problem): void {
  if (p.held == 0) {
    shift(p, p.shiftMean, 1.0);
    normalizeWeights(p);
  } else if (p.held == 1) {
    shift(p, p.shiftRest, 1.0);
  } else {
    memory.fill(p.work, 0, (<usize>p.dimensions) << 3);
    shift(p, p.work, 1.0 / p.scale);
  }
  p.held++;
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
