/**
 * Squared Euclidean distance: everything that would change with another one.
 *
 * A table needs no N K^2 work: with yhat_j = sum_k P_jk y_k and v_j = sum_k P_jk |y_k - yhat_j|^2,
 * the average distance is dbar_ij = |x_i - yhat_j|^2 + v_j. v is summed from deviations, never as a
 * difference of squares.
 */
import { ROW } from "../tile";
import { addScaled, madd } from "../vector";

/** output[k][i] = offset[k] + |x_i - y_k|^2 for a tile; centers packed by four. */
export function distances(
  points: usize,
  packed: usize,
  offset: usize,
  output: usize,
  clusters: usize,
  dimensions: usize,
): void {
  for (let k: usize = 0; k < clusters; k += 4) {
    const start = packed + k * dimensions * 8;
    const end = start + dimensions * 32;
    for (let i: usize = 0; i < ROW; i += 32) {
      let a0 = v128.load64_splat(offset + k * 8);
      let b0 = v128.load64_splat(offset + k * 8, 8);
      let c0 = v128.load64_splat(offset + k * 8, 16);
      let d0 = v128.load64_splat(offset + k * 8, 24);
      let a1 = a0;
      let b1 = b0;
      let c1 = c0;
      let d1 = d0;
      let x = points + i;
      for (let y = start; y < end; y += 32) {
        const x0 = v128.load(x);
        const x1 = v128.load(x, 16);
        let s = v128.load64_splat(y);
        let t = f64x2.sub(x0, s);
        a0 = madd(t, t, a0);
        t = f64x2.sub(x1, s);
        a1 = madd(t, t, a1);
        s = v128.load64_splat(y, 8);
        t = f64x2.sub(x0, s);
        b0 = madd(t, t, b0);
        t = f64x2.sub(x1, s);
        b1 = madd(t, t, b1);
        s = v128.load64_splat(y, 16);
        t = f64x2.sub(x0, s);
        c0 = madd(t, t, c0);
        t = f64x2.sub(x1, s);
        c1 = madd(t, t, c1);
        s = v128.load64_splat(y, 24);
        t = f64x2.sub(x0, s);
        d0 = madd(t, t, d0);
        t = f64x2.sub(x1, s);
        d1 = madd(t, t, d1);
        x += ROW;
      }
      const out = output + k * ROW + i;
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

/** Squared distance of two rows. */
export function between(a: usize, b: usize, dimensions: i32): f64 {
  let sum = 0.0;
  for (let c: usize = 0; c < (<usize>dimensions) << 3; c += 8) {
    const t = load<f64>(a + c) - load<f64>(b + c);
    sum += t * t;
  }
  return sum;
}

/** Effective centers yhat (count x d) and offsets v (count) of a table over centers; see above. `packed`: the centers by four. */
export function collapse(
  table: usize,
  centers: usize,
  packed: usize,
  count: i32,
  dimensions: i32,
  effective: usize,
  offset: usize,
): void {
  const row = (<usize>dimensions) << 3;
  for (let j: usize = 0; j < <usize>count; j++) {
    const p = table + j * ((<usize>count) << 3);
    const y = effective + j * row;
    memory.fill(y, 0, row);
    for (let k: usize = 0; k < <usize>count; k++) addScaled(y, centers + k * row, load<f64>(p + k * 8), row);
    store<f64>(offset + j * 8, varianceAbout(y, p, packed, count, row));
  }
}

/** Sum over k of p_k d(y, y_k), in order of k; the distances four at a time, each the bits of `between`. */
function varianceAbout(y: usize, p: usize, packed: usize, count: i32, row: usize): f64 {
  let variance = 0.0;
  for (let k: usize = 0; k < <usize>count; k += 4) {
    let low = f64x2.splat(0);
    let high = low;
    for (let c: usize = 0; c < row; c += 8) {
      const column = v128.load64_splat(y + c);
      const first = f64x2.sub(v128.load(packed + k * row + c * 4), column);
      const second = f64x2.sub(v128.load(packed + k * row + c * 4, 16), column);
      low = madd(first, first, low);
      high = madd(second, second, high);
    }
    const left = <usize>count - k;
    variance += load<f64>(p + k * 8) * f64x2.extract_lane(low, 0);
    if (left > 1) variance += load<f64>(p + k * 8, 8) * f64x2.extract_lane(low, 1);
    if (left > 2) variance += load<f64>(p + k * 8, 16) * f64x2.extract_lane(high, 0);
    if (left > 3) variance += load<f64>(p + k * 8, 24) * f64x2.extract_lane(high, 1);
  }
  return variance;
}

/**
 * gradient[k] = 2 (mass_k y_k - numerator_k): the derivative of sum w d(x, y_k) with the weights held,
 * from sums[k] = (numerator, mass).
 */
export function gradientOfDistances(sums: usize, centers: usize, count: i32, dimensions: i32, gradient: usize): void {
  const d = <usize>dimensions;
  for (let k: usize = 0; k < <usize>count; k++) {
    const row = sums + k * (d + 1) * 8;
    const mass = load<f64>(row + d * 8);
    for (let c: usize = 0; c < d; c++) {
      const at = (k * d + c) * 8;
      store<f64>(gradient + at, 2.0 * (mass * load<f64>(centers + at) - load<f64>(row + c * 8)));
    }
  }
}

/** Adds the derivative of sum over ordered pairs of pull[j][k] d(y_j, y_k), the pulls held. */
export function addGradientOfPairs(pull: usize, centers: usize, count: i32, dimensions: i32, gradient: usize): void {
  const d = <usize>dimensions;
  const n = <usize>count;
  for (let j: usize = 0; j < n; j++) {
    for (let k: usize = 0; k < n; k++) {
      const weight = 2.0 * load<f64>(pull + (j * n + k) * 8);
      for (let c: usize = 0; c < d; c++) {
        const force = weight * (load<f64>(centers + (k * d + c) * 8) - load<f64>(centers + (j * d + c) * 8));
        store<f64>(gradient + (k * d + c) * 8, load<f64>(gradient + (k * d + c) * 8) + force);
        store<f64>(gradient + (j * d + c) * 8, load<f64>(gradient + (j * d + c) * 8) - force);
      }
    }
  }
}
