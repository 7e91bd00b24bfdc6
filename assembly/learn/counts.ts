/**
 * Counts n(i, j, k), sparse: 12 bytes a triple that was seen, sorted by key, growing at the end of memory.
 * New triples wait in `pending` and are merged in bulk. Rows of probabilities are shrunk: an entity's counts
 * towards its group's, a group's towards those of all, with concentrations chosen by marginal likelihood.
 *
 *   record: u64 key = (i K + j) K + k at 0, f32 count at 8
 */
import { log } from "../vector";

const RECORD: usize = 12;
/** Candidate concentrations are 2^-1 ... 2^13; then infinity: nothing of its own. */
const GRID: i32 = 15;
/** A count below this is forgotten. */
const FORGOTTEN: f32 = 0.02;

@inline
function keyAt(records: usize, index: usize): u64 {
  return load<u64>(records + index * RECORD);
}

@inline
function countAt(records: usize, index: usize): f32 {
  return load<f32>(records + index * RECORD, 8);
}

@inline
function put(records: usize, index: usize, key: u64, count: f32): void {
  store<u64>(records + index * RECORD, key);
  store<f32>(records + index * RECORD, count, 8);
}

/** Heapsort of u64 keys, in place. */
function sortKeys(keys: usize, count: i32): void {
  for (let root = count / 2 - 1; root >= 0; root--) sift(keys, root, count);
  for (let end = count - 1; end > 0; end--) {
    const last = load<u64>(keys + ((<usize>end) << 3));
    store<u64>(keys + ((<usize>end) << 3), load<u64>(keys));
    store<u64>(keys, last);
    sift(keys, 0, end);
  }
}

function sift(keys: usize, start: i32, end: i32): void {
  const key = load<u64>(keys + ((<usize>start) << 3));
  let root = start;
  for (;;) {
    let child = 2 * root + 1;
    if (child >= end) break;
    const at = keys + ((<usize>child) << 3);
    if (child + 1 < end && load<u64>(at, 8) > load<u64>(at)) child++;
    const larger = load<u64>(keys + ((<usize>child) << 3));
    if (larger <= key) break;
    store<u64>(keys + ((<usize>root) << 3), larger);
    root = child;
  }
  store<u64>(keys + ((<usize>root) << 3), key);
}

/** pending[n] = key of (entity, prescribed, realized) of each entry. */
export function countsStage(
  pending: usize,
  count: i32,
  clusters: i32,
  entities: usize,
  prescribed: usize,
  realized: usize,
): void {
  const k = <u64>clusters;
  for (let n: usize = 0; n < <usize>count; n++) {
    const pair = <u64>load<i32>(entities + n * 4) * k + <u64>load<i32>(prescribed + n * 4);
    store<u64>(pending + n * 8, pair * k + <u64>load<i32>(realized + n * 4));
  }
}

/** Sorts the pending keys and tells how many of them are new. */
export function countsNew(records: usize, length: i32, pending: usize, count: i32): i32 {
  sortKeys(pending, count);
  let fresh = 0;
  let at: usize = 0;
  for (let n = 0; n < count; n++) {
    const key = load<u64>(pending + ((<usize>n) << 3));
    if (n > 0 && key == load<u64>(pending + ((<usize>(n - 1)) << 3))) continue;
    while (at < <usize>length && keyAt(records, at) < key) at++;
    if (at == <usize>length || keyAt(records, at) != key) fresh++;
  }
  return fresh;
}

/** Merges sorted pending keys, from the back so that nothing is overwritten; room for `fresh` more is the host's. */
export function countsMerge(records: usize, length: i32, pending: usize, count: i32, fresh: i32): void {
  let from = length - 1;
  let to = length + fresh - 1;
  let n = count - 1;
  while (n >= 0) {
    const key = load<u64>(pending + ((<usize>n) << 3));
    let times: f32 = 0;
    while (n >= 0 && load<u64>(pending + ((<usize>n) << 3)) == key) {
      times += 1;
      n--;
    }
    while (from >= 0 && keyAt(records, <usize>from) > key) {
      put(records, <usize>to, keyAt(records, <usize>from), countAt(records, <usize>from));
      from--;
      to--;
    }
    if (from >= 0 && keyAt(records, <usize>from) == key) {
      times += countAt(records, <usize>from);
      from--;
    }
    put(records, <usize>to, key, times);
    to--;
  }
}

