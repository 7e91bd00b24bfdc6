/**
 * Hardness and the optimal allocation (propositions 4.5 and 4.6, repaired: over all ordered pairs).
 *
 * D* = 2 min over w in the simplex of max over k != j of (n_k / w_k + 1 / w_j) / b_kj with
 * b_kj = ||mu_k - mu_j||^2. With u_k = 1 / (D w_k), D being that maximum, it becomes
 *
 *   minimize sum_k 1 / u_k   subject to   n_k u_k + u_j <= b_kj   for all k != j,
 *
 * smooth, convex and with linear constraints: D = sum_k 1 / u_k and w_k = 1 / (D u_k). Solved by
 * Mehrotra's primal-dual method; from then on a guess of the binding constraints is tried first,
 * by Newton's method on the optimality conditions. These are sufficient, so a guess that
 * meets them is the solution.
 */
import { rowBytes, squaredDistance, take, takeStruct } from "./arena";

@unmanaged
export class Allocation {
  clusters: i32;
  asPrinted: i32; // 1: without the constraints of clusters of one arm, as the paper has it
  activeCount: i32; // binding constraints known from the last solve; 0: none
  bytes: usize; // of a row of centers
  hardness: f64;
  scale: f64;
  sizes: usize; // f64 a cluster: n_k
  gaps: usize; // K x K: b, scaled to a maximum of 1
  inverse: usize; // K: u
  weights: usize; // K: w, summing to 1
  active: usize; // i32: rows k K + j
  slack: usize; // K x K
  multiplier: usize; // K x K
  slackStep: usize;
  multiplierStep: usize;
  matrix: usize; // K x K
  gradient: usize; // K
  step: usize; // K
  start: usize; // K: a copy of u
}

export function layAllocation(clusters: i32, dimensions: i32): usize {
  const pointer = takeStruct(offsetof<Allocation>());
  const problem = changetype<Allocation>(pointer);
  const vector = <usize>clusters << 3;
  const square = <usize>clusters * vector;
  problem.clusters = clusters;
  problem.bytes = rowBytes(dimensions);
  problem.activeCount = 0;
  problem.sizes = take(vector);
  problem.gaps = take(square);
  problem.inverse = take(vector);
  problem.weights = take(vector);
  problem.active = take(vector);
  problem.slack = take(square);
  problem.multiplier = take(square);
  problem.slackStep = take(square);
  problem.multiplierStep = take(square);
  problem.matrix = take(square);
  problem.gradient = take(vector);
  problem.step = take(vector);
  problem.start = take(vector);
  return pointer;
}

@inline
function at(vector: usize, index: i32): f64 {
  return load<f64>(vector + (<usize>index << 3));
}

@inline
function put(vector: usize, index: i32, value: f64): void {
  store<f64>(vector + (<usize>index << 3), value);
}

/**
 * Whether (k, j) is a constraint. Two singletons bind each other by one and the same: the second copy
 * is left out. As printed, a cluster of one arm never stands first.
 */
@inline
function binds(problem: Allocation, k: i32, j: i32): bool {
  if (k === j) return false;
  if (at(problem.sizes, k) > 1.0) return true;
  return !problem.asPrinted && (k < j || at(problem.sizes, j) > 1.0);
}

/**
 * Solves for the sizes in `sizes` and the rows at `centers`. Fills `weights` and `hardness`.
 * Two centers on one spot make it infinite, and the weights proportional to the sizes (equal arms).
 */
export function solveAllocation(problem: Allocation, centers: usize): void {
  if (!measureGaps(problem, centers)) {
    let total = 0.0;
    for (let k = 0; k < problem.clusters; k++) total += at(problem.sizes, k);
    for (let k = 0; k < problem.clusters; k++) put(problem.weights, k, at(problem.sizes, k) / total);
    problem.hardness = Infinity;
    problem.activeCount = 0;
    return;
  }
  if (!(problem.activeCount > 0 && polish(problem))) {
    interiorPoint(problem);
    guessActive(problem);
    memory.copy(problem.start, problem.inverse, <usize>problem.clusters << 3);
    if (!polish(problem)) {
      memory.copy(problem.inverse, problem.start, <usize>problem.clusters << 3);
      problem.activeCount = 0;
    }
  }
  const value = objective(problem);
  for (let k = 0; k < problem.clusters; k++) put(problem.weights, k, 1.0 / (at(problem.inverse, k) * value));
  problem.hardness = (2.0 * value) / problem.scale;
}

