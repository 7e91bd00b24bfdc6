/**
 * A binary min-heap of arms, least pulled first, lowest index on ties. The order is total, so what
 * stands on top depends on the counts alone and not on the history.
 */

/** Whether arm a comes before arm b. */
@inline
function before(counts: usize, a: i32, b: i32): bool {
  const countA = load<f64>(counts + (<usize>a << 3));
  const countB = load<f64>(counts + (<usize>b << 3));
  return countA < countB || (countA === countB && a < b);
}

/** Restores the order below `index` after its arm's count has grown. `positions` may be 0. */
export function siftDown(heap: usize, length: i32, index: i32, counts: usize, positions: usize): void {
  const arm = load<i32>(heap + (<usize>index << 2));
  while (true) {
    let child = 2 * index + 1;
    if (child >= length) break;
    let least = load<i32>(heap + (<usize>child << 2));
    if (child + 1 < length) {
      const right = load<i32>(heap + (<usize>(child + 1) << 2));
      if (before(counts, right, least)) {
        child++;
        least = right;
      }
    }
    if (!before(counts, least, arm)) break;
    settle(heap, index, least, positions);
    index = child;
  }
  settle(heap, index, arm, positions);
}

@inline
function settle(heap: usize, index: i32, arm: i32, positions: usize): void {
  store<i32>(heap + (<usize>index << 2), arm);
  if (positions !== 0) store<i32>(positions + (<usize>arm << 2), index);
}

/** Orders `length` arms standing at `heap` in any order. */
export function heapify(heap: usize, length: i32, counts: usize, positions: usize): void {
  for (let index = length - 1; index >= 0; index--) siftDown(heap, length, index, counts, positions);
}
