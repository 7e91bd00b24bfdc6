// Groups of entities that behave alike, found from counts.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Counts } from "../../src/learn/counts.js";
import { entityTable, shrunken } from "../reference/learning.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

const { generator } = autonomies;

/** Tables of K x K probabilities, far enough apart to be told apart. */
function tablesOf(count: number, K: number, random: () => number): number[][] {
  return Array.from({ length: count }, () =>
    Array.from({ length: K }, () => {
      const row = Array.from({ length: K }, () => 0.05 + random() ** 3);
      const total = row.reduce((a, b) => a + b);
      return row.map((p) => p / total);
    }).flat(),
  );
}

/** Draws rows for every entity by the table of its group, and counts them plainly. */
function draw(tableOf: number[][], K: number, perEntity: number, random: () => number) {
  const entities: number[] = [];
  const prescribed: number[] = [];
  const realized: number[] = [];
  const counts = tableOf.map(() => Array<number>(K * K).fill(0));
  tableOf.forEach((table, i) => {
    for (let n = 0; n < perEntity; n++) {
      const j = Math.floor(K * random());
      let rest = random();
      let k = 0;
      while (k < K - 1 && rest > table[j * K + k]) rest -= table[j * K + k++];
      entities.push(i);
      prescribed.push(j);
      realized.push(k);
      counts[i][j * K + k]++;
    }
  });
  const [a, b, c] = [entities, prescribed, realized].map((column) => Int32Array.from(column));
  return { rows: { entities: a, prescribed: b, realized: c }, counts };
}

function fitted(rows: Parameters<Counts["add"]>[0], N: number, K: number): Counts {
  const counts = new Counts(freshCore(), N, K, null);
  counts.add(rows);
  counts.fit();
  return counts;
}

/** Groups' tables and weights, out of the saved state. */
function stateOf(counts: Counts, K: number) {
  const [count, , own, , , ...rest] = counts.save();
  const tables = Array.from({ length: count }, (_, g) => rest.slice(g * K * K, (g + 1) * K * K));
  return { tables, weights: rest.slice(count * K * K, count * K * K + count), own };
}

describe("groups found from counts", () => {
  test("as many as there are, with their members and their tables", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 3, max: 5 }),
        fc.integer({ min: 0, max: 1e6 }),
        (groupCount, K, seed) => {
          const random = generator(seed);
          const truth = tablesOf(groupCount, K, random);
          const groups = Array.from({ length: 120 }, (_, i) => i % groupCount);
          const { rows } = draw(
            groups.map((group) => truth[group]),
            K,
            400,
            random,
          );
          const autonomy = fitted(rows, 120, K).autonomy();
          const probabilities = autonomy.probabilities as Float64Array;
          expect(probabilities.length).toBe(groupCount * K * K);
          const found = autonomy.kind === "groups" ? Array.from(autonomy.groups) : groups.map(() => 0);
          const nameOf = truth.map((_, group) => found[group]);
          expect(found).toEqual(groups.map((group) => nameOf[group]));
          truth.forEach((table, group) => {
            table.forEach((p, cell) => {
              const estimate = probabilities[nameOf[group] * K * K + cell];
              const perRow = (120 * 400) / groupCount / K;
              expect(Math.abs(estimate - p)).toBeLessThan(6 * Math.sqrt(0.25 / perRow));
            });
          });
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  test("none where all behave alike, however few the rows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 1e6 }), (perEntity, seed) => {
        const random = generator(seed);
        const [table] = tablesOf(1, 4, random);
        const { rows } = draw(Array(200).fill(table), 4, perEntity, random);
        expect(stateOf(fitted(rows, 200, 4), 4).tables.length).toBe(1);
      }),
      { numRuns: 40, seed: 8 },
    );
  });

  test("every entity's table is the plain formula: mean by shares, then shrunk", () => {
    let groupsSeen = 0;
    let ownSeen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(0, 0.4),
        fc.integer({ min: 5, max: 60 }),
        fc.integer({ min: 0, max: 1e6 }),
        (ownShare, perEntity, seed) => {
          const K = 3;
          const random = generator(seed);
          const truth = tablesOf(3, K, random);
          const tableOf = Array.from({ length: 90 }, (_, i) => {
            const [own] = tablesOf(1, K, random);
            return truth[i % 3].map((p, cell) => (1 - ownShare) * p + ownShare * own[cell]);
          });
          const { rows, counts } = draw(tableOf, K, perEntity, random);
          const learned = fitted(rows, 90, K);
          const { tables, weights, own } = stateOf(learned, K);
          if (tables.length > 1) groupsSeen++;
          if (own < Number.POSITIVE_INFINITY) ownSeen++;
          const expected = counts.map((n) => shrunken(n, entityTable(n, tables, weights), own));
          const autonomy = learned.autonomy();
          const logs = learned.logLikelihood(rows);
          counts.forEach((_, i) => {
            const group = autonomy.kind === "groups" ? autonomy.groups[i] : 0;
            const actual = (autonomy.probabilities as Float64Array).subarray(group * K * K, (group + 1) * K * K);
            expected[i].forEach((p, cell) => {
              expect(actual[cell]).toBeCloseToRelative(p, 1e-10);
            });
          });
          logs.forEach((value, n) => {
            const cell = rows.prescribed[n] * K + rows.realized[n];
            expect(value).toBeCloseToRelative(Math.log(expected[rows.entities[n]][cell]), 1e-10, 1);
          });
        },
      ),
      { numRuns: 40, seed: 9 },
    );
    expect(groupsSeen).toBeGreaterThan(10);
    expect(ownSeen).toBeGreaterThan(5);
  });

  test("given ones may be of any number of entities", () => {
    const groups = Int32Array.from({ length: 300_000 }, (_, i) => i % 2);
    const counts = new Counts(freshCore(), groups.length, 2, groups);
    counts.fit();
    expect((counts.autonomy().probabilities as Float64Array).length).toBe(2 * 2 * 2);
  });

  test("restored, they say the same", () => {
    const random = generator(4);
    const truth = tablesOf(3, 3, random);
    const { rows } = draw(
      Array.from({ length: 60 }, (_, i) => truth[i % 3]),
      3,
      50,
      random,
    );
    const counts = fitted(rows, 60, 3);
    const restored = new Counts(freshCore(), 60, 3, null);
    const state = counts.save();
    expect(restored.restore(Float64Array.from(state))).toBe(state.length);
    expect(restored.autonomy()).toEqual(counts.autonomy());
    expect(restored.logLikelihood(rows)).toEqual(counts.logLikelihood(rows));
    expect(restored.save()).toEqual(state);
  });
});
