/**
 * Softmax autonomy with gamma > 0, factorized (shortcut 3): exp(-(zeta d(y_j, y_k) + gamma d_ik) / T) = A_jk B_ik,
 * so a tile needs K exponentials a point and a few small matrix products instead of K^2 exponentials.
 *
 * With E_ij = sum_k A_jk B_ik, shares s_jk = A_jk B_ik / E_ij, and m_ij = sum_k s_jk d_ik:
 *   price     dbar_ij = (1 - kappa) d_ij + kappa m_ij
 *   realized  r_ik = (1 - kappa) w_ik + kappa sum_j w_ij s_jk
 *   exact     r_ik - (gamma / T) kappa sum_j w_ij s_jk (d_ik - m_ij)            weight of d_ik in dF
 *   pull      -(zeta / T) kappa sum_i w_ij s_jk (d_ik - m_ij)                   weight of d(y_j, y_k) in dF
 * Where E_ij underflows, that pair is done by log-sum-exp.
 */
import { distances } from "./distance";
import { Problem, scratchTile } from "./problem";
import { copies } from "./transition";
import { NEVER, ROW, accumulate, accumulateMass, multiplyTwo } from "../tile";
import { exp, expLanes, log, madd, splat } from "../vector";

const TINY: f64 = 1e-270;
const FAR: f64 = -1.0; // stands for E_ij of a pair done by log-sum-exp

// Scratch tiles, by content.
const PRICE: i32 = 0;
const DISTANCE: i32 = 1;
const AFFINITY: i32 = 2; // B
const WEIGHTED: i32 = 3; // B d
const NORMALIZER: i32 = 4; // E
const MEAN: i32 = 5; // m
const PULL: i32 = 6; // kappa w / E
const PULL_MEAN: i32 = 7; // kappa w m / E
const BACK: i32 = 8; // A' PULL
const BACK_MEAN: i32 = 9; // A' PULL_MEAN
const REALIZED: i32 = 10;

/** Prices of a tile into scratch 0; keeps what the way back needs. */
export function entityPrices(p: Problem, points: usize): void {
  const padded = <usize>p.padded;
  const d = scratchTile(p, DISTANCE);
  distances(points, p.packed, p.zeros, d, padded, <usize>p.dimensions);
  const b = scratchTile(p, AFFINITY);
  const h = scratchTile(p, WEIGHTED);
  exponentials(d, b, h, padded * ROW, -p.gamma / p.temperature);
  const e = scratchTile(p, NORMALIZER);
  const m = scratchTile(p, MEAN);
  multiplyTwo(b, h, p.affinity, e, m, padded, padded);
  const price = scratchTile(p, PRICE);
  const end = <usize>p.active * ROW;
  const obey = splat(1.0 - p.kappa);
  const kappa = splat(p.kappa);
  let underflow = splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const normalizer = v128.load(e + at);
    underflow = v128.or(underflow, f64x2.lt(normalizer, splat(TINY)));
    const mean = f64x2.div(v128.load(m + at), normalizer);
    v128.store(m + at, mean);
    v128.store(price + at, madd(obey, v128.load(d + at), f64x2.mul(kappa, mean)));
  }
  for (let at = end; at < padded * ROW; at += 16) v128.store(price + at, splat(NEVER));
  if (v128.any_true(underflow)) farPrices(p);
}

/** b = exp(factor (d - lowest d of the point)), h = b d. */
function exponentials(d: usize, b: usize, h: usize, end: usize, factor: f64): void {
  const f = splat(factor);
  for (let i: usize = 0; i < ROW; i += 32) {
    let m0 = v128.load(d + i);
    let m1 = v128.load(d + i, 16);
    for (let at = i + ROW; at < end; at += ROW) {
      m0 = f64x2.pmin(m0, v128.load(d + at));
      m1 = f64x2.pmin(m1, v128.load(d + at, 16));
    }
    for (let at = i; at < end; at += ROW) {
      const x0 = v128.load(d + at);
      const x1 = v128.load(d + at, 16);
      const e0 = expLanes(f64x2.mul(f, f64x2.sub(x0, m0)));
      const e1 = expLanes(f64x2.mul(f, f64x2.sub(x1, m1)));
      v128.store(b + at, e0);
      v128.store(b + at, e1, 16);
      v128.store(h + at, f64x2.mul(e0, x0));
      v128.store(h + at, f64x2.mul(e1, x1), 16);
    }
  }
}

/** Exponent of the share of k for entity lane `at` prescribed j, without the copies. */
@inline
function exponent(p: Problem, j: usize, k: usize, lane: usize): f64 {
  const distance = load<f64>(scratchTile(p, DISTANCE) + k * ROW + lane);
  return -(p.zeta * load<f64>(p.between + (j * <usize>p.active + k) * 8) + p.gamma * distance) / p.temperature;
}

