import { PROBLEM_INTEGERS, PROBLEM_NUMBERS } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import type { CheckedPoints } from "../points.js";
import { BLOCK_ROWS } from "./blocks.js";

type NumberField = (typeof PROBLEM_NUMBERS)[number];
type IntegerField = (typeof PROBLEM_INTEGERS)[number];

const NUMBER_AT = Object.fromEntries(PROBLEM_NUMBERS.map((name, index) => [name, index])) as Record<
  NumberField,
  number
>;
const INTEGER_AT = Object.fromEntries(
  PROBLEM_INTEGERS.map((name, index) => [name, 2 * PROBLEM_NUMBERS.length + index]),
) as Record<IntegerField, number>;

/** What a problem in a core spans. */
export interface Extent {
  /** Rows held here. */
  rows: number;
  dimensions: number;
  clusters: number;
  /** As the core numbers kinds of autonomy. */
  kind: number;
  groupCount: number;
  /** The first of the blocks summed here, and how many. */
  firstBlock: number;
  blocks: number;
}

/** The problem's struct inside a core, by the names of its fields, and the rows held there. */
export class Rows {
  readonly core: Core;
  readonly pointer: number;
  readonly rows: number;
  readonly dimensions: number;
  readonly clusters: number;
  /** With groups: the row that each loaded position came from, block by block. */
  #order: Int32Array | null = null;

  constructor(core: Core, { rows, dimensions, clusters, kind, groupCount, firstBlock, blocks }: Extent) {
    this.core = core;
    this.rows = rows;
    this.dimensions = dimensions;
    this.clusters = clusters;
    const shape = [rows, dimensions, clusters, kind, groupCount, firstBlock, firstBlock + blocks] as const;
    this.pointer = core.reserve(core.run((x) => x.problemBytes(...shape)));
    core.run((x) => x.problemInit(this.pointer, ...shape));
  }

  /** A number of the struct, in scaled units. */
  get(field: NumberField): number {
    return this.core.f64(this.pointer, PROBLEM_NUMBERS.length)[NUMBER_AT[field]];
  }

  set(field: NumberField, value: number): void {
    this.core.f64(this.pointer, PROBLEM_NUMBERS.length)[NUMBER_AT[field]] = value;
  }

  /** An integer of the struct, or the offset of an array. */
  integer(field: IntegerField): number {
    return this.core.i32(this.pointer, 2 * PROBLEM_NUMBERS.length + PROBLEM_INTEGERS.length)[INTEGER_AT[field]] >>> 0;
  }

  setInteger(field: IntegerField, value: number): void {
    this.core.i32(this.pointer, 2 * PROBLEM_NUMBERS.length + PROBLEM_INTEGERS.length)[INTEGER_AT[field]] = value;
  }

  /** A live view of an array of the struct. */
  array(field: IntegerField, length: number): Float64Array {
    return this.core.f64(this.integer(field), length);
  }

  /** Labels at the centers and parameters of the last sweep. */
  labels(): Int32Array {
    const labels = new Int32Array(this.rows);
    this.#eachBlock((start, count, block) => {
      this.core.run((x) => x.labelsOfBlock(this.pointer, block));
      const staged = this.core.i32(this.integer("staging"), count);
      if (this.#order) for (let i = 0; i < count; i++) labels[this.#order[start + i]] = staged[i];
      else labels.set(staged, start);
    });
    return labels;
  }

  /** N x K policy at the centers and beta of the last sweep. */
  policy(): Float64Array {
    const { clusters } = this;
    const policy = new Float64Array(this.rows * clusters);
    this.#eachBlock((start, count, block) => {
      this.core.run((x) => x.policyOfBlock(this.pointer, block));
      const staged = this.core.f64(this.integer("staging"), count * clusters);
      if (!this.#order) policy.set(staged, start * clusters);
      else
        for (let i = 0; i < count; i++)
          policy.set(staged.subarray(i * clusters, (i + 1) * clusters), this.#order[start + i] * clusters);
    });
    return policy;
  }

  #eachBlock(visit: (start: number, count: number, block: number) => void): void {
    for (let start = 0, block = 0; start < this.rows; start += BLOCK_ROWS, block++) {
      visit(start, Math.min(BLOCK_ROWS, this.rows - start), block);
    }
  }

  /** Hands the rows to the core, block by block; without weights, all weigh 1. */
  load({ data }: Pick<CheckedPoints, "data">, weights: Float64Array | null, groups: Int32Array | null): void {
    const { dimensions } = this;
    if (groups) this.#order = new Int32Array(this.rows);
    this.#eachBlock((start, count, block) => {
      const staging = this.core.f64(this.integer("staging"), count * (dimensions + 1));
      const order = groups ? this.#sortByGroup(groups, start, count) : null;
      if (order) {
        for (let i = 0; i < count; i++) {
          for (let c = 0; c < dimensions; c++) staging[i * dimensions + c] = data[order[i] * dimensions + c];
          staging[count * dimensions + i] = weights ? weights[order[i]] : 1;
        }
      } else {
        staging.set(data.subarray(start * dimensions, (start + count) * dimensions));
        if (weights) staging.set(weights.subarray(start, start + count), count * dimensions);
        else staging.fill(1, count * dimensions);
      }
      this.core.run((x) => x.problemLoadBlock(this.pointer, block, count));
    });
  }

  /** Rows of a block in the order of their groups, which also go to `groupOf`; blocks stay what they are. */
  #sortByGroup(groups: Int32Array, start: number, count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => start + i).sort(
      (a, b) => groups[a] - groups[b] || a - b,
    );
    this.#order!.set(order, start);
    this.core.i32(this.integer("groupOf") + 4 * start, count).set(order.map((row) => groups[row]));
    return order;
  }
}
