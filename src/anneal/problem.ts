import type { CheckedAutonomy } from "../autonomy.js";
import { KIND, PROBLEM_INTEGERS, PROBLEM_NUMBERS } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput } from "../errors.js";
import { type CheckedPoints, toRows } from "../points.js";

type NumberField = (typeof PROBLEM_NUMBERS)[number];
type IntegerField = (typeof PROBLEM_INTEGERS)[number];

const NUMBER_AT = Object.fromEntries(PROBLEM_NUMBERS.map((name, index) => [name, index])) as Record<
  NumberField,
  number
>;
const INTEGER_AT = Object.fromEntries(
  PROBLEM_INTEGERS.map((name, index) => [name, 2 * PROBLEM_NUMBERS.length + index]),
) as Record<IntegerField, number>;

/** In standard deviations of the data: squares of it, times any beta or weight, are numbers. */
const FARTHEST = 1e100;

/** One annealing problem inside a core: loads it, names its fields, hands out views. */
export class Problem {
  readonly core: Core;
  readonly pointer: number;
  readonly rows: number;
  readonly dimensions: number;
  readonly clusters: number;
  readonly autonomy: CheckedAutonomy;
  /** False if all points are identical: there is nothing to anneal. */
  readonly varied: boolean;
  /** With groups: the row that each loaded position came from, block by block. */
  #order: Int32Array | null = null;

  constructor(
    core: Core,
    points: CheckedPoints,
    weights: Float64Array | null,
    clusters: number,
    autonomy: CheckedAutonomy,
  ) {
    this.core = core;
    this.rows = points.rows;
    this.dimensions = points.dimensions;
    this.clusters = clusters;
    this.autonomy = autonomy;
    const kind = kindOf(autonomy);
    const groups = autonomy.kind === "groups" ? autonomy.groupCount : 1;
    const { rows, dimensions } = this;
    const bytes = core.run((x) => x.problemBytes(rows, dimensions, clusters, kind, groups));
    this.pointer = core.reserve(bytes);
    core.run((x) => x.problemInit(this.pointer, rows, dimensions, clusters, kind, groups));
    this.#loadRows(points, weights);
    this.varied = core.run((x) => x.problemScale(this.pointer)) === 1;
    this.#checkScale();
    this.#loadAutonomy();
    if (this.varied)
      this.set(
        "firstBeta",
        core.run((x) => x.firstCriticalBeta(this.pointer)),
      );
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

  /** Distinct groups of centers in use. */
  get active(): number {
    return this.integer("active");
  }

  /** Active centers, scaled, row-major. */
  get centers(): Float64Array {
    return this.array("centers", this.active * this.dimensions);
  }

  get multiplicities(): Float64Array {
    return this.array("multiplicity", this.active);
  }

  /** Squared data units per squared scaled unit: multiplies F and D, divides beta. */
  get squaredScale(): number {
    return this.varied ? this.get("scale") ** 2 : 1;
  }

  /** Centers and how many copies each stands for; default one. */
  setCenters(centers: ArrayLike<number>, multiplicities?: ArrayLike<number>): void {
    const count = centers.length / this.dimensions;
    this.setInteger("active", count);
    this.centers.set(centers);
    if (multiplicities) this.multiplicities.set(multiplicities);
    else this.multiplicities.fill(1);
  }

  /**
   * Centers in data coordinates to scaled ones.
   *
   * @throws WaywardError `input` where their distances to the points would not be numbers
   */
  scaled(coordinates: ArrayLike<number>): Float64Array {
    const { dimensions } = this;
    const mean = this.array("mean", dimensions);
    const scale = this.varied ? this.get("scale") : 1;
    return Float64Array.from(coordinates, (x, index) => {
      const scaled = (x - mean[index % dimensions]) / scale;
      expectInput(Math.abs(scaled) < FARTHEST, () => {
        const where = `row ${Math.floor(index / dimensions)}, column ${index % dimensions}`;
        return `centers: ${where} is ${x}, expected within ${FARTHEST} standard deviations of the points`;
      });
      return scaled;
    });
  }

  /** Scaled coordinates to data coordinates. */
  unscaled(coordinates: ArrayLike<number>): Float64Array {
    const mean = this.array("mean", this.dimensions);
    const scale = this.varied ? this.get("scale") : 1;
    return Float64Array.from(coordinates, (x, index) => x * scale + mean[index % this.dimensions]);
  }

  /** All K centers, scaled, row-major: lumped ones repeated. */
  copies(): Float64Array {
    const { dimensions, centers } = this;
    const rows: number[] = [];
    this.multiplicities.forEach((count, group) => {
      const row = centers.subarray(group * dimensions, (group + 1) * dimensions);
      for (let copy = 0; copy < count; copy++) rows.push(...row);
    });
    return Float64Array.from(rows);
  }

  /** All K centers in data units. */
  allCenters(): number[][] {
    return toRows(this.unscaled(this.copies()), this.dimensions);
  }

  /** One sweep in the core; returns F or D, scaled. */
  sweep(mode: number, beta: number): number {
    return this.core.run((x) => x.sweep(this.pointer, mode, beta));
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
    const size = this.core.run((x) => x.blockRows());
    for (let start = 0, block = 0; start < this.rows; start += size, block++) {
      visit(start, Math.min(size, this.rows - start), block);
    }
  }

  #loadRows({ data }: CheckedPoints, weights: Float64Array | null): void {
    const { dimensions, autonomy } = this;
    if (autonomy.kind === "groups") this.#order = new Int32Array(this.rows);
    this.#eachBlock((start, count, block) => {
      const staging = this.core.f64(this.integer("staging"), count * (dimensions + 1));
      const order = autonomy.kind === "groups" ? this.#sortByGroup(autonomy.groups, start, count) : null;
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

  /** Squares of the data, and sums of the weights, must be numbers too. */
  #checkScale(): void {
    if (!this.varied) return;
    const { squaredScale } = this;
    const spread = this.get("spread");
    expectInput(
      squaredScale > 1e-290 && squaredScale < 1e290 && spread > 0,
      () =>
        `points: their variance is ${squaredScale}, expected between 1e-290 and 1e290; rescale the points, or the weights`,
    );
    if (this.autonomy.kind !== "softmax") return;
    const { zeta, gamma, temperature } = this.autonomy;
    const steepness = (Math.max(zeta, gamma) / temperature) * squaredScale;
    expectInput(
      steepness < 1e250 && temperature / squaredScale > 1e-250,
      () => `autonomy: zeta or gamma times the variance over the temperature is ${steepness}, expected below 1e250`,
    );
  }

  #loadAutonomy(): void {
    const { autonomy } = this;
    if (autonomy.kind === "table" || autonomy.kind === "groups") {
      this.array("tables", autonomy.tables.length).set(autonomy.tables);
    }
    if (autonomy.kind === "table" && autonomy.kappa !== null) {
      this.set("kappa", autonomy.kappa);
      this.setInteger("even", 1);
    }
    if (autonomy.kind === "softmax") {
      this.set("kappa", autonomy.kappa);
      this.set("zeta", autonomy.zeta);
      this.set("gamma", autonomy.gamma);
      this.set("temperature", autonomy.temperature / this.squaredScale);
    }
  }
}

function kindOf(autonomy: CheckedAutonomy): number {
  if (autonomy.kind === "softmax") return autonomy.gamma > 0 ? KIND.softmaxEntity : KIND.softmax;
  return KIND[autonomy.kind];
}
