import { toRows } from "../points.js";
import type { AdenAsk } from "../types.js";
import { fromUnits, type Problem, type Units } from "./problem.js";
import type { RandomStream, WeightedRows } from "./random.js";
import type { Recipe } from "./recipe.js";

/** A question out, its centers in the network's units, and how many random draws preceded it. */
export interface PendingAsk {
  ask: AdenAsk;
  centers: Float32Array;
  draws: number;
}

/** Centers to ask about, and what to prescribe there; without labels, any cluster with equal chance. */
interface Base {
  centers: Float64Array;
  labels: Int32Array | null;
}

/** Which of `count` bases a set of an ask is about: they take turns. */
export function baseOf(round: number, set: number, { freshSets }: Recipe, count: number): number {
  return (round * freshSets + set) % count;
}

/** Draws a question: each set near one of the bases, entities by weight. */
export function drawAsk(
  round: number,
  bases: readonly Base[],
  sigma: number,
  rowsByWeight: WeightedRows,
  { recipe, problem, random, units }: { recipe: Recipe; problem: Problem; random: RandomStream; units: Units },
): PendingAsk {
  const { freshSets: sets, rows, realizations } = recipe;
  const { clusters, dimensions } = problem;
  const size = clusters * dimensions;
  const { draws } = random;
  const centers = new Float32Array(sets * size);
  const entities = new Int32Array(sets * rows);
  const prescribed = new Int32Array(sets * rows);
  for (let set = 0; set < sets; set++) {
    const base = bases[baseOf(round, set, recipe, bases.length)];
    for (let index = 0; index < size; index++) {
      centers[set * size + index] = base.centers[index] + sigma * random.normal();
    }
    for (let entry = set * rows; entry < (set + 1) * rows; entry++) {
      entities[entry] = rowsByWeight.draw(random);
      prescribed[entry] = base.labels ? base.labels[entities[entry]] : random.below(clusters);
    }
  }
  const inData = (set: number) => toRows(fromUnits(centers.subarray(set * size, (set + 1) * size), units), dimensions);
  const ask: AdenAsk = {
    round,
    entities,
    prescribed,
    sets: entities.map((_, entry) => Math.floor(entry / rows)),
    centers: Array.from({ length: sets }, (_, set) => inData(set)),
    realizations,
  };
  return { ask, centers, draws };
}
