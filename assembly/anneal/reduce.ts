/**
 * The fixed binary tree over blocks. Blocks come in order; equal-sized neighbors merge as soon as both
 * are there, like carries of a binary counter. The tree depends on block indices alone, so the sums have
 * the same bits whoever added up which subtree.
 */
import { Problem } from "./problem";
import { sumLanes } from "../vector";

/** Forgets all blocks; a sweep of `length` numbers begins. */
export function reduceBegin(p: Problem, length: i32): void {
  p.sumsLength = length;
  p.level = 0;
  p.pushed = 0;
}

/** Clears the lanes of the block that begins. */
export function clearLanes(p: Problem): void {
  memory.fill(p.lanes, 0, (<usize>p.sumsLength) << 4);
}

/** Adds up the lanes of a finished block and pushes them as a leaf. */
export function pushBlock(p: Problem): void {
  const length = <usize>p.sumsLength << 3;
  const leaf = p.stack + <usize>p.level * length;
  for (let at: usize = 0; at < length; at += 8) store<f64>(leaf + at, sumLanes(v128.load(p.lanes + 2 * at)));
  p.level++;
  p.pushed++;
  for (let n = p.pushed; (n & 1) == 0; n >>= 1) merge(p);
}

/** Merges what is left, smallest subtrees first, into `sums`. */
export function reduceEnd(p: Problem): void {
  while (p.level > 1) merge(p);
  memory.copy(p.sums, p.stack, (<usize>p.sumsLength) << 3);
}

/** The two topmost subtrees become one: left + right. */
function merge(p: Problem): void {
  const length = <usize>p.sumsLength << 3;
  p.level--;
  const right = p.stack + <usize>p.level * length;
  const left = right - length;
  for (let at: usize = 0; at < length; at += 8) store<f64>(left + at, load<f64>(left + at) + load<f64>(right + at));
}
