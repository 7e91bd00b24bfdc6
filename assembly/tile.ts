/**
 * Kernels on a tile of 32 points. Lanes are points, so no kernel ever shuffles:
 *
 *   points   X[coordinate][32]      one tile after the other
 *   matrix   S[cluster][32]         scratch: distances, prices, policies; clusters padded to 4
 *   packed   Y[cluster / 4][c][4]   four clusters side by side, read as splats
 *   sums     A[cluster][c] f64x2    even lanes left, odd lanes right; added up once a block
 */
import { expLanes, logLanes, madd, splat } from "./vector";

/** Points in a tile, and the bytes of one row of it. */
export const TILE: i32 = 32;
export const ROW: usize = 256;

/** Price of a padding cluster: never chosen, and exp of it is exactly 0. */
export const NEVER: f64 = 1e300;

/** output[j][i] = offset[j] + sum over k of matrix[j][k] input[k][i]; matrix packed by four rows. */
export function multiply(input: usize, packed: usize, offset: usize, output: usize, rows: usize, columns: usize): void {
  for (let j: usize = 0; j < rows; j += 4) {
    const start = packed + j * columns * 8;
    const end = start + columns * 32;
    for (let i: usize = 0; i < ROW; i += 32) {
      let a0 = v128.load64_splat(offset + j * 8);
      let b0 = v128.load64_splat(offset + j * 8, 8);
      let c0 = v128.load64_splat(offset + j * 8, 16);
      let d0 = v128.load64_splat(offset + j * 8, 24);
      let a1 = a0;
      let b1 = b0;
      let c1 = c0;
      let d1 = d0;
      let x = input + i;
      for (let m = start; m < end; m += 32) {
        const x0 = v128.load(x);
        const x1 = v128.load(x, 16);
        let s = v128.load64_splat(m);
        a0 = madd(x0, s, a0);
        a1 = madd(x1, s, a1);
        s = v128.load64_splat(m, 8);
        b0 = madd(x0, s, b0);
        b1 = madd(x1, s, b1);
        s = v128.load64_splat(m, 16);
        c0 = madd(x0, s, c0);
        c1 = madd(x1, s, c1);
        s = v128.load64_splat(m, 24);
        d0 = madd(x0, s, d0);
        d1 = madd(x1, s, d1);
        x += ROW;
      }
      const out = output + j * ROW + i;
      v128.store(out, a0);
      v128.store(out, a1, 16);
      v128.store(out, b0, ROW);
      v128.store(out, b1, ROW + 16);
      v128.store(out, c0, 2 * ROW);
      v128.store(out, c1, 2 * ROW + 16);
      v128.store(out, d0, 3 * ROW);
      v128.store(out, d1, 3 * ROW + 16);
    }
  }
}

/** Two products with one matrix, for half the splats: outputA = matrix a, outputB = matrix b. */
export function multiplyTwo(
  a: usize,
  b: usize,
  packed: usize,
  outputA: usize,
  outputB: usize,
  rows: usize,
  columns: usize,
): void {
  for (let j: usize = 0; j < rows; j += 2) {
    const start = packed + (j & ~3) * columns * 8 + (j & 3) * 8;
    const end = start + columns * 32;
    for (let i: usize = 0; i < ROW; i += 32) {
      let a00 = splat(0);
      let a01 = a00;
      let a10 = a00;
      let a11 = a00;
      let b00 = a00;
      let b01 = a00;
      let b10 = a00;
      let b11 = a00;
      let at = i;
      for (let m = start; m < end; m += 32) {
        const x0 = v128.load(a + at);
        const x1 = v128.load(a + at, 16);
        const y0 = v128.load(b + at);
        const y1 = v128.load(b + at, 16);
        const s = v128.load64_splat(m);
        const t = v128.load64_splat(m, 8);
        a00 = madd(x0, s, a00);
        a01 = madd(x1, s, a01);
        b00 = madd(y0, s, b00);
        b01 = madd(y1, s, b01);
        a10 = madd(x0, t, a10);
        a11 = madd(x1, t, a11);
        b10 = madd(y0, t, b10);
        b11 = madd(y1, t, b11);
        at += ROW;
      }
      const out = j * ROW + i;
      v128.store(outputA + out, a00);
      v128.store(outputA + out, a01, 16);
      v128.store(outputA + out, a10, ROW);
      v128.store(outputA + out, a11, ROW + 16);
      v128.store(outputB + out, b00);
      v128.store(outputB + out, b01, 16);
      v128.store(outputB + out, b10, ROW);
      v128.store(outputB + out, b11, ROW + 16);
    }
  }
}

