/**
 * L-BFGS with a diagonal (mass) preconditioner, Armijo's rule and an optional box, turned inside out:
 * it never evaluates. The owner evaluates at `trial`, then calls `minimizerNext`, which leaves the next
 * trial or the end. So one driver serves a loop, worker threads and shards alike.
 *
 * With memory 0 it is the preconditioned gradient step of AAC's theorem 1 (eq. 2 at full length),
 * safeguarded by Armijo's rule: AAC's algorithm 3.
 */
import { addScaled } from "./vector";

/** What `minimizerNext` asks for. */
export const EVALUATE: i32 = 0;
export const CONVERGED: i32 = 1;
export const EXHAUSTED: i32 = 2;
export const GIVEN_UP: i32 = 3;

const FIRST: i32 = 0;
const SEARCH: i32 = 1;
const RETURN: i32 = 2;

const HISTORY: i32 = 7;
const TRIES: i32 = 12;
const SUFFICIENT: f64 = 1e-4;
const SCALE_MIN: f64 = 1e-3;
const SCALE_MAX: f64 = 1e3;
const MASS_FLOOR: f64 = 1e-4;

@unmanaged
export class Minimizer {
  // Settings of one minimization.
  tolerance: f64; // stop when the predicted decrease falls under tolerance * |value|
  rival: f64; // give up when clearly not going to end below this value; Infinity: never
  patience: f64; // "clearly": above the rival by more than patience * the last decrease
  // State.
  value: f64; // at `point`
  step: f64;
  slope: f64; // predicted decrease of a full step, gradient . direction
  lastDecrease: f64;
  outcome: i32;
  phase: i32;
  iteration: i32;
  maxIterations: i32;
  memory: i32; // pairs to remember, at most HISTORY; 0: preconditioned gradient steps
  pairs: i32;
  newest: i32;
  tries: i32;
  clusters: i32;
  dimensions: i32;
  boxed: i32;
  // Arrays of clusters * dimensions, but for masses (clusters), box (2 * dimensions), inverse (HISTORY).
  trial: usize;
  trialGradient: usize;
  masses: usize; // at the trial, from the owner
  point: usize;
  gradient: usize;
  precondition: usize; // masses at `point`, floored
  direction: usize;
  box: usize; // lower bounds, then upper bounds
  steps: usize;
  changes: usize;
  inverse: usize;
  alpha: usize;
}

/** Bytes of the arrays that the minimizer owns. */
export function minimizerArrayBytes(clusters: i32, dimensions: i32): u64 {
  const size = <u64>clusters * <u64>dimensions * 8;
  return size * <u64>(3 + 2 * HISTORY) + <u64>clusters * 8 + <u64>HISTORY * 16;
}

/** Hands the minimizer its arrays; `trial`, `trialGradient`, `masses` and `box` are the owner's. */
export function minimizerPlace(m: Minimizer, base: usize, clusters: i32, dimensions: i32): void {
  const size = <usize>clusters * <usize>dimensions * 8;
  m.point = base;
  m.gradient = base + size;
  m.direction = base + 2 * size;
  m.steps = base + 3 * size;
  m.changes = m.steps + <usize>HISTORY * size;
  m.precondition = m.changes + <usize>HISTORY * size;
  m.inverse = m.precondition + (<usize>clusters << 3);
  m.alpha = m.inverse + (<usize>HISTORY << 3);
}

/** Begins at the owner's `trial`, for `clusters` active centers. The owner evaluates there first. */
export function minimizerStart(
  m: Minimizer,
  clusters: i32,
  tolerance: f64,
  maxIterations: i32,
  memory: i32,
  rival: f64,
  patience: f64,
): void {
  m.clusters = clusters;
  m.tolerance = tolerance;
  m.maxIterations = maxIterations;
  m.memory = memory;
  m.rival = rival;
  m.patience = patience;
  m.phase = FIRST;
  m.iteration = 0;
  m.pairs = 0;
  m.lastDecrease = 0;
  m.outcome = CONVERGED;
}

