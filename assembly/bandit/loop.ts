/** Ask, tell, and the stopping rules: what every allocation shares. */
import { Allocation } from "./allocation";
import { arenaEnd, openArena, planArena } from "./arena";
import { askLazy, lazySeparation, lazySpread, moveLazyCenters, updateLazy } from "./lazy";
import {
  Certificate,
  certifies,
  chooseRepresentatives,
  layCertificate,
  layPairs,
  pairsOf,
  recheckArm,
  recheckPairs,
  refreshRepresentatives,
  resetCertificate,
  startCertificate,
} from "./pairs";
import {
  askRepresentatives,
  CERTIFIED,
  laySampler,
  sampler,
  selectSampler,
  startSampler,
  tellRepresentatives,
} from "./representatives";
import { clusterSeparation, likelihoodRatio, spread, weighClusters } from "./separation";
import {
  Bandit,
  EXHAUSTED,
  HEURISTIC,
  LAZY,
  layBandit,
  observe,
  PAIRWISE,
  plan,
  PRINTED,
  REPRESENTATIVES,
  RUNNING,
  ruleAt,
  STOPPED,
  TRACKING,
} from "./state";
import { exactConstant, heuristicGrowth } from "./thresholds";
import { askTracking, kmeansOf } from "./tracking";
import { log } from "../vector";

function layOut(arms: i32, dimensions: i32, clusters: i32, allocation: i32, batch: i32, certificates: i32): usize {
  const pointer = layBandit(arms, dimensions, clusters, batch);
  if (certificates > 0) {
    const pairs = layPairs(arms, clusters);
    changetype<Bandit>(pointer).pairs = pairs;
  }
  if (allocation === REPRESENTATIVES) {
    const chooser = laySampler(arms, clusters);
    changetype<Bandit>(pointer).sampler = chooser;
  }
  return pointer;
}

/** Bytes that a bandit of this shape takes. */
export function banditBytes(
  arms: i32,
  dimensions: i32,
  clusters: i32,
  allocation: i32,
  batch: i32,
  certificates: i32,
): usize {
  planArena();
  layOut(arms, dimensions, clusters, allocation, batch, certificates);
  for (let index = 0; index < certificates; index++) layCertificate(arms);
  return arenaEnd();
}

/** Lays a bandit out at `start`, zeroed memory of `banditBytes` bytes. Rules are added next, then `banditRestart`. */
export function banditCreate(
  start: usize,
  arms: i32,
  dimensions: i32,
  clusters: i32,
  allocation: i32,
  batch: i32,
  certificates: i32,
): usize {
  openArena(start);
  const pointer = layOut(arms, dimensions, clusters, allocation, batch, certificates);
  const bandit = changetype<Bandit>(pointer);
  bandit.arms = arms;
  bandit.dimensions = dimensions;
  bandit.clusters = clusters;
  bandit.allocation = allocation;
  bandit.batch = batch;
  bandit.maxPulls = Infinity;
  bandit.refresh = 1.05;
  bandit.isWhite = 1;
  bandit.needsPartition = allocation === TRACKING || allocation === LAZY ? 1 : 0;
  return pointer;
}

/** Adds a stopping rule; the certificates counted in `banditCreate` are laid out one after the other here. */
export function banditAddRule(pointer: usize, kind: i32, delta: f64): void {
  const bandit = changetype<Bandit>(pointer);
  const rule = ruleAt(bandit, bandit.rules++);
  rule.kind = kind;
  rule.dimensions = bandit.dimensions;
  rule.delta = delta;
  if (kind === PAIRWISE) {
    rule.certificate = layCertificate(bandit.arms);
    startCertificate(changetype<Certificate>(rule.certificate), bandit, delta);
    if (bandit.allocation !== REPRESENTATIVES) bandit.needsPairs = 1;
    return;
  }
  // The first rule is the solver's own: as printed, it samples as printed too.
  if (kind === PRINTED && bandit.rules === 1) changetype<Allocation>(bandit.solver).asPrinted = 1;
  rule.constant = kind === HEURISTIC ? -log(delta) : exactConstant(bandit.arms, bandit.dimensions, delta);
  bandit.needsPartition = 1;
}

/** Forgets all observations. */
export function banditRestart(pointer: usize): void {
  const bandit = changetype<Bandit>(pointer);
  const perArm = <usize>bandit.arms << 3;
  const rows = <usize>bandit.arms * bandit.bytes;
  bandit.pulls = 0;
  bandit.pendingCount = 0;
  bandit.completedCount = 0;
  bandit.hasPartition = 0;
  bandit.nextRefresh = 0;
  bandit.deviations = 0;
  bandit.statistic = 0;
  bandit.energy = 0;
  bandit.state = RUNNING;
  bandit.winner = -1;
  bandit.openRules = bandit.rules;
  memory.fill(bandit.sums, 0, rows);
  memory.fill(bandit.means, 0, rows);
  memory.fill(bandit.snapshots, 0, rows);
  memory.fill(bandit.counts, 0, perArm);
  memory.fill(bandit.snapshotCounts, 0, perArm);
  memory.fill(bandit.planned, 0, perArm);
  memory.fill(bandit.levels, 0xff, perArm);
  memory.fill(bandit.plannedLevels, 0xff, perArm);
  kmeansOf(bandit).stale = 1;
  changetype<Allocation>(bandit.solver).activeCount = 0;
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    rule.stopped = 0;
    rule.correct = 0;
    if (rule.kind === PAIRWISE) resetCertificate(changetype<Certificate>(rule.certificate));
  }
  if (bandit.pairs !== 0) pairsOf(bandit).chosen = 0;
  if (bandit.allocation === REPRESENTATIVES) {
    selectSampler(bandit.sampler);
    startSampler(bandit);
  }
}