/** log sum_k copies exp(exponent); the pair's shares are exp(exponent - this). */
function logNormalizer(p: Problem, j: usize, lane: usize): f64 {
  const g = <usize>p.active;
  let largest = -Infinity;
  for (let k: usize = 0; k < g; k++) {
    if (copies(p, j, k) > 0) largest = max(largest, exponent(p, j, k, lane));
  }
  let sum = 0.0;
  for (let k: usize = 0; k < g; k++) {
    const count = copies(p, j, k);
    if (count > 0) sum += count * exp(exponent(p, j, k, lane) - largest);
  }
  return largest + log(sum);
}

function farPrices(p: Problem): void {
  const e = scratchTile(p, NORMALIZER);
  for (let j: usize = 0; j < <usize>p.active; j++) {
    for (let lane: usize = 0; lane < ROW; lane += 8) {
      const at = j * ROW + lane;
      if (load<f64>(e + at) >= TINY) continue;
      const normalizer = logNormalizer(p, j, lane);
      let mean = 0.0;
      for (let k: usize = 0; k < <usize>p.active; k++) {
        const count = copies(p, j, k);
        if (count <= 0) continue;
        mean += count * exp(exponent(p, j, k, lane) - normalizer) * load<f64>(scratchTile(p, DISTANCE) + k * ROW + lane);
      }
      store<f64>(e + at, FAR);
      store<f64>(scratchTile(p, MEAN) + at, mean);
      const obeyed = (1.0 - p.kappa) * load<f64>(scratchTile(p, DISTANCE) + at);
      store<f64>(scratchTile(p, PRICE) + at, obeyed + p.kappa * mean);
    }
  }
}

/**
 * The way back, from the policy weights in scratch 0. Adds to the lanes: gradient weights with coordinates
 * (padded x (d + 1)), realized masses (padded), and, for the exact gradient, the pulls of pairs in two
 * parts (padded^2 each): to be multiplied by A_jk, and far pairs as they are.
 */
export function entityBackward(p: Problem, points: usize, sums: usize, realizedSums: usize, pairs: usize): void {
  const padded = <usize>p.padded;
  const w = scratchTile(p, PRICE);
  const far = pullsOfTile(p, w);
  multiplyTwo(
    scratchTile(p, PULL),
    scratchTile(p, PULL_MEAN),
    p.affinityTransposed,
    scratchTile(p, BACK),
    scratchTile(p, BACK_MEAN),
    padded,
    padded,
  );
  const b = scratchTile(p, AFFINITY);
  const d = scratchTile(p, DISTANCE);
  const r = scratchTile(p, REALIZED);
  const back = scratchTile(p, BACK);
  const backMean = scratchTile(p, BACK_MEAN);
  const obey = splat(1.0 - p.kappa);
  for (let at: usize = 0; at < padded * ROW; at += 16) {
    const moved = f64x2.mul(v128.load(b + at), v128.load(back + at));
    v128.store(r + at, madd(obey, v128.load(w + at), moved));
    // BACK becomes B (d A'PULL - A'PULL_MEAN): what gamma's part of the exact gradient takes away.
    const bent = f64x2.sub(f64x2.mul(v128.load(d + at), v128.load(back + at)), v128.load(backMean + at));
    v128.store(back + at, f64x2.mul(v128.load(b + at), bent));
  }
  if (p.exact) addPairs(p, pairs);
  if (far) farBackward(p, pairs + padded * padded * 16);
  accumulateMass(r, realizedSums, padded);
  if (p.exact) {
    const bend = splat(-p.gamma / p.temperature);
    for (let at: usize = 0; at < padded * ROW; at += 16) {
      v128.store(r + at, madd(bend, v128.load(back + at), v128.load(r + at)));
    }
  }
  accumulate(r, points, sums, padded, <usize>p.dimensions);
}

/** PULL = kappa w / E and PULL_MEAN = PULL m, 0 for far pairs; says whether there are any. */
function pullsOfTile(p: Problem, w: usize): bool {
  const e = scratchTile(p, NORMALIZER);
  const m = scratchTile(p, MEAN);
  const g = scratchTile(p, PULL);
  const q = scratchTile(p, PULL_MEAN);
  const end = <usize>p.active * ROW;
  const kappa = splat(p.kappa);
  let far = splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const normalizer = v128.load(e + at);
    const near = f64x2.gt(normalizer, splat(0));
    far = v128.or(far, v128.not(near));
    const pull = v128.and(f64x2.div(f64x2.mul(kappa, v128.load(w + at)), normalizer), near);
    v128.store(g + at, pull);
    v128.store(q + at, f64x2.mul(pull, v128.load(m + at)));
  }
  for (let at = end; at < <usize>p.padded * ROW; at += 16) {
    v128.store(g + at, splat(0));
    v128.store(q + at, splat(0));
  }
  return v128.any_true(far);
}