/** Takes the value at `trial` (gradient and masses stand in the owner's arrays) and says what is next. */
export function minimizerNext(m: Minimizer, value: f64): i32 {
  if (m.phase == RETURN) {
    m.value = value;
    return m.outcome;
  }
  if (m.phase == FIRST) {
    accept(m, value);
    return advance(m);
  }
  if (value <= m.value - SUFFICIENT * m.step * m.slope) {
    remember(m);
    m.lastDecrease = m.value - value;
    accept(m, value);
    m.iteration++;
    if (m.iteration >= 2 && value - m.rival > m.patience * m.lastDecrease) return GIVEN_UP;
    return advance(m);
  }
  return shorten(m, value);
}

@inline
function size(m: Minimizer): usize {
  return (<usize>m.clusters * <usize>m.dimensions) << 3;
}

function accept(m: Minimizer, value: f64): void {
  m.value = value;
  memory.copy(m.point, m.trial, size(m));
  memory.copy(m.gradient, m.trialGradient, size(m));
  const floor = MASS_FLOOR / <f64>m.clusters;
  for (let k: usize = 0; k < (<usize>m.clusters) << 3; k += 8) {
    store<f64>(m.precondition + k, max(load<f64>(m.masses + k), floor));
  }
}

/** Next direction and its full step, or the end. */
function advance(m: Minimizer): i32 {
  let slope = findDirection(m);
  if (!(slope > 0) && m.pairs > 0) {
    m.pairs = 0;
    slope = findDirection(m);
  }
  if (!(slope > m.tolerance * max(abs(m.value), 1e-300))) return CONVERGED;
  if (m.iteration >= m.maxIterations) return EXHAUSTED;
  m.slope = slope;
  m.step = 1;
  m.tries = 0;
  m.phase = SEARCH;
  placeTrial(m);
  return EVALUATE;
}

/** The step was too long: quadratic interpolation in [0.1, 0.5] of it; after 12 tries forget the pairs. */
function shorten(m: Minimizer, value: f64): i32 {
  m.tries++;
  if (m.tries >= TRIES) {
    if (m.pairs > 0) {
      m.pairs = 0;
      m.iteration++;
      const next = advance(m);
      if (next == EVALUATE) return next;
      m.outcome = next;
    } else {
      m.outcome = CONVERGED; // to rounding: no step descends
    }
    m.phase = RETURN; // the owner's sums must belong to the returned point
    memory.copy(m.trial, m.point, size(m));
    return EVALUATE;
  }
  const t = m.step;
  const curvature = 2.0 * (value - m.value + t * m.slope);
  const best = curvature > 0 && curvature < Infinity ? (t * t * m.slope) / curvature : 0.5 * t;
  m.step = min(max(best, 0.1 * t), 0.5 * t);
  placeTrial(m);
  return EVALUATE;
}

function placeTrial(m: Minimizer): void {
  const dimensions = <usize>m.dimensions;
  const count = size(m);
  let column: usize = 0;
  for (let at: usize = 0; at < count; at += 8) {
    let x = load<f64>(m.point + at) - m.step * load<f64>(m.direction + at);
    if (m.boxed) x = min(max(x, load<f64>(m.box + column * 8)), load<f64>(m.box + (dimensions + column) * 8));
    store<f64>(m.trial + at, x);
    if (++column == dimensions) column = 0;
  }
}

/** Is this coordinate held at the box by its gradient? */
@inline
function isHeld(m: Minimizer, at: usize, column: usize): bool {
  if (!m.boxed) return false;
  const x = load<f64>(m.point + at);
  const g = load<f64>(m.gradient + at);
  return (
    (g > 0 && x <= load<f64>(m.box + column * 8)) ||
    (g < 0 && x >= load<f64>(m.box + (<usize>m.dimensions + column) * 8))
  );
}