function measureGaps(problem: Allocation, centers: usize): bool {
  const clusters = problem.clusters;
  const bytes = problem.bytes;
  let most = 0.0;
  let least: f64 = Infinity;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < k; j++) {
      const gap = squaredDistance(centers + <usize>k * bytes, centers + <usize>j * bytes, bytes);
      put(problem.gaps, k * clusters + j, gap);
      put(problem.gaps, j * clusters + k, gap);
      most = max(most, gap);
      least = min(least, gap);
    }
  }
  if (!(least > 1e-24 * most)) return false;
  const scale = 1.0 / most;
  // The unknowns of the last solve follow the scale, so that they stay a good start.
  const rescale = problem.activeCount > 0 ? problem.scale / most : 1.0;
  for (let index = 0; index < clusters * clusters; index++) put(problem.gaps, index, at(problem.gaps, index) * scale);
  for (let k = 0; k < clusters; k++) put(problem.inverse, k, at(problem.inverse, k) * rescale);
  problem.scale = most;
  return true;
}

function objective(problem: Allocation): f64 {
  let sum = 0.0;
  for (let k = 0; k < problem.clusters; k++) sum += 1.0 / at(problem.inverse, k);
  return sum;
}

/** Mehrotra's predictor-corrector method, from a start inside all constraints. */
function interiorPoint(problem: Allocation): void {
  const clusters = problem.clusters;
  const inverse = problem.inverse;
  for (let k = 0; k < clusters; k++) {
    let bound: f64 = Infinity;
    for (let j = 0; j < clusters; j++) {
      const gap = at(problem.gaps, k * clusters + j);
      if (binds(problem, k, j)) bound = min(bound, gap / (at(problem.sizes, k) + 1.0));
      if (binds(problem, j, k)) bound = min(bound, gap / (at(problem.sizes, j) + 1.0));
    }
    put(inverse, k, 0.5 * bound);
  }
  const constraints = startMultipliers(problem);
  for (let iteration = 0; iteration < 200; iteration++) {
    const complementarity = measureSlack(problem);
    const value = objective(problem);
    const residual = dualResidual(problem);
    if (complementarity < 1e-15 * value && residual < 1e-13) return;
    const mu = complementarity / constraints;
    if (!factor(problem)) return;
    newtonStep(problem, 0.0, false);
    const reach = stepLength(problem, 1.0);
    const ratio = afterStep(problem, reach) / complementarity;
    // Complementarity must not run ahead of the dual residual, or the iterates stick to a wall.
    newtonStep(problem, max(ratio * ratio * ratio, min(0.9, residual)) * mu, true);
    advance(problem, stepLength(problem, 0.995));
  }
}

function startMultipliers(problem: Allocation): f64 {
  const clusters = problem.clusters;
  measureSlack(problem);
  let constraints = 0.0;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < clusters; j++) if (binds(problem, k, j)) constraints += 1.0;
  }
  const mu = objective(problem) / constraints;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < clusters; j++) {
      const index = k * clusters + j;
      put(problem.multiplier, index, binds(problem, k, j) ? mu / at(problem.slack, index) : 0.0);
    }
  }
  return constraints;
}

/** Slacks from u; returns sum of slack times multiplier, the duality gap once the dual residual is 0. */
function measureSlack(problem: Allocation): f64 {
  const clusters = problem.clusters;
  let sum = 0.0;
  for (let k = 0; k < clusters; k++) {
    const used = at(problem.sizes, k) * at(problem.inverse, k);
    for (let j = 0; j < clusters; j++) {
      const index = k * clusters + j;
      const slack = at(problem.gaps, index) - used - at(problem.inverse, j);
      put(problem.slack, index, slack);
      if (binds(problem, k, j)) sum += slack * at(problem.multiplier, index);
    }
  }
  return sum;
}

/** gradient = -1/u^2 + A^T y; returns the largest entry relative to 1/u^2. */
function dualResidual(problem: Allocation): f64 {
  const clusters = problem.clusters;
  for (let k = 0; k < clusters; k++) {
    const u = at(problem.inverse, k);
    put(problem.gradient, k, -1.0 / (u * u));
  }
  addTransposed(problem, problem.multiplier, problem.gradient, 1.0);
  let worst = 0.0;
  for (let k = 0; k < clusters; k++) {
    const u = at(problem.inverse, k);
    worst = max(worst, abs(at(problem.gradient, k)) * u * u);
  }
  return worst;
}

/** to += sign A^T rows, where row (k, j) of A has n_k at k and 1 at j. */
function addTransposed(problem: Allocation, rows: usize, to: usize, sign: f64): void {
  const clusters = problem.clusters;
  for (let k = 0; k < clusters; k++) {
    const size = at(problem.sizes, k);
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const value = sign * at(rows, k * clusters + j);
      put(to, k, at(to, k) + size * value);
      put(to, j, at(to, j) + value);
    }
  }
}

