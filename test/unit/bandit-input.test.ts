// Bad input, edge cases, and the promises that hold for any input.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bandit } from "../../src/bandit/bandit.js";
import { WaywardError } from "../../src/errors.js";
import type { Solver } from "../../src/solver.js";
import { decodeState, encodeState } from "../../src/state.js";
import type { BanditOptions, BanditStatus } from "../../src/types.js";
import { normals, rewardStack } from "../reference/noise.js";
import { loadSolver, run } from "./bandit-helpers.js";

let solver: Solver;
beforeAll(async () => {
  solver = await loadSolver();
});

const good: BanditOptions = { arms: 5, dimensions: 2, clusters: 2, delta: 0.1 };

function refusal(call: () => unknown): WaywardError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(WaywardError);
    return error as WaywardError;
  }
  throw new Error("expected a WaywardError");
}

/** One round against a world of two clusters. */
function tellOnce(bandit: Bandit): void {
  const ask = bandit.ask();
  if (!ask) return;
  const row = (arm: number) =>
    Array.from({ length: bandit.options.dimensions }, (_, j) => 2 * (arm % 2) + Math.sin(ask.round + j));
  bandit.tell(ask.round, ask.arms.map(row));
}

/** The members of a status that hold NaN. */
function nansIn(status: BanditStatus): string[] {
  return Object.entries(status)
    .filter(([, value]) => [value].flat(2).some(Number.isNaN))
    .map(([name]) => name);
}

describe("options", () => {
  it.each<[string, Partial<BanditOptions>, string[]]>([
    ["K > M", { clusters: 6 }, ["clusters is 6", "at most", "5"]],
    ["K < 1", { clusters: 0 }, ["clusters is 0", "at least 1"]],
    ["K not an integer", { clusters: 2.5 }, ["clusters is 2.5"]],
    ["no arms", { arms: 0 }, ["arms is 0", "from 1"]],
    ["no dimensions", { dimensions: 0 }, ["dimensions is 0", "from 1"]],
    ["delta 0", { delta: 0 }, ["delta is 0", "above 0"]],
    ["delta 1", { delta: 1 }, ["delta is 1", "below 1"]],
    ["delta NaN", { delta: Number.NaN }, ["delta is NaN"]],
    ["maxPulls below M", { maxPulls: 4 }, ["maxPulls is 4", "at least the number of arms, 5"]],
    ["batch 0", { batch: 0 }, ["batch is 0", "from 1"]],
    ["refresh 1", { refresh: 1 }, ["refresh is 1", "above 1"]],
    ["seed below 0", { seed: -1 }, ["seed is -1"]],
    ["unknown allocation", { allocation: "greedy" as never }, ['allocation is "greedy"', '"representatives"']],
    ["unknown stopping", { stopping: "never" as never }, ['stopping is "never"', '"pairwise"']],
    ["representatives with exact", { stopping: "exact" }, ['stopping is "exact"', 'expected "pairwise"']],
    ["as printed without exact", { allocation: "tracking", asPrinted: true }, ["asPrinted", 'expected "exact"']],
    ["oracle without instance", { allocation: "oracle" }, ["oracle", "instance"]],
    [
      "oracle of another shape",
      {
        allocation: "oracle",
        instance: {
          labels: [0, 1, 1],
          centers: [
            [0, 0],
            [1, 1],
          ],
        },
      },
      ["3 labels", "expected 5"],
    ],
    ["variance 0", { covariance: 0 }, ["covariance is 0", "positive"]],
    ["covariance of another size", { covariance: [[1]] }, ["covariance is 1 x 1", "2 x 2"]],
    [
      "covariance not symmetric",
      {
        covariance: [
          [1, 0.5],
          [0.4, 1],
        ],
      },
      ["row 1, column 0 is 0.4", "expected 0.5"],
    ],
    [
      "covariance not positive definite",
      {
        covariance: [
          [1, 2],
          [2, 1],
        ],
      },
      ["not positive definite at row 1, column 1"],
    ],
    [
      "covariance NaN",
      {
        covariance: [
          [1, 0],
          [0, Number.NaN],
        ],
      },
      ["covariance: row 1, column 1 is NaN"],
    ],
  ])("%s", (_name, change, parts) => {
    const error = refusal(() => solver.bandit({ ...good, ...change }));
    expect(error.code).toBe("input");
    for (const part of parts) expect(error.message).toContain(part);
  });

  it("are told, defaults filled in, also after a restore", () => {
    const defaults = { allocation: "representatives", stopping: "pairwise", batch: 1, refresh: 1.05, seed: 0 } as const;
    const none = { covariance: 1, maxPulls: Number.POSITIVE_INFINITY };
    expect(solver.bandit(good).options).toEqual({ ...good, ...defaults, ...none });
    const matrix = [
      [2, 0.3],
      [0.3, 0.7],
    ];
    for (const covariance of [2, 0.1, 2.3, 1e-300, 1e300, 123456.789012345, matrix]) {
      const bandit = solver.bandit({ ...good, covariance, maxPulls: 50, seed: 9 });
      const expected = { ...good, ...defaults, covariance, maxPulls: 50, seed: 9 };
      expect(bandit.options).toEqual(expected);
      expect(solver.restoreBandit(bandit.save()).options).toEqual(expected);
    }
  });

  it("hardness and separation name the bad label and the empty cluster", () => {
    expect(refusal(() => solver.hardness({ labels: [0, 2], centers: [[0], [1]] })).message).toContain("row 1 is 2");
    expect(refusal(() => solver.hardness({ labels: [0, 0], centers: [[0], [1]] })).message).toContain(
      "cluster 1 has no arm",
    );
    const instance = { labels: [0, 1, 1], centers: [[0], [1]] };
    expect(refusal(() => solver.separation({ ...instance, weights: [1, 0, 1] })).message).toContain("row 1 is 0");
    expect(refusal(() => solver.lowerBound(-1, 0.1)).message).toContain("hardness is -1");
    expect(refusal(() => solver.kmeans([[1], [2]], { clusters: 3 })).message).toContain("clusters is 3");
  });
});

