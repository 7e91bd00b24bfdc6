import { checkAutonomy } from "../autonomy.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectObject } from "../errors.js";
import { type CheckedPoints, checkIndices, checkPoints, checkSeed } from "../points.js";
import type { Autonomy, FitOptions, FittedAutonomy, FittedModel, FittedModelName, LogRows } from "../types.js";
import { Choice } from "./choice.js";
import { Counts } from "./counts.js";
import { type CheckedLog, checkLog } from "./log.js";
import { World } from "./world.js";

const SPLIT_STREAM = 34;
/** A richer model must beat a simpler one by more than so many standard errors. */
const ERRORS = 2;
const SIMPLEST_FIRST: readonly FittedModelName[] = ["none", "softmax", "table", "groups", "entities"];

/** A realization that a model calls impossible costs it so many nats, not infinitely many. */
export const IMPOSSIBLE = -25;

/** Everything that fitting one log needs; cores come fresh from the solver. */
interface Task {
  freshCore: () => Core;
  log: CheckedLog;
  clusters: number;
  dimensions: number;
  entityCount: number;
  points: CheckedPoints | null;
  groups: Int32Array | null;
}

type Rows = Pick<CheckedLog, "rows" | "entities" | "prescribed" | "realized" | "sets">;

/** `solver.fitAutonomy`. */
export function fitAutonomy(
  freshCore: () => Core,
  log: LogRows | readonly LogRows[],
  options: FitOptions = {},
): FittedAutonomy {
  expectObject(options, "options");
  const { heldOut = 0.2, seed = 0, models } = options;
  expectInput(
    Number.isFinite(heldOut) && heldOut > 0 && heldOut < 1,
    () => `heldOut is ${heldOut}, expected a share between 0 and 1`,
  );
  checkSeed(seed);
  const points = options.points ? checkPoints(options.points) : null;
  const count = points?.rows ?? options.groups?.length ?? null;
  const checked = checkLog(log, count, options.clusters ?? null, points?.dimensions ?? null);
  const groups = options.groups === undefined ? null : checkGroups(options.groups, checked.entityCount);
  const task: Task = { freshCore, log: checked, points, groups, ...checked };

  const names = modelsOf(task, models);
  const isHeldOut = split(freshCore(), checked.rows, heldOut, seed);
  const alone = checked.rows === 1; // one row has to be both
  const train = rowsWhere(checked, (row) => alone || !isHeldOut[row]);
  const test = rowsWhere(checked, (row) => alone || isHeldOut[row]);
  const scores = new Map(names.map((name) => [name, score(name, task, train, test)]));
  const fitted = names.map((name) => fitAll(name, task));
  const compared = compare(fitted, scores);
  const recommended = compared.find(({ deficit, deficitError }) => deficit <= ERRORS * deficitError) ?? compared[0];
  return {
    recommended: recommended.name,
    autonomy: recommended.autonomy,
    models: compared,
    rows: checked.rows,
    unseen: unseenPrescriptions(checked, checked.clusters),
  };
}

/** Groups without a number of tables to compare with: as many as the largest says. */
export function checkGroups(groups: ArrayLike<number>, rows: number): Int32Array {
  expectInput(groups?.length === rows, () => `groups has ${groups?.length} entries, expected ${rows}, one an entity`);
  return checkIndices(groups, rows, "groups");
}

/** The models that this log can be asked about. */
function modelsOf({ log, groups, entityCount }: Task, wanted: readonly FittedModelName[] = SIMPLEST_FIRST) {
  const obeyed = log.prescribed.every((j, row) => log.realized[row] === j);
  const withCenters = log.sets.every((set) => set >= 0);
  const possible: Record<FittedModelName, boolean> = {
    none: obeyed,
    softmax: withCenters,
    table: true,
    groups: groups !== null,
    entities: entityCount > 1,
  };
  const why: Record<FittedModelName, string> = {
    none: "some entities did not obey",
    softmax: "not every row says which centers were in force",
    table: "",
    groups: "options.groups is missing",
    entities: "there is one entity",
  };
  expectInput(
    Array.isArray(wanted as unknown) && wanted.length > 0,
    () => `models: got ${JSON.stringify(wanted)}, expected an array of at least 1 name`,
  );
  for (const name of wanted === SIMPLEST_FIRST ? [] : wanted) {
    expectInput(
      SIMPLEST_FIRST.includes(name),
      () => `models: got ${JSON.stringify(name)}, expected ${SIMPLEST_FIRST.join(", ")}`,
    );
    expectInput(possible[name], () => `models: this log cannot be fitted by "${name}": ${why[name]}`);
  }
  return SIMPLEST_FIRST.filter((name) => possible[name] && wanted.includes(name));
}