/** Multiplies every count and drops what has become negligible; returns how many are left. */
export function countsForget(records: usize, length: i32, factor: f64): i32 {
  let kept: usize = 0;
  for (let n: usize = 0; n < <usize>length; n++) {
    const count = <f32>(factor * <f64>countAt(records, n));
    if (count < FORGOTTEN) continue;
    put(records, kept, keyAt(records, n), count);
    kept++;
  }
  return <i32>kept;
}

/** pools[g][j][k] += counts of the entities of group g (groupOf = 0: all in group 0). */
export function countsPool(records: usize, length: i32, clusters: i32, groupOf: usize, pools: usize): void {
  const square = <u64>clusters * <u64>clusters;
  for (let n: usize = 0; n < <usize>length; n++) {
    const key = keyAt(records, n);
    const group = groupOf == 0 ? 0 : <u64>load<i32>(groupOf + (<usize>(key / square) << 2));
    const at = pools + (<usize>(group * square + (key % square)) << 3);
    store<f64>(at, load<f64>(at) + <f64>countAt(records, n));
  }
}

/** target = (counts + concentration * mean) / (total + concentration) for `rows` rows of K; mean = 0: uniform. */
export function countsShrink(
  counts: usize,
  rows: i32,
  clusters: i32,
  mean: usize,
  meanRows: i32,
  concentration: f64,
  target: usize,
): void {
  const k = <usize>clusters;
  for (let r = 0; r < rows; r++) {
    const from = counts + <usize>r * k * 8;
    const to = target + <usize>r * k * 8;
    const m: usize = mean == 0 ? 0 : mean + <usize>(r % meanRows) * k * 8;
    if (concentration == Infinity) {
      memory.copy(to, m, k * 8);
      continue;
    }
    let total = concentration;
    for (let l: usize = 0; l < k; l++) total += load<f64>(from + l * 8);
    for (let l: usize = 0; l < k; l++) {
      const prior = m == 0 ? concentration / <f64>clusters : concentration * load<f64>(m + l * 8);
      store<f64>(to + l * 8, (load<f64>(from + l * 8) + prior) / total);
    }
  }
}

/**
 * Adds one row's log marginal likelihood, a Dirichlet-multinomial around its pooled row, under every
 * candidate concentration: `evidence` holds GRID + 1 sums, the last for infinity.
 */
function addEvidence(row: usize, clusters: i32, mean: usize, evidence: usize): void {
  const end = (<usize>clusters) << 3;
  let total = 0.0;
  let pooled = 0.0;
  for (let l: usize = 0; l < end; l += 8) {
    const count = load<f64>(row + l);
    total += count;
    if (count > 0) pooled += count * log(load<f64>(mean + l));
  }
  if (total == 0) return;
  let concentration = 0.5;
  for (let g: usize = 0; g < <usize>GRID; g++) {
    let sum = logGamma(concentration) - logGamma(concentration + total);
    for (let l: usize = 0; l < end; l += 8) {
      const count = load<f64>(row + l);
      const prior = concentration * load<f64>(mean + l);
      if (count > 0) sum += logGamma(prior + count) - logGamma(prior);
    }
    store<f64>(evidence + g * 8, load<f64>(evidence + g * 8) + sum);
    concentration *= 2;
  }
  const last = evidence + ((<usize>GRID) << 3);
  store<f64>(last, load<f64>(last) + pooled);
}

/** The best candidate; infinity unless something of its own is worth more than a nat. */
function bestConcentration(evidence: usize): f64 {
  let best = Infinity;
  let highest = load<f64>(evidence + ((<usize>GRID) << 3)) + 1.0;
  let concentration = 0.5;
  for (let g: usize = 0; g < <usize>GRID; g++) {
    if (load<f64>(evidence + g * 8) > highest) {
      highest = load<f64>(evidence + g * 8);
      best = concentration;
    }
    concentration *= 2;
  }
  return best;
}

