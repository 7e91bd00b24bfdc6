/**
 * Case C1 of the AAC paper (appendix E): a table q(i, j) of average costs and centers, both moved by
 * every single interaction (eqs. 65, 66), while beta grows with the interactions made. Other learners use
 * the same struct to draw their asks. Units are scaled: mean 0, trace of the covariance 1.
 *
 * One run of beta may end in a poor local minimum, so there are several (`chains`), each from other centers
 * near the mean. The one that cost least at its end goes on: q settles while its centers stand still, then
 * both move again at the last beta.
 */
import { normal, philoxWords } from "../random";
import { exp, expLanes, log, splat, sumLanes } from "../vector";
import { World, squaredDistance, worldFollow, worldRealize } from "./world";

const ASK_STREAM: u32 = 33;
const CENTER_STREAM: u32 = 35;
const UNIT: f64 = 1.0 / 4294967296.0;
/** beta grows between these shares of a chain; after `END` its costs are compared. */
const BEGIN: f64 = 0.05;
const END: f64 = 0.9;
/** Offsets that break the symmetry of centers that start at the mean. */
const OFFSET: f64 = 0.03;
/** In the last part centers hardly move, so more visits count. */
const LAST_PAIR_GAIN: f64 = 1.5;

@unmanaged
export class Tabular {
  // f64 fields, in the order that src/core/exports.ts lists them.
  beta: f64;
  betaStart: f64;
  betaEnd: f64;
  betaSettle: f64; // where q begins to settle: low enough that one bad sample shuts no prescription out
  chainLength: f64; // interactions of a chain
  settleLength: f64; // interactions with the best centers held
  chainStart: f64; // interactions before the present chain
  costSum: f64; // of the end of the present chain
  costCount: f64;
  lowest: f64; // mean cost of the best chain so far
  epsilon: f64; // share of asks whose prescription is uniform
  pairGain: f64; // step of q(i, j) at its n-th visit: gain / (gain - 1 + n)
  centerGain: f64; // the same for y_k at its n-th realization
  interactions: f64; // told so far
  round: f64;
  seed: f64;
  // i32 fields.
  rows: i32;
  dimensions: i32;
  clusters: i32;
  padded: i32; // clusters rounded up to 2
  chains: i32;
  chain: i32; // the present one; `chains`: the last part
  learns: i32; // 1: Q-learning, 0: q and beta are given
  capacity: i32; // of a round
  count: i32; // entries of the present round
  // Pointers.
  points: usize; // rows x d
  keep: usize; // u32 a row: alias table of the weights
  alias: usize; // i32 a row
  labels: usize; // i32 a row
  centers: usize; // K x d
  bestCenters: usize; // K x d
  arrivals: usize; // f64 a cluster: realizations so far
  entities: usize; // i32 an entry of the round, as are the next two
  prescribed: usize;
  realized: usize;
  costs: usize; // f64 an entry: NaN where the realized cluster was seen
  weights: usize; // padded, scratch
  visits: usize; // u32, rows x K
  q: usize; // rows x padded; padding never chosen
}

@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~(<usize>15);
}

/** Bytes of the struct and its arrays; without `learns` nothing counts visits. */
export function tabularBytes(rows: i32, dimensions: i32, clusters: i32, capacity: i32, learns: i32): f64 {
  const n = <f64>rows;
  const k = <f64>clusters;
  const d = <f64>dimensions;
  const shared = 8 * n * d + 12 * n + 16 * k * d + 16 * k + 20 * <f64>capacity;
  const tables = n * (learns ? 4 * k : 0.0) + 8 * n * (k + 1);
  return <f64>offsetof<Tabular>() + shared + tables + 16 * 16;
}

/** Lays the arrays out behind the struct, in zeroed memory. */
export function tabularInit(t: Tabular, rows: i32, dimensions: i32, clusters: i32, capacity: i32, learns: i32): void {
  t.rows = rows;
  t.dimensions = dimensions;
  t.clusters = clusters;
  t.padded = (clusters + 1) & ~1;
  t.capacity = capacity;
  const n = <usize>rows;
  const k = <usize>clusters;
  const size = k * <usize>dimensions * 8;
  const entries = <usize>capacity;
  t.points = align(changetype<usize>(t) + offsetof<Tabular>());
  t.keep = align(t.points + n * <usize>dimensions * 8);
  t.alias = align(t.keep + n * 4);
  t.labels = align(t.alias + n * 4);
  t.centers = align(t.labels + n * 4);
  t.bestCenters = align(t.centers + size);
  t.arrivals = align(t.bestCenters + size);
  t.entities = align(t.arrivals + k * 8);
  t.prescribed = align(t.entities + entries * 4);
  t.realized = align(t.prescribed + entries * 4);
  t.costs = align(t.realized + entries * 4);
  t.weights = align(t.costs + entries * 8);
  t.visits = align(t.weights + (k + 1) * 8);
  t.q = align(t.visits + (learns ? n * k * 4 : 0));
  t.learns = learns;
}

