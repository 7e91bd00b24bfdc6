import { type CheckedAutonomy, checkAutonomy } from "../autonomy.js";
import { WORLD, WORLD_KIND } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectObject } from "../errors.js";
import { type CheckedPoints, checkIndices, checkPoints, checkSeed, checkWeights } from "../points.js";
import type { Autonomy, Points, SimulateOptions } from "../types.js";
import type { CheckedLog } from "./log.js";
import { Struct } from "./struct.js";

/** Rows handled at once. */
const CHUNK = 1024;

/** An autonomy that acts: rows of p(. | j, i), draws, likelihoods, costs. In data units. */
export class World {
  readonly struct: Struct<typeof WORLD>;
  readonly clusters: number;
  readonly #core: Core;
  #scratch = { at: 0, bytes: 0 };

  constructor(core: Core, points: CheckedPoints, clusters: number, autonomy: CheckedAutonomy) {
    this.#core = core;
    this.clusters = clusters;
    const { rows, dimensions } = points;
    const groupCount = autonomy.kind === "groups" ? autonomy.groupCount : 1;
    const bytes = core.run((x) => x.worldBytes(rows, dimensions, clusters, groupCount));
    this.struct = new Struct(core, WORLD, bytes);
    core.run((x) => x.worldInit(this.struct.pointer, rows, dimensions, clusters, kindOf(autonomy), groupCount));
    this.struct.f64("points", rows * dimensions).set(points.data);
    this.struct.f64("rho", rows).fill(1);
    if (autonomy.kind === "groups") this.struct.i32("groupOf", rows).set(autonomy.groups);
    this.setAutonomy(autonomy);
  }

  /** Another autonomy of the same kind, with as many groups. */
  setAutonomy(autonomy: CheckedAutonomy): void {
    const { struct } = this;
    struct.setInteger("kind", kindOf(autonomy));
    if (autonomy.kind === "table" || autonomy.kind === "groups") {
      struct.f64("tables", autonomy.tables.length).set(autonomy.tables);
    }
    if (autonomy.kind === "softmax") {
      const { kappa, zeta, gamma, temperature } = autonomy;
      struct.set({ kappa, centerRate: zeta / temperature, entityRate: gamma / temperature });
    }
  }

  setCenters(centers: ArrayLike<number>): void {
    this.struct.f64("centers", centers.length).set(centers);
    this.#core.run((x) => x.worldFollow(this.struct.pointer));
  }

  /** log p(realized | prescribed, entity) of every row, at the present centers. */
  logLikelihood({ entities, prescribed, realized }: Pick<CheckedLog, "entities" | "prescribed" | "realized">) {
    const { length } = entities;
    const at = this.#room(20 * length);
    const columns = [0, 1, 2].map((column) => at + 8 * length + 4 * column * length);
    [entities, prescribed, realized].forEach((column, index) => {
      this.#core.i32(columns[index], length).set(column);
    });
    const [first, second, third] = columns;
    this.#core.run((x) => x.worldLogLikelihood(this.struct.pointer, length, first, second, third, at));
    return this.#core.f64(at, length).slice();
  }

  /** Draws the realizations of a round. */
  realize(entities: Int32Array, prescribed: Int32Array, round: number): Int32Array {
    const { length } = entities;
    const at = this.#room(12 * length);
    const [first, second, third] = [0, 1, 2].map((column) => at + 4 * column * length);
    this.#core.i32(first, length).set(entities);
    this.#core.i32(second, length).set(prescribed);
    this.#core.run((x) => x.worldRealize(this.struct.pointer, round, length, first, second, third));
    return this.#core.i32(third, length).slice();
  }

  setWeights(weights: Float64Array): void {
    this.struct.f64("rho", weights.length).set(weights);
  }

  /** sum_i rho_i dbar(i, label_i) for any labels, not only the best. */
  distortion(labels: ArrayLike<number>): number {
    const at = this.#room(4 * labels.length);
    this.#core.i32(at, labels.length).set(labels);
    return this.#core.run((x) => x.worldDistortion(this.struct.pointer, at));
  }

