/**
 * Sampling made for the pairwise certificate: find K representatives, then tell every other arm
 * from all but one of them. An arm is always pulled up to its next count on the grid.
 */
import { take, takeStruct } from "./arena";
import { gridCount, logEqualPairs, Thresholds, threshold } from "./grid";
import { heapify, siftDown } from "./heap";
import {
  Certificate,
  chooseRepresentatives,
  isRepresentative,
  pairRatio,
  pairsOf,
  pairStatistic,
  refreshRepresentatives,
  representative,
  secondRatio,
  lastNearest,
  weakestPair,
} from "./pairs";
import { Bandit, levelOf, plan, plannedOf, ruleAt } from "./state";
import { halfChiSquared, logGammaHalf } from "./tail";

// Phases
export const FIRST_PULLS = 0;
export const SEARCH = 1;
export const CLASSIFY = 2;
export const CERTIFIED = 3;

@unmanaged
export class Sampler {
  phase: i32;
  target: i32; // the arm on its way to the next count, or -1
  pairA: i32; // the pair of representatives that lacks most
  pairB: i32;
  sure: i32; // 1: all pairs of representatives are believed to differ
  head: i32; // of the queue
  length: i32;
  unresolved: i32;
  searchPulls: f64; // spent on the least sampled arms
  contestPulls: f64; // spent on pairs not yet believed
  weakest: f64; // smallest G over threshold among the tests passed
  believed: f64; // the G at which a pair is believed to differ
  queue: usize; // i32 an arm: a ring of arms not yet told from K - 1 representatives
  excluded: usize; // u8, arms x clusters: declared different
  left: usize; // i32 an arm: representatives not excluded
  undecided: usize; // i32 a cluster: unresolved arms that still have it left
  positions: usize; // i32 an arm: where it stands in the heap
}

let samplerPointer: usize = 0;

export function laySampler(arms: i32, clusters: i32): usize {
  const pointer = takeStruct(offsetof<Sampler>());
  const sampler = changetype<Sampler>(pointer);
  sampler.queue = take(<usize>arms << 2);
  sampler.excluded = take(<usize>arms * <usize>clusters);
  sampler.left = take(<usize>arms << 2);
  sampler.undecided = take(<usize>clusters << 2);
  sampler.positions = take(<usize>arms << 2);
  return pointer;
}

/** Which sampler the functions below work on; one bandit at a time. */
export function selectSampler(pointer: usize): void {
  samplerPointer = pointer;
}

@inline
export function sampler(): Sampler {
  return changetype<Sampler>(samplerPointer);
}

@inline
function thresholdsOf(bandit: Bandit): Thresholds {
  return changetype<Thresholds>(changetype<Certificate>(ruleAt(bandit, 0).certificate).thresholds);
}

export function startSampler(bandit: Bandit): void {
  const state = sampler();
  state.phase = FIRST_PULLS;
  state.target = -1;
  state.searchPulls = 0;
  state.contestPulls = 0;
  state.weakest = Infinity;
  state.head = 0;
  state.length = 0;
  state.unresolved = 0;
  // Believed: a chance of exp(-3) that any pair of equal mean looks like this.
  const level = 3.0 + logEqualPairs(bandit.arms, bandit.clusters);
  state.believed = halfChiSquared(bandit.dimensions, level, logGammaHalf(bandit.dimensions));
  pairsOf(bandit).chosen = 0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    store<i32>(bandit.heap + (<usize>arm << 2), arm);
    store<i32>(state.positions + (<usize>arm << 2), arm);
  }
}

/** Orders the heap by the planned counts, after a restore. */
export function orderHeap(bandit: Bandit): void {
  heapify(bandit.heap, bandit.arms, bandit.planned, sampler().positions);
}