/** Begins the first chain. */
export function tabularStart(t: Tabular): void {
  t.lowest = Infinity;
  startChain(t);
}

/** New centers near the mean, or, after the last chain, those that cost least; q as if all obeyed. */
function startChain(t: Tabular): void {
  const size = <usize>t.clusters * <usize>t.dimensions;
  const last = t.chain == t.chains;
  t.chainStart = t.interactions;
  t.costSum = 0;
  t.costCount = 0;
  if (last) {
    memory.copy(t.centers, t.bestCenters, size * 8);
    t.pairGain = LAST_PAIR_GAIN;
  } else {
    const first = <u64>t.chain * <u64>size;
    for (let n: usize = 0; n < size; n++) {
      store<f64>(t.centers + n * 8, OFFSET * normal(<u64>t.seed, CENTER_STREAM, first + <u64>n));
    }
  }
  for (let k: usize = 0; k < <usize>t.clusters; k++) {
    store<f64>(t.arrivals + k * 8, last ? t.chainLength / <f64>t.clusters : 0.0);
  }
  memory.fill(t.visits, 0, <usize>t.rows * <usize>t.clusters * 4);
  obeyedCosts(t);
}

/** q(i, j) = d(x_i, y_j). */
function obeyedCosts(t: Tabular): void {
  const d = <usize>t.dimensions;
  const k = <usize>t.clusters;
  const stride = <usize>t.padded;
  for (let i: usize = 0; i < <usize>t.rows; i++) {
    for (let j: usize = 0; j < stride; j++) {
      const cost = j < k ? squaredDistance(t.points + i * d * 8, t.centers + j * d * 8, d) : Infinity;
      store<f64>(t.q + (i * stride + j) * 8, cost);
    }
  }
}

/** Ends a chain that has had its interactions. */
function endChain(t: Tabular): void {
  const mean = t.costCount > 0 ? t.costSum / t.costCount : Infinity;
  if (mean < t.lowest || t.chain == 0) {
    t.lowest = mean;
    memory.copy(t.bestCenters, t.centers, (<usize>t.clusters * <usize>t.dimensions) << 3);
  }
  t.chain++;
  startChain(t);
}

@inline
function isSettling(t: Tabular): bool {
  return t.chain == t.chains && t.interactions - t.chainStart < t.settleLength;
}

/** Draws the round's entities (by weight) and prescriptions into `entities` and `prescribed`. */
export function tabularAsk(t: Tabular, count: i32): void {
  t.count = count;
  if (t.learns) {
    if (t.chain < t.chains && t.interactions - t.chainStart >= t.chainLength) endChain(t);
    t.beta = scheduledBeta(t);
  }
  const n = <u64>t.rows;
  const uniformBelow = <u64>(t.epsilon * 4294967296.0);
  for (let entry: usize = 0; entry < <usize>count; entry++) {
    const words = philoxWords(<u64>t.seed, ASK_STREAM, (<u64>t.round << 32) | <u64>entry);
    const cell = <usize>((<u64>load<u32>(words) * n) >> 32);
    const keeps = load<u32>(words, 4) <= load<u32>(t.keep + cell * 4);
    const i = keeps ? <i32>cell : load<i32>(t.alias + cell * 4);
    const draw = load<u32>(words, 8);
    let j: i32;
    if (<u64>load<u32>(words, 12) < uniformBelow) j = <i32>((<u64>draw * <u64>t.clusters) >> 32);
    else j = softPolicy(t, <usize>i, (<f64>draw + 0.5) * UNIT);
    store<i32>(t.entities + entry * 4, i);
    store<i32>(t.prescribed + entry * 4, j);
  }
}

/** beta as a power of the interactions, so that every split gets a like share of those made before it. */
function scheduledBeta(t: Tabular): f64 {
  const since = t.interactions - t.chainStart;
  if (t.chain < t.chains) return between(t.betaStart, t.betaEnd, since / t.chainLength);
  return between(t.betaSettle, t.betaEnd, since / t.settleLength);
}

@inline
function between(start: f64, end: f64, position: f64): f64 {
  if (position <= BEGIN) return start;
  if (position >= END) return end;
  return start * exp((log(position / BEGIN) / log(END / BEGIN)) * log(end / start));
}

