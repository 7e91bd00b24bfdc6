/** What splitting and relocating centers need to know of each cluster: second moments, margins, halves. */
import { distances } from "./distance";
import { HARD_CUT, HARD_MOMENTS, SOFT_MOMENTS } from "./modes";
import { Problem, SOFTMAX, SOFTMAX_ENTITY, scratchTile } from "./problem";
import { ROW, accumulate, pack } from "../tile";
import { madd, splat } from "../vector";

// Scratch tiles that the objective leaves free; 11 holds the prices in HARD_MOMENTS.
const DISTANCE: i32 = 1;
const NORMALIZER: i32 = 4;
const AFFINITY: i32 = 2;
const PRICES: i32 = 11;
const SPARE: i32 = 13;

@inline
function triangle(p: Problem): usize {
  const d = <usize>p.dimensions;
  return (d * (d + 1)) >> 1;
}

/** f64 numbers that the mode adds to the sums. */
export function momentsLength(p: Problem): usize {
  const padded = <usize>p.padded;
  if (p.mode == SOFT_MOMENTS) return padded * (triangle(p) + 1);
  if (p.mode == HARD_MOMENTS) return padded * (triangle(p) + 2 + <usize>p.dimensions + 1);
  if (p.mode == HARD_CUT) return padded * (<usize>p.dimensions + 1);
  return 0;
}

/** Adds a tile's share; policy weights stand in scratch 0. */
export function addMoments(p: Problem, points: usize, lanes: usize): void {
  if (p.mode == HARD_CUT) {
    addHalf(p, points, lanes);
    return;
  }
  addSecondMoments(p, points, lanes);
  const rest = lanes + <usize>p.padded * triangle(p) * 16;
  if (p.mode == HARD_MOMENTS) {
    addMargins(p, points, rest);
    accumulate(scratchTile(p, 0), points, rest + 32 * <usize>p.padded, <usize>p.padded, <usize>p.dimensions);
  } else if (p.kind == SOFTMAX_ENTITY) addTwinShares(p, rest);
}

/** How many regions the points fall into. */
@inline
export function regions(p: Problem): usize {
  return <usize>(p.units > 0 ? p.units : p.active);
}

/** lanes[k][a <= b] += sum over i of w_ik (x - y_k)_a (x - y_k)_b. */
function addSecondMoments(p: Problem, points: usize, lanes: usize): void {
  const d = <usize>p.dimensions;
  let at = lanes;
  for (let k: usize = 0; k < regions(p); k++) {
    const w = scratchTile(p, 0) + k * ROW;
    for (let a: usize = 0; a < d; a++) {
      const ya = v128.load64_splat(p.centers + (k * d + a) * 8);
      for (let b: usize = 0; b <= a; b++) {
        const yb = v128.load64_splat(p.centers + (k * d + b) * 8);
        let sum = v128.load(at);
        for (let i: usize = 0; i < ROW; i += 16) {
          const xa = f64x2.sub(v128.load(points + a * ROW + i), ya);
          const xb = f64x2.sub(v128.load(points + b * ROW + i), yb);
          sum = madd(f64x2.mul(v128.load(w + i), xa), xb, sum);
        }
        v128.store(at, sum);
        at += 16;
      }
    }
  }
}

/** lanes[k] += sum over i of w_ik s_kk: the share of overrides that end at a twin. */
function addTwinShares(p: Problem, lanes: usize): void {
  for (let k: usize = 0; k < <usize>p.active; k++) {
    const home = splat(load<f64>(p.affinityPlain + k * (<usize>p.active + 1) * 8));
    let sum = v128.load(lanes + k * 16);
    for (let i = k * ROW; i < (k + 1) * ROW; i += 16) {
      const e = v128.load(scratchTile(p, NORMALIZER) + i);
      const share = f64x2.div(f64x2.mul(home, v128.load(scratchTile(p, AFFINITY) + i)), e);
      const near = v128.and(share, f64x2.gt(e, splat(0)));
      sum = madd(v128.load(scratchTile(p, 0) + i), near, sum);
    }
    v128.store(lanes + k * 16, sum);
  }
}

