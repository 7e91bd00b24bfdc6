import type { CheckedAutonomy } from "../autonomy.js";
import { KIND } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput } from "../errors.js";
import { type CheckedPoints, toRows } from "../points.js";
import { BLOCK_ROWS } from "./blocks.js";
import { Rows } from "./rows.js";
import { runHere, type Sweeps } from "./sweeps.js";

/** In standard deviations of the data: squares of it, times any beta or weight, are numbers. */
const FARTHEST = 1e100;

/** One annealing problem inside a core: all of its points, or, at a driver, none of them. */
export class Problem extends Rows {
  readonly autonomy: CheckedAutonomy;

  /** With `data` in the points: loaded and scaled. Without: a driver, to be scaled by the sweeps of `scale`. */
  constructor(
    core: Core,
    points: CheckedPoints | Omit<CheckedPoints, "data">,
    weights: Float64Array | null,
    clusters: number,
    autonomy: CheckedAutonomy,
  ) {
    const held = "data" in points ? points.rows : 0;
    const kind = kindOf(autonomy);
    const groupCount = autonomy.kind === "groups" ? autonomy.groupCount : 1;
    const blocks = Math.ceil(points.rows / BLOCK_ROWS);
    super(core, { rows: held, dimensions: points.dimensions, clusters, kind, groupCount, firstBlock: 0, blocks });
    this.autonomy = autonomy;
    if (autonomy.kind === "table" || autonomy.kind === "groups") {
      this.array("tables", autonomy.tables.length).set(autonomy.tables);
    }
    if (!("data" in points)) return;
    this.load(points, weights, autonomy.kind === "groups" ? autonomy.groups : null);
    runHere(this, this.scale());
  }

  /** The passes that scale the points; afterwards the problem can be solved. */
  *scale(): Sweeps<void> {
    const next = () => this.core.run((x) => x.scaleNext(this.pointer));
    for (let mode = next(); mode >= 0; mode = next()) yield { mode, beta: 0 };
    this.#checkScale();
    this.#setAutonomy();
    if (!this.varied) return;
    const firstBeta = this.core.run((x) => x.firstCriticalBeta(this.pointer));
    this.set("firstBeta", firstBeta);
  }

  /** False if all points are identical: there is nothing to anneal. */
  get varied(): boolean {
    return this.integer("varied") === 1;
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

  #setAutonomy(): void {
    const { autonomy } = this;
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
