// Shards: any cut of the rows, any way to add up the nodes, any number of restarts; the bits are those of `anneal`.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnnealAsyncResult, AnnealOptions, AnnealResult, Autonomy, Sweeper } from "../../src/types.js";
import { library } from "./cli.helpers.js";
import { autonomies } from "./helpers.js";
import { BLOCK, clouds, mergeNodes, type Rows, sweeperOf } from "./shards.helpers.js";

let solver: Awaited<ReturnType<typeof library.createSolver>>;
beforeAll(async () => {
  solver = await library.createSolver();
});

const KINDS = ["none", "table", "groups", "softmax", "softmaxEntity"] as const;

interface Case {
  rows: Rows;
  /** For `anneal`, with everything in it. */
  options: AnnealOptions;
  /** For a driver: weights and groups are with the shards. */
  driver: AnnealOptions;
}

function caseOf(
  kind: string,
  {
    count,
    dimensions = 2,
    clusters = 4,
    seed = 1,
    weighted = false,
    ...more
  }: Record<string, unknown> & { count: number },
): Case {
  const d = dimensions as number;
  const k = clusters as number;
  const autonomy = autonomies.random(kind, k, count, 0.7, autonomies.generator(seed as number));
  const groups = autonomy.kind === "groups" ? Array.from(autonomy.groups) : undefined;
  const weights = weighted ? Float64Array.from({ length: count }, (_, i) => 1 + (i % 7)) : undefined;
  const common = { clusters: k, seed: seed as number, policy: true, ...more } as AnnealOptions;
  const bare: Autonomy = autonomy.kind === "groups" ? { ...autonomy, groups: [] } : autonomy;
  return {
    rows: { data: clouds(count, d, k, seed as number), dimensions: d, weights, groups },
    options: { ...common, autonomy, ...(weights ? { weights } : {}) },
    driver: { ...common, autonomy: bare },
  };
}

/** What both say; `autonomy` repeats the options, and a driver's name no groups. */
function comparable(result: AnnealResult | AnnealAsyncResult) {
  const { threads, fallback, autonomy, ...rest } = result as AnnealAsyncResult;
  return rest;
}

async function expectSame({ rows, options, driver }: Case, sweeper: Sweeper): Promise<void> {
  const expected = solver.anneal({ data: rows.data, dimensions: rows.dimensions }, options);
  const actual = await solver.annealAsync(sweeper, driver);
  expect(comparable(actual)).toEqual(comparable(expected));
}

