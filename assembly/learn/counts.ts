/**
 * Counts n(i, j, k), sparse: 12 bytes a triple that was seen, sorted by key, growing at the end of memory.
 * New triples wait in `pending` and are merged in bulk.
 *
 *   record: u64 key = (i K + j) K + k at 0, f32 count at 8
 */
const RECORD: usize = 12;
/** A count below this is forgotten. */
const FORGOTTEN: f32 = 0.02;

@inline
export function keyAt(records: usize, index: usize): u64 {
  return load<u64>(records + index * RECORD);
}

@inline
export function countAt(records: usize, index: usize): f32 {
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

/** The first record whose key is not below this one. */
export function lowerBound(records: usize, length: i32, key: u64): usize {
  let low: usize = 0;
  let high = <usize>length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(records, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Fills `row` with the counts of one (i, j), from the record at `at` on; returns the first record after it. */
export function gather(records: usize, at: usize, length: usize, pair: u64, k: u64, row: usize): usize {
  memory.fill(row, 0, (<usize>k) << 3);
  for (; at < length && keyAt(records, at) < (pair + 1) * k; at++) {
    store<f64>(row + (<usize>(keyAt(records, at) - pair * k) << 3), <f64>countAt(records, at));
  }
  return at;
}