/** Cholesky factor of diag(2 / u^3) + A^T diag(y / s) A. */
function factor(problem: Allocation): bool {
  const clusters = problem.clusters;
  const matrix = problem.matrix;
  memory.fill(matrix, 0, (<usize>clusters * <usize>clusters) << 3);
  for (let k = 0; k < clusters; k++) {
    const u = at(problem.inverse, k);
    put(matrix, k * clusters + k, at(matrix, k * clusters + k) + 2.0 / (u * u * u));
    const size = at(problem.sizes, k);
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const weight = at(problem.multiplier, k * clusters + j) / at(problem.slack, k * clusters + j);
      put(matrix, k * clusters + k, at(matrix, k * clusters + k) + size * size * weight);
      put(matrix, j * clusters + j, at(matrix, j * clusters + j) + weight);
      const low = max(k, j) * clusters + min(k, j);
      put(matrix, low, at(matrix, low) + size * weight);
    }
  }
  return cholesky(matrix, clusters, clusters);
}

/** Lower Cholesky factor in place; `stride` numbers a row. False: not positive definite. */
function cholesky(matrix: usize, order: i32, stride: i32): bool {
  for (let i = 0; i < order; i++) {
    const rowI = matrix + (<usize>(i * stride) << 3);
    const original = at(rowI, i);
    for (let j = 0; j <= i; j++) {
      const rowJ = matrix + (<usize>(j * stride) << 3);
      let sum = at(rowI, j);
      for (let q = 0; q < j; q++) sum -= at(rowI, q) * at(rowJ, q);
      if (j < i) put(rowI, j, sum / at(rowJ, j));
      else if (sum > 1e-15 * original) put(rowI, i, sqrt(sum));
      else return false;
    }
  }
  return true;
}

/** Solves L L^T x = x in place. */
function solveFactored(matrix: usize, order: i32, stride: i32, x: usize): void {
  for (let i = 0; i < order; i++) {
    let sum = at(x, i);
    for (let q = 0; q < i; q++) sum -= at(matrix, i * stride + q) * at(x, q);
    put(x, i, sum / at(matrix, i * stride + i));
  }
  for (let i = order - 1; i >= 0; i--) {
    let sum = at(x, i);
    for (let q = i + 1; q < order; q++) sum -= at(matrix, q * stride + i) * at(x, q);
    put(x, i, sum / at(matrix, i * stride + i));
  }
}

/** One Newton direction towards slack times multiplier = mu; `correct` adds the predictor's second order. */
function newtonStep(problem: Allocation, mu: f64, correct: bool): void {
  const clusters = problem.clusters;
  const step = problem.step;
  // Target of the multipliers before u moves: (mu - s y - ds dy) / s.
  for (let index = 0; index < clusters * clusters; index++) {
    const slack = at(problem.slack, index);
    const second = correct ? at(problem.slackStep, index) * at(problem.multiplierStep, index) : 0.0;
    put(problem.multiplierStep, index, (mu - second) / slack - at(problem.multiplier, index));
  }
  for (let k = 0; k < clusters; k++) put(step, k, -at(problem.gradient, k));
  addTransposed(problem, problem.multiplierStep, step, -1.0);
  solveFactored(problem.matrix, clusters, clusters, step);
  for (let k = 0; k < clusters; k++) {
    const used = at(problem.sizes, k) * at(step, k);
    for (let j = 0; j < clusters; j++) {
      const index = k * clusters + j;
      const change = -used - at(step, j);
      put(problem.slackStep, index, change);
      const ratio = at(problem.multiplier, index) / at(problem.slack, index);
      put(problem.multiplierStep, index, at(problem.multiplierStep, index) - ratio * change);
    }
  }
}

/** The longest step in (0, 1] that uses `share` of the way to the first bound. */
function stepLength(problem: Allocation, share: f64): f64 {
  const clusters = problem.clusters;
  let length = 1.0 / share;
  for (let k = 0; k < clusters; k++) {
    // 1 / u is far from its quadratic model where u loses more than half.
    if (at(problem.step, k) < 0) length = min(length, (-0.5 * at(problem.inverse, k)) / at(problem.step, k));
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const index = k * clusters + j;
      const slackStep = at(problem.slackStep, index);
      const multiplierStep = at(problem.multiplierStep, index);
      if (slackStep < 0) length = min(length, -at(problem.slack, index) / slackStep);
      if (multiplierStep < 0) length = min(length, -at(problem.multiplier, index) / multiplierStep);
    }
  }
  return min(1.0, share * length);
}

/** Sum of slack times multiplier after a step of this length. */
function afterStep(problem: Allocation, length: f64): f64 {
  const clusters = problem.clusters;
  let sum = 0.0;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const index = k * clusters + j;
      const slack = at(problem.slack, index) + length * at(problem.slackStep, index);
      sum += slack * (at(problem.multiplier, index) + length * at(problem.multiplierStep, index));
    }
  }
  return sum;
}

