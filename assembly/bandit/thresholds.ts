/** The thresholds of the paper: exact (eq. 8) and heuristic. */
import { exp, log } from "../vector";

/** Riemann's zeta on [1.8, 2], by Euler and Maclaurin from n = 30: 1e-16. */
function zeta(s: f64): f64 {
  let sum = 0.0;
  for (let n = 1; n < 30; n++) sum += exp(-s * log(<f64>n));
  const tail = exp(-s * log(30.0));
  const correction = 0.5 + s / 360.0 - (s * (s + 1.0) * (s + 2.0)) / (720.0 * 27000.0);
  return sum + tail * (30.0 / (s - 1.0) + correction);
}

function psiAt(h: f64, x: f64): f64 {
  return 2.0 - 2.0 * log(4.0 * h) + log(zeta(2.0 * h)) / h - log(1.0 - h) / (2.0 * h) + x / h;
}

/** Psi(x) = min over h of 2 - 2 log 4h + log(zeta(2h))/h - log(1-h)/(2h) + x/h; the minimizer lies in (0.9, 1). */
export function psi(x: f64): f64 {
  const ratio = 0.6180339887498949;
  let low = 0.9;
  let high = 1.0 - 1e-12;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let atLeft = psiAt(left, x);
  let atRight = psiAt(right, x);
  while (high - low > 1e-9) {
    if (atLeft < atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - ratio * (high - low);
      atLeft = psiAt(left, x);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + ratio * (high - low);
      atRight = psiAt(right, x);
    }
  }
  return min(atLeft, atRight);
}

/** The part of eq. 8 that does not depend on the counts: M d Psi(log(1 / delta) / (M d)). */
export function exactConstant(arms: i32, dimensions: i32, delta: f64): f64 {
  const coordinates = <f64>arms * <f64>dimensions;
  return coordinates * psi(-log(delta) / coordinates);
}

/** One arm's part of eq. 8: 2 d log(4 + log N). */
@inline
export function exactDeviation(dimensions: i32, count: f64): f64 {
  return 2.0 * <f64>dimensions * log(4.0 + log(count));
}

/** The heuristic threshold without its log(1 / delta): d log(1 + log t). */
@inline
export function heuristicGrowth(dimensions: i32, pulls: f64): f64 {
  return <f64>dimensions * log(1.0 + log(pulls));
}

/** d_KL(delta, 1 - delta): what the lower bound multiplies the hardness with. */
export function bernoulliDivergence(delta: f64): f64 {
  return (1.0 - 2.0 * delta) * (log(1.0 - delta) - log(delta));
}
