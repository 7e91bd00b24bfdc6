/**
 * Representatives and the pairwise certificate.
 *
 * Lemma: if arms of equal mean are never declared different, K representatives declared different
 * from each other lie in K different clusters, and an arm declared different from K - 1 of them
 * belongs with the last one. So O(M K) tests certify a partition, however the representatives
 * and the samples were chosen. (The decomposition is that of ACB, arXiv 2406.11485.)
 */
import { squaredDistance, take, takeStruct } from "./arena";
import { layThresholds, startThresholds, Thresholds, threshold } from "./grid";
import { Bandit, levelOf } from "./state";

@unmanaged
export class Pairs {
  chosen: i32; // 1: the representatives stand
  representatives: usize; // i32 a cluster
  isRepresentative: usize; // i32 an arm
  /** arms x clusters: the smallest statistic between an arm and representatives 0..k. */
  prefix: usize;
}

export function layPairs(arms: i32, clusters: i32): usize {
  const pointer = takeStruct(offsetof<Pairs>());
  const pairs = changetype<Pairs>(pointer);
  pairs.chosen = 0;
  pairs.representatives = take(<usize>clusters << 2);
  pairs.isRepresentative = take(<usize>arms << 2);
  pairs.prefix = take((<usize>arms * <usize>clusters) << 3);
  return pointer;
}

@inline
export function pairsOf(bandit: Bandit): Pairs {
  return changetype<Pairs>(bandit.pairs);
}

@inline
export function representative(pairs: Pairs, cluster: i32): i32 {
  return load<i32>(pairs.representatives + (<usize>cluster << 2));
}

@inline
export function isRepresentative(pairs: Pairs, arm: i32): bool {
  return load<i32>(pairs.isRepresentative + (<usize>arm << 2)) !== 0;
}

/** G(a, b) = (1/2) n_a n_b / (n_a + n_b) ||mean_a - mean_b||^2 of two snapshots. */
@inline
export function pairStatistic(bandit: Bandit, a: i32, b: i32): f64 {
  const bytes = bandit.bytes;
  const countA = load<f64>(bandit.snapshotCounts + (<usize>a << 3));
  const countB = load<f64>(bandit.snapshotCounts + (<usize>b << 3));
  const gap = squaredDistance(bandit.snapshots + <usize>a * bytes, bandit.snapshots + <usize>b * bytes, bytes);
  return ((0.5 * (countA * countB)) / (countA + countB)) * gap;
}

/** G over its threshold: 1 and more declares the arms different. */
@inline
export function pairRatio(bandit: Bandit, thresholds: Thresholds, a: i32, b: i32): f64 {
  return pairStatistic(bandit, a, b) / threshold(thresholds, levelOf(bandit, a), levelOf(bandit, b));
}

@inline
function snapshotCount(bandit: Bandit, arm: i32): f64 {
  return load<f64>(bandit.snapshotCounts + (<usize>arm << 3));
}

@inline
function prefixAt(bandit: Bandit, pairs: Pairs, arm: i32, cluster: i32): usize {
  return pairs.prefix + ((<usize>arm * <usize>bandit.clusters + <usize>cluster) << 3);
}

/** Chooses anew: first the most sampled arm, then whoever is farthest from all before. Ties: lowest index. */
export function chooseRepresentatives(bandit: Bandit): void {
  const pairs = pairsOf(bandit);
  const arms = bandit.arms;
  let next = 0;
  for (let arm = 1; arm < arms; arm++) if (snapshotCount(bandit, arm) > snapshotCount(bandit, next)) next = arm;
  memory.fill(pairs.isRepresentative, 0, <usize>arms << 2);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const chosen = next;
    store<i32>(pairs.representatives + (<usize>cluster << 2), chosen);
    store<i32>(pairs.isRepresentative + (<usize>chosen << 2), 1);
    let farthest = -1.0;
    for (let arm = 0; arm < arms; arm++) {
      const value = extendPrefix(bandit, pairs, arm, cluster, chosen);
      if (value > farthest && !isRepresentative(pairs, arm)) {
        farthest = value;
        next = arm;
      }
    }
  }
  pairs.chosen = 1;
}

@inline
function extendPrefix(bandit: Bandit, pairs: Pairs, arm: i32, cluster: i32, chosen: i32): f64 {
  const at = prefixAt(bandit, pairs, arm, cluster);
  let value = pairStatistic(bandit, arm, chosen);
  if (cluster > 0) value = min(value, load<f64>(at - 8));
  store<f64>(at, value);
  return value;
}

/**
 * Takes in an arm's new snapshot. True if the representatives may differ: then they have been
 * chosen anew.
 */
export function refreshRepresentatives(bandit: Bandit, arm: i32): bool {
  const pairs = pairsOf(bandit);
  if (!displaces(bandit, pairs, arm)) return false;
  chooseRepresentatives(bandit);
  return true;
}

