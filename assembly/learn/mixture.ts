/**
 * Groups found from the counts: a mixture of K x K tables, an entity a draw from one of them (EM). The number
 * of groups doubles, EM tells the halves apart, and groups merge again where the likelihood loses less than
 * BIC's price of a group; so until doubling gains nothing.
 */
import { uniform } from "../random";
import { exp, log } from "../vector";
import { countAt, keyAt } from "./counts";
import { Groups, followTables, share } from "./groups";
import { shrink } from "./evidence";

const SPLIT_STREAM: u32 = 36;
/** Halves differ by up to this in log p at first. */
const SPREAD: f64 = 0.5;
/** Steps of EM after doubling and after merging; it ends sooner when a step gains less than a nat. */
const APART: i32 = 30;
const REFINE: i32 = 10;
/** Observations that a group's row borrows from everybody's. */
const BORROWED: f64 = 1.0;
/** Shares below this are nothing. */
const NEGLIGIBLE: f64 = 1e-6;

/** From one group to the best number of them, while there is room to double; returns what that gains over one, in nats, less BIC's price. */
export function findGroups(g: Groups, records: usize, length: i32): f64 {
  let total = 0.0;
  for (let n: usize = 0; n < <usize>length; n++) total += <f64>countAt(records, n);
  const price = 0.5 * <f64>(g.clusters * (g.clusters - 1) + 1) * log(max(total, 1.0));
  const alone = maximize(g, records, length, 2); // the first step sets the weight
  let best = alone;
  for (let turn = 0; 2 * g.count <= g.most; turn++) {
    const count = g.count;
    copyMixture(g, g.keptTables, g.keptWeights, g.tables, g.weights);
    double(g, turn);
    maximize(g, records, length, APART);
    while (g.count > 1 && mergeCheapest(g, records, length, price));
    const score = maximize(g, records, length, REFINE) - price * <f64>(g.count - 1);
    if (score <= best + 1.0) {
      g.count = count;
      copyMixture(g, g.tables, g.weights, g.keptTables, g.keptWeights);
      followTables(g);
      break;
    }
    best = score;
  }
  return best - alone;
}

function copyMixture(g: Groups, tables: usize, weights: usize, fromTables: usize, fromWeights: usize): void {
  memory.copy(tables, fromTables, (<usize>(g.count * g.clusters * g.clusters)) << 3);
  memory.copy(weights, fromWeights, (<usize>g.count) << 3);
}

/** EM; returns the log-likelihood before the last step (and a constant: weights are numbers of entities). */
function maximize(g: Groups, records: usize, length: i32, steps: i32): f64 {
  const square = <u64>(g.clusters * g.clusters);
  let before = -Infinity;
  for (let step = 0; step < steps; step++) {
    // From here on `share` goes by the logarithms alone: tables and weights gather counts.
    memory.fill(g.tables, 0, (<usize>g.count * <usize>square) << 3);
    for (let group: usize = 0; group < <usize>g.count; group++) store<f64>(g.weights + (group << 3), NEGLIGIBLE);
    let value = 0.0;
    let at: usize = 0;
    while (at < <usize>length) {
      const entity = keyAt(records, at) / square;
      const next = share(g, records, at, <usize>length, entity);
      addCounts(g, records, at, next, entity * square);
      value += g.value;
      at = next;
    }
    shrink(g.tables, g.count * g.clusters, g.clusters, g.base, g.clusters, BORROWED, g.tables);
    followTables(g);
    const gained = value - before;
    before = value;
    if (gained < 1.0) break;
  }
  return before;
}