/** Fills the ask with up to `room` pulls. */
export function askRepresentatives(bandit: Bandit, room: i32): void {
  const state = sampler();
  while (bandit.pendingCount < room) {
    if (state.target < 0) {
      // With every first pull asked for, nothing can be chosen before they are told.
      if (state.phase === FIRST_PULLS && bandit.pulls + <f64>bandit.pendingCount >= <f64>bandit.arms) return;
      state.target = chooseTarget(bandit, state);
    }
    const arm = state.target;
    plan(bandit, arm);
    if (state.phase !== FIRST_PULLS) {
      siftDown(bandit.heap, bandit.arms, load<i32>(state.positions + (<usize>arm << 2)), bandit.planned, state.positions);
    }
    const level = bandit.plannedLevels + (<usize>arm << 2);
    if (plannedOf(bandit, arm) >= gridCount(load<i32>(level) + 1)) {
      store<i32>(level, load<i32>(level) + 1);
      state.target = -1;
    }
  }
}

function chooseTarget(bandit: Bandit, state: Sampler): i32 {
  if (state.phase === FIRST_PULLS) return <i32>bandit.pulls + bandit.pendingCount;
  return state.phase === SEARCH ? chooseSearch(bandit, state) : chooseClassify(bandit, state);
}

/** Pulls that take an arm to its next count on the grid. */
function pullsToNext(bandit: Bandit, arm: i32): f64 {
  return gridCount(load<i32>(bandit.plannedLevels + (<usize>arm << 2)) + 1) - plannedOf(bandit, arm);
}

/** Phase 1: as many pulls for finding better representatives as for the pair in doubt. */
function chooseSearch(bandit: Bandit, state: Sampler): i32 {
  const least = load<i32>(bandit.heap);
  if (!state.sure && state.searchPulls <= state.contestPulls) {
    state.searchPulls += pullsToNext(bandit, least);
    return least;
  }
  const pulls = bandit.pulls + <f64>bandit.pendingCount;
  if (plannedOf(bandit, least) <= sqrt(pulls) - 0.5 * <f64>bandit.arms) return least;
  const arm = plannedOf(bandit, state.pairA) <= plannedOf(bandit, state.pairB) ? state.pairA : state.pairB;
  if (!state.sure) state.contestPulls += pullsToNext(bandit, arm);
  return arm;
}

/** Phase 2: the first arm in the queue, or the representative it is hardest to tell from. */
function chooseClassify(bandit: Bandit, state: Sampler): i32 {
  let arm = dequeue(bandit, state);
  while (leftOf(state, arm) < 2) arm = dequeue(bandit, state);
  const cluster = rivalOf(bandit, state, arm);
  const rival = representative(pairsOf(bandit), cluster);
  // A pull of the rival serves every arm that has it left; half of them, for a guess.
  const served = max(1.0, 0.5 * <f64>load<i32>(state.undecided + (<usize>cluster << 2)));
  const rivalCount = plannedOf(bandit, rival);
  const count = plannedOf(bandit, arm);
  if (rivalCount * rivalCount < served * count * count) {
    state.head = state.head === 0 ? bandit.arms - 1 : state.head - 1;
    state.length++;
    store<i32>(state.queue + (<usize>state.head << 2), arm);
    return rival;
  }
  enqueue(bandit, state, arm);
  return arm;
}

@inline
function leftOf(state: Sampler, arm: i32): i32 {
  return load<i32>(state.left + (<usize>arm << 2));
}

function dequeue(bandit: Bandit, state: Sampler): i32 {
  const arm = load<i32>(state.queue + (<usize>state.head << 2));
  state.head = state.head + 1 === bandit.arms ? 0 : state.head + 1;
  state.length--;
  return arm;
}

function enqueue(bandit: Bandit, state: Sampler, arm: i32): void {
  let tail = state.head + state.length;
  if (tail >= bandit.arms) tail -= bandit.arms;
  store<i32>(state.queue + (<usize>tail << 2), arm);
  state.length++;
}