/**
 * Prices to policy weights, in place: S[j][i] becomes rho_i pi(j|i), eq. 1 of AAC, where a cluster
 * of multiplicity m counts as m identical ones. Adds to `totals` (three f64x2): rho * lowest price,
 * rho * log Z, rho * mean excess over the lowest price; F and D follow from them without cancellation.
 * Rows from `clusters` to `padded` become 0, and cost no exponential.
 */
export function soften(
  prices: usize,
  rho: usize,
  multiplicity: usize,
  clusters: usize,
  padded: usize,
  beta: f64,
  totals: usize,
): void {
  const end = clusters * ROW;
  memory.fill(prices + end, 0, (padded - clusters) * ROW);
  const minusBeta = splat(-beta);
  let lowest = v128.load(totals);
  let logs = v128.load(totals, 16);
  let excess = v128.load(totals, 32);
  for (let i: usize = 0; i < ROW; i += 32) {
    const column = prices + i;
    let m0 = v128.load(column);
    let m1 = v128.load(column, 16);
    for (let row = ROW; row < end; row += ROW) {
      m0 = f64x2.pmin(m0, v128.load(column + row));
      m1 = f64x2.pmin(m1, v128.load(column + row, 16));
    }
    let z0 = splat(0);
    let z1 = z0;
    let e0 = z0;
    let e1 = z0;
    let m = multiplicity;
    for (let row: usize = 0; row < end; row += ROW) {
      const over0 = f64x2.sub(v128.load(column + row), m0);
      const over1 = f64x2.sub(v128.load(column + row, 16), m1);
      const count = v128.load64_splat(m);
      const w0 = f64x2.mul(count, expLanes(f64x2.mul(minusBeta, over0)));
      const w1 = f64x2.mul(count, expLanes(f64x2.mul(minusBeta, over1)));
      v128.store(column + row, w0);
      v128.store(column + row, w1, 16);
      z0 = f64x2.add(z0, w0);
      z1 = f64x2.add(z1, w1);
      e0 = madd(w0, over0, e0);
      e1 = madd(w1, over1, e1);
      m += 8;
    }
    const r0 = v128.load(rho + i);
    const r1 = v128.load(rho + i, 16);
    lowest = madd(r1, m1, madd(r0, m0, lowest));
    logs = madd(r1, logLanes(z1), madd(r0, logLanes(z0), logs));
    const s0 = f64x2.div(r0, z0);
    const s1 = f64x2.div(r1, z1);
    excess = madd(s1, e1, madd(s0, e0, excess));
    for (let row: usize = 0; row < end; row += ROW) {
      v128.store(column + row, f64x2.mul(s0, v128.load(column + row)));
      v128.store(column + row, f64x2.mul(s1, v128.load(column + row, 16)), 16);
    }
  }
  v128.store(totals, lowest);
  v128.store(totals, logs, 16);
  v128.store(totals, excess, 32);
}

/**
 * The limit of `soften` at beta = infinity: all of rho_i goes to the lowest price, ties to the lowest
 * index. Adds rho * lowest price to the first of `totals`.
 */
export function harden(prices: usize, rho: usize, clusters: usize, totals: usize): void {
  const end = clusters * ROW;
  let lowest = v128.load(totals);
  for (let i: usize = 0; i < ROW; i += 16) {
    const column = prices + i;
    let m = v128.load(column);
    for (let row = ROW; row < end; row += ROW) m = f64x2.pmin(m, v128.load(column + row));
    const r = v128.load(rho + i);
    lowest = madd(r, m, lowest);
    let open = i64x2.splat(-1);
    for (let row: usize = 0; row < end; row += ROW) {
      const chosen = v128.and(open, f64x2.eq(v128.load(column + row), m));
      v128.store(column + row, v128.and(r, chosen));
      open = v128.andnot(open, chosen);
    }
  }
  v128.store(totals, lowest);
}

/** sums[k][c] += sum over i of W[k][i] X[c][i], and sums[k][d] += sum of W[k][i]. */
export function accumulate(weights: usize, points: usize, sums: usize, clusters: usize, dimensions: usize): void {
  const stride = (dimensions + 1) * 16;
  for (let k: usize = 0; k < clusters; k += 4) {
    const w = weights + k * ROW;
    const a = sums + k * stride;
    let c: usize = 0;
    for (; c + 1 < dimensions; c += 2) accumulatePair(w, points + c * ROW, a + c * 16, stride);
    if (c < dimensions) accumulateOne(w, points + c * ROW, a + c * 16, stride);
    accumulateFour(w, a + dimensions * 16, stride);
  }
}