  /** dbar_ij of every row, N x stride; what lies beyond K stays 0. */
  prices(stride: number): Float64Array {
    const rows = this.struct.integer("rows");
    const prices = new Float64Array(rows * stride);
    const at = this.#room(8 * CHUNK * stride);
    for (let first = 0; first < rows; first += CHUNK) {
      const end = Math.min(first + CHUNK, rows);
      this.#core.run((x) => x.worldPrices(this.struct.pointer, first, end, stride, at));
      prices.set(this.#core.f64(at, (end - first) * stride), first * stride);
    }
    return prices;
  }

  /** Scratch memory, kept for the next call that needs no more. */
  #room(bytes: number): number {
    if (bytes > this.#scratch.bytes) this.#scratch = { at: this.#core.reserve(bytes), bytes };
    return this.#scratch.at;
  }
}

function kindOf(autonomy: CheckedAutonomy): number {
  if (autonomy.kind === "none") return WORLD_KIND.obedient;
  if (autonomy.kind !== "softmax") return WORLD_KIND.tables;
  return autonomy.gamma > 0 ? WORLD_KIND.followsEntity : WORLD_KIND.follows;
}

/** `solver.simulate`. Only the entities asked about are loaded, so that a call costs what it asks. */
export function simulate(
  core: Core,
  points: Points,
  centers: Points,
  autonomy: Autonomy,
  options: SimulateOptions,
): Int32Array {
  expectObject(options, "options");
  const { entities, prescribed, seed = 0, round = 0 } = options;
  const { data, rows, dimensions } = checkPoints(points);
  const flat = checkPoints(centers, "centers");
  const clusters = flat.rows;
  expectInput(
    flat.dimensions === dimensions,
    () => `centers: ${flat.dimensions} columns, expected ${dimensions} as the points have`,
  );
  checkSeed(seed);
  expectInput(
    Number.isInteger(round) && round >= 0 && round < 2 ** 32,
    () => `round is ${round}, expected an integer from 0 to ${2 ** 32 - 1}`,
  );
  const who = checkIndices(entities, rows, "entities");
  const what = checkIndices(prescribed, clusters, "prescribed");
  expectInput(what.length === who.length, () => `prescribed has ${what.length} entries, expected ${who.length}`);
  if (who.length === 0) return new Int32Array(0);

  const checked = checkAutonomy(autonomy, clusters, rows);
  const asked = new Float64Array(who.length * dimensions);
  who.forEach((row, n) => {
    for (let c = 0; c < dimensions; c++) asked[n * dimensions + c] = data[row * dimensions + c];
  });
  const own = checked.kind === "groups" ? { ...checked, groups: who.map((row) => checked.groups[row]) } : checked;
  const world = new World(core, { data: asked, rows: who.length, dimensions }, clusters, own);
  world.struct.set({ seed });
  world.setCenters(flat.data);
  return world.realize(
    who.map((_, n) => n),
    what,
    round,
  );
}

/** `solver.distortion` with labels: the best ones or not. */
export function distortionOfLabels(
  core: Core,
  points: Points,
  centers: Points,
  labels: ArrayLike<number>,
  autonomy?: Autonomy,
  weights?: ArrayLike<number>,
): number {
  const checked = checkPoints(points);
  const flat = checkPoints(centers, "centers");
  expectInput(
    flat.dimensions === checked.dimensions,
    () => `centers: ${flat.dimensions} columns, expected ${checked.dimensions} as the points have`,
  );
  expectInput(labels.length === checked.rows, () => `labels has ${labels.length} entries, expected ${checked.rows}`);
  const world = new World(core, checked, flat.rows, checkAutonomy(autonomy, flat.rows, checked.rows));
  if (weights) world.setWeights(checkWeights(weights, checked.rows));
  world.setCenters(flat.data);
  const value = world.distortion(checkIndices(labels, flat.rows, "labels"));
  expectInput(Number.isFinite(value), () => `points: their distortion is ${value}; expected smaller points or weights`);
  return value;
}