/** j ~ softmax(-beta q(i, .)), by inverting the distribution at u. */
function softPolicy(t: Tabular, i: usize, u: f64): i32 {
  const bytes = (<usize>t.padded) << 3;
  const q = t.q + i * bytes;
  let lowest = splat(Infinity);
  for (let at: usize = 0; at < bytes; at += 16) lowest = f64x2.min(lowest, v128.load(q + at));
  lowest = splat(min(f64x2.extract_lane(lowest, 0), f64x2.extract_lane(lowest, 1)));
  const beta = splat(t.beta);
  let total = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const weight = expLanes(f64x2.mul(beta, f64x2.sub(lowest, v128.load(q + at))));
    v128.store(t.weights + at, weight);
    total = f64x2.add(total, weight);
  }
  let rest = u * sumLanes(total);
  const last = (<usize>(t.clusters - 1)) << 3;
  let at: usize = 0;
  rest -= load<f64>(t.weights);
  while (rest > 0 && at < last) {
    at += 8;
    rest -= load<f64>(t.weights + at);
  }
  while (at > 0 && load<f64>(t.weights + at) == 0) at -= 8;
  return <i32>(at >> 3);
}

/** Where only costs were seen: the realized cluster is the one whose distance is nearest to the cost. */
export function tabularInfer(t: Tabular): void {
  const d = <usize>t.dimensions;
  for (let entry: usize = 0; entry < <usize>t.count; entry++) {
    const x = t.points + <usize>load<i32>(t.entities + entry * 4) * d * 8;
    const cost = load<f64>(t.costs + entry * 8);
    let best = Infinity;
    for (let k = 0; k < t.clusters; k++) {
      const miss = abs(squaredDistance(x, t.centers + <usize>k * d * 8, d) - cost);
      if (miss < best) {
        best = miss;
        store<i32>(t.realized + entry * 4, k);
      }
    }
  }
}

/**
 * Takes what the round's entries realized. `costsSeen`: q learns the costs as told, else the distances.
 * `moving` = 0 updates q alone: the entries did not come from the learner's own policy (eq. 66 needs that).
 */
export function tabularTell(t: Tabular, costsSeen: i32, moving: i32): void {
  const d = <usize>t.dimensions;
  const moves = moving && !isSettling(t);
  let total = 0.0;
  for (let entry: usize = 0; entry < <usize>t.count; entry++) {
    const i = <usize>load<i32>(t.entities + entry * 4);
    const j = <usize>load<i32>(t.prescribed + entry * 4);
    const k = <usize>load<i32>(t.realized + entry * 4);
    const x = t.points + i * d * 8;
    const y = t.centers + k * d * 8;
    const cost = costsSeen ? load<f64>(t.costs + entry * 8) : squaredDistance(x, y, d);
    total += cost;
    learnCost(t, i, j, cost);
    if (moves) moveCenter(t, k, x, y);
  }
  if (!moving) return;
  if (t.interactions - t.chainStart >= END * t.chainLength) {
    t.costSum += total;
    t.costCount += <f64>t.count;
  }
  t.interactions += <f64>t.count;
}

/** Eq. 65, with the Robbins-Monro step of this pair. */
@inline
function learnCost(t: Tabular, i: usize, j: usize, cost: f64): void {
  const visitsAt = t.visits + (i * <usize>t.clusters + j) * 4;
  const visits = load<u32>(visitsAt) + 1;
  if (visits != 0) store<u32>(visitsAt, visits); // stays at 2^32 - 1
  const at = t.q + (i * <usize>t.padded + j) * 8;
  const q = load<f64>(at);
  store<f64>(at, q + (t.pairGain / (t.pairGain - 1.0 + <f64>visits)) * (cost - q));
}

/** Eq. 66 for one sample: half the gradient of d(x, y_k) at the realized center. */
@inline
function moveCenter(t: Tabular, k: usize, x: usize, y: usize): void {
  const arrivals = load<f64>(t.arrivals + k * 8) + 1.0;
  store<f64>(t.arrivals + k * 8, arrivals);
  const step = t.centerGain / (t.centerGain + arrivals);
  for (let c: usize = 0; c < <usize>t.dimensions * 8; c += 8) {
    const from = load<f64>(y + c);
    store<f64>(y + c, from + step * (load<f64>(x + c) - from));
  }
}

/** Whole rounds against a simulated world, without leaving the core; the same calls as ask and tell. */
export function tabularSimulate(t: Tabular, w: World, count: i32, rounds: i32): void {
  w.centers = t.centers;
  for (let r = 0; r < rounds; r++) {
    tabularAsk(t, count);
    worldFollow(w);
    worldRealize(w, <u32>t.round, count, t.entities, t.prescribed, t.realized);
    tabularTell(t, 0, 1);
    t.round += 1;
  }
}

/** labels[i] = argmin_j q(i, j), ties to the lowest; returns nothing. */
export function tabularLabels(t: Tabular): void {
  const stride = <usize>t.padded;
  for (let i: usize = 0; i < <usize>t.rows; i++) {
    let best = 0;
    for (let j = 1; j < t.clusters; j++) {
      if (load<f64>(t.q + (i * stride + <usize>j) * 8) < load<f64>(t.q + (i * stride + <usize>best) * 8)) best = j;
    }
    store<i32>(t.labels + i * 4, best);
  }
}
