import { expectInput } from "../errors.js";
import { checkIndices, checkPoints } from "../points.js";
import type { LogRows } from "../types.js";

/** A log after the check: columns, and for every row the set of centers it was made under. */
export interface CheckedLog {
  rows: number;
  entities: Int32Array;
  prescribed: Int32Array;
  realized: Int32Array;
  /** Index of each row's centers; -1 if unknown. */
  sets: Int32Array;
  /** Sets of K x d centers, one after the other. */
  centers: Float64Array;
  setCount: number;
}

/** Checks one part of a log, or a log that is one part. */
function checkPart(part: LogRows, entityCount: number, clusters: number, what: string) {
  expectInput(
    typeof part === "object" && part !== null,
    () => `${what}: got ${String(part)}, expected { entities, prescribed, realized }`,
  );
  const entities = checkIndices(part.entities, entityCount, `${what}: entities`);
  const prescribed = checkIndices(part.prescribed, clusters, `${what}: prescribed`);
  const realized = checkIndices(part.realized, clusters, `${what}: realized`);
  const rows = entities.length;
  for (const [name, column] of Object.entries({ prescribed, realized })) {
    expectInput(
      column.length === rows,
      () => `${what}: ${name} has ${column.length} entries, expected ${rows}, one for each of entities`,
    );
  }
  return { entities, prescribed, realized, rows };
}

/** How messages name the parts. */
function nameOf(index: number, count: number): string {
  return count === 1 ? "log" : `log[${index}]`;
}

/**
 * Checks a log once; below this line it is trusted.
 *
 * @param clusters K, or null: as many as the first centers
 * @throws WaywardError `input` naming part, column and row
 */
export function checkLog(
  log: LogRows | readonly LogRows[],
  entityCount: number | null,
  clusters: number | null,
  dimensions: number | null,
): CheckedLog & { clusters: number; dimensions: number; entityCount: number } {
  const parts = Array.isArray(log) ? (log as readonly LogRows[]) : [log as LogRows];
  const sets = parts.map((part, index) =>
    part?.centers === undefined ? null : checkPoints(part.centers, `${nameOf(index, parts.length)}: centers`),
  );
  const first = sets.find((set) => set !== null);
  const K = clusters ?? first?.rows;
  const d = dimensions ?? first?.dimensions ?? 1;
  expectInput(K !== undefined, () => "clusters is missing, expected K: the log has no centers to count");
  expectInput(Number.isInteger(K) && K >= 1, () => `clusters is ${K}, expected an integer of at least 1`);
  sets.forEach((set, index) => {
    expectInput(
      set === null || (set.rows === K && set.dimensions === d),
      () => `${nameOf(index, parts.length)}: centers are ${set?.rows} x ${set?.dimensions}, expected ${K} x ${d}`,
    );
  });
  const limit = entityCount ?? 2 ** 31 - 1;
  const checked = parts.map((part, index) => checkPart(part, limit, K, nameOf(index, parts.length)));
  const rows = checked.reduce((sum, part) => sum + part.rows, 0);
  expectInput(rows > 0, () => "log: 0 rows, expected at least 1");

  const merged = { ...emptyLog(rows), ...uniqueSets(sets, K * d) };
  let at = 0;
  checked.forEach((part, index) => {
    merged.entities.set(part.entities, at);
    merged.prescribed.set(part.prescribed, at);
    merged.realized.set(part.realized, at);
    merged.sets.fill(merged.setOf[index], at, at + part.rows);
    at += part.rows;
  });
  const seen = merged.entities.reduce((most, entity) => Math.max(most, entity), 0) + 1;
  return { ...merged, clusters: K, dimensions: d, entityCount: entityCount ?? seen };
}

function emptyLog(rows: number) {
  return {
    rows,
    entities: new Int32Array(rows),
    prescribed: new Int32Array(rows),
    realized: new Int32Array(rows),
    sets: new Int32Array(rows),
  };
}

/** Consecutive parts under the same centers share one set. */
function uniqueSets(sets: ({ data: ArrayLike<number> } | null)[], size: number) {
  const kept: ArrayLike<number>[] = [];
  const setOf = sets.map((set) => {
    if (set === null) return -1;
    const last = kept.at(-1);
    if (last === undefined || !equal(last, set.data)) kept.push(set.data);
    return kept.length - 1;
  });
  const centers = new Float64Array(kept.length * size);
  kept.forEach((set, index) => {
    centers.set(set, index * size);
  });
  return { centers, setCount: kept.length, setOf };
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return a.length === b.length;
}
