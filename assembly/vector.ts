/**
 * Two-lane float64 arithmetic: the only exp and log of the whole library.
 *
 * JavaScript's Math.exp differs between engines; these differ nowhere, since plain
 * wasm SIMD is IEEE 754 to the last bit. Relaxed SIMD (fused multiply-add) would not be.
 */

/** a * b + c, two roundings. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}

@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x);
}

@inline
export function lane0(v: v128): f64 {
  return f64x2.extract_lane(v, 0);
}

/** Lane 0 + lane 1, in this order. */
@inline
export function sumLanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** target += factor * source, `bytes` of each. */
export function addScaled(target: usize, source: usize, factor: f64, bytes: usize): void {
  const even = bytes & ~15;
  for (let at: usize = 0; at < even; at += 16) {
    v128.store(target + at, madd(splat(factor), v128.load(source + at), v128.load(target + at)));
  }
  if (even < bytes) store<f64>(target + even, load<f64>(target + even) + factor * load<f64>(source + even));
}

// Adding 1.5 * 2^52 rounds to an integer and leaves it in the low mantissa bits.
const ROUND: f64 = 6755399441055744.0;
const ROUND_BITS: i64 = 0x4338000000000000;
// ln 2 in two parts; the high one has 33 bits, so n * LN2_HIGH is exact for |n| < 2^20.
const LN2_HIGH: f64 = 0.693147180369123816490;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/**
 * exp of both lanes, at most 1 ulp off, for x <= 709; exactly 0 below -708 (no subnormals).
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2, then a polynomial of degree 11 in r (Estrin's
 * scheme keeps the chain short), then 2^n added into the exponent bits.
 */
@inline
export function expLanes(x: v128): v128 {
  const inRange = f64x2.ge(x, splat(-708.0));
  const t = madd(x, splat(1.4426950408889634), splat(ROUND));
  const n = f64x2.sub(t, splat(ROUND));
  let r = madd(n, splat(-LN2_HIGH), x);
  r = madd(n, splat(-LN2_LOW), r);
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const a0 = madd(r, splat(0.16666666666666669), splat(0.5));
  const a1 = madd(r, splat(0.008333333333330062), splat(0.04166666666662413));
  const a2 = madd(r, splat(0.00019841269863053618), splat(0.0013888888917213717));
  const a3 = madd(r, splat(2.7557268459997064e-6), splat(2.4801521295954376e-5));
  const a4 = madd(r, splat(2.510038549551032e-8), splat(2.7620088445409746e-7));
  const low = madd(r2, a1, a0);
  const high = madd(r4, a4, madd(r2, a3, a2));
  const series = madd(r2, madd(r4, high, low), r);
  const mantissa = f64x2.add(series, splat(1.0));
  return v128.and(i64x2.add(mantissa, i64x2.shl(t, 52)), inRange);
}

/**
 * Natural logarithm of both lanes, at most 1 ulp off, for normal positive x.
 *
 * x = 2^k m with m in [sqrt(1/2), sqrt(2)); with f = m - 1 and s = f / (2 + f),
 * log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))), which keeps the error below one ulp.
 */
@inline
export function logLanes(x: v128): v128 {
  const k = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(k, 52));
  const kf = f64x2.sub(i64x2.add(k, i64x2.splat(ROUND_BITS)), splat(ROUND));
  const f = f64x2.sub(m, splat(1.0));
  const s = f64x2.div(f, f64x2.add(f, splat(2.0)));
  const z = f64x2.mul(s, s);
  let p = madd(z, splat(1.479819860511658591e-1), splat(1.531383769920937332e-1));
  p = madd(z, p, splat(1.818357216161805012e-1));
  p = madd(z, p, splat(2.222219843214978396e-1));
  p = madd(z, p, splat(2.857142874366239149e-1));
  p = madd(z, p, splat(3.999999999940941908e-1));
  p = madd(z, p, splat(6.666666666666735130e-1));
  const half = f64x2.mul(splat(0.5), f64x2.mul(f, f));
  const correction = madd(kf, splat(LN2_LOW), f64x2.mul(s, madd(z, p, half)));
  return f64x2.sub(f64x2.mul(kf, splat(LN2_HIGH)), f64x2.sub(f64x2.sub(half, correction), f));
}

/** exp of one number; the same bits as a lane of `expLanes`. */
export function exp(x: f64): f64 {
  return lane0(expLanes(splat(x)));
}

/** Natural logarithm of one number; the same bits as a lane of `logLanes`. */
export function log(x: f64): f64 {
  return lane0(logLanes(splat(x)));
}

/** destination[i] = exp(source[i]) for an even count: the test's door to the kernel. */
export function expArray(source: usize, destination: usize, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 3; i += 16) {
    v128.store(destination + i, expLanes(v128.load(source + i)));
  }
}

/** destination[i] = log(source[i]) for an even count. */
export function logArray(source: usize, destination: usize, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 3; i += 16) {
    v128.store(destination + i, logLanes(v128.load(source + i)));
  }
}