/** Four clusters by two coordinates. */
@inline
function accumulatePair(w: usize, x: usize, p0: usize, stride: usize): void {
  const p1 = p0 + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  let a0 = v128.load(p0);
  let a1 = v128.load(p0, 16);
  let b0 = v128.load(p1);
  let b1 = v128.load(p1, 16);
  let c0 = v128.load(p2);
  let c1 = v128.load(p2, 16);
  let d0 = v128.load(p3);
  let d1 = v128.load(p3, 16);
  for (let i: usize = 0; i < ROW; i += 16) {
    const x0 = v128.load(x + i);
    const x1 = v128.load(x + i, ROW);
    let s = v128.load(w + i);
    a0 = madd(s, x0, a0);
    a1 = madd(s, x1, a1);
    s = v128.load(w + i, ROW);
    b0 = madd(s, x0, b0);
    b1 = madd(s, x1, b1);
    s = v128.load(w + i, 2 * ROW);
    c0 = madd(s, x0, c0);
    c1 = madd(s, x1, c1);
    s = v128.load(w + i, 3 * ROW);
    d0 = madd(s, x0, d0);
    d1 = madd(s, x1, d1);
  }
  v128.store(p0, a0);
  v128.store(p0, a1, 16);
  v128.store(p1, b0);
  v128.store(p1, b1, 16);
  v128.store(p2, c0);
  v128.store(p2, c1, 16);
  v128.store(p3, d0);
  v128.store(p3, d1, 16);
}

/** Four clusters: the last coordinate, if their number is odd. */
@inline
function accumulateOne(w: usize, x: usize, p0: usize, stride: usize): void {
  const p1 = p0 + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  let a = v128.load(p0);
  let b = v128.load(p1);
  let c = v128.load(p2);
  let d = v128.load(p3);
  for (let i: usize = 0; i < ROW; i += 16) {
    const x0 = v128.load(x + i);
    a = madd(v128.load(w + i), x0, a);
    b = madd(v128.load(w + i, ROW), x0, b);
    c = madd(v128.load(w + i, 2 * ROW), x0, c);
    d = madd(v128.load(w + i, 3 * ROW), x0, d);
  }
  v128.store(p0, a);
  v128.store(p1, b);
  v128.store(p2, c);
  v128.store(p3, d);
}

/** Four masses side by side: an addition has to wait for the one before it, but not for its neighbors. */
@inline
function accumulateFour(w: usize, p0: usize, stride: usize): void {
  const p1 = p0 + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  let a = splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let i: usize = 0; i < ROW; i += 16) {
    a = f64x2.add(a, v128.load(w + i));
    b = f64x2.add(b, v128.load(w + i, ROW));
    c = f64x2.add(c, v128.load(w + i, 2 * ROW));
    d = f64x2.add(d, v128.load(w + i, 3 * ROW));
  }
  v128.store(p0, f64x2.add(v128.load(p0), a));
  v128.store(p1, f64x2.add(v128.load(p1), b));
  v128.store(p2, f64x2.add(v128.load(p2), c));
  v128.store(p3, f64x2.add(v128.load(p3), d));
}

/** sums[k] += sum over i of W[k][i]; one f64x2 a cluster, clusters in fours. */
export function accumulateMass(weights: usize, sums: usize, clusters: usize): void {
  for (let k: usize = 0; k < clusters; k += 4) {
    const w = weights + k * ROW;
    const p = sums + k * 16;
    let a = v128.load(p);
    let b = v128.load(p, 16);
    let c = v128.load(p, 32);
    let d = v128.load(p, 48);
    for (let i: usize = 0; i < ROW; i += 16) {
      a = f64x2.add(a, v128.load(w + i));
      b = f64x2.add(b, v128.load(w + i, ROW));
      c = f64x2.add(c, v128.load(w + i, 2 * ROW));
      d = f64x2.add(d, v128.load(w + i, 3 * ROW));
    }
    v128.store(p, a);
    v128.store(p, b, 16);
    v128.store(p, c, 32);
    v128.store(p, d, 48);
  }
}

/** output[c / 4][column][c % 4] = matrix[c][column]: packs rows by four; rows past `rows` become 0. */
export function pack(matrix: usize, rows: usize, columns: usize, padded: usize, output: usize): void {
  for (let row: usize = 0; row < padded; row++) {
    for (let column: usize = 0; column < columns; column++) {
      const value = row < rows ? load<f64>(matrix + (row * columns + column) * 8) : 0.0;
      store<f64>(output + ((row & ~3) * columns + column * 4 + (row & 3)) * 8, value);
    }
  }
}
