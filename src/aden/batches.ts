import { expectInput, expectOptions } from "../errors.js";
import { checkPoints } from "../points.js";
import type { AdenAsk, AdenObservation, LearnerAnswer } from "../types.js";
import type { Feedback } from "./graphs.js";
import { FARTHEST, type Problem, toUnits, type Units } from "./problem.js";
import type { RandomStream } from "./random.js";
import type { Batch } from "./trainer.js";

/** One center set and what was asked and told about it: `rows` entries. */
export interface ToldSet {
  centers: Float32Array;
  entities: Int32Array;
  prescribed: Int32Array;
  /** rows x K shares, or rows mean costs in the network's units. */
  target: Float32Array;
}

/** Checks the world's answer and cuts it into told sets. Costs come in squared data units. */
export function readTell(
  ask: AdenAsk,
  tell: LearnerAnswer,
  feedback: Feedback,
  problem: Problem,
  centers: Float32Array,
  squaredScale: number,
): ToldSet[] {
  const answers = (tell as Record<string, ArrayLike<number> | undefined>)?.[feedback];
  expectInput(
    answers !== undefined && answers !== null,
    () => `tell: no ${feedback}, expected { ${feedback} }: this learner was made with feedback "${feedback}"`,
  );
  const { clusters, dimensions } = problem;
  const target = feedback === "realized" ? sharesOf(ask, answers, clusters) : meanCosts(ask, answers, squaredScale);
  const sets = ask.centers.length;
  const rows = ask.entities.length / sets;
  const width = target.length / sets;
  return Array.from({ length: sets }, (_, set) => ({
    centers: centers.slice(set * clusters * dimensions, (set + 1) * clusters * dimensions),
    entities: ask.entities.slice(set * rows, (set + 1) * rows),
    prescribed: ask.prescribed.slice(set * rows, (set + 1) * rows),
    target: Float32Array.from(target.slice(set * width, (set + 1) * width)),
  }));
}

function sharesOf(ask: AdenAsk, realized: ArrayLike<number>, clusters: number): Float64Array {
  const { realizations } = ask;
  const expected = ask.entities.length * realizations;
  expectInput(
    realized.length === expected,
    () =>
      `tell: realized has ${realized.length} entries, expected ${expected} (${ask.entities.length} entries x ${realizations} realizations)`,
  );
  const shares = new Float64Array(ask.entities.length * clusters);
  for (let index = 0; index < expected; index++) {
    const k = realized[index];
    expectInput(
      Number.isInteger(k) && k >= 0 && k < clusters,
      () => `tell: realized ${index} is ${k}, expected an integer from 0 to ${clusters - 1}`,
    );
    shares[Math.floor(index / realizations) * clusters + k] += 1 / realizations;
  }
  return shares;
}

function meanCosts(ask: AdenAsk, costs: ArrayLike<number>, squaredScale: number): Float64Array {
  const entries = ask.entities.length;
  const each = costs.length === entries ? 1 : ask.realizations;
  expectInput(
    costs.length === entries * each,
    () =>
      `tell: costs has ${costs.length} entries, expected ${entries * ask.realizations}, or ${entries} means of ${ask.realizations}`,
  );
  const means = new Float64Array(entries);
  for (let index = 0; index < costs.length; index++) {
    const cost = checkCost(costs[index], squaredScale, () => `tell: costs ${index}`);
    means[Math.floor(index / each)] += cost / each;
  }
  return means;
}

/** A cost in the network's units, where it has to be a float32 number with room to square it. */
function checkCost(cost: number, squaredScale: number, where: () => string): number {
  const most = FARTHEST ** 2 * squaredScale;
  expectInput(
    Number.isFinite(cost) && cost >= 0 && cost <= most,
    () => `${where()} is ${cost}, expected a number from 0 to ${most}`,
  );
  return cost / squaredScale;
}

/** The same sets with mean costs for targets, for a network that learns distances only. */
export function asCosts(told: readonly ToldSet[], problem: Problem): ToldSet[] {
  return told.map((set) => ({
    ...set,
    target: Float32Array.from(set.entities, (_, row) => realizedCost(set, row, problem)),
  }));
}

/** Mean squared distance from the entity of one row to the centers it realized. */
export function realizedCost({ centers, entities, target }: ToldSet, row: number, problem: Problem): number {
  const { clusters, dimensions, points } = problem;
  let cost = 0;
  for (let k = 0; k < clusters; k++) {
    let squared = 0;
    for (let column = 0; column < dimensions; column++) {
      squared += (points[entities[row] * dimensions + column] - centers[k * dimensions + column]) ** 2;
    }
    cost += target[row * clusters + k] * squared;
  }
  return cost;
}

/**
 * Checks unsolicited rows and groups them into told sets: rows under the same centers, `perSet` a set,
 * the last set of a group filled up by repeating its rows.
 */