@inline
function excludedAt(bandit: Bandit, state: Sampler, arm: i32, cluster: i32): usize {
  return state.excluded + <usize>arm * <usize>bandit.clusters + <usize>cluster;
}

/** The cluster with the second smallest G among those left to the arm. */
function rivalOf(bandit: Bandit, state: Sampler, arm: i32): i32 {
  const pairs = pairsOf(bandit);
  let first: f64 = Infinity;
  let second: f64 = Infinity;
  let nearest = -1;
  let rival = -1;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    if (load<u8>(excludedAt(bandit, state, arm, cluster))) continue;
    const statistic = pairStatistic(bandit, arm, representative(pairs, cluster));
    if (statistic < first) {
      second = first;
      rival = nearest;
      first = statistic;
      nearest = cluster;
    } else if (statistic < second) {
      second = statistic;
      rival = cluster;
    }
  }
  return rival;
}

/** Takes in the arms that reached a new level. */
export function tellRepresentatives(bandit: Bandit): void {
  const state = sampler();
  if (state.phase === FIRST_PULLS) {
    if (bandit.pulls < <f64>bandit.arms) return;
    orderHeap(bandit);
    search(bandit, state);
    return;
  }
  if (bandit.completedCount === 0) return;
  if (state.phase === SEARCH) {
    for (let index = 0; index < bandit.completedCount; index++) {
      refreshRepresentatives(bandit, load<i32>(bandit.completed + (<usize>index << 2)));
    }
    if (assess(bandit, state)) enterClassify(bandit, state);
    return;
  }
  for (let index = 0; index < bandit.completedCount; index++) {
    if (!retest(bandit, state, load<i32>(bandit.completed + (<usize>index << 2)))) {
      search(bandit, state);
      return;
    }
  }
  if (state.unresolved === 0) state.phase = CERTIFIED;
}

function search(bandit: Bandit, state: Sampler): void {
  state.phase = SEARCH;
  chooseRepresentatives(bandit);
  if (assess(bandit, state)) enterClassify(bandit, state);
}

/** Finds the pair of representatives that lacks most; true if none lacks anything. */
export function assess(bandit: Bandit, state: Sampler): bool {
  const pairs = pairsOf(bandit);
  const thresholds = thresholdsOf(bandit);
  let worst: f64 = Infinity;
  state.pairA = -1;
  state.sure = 1;
  for (let k = 1; k < bandit.clusters; k++) {
    const a = representative(pairs, k);
    for (let j = 0; j < k; j++) {
      const b = representative(pairs, j);
      const statistic = pairStatistic(bandit, a, b);
      if (statistic < state.believed) state.sure = 0;
      const lack = statistic - threshold(thresholds, levelOf(bandit, a), levelOf(bandit, b));
      if (lack < 0 && lack < worst) {
        worst = lack;
        state.pairA = a;
        state.pairB = b;
      }
    }
  }
  return state.pairA < 0;
}

function enterClassify(bandit: Bandit, state: Sampler): void {
  const pairs = pairsOf(bandit);
  state.phase = CLASSIFY;
  state.weakest = weakestPair(bandit, thresholdsOf(bandit));
  state.head = 0;
  state.length = 0;
  state.unresolved = 0;
  memory.fill(state.excluded, 0, <usize>bandit.arms * <usize>bandit.clusters);
  memory.fill(state.undecided, 0, <usize>bandit.clusters << 2);
  for (let arm = 0; arm < bandit.arms; arm++) {
    store<i32>(state.left + (<usize>arm << 2), isRepresentative(pairs, arm) ? 1 : bandit.clusters);
    if (isRepresentative(pairs, arm)) continue;
    state.unresolved++;
    for (let cluster = 0; cluster < bandit.clusters; cluster++) undecide(state, cluster, 1);
    testAll(bandit, state, arm);
    if (leftOf(state, arm) > 1) enqueue(bandit, state, arm);
  }
  if (state.unresolved === 0) state.phase = CERTIFIED;
}