describe("the bits of one process", () => {
  test("any autonomy, effort, schedule, number of rows and columns, weights, cuts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.constantFrom("normal", "high", "geometric", "fixedPoint"),
        fc.integer({ min: 1, max: 5 * BLOCK }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 5 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
        fc.integer({ min: 0, max: 1000 }),
        async (kind, how, extra, dimensions, clusters, weighted, blocks, seed) => {
          const count = Math.max(extra, clusters + 1);
          const cuts = [...new Set(blocks)].filter((block) => block * BLOCK < count).sort((a, b) => a - b);
          const way =
            how === "geometric"
              ? { schedule: "geometric", betaGrowth: 3, maxIterations: 8 }
              : how === "fixedPoint"
                ? { gradient: "fixedPoint", maxIterations: 12, sensitivity: true }
                : { effort: how };
          const given = caseOf(kind, { count, dimensions, clusters, seed, weighted, ...way });
          await expectSame(given, sweeperOf(given.rows, cuts));
        },
      ),
      { numRuns: 25 },
    );
  });

  test.each(KINDS)("%s: nodes merged on the way, each request at shards made a moment ago", async (kind) => {
    const given = caseOf(kind, { count: 4 * BLOCK + 77, weighted: true, seed: 6 });
    await expectSame(given, sweeperOf(given.rows, [1, 3], { forgetful: true, reduce: mergeNodes }));
  });

  test("twins, draws over many blocks, and points that are all one", async () => {
    const twins = caseOf("none", { count: 9 * BLOCK + 1, clusters: 6, effort: "high", seed: 4 });
    const autonomy: Autonomy = { kind: "softmax", kappa: 0.8, temperature: 0.05 };
    for (const options of [twins.options, twins.driver]) options.autonomy = autonomy;
    await expectSame(twins, sweeperOf(twins.rows, [2, 5, 8]));
    const one = caseOf("groups", { count: 2 * BLOCK, clusters: 3 });
    one.rows.data.fill(7);
    await expectSame(one, sweeperOf(one.rows, [1]));
  });

  test("saved after every step and restored with other cuts", async () => {
    for (const kind of KINDS) {
      const given = caseOf(kind, { count: 3 * BLOCK + 5, effort: "high", seed: 3 });
      const expected = solver.anneal({ data: given.rows.data, dimensions: 2 }, given.options);
      let run = solver.annealerAsync(sweeperOf(given.rows, [1]), given.driver);
      for (let cut = 1; (await run.step()) !== null; cut = (cut % 3) + 1) {
        run = solver.restoreAnnealerAsync(sweeperOf(given.rows, [cut]), run.save());
      }
      expect(comparable(await run.result())).toEqual(comparable(expected));
    }
  });

  test.each(KINDS)("%s: prediction, also of fewer points than clusters", async (kind) => {
    for (const count of [2 * BLOCK + 3, 3]) {
      const { rows, options, driver } = caseOf(kind, { count });
      const centers = [
        [0, 0],
        [1, 2],
        [3, 1],
        [2, 4],
      ];
      const groups = rows.groups && { groups: rows.groups };
      const points = { data: rows.data, dimensions: 2 };
      const expected = solver.predict({ centers, autonomy: options.autonomy! }, points, groups);
      const cuts = count > BLOCK ? [1, 2] : [];
      expect(await solver.predictAsync({ centers, autonomy: driver.autonomy! }, sweeperOf(rows, cuts))).toEqual(
        expected,
      );
      const result = { centers, autonomy: options.autonomy! };
      expect(await solver.predictAsync(result, points, { threads: 2, ...groups })).toEqual(expected);
    }
  });

  test("a state is refused with other points", async () => {
    const given = caseOf("none", { count: 2 * BLOCK });
    const run = solver.annealerAsync(sweeperOf(given.rows, [1]), given.driver);
    await run.step();
    const others = { ...given.rows, data: given.rows.data.map((x, i) => (i === 9 ? x + 1e-9 : x)) };
    await expect(solver.restoreAnnealerAsync(sweeperOf(others, [1]), run.save()).step()).rejects.toMatchObject({
      code: "state",
    });
  });
});

describe("what a sweeper may not answer", () => {
  const given = () => caseOf("none", { count: 4 * BLOCK + 9 });
  const broken = (reduce: (nodes: Float64Array) => Float64Array) => {
    const { rows, driver } = given();
    return solver.annealAsync(sweeperOf(rows, [2], { reduce: (nodes) => reduce(nodes) }), driver);
  };
  const order = (message: RegExp) =>
    expect.objectContaining({ code: "order", message: expect.stringMatching(message) });

  test.each<[string, (nodes: Float64Array) => Float64Array, RegExp]>([
    [
      "a shard twice",
      (nodes) => Float64Array.of(...nodes, ...nodes),
      /2 blocks from 0 answered, expected block 5 of 5/,
    ],
    ["a shard not at all", (nodes) => nodes.slice(nodes.length / 3), /2 blocks from 2 answered, expected block 0 of 5/],
    ["the last block missing", (nodes) => nodes.slice(0, (2 * nodes.length) / 3), /4 blocks answered, expected 5/],
    ["zero shards", () => new Float64Array(0), /0 blocks answered, expected 5/],
    ["half a node", (nodes) => nodes.slice(0, -1), /numbers answered, expected a Float64Array of 6 for every node/],
    ["no node of the tree", (nodes) => nodes.map((x, i) => (i === 1 ? 3 : x)), /3 blocks from 0 answered/],
    [
      "NaN for a block",
      (nodes) => nodes.map((x, i) => (i === 0 ? Number.NaN : x)),
      /2 blocks from NaN answered, expected block 0 of 5/,
    ],
    ["something else", () => [1, 2, 3] as unknown as Float64Array, /3 numbers answered, expected a Float64Array/],
  ])("%s", async (_name, reduce, message) => {
    await expect(broken(reduce)).rejects.toEqual(order(message));
  });

  test("weights and groups belong to the shards", async () => {
    const { rows, driver } = given();
    await expect(solver.annealAsync(sweeperOf(rows, []), { ...driver, weights: [1] })).rejects.toMatchObject({
      code: "input",
      message: "weights are given, expected none: the shards hold their own",
    });
    const groups = caseOf("groups", { count: 9 });
    await expect(solver.annealAsync(sweeperOf(groups.rows, []), groups.options)).rejects.toMatchObject({
      code: "input",
    });
  });

  test("what a sweeper throws comes through", async () => {
    const { rows, driver } = given();
    const failing = { ...sweeperOf(rows, [1]), sweep: () => Promise.reject(new Error("the cable is cut")) };
    await expect(solver.annealAsync(failing, driver)).rejects.toThrow("the cable is cut");
  });
});

