import { beforeAll, describe, expect, test } from "vitest";
import { createSolver, type Solver, WaywardError } from "../../dist/index.js";
import type { AnnealOptions, Autonomy, Points } from "../../src/types.js";
import { autonomies } from "./helpers.js";

let solver: Solver;
beforeAll(async () => {
  solver = await createSolver();
});

const POINTS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [5, 5],
];

function refusal(action: () => unknown): WaywardError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(WaywardError);
    return error as WaywardError;
  }
  throw new Error("nothing was refused");
}

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;
const table = (rows: number[][]): Autonomy => ({ kind: "table", probabilities: rows });
const softmax = (parameters: object): Autonomy => ({ kind: "softmax", kappa: 0.1, temperature: 1, ...parameters });

describe("bad input is refused, with row, column, actual and expected", () => {
  test.each<[string, Points, Partial<AnnealOptions>, RegExp]>([
    [
      "NaN coordinate",
      [
        [0, 0],
        [1, nan],
      ],
      {},
      /row 1, column 1 is NaN, expected a finite number/,
    ],
    ["infinite coordinate", { data: Float64Array.of(0, 1, inf, 2), dimensions: 2 }, {}, /row 1, column 0 is Infinity/],
    [
      "text",
      [
        [0, 0],
        [1, "x" as unknown as number],
      ],
      {},
      /row 1, column 1 is "x", expected a finite number/,
    ],
    ["ragged rows", [[0, 0], [1]], {}, /row 1 has 1 columns, expected 2 as in row 0/],
    ["no points", [], {}, /0 rows, expected at least 1/],
    ["no flat points", { data: new Float64Array(0), dimensions: 2 }, {}, /0 rows, expected at least 1/],
    [
      "half a row",
      { data: new Float64Array(3), dimensions: 2 },
      {},
      /3 numbers, expected a multiple of dimensions = 2/,
    ],
    [
      "zero dimensions",
      { data: new Float64Array(3), dimensions: 0 },
      {},
      /dimensions is 0, expected an integer of at least 1/,
    ],
    [
      "not points",
      7 as unknown as Points,
      {},
      /expected number\[\]\[\] or \{ data: Float64Array, dimensions \}, got 7/,
    ],
    ["K = 0", POINTS, { clusters: 0 }, /clusters is 0, expected an integer of at least 1/],
    ["K = 1.5", POINTS, { clusters: 1.5 }, /clusters is 1.5, expected an integer/],
    ["K > N", POINTS, { clusters: 5 }, /clusters is 5, expected at most the number of rows, 4/],
    ["zero weight", POINTS, { weights: [1, 0, 1, 1] }, /weights: row 1 is 0, expected a positive finite number/],
    ["infinite weight", POINTS, { weights: [1, 1, inf, 1] }, /weights: row 2 is Infinity/],
    ["too few weights", POINTS, { weights: [1] }, /weights: 1 entries, expected 4, one a row/],
    [
      "table row sum",
      POINTS,
      {
        autonomy: table([
          [0.5, 0.5],
          [0.5, 0.4],
        ]),
      },
      /row 1 sums to 0.9, expected 1/,
    ],
    [
      "negative entry",
      POINTS,
      {
        autonomy: table([
          [1.5, -0.5],
          [0, 1],
        ]),
      },
      /row 0, column 1 is -0.5, expected a probability/,
    ],
    ["wrong table size", POINTS, { autonomy: table([[1]]) }, /1 entries, expected K x K = 4/],
    ["no table", POINTS, { autonomy: { kind: "table" } as unknown as Autonomy }, /probabilities is undefined/],
    [
      "kappa above 1",
      POINTS,
      { autonomy: softmax({ kappa: 1.1 }) },
      /kappa is 1.1, expected a probability in \[0, 1\]/,
    ],
    ["kappa below 0", POINTS, { autonomy: softmax({ kappa: -0.1 }) }, /kappa is -0.1/],
    ["NaN kappa", POINTS, { autonomy: softmax({ kappa: nan }) }, /kappa is NaN/],
    ["K = 1 with kappa", POINTS, { clusters: 1, autonomy: softmax({}) }, /kappa is 0.1 with clusters = 1, expected 0/],
    [
      "temperature 0",
      POINTS,
      { autonomy: softmax({ temperature: 0 }) },
      /temperature is 0, expected a positive finite number/,
    ],
    ["negative zeta", POINTS, { autonomy: softmax({ zeta: -1 }) }, /zeta is -1, expected a finite number >= 0/],
    ["negative gamma", POINTS, { autonomy: softmax({ gamma: -1 }) }, /gamma is -1, expected a finite number >= 0/],
    [
      "unknown kind",
      POINTS,
      { autonomy: { kind: "free" } as unknown as Autonomy },
      /kind is "free", expected none, table, groups or softmax/,
    ],
    [
      "groups too short",
      POINTS,
      {
        autonomy: {
          kind: "groups",
          groups: [0],
          probabilities: [
            [
              [1, 0],
              [0, 1],
            ],
          ],
        },
      },
      /groups has 1 entries, expected 4/,
    ],
    [
      "group out of range",
      POINTS,
      {
        autonomy: {
          kind: "groups",
          groups: [0, 0, 1, 0],
          probabilities: [
            [
              [1, 0],
              [0, 1],
            ],
          ],
        },
      },
      /groups: row 2 is 1, expected an integer from 0 to 0/,
    ],
    [
      "group table sum",
      POINTS,
      {
        autonomy: {
          kind: "groups",
          groups: [0, 0, 1, 0],
          probabilities: [
            [
              [1, 0],
              [0, 1],
            ],
            [
              [1, 0],
              [1, 1],
            ],
          ],
        },
      },
      /table 1, row 1 sums to 2, expected 1/,
    ],
    [
      "betaEnd < betaStart",
      POINTS,
      { schedule: "geometric", betaStart: 2, betaEnd: 1 },
      /betaEnd is 1, expected at least betaStart = 2/,
    ],
    [
      "betaGrowth 1",
      POINTS,
      { schedule: "geometric", betaGrowth: 1 },
      /betaGrowth is 1, expected a finite number above 1/,
    ],
    ["betaStart with auto", POINTS, { betaStart: 1 }, /betaStart is set, expected schedule: "geometric"/],
    [
      "negative betaStart",
      POINTS,
      { schedule: "geometric", betaStart: -1 },
      /betaStart is -1, expected a positive finite number/,
    ],
    ["unknown schedule", POINTS, { schedule: "slow" as "auto" }, /schedule is "slow", expected "auto" or "geometric"/],
    [
      "unknown option",
      POINTS,
      { cluster: 2 } as object,
      /cluster is not an option; expected one of clusters, autonomy/,
    ],
    [
      "unknown distance",
      POINTS,
      { distance: "cosine" as "squaredEuclidean" },
      /distance is "cosine", expected "squaredEuclidean"/,
    ],
    ["negative seed", POINTS, { seed: -1 }, /seed is -1, expected an integer from 0/],
    ["zero tolerance", POINTS, { tolerance: 0 }, /tolerance is 0, expected a positive/],
    ["no iterations", POINTS, { maxIterations: 0 }, /maxIterations is 0, expected an integer of at least 1/],
    [
      "centers of another width",
      POINTS,
      { schedule: "geometric", initialCenters: [[1], [2]] },
      /centers: 1 columns, expected 2/,
    ],
    ["too few centers", POINTS, { schedule: "geometric", initialCenters: [[1, 2]] }, /centers: 1 rows, expected 2/],
  ])("%s", (_, points, options, message) => {
    const error = refusal(() => solver.anneal(points, { clusters: 2, ...options }));
    expect(error.code).toBe("input");
    expect(error.message).toMatch(message);
  });

  test("predict wants the new points' groups, and only with groups", () => {
    const autonomy: Autonomy = {
      kind: "groups",
      groups: [0, 0, 0, 0],
      probabilities: [
        [
          [1, 0],
          [0, 1],
        ],
      ],
    };
    const result = solver.anneal(POINTS, { clusters: 2, autonomy });
    expect(refusal(() => solver.predict(result, [[0, 0]])).message).toMatch(/groups is missing/);
    expect(solver.predict(result, [[0, 0]], { groups: [0] })).toHaveLength(1);
    const plain = solver.anneal(POINTS, { clusters: 2 });
    expect(refusal(() => solver.predict(plain, [[0, 0]], { groups: [0] })).message).toMatch(/groups is given/);
  });

  test("memory past 4 GiB is refused, not tried", () => {
    // 1,000 clusters with one table an entity: 100,000 tables of 8 MB.
    const data = new Float64Array(200_000).map((_, i) => i);
    const error = refusal(() => solver.anneal({ data, dimensions: 2 }, { clusters: 20_000, autonomy: softmax({}) }));
    expect(error.code).toBe("memory");
    expect(error.message).toMatch(/GiB of WebAssembly memory, which addresses at most 4 GiB/);
  });
});

