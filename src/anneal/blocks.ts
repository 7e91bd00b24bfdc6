/** Rows of a block, the unit of summation: `blockRows()` of the core. */
export const BLOCK_ROWS = 4096;

/** Blocks of the largest node that begins at block `first` and stays below `end`. */
export function nodeAt(first: number, end: number): number {
  let size = 1;
  while (first % (2 * size) === 0 && first + 2 * size <= end) size *= 2;
  return size;
}
