/**
 * The whole state as numbers, in one walk that counts, writes or reads.
 *
 * Kept is what the past has left: sums, counts, snapshots, labels, the queue, the solver's last
 * guess. Everything else follows from it, to the last bit, and is built again.
 */
import { Allocation } from "./allocation";
import { gridCount as countAt, gridLevel } from "./grid";
import { groupArms } from "./lazy";
import { chooseRepresentatives, pairsOf, recheckPairs, Certificate } from "./pairs";
import { assess, CERTIFIED, CLASSIFY, orderHeap, sampler, Sampler, SEARCH, selectSampler } from "./representatives";
import { canGoOn, isConsistent, isSamplerConsistent } from "./sound";
import { Bandit, EXHAUSTED, LAZY, ORACLE, PAIRWISE, REPRESENTATIVES, ruleAt } from "./state";
import { kmeansOf } from "./tracking";

const COUNTING = 0;
const WRITING = 1;
const READING = 2;
/** An observation is at most 1e120 standard deviations, a sum of 2^53 of them 1e136; squares stay below 1e290. */
const MOST: f64 = 1e290;
const MOST_COORDINATE: f64 = 1e136;
/** 52 flags. */
const MOST_FLAGS: f64 = 4503599627370495.0;
/** Two integers share a number: both stay below this. */
const HALF: f64 = 67108864.0;

let mode: i32 = COUNTING;
let cursor: usize = 0;
/** While reading: every number so far is one that could have been written in its place. */
let sound = true;

/** Numbers that the state takes now. */
export function banditStateLength(pointer: usize): i32 {
  mode = COUNTING;
  cursor = 0;
  walk(changetype<Bandit>(pointer));
  return <i32>(cursor >> 3);
}

export function banditSave(pointer: usize, to: usize): void {
  mode = WRITING;
  cursor = to;
  walk(changetype<Bandit>(pointer));
}

/** Into a bandit just restarted. Returns the numbers read, for the host to compare; -1: not a state. */
export function banditLoad(pointer: usize, from: usize, length: i32): i32 {
  const bandit = changetype<Bandit>(pointer);
  mode = READING;
  cursor = from;
  const end = from + (<usize>length << 3);
  // The pending pulls are counted before they are read, so their number must fit.
  if (length < 2 || !(load<f64>(from, 8) >= 0 && load<f64>(from, 8) <= <f64>bandit.batch)) return -1;
  sound = true;
  walk(bandit);
  if (cursor !== end || !sound || !isConsistent(bandit)) return -1;
  if (bandit.allocation === REPRESENTATIVES && !isSamplerConsistent(bandit, sampler())) return -1;
  rebuild(bandit);
  return bandit.allocation === REPRESENTATIVES && !canGoOn(bandit, sampler()) ? -1 : length;
}

/** A number from `least` to `most`. */
function real(at: usize, most: f64 = MOST, least: f64 = -most): void {
  if (mode === WRITING) store<f64>(cursor, load<f64>(at));
  else if (mode === READING) store<f64>(at, inRange(load<f64>(cursor), least, most));
  cursor += 8;
}

/** An integer from `least` to `most`. */
function integer(at: usize, most: i32, least: i32 = 0): void {
  if (mode === WRITING) store<f64>(cursor, <f64>load<i32>(at));
  else if (mode === READING) store<i32>(at, wholeInRange(load<f64>(cursor), least, most));
  cursor += 8;
}

function inRange(value: f64, least: f64, most: f64): f64 {
  if (value >= least && value <= most) return value;
  sound = false;
  return 0;
}

function wholeInRange(value: f64, least: i32, most: i32): i32 {
  if (value === Math.floor(value)) return <i32>inRange(value, least, most);
  sound = false;
  return 0;
}

function reals(at: usize, count: i32): void {
  for (let index = 0; index < count; index++) real(at + (<usize>index << 3), MOST_COORDINATE);
}

function rows(at: usize, count: i32, dimensions: i32, bytes: usize): void {
  for (let row = 0; row < count; row++) reals(at + <usize>row * bytes, dimensions);
}

function integers(at: usize, count: i32, most: i32): void {
  for (let index = 0; index < count; index++) integer(at + (<usize>index << 2), most);
}

