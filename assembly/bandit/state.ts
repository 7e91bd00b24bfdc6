/** The bandit's struct: what has been observed, what is being asked, and the parts of each mode. */
import { addRow, divideRow, rowBytes, take, takeStruct } from "./arena";
import { layAllocation } from "./allocation";
import { gridCount, LEVELS } from "./grid";
import { KMeans, layKMeans, touchRow } from "./kmeans";
import { exactDeviation } from "./thresholds";

// Allocations
export const REPRESENTATIVES = 0;
export const TRACKING = 1;
export const LAZY = 2;
export const UNIFORM = 3;
export const ORACLE = 4;

// Stopping rules
export const PAIRWISE = 0;
export const EXACT = 1;
export const HEURISTIC = 2;
export const PRINTED = 3; // eq. 8 with Z2 as the paper prints it

// States
export const RUNNING = 0;
export const STOPPED = 1;
export const EXHAUSTED = 2;

export const MOST_RULES = 64;

/** One stopping rule at one delta. A solver has one or two ("either"), a simulation many. */
@unmanaged
export class Rule {
  kind: i32;
  dimensions: i32;
  /** Pull at which it stopped; 0: still open. */
  stopped: f64;
  delta: f64;
  /** The part of the threshold that no count changes. */
  constant: f64;
  /** Of a pairwise rule. */
  certificate: usize;
  /** In a simulation: 1 if the partition was the true one when it stopped. */
  correct: i32;
}

@unmanaged
export class Bandit {
  arms: i32;
  dimensions: i32;
  clusters: i32;
  allocation: i32;
  batch: i32;
  rules: i32; // how many
  openRules: i32;
  needsPartition: i32; // 1: someone reads k-means' labels
  needsPairs: i32; // 1: a pairwise rule watches another allocation
  hasPartition: i32;
  pendingCount: i32;
  state: i32;
  winner: i32; // the rule that stopped it, or -1
  bytes: usize; // of a row
  pulls: f64;
  maxPulls: f64;
  refresh: f64; // lazy: k-means again when the pulls have grown by this factor
  nextRefresh: f64;
  deviations: f64; // sum over arms of 2 d log(4 + log N)
  statistic: f64; // Z of the last test
  energy: f64; // lazy: sum over arms of ||sum_m||^2 / N_m
  sums: usize; // arms x bytes, of observations less the origin
  means: usize; // arms x bytes
  counts: usize; // f64 an arm
  snapshots: usize; // arms x bytes: the mean at the last count on the grid
  snapshotCounts: usize; // f64 an arm
  levels: usize; // i32 an arm; -1: no snapshot
  planned: usize; // f64 an arm: counts with the pending pulls
  plannedLevels: usize; // i32 an arm
  origin: usize; // a row: the first observation, so that sums stay small
  pending: usize; // i32 a pull of the current ask
  completed: usize; // i32: arms that reached a new level in this tell
  completedCount: i32;
  observations: usize; // batch x dimensions, f64, written by the host
  whitening: usize; // d x d lower triangular Cholesky factor of the covariance
  isWhite: i32; // 1: the factor is the identity
  kmeans: usize;
  solver: usize; // Allocation
  reporter: usize; // another one, for the status
  smallest: usize; // f64 a cluster
  whole: usize;
  sizes: usize;
  oracleLabels: usize; // i32 an arm
  oracleWeights: usize; // f64 a cluster: w*
  oracleSizes: usize; // f64 a cluster
  rule: usize; // MOST_RULES x Rule
  pairs: usize; // Representatives
  heap: usize; // lazy: arms by cluster; representatives: all arms
  heapStarts: usize; // i32 a cluster, and the end
  candidates: usize; // i32 a cluster: its least pulled arm
  sampler: usize; // Sampler of the representatives mode
  before: usize; // a row: an arm's sum before its observation
  reportLabels: usize; // i32 an arm
  reportCenters: usize; // clusters x bytes
}

@inline
export function ruleAt(bandit: Bandit, index: i32): Rule {
  return changetype<Rule>(bandit.rule + <usize>index * offsetof<Rule>());
}

export function layBandit(arms: i32, dimensions: i32, clusters: i32, batch: i32): usize {
  const pointer = takeStruct(offsetof<Bandit>());
  const row = rowBytes(dimensions);
  const rows = <usize>arms * row;
  const perArm = <usize>arms << 3;
  const sums = take(rows);
  const means = take(rows);
  const counts = take(perArm);
  const kmeans = layKMeans(arms, clusters, dimensions, means, counts);
  const solver = layAllocation(clusters, dimensions);
  const reporter = layAllocation(clusters, dimensions);
  const bandit = changetype<Bandit>(pointer);
  bandit.sums = sums;
  bandit.means = means;
  bandit.counts = counts;
  bandit.kmeans = kmeans;
  bandit.solver = solver;
  bandit.reporter = reporter;
  bandit.bytes = row;
  bandit.snapshots = take(rows);
  bandit.snapshotCounts = take(perArm);
  bandit.levels = take(perArm);
  bandit.planned = take(perArm);
  bandit.plannedLevels = take(perArm);
  bandit.origin = take(row);
  bandit.pending = take(<usize>batch << 2);
  bandit.completed = take(<usize>batch << 2);
  bandit.observations = take((<usize>batch * <usize>dimensions) << 3);
  bandit.whitening = take((<usize>dimensions * <usize>dimensions) << 3);
  bandit.smallest = take(<usize>clusters << 3);
  bandit.whole = take(<usize>clusters << 3);
  bandit.sizes = take(<usize>clusters << 3);
  bandit.oracleLabels = take(<usize>arms << 2);
  bandit.oracleWeights = take(<usize>clusters << 3);
  bandit.oracleSizes = take(<usize>clusters << 3);
  bandit.rule = take(MOST_RULES * offsetof<Rule>());
  bandit.heap = take(<usize>arms << 2);
  bandit.heapStarts = take(<usize>(clusters + 1) << 2);
  bandit.candidates = take(<usize>clusters << 2);
  bandit.before = take(row);
  bandit.reportLabels = take(<usize>arms << 2);
  bandit.reportCenters = take(<usize>clusters * row);
  return pointer;
}