/** Which rows are held out: each with the given probability. */
function split(core: Core, rows: number, share: number, seed: number): boolean[] {
  const key = BigInt(seed);
  const held = Array.from({ length: rows }, (_, row) =>
    core.run((x) => x.uniform(key, SPLIT_STREAM, BigInt(row)) < share),
  );
  // A log so short that one side came out empty.
  if (rows > 1 && held.every((value) => value === held[0])) held[rows - 1] = !held[0];
  return held;
}

function rowsWhere(log: Rows, keep: (row: number) => boolean): Rows {
  const kept = Array.from(log.entities.keys()).filter(keep);
  const pick = (column: Int32Array) => Int32Array.from(kept, (row) => column[row]);
  return {
    rows: kept.length,
    entities: pick(log.entities),
    prescribed: pick(log.prescribed),
    realized: pick(log.realized),
    sets: pick(log.sets),
  };
}

/** Log-likelihood of every test row under a model fitted to the training rows. */
function score(name: FittedModelName, task: Task, train: Rows, test: Rows): Float64Array {
  if (name === "none") return new Float64Array(test.rows);
  if (name === "softmax") {
    const autonomy = new Choice(
      task.freshCore(),
      { ...train, centers: task.log.centers, setCount: task.log.setCount },
      task.clusters,
      task.dimensions,
      task.points,
    ).autonomy();
    return softmaxLogLikelihood(task, autonomy, test);
  }
  const counts = countsOf(name, task, train);
  return counts.logLikelihood(test);
}

/** Counts pooled as the model says; the concentration of `entities` is found by `fit`. */
function countsOf(name: FittedModelName, { freshCore, groups, entityCount, clusters }: Task, rows: Rows): Counts {
  const counts = new Counts(freshCore(), entityCount, clusters, name === "table" ? null : groups);
  counts.add(rows);
  counts.fit(name === "entities");
  return counts;
}

/** Rows under the same centers are asked about together. */
function softmaxLogLikelihood(task: Task, autonomy: Autonomy, rows: Rows): Float64Array {
  const { points, clusters, dimensions, entityCount } = task;
  const placeholder = { data: new Float64Array(entityCount * dimensions), rows: entityCount, dimensions };
  const world = new World(
    task.freshCore(),
    points ?? placeholder,
    clusters,
    checkAutonomy(autonomy, clusters, entityCount),
  );
  const output = new Float64Array(rows.rows);
  const size = clusters * dimensions;
  for (let start = 0, end = 0; start < rows.rows; start = end) {
    const set = rows.sets[start];
    while (end < rows.rows && rows.sets[end] === set) end++;
    world.setCenters(task.log.centers.subarray(set * size, (set + 1) * size));
    const [entities, prescribed, realized] = [rows.entities, rows.prescribed, rows.realized].map((column) =>
      column.subarray(start, end),
    );
    output.set(world.logLikelihood({ entities, prescribed, realized }), start);
  }
  return output.map((value) => Math.max(value, IMPOSSIBLE));
}

/** A model of the whole log. */
function fitAll(
  name: FittedModelName,
  task: Task,
): Pick<FittedModel, "name" | "autonomy" | "parameters" | "standardErrors"> {
  const { freshCore, log, clusters, dimensions, points } = task;
  if (name === "none") return { name, autonomy: { kind: "none" } };
  if (name === "softmax") return { name, ...new Choice(freshCore(), log, clusters, dimensions, points).fit() };
  const counts = countsOf(name, task, log);
  const autonomy = counts.autonomy();
  return name === "entities" ? { name, autonomy } : { name, autonomy, standardErrors: counts.standardErrors() };
}

/** Adds what the held-out rows say: mean likelihood, and the paired difference to the best. */
function compare(models: ReturnType<typeof fitAll>[], scores: Map<FittedModelName, Float64Array>): FittedModel[] {
  const means = models.map(({ name }) => mean(scores.get(name)!));
  const best = means.indexOf(Math.max(...means));
  const top = scores.get(models[best].name)!;
  return models.map((model, index) => {
    const own = scores.get(model.name)!;
    const difference = top.map((value, row) => value - own[row]);
    const deficit = means[best] - means[index];
    const variance = mean(difference.map((value) => (value - deficit) ** 2));
    return { ...model, heldOut: means[index], deficit, deficitError: Math.sqrt(variance / own.length) };
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function unseenPrescriptions(log: Rows, clusters: number): number[] {
  const seen = new Set(log.prescribed);
  return Array.from({ length: clusters }, (_, j) => j).filter((j) => !seen.has(j));
}