describe("saved states that are none are refused", () => {
  const make = () => {
    const annealer = solver.annealer(POINTS, { clusters: 2 });
    annealer.step();
    return annealer.save();
  };
  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ["truncated", (bytes) => bytes.slice(0, -9), /bytes, expected \d+: truncated or padded/],
    ["nearly nothing", (bytes) => bytes.slice(0, 5), /5 bytes, expected at least 28/],
    ["a flipped bit", (bytes) => bytes.map((byte, i) => (i === 60 ? byte ^ 1 : byte)), /checksum differs: damaged/],
    ["another format", (bytes) => bytes.map((byte, i) => (i === 0 ? 0 : byte)), /does not begin with WAYW/],
    ["another layout", (bytes) => bytes.map((byte, i) => (i === 4 ? 99 : byte)), /layout version 99, expected 1/],
    [
      "another solver",
      (bytes) => bytes.map((byte, i) => (i === 8 ? 98 : byte)),
      /belongs to solver "bnneal", expected "anneal"/,
    ],
    ["no bytes", () => "x" as unknown as Uint8Array, /got string, expected a Uint8Array/],
  ])("%s", (_, damage, message) => {
    const error = refusal(() => solver.restoreAnnealer(POINTS, damage(make())));
    expect(error.code).toBe("state");
    expect(error.message).toMatch(message);
  });

  test("other points", () => {
    const other = POINTS.map(([x, y]) => [x, y + 1]);
    expect(refusal(() => solver.restoreAnnealer(other, make())).message).toMatch(
      /belongs to points 4 x 2, [0-9a-f]{8}, expected 4 x 2/,
    );
  });
});