@inline
function undecide(state: Sampler, cluster: i32, change: i32): void {
  const at = state.undecided + (<usize>cluster << 2);
  store<i32>(at, load<i32>(at) + change);
}

function testAll(bandit: Bandit, state: Sampler, arm: i32): void {
  for (let cluster = 0; cluster < bandit.clusters && leftOf(state, arm) > 1; cluster++) {
    test(bandit, state, arm, cluster);
  }
}

/** Tests an unresolved arm against one representative; what is declared different stays so. */
function test(bandit: Bandit, state: Sampler, arm: i32, cluster: i32): void {
  const at = excludedAt(bandit, state, arm, cluster);
  if (load<u8>(at)) return;
  const ratio = pairRatio(bandit, thresholdsOf(bandit), arm, representative(pairsOf(bandit), cluster));
  if (ratio < 1.0) return;
  store<u8>(at, 1);
  state.weakest = min(state.weakest, ratio);
  undecide(state, cluster, -1);
  const left = leftOf(state, arm) - 1;
  store<i32>(state.left + (<usize>arm << 2), left);
  if (left > 1) return;
  state.unresolved--;
  for (let other = 0; other < bandit.clusters; other++) {
    if (!load<u8>(excludedAt(bandit, state, arm, other))) undecide(state, other, -1);
  }
}

/** Tests what a new snapshot can have changed. False: two representatives are no longer told apart. */
function retest(bandit: Bandit, state: Sampler, arm: i32): bool {
  const pairs = pairsOf(bandit);
  if (!isRepresentative(pairs, arm)) {
    if (leftOf(state, arm) > 1) testAll(bandit, state, arm);
    return true;
  }
  let own = 0;
  while (representative(pairs, own) !== arm) own++;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    if (cluster === own) continue;
    if (pairRatio(bandit, thresholdsOf(bandit), arm, representative(pairs, cluster)) < 1.0) return false;
  }
  for (let other = 0; other < bandit.arms; other++) {
    if (leftOf(state, other) > 1) test(bandit, state, other, own);
  }
  return true;
}

/** Smallest G over threshold among the tests still needed; once certified, among those that were. */
export function samplerStatistic(bandit: Bandit): f64 {
  const state = sampler();
  if (state.phase === FIRST_PULLS) return 0;
  if (state.phase === SEARCH) return weakestPair(bandit, thresholdsOf(bandit));
  if (state.phase === CERTIFIED) return state.weakest;
  let weakest: f64 = Infinity;
  for (let arm = 0; arm < bandit.arms; arm++) {
    if (leftOf(state, arm) > 1) weakest = min(weakest, secondLeft(bandit, state, arm));
  }
  return weakest;
}

/** Second smallest ratio among the representatives left to an arm. */
function secondLeft(bandit: Bandit, state: Sampler, arm: i32): f64 {
  let first: f64 = Infinity;
  let second: f64 = Infinity;
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    if (load<u8>(excludedAt(bandit, state, arm, cluster))) continue;
    const ratio = pairRatio(bandit, thresholdsOf(bandit), arm, representative(pairsOf(bandit), cluster));
    second = min(second, max(first, ratio));
    first = min(first, ratio);
  }
  return second;
}

/** The cluster of an arm: the only representative left, otherwise the nearest by ratio. */
export function samplerLabel(bandit: Bandit, arm: i32): i32 {
  const state = sampler();
  if (state.phase >= CLASSIFY && leftOf(state, arm) === 1 && !isRepresentative(pairsOf(bandit), arm)) {
    for (let cluster = 0; cluster < bandit.clusters; cluster++) {
      if (!load<u8>(excludedAt(bandit, state, arm, cluster))) return cluster;
    }
  }
  secondRatio(bandit, thresholdsOf(bandit), arm);
  return lastNearest();
}
