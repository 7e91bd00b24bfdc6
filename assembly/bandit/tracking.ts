/**
 * The paper's sampling (algorithm 1): D-tracking with forced exploration, and beside it Uniform and
 * Oracle. k-means and the allocation are recomputed at every unforced ask, as the paper has it;
 * what they skip inside is only what cannot have changed.
 */
import { Allocation, solveAllocation } from "./allocation";
import { KMeans, runKMeans } from "./kmeans";
import { Bandit, ORACLE, plan, plannedOf, TRACKING, UNIFORM } from "./state";

/**
 * Two arms lack equally when t lambda - N differs by less than this share of t: clusters of
 * symmetric instances tie exactly, and rounding must not choose between them.
 */
const TIE: f64 = 1e-9;

@inline
export function kmeansOf(bandit: Bandit): KMeans {
  return changetype<KMeans>(bandit.kmeans);
}

@inline
export function solverOf(bandit: Bandit): Allocation {
  return changetype<Allocation>(bandit.solver);
}

/** Labels, centers and, for BOC's own tracking, the optimal allocation at them. */
export function partition(bandit: Bandit, allocate: bool): void {
  const model = kmeansOf(bandit);
  runKMeans(model);
  bandit.hasPartition = 1;
  if (!allocate) return;
  const solver = solverOf(bandit);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const size = load<i32>(model.sizes + (<usize>cluster << 2));
    store<f64>(solver.sizes + (<usize>cluster << 3), <f64>size);
  }
  solveAllocation(solver, model.centers);
}

/** Whether the least pulled arm must be pulled: min N <= max(sqrt(t) - M / 2, 0). */
@inline
export function mustExplore(bandit: Bandit, least: f64, pulls: f64): bool {
  return least <= max(sqrt(pulls) - 0.5 * <f64>bandit.arms, 0.0);
}

/** Fills the ask with `room` pulls, each chosen as if those before it had been made. */
export function askTracking(bandit: Bandit, room: i32): void {
  let fresh = false;
  if (bandit.allocation === UNIFORM) {
    if (bandit.needsPartition) partition(bandit, false);
    for (let index = 0; index < room; index++) {
      const turn = bandit.pulls + <f64>index;
      plan(bandit, <i32>(turn - Math.floor(turn / <f64>bandit.arms) * <f64>bandit.arms));
    }
    return;
  }
  for (let index = 0; index < room; index++) {
    const pulls = bandit.pulls + <f64>index;
    const least = leastPlanned(bandit);
    if (mustExplore(bandit, plannedOf(bandit, least), pulls)) {
      plan(bandit, least);
      continue;
    }
    if (!fresh) {
      if (bandit.allocation === TRACKING) partition(bandit, true);
      else if (bandit.needsPartition) partition(bandit, false);
      fresh = true;
    }
    plan(bandit, mostLacking(bandit, pulls));
  }
}

function leastPlanned(bandit: Bandit): i32 {
  let least = 0;
  let count = plannedOf(bandit, 0);
  for (let arm = 1; arm < bandit.arms; arm++) {
    const other = plannedOf(bandit, arm);
    if (other < count) {
      count = other;
      least = arm;
    }
  }
  return least;
}

/** argmax of t lambda_m - N_m: the least pulled arm of the cluster that lacks most. */
function mostLacking(bandit: Bandit, pulls: f64): i32 {
  const isOracle = bandit.allocation === ORACLE;
  const solver = solverOf(bandit);
  const labels = isOracle ? bandit.oracleLabels : kmeansOf(bandit).labels;
  const weights = isOracle ? bandit.oracleWeights : solver.weights;
  const sizes = isOracle ? bandit.oracleSizes : solver.sizes;
  const candidates = bandit.candidates;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    store<f64>(bandit.smallest + (<usize>cluster << 3), Infinity);
  }
  for (let arm = 0; arm < bandit.arms; arm++) {
    const cluster = <usize>load<i32>(labels + (<usize>arm << 2));
    const count = plannedOf(bandit, arm);
    if (count < load<f64>(bandit.smallest + (cluster << 3))) {
      store<f64>(bandit.smallest + (cluster << 3), count);
      store<i32>(candidates + (cluster << 2), arm);
    }
  }
  return pickCandidate(bandit.clusters, pulls, weights, sizes, bandit.smallest, candidates);
}

/** Among one arm a cluster, the one with the largest t w / n - N; ties (within rounding) to the lowest index. */
export function pickCandidate(
  clusters: i32,
  pulls: f64,
  weights: usize,
  sizes: usize,
  counts: usize,
  candidates: usize,
): i32 {
  let most: f64 = -Infinity;
  for (let cluster = 0; cluster < clusters; cluster++) {
    most = max(most, lack(<usize>cluster << 3, pulls, weights, sizes, counts));
  }
  let chosen = i32.MAX_VALUE;
  for (let cluster = 0; cluster < clusters; cluster++) {
    if (lack(<usize>cluster << 3, pulls, weights, sizes, counts) < most - TIE * pulls) continue;
    chosen = min(chosen, load<i32>(candidates + (<usize>cluster << 2)));
  }
  return chosen;
}

@inline
function lack(at: usize, pulls: f64, weights: usize, sizes: usize, counts: usize): f64 {
  return (pulls * load<f64>(weights + at)) / load<f64>(sizes + at) - load<f64>(counts + at);
}