describe("tell", () => {
  it.each<[string, unknown, string[]]>([
    ["too few dimensions", [[1]], ["row 0 (arm 0) has 1 coordinates", "expected 2"]],
    [
      "too many rows",
      [
        [1, 2],
        [3, 4],
      ],
      ["2 rows", "expected 1"],
    ],
    ["flat array of another length", new Float64Array(3), ["3 numbers", "expected 2"]],
    ["NaN", [[1, Number.NaN]], ["row 0 (arm 0), coordinate 1 is NaN"]],
    ["infinite", Float64Array.of(Number.POSITIVE_INFINITY, 0), ["row 0 (arm 0), coordinate 0 is Infinity"]],
    ["no number", [["1", 2]], ["coordinate 0 is 1", "finite number"]],
    ["past what squares to a number", [[1e130, 0]], ["coordinate 0 is 1e+130", "within 1e+120"]],
    ["nothing", undefined, ["expected 1"]],
  ])("%s: refused, and nothing is taken in", (_name, observations, parts) => {
    const bandit = solver.bandit(good);
    const ask = bandit.ask();
    const before = bandit.save();
    const error = refusal(() => bandit.tell(0, observations as number[][]));
    expect(error.code).toBe("input");
    for (const part of parts) expect(error.message).toContain(part);
    expect(bandit.save()).toEqual(before);
    expect(bandit.ask()).toEqual(ask);
    expect(bandit.tell(0, [[1, 2]]).pulls).toBe(1);
  });

  it("no overflow certifies: at the largest observations the partition is still the true one", () => {
    for (const allocation of ["representatives", "tracking", "lazy", "uniform"] as const) {
      for (const [size, covariance] of [
        [1e120, 1],
        [1e-31, 1e-300],
      ]) {
        const bandit = solver.bandit({ ...good, allocation, covariance });
        for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
          bandit.tell(
            ask.round,
            ask.arms.map((arm) => [arm % 2 ? size : -size, size / 2]),
          );
        }
        expect(bandit.status()).toMatchObject({ certified: true, labels: [0, 1, 0, 1, 0] });
        expect(bandit.status().centers!.flat().every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("out of turn, twice, and for another round", () => {
    const bandit = solver.bandit(good);
    expect(refusal(() => bandit.tell(0, [[1, 2]])).message).toContain("no ask is open");
    bandit.ask();
    const other = refusal(() => bandit.tell(1, [[1, 2]]));
    expect(other.code).toBe("order");
    expect(other.message).toContain("round 1, expected round 0");
    bandit.tell(0, [[1, 2]]);
    expect(refusal(() => bandit.tell(0, [[1, 2]])).code).toBe("order");
    bandit.ask();
    expect(refusal(() => bandit.tell(0, [[1, 2]])).message).toContain("round 0, expected round 1");
  });

  it("an ask handed out may be changed by the caller without harm", () => {
    const bandit = solver.bandit(good);
    bandit.ask()!.arms[0] = 4;
    expect(bandit.ask()).toEqual({ round: 0, arms: [0] });
  });
});

describe("saved state", () => {
  const saved = () => {
    const bandit = solver.bandit(good);
    const normal = normals(1);
    for (let round = 0; round < 9; round++) bandit.tell(bandit.ask()!.round, [[normal(), normal()]]);
    return bandit.save();
  };

  it("truncated, flipped, of another solver, of another version, or no state: refused with a reason", () => {
    const bytes = saved();
    expect(solver.restoreBandit(bytes).status().pulls).toBe(9);
    expect(refusal(() => solver.restoreBandit(bytes.slice(0, -1))).message).toContain("truncated");
    for (let index = 0; index < bytes.length; index += 7) {
      const flipped = bytes.slice();
      flipped[index] ^= 1 << (index % 8);
      expect(refusal(() => solver.restoreBandit(flipped)).code).toBe("state");
    }
    expect(refusal(() => solver.restoreBandit(encodeState("anneal", 1, new Float64Array(20)))).message).toContain(
      "anneal",
    );
    expect(refusal(() => solver.restoreBandit(encodeState("bandit", 2, new Float64Array(20)))).message).toContain(
      "layout 2",
    );
    const version = bytes.slice();
    version[4] = 9;
    expect(refusal(() => solver.restoreBandit(version)).message).toContain("layout version 9");
    expect(refusal(() => solver.restoreBandit("state" as never)).code).toBe("state");
  });

  it.each<[string, Partial<BanditOptions>]>([
    ["representatives", {}],
    [
      "representatives, batches, covariance",
      {
        batch: 4,
        covariance: [
          [1, 0.2],
          [0.2, 1],
        ],
      },
    ],
    ["tracking", { allocation: "tracking", stopping: "either" }],
    ["lazy", { allocation: "lazy", stopping: "exact" }],
    ["uniform", { allocation: "uniform", stopping: "heuristic" }],
    [
      "oracle",
      {
        allocation: "oracle",
        instance: {
          labels: [0, 1, 0, 1, 0, 1, 0],
          centers: [
            [0, 0],
            [1, 2],
          ],
        },
      },
    ],
  ])("forged under a right checksum (%s): refused, or it goes on without trap, loop or NaN", (_name, options) => {
    const make = (rounds: number) => {
      const bandit = solver.bandit({ arms: 7, dimensions: 2, clusters: 2, delta: 0.01, ...options });
      for (let round = 0; round < rounds; round++) tellOnce(bandit);
      bandit.ask();
      return decodeState("bandit", bandit.save()).numbers;
    };
    const states = [0, 2, 5, 12, 30, 200].map(make);
    const hostile = fc.oneof(
      fc.constantFrom(-1, 0, 0.5, 1, 2, 3, 6, 7, 100, 2 ** 26, 2 ** 31, 2 ** 32, 2 ** 53, 1e100, 1e308, 5e-324, -1e308),
      fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
      fc.double(),
      fc.nat(50),
    );
    const changes = fc.array(fc.tuple(fc.nat(), hostile), { minLength: 1, maxLength: 3 });
    const length = fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -20, max: 20 }) },
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...states), changes, length, (state, replacements, more) => {
        const numbers = new Float64Array(Math.max(state.length + more, 0));
        numbers.set(state.subarray(0, numbers.length));
        for (const [at, value] of replacements) numbers[at % numbers.length] = value;
        let restored: Bandit;
        try {
          restored = solver.restoreBandit(encodeState("bandit", 1, numbers));
        } catch (error) {
          expect(error).toBeInstanceOf(WaywardError);
          expect((error as WaywardError).code).toMatch(/^(state|memory)$/);
          return;
        }
        accepted++;
        for (let round = 0; round < 30 && restored.ask(); round++) tellOnce(restored);
        expect(nansIn(restored.status())).toEqual([]);
        restored.save();
      }),
      { numRuns: 1500, seed: 7 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it("takes under 128 bytes an arm at d = 4", () => {
    const labels = Array.from({ length: 150 }, (_, arm) => Math.floor(arm / 50));
    const centers = [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ];
    for (const allocation of ["representatives", "tracking", "lazy", "uniform"] as const) {
      const options = { arms: 150, dimensions: 4, clusters: 3, delta: 0.1, allocation, maxPulls: 1500 };
      const bandit = solver.bandit(options);
      let most = 0;
      const reward = rewardStack(labels, centers, 1);
      const counts = new Array<number>(150).fill(0);
      for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
        bandit.tell(
          ask.round,
          ask.arms.map((arm) => reward(arm, counts[arm]++)),
        );
        if (ask.round % 100 === 99) most = Math.max(most, bandit.save().length);
      }
      expect(most / 150).toBeLessThan(128);
    }
  });
});

describe("edge cases", () => {
  it.each([1, 5])("K = %d of 5 arms answers at once, with no pull, certified", (clusters) => {
    for (const bandit of [
      solver.bandit({ ...good, clusters }),
      solver.restoreBandit(solver.bandit({ ...good, clusters }).save()),
    ]) {
      expect(bandit.ask()).toBeNull();
      const status = bandit.status();
      expect(status).toMatchObject({ state: "stopped", certified: true, pulls: 0, hardness: 0 });
      expect(status.labels).toEqual(clusters === 1 ? [0, 0, 0, 0, 0] : [0, 1, 2, 3, 4]);
      expect(refusal(() => bandit.tell(0, [[1, 2]])).code).toBe("order");
    }
  });

  it.each(["representatives", "tracking", "lazy", "uniform"] as const)(
    "identical arms never separate under %s: the budget ends it, not certified",
    (allocation) => {
      for (const noise of [0, 1]) {
        const normal = normals(3);
        const bandit = solver.bandit({ ...good, clusters: 3, allocation, maxPulls: 300 });
        run(bandit, 5, () => [noise * normal(), noise * normal()]);
        const status = bandit.status();
        expect(status).toMatchObject({ state: "budget exhausted", certified: false, pulls: 300 });
        expect(JSON.stringify(status)).not.toContain("NaN");
        expect(bandit.ask()).toBeNull();
      }
    },
  );

  it("the heuristic says that it promises nothing", () => {
    const reward = rewardStack(
      [0, 0, 1, 1, 1],
      [
        [0, 0],
        [9, 9],
      ],
      2,
    );
    const bandit = solver.bandit({ ...good, allocation: "tracking", stopping: "heuristic" });
    run(bandit, 5, reward);
    expect(bandit.status()).toMatchObject({ state: "stopped", certified: false, guarantee: "none" });
    const printed = solver.bandit({ ...good, allocation: "tracking", stopping: "exact", asPrinted: true });
    expect(printed.status().guarantee).toBe("none");
    expect(solver.bandit(good).status().guarantee).toBe("delta");
  });

  it("10,000 arms", () => {
    const labels = Array.from({ length: 10_000 }, (_, arm) => arm % 4);
    const centers = [
      [0, 0],
      [30, 0],
      [0, 30],
      [30, 30],
    ];
    for (const allocation of ["representatives", "lazy", "tracking"] as const) {
      const bandit = solver.bandit({ arms: 10_000, dimensions: 2, clusters: 4, delta: 0.01, allocation, batch: 1000 });
      run(bandit, 10_000, rewardStack(labels, centers, 1));
      const status = bandit.status();
      expect(status).toMatchObject({ certified: true, pulls: 10_000 });
      expect(status.labels!.every((label, arm) => label === status.labels![arm % 4])).toBe(true);
    }
  });

  it("data far from the origin", () => {
    const centers = [
      [1e7, -1e7],
      [1e7 + 6, -1e7],
    ];
    const reward = rewardStack([0, 0, 1, 1, 1], centers, 2);
    for (const allocation of ["representatives", "lazy", "tracking"] as const) {
      const stopping = allocation === "representatives" ? "pairwise" : "exact";
      const bandit = solver.bandit({ ...good, allocation, stopping });
      run(bandit, 5, reward);
      const { labels, certified, centers: found } = bandit.status();
      expect(certified).toBe(true);
      expect(labels!.map((label) => label === labels![0])).toEqual([true, true, false, false, false]);
      expect(Math.abs(found![labels![0]][0] - 1e7)).toBeLessThan(3);
    }
  });

  it("status is plain data", () => {
    const bandit = solver.bandit(good);
    expect(structuredClone(bandit.status())).toEqual(bandit.status());
    expect(bandit.status()).toMatchObject({ labels: null, centers: null, hardness: null, lowerBound: null });
  });
});

describe("for any instance", () => {
  it("counts add up, labels cover all clusters, the statistic passes the threshold exactly when it stops", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 3, max: 14 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom("representatives", "tracking", "lazy", "uniform" as const),
        (seed, arms, wanted, dimensions, batch, allocation) => {
          const clusters = Math.min(wanted, arms - 1);
          const normal = normals(seed);
          const labels = Array.from({ length: arms }, (_, arm) => (arm < clusters ? arm : seed % clusters));
          const centers = Array.from({ length: clusters }, () =>
            Array.from({ length: dimensions }, () => 3 * normal()),
          );
          const options = { arms, dimensions, clusters, delta: 0.05, allocation, batch, seed, maxPulls: 400 } as const;
          const bandit = solver.bandit(options);
          run(bandit, arms, rewardStack(labels, centers, seed));
          const status = bandit.status();
          expect(status.pullCounts.reduce((sum, count) => sum + count, 0)).toBe(status.pulls);
          expect(Math.min(...status.pullCounts)).toBeGreaterThan(0);
          expect(new Set(status.labels).size).toBe(clusters);
          expect(status.statistic >= status.threshold).toBe(status.state === "stopped");
          expect(status.pulls).toBeLessThanOrEqual(400);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });

  it("a simulation is the same loop as ask and tell", () => {
    // The core's noise is read off centers at 0, then handed in from outside.
    const instance = {
      labels: [0, 0, 1, 1, 2],
      centers: [
        [0, 0],
        [3, 0],
        [0, 3],
      ],
    };
    for (const allocation of ["representatives", "tracking", "uniform"] as const) {
      const options = { instance, deltas: [0.1], allocation, seed: 5, trials: 3 };
      const [a] = [...solver.simulateBandit(options)];
      const [b] = [...solver.simulateBandit({ ...options, trials: 1 })];
      expect(b).toEqual(a);
      const [c] = [...solver.simulateBandit({ ...options, firstTrial: 2, trials: 1 })];
      expect(c).toEqual([...solver.simulateBandit(options)][2]);
      expect(a[0].correct).toBe(true);
    }
  });
});