function walk(bandit: Bandit): void {
  const base = changetype<usize>(bandit);
  real(base + offsetof<Bandit>("pulls"));
  integer(base + offsetof<Bandit>("pendingCount"), bandit.batch);
  integers(bandit.pending, bandit.pendingCount, bandit.arms - 1);
  integer(base + offsetof<Bandit>("hasPartition"), bandit.needsPartition);
  integer(base + offsetof<Bandit>("state"), EXHAUSTED);
  integer(base + offsetof<Bandit>("winner"), bandit.rules - 1, -1);
  real(base + offsetof<Bandit>("nextRefresh"));
  real(base + offsetof<Bandit>("deviations"));
  real(base + offsetof<Bandit>("statistic"), Infinity, -MOST);
  real(base + offsetof<Bandit>("energy"));
  reals(bandit.origin, bandit.dimensions);
  if (bandit.needsPartition) walkPartition(bandit);
  if (bandit.allocation === ORACLE) {
    reals(bandit.oracleWeights, bandit.clusters);
    reals(bandit.oracleSizes, bandit.clusters);
  }
  let phase = 0;
  if (bandit.allocation === REPRESENTATIVES) {
    selectSampler(bandit.sampler);
    walkSampler(bandit);
    phase = sampler().phase;
  }
  reals(bandit.counts, bandit.arms);
  rows(bandit.sums, bandit.arms, bandit.dimensions, bandit.bytes);
  if (bandit.pairs !== 0) rows(bandit.snapshots, bandit.arms, bandit.dimensions, bandit.bytes);
  for (let arm = 0; arm < bandit.arms; arm++) walkMarks(bandit, arm);
  if (phase >= CLASSIFY) for (let arm = 0; arm < bandit.arms; arm++) walkExcluded(bandit, arm);
}

function walkPartition(bandit: Bandit): void {
  const model = kmeansOf(bandit);
  const solver = changetype<Allocation>(bandit.solver);
  rows(model.centers, bandit.clusters, bandit.dimensions, bandit.bytes);
  if (bandit.allocation === LAZY) {
    rows(model.totals, bandit.clusters, bandit.dimensions, bandit.bytes);
    reals(model.masses, bandit.clusters);
  }
  integer(bandit.solver + offsetof<Allocation>("activeCount"), bandit.clusters);
  real(bandit.solver + offsetof<Allocation>("scale"));
  reals(solver.inverse, bandit.clusters);
  reals(solver.weights, bandit.clusters);
  reals(solver.sizes, bandit.clusters);
  integers(solver.active, bandit.clusters, bandit.clusters * bandit.clusters - 1);
}

function walkSampler(bandit: Bandit): void {
  const at = bandit.sampler;
  integer(at + offsetof<Sampler>("phase"), CERTIFIED);
  integer(at + offsetof<Sampler>("target"), bandit.arms - 1, -1);
  integer(at + offsetof<Sampler>("head"), bandit.arms - 1);
  integer(at + offsetof<Sampler>("length"), bandit.arms);
  real(at + offsetof<Sampler>("searchPulls"));
  real(at + offsetof<Sampler>("contestPulls"));
  real(at + offsetof<Sampler>("weakest"), Infinity, -MOST);
  integers(pairsOf(bandit).representatives, bandit.clusters, bandit.arms - 1);
}

/** A label or the true one, and the cell of the queue, in one number. */
function walkMarks(bandit: Bandit, arm: i32): void {
  const at = <usize>arm << 2;
  const labels = bandit.allocation === ORACLE ? bandit.oracleLabels : kmeansOf(bandit).labels;
  // Oracle's partition may be needed too, and it has no queue.
  let second = bandit.allocation === ORACLE ? kmeansOf(bandit).labels : 0;
  if (bandit.allocation === REPRESENTATIVES) second = sampler().queue;
  if (mode === WRITING) {
    const other = second === 0 ? 0.0 : <f64>load<i32>(second + at);
    store<f64>(cursor, <f64>load<i32>(labels + at) * HALF + other);
  } else if (mode === READING) {
    const packed = load<f64>(cursor);
    const label = Math.floor(packed / HALF);
    const most = bandit.allocation === ORACLE ? bandit.clusters : bandit.arms;
    const other = wholeInRange(packed - label * HALF, 0, most - 1);
    store<i32>(labels + at, wholeInRange(label, 0, bandit.clusters - 1));
    if (second !== 0) store<i32>(second + at, other);
  }
  cursor += 8;
}

