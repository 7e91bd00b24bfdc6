/** Tail of the chi-squared distribution and its inverse, on a log scale: deltas of 1e-300 are no trouble. */
import { exp, log } from "../vector";

const LOG_SQRT_PI: f64 = 0.5723649429247001;

/** log Gamma(d / 2), by the recurrence Gamma(a + 1) = a Gamma(a). */
export function logGammaHalf(d: i32): f64 {
  let sum = d & 1 ? LOG_SQRT_PI : 0.0;
  for (let a = d & 1 ? 0.5 : 1.0; a < 0.5 * d; a += 1.0) sum += log(a);
  return sum;
}

/** The continued fraction h of Q(a, x) = x^a e^-x / Gamma(a) h, for x > a (modified Lentz). */
function upperFraction(a: f64, x: f64): f64 {
  let b = x + 1.0 - a;
  let c = 1e300;
  let d = 1.0 / b;
  let h = d;
  for (let i = 1; i < 10000; i++) {
    const numerator = -(<f64>i) * (<f64>i - a);
    b += 2.0;
    d = 1.0 / (numerator * d + b);
    c = b + numerator / c;
    const factor = c * d;
    h *= factor;
    if (abs(factor - 1.0) < 1e-16) break;
  }
  return h;
}

/** The series s of P(a, x) = x^a e^-x / Gamma(a) s, for x below about a + 1. */
function lowerSeries(a: f64, x: f64): f64 {
  let term = 1.0 / a;
  let sum = term;
  for (let n = 1; n < 10000; n++) {
    term *= x / (a + <f64>n);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

/**
 * The x with -log Q(d / 2, x) = level: half the chi-squared quantile that leaves exp(-level) above it.
 *
 * -log Q is convex and increasing in x, so Newton's method overshoots at most once and then
 * falls onto the root.
 */
export function halfChiSquared(d: i32, level: f64, logGamma: f64): f64 {
  const a = 0.5 * <f64>d;
  let x = a + 1.0;
  for (let step = 0; step < 100; step++) {
    const logDensity = (a - 1.0) * log(x) - x - logGamma;
    let tail: f64, slope: f64;
    if (x < a + 1.0) {
      const q = 1.0 - exp(logDensity) * x * lowerSeries(a, x);
      tail = -log(q);
      slope = exp(logDensity) / q;
    } else {
      const h = upperFraction(a, x);
      tail = -(logDensity + log(x * h));
      slope = 1.0 / (x * h);
    }
    const change = (level - tail) / slope;
    x = max(x + change, 0.1 * x);
    if (abs(change) < 1e-15 * x) break;
  }
  return x;
}