/** Chooses the next pulls, into `pending`; their number, at most `batch`. A second ask before the tell changes nothing. */
export function banditAsk(pointer: usize): i32 {
  const bandit = changetype<Bandit>(pointer);
  if (bandit.pendingCount > 0 || bandit.state !== RUNNING) return bandit.pendingCount;
  const room = <i32>min(<f64>bandit.batch, bandit.maxPulls - bandit.pulls);
  if (bandit.allocation === REPRESENTATIVES) {
    selectSampler(bandit.sampler);
    askRepresentatives(bandit, room);
  } else if (bandit.pulls < <f64>bandit.arms) {
    const first = <i32>bandit.pulls;
    for (let arm = first; arm < min(bandit.arms, first + room); arm++) plan(bandit, arm);
  } else if (bandit.allocation === LAZY) {
    if (bandit.hasPartition) moveLazyCenters(bandit);
    askLazy(bandit, room);
  } else {
    askTracking(bandit, room);
  }
  return bandit.pendingCount;
}

/** Takes in `observations`, one row for each pending pull; returns the state. */
export function banditTell(pointer: usize): i32 {
  const bandit = changetype<Bandit>(pointer);
  const rowBytes = <usize>bandit.dimensions << 3;
  bandit.completedCount = 0;
  for (let index = 0; index < bandit.pendingCount; index++) {
    const arm = load<i32>(bandit.pending + (<usize>index << 2));
    if (observe(bandit, arm, bandit.observations + <usize>index * rowBytes)) {
      store<i32>(bandit.completed + (<usize>bandit.completedCount << 2), arm);
      bandit.completedCount++;
    }
    if (bandit.allocation === LAZY) updateLazy(bandit, arm);
  }
  bandit.pendingCount = 0;
  if (bandit.allocation === REPRESENTATIVES) {
    selectSampler(bandit.sampler);
    tellRepresentatives(bandit);
    if (sampler().phase === CERTIFIED) closeRule(bandit, 0);
  } else {
    if (bandit.needsPairs) watchPairs(bandit);
    testRules(bandit);
  }
  if (bandit.state === RUNNING && bandit.pulls >= bandit.maxPulls) bandit.state = EXHAUSTED;
  return bandit.state;
}

/** Takes the new snapshots into the certificates. */
function watchPairs(bandit: Bandit): void {
  if (bandit.completedCount === 0 || bandit.pulls < <f64>bandit.arms) return;
  if (!pairsOf(bandit).chosen) {
    chooseRepresentatives(bandit);
    recheckAll(bandit);
    return;
  }
  for (let index = 0; index < bandit.completedCount; index++) {
    const arm = load<i32>(bandit.completed + (<usize>index << 2));
    if (refreshRepresentatives(bandit, arm)) {
      recheckAll(bandit);
      continue;
    }
    for (let each = 0; each < bandit.rules; each++) {
      const rule = ruleAt(bandit, each);
      if (rule.kind === PAIRWISE && rule.stopped === 0) {
        recheckArm(changetype<Certificate>(rule.certificate), bandit, arm);
      }
    }
  }
}

function recheckAll(bandit: Bandit): void {
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    if (rule.kind === PAIRWISE && rule.stopped === 0) {
      recheckPairs(changetype<Certificate>(rule.certificate), bandit);
    }
  }
}

/** Closes every rule that is met. A solver stops at the first, a simulation when all are closed. */
function testRules(bandit: Bandit): void {
  let exactZ = -1.0;
  let printedZ = -1.0;
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    if (rule.stopped > 0) continue;
    if (rule.kind === PAIRWISE) {
      if (bandit.completedCount === 0 || !pairsOf(bandit).chosen) continue;
      if (certifies(changetype<Certificate>(rule.certificate), bandit)) closeRule(bandit, index);
      continue;
    }
    if (!bandit.hasPartition) continue;
    let z: f64;
    if (rule.kind === PRINTED) {
      if (printedZ < 0) printedZ = measure(bandit, true);
      z = printedZ;
    } else {
      if (exactZ < 0) exactZ = measure(bandit, false);
      z = exactZ;
    }
    if (index === 0) bandit.statistic = z;
    if (z >= ruleThreshold(bandit, rule.kind, rule.constant)) closeRule(bandit, index);
  }
}

/** The threshold of a rule on Z at the present counts. */
export function ruleThreshold(bandit: Bandit, kind: i32, constant: f64): f64 {
  return constant + (kind === HEURISTIC ? heuristicGrowth(bandit.dimensions, bandit.pulls) : bandit.deviations);
}

function closeRule(bandit: Bandit, index: i32): void {
  ruleAt(bandit, index).stopped = bandit.pulls;
  bandit.openRules--;
  if (bandit.state !== RUNNING) return;
  bandit.state = STOPPED;
  bandit.winner = index;
}

/** Z at the present means, with labels and centers from before the last pulls. */
function measure(bandit: Bandit, asPrinted: bool): f64 {
  const model = kmeansOf(bandit);
  if (bandit.allocation === LAZY) {
    const z2 = lazySeparation(bandit, asPrinted ? changetype<Allocation>(bandit.solver).sizes : 0);
    return likelihoodRatio(lazySpread(bandit), z2);
  }
  weighClusters(bandit.arms, bandit.clusters, model.labels, bandit.counts, bandit.smallest, bandit.whole, bandit.sizes);
  const z2 = clusterSeparation(
    bandit.clusters,
    bandit.bytes,
    model.centers,
    bandit.smallest,
    bandit.whole,
    asPrinted ? bandit.sizes : 0,
  );
  const z1 = spread(bandit.arms, bandit.bytes, model.labels, bandit.means, bandit.counts, model.centers);
  return likelihoodRatio(z1, z2);
}
