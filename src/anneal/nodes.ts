import type { Problem } from "./problem.js";

/**
 * Goes down the tree, from all blocks to the node that one shard answered, with the target of a draw: left if it is
 * below the left branch's sum, else that much less and right. The shard goes on from there.
 *
 * @param nodes of the DRAW pass, in order: first block, blocks, sum
 */
export function narrow(problem: Problem, nodes: Float64Array): void {
  /** The sum over a range of the tree, added up as the tree does. */
  const sumOf = (first: number, end: number): number => {
    const node = find(first, end);
    if (node >= 0) return nodes[node + 2];
    const middle = first + leftBranch(end - first);
    return sumOf(first, middle) + sumOf(middle, end);
  };
  /** Where this very range stands among the nodes, or -1. */
  const find = (first: number, end: number): number => {
    for (let at = 0; at < nodes.length; at += 3)
      if (nodes[at] === first) return nodes[at + 1] === end - first ? at : -1;
    return -1;
  };
  let first = 0;
  let end = problem.integer("endBlock");
  let target = problem.get("target");
  while (find(first, end) < 0) {
    const middle = first + leftBranch(end - first);
    const left = sumOf(first, middle);
    if (target < left) end = middle;
    else {
      target -= left;
      first = middle;
    }
  }
  problem.setInteger("drawFirst", first);
  problem.setInteger("drawEnd", end);
  problem.set("target", target);
}

/** Blocks in the left branch of a tree over `blocks` of them: the largest power of two below. */
function leftBranch(blocks: number): number {
  return 1 << (31 - Math.clz32(blocks - 1));
}