/**
 * lanes[k] += sum over k's points of rho (second lowest price - lowest), what removing k would cost;
 * lanes[padded + k] += sum of rho (price - d(x, y_k)), what its points pay for their autonomy.
 */
function addMargins(p: Problem, points: usize, lanes: usize): void {
  const padded = <usize>p.padded;
  const prices = scratchTile(p, PRICES);
  const spare = scratchTile(p, SPARE);
  for (let i: usize = 0; i < ROW; i += 16) {
    let lowest = splat(Infinity);
    let second = lowest;
    for (let at = i; at < regions(p) * ROW; at += ROW) {
      const price = v128.load(prices + at);
      second = f64x2.pmin(second, f64x2.pmax(lowest, price));
      lowest = f64x2.pmin(lowest, price);
    }
    v128.store(spare + i, regions(p) > 1 ? f64x2.sub(second, lowest) : splat(0));
  }
  const pays = p.units == 0 && (p.kind == SOFTMAX || p.kind == SOFTMAX_ENTITY);
  const d = scratchTile(p, DISTANCE);
  if (pays && p.kind == SOFTMAX) distances(points, p.packedCenters, p.zeros, d, padded, <usize>p.dimensions);
  for (let k: usize = 0; k < regions(p); k++) {
    let margin = v128.load(lanes + k * 16);
    let excess = v128.load(lanes + (padded + k) * 16);
    for (let i: usize = 0; i < ROW; i += 16) {
      const w = v128.load(scratchTile(p, 0) + k * ROW + i);
      margin = madd(w, v128.load(spare + i), margin);
      if (pays) excess = madd(w, f64x2.sub(v128.load(prices + k * ROW + i), v128.load(d + k * ROW + i)), excess);
    }
    v128.store(lanes + k * 16, margin);
    v128.store(lanes + (padded + k) * 16, excess);
  }
}

/** lanes[k] += (sum w x, sum w) over the points beyond k's region mean along k's axis. */
function addHalf(p: Problem, points: usize, lanes: usize): void {
  const d = <usize>p.dimensions;
  const half = scratchTile(p, SPARE);
  memory.fill(half, 0, <usize>p.padded * ROW);
  for (let k: usize = 0; k < regions(p); k++) {
    for (let i: usize = 0; i < ROW; i += 16) {
      let along = splat(0);
      for (let c: usize = 0; c < d; c++) {
        const from = v128.load64_splat(p.regionMeans + (k * d + c) * 8);
        const axis = v128.load64_splat(p.axes + (k * d + c) * 8);
        along = madd(f64x2.sub(v128.load(points + c * ROW + i), from), axis, along);
      }
      const beyond = f64x2.gt(along, splat(0));
      v128.store(half + k * ROW + i, v128.and(v128.load(scratchTile(p, 0) + k * ROW + i), beyond));
    }
  }
  accumulate(half, points, lanes, <usize>p.padded, d);
}

/** Packs the centers themselves, for sweeps whose prices use effective ones. */
export function packCenters(p: Problem): void {
  pack(p.centers, p.active, p.dimensions, <usize>p.padded, p.packedCenters);
}

/** Unpacks the mode's sums into `moments` (full matrices), `removal`, `gains`; HARD_CUT reads its sums itself. */
export function takeMoments(p: Problem, sums: usize): void {
  if (p.mode == HARD_CUT) return;
  const d = <usize>p.dimensions;
  let from = sums;
  for (let k: usize = 0; k < regions(p); k++) {
    for (let a: usize = 0; a < d; a++) {
      for (let b: usize = 0; b <= a; b++) {
        const value = load<f64>(from);
        store<f64>(p.moments + ((k * d + a) * d + b) * 8, value);
        store<f64>(p.moments + ((k * d + b) * d + a) * 8, value);
        from += 8;
      }
    }
  }
  const rest = sums + <usize>p.padded * triangle(p) * 8;
  const count = regions(p) << 3;
  if (p.mode == HARD_MOMENTS) {
    memory.copy(p.removal, rest, count);
    memory.copy(p.gains, rest + <usize>p.padded * 8, count);
    memory.copy(p.regionSums, rest + <usize>p.padded * 16, count * (d + 1));
  } else {
    memory.copy(p.gains, rest, count);
  }
}
