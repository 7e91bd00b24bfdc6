/**
 * Whether what was read from saved bytes hangs together. Bytes may come from anywhere: a checksum is easily
 * made. What passes may be anyone's invention, but it neither leaves its memory, nor loops, nor gives NaN.
 */
import { pairsOf, representative } from "./pairs";
import { CERTIFIED, CLASSIFY, FIRST_PULLS, Sampler, SEARCH } from "./representatives";
import { Bandit, countOf, EXHAUSTED, LAZY, ORACLE, REPRESENTATIVES, RUNNING, STOPPED } from "./state";
import { kmeansOf, solverOf } from "./tracking";

/** Counts, asks and labels: before anything is built from them. */
export function isConsistent(bandit: Bandit): bool {
  return countsAddUp(bandit) && endsRight(bandit) && asksFirstPullsInOrder(bandit) && clustersAreWhole(bandit);
}

/** First every arm once, in order; then nobody has less than one pull. */
function countsAddUp(bandit: Bandit): bool {
  const early = bandit.pulls < <f64>bandit.arms;
  let sum = 0.0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    const count = countOf(bandit, arm);
    if (!(count >= 0) || count !== Math.floor(count)) return false;
    if (early ? count !== (<f64>arm < bandit.pulls ? 1.0 : 0.0) : count < 1.0) return false;
    sum += count;
  }
  return sum === bandit.pulls;
}

function endsRight(bandit: Bandit): bool {
  if ((bandit.state === STOPPED) !== bandit.winner >= 0) return false;
  if (bandit.state !== RUNNING && bandit.pendingCount > 0) return false;
  if (bandit.state === RUNNING && bandit.pulls + <f64>bandit.pendingCount > bandit.maxPulls) return false;
  return bandit.state !== EXHAUSTED || bandit.pulls >= bandit.maxPulls;
}

function asksFirstPullsInOrder(bandit: Bandit): bool {
  if (bandit.pulls >= <f64>bandit.arms) return true;
  for (let index = 0; index < bandit.pendingCount; index++) {
    if (<f64>load<i32>(bandit.pending + (<usize>index << 2)) !== bandit.pulls + <f64>index) return false;
  }
  return !bandit.hasPartition;
}

/** No cluster without an arm; masses and sizes are those of the labels. */
function clustersAreWhole(bandit: Bandit): bool {
  if (bandit.allocation === ORACLE && !matchesSizes(bandit, bandit.oracleLabels, bandit.oracleSizes)) return false;
  if (!bandit.hasPartition) return true;
  const model = kmeansOf(bandit);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    let mass = 0.0;
    for (let arm = 0; arm < bandit.arms; arm++) {
      if (load<i32>(model.labels + (<usize>arm << 2)) === cluster) mass += countOf(bandit, arm);
    }
    if (mass === 0) return false;
    if (bandit.allocation === LAZY && !(load<f64>(model.masses + (<usize>cluster << 3)) === mass)) return false;
  }
  return bandit.allocation !== LAZY || matchesSizes(bandit, model.labels, solverOf(bandit).sizes);
}

function matchesSizes(bandit: Bandit, labels: usize, sizes: usize): bool {
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    let size = 0.0;
    for (let arm = 0; arm < bandit.arms; arm++) {
      if (load<i32>(labels + (<usize>arm << 2)) === cluster) size += 1.0;
    }
    if (size === 0 || load<f64>(sizes + (<usize>cluster << 3)) !== size) return false;
  }
  return true;
}

/** The sampler, before it is built again: its phase belongs to the pulls, its representatives are K arms. */
export function isSamplerConsistent(bandit: Bandit, state: Sampler): bool {
  if ((state.phase === FIRST_PULLS) !== bandit.pulls < <f64>bandit.arms) return false;
  if ((state.phase === CERTIFIED) !== (bandit.state === STOPPED)) return false;
  if (state.phase === FIRST_PULLS) return state.target < 0;
  if (state.phase < CLASSIFY) return true;
  for (let k = 1; k < bandit.clusters; k++) {
    for (let j = 0; j < k; j++) if (representative(pairsOf(bandit), j) === representative(pairsOf(bandit), k)) return false;
  }
  return true;
}

/** The sampler, built again: there is a next arm, and every unresolved one stands in the queue, once. */
export function canGoOn(bandit: Bandit, state: Sampler): bool {
  if (state.phase === SEARCH) return state.pairA >= 0;
  if (state.phase < CLASSIFY) return true;
  let unresolved = 0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    const left = load<i32>(state.left + (<usize>arm << 2));
    if (left < 1) return false;
    if (left > 1) unresolved++;
  }
  if ((state.phase === CERTIFIED) !== (unresolved === 0)) return false;
  return queuedOnce(bandit, state) === unresolved;
}

/** How many unresolved arms stand in the queue; -1 if one does twice. Marks them in `reportLabels`, which is free. */
function queuedOnce(bandit: Bandit, state: Sampler): i32 {
  const marks = bandit.reportLabels;
  memory.fill(marks, 0, <usize>bandit.arms << 2);
  let queued = 0;
  let at = state.head;
  for (let index = 0; index < state.length; index++) {
    const arm = <usize>load<i32>(state.queue + (<usize>at << 2)) << 2;
    at = at + 1 === bandit.arms ? 0 : at + 1;
    if (load<i32>(state.left + arm) < 2) continue;
    if (load<i32>(marks + arm)) return -1;
    store<i32>(marks + arm, 1);
    queued++;
  }
  return queued;
}