export function readObservations(
  rows: readonly AdenObservation[],
  current: number[][],
  feedback: Feedback,
  problem: Problem,
  units: Units,
  perSet: number,
): ToldSet[] {
  expectInput(Array.isArray(rows as unknown), () => `observe: got ${typeof rows}, expected an array of observations`);
  const groups = new Map<string, { centers: Float32Array; rows: AdenObservation[] }>();
  for (const [index, row] of rows.entries()) {
    checkObservation(row, index, feedback, problem, units);
    const flat = checkPoints(row.centers ?? current, `observe: row ${index}: centers`);
    expectInput(
      flat.rows === problem.clusters && flat.dimensions === problem.dimensions,
      () =>
        `observe: row ${index}: centers are ${flat.rows} x ${flat.dimensions}, expected ${problem.clusters} x ${problem.dimensions}`,
    );
    const centers = toUnits(flat.data, units);
    const far = centers.findIndex((value) => !(Math.abs(value) <= FARTHEST));
    expectInput(
      far < 0,
      () => `observe: row ${index}: centers: ${flat.data[far]} is too far from the points, near ${units.mean}`,
    );
    const key = flat.data.join();
    if (!groups.has(key)) groups.set(key, { centers, rows: [] });
    groups.get(key)!.rows.push(row);
  }
  const told: ToldSet[] = [];
  for (const group of groups.values()) {
    for (let start = 0; start < group.rows.length; start += perSet) {
      const part = Array.from({ length: perSet }, (_, index) => {
        const count = Math.min(perSet, group.rows.length - start);
        return group.rows[start + (index % count)];
      });
      told.push({
        centers: group.centers,
        entities: Int32Array.from(part, ({ entity }) => entity),
        prescribed: Int32Array.from(part, ({ prescribed }) => prescribed),
        target: observedTarget(part, feedback, problem.clusters, units.scale ** 2),
      });
    }
  }
  return told;
}

function observedTarget(
  rows: readonly AdenObservation[],
  feedback: Feedback,
  clusters: number,
  squaredScale: number,
): Float32Array {
  if (feedback === "costs") return Float32Array.from(rows, ({ cost }) => cost! / squaredScale);
  const shares = new Float32Array(rows.length * clusters);
  rows.forEach(({ realized }, row) => {
    shares[row * clusters + realized!] = 1;
  });
  return shares;
}

function checkObservation(
  row: AdenObservation,
  index: number,
  feedback: Feedback,
  problem: Problem,
  units: Units,
): void {
  expectOptions(row, ["entity", "prescribed", "realized", "cost", "centers"], `observe: row ${index}`);
  const inRange = (name: "entity" | "prescribed" | "realized", count: number) =>
    expectInput(
      Number.isInteger(row[name]) && row[name]! >= 0 && row[name]! < count,
      () => `observe: row ${index}: ${name} is ${row[name]}, expected an integer from 0 to ${count - 1}`,
    );
  inRange("entity", problem.rows);
  inRange("prescribed", problem.clusters);
  if (feedback === "realized") inRange("realized", problem.clusters);
  else checkCost(row.cost as number, units.scale ** 2, () => `observe: row ${index}: cost`);
}

/** The training batch of told sets. */
export function batchOf(told: readonly ToldSet[], problem: Problem): Batch {
  const { clusters, dimensions, points } = problem;
  const rows = told[0].entities.length;
  const targetWidth = told[0].target.length;
  const batch: Batch = {
    sets: told.length,
    rows,
    clusters,
    points: new Float32Array(told.length * rows * dimensions),
    centers: new Float32Array(told.length * clusters * dimensions),
    selected: new Float32Array(told.length * rows * clusters),
    target: new Float32Array(told.length * targetWidth),
  };
  told.forEach((set, index) => {
    batch.centers.set(set.centers, index * clusters * dimensions);
    batch.target.set(set.target, index * targetWidth);
    set.entities.forEach((entity, row) => {
      const entry = index * rows + row;
      batch.points.set(points.subarray(entity * dimensions, (entity + 1) * dimensions), entry * dimensions);
      batch.selected[entry * clusters + set.prescribed[row]] = 1;
    });
  });
  return batch;
}

/**
 * Past told sets, for replay. They stay valid while the centers move, because the network takes the
 * centers as input. Bounded: a full memory forgets its oldest.
 */
export class Memory {
  readonly sets: ToldSet[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(told: readonly ToldSet[]): void {
    for (const set of told) {
      this.sets[this.#next] = set;
      this.#next = (this.#next + 1) % this.#most;
    }
  }

  /** Returns what makes it forget the sets that come from now on, and remember those that they push out. */
  checkpoint(): () => void {
    const sets = this.sets.slice();
    const next = this.#next;
    return () => {
      this.sets.splice(0, this.sets.length, ...sets);
      this.#next = next;
    };
  }

  /** For saving: where the next set goes. */
  get next(): number {
    return this.#next;
  }

  restore(sets: readonly ToldSet[], next: number): void {
    this.sets.push(...sets);
    this.#next = next;
  }

  draw(count: number, random: RandomStream): ToldSet[] {
    return Array.from({ length: count }, () => this.sets[random.below(this.sets.length)]);
  }
}
