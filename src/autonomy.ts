import { expectInput } from "./errors.js";
import { checkIndices } from "./points.js";
import type { Autonomy, TableAutonomy } from "./types.js";

/** An autonomy after the check, in the form the core takes. */
export type CheckedAutonomy =
  | { kind: "none" }
  | { kind: "table"; tables: Float64Array; kappa: number | null }
  | { kind: "groups"; tables: Float64Array; groups: Int32Array; groupCount: number }
  | { kind: "softmax"; kappa: number; zeta: number; gamma: number; temperature: number };

/** Rows of a table may miss 1 by what six printed decimals lose. */
const SUM_TOLERANCE = 1e-6;

/**
 * Checks an autonomy once; below this line it is trusted.
 *
 * A `softmax` with kappa = 0 is `none`. A `table` whose every row accepts with 1 - kappa and spreads
 * kappa evenly carries that `kappa`: identical centers may then be lumped.
 *
 * @throws WaywardError `input` naming the table, the row and the sum
 */
export function checkAutonomy(autonomy: Autonomy | undefined, clusters: number, rows: number): CheckedAutonomy {
  if (autonomy === undefined) return { kind: "none" };
  const kind = (autonomy as Autonomy | null)?.kind;
  checkNames(autonomy, kind);
  switch (autonomy.kind) {
    case "none":
      return { kind: "none" };
    case "table": {
      const tables = flatten(autonomy.probabilities);
      checkTables(tables, 1, clusters);
      return { kind: "table", tables, kappa: evenKappa(tables, clusters) };
    }
    case "groups":
      return checkGroups(autonomy, clusters, rows);
    case "softmax":
      return checkSoftmax(autonomy, clusters);
  }
}

const NAMES: Record<Autonomy["kind"], string[]> = {
  none: [],
  table: ["probabilities"],
  groups: ["groups", "probabilities"],
  softmax: ["kappa", "zeta", "gamma", "temperature"],
};

/** A misspelled parameter would solve another problem, silently. */
function checkNames(autonomy: Autonomy, kind: Autonomy["kind"] | undefined): void {
  expectInput(
    typeof kind === "string" && Object.hasOwn(NAMES, kind),
    () => `autonomy: kind is ${JSON.stringify(kind)}, expected none, table, groups or softmax`,
  );
  for (const name of Object.keys(autonomy)) {
    expectInput(
      name === "kind" || NAMES[kind].includes(name),
      () => `autonomy: ${name} is no parameter of "${kind}", expected ${NAMES[kind].join(", ") || "none"}`,
    );
  }
}

function checkSoftmax(autonomy: Extract<Autonomy, { kind: "softmax" }>, clusters: number): CheckedAutonomy {
  const { kappa, zeta = 1, gamma = 0, temperature } = autonomy;
  expectInput(
    Number.isFinite(kappa) && kappa >= 0 && kappa <= 1,
    () => `autonomy: kappa is ${kappa}, expected a probability in [0, 1]`,
  );
  expectInput(Number.isFinite(zeta) && zeta >= 0, () => `autonomy: zeta is ${zeta}, expected a finite number >= 0`);
  expectInput(Number.isFinite(gamma) && gamma >= 0, () => `autonomy: gamma is ${gamma}, expected a finite number >= 0`);
  expectInput(
    Number.isFinite(temperature) && temperature > 0,
    () => `autonomy: temperature is ${temperature}, expected a positive finite number`,
  );
  if (kappa === 0) return { kind: "none" };
  expectInput(
    clusters > 1,
    () => `autonomy: kappa is ${kappa} with clusters = 1, expected 0: there is nowhere else to go`,
  );
  return { kind: "softmax", kappa, zeta, gamma, temperature };
}

function checkGroups(autonomy: Extract<Autonomy, { kind: "groups" }>, clusters: number, rows: number): CheckedAutonomy {
  const tables = flatten(autonomy.probabilities);
  const size = clusters * clusters;
  expectInput(
    tables.length > 0 && tables.length % size === 0,
    () => `autonomy: probabilities has ${tables.length} entries, expected a multiple of K x K = ${size}`,
  );
  const groupCount = tables.length / size;
  checkTables(tables, groupCount, clusters);
  const { groups } = autonomy;
  expectInput(
    groups?.length === rows,
    () => `autonomy: groups has ${groups?.length ?? "no"} entries, expected ${rows}, one a row`,
  );
  return { kind: "groups", tables, groups: checkIndices(groups, groupCount, "autonomy: groups"), groupCount };
}

function checkTables(tables: Float64Array, count: number, clusters: number): void {
  const size = clusters * clusters;
  expectInput(
    tables.length === count * size,
    () => `autonomy: the table has ${tables.length} entries, expected K x K = ${size}`,
  );
  for (let start = 0; start < tables.length; start += clusters) {
    const row = (start % size) / clusters;
    const where = count === 1 ? `row ${row}` : `table ${Math.floor(start / size)}, row ${row}`;
    let sum = 0;
    for (let column = 0; column < clusters; column++) {
      const probability = tables[start + column];
      expectInput(
        probability >= 0 && Number.isFinite(probability),
        () => `autonomy: ${where}, column ${column} is ${probability}, expected a probability in [0, 1]`,
      );
      sum += probability;
    }
    expectInput(
      Math.abs(sum - 1) <= SUM_TOLERANCE,
      () => `autonomy: ${where} sums to ${sum}, expected 1 (within ${SUM_TOLERANCE})`,
    );
    for (let column = 0; column < clusters; column++) tables[start + column] /= sum;
  }
}

/** The kappa of a table that accepts with 1 - kappa and spreads kappa evenly; null for any other. */
function evenKappa(table: Float64Array, clusters: number): number | null {
  if (clusters === 1) return 0;
  const elsewhere = table[1];
  const accept = table[0];
  for (let index = 0; index < table.length; index++) {
    const expected = index % (clusters + 1) === 0 ? accept : elsewhere;
    if (Math.abs(table[index] - expected) > 1e-15) return null;
  }
  return 1 - accept;
}

/** Numbers, arrays of numbers, or (groups) arrays of those: row-major. */
function flatten(
  probabilities: TableAutonomy["probabilities"] | readonly TableAutonomy["probabilities"][],
  levels = 3,
): Float64Array {
  expectInput(
    probabilities !== null && typeof probabilities === "object" && Number.isInteger(probabilities.length),
    () => `autonomy: probabilities is ${String(probabilities)}, expected an array of K x K numbers`,
  );
  const first: unknown = probabilities[0];
  if (levels > 1 && typeof first === "object" && first !== null) {
    const parts = Array.from(probabilities as ArrayLike<TableAutonomy["probabilities"]>);
    return concatenate(parts.map((part) => flatten(part, levels - 1)));
  }
  for (let index = 0; index < probabilities.length; index++) {
    const value: unknown = probabilities[index];
    expectInput(
      typeof value === "number",
      () => `autonomy: probabilities: entry ${index} is ${JSON.stringify(value)}, expected a number`,
    );
  }
  return Float64Array.from(probabilities as ArrayLike<number>);
}

function concatenate(parts: Float64Array[]): Float64Array {
  const length = parts[0].length;
  const whole = new Float64Array(parts.length * length);
  parts.forEach((part, row) => {
    expectInput(
      part.length === length,
      () => `autonomy: probabilities: row ${row} has ${part.length} entries, expected ${length} as in row 0`,
    );
    whole.set(part, row * length);
  });
  return whole;
}