describe("what a shard is not", () => {
  const points = { data: clouds(10, 2, 2, 1), dimensions: 2 };
  const problem = { clusters: 2, kind: "none" as const, groupCount: 1, tables: new Float64Array(0) };

  test("begun within a block", async () => {
    await expect(solver.shard(points, { first: 100 })).rejects.toThrow("first is 100, expected a multiple of 4096");
  });

  test.each([2 ** 32, 0.7, -1, Number.NaN, 2 ** 31])("given the group %s", async (group) => {
    await expect(solver.shard({ data: Float64Array.of(1, 2), dimensions: 1 }, { groups: [0, group] })).rejects.toThrow(
      `groups: row 1 is ${group}, expected an integer from 0 to 2147483647`,
    );
  });

  test("asked before it is open, opened twice, or sent garbage", async () => {
    const shard = await solver.shard(points);
    expect(() => shard.sweep(new Uint8Array(8))).toThrow("this shard is not open");
    shard.open(problem);
    expect(() => shard.open(problem)).toThrow("open already");
    const random = autonomies.generator(1);
    for (let trial = 0; trial < 2000; trial++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 600) }, () => 256 * random());
      expect(() => shard.sweep(bytes)).toThrow("no request for this problem");
    }
  });

  test("opened with a problem that is none", async () => {
    const open = async (wrong: object) => (await solver.shard(points)).open({ ...problem, ...wrong });
    await expect(open({ clusters: 0 })).rejects.toThrow("clusters is 0");
    await expect(open({ kind: "other" })).rejects.toThrow('kind is "other"');
    await expect(open({ kind: "table" })).rejects.toThrow("tables has 0 entries, expected 4");
    await expect(open({ kind: "groups", tables: new Float64Array(4) })).rejects.toThrow("groups is missing");
    await expect(open({ kind: "toString" })).rejects.toThrow('kind is "toString", expected one of none, table');
    await expect(open({ clusters: 2 ** 32 + 1 })).rejects.toThrow("clusters is 4294967297, expected at most 536870912");
    for (const groupCount of [-5, "x", 1.5, 2 ** 32, 0, 2])
      await expect(open({ groupCount })).rejects.toThrow(`groupCount is ${groupCount}, expected 1 with none`);
    for (const groupCount of [-5, "x", 1.5, 0])
      await expect(open({ kind: "groups", groupCount })).rejects.toThrow(`groupCount is ${groupCount}, expected an`);
    await expect(open({ kind: "groups", groupCount: 2 ** 32 })).rejects.toThrow("tables has 0 entries, expected 17");
    await expect(open({ tables: undefined })).rejects.toThrow("tables: got undefined, expected a Float64Array");
    await expect(open({ kind: "table", tables: Float64Array.of(1, 0, Number.NaN, 1) })).rejects.toThrow(
      "tables: row 1, column 0 is NaN, expected a probability in [0, 1]",
    );
    for (const clusters of [2 ** 20, 2 ** 26, 2 ** 29]) // what passes 4 GiB says so
      await expect(open({ clusters, kind: "none" })).rejects.toMatchObject({ code: "memory" });
  });

  test("made with options that are none", async () => {
    await expect(solver.shard(points, { frist: 4 } as object)).rejects.toThrow(
      "options: frist is not an option; expected one of first, weights, groups",
    );
    await expect(solver.shard(points, null as unknown as object)).rejects.toThrow("options: got null");
    await expect(solver.shard(points, { first: 2 ** 50 })).rejects.toThrow(
      "first is 1125899906842624, expected at most",
    );
  });

  test("loaded with a group that has no table", async () => {
    const shard = await solver.shard(points, { groups: [0, 1, 0, 1, 0, 1, 0, 1, 0, 2] });
    const tables = Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1);
    expect(() => shard.open({ ...problem, kind: "groups", groupCount: 2, tables })).toThrow(
      "groups: row 9 is 2, expected an integer from 0 to 1",
    );
  });
});