describe("odd input works", () => {
  const random = autonomies.generator(5);
  const cloud = Array.from({ length: 60 }, () => [random(), random() * 2]);
  const kinds: Autonomy[] = [
    { kind: "none" },
    softmax({ temperature: 0.3 }),
    softmax({ gamma: 0.5, temperature: 0.3 }),
  ];

  test("all points identical", () => {
    for (const autonomy of kinds) {
      const result = solver.anneal(Array(5).fill([0.1, 1e9]), { clusters: 3, autonomy });
      expect(result.stopped).toBe("trivial");
      expect(result.distortion).toBe(0);
      expect(result.centers).toEqual(Array(3).fill([0.1, 1e9]));
      expect(Array.from(result.labels)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  test("K = 1", () => {
    const result = solver.anneal(cloud, { clusters: 1 });
    const mean = [0, 1].map((c) => cloud.reduce((sum, row) => sum + row[c], 0) / 60);
    result.centers[0].forEach((y, c) => {
      expect(y).toBeCloseToRelative(mean[c], 1e-14);
    });
  });

  test("one point", () => {
    expect(solver.anneal([[3, 4]], { clusters: 1 })).toMatchObject({ centers: [[3, 4]], distortion: 0 });
  });

  test("K = N reaches zero", () => {
    expect(solver.anneal(cloud.slice(0, 12), { clusters: 12, effort: "high" }).distortion).toBeLessThan(1e-12);
  });

  test("duplicated points count as weight", () => {
    const doubled = solver.anneal([...cloud, ...cloud.slice(0, 30)], { clusters: 4 });
    const weighted = solver.anneal(cloud, { clusters: 4, weights: cloud.map((_, i) => (i < 30 ? 2 : 1)) });
    expect(doubled.distortion).toBeCloseToRelative(weighted.distortion, 1e-9);
  });

  test.each([1, 64])("d = %i", (d) => {
    const points = Array.from({ length: 80 }, (_, i) => Array.from({ length: d }, () => random() + (i % 3)));
    for (const autonomy of kinds) {
      const result = solver.anneal(points, { clusters: 3, autonomy });
      expect(Number.isFinite(result.distortion)).toBe(true);
      expect(result.centers[0]).toHaveLength(d);
    }
  });

  test("a constant column changes nothing", () => {
    for (const autonomy of kinds) {
      const plain = solver.anneal(cloud, { clusters: 4, autonomy });
      const wide = solver.anneal(
        cloud.map(([x, y]) => [x, 7, y]),
        { clusters: 4, autonomy },
      );
      expect(wide.distortion).toBeCloseToRelative(plain.distortion, 1e-9);
      expect(wide.labels).toEqual(plain.labels);
      for (const center of wide.centers) expect(center[1]).toBeCloseToRelative(7, 1e-15);
    }
  });

  test("shifted by 1e9, scaled by 1e-9 and 1e9: equal up to rounding", () => {
    for (const autonomy of kinds) {
      const plain = solver.anneal(cloud, { clusters: 4, autonomy });
      const shifted = solver.anneal(
        cloud.map((row) => row.map((x) => x + 1e9)),
        { clusters: 4, autonomy },
      );
      expect(shifted.labels).toEqual(plain.labels);
      expect(shifted.distortion).toBeCloseToRelative(plain.distortion, 1e-6); // 1e9 leaves 7 digits
      for (const scale of [1e-9, 1e9]) {
        const scaledAutonomy =
          autonomy.kind === "softmax" ? { ...autonomy, temperature: autonomy.temperature * scale ** 2 } : autonomy;
        const scaled = solver.anneal(
          cloud.map((row) => row.map((x) => x * scale)),
          { clusters: 4, autonomy: scaledAutonomy },
        );
        expect(scaled.distortion / scale ** 2).toBeCloseToRelative(plain.distortion, 1e-9);
        expect(scaled.labels).toEqual(plain.labels);
      }
    }
  });

  test("extreme autonomies stay finite and inside the data's box", () => {
    for (const kappa of [0.75, 0.9, 1]) {
      for (const temperature of [1e-6, 1, 1e6]) {
        for (const gamma of [0, 0.5]) {
          const result = solver.anneal(cloud, { clusters: 4, autonomy: softmax({ kappa, temperature, gamma }) });
          expect(Number.isFinite(result.distortion)).toBe(true);
          for (const [x, y] of result.centers) {
            expect(x).toBeGreaterThanOrEqual(-1e-9);
            expect(x).toBeLessThanOrEqual(1 + 1e-9);
            expect(y).toBeGreaterThanOrEqual(-1e-9);
            expect(y).toBeLessThanOrEqual(2 + 1e-9);
          }
        }
      }
    }
  });

  test("Float32Array and number[][] of the same numbers give the same result", () => {
    const data = Float32Array.from(cloud.flat());
    const rows = Array.from({ length: 60 }, (_, i) => [data[2 * i], data[2 * i + 1]]);
    expect(solver.anneal({ data, dimensions: 2 }, { clusters: 3 })).toEqual(solver.anneal(rows, { clusters: 3 }));
  });
});
