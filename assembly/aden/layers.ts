/**
 * The layers of the network on one row of f64 activations. Matrices are inputs x outputs, row-major,
 * so that neighboring lanes are neighboring outputs and no weight is ever rearranged.
 */
import { exp, expLanes, lane0, madd, splat, sumLanes } from "../vector";

/** output = input W + bias; a bias of 0 means none. */
export function dense(input: usize, weights: usize, bias: usize, output: usize, inputs: usize, outputs: usize): void {
  const stride = outputs << 3;
  let o: usize = 0;
  for (; o + 8 <= outputs; o += 8) {
    let a = splat(0);
    let b = a;
    let c = a;
    let d = a;
    if (bias) {
      a = v128.load(bias + (o << 3));
      b = v128.load(bias + (o << 3), 16);
      c = v128.load(bias + (o << 3), 32);
      d = v128.load(bias + (o << 3), 48);
    }
    let w = weights + (o << 3);
    for (let i: usize = 0; i < inputs; i++) {
      const x = v128.load64_splat(input + (i << 3));
      a = madd(x, v128.load(w), a);
      b = madd(x, v128.load(w, 16), b);
      c = madd(x, v128.load(w, 32), c);
      d = madd(x, v128.load(w, 48), d);
      w += stride;
    }
    v128.store(output + (o << 3), a);
    v128.store(output + (o << 3), b, 16);
    v128.store(output + (o << 3), c, 32);
    v128.store(output + (o << 3), d, 48);
  }
  for (; o < outputs; o++) {
    let total = bias ? load<f64>(bias + (o << 3)) : 0;
    for (let i: usize = 0; i < inputs; i++) {
      total += load<f64>(input + (i << 3)) * load<f64>(weights + i * stride + (o << 3));
    }
    store<f64>(output + (o << 3), total);
  }
}

/** a += b. */
export function accumulate(a: usize, b: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) {
    store<f64>(a + (i << 3), load<f64>(a + (i << 3)) + load<f64>(b + (i << 3)));
  }
}

/** The inner product of two rows. */
export function dot(a: usize, b: usize, length: usize): f64 {
  let lanes = splat(0);
  let i: usize = 0;
  for (; i + 2 <= length; i += 2) lanes = madd(v128.load(a + (i << 3)), v128.load(b + (i << 3)), lanes);
  let total = sumLanes(lanes);
  if (i < length) total += load<f64>(a + (i << 3)) * load<f64>(b + (i << 3));
  return total;
}

/** x = x Phi(x) in place. */
export function gelu(row: usize, length: usize): void {
  let i: usize = 0;
  for (; i + 2 <= length; i += 2) v128.store(row + (i << 3), geluLanes(v128.load(row + (i << 3))));
  if (i < length) store<f64>(row + (i << 3), lane0(geluLanes(splat(load<f64>(row + (i << 3))))));
}

/**
 * x (1 + erf(x / sqrt 2)) / 2, with Abramowitz and Stegun 7.1.26 for erf (1.5e-7 absolute, which is
 * what float32 resolves): erf(z) = 1 - (a1 t + ... + a5 t^5) exp(-z^2), t = 1 / (1 + p z), z >= 0.
 */
@inline
function geluLanes(x: v128): v128 {
  const one = splat(1);
  const z = f64x2.mul(f64x2.abs(x), splat(0.7071067811865476));
  const t = f64x2.div(one, madd(z, splat(0.3275911), one));
  let series = madd(t, splat(1.061405429), splat(-1.453152027));
  series = madd(series, t, splat(1.421413741));
  series = madd(series, t, splat(-0.284496736));
  series = madd(series, t, splat(0.254829592));
  const tail = f64x2.mul(f64x2.mul(series, t), expLanes(f64x2.neg(f64x2.mul(z, z))));
  const upper = f64x2.mul(x, f64x2.sub(one, f64x2.mul(splat(0.5), tail)));
  const lower = f64x2.mul(x, f64x2.mul(splat(0.5), tail));
  return v128.bitselect(lower, upper, f64x2.lt(x, splat(0)));
}

/** Layer normalization in place, then scale and shift. */
export function normalize(row: usize, scale: usize, shift: usize, length: usize): void {
  let mean: f64 = 0;
  for (let i: usize = 0; i < length; i++) mean += load<f64>(row + (i << 3));
  mean /= <f64>length;
  let variance: f64 = 0;
  for (let i: usize = 0; i < length; i++) {
    const difference = load<f64>(row + (i << 3)) - mean;
    variance += difference * difference;
  }
  const inverse = 1 / sqrt(variance / <f64>length + 1e-5);
  for (let i: usize = 0; i < length; i++) {
    const at = i << 3;
    store<f64>(row + at, (load<f64>(row + at) - mean) * inverse * load<f64>(scale + at) + load<f64>(shift + at));
  }
}

/** Softmax in place over `length` values, the one at `except` left out and set to 0 (-1: none). */
export function softmax(row: usize, length: i32, except: i32): void {
  let largest = -Infinity;
  for (let k = 0; k < length; k++) {
    if (k != except) largest = max(largest, load<f64>(row + ((<usize>k) << 3)));
  }
  let total: f64 = 0;
  for (let k = 0; k < length; k++) {
    const at = row + ((<usize>k) << 3);
    const value = k == except ? 0 : exp(load<f64>(at) - largest);
    store<f64>(at, value);
    total += value;
  }
  for (let k = 0; k < length; k++) {
    const at = row + ((<usize>k) << 3);
    store<f64>(at, load<f64>(at) / total);
  }
}

export function sigmoid(x: f64): f64 {
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}