/** pairs[j][k] += sum over i of PULL_ij B_ik d_ik - PULL_MEAN_ij B_ik, two by four clusters. */
function addPairs(p: Problem, pairs: usize): void {
  const padded = <usize>p.padded;
  const g = scratchTile(p, PULL);
  const q = scratchTile(p, PULL_MEAN);
  const b = scratchTile(p, AFFINITY);
  const h = scratchTile(p, WEIGHTED);
  for (let j: usize = 0; j < padded; j += 2) {
    for (let k: usize = 0; k < padded; k += 4) {
      const p0 = pairs + (j * padded + k) * 16;
      addPairsOfEight(g + j * ROW, q + j * ROW, b + k * ROW, h + k * ROW, p0, p0 + padded * 16);
    }
  }
}

@inline
function addPairsOfEight(g: usize, q: usize, b: usize, h: usize, p0: usize, p1: usize): void {
  let a00 = v128.load(p0);
  let a01 = v128.load(p0, 16);
  let a02 = v128.load(p0, 32);
  let a03 = v128.load(p0, 48);
  let a10 = v128.load(p1);
  let a11 = v128.load(p1, 16);
  let a12 = v128.load(p1, 32);
  let a13 = v128.load(p1, 48);
  for (let i: usize = 0; i < ROW; i += 16) {
    const g0 = v128.load(g + i);
    const g1 = v128.load(g + i, ROW);
    const q0 = v128.load(q + i);
    const q1 = v128.load(q + i, ROW);
    let y = v128.load(h + i);
    let x = v128.load(b + i);
    a00 = f64x2.add(a00, f64x2.sub(f64x2.mul(g0, y), f64x2.mul(q0, x)));
    a10 = f64x2.add(a10, f64x2.sub(f64x2.mul(g1, y), f64x2.mul(q1, x)));
    y = v128.load(h + i, ROW);
    x = v128.load(b + i, ROW);
    a01 = f64x2.add(a01, f64x2.sub(f64x2.mul(g0, y), f64x2.mul(q0, x)));
    a11 = f64x2.add(a11, f64x2.sub(f64x2.mul(g1, y), f64x2.mul(q1, x)));
    y = v128.load(h + i, 2 * ROW);
    x = v128.load(b + i, 2 * ROW);
    a02 = f64x2.add(a02, f64x2.sub(f64x2.mul(g0, y), f64x2.mul(q0, x)));
    a12 = f64x2.add(a12, f64x2.sub(f64x2.mul(g1, y), f64x2.mul(q1, x)));
    y = v128.load(h + i, 3 * ROW);
    x = v128.load(b + i, 3 * ROW);
    a03 = f64x2.add(a03, f64x2.sub(f64x2.mul(g0, y), f64x2.mul(q0, x)));
    a13 = f64x2.add(a13, f64x2.sub(f64x2.mul(g1, y), f64x2.mul(q1, x)));
  }
  v128.store(p0, a00);
  v128.store(p0, a01, 16);
  v128.store(p0, a02, 32);
  v128.store(p0, a03, 48);
  v128.store(p1, a10);
  v128.store(p1, a11, 16);
  v128.store(p1, a12, 32);
  v128.store(p1, a13, 48);
}

/** Far pairs: their shares directly, into REALIZED, BACK and the second part of the pairs. */
function farBackward(p: Problem, pairs: usize): void {
  const e = scratchTile(p, NORMALIZER);
  const w = scratchTile(p, PRICE);
  for (let j: usize = 0; j < <usize>p.active; j++) {
    for (let lane: usize = 0; lane < ROW; lane += 8) {
      const at = j * ROW + lane;
      const weight = p.kappa * load<f64>(w + at);
      if (load<f64>(e + at) > 0 || weight < 1e-300) continue;
      const normalizer = logNormalizer(p, j, lane);
      const mean = load<f64>(scratchTile(p, MEAN) + at);
      for (let k: usize = 0; k < <usize>p.active; k++) {
        const count = copies(p, j, k);
        if (count <= 0) continue;
        const share = weight * count * exp(exponent(p, j, k, lane) - normalizer);
        const to = k * ROW + lane;
        const bent = share * (load<f64>(scratchTile(p, DISTANCE) + to) - mean);
        add(scratchTile(p, REALIZED) + to, share);
        add(scratchTile(p, BACK) + to, bent);
        if (p.exact) add(pairs + (j * <usize>p.padded + k) * 16, bent);
      }
    }
  }
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