@inline
export function countOf(bandit: Bandit, arm: i32): f64 {
  return load<f64>(bandit.counts + (<usize>arm << 3));
}

@inline
export function plannedOf(bandit: Bandit, arm: i32): f64 {
  return load<f64>(bandit.planned + (<usize>arm << 3));
}

@inline
export function levelOf(bandit: Bandit, arm: i32): i32 {
  return load<i32>(bandit.levels + (<usize>arm << 2));
}

/** Takes in one observation of an arm: whitened, less the origin. True if its snapshot is new. */
export function observe(bandit: Bandit, arm: i32, observation: usize): bool {
  const dimensions = bandit.dimensions;
  if (!bandit.isWhite) whiten(bandit.whitening, dimensions, observation);
  if (bandit.pulls === 0) memory.copy(bandit.origin, observation, <usize>dimensions << 3);
  const bytes = bandit.bytes;
  const sum = bandit.sums + <usize>arm * bytes;
  memory.copy(bandit.before, sum, bytes);
  for (let offset: usize = 0; offset < <usize>dimensions << 3; offset += 8) {
    const value = load<f64>(observation + offset) - load<f64>(bandit.origin + offset);
    store<f64>(sum + offset, load<f64>(sum + offset) + value);
  }
  const at = <usize>arm << 3;
  const before = load<f64>(bandit.counts + at);
  const count = before + 1.0;
  store<f64>(bandit.counts + at, count);
  bandit.pulls += 1.0;
  const mean = bandit.means + <usize>arm * bytes;
  divideRow(mean, sum, count, bytes);
  if (bandit.needsPartition) {
    const old = before > 0 ? exactDeviation(dimensions, before) : 0.0;
    bandit.deviations += exactDeviation(dimensions, count) - old;
    touchRow(changetype<KMeans>(bandit.kmeans), arm);
  }
  return takeSnapshot(bandit, arm, count);
}

function takeSnapshot(bandit: Bandit, arm: i32, count: f64): bool {
  const at = <usize>arm << 2;
  const next = load<i32>(bandit.levels + at) + 1;
  if (next >= LEVELS || count !== gridCount(next)) return false;
  store<i32>(bandit.levels + at, next);
  store<f64>(bandit.snapshotCounts + (<usize>arm << 3), count);
  const row = <usize>arm * bandit.bytes;
  memory.copy(bandit.snapshots + row, bandit.means + row, bandit.bytes);
  return true;
}

/** Solves L y = x in place: y has unit covariance when x has covariance L L^T. */
export function whiten(factor: usize, dimensions: i32, x: usize): void {
  for (let i = 0; i < dimensions; i++) {
    let value = load<f64>(x + (<usize>i << 3));
    for (let j = 0; j < i; j++) {
      value -= load<f64>(factor + (<usize>(i * dimensions + j) << 3)) * load<f64>(x + (<usize>j << 3));
    }
    store<f64>(x + (<usize>i << 3), value / load<f64>(factor + (<usize>(i * dimensions + i) << 3)));
  }
}

/** Adds one pull to the current ask. */
@inline
export function plan(bandit: Bandit, arm: i32): void {
  store<i32>(bandit.pending + (<usize>bandit.pendingCount << 2), arm);
  bandit.pendingCount++;
  const at = bandit.planned + (<usize>arm << 3);
  store<f64>(at, load<f64>(at) + 1.0);
}

/** labels (i32 an arm) -> pull-weighted means of each cluster, into `centers`. */
export function clusterMeans(bandit: Bandit, labels: usize, centers: usize): void {
  const bytes = bandit.bytes;
  memory.fill(centers, 0, <usize>bandit.clusters * bytes);
  memory.fill(bandit.whole, 0, <usize>bandit.clusters << 3);
  for (let arm = 0; arm < bandit.arms; arm++) {
    const label = <usize>load<i32>(labels + (<usize>arm << 2));
    addRow(centers + label * bytes, bandit.sums + <usize>arm * bytes, 1.0, bytes);
    store<f64>(bandit.whole + (label << 3), load<f64>(bandit.whole + (label << 3)) + countOf(bandit, arm));
  }
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const mass = load<f64>(bandit.whole + (<usize>cluster << 3));
    const center = centers + <usize>cluster * bytes;
    if (mass > 0) divideRow(center, center, mass, bytes);
  }
}