/** Two-loop recursion into `direction`; returns gradient . direction over the free coordinates. */
function findDirection(m: Minimizer): f64 {
  const count = size(m);
  const q = m.direction;
  maskHeld(m, m.gradient, q);
  for (let back = 0; back < m.pairs; back++) {
    const slot = <usize>((m.newest + HISTORY - back) % HISTORY);
    const a = load<f64>(m.inverse + slot * 8) * dot(m.steps + slot * count, q, count);
    store<f64>(m.alpha + slot * 8, a);
    addScaled(q, m.changes + slot * count, -a, count);
  }
  applyMasses(m, q, m.pairs > 0 ? initialScale(m) : 1.0);
  for (let back = m.pairs - 1; back >= 0; back--) {
    const slot = <usize>((m.newest + HISTORY - back) % HISTORY);
    const b = load<f64>(m.inverse + slot * 8) * dot(m.changes + slot * count, q, count);
    addScaled(q, m.steps + slot * count, load<f64>(m.alpha + slot * 8) - b, count);
  }
  maskHeld(m, q, q);
  return dot(m.gradient, q, count);
}

/** target = source, with 0 where the box holds a coordinate. */
function maskHeld(m: Minimizer, source: usize, target: usize): void {
  const count = size(m);
  let column: usize = 0;
  for (let at: usize = 0; at < count; at += 8) {
    store<f64>(target + at, isHeld(m, at, column) ? 0.0 : load<f64>(source + at));
    if (++column == <usize>m.dimensions) column = 0;
  }
}

/** The newest pair's y.s / y.H0.y, with H0 = 1 / (2 mass), clipped. */
function initialScale(m: Minimizer): f64 {
  const count = size(m);
  const row = (<usize>m.dimensions) << 3;
  const y = m.changes + <usize>m.newest * count;
  let sum = 0.0;
  for (let at: usize = 0; at < count; at += 8) {
    const change = load<f64>(y + at);
    sum += (change * change) / (2.0 * load<f64>(m.precondition + (at / row) * 8));
  }
  const scale = 1.0 / (load<f64>(m.inverse + ((<usize>m.newest) << 3)) * sum);
  return min(max(scale, SCALE_MIN), SCALE_MAX);
}

function applyMasses(m: Minimizer, vector: usize, scale: f64): void {
  const row = (<usize>m.dimensions) << 3;
  for (let k: usize = 0; k < <usize>m.clusters; k++) {
    const factor = scale / (2.0 * load<f64>(m.precondition + k * 8));
    for (let at = k * row; at < (k + 1) * row; at += 8) store<f64>(vector + at, factor * load<f64>(vector + at));
  }
}

/** Keeps (step, change of gradient) if it shows positive curvature. */
function remember(m: Minimizer): void {
  if (m.memory == 0) return;
  const count = size(m);
  const slot = <usize>(m.pairs == 0 ? 0 : (m.newest + 1) % HISTORY);
  const s = m.steps + slot * count;
  const y = m.changes + slot * count;
  // The slot may hold the oldest pair: if this one is refused, that pair is lost too, which is harmless.
  for (let at: usize = 0; at < count; at += 8) {
    store<f64>(s + at, load<f64>(m.trial + at) - load<f64>(m.point + at));
    store<f64>(y + at, load<f64>(m.trialGradient + at) - load<f64>(m.gradient + at));
  }
  const product = dot(s, y, count);
  if (product > 1e-12 * sqrt(dot(s, s, count) * dot(y, y, count))) {
    store<f64>(m.inverse + slot * 8, 1.0 / product);
    m.newest = <i32>slot;
    m.pairs = min(m.pairs + 1, m.memory);
  } else if (m.pairs == HISTORY) {
    m.pairs--;
  }
}

function dot(a: usize, b: usize, bytes: usize): f64 {
  let sum = 0.0;
  for (let at: usize = 0; at < bytes; at += 8) sum += load<f64>(a + at) * load<f64>(b + at);
  return sum;
}