/** Concentration of dense rows (such as the pools of groups) around `meanRows` rows, repeated. */
export function countsConcentration(
  counts: usize,
  rows: i32,
  clusters: i32,
  mean: usize,
  meanRows: i32,
  evidence: usize,
): f64 {
  memory.fill(evidence, 0, (<usize>(GRID + 1)) << 3);
  const size = (<usize>clusters) << 3;
  for (let r = 0; r < rows; r++) {
    addEvidence(counts + <usize>r * size, clusters, mean + <usize>(r % meanRows) * size, evidence);
  }
  return bestConcentration(evidence);
}

/** Concentration of the entities' own rows around their groups' rows. `row` is scratch of K numbers. */
export function countsOwnConcentration(
  records: usize,
  length: i32,
  clusters: i32,
  groupOf: usize,
  means: usize,
  evidence: usize,
  row: usize,
): f64 {
  memory.fill(evidence, 0, (<usize>(GRID + 1)) << 3);
  const k = <u64>clusters;
  let at: usize = 0;
  while (at < <usize>length) {
    const pair = keyAt(records, at) / k;
    at = gather(records, at, <usize>length, pair, k, row);
    addEvidence(row, clusters, meanOf(pair, k, groupOf, means), evidence);
  }
  return bestConcentration(evidence);
}

/** Fills `row` with the counts of one (i, j), from the record at `at` on; returns the first record after it. */
function gather(records: usize, at: usize, length: usize, pair: u64, k: u64, row: usize): usize {
  memory.fill(row, 0, (<usize>k) << 3);
  while (at < length && keyAt(records, at) / k == pair) {
    store<f64>(row + (<usize>(keyAt(records, at) % k) << 3), <f64>countAt(records, at));
    at++;
  }
  return at;
}

@inline
function meanOf(pair: u64, k: u64, groupOf: usize, means: usize): usize {
  const group = groupOf == 0 ? 0 : <u64>load<i32>(groupOf + (<usize>(pair / k) << 2));
  return means + (<usize>((group * k + (pair % k)) * k) << 3);
}

/** tables[i][j][k] of the entities from `first` to `end`, shrunk towards their groups'; `row` is scratch. */
export function countsTables(
  records: usize,
  length: i32,
  clusters: i32,
  groupOf: usize,
  means: usize,
  concentration: f64,
  first: i32,
  end: i32,
  row: usize,
  tables: usize,
): void {
  const k = <u64>clusters;
  let at = lowerBound(records, length, <u64>first * k * k);
  for (let pair = <u64>first * k; pair < <u64>end * k; pair++) {
    at = gather(records, at, <usize>length, pair, k, row);
    const target = tables + (<usize>((pair - <u64>first * k) * k) << 3);
    countsShrink(row, 1, clusters, meanOf(pair, k, groupOf, means), 1, concentration, target);
  }
}

/** output[n] = log of the shrunken probability of each entry's realization. */
export function countsLogLikelihood(
  records: usize,
  length: i32,
  clusters: i32,
  groupOf: usize,
  means: usize,
  concentration: f64,
  count: i32,
  entities: usize,
  prescribed: usize,
  realized: usize,
  output: usize,
): void {
  const k = <u64>clusters;
  for (let n: usize = 0; n < <usize>count; n++) {
    const pair = <u64>load<i32>(entities + n * 4) * k + <u64>load<i32>(prescribed + n * 4);
    const l = <u64>load<i32>(realized + n * 4);
    let p = load<f64>(meanOf(pair, k, groupOf, means) + (<usize>l << 3));
    if (concentration != Infinity) {
      let total = concentration;
      let own = concentration * p;
      let at = lowerBound(records, length, pair * k);
      for (; at < <usize>length && keyAt(records, at) / k == pair; at++) {
        total += <f64>countAt(records, at);
        if (keyAt(records, at) % k == l) own += <f64>countAt(records, at);
      }
      p = own / total;
    }
    store<f64>(output + n * 8, log(p));
  }
}

function lowerBound(records: usize, length: i32, key: u64): usize {
  let low: usize = 0;
  let high = <usize>length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(records, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** log Gamma(x) for x > 0: recurrence up to 8, then Stirling's series; about 1e-13 relative. */
export function logGamma(x: f64): f64 {
  let product = 1.0;
  while (x < 8.0) {
    product *= x;
    x += 1.0;
  }
  const z = 1.0 / (x * x);
  const series =
    (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * (691.0 / 360360.0)))))) / x;
  return (x - 0.5) * log(x) - x + 0.91893853320467274178 + series - log(product);
}
