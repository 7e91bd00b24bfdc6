import type { Shard } from "../../src/anneal/shard.js";
import type { ShardOptions, ShardProblem, Sweeper } from "../../src/types.js";
import { library } from "./cli.helpers.js";
import { autonomies } from "./helpers.js";

export const BLOCK = 4096;

/** Rows, row-major, with what shards are told of them. */
export interface Rows {
  data: Float64Array;
  dimensions: number;
  weights?: Float64Array;
  groups?: number[];
}

/** Points around a few means, by integers alone. */
export function clouds(rows: number, dimensions: number, clusters: number, seed: number): Float64Array {
  const random = autonomies.generator(seed);
  const means = Array.from({ length: clusters * dimensions }, () => 4 * random());
  return Float64Array.from({ length: rows * dimensions }, (_, index) => {
    const mean = means[(Math.floor(index / dimensions) % clusters) * dimensions + (index % dimensions)];
    return mean + 0.6 * (random() + random() + random() - 1.5);
  });
}

/** The rows from `first` to `end` as a shard. */
async function shardOf({ data, dimensions, weights, groups }: Rows, first: number, end: number): Promise<Shard> {
  const solver = await library.createSolver();
  const options: ShardOptions = { first };
  if (weights) options.weights = weights.subarray(first, end);
  if (groups) options.groups = groups.slice(first, end);
  return solver.shard({ data: data.slice(first * dimensions, end * dimensions), dimensions }, options);
}

export type Merge = "sum" | "min" | "none";

/**
 * Shards in this process, cut where `cuts` (in blocks) says. `forgetful`: every request meets shards that were made
 * a moment ago. `reduce` sees all nodes before the driver does.
 */
export function sweeperOf(
  rows: Rows,
  cuts: number[],
  {
    forgetful = false,
    reduce = (nodes: Float64Array, _merge: Merge) => nodes,
  }: { forgetful?: boolean; reduce?: (nodes: Float64Array, merge: Merge) => Float64Array } = {},
): Sweeper {
  const count = rows.data.length / rows.dimensions;
  const bounds = [0, ...cuts.map((block) => block * BLOCK), count];
  let problem: ShardProblem;
  let shards: Promise<Shard[]>;
  const make = () =>
    Promise.all(
      bounds.slice(1).map(async (end, index) => {
        const shard = await shardOf(rows, bounds[index], end);
        shard.open(problem);
        return shard;
      }),
    );
  const here = () => (forgetful ? make() : shards);
  return {
    rows: count,
    dimensions: rows.dimensions,
    open: async (given) => {
      problem = given;
      shards = make();
      await shards;
    },
    sweep: async (request, merge) => reduce(concat((await here()).map((shard) => shard.sweep(request))), merge),
    labels: async (request) => Int32Array.from(concat((await here()).map((shard) => shard.labels(request)))),
    policy: async (request) => concat((await here()).map((shard) => shard.policy(request))),
  };
}

function concat(parts: ArrayLike<number>[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** What a transport may do on the way: neighbors become one wherever they can, as docs/shards.md says. */
export function mergeNodes(nodes: Float64Array, merge: Merge): Float64Array {
  if (merge === "none" || nodes.length === 0) return nodes;
  const list: number[][] = [];
  const length = lengthOf(nodes);
  for (let at = 0; at < nodes.length; at += length) {
    list.push(Array.from(nodes.subarray(at, at + length)));
    for (let n = list.length; n > 1; n = list.length) {
      const [left, right] = list.slice(-2);
      if (left[1] !== right[1] || left[0] % (2 * left[1]) !== 0) break;
      const sums = left.slice(2).map((x, i) => (merge === "min" ? Math.min(x, right[i + 2]) : x + right[i + 2]));
      list.splice(-2, 2, [left[0], 2 * left[1], ...sums]);
    }
  }
  return Float64Array.from(list.flat());
}

/** Numbers of a node: the second node begins where the first one ends. */
function lengthOf(nodes: Float64Array): number {
  for (let length = 3; length < nodes.length; length++) {
    let at = 0;
    let block = nodes[0];
    while (at < nodes.length && nodes[at] === block) {
      block += nodes[at + 1];
      at += length;
    }
    if (at === nodes.length) return length;
  }
  return nodes.length;
}