function advance(problem: Allocation, length: f64): void {
  const clusters = problem.clusters;
  for (let k = 0; k < clusters; k++) {
    put(problem.inverse, k, at(problem.inverse, k) + length * at(problem.step, k));
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const index = k * clusters + j;
      put(problem.multiplier, index, at(problem.multiplier, index) + length * at(problem.multiplierStep, index));
    }
  }
}

/** Binding: relative multiplier above relative slack. At most K of them can be independent. */
function guessActive(problem: Allocation): void {
  const clusters = problem.clusters;
  const value = objective(problem);
  let found = 0;
  for (let k = 0; k < clusters; k++) {
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const index = k * clusters + j;
      const gap = at(problem.gaps, index);
      if ((at(problem.multiplier, index) * gap) / value <= at(problem.slack, index) / gap) continue;
      if (found < clusters) store<i32>(problem.active + (<usize>found << 2), index);
      found++;
    }
  }
  problem.activeCount = found <= clusters ? found : 0;
}

/**
 * Newton's method on the optimality conditions, the active constraints held as equations.
 * True when it ends at a point that meets all of them, so at the solution.
 */
function polish(problem: Allocation): bool {
  const order = problem.activeCount;
  if (order === 0) return false;
  // Sizes may have changed since the guess was made: what binds no more would hold the solution back.
  for (let r = 0; r < order; r++) {
    const row = load<i32>(problem.active + (<usize>r << 2));
    if (!binds(problem, row / problem.clusters, row % problem.clusters)) return false;
  }
  for (let iteration = 0; iteration < 12; iteration++) {
    if (!schur(problem)) return false;
    let change = 0.0;
    for (let k = 0; k < problem.clusters; k++) {
      const u = at(problem.inverse, k);
      // du = H^-1 (1/u^2 - A^T y), with 1/u^2 - A^T y left in `gradient` by schur().
      const step = 0.5 * u * u * u * at(problem.gradient, k);
      const moved = u + step;
      if (!(moved > 0)) return false;
      put(problem.inverse, k, moved);
      change = max(change, abs(step) / moved);
    }
    if (change < 1e-14) return optimal(problem);
  }
  return false;
}

/** Multipliers y of the active constraints into `step`, 1/u^2 - A^T y into `gradient`. */
function schur(problem: Allocation): bool {
  const clusters = problem.clusters;
  const order = problem.activeCount;
  const matrix = problem.matrix;
  const y = problem.step;
  for (let r = 0; r < order; r++) {
    const row = load<i32>(problem.active + (<usize>r << 2));
    const k = row / clusters;
    const j = row % clusters;
    const size = at(problem.sizes, k);
    const uk = at(problem.inverse, k);
    const uj = at(problem.inverse, j);
    const hk = 0.5 * uk * uk * uk; // 1 / H_kk
    const hj = 0.5 * uj * uj * uj;
    for (let q = 0; q <= r; q++) {
      const other = load<i32>(problem.active + (<usize>q << 2));
      const k2 = other / clusters;
      const j2 = other % clusters;
      const size2 = at(problem.sizes, k2);
      let sum = 0.0;
      if (k === k2) sum += size * size2 * hk;
      else if (k === j2) sum += size * hk;
      if (j === j2) sum += hj;
      else if (j === k2) sum += size2 * hj;
      put(matrix, r * clusters + q, sum);
    }
    // A H^-1 (1/u^2) - (b - A u)
    const missing = at(problem.gaps, row) - size * uk - uj;
    put(y, r, 0.5 * (size * uk + uj) - missing);
  }
  if (!cholesky(matrix, order, clusters)) return false;
  solveFactored(matrix, order, clusters, y);
  for (let k = 0; k < clusters; k++) {
    const u = at(problem.inverse, k);
    put(problem.gradient, k, 1.0 / (u * u));
  }
  for (let r = 0; r < order; r++) {
    const row = load<i32>(problem.active + (<usize>r << 2));
    const k = row / clusters;
    const j = row % clusters;
    put(problem.gradient, k, at(problem.gradient, k) - at(problem.sizes, k) * at(y, r));
    put(problem.gradient, j, at(problem.gradient, j) - at(y, r));
  }
  return true;
}

/** No negative multiplier and no constraint violated beyond rounding. */
function optimal(problem: Allocation): bool {
  const clusters = problem.clusters;
  for (let r = 0; r < problem.activeCount; r++) if (at(problem.step, r) < 0) return false;
  for (let k = 0; k < clusters; k++) {
    const used = at(problem.sizes, k) * at(problem.inverse, k);
    for (let j = 0; j < clusters; j++) {
      if (!binds(problem, k, j)) continue;
      const gap = at(problem.gaps, k * clusters + j);
      if (used + at(problem.inverse, j) > gap * (1.0 + 1e-13)) return false;
    }
  }
  return true;
}
