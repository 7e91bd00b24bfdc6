/**
 * Lazy tracking: k-means and the allocation anew only when the pulls have grown by the factor
 * `refresh`. Between two refreshes the labels stand, the centers are the pull-weighted means under
 * them, and a pull costs O(K d + K^2 + log M).
 */
import { addRow, divideRow, dot, squaredNorm } from "./arena";
import { heapify, siftDown } from "./heap";
import { clusterSeparation, weighClusters } from "./separation";
import { Bandit, countOf, plan, plannedOf } from "./state";
import { kmeansOf, mustExplore, partition, pickCandidate, solverOf } from "./tracking";

export function askLazy(bandit: Bandit, room: i32): void {
  if (!bandit.hasPartition || bandit.pulls >= bandit.nextRefresh) {
    partition(bandit, true);
    bandit.nextRefresh = Math.floor(bandit.pulls * bandit.refresh) + 1.0;
    groupArms(bandit);
    sumEnergy(bandit);
  }
  for (let index = 0; index < room; index++) {
    const arm = chooseLazily(bandit, bandit.pulls + <f64>index);
    plan(bandit, arm);
    const cluster = load<i32>(kmeansOf(bandit).labels + (<usize>arm << 2));
    const start = heapStart(bandit, cluster);
    siftDown(bandit.heap + (<usize>start << 2), heapStart(bandit, cluster + 1) - start, 0, bandit.planned, 0);
  }
}

@inline
function heapStart(bandit: Bandit, cluster: i32): i32 {
  return load<i32>(bandit.heapStarts + (<usize>cluster << 2));
}

/** Arms by cluster, one heap a cluster. */
export function groupArms(bandit: Bandit): void {
  const labels = kmeansOf(bandit).labels;
  let filled = 0;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    store<i32>(bandit.heapStarts + (<usize>cluster << 2), filled);
    const start = filled;
    for (let arm = 0; arm < bandit.arms; arm++) {
      if (load<i32>(labels + (<usize>arm << 2)) !== cluster) continue;
      store<i32>(bandit.heap + (<usize>filled << 2), arm);
      filled++;
    }
    heapify(bandit.heap + (<usize>start << 2), filled - start, bandit.planned, 0);
  }
  store<i32>(bandit.heapStarts + (<usize>bandit.clusters << 2), filled);
}

/** Cluster totals afresh, and the sum of N ||mean||^2 that Z1 is taken from. */
function sumEnergy(bandit: Bandit): void {
  const model = kmeansOf(bandit);
  weighClusters(
    bandit.arms,
    bandit.clusters,
    model.labels,
    bandit.counts,
    bandit.smallest,
    model.masses,
    solverOf(bandit).sizes,
  );
  memory.fill(model.totals, 0, <usize>bandit.clusters * bandit.bytes);
  let energy = 0.0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    const sum = bandit.sums + <usize>arm * bandit.bytes;
    const label = <usize>load<i32>(model.labels + (<usize>arm << 2));
    addRow(model.totals + label * bandit.bytes, sum, 1.0, bandit.bytes);
    energy += squaredNorm(sum, bandit.bytes) / countOf(bandit, arm);
  }
  bandit.energy = energy;
}

function chooseLazily(bandit: Bandit, pulls: f64): i32 {
  const solver = solverOf(bandit);
  const candidates = bandit.candidates;
  let least = -1;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const arm = load<i32>(bandit.heap + (<usize>heapStart(bandit, cluster) << 2));
    const count = plannedOf(bandit, arm);
    store<i32>(candidates + (<usize>cluster << 2), arm);
    store<f64>(bandit.smallest + (<usize>cluster << 3), count);
    if (least < 0 || count < plannedOf(bandit, least) || (count === plannedOf(bandit, least) && arm < least)) {
      least = arm;
    }
  }
  if (mustExplore(bandit, plannedOf(bandit, least), pulls)) return least;
  return pickCandidate(bandit.clusters, pulls, solver.weights, solver.sizes, bandit.smallest, candidates);
}

/** After an arm's observation: energy, totals and mass of its cluster. */
export function updateLazy(bandit: Bandit, arm: i32): void {
  if (!bandit.hasPartition) return;
  const bytes = bandit.bytes;
  const sum = bandit.sums + <usize>arm * bytes;
  const count = countOf(bandit, arm);
  bandit.energy += squaredNorm(sum, bytes) / count - squaredNorm(bandit.before, bytes) / (count - 1.0);
  const model = kmeansOf(bandit);
  const label = <usize>load<i32>(model.labels + (<usize>arm << 2));
  const total = model.totals + label * bytes;
  addRow(total, sum, 1.0, bytes);
  addRow(total, bandit.before, -1.0, bytes);
  const mass = model.masses + (label << 3);
  store<f64>(mass, load<f64>(mass) + 1.0);
}

/** Centers to the means under the standing labels. */
export function moveLazyCenters(bandit: Bandit): void {
  const model = kmeansOf(bandit);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const offset = <usize>cluster * bandit.bytes;
    const mass = load<f64>(model.masses + (<usize>cluster << 3));
    divideRow(model.centers + offset, model.totals + offset, mass, bandit.bytes);
  }
}

/** Z1 from the totals: sum N ||mean||^2 - 2 sum_k C_k . T_k + sum_k W_k ||C_k||^2. */
export function lazySpread(bandit: Bandit): f64 {
  const model = kmeansOf(bandit);
  const bytes = bandit.bytes;
  let spread = bandit.energy;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const center = model.centers + <usize>cluster * bytes;
    const mass = load<f64>(model.masses + (<usize>cluster << 3));
    spread += mass * squaredNorm(center, bytes) - 2.0 * dot(center, model.totals + <usize>cluster * bytes, bytes);
  }
  return spread;
}

/** Z2 from the tops of the heaps; `sizes` as in `clusterSeparation`. */
export function lazySeparation(bandit: Bandit, sizes: usize): f64 {
  const model = kmeansOf(bandit);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const arm = load<i32>(bandit.heap + (<usize>heapStart(bandit, cluster) << 2));
    store<f64>(bandit.smallest + (<usize>cluster << 3), countOf(bandit, arm));
  }
  return clusterSeparation(bandit.clusters, bandit.bytes, model.centers, bandit.smallest, model.masses, sizes);
}