/** Gives an entity's counts to the groups that it may be of. */
function addCounts(g: Groups, records: usize, first: usize, next: usize, base: u64): void {
  const square = <usize>(g.clusters * g.clusters);
  for (let group: usize = 0; group < <usize>g.count; group++) {
    const part = load<f64>(g.shares + (group << 3));
    if (part < NEGLIGIBLE) continue;
    const weight = g.weights + (group << 3);
    store<f64>(weight, load<f64>(weight) + part);
    const pool = g.tables + ((group * square) << 3);
    for (let at = first; at < next; at++) {
      const cell = pool + (<usize>(keyAt(records, at) - base) << 3);
      store<f64>(cell, load<f64>(cell) + part * <f64>countAt(records, at));
    }
  }
}

/** Every group becomes two that differ at random. */
function double(g: Groups, turn: i32): void {
  const k = <usize>g.clusters;
  const count = <usize>g.count;
  const square = (k * k) << 3;
  const half = count * square;
  for (let row: usize = 0; row < count * k; row++) {
    const from = g.tables + ((row * k) << 3);
    let total = 0.0;
    let twins = 0.0;
    for (let l: usize = 0; l < k << 3; l += 8) {
      const index = (<u64>turn << 32) + <u64>(((row * k) << 3) + l);
      const factor = exp(SPREAD * (2.0 * uniform(0, SPLIT_STREAM, index) - 1.0));
      const p = load<f64>(from + l);
      store<f64>(from + half + l, p / factor);
      store<f64>(from + l, p * factor);
      total += p * factor;
      twins += p / factor;
    }
    for (let l: usize = 0; l < k << 3; l += 8) {
      store<f64>(from + l, load<f64>(from + l) / total);
      store<f64>(from + half + l, load<f64>(from + half + l) / twins);
    }
  }
  for (let group: usize = 0; group < count << 3; group += 8) {
    const weight = 0.5 * load<f64>(g.weights + group);
    store<f64>(g.weights + group, weight);
    store<f64>(g.weights + (count << 3) + group, weight);
  }
  g.count *= 2;
  followTables(g);
}

/**
 * Merges the pair of groups that costs the likelihood least, if that is less than `price`. Where a gives its
 * weight to b, an entity's likelihood changes by the factor 1 - share_a + share_b weight_a / weight_b.
 */
function mergeCheapest(g: Groups, records: usize, length: i32, price: f64): bool {
  const count = <usize>g.count;
  const square = <u64>g.clusters * <u64>g.clusters;
  memory.fill(g.losses, 0, (count * count) << 3);
  let at: usize = 0;
  while (at < <usize>length) {
    at = share(g, records, at, <usize>length, keyAt(records, at) / square);
    for (let a: usize = 0; a < count; a++) {
      const part = load<f64>(g.shares + (a << 3));
      if (part < NEGLIGIBLE) continue;
      for (let b: usize = 0; b < count; b++) {
        const ratio = load<f64>(g.weights + (a << 3)) / load<f64>(g.weights + (b << 3));
        const factor = 1.0 - part + load<f64>(g.shares + (b << 3)) * ratio;
        const loss = g.losses + ((a * count + b) << 3);
        store<f64>(loss, load<f64>(loss) - log(max(factor, 1e-300)));
      }
    }
  }
  let cheapest = price;
  let pair: usize = -1;
  for (let index: usize = 0; index < count * count; index++) {
    if (index % (count + 1) == 0 || load<f64>(g.losses + (index << 3)) >= cheapest) continue;
    cheapest = load<f64>(g.losses + (index << 3));
    pair = index;
  }
  if (pair == -1) return false;
  merge(g, pair / count, pair % count);
  return true;
}

/** b takes a's weight; the last group takes a's place. */
function merge(g: Groups, a: usize, b: usize): void {
  const weights = g.weights;
  const heir = weights + (b << 3);
  store<f64>(heir, load<f64>(heir) + load<f64>(weights + (a << 3)));
  const last = <usize>g.count - 1;
  const square = <usize>(g.clusters * g.clusters) << 3;
  store<f64>(weights + (a << 3), load<f64>(weights + (last << 3)));
  memory.copy(g.tables + a * square, g.tables + last * square, square);
  g.count--;
  followTables(g);
}