/** Whether the greedy choice would notice this arm. Brings its prefix minima up to date as far as it looks. */
function displaces(bandit: Bandit, pairs: Pairs, arm: i32): bool {
  if (isRepresentative(pairs, arm)) return true;
  const first = representative(pairs, 0);
  const lead = snapshotCount(bandit, arm) - snapshotCount(bandit, first);
  if (lead > 0 || (lead === 0 && arm < first)) return true;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const value = extendPrefix(bandit, pairs, arm, cluster, representative(pairs, cluster));
    if (cluster + 1 === bandit.clusters) break;
    const rival = representative(pairs, cluster + 1);
    const standing = load<f64>(prefixAt(bandit, pairs, rival, cluster));
    if (value > standing || (value === standing && arm < rival)) return true;
  }
  return false;
}

/** The smallest G over threshold among pairs of representatives. */
export function weakestPair(bandit: Bandit, thresholds: Thresholds): f64 {
  const pairs = pairsOf(bandit);
  let weakest: f64 = Infinity;
  for (let k = 1; k < bandit.clusters; k++) {
    for (let j = 0; j < k; j++) {
      const ratio = pairRatio(bandit, thresholds, representative(pairs, k), representative(pairs, j));
      weakest = min(weakest, ratio);
    }
  }
  return weakest;
}

let nearestCluster: i32 = 0;

/**
 * An arm's second smallest G over threshold among the representatives: at 1 it is told from all
 * but one of them. The cluster of the smallest is left for `lastNearest`.
 */
export function secondRatio(bandit: Bandit, thresholds: Thresholds, arm: i32): f64 {
  const pairs = pairsOf(bandit);
  let first: f64 = Infinity;
  let second: f64 = Infinity;
  nearestCluster = 0;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const other = representative(pairs, cluster);
    if (other === arm) {
      nearestCluster = cluster;
      return Infinity;
    }
    const ratio = pairRatio(bandit, thresholds, arm, other);
    if (ratio < first) {
      second = first;
      first = ratio;
      nearestCluster = cluster;
    } else if (ratio < second) {
      second = ratio;
    }
  }
  return second;
}

export function lastNearest(): i32 {
  return nearestCluster;
}

/** The pairwise rule at one delta, watching samples that another allocation chose. */
@unmanaged
export class Certificate {
  thresholds: usize;
  apart: i32; // 1: all pairs of representatives are declared different
  classified: i32; // 1: `resolved` is up to date
  unresolved: i32;
  resolved: usize; // i32 an arm
}

export function layCertificate(arms: i32): usize {
  const pointer = takeStruct(offsetof<Certificate>());
  changetype<Certificate>(pointer).resolved = take(<usize>arms << 2);
  const thresholds = layThresholds();
  changetype<Certificate>(pointer).thresholds = thresholds;
  return pointer;
}

export function startCertificate(certificate: Certificate, bandit: Bandit, delta: f64): void {
  const thresholds = changetype<Thresholds>(certificate.thresholds);
  startThresholds(thresholds, bandit.arms, bandit.clusters, bandit.dimensions, delta);
  resetCertificate(certificate);
}

export function resetCertificate(certificate: Certificate): void {
  certificate.apart = 0;
  certificate.classified = 0;
  certificate.unresolved = 0;
}

/** The representatives changed, or one of them has a new snapshot. */
export function recheckPairs(certificate: Certificate, bandit: Bandit): void {
  certificate.apart = weakestPair(bandit, changetype<Thresholds>(certificate.thresholds)) >= 1.0 ? 1 : 0;
  certificate.classified = 0;
}

/** An arm that represents nobody has a new snapshot. */
export function recheckArm(certificate: Certificate, bandit: Bandit, arm: i32): void {
  if (!certificate.classified) return;
  const at = certificate.resolved + (<usize>arm << 2);
  certificate.unresolved += load<i32>(at);
  const resolved = secondRatio(bandit, changetype<Thresholds>(certificate.thresholds), arm) >= 1.0 ? 1 : 0;
  store<i32>(at, resolved);
  certificate.unresolved -= resolved;
}

/** Whether every test that the lemma needs has passed. */
export function certifies(certificate: Certificate, bandit: Bandit): bool {
  if (!certificate.apart) return false;
  if (!certificate.classified) classify(certificate, bandit);
  return certificate.unresolved === 0;
}

function classify(certificate: Certificate, bandit: Bandit): void {
  const thresholds = changetype<Thresholds>(certificate.thresholds);
  certificate.unresolved = 0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    const resolved = secondRatio(bandit, thresholds, arm) >= 1.0 ? 1 : 0;
    store<i32>(certificate.resolved + (<usize>arm << 2), resolved);
    certificate.unresolved += 1 - resolved;
  }
  certificate.classified = 1;
}
