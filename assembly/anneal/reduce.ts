/**
 * The fixed binary tree over blocks. Blocks come in order; equal-sized neighbors merge as soon as both
 * are there, like carries of a binary counter. The tree depends on block numbers alone, so the sums have
 * the same bits whoever added up which subtree.
 *
 * A shard merges what it can: a node of 2^k blocks begins at a multiple of 2^k. Its stack then holds the fewest
 * nodes that cover its blocks, which the driver pushes, shard by shard, onto its own.
 */
import { BOX } from "./modes";
import { Problem } from "./problem";
import { sumLanes } from "../vector";

/** Forgets all blocks; a sweep of `length` numbers begins. */
export function reduceBegin(p: Problem, length: i32): void {
  p.sumsLength = length;
  p.level = 0;
  p.pushed = p.firstBlock;
}

/** Clears the lanes of the block that begins. */
export function clearLanes(p: Problem): void {
  memory.fill(p.lanes, 0, (<usize>p.sumsLength) << 4);
}

/** Adds up the lanes of a finished block and pushes them as a leaf. */
export function pushBlock(p: Problem): void {
  const length = <usize>p.sumsLength << 3;
  const leaf = p.stack + <usize>p.level * length;
  for (let at: usize = 0; at < length; at += 8) {
    const lanes = v128.load(p.lanes + 2 * at);
    const left = f64x2.extract_lane(lanes, 0);
    store<f64>(leaf + at, p.mode == BOX ? min(left, f64x2.extract_lane(lanes, 1)) : sumLanes(lanes));
  }
  pushed(p, 1);
}

/** Where the numbers of the next node go. */
export function nextNode(p: Problem): usize {
  return p.stack + ((<usize>p.level * <usize>p.sumsLength) << 3);
}

/** Takes the node of `blocks` blocks from `first` that stands at `nextNode`; 0 if it is not the one to come. */
export function pushNode(p: Problem, first: i32, blocks: i32): i32 {
  const isNode = blocks > 0 && (blocks & (blocks - 1)) == 0 && (first & (blocks - 1)) == 0;
  if (!isNode || first != p.pushed || blocks > p.endBlock - first) return 0;
  pushed(p, blocks);
  return 1;
}

/** The topmost node, of `blocks` blocks, is complete. */
function pushed(p: Problem, blocks: i32): void {
  p.level++;
  p.pushed += blocks;
  for (let size = 2 * blocks; (p.pushed & (size - 1)) == 0 && p.pushed - size >= p.firstBlock; size *= 2) merge(p);
}

/** Merges what is left, smallest subtrees first, into `sums`. */
export function reduceEnd(p: Problem): void {
  while (p.level > 1) merge(p);
  memory.copy(p.sums, p.stack, (<usize>p.sumsLength) << 3);
}

/** The two topmost subtrees become one: left + right, or the smaller of the two. */
function merge(p: Problem): void {
  const length = <usize>p.sumsLength << 3;
  p.level--;
  const right = p.stack + <usize>p.level * length;
  const left = right - length;
  for (let at: usize = 0; at < length; at += 8) {
    const a = load<f64>(left + at);
    const b = load<f64>(right + at);
    store<f64>(left + at, p.mode == BOX ? min(a, b) : a + b);
  }
}