/** The representatives an arm is told from: 52 flags a number. */
function walkExcluded(bandit: Bandit, arm: i32): void {
  const flags = sampler().excluded + <usize>arm * <usize>bandit.clusters;
  for (let first = 0; first < bandit.clusters; first += 52) {
    const last = min(first + 52, bandit.clusters);
    if (mode === WRITING) {
      let packed: u64 = 0;
      for (let cluster = last - 1; cluster >= first; cluster--) packed = (packed << 1) | <u64>load<u8>(flags + cluster);
      store<f64>(cursor, <f64>packed);
    } else if (mode === READING) {
      let packed = <u64>inRange(load<f64>(cursor), 0, MOST_FLAGS);
      for (let cluster = first; cluster < last; cluster++) {
        store<u8>(flags + cluster, <u8>(packed & 1));
        packed >>= 1;
      }
    }
    cursor += 8;
  }
}

/** What follows from what was read. */
function rebuild(bandit: Bandit): void {
  for (let arm = 0; arm < bandit.arms; arm++) {
    const row = <usize>arm * bandit.bytes;
    const count = load<f64>(bandit.counts + (<usize>arm << 3));
    store<f64>(bandit.planned + (<usize>arm << 3), count);
    if (count === 0) continue;
    for (let offset: usize = 0; offset < bandit.bytes; offset += 8) {
      store<f64>(bandit.means + row + offset, load<f64>(bandit.sums + row + offset) / count);
    }
    const level = gridLevel(count);
    store<i32>(bandit.levels + (<usize>arm << 2), level);
    store<f64>(bandit.snapshotCounts + (<usize>arm << 3), countAt(level));
  }
  for (let index = 0; index < bandit.pendingCount; index++) {
    const at = bandit.planned + (<usize>load<i32>(bandit.pending + (<usize>index << 2)) << 3);
    store<f64>(at, load<f64>(at) + 1.0);
  }
  for (let arm = 0; arm < bandit.arms; arm++) {
    const level = gridLevel(load<f64>(bandit.planned + (<usize>arm << 3)));
    store<i32>(bandit.plannedLevels + (<usize>arm << 2), level);
  }
  if (bandit.winner >= 0) {
    ruleAt(bandit, bandit.winner).stopped = bandit.pulls;
    bandit.openRules--;
  }
  if (bandit.allocation === LAZY && bandit.hasPartition) groupArms(bandit);
  if (bandit.allocation === REPRESENTATIVES) rebuildSampler(bandit);
  else if (bandit.needsPairs && bandit.pulls >= <f64>bandit.arms) rebuildPairs(bandit);
}

function rebuildPairs(bandit: Bandit): void {
  chooseRepresentatives(bandit);
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    if (rule.kind === PAIRWISE) recheckPairs(changetype<Certificate>(rule.certificate), bandit);
  }
}

function rebuildSampler(bandit: Bandit): void {
  const state = sampler();
  orderHeap(bandit);
  if (state.phase === SEARCH) {
    chooseRepresentatives(bandit);
    assess(bandit, state);
  } else if (state.phase >= CLASSIFY) {
    rebuildClassify(bandit, state);
  }
}

function rebuildClassify(bandit: Bandit, state: Sampler): void {
  const pairs = pairsOf(bandit);
  pairs.chosen = 1;
  memory.fill(pairs.isRepresentative, 0, <usize>bandit.arms << 2);
  memory.fill(state.undecided, 0, <usize>bandit.clusters << 2);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const arm = load<i32>(pairs.representatives + (<usize>cluster << 2));
    store<i32>(pairs.isRepresentative + (<usize>arm << 2), 1);
  }
  state.unresolved = 0;
  for (let arm = 0; arm < bandit.arms; arm++) {
    const at = <usize>arm << 2;
    const flags = state.excluded + <usize>arm * <usize>bandit.clusters;
    let left = bandit.clusters;
    for (let cluster = 0; cluster < bandit.clusters; cluster++) left -= <i32>load<u8>(flags + cluster);
    if (load<i32>(pairs.isRepresentative + at)) left = 1;
    store<i32>(state.left + at, left);
    if (left < 2) continue;
    state.unresolved++;
    for (let cluster = 0; cluster < bandit.clusters; cluster++) {
      const cell = state.undecided + (<usize>cluster << 2);
      store<i32>(cell, load<i32>(cell) + 1 - <i32>load<u8>(flags + cluster));
    }
  }
}
