// The sampling, pull by pull, against the plain algorithms of test/reference on the same stack of rewards.
import { beforeAll, describe, expect, it } from "vitest";
import type { Solver } from "../../src/solver.js";
import type { BanditAllocation, BanditOptions, BanditStopping } from "../../src/types.js";
import { samePartition, track } from "../reference/bandit.js";
import { representatives, Snapshots } from "../reference/bandit-pairs.js";
import { normals, rewardStack, uniforms } from "../reference/noise.js";
import { loadSolver, run, step } from "./bandit-helpers.js";

let solver: Solver;
beforeAll(async () => {
  solver = await loadSolver();
});

interface Case {
  labels: number[];
  centers: number[][];
}

const labelsOf = (sizes: number[]) => sizes.flatMap((size, cluster) => new Array<number>(size).fill(cluster));

/** Random instances, some with singletons, some hard. */
function instances(count: number, spread: number): Case[] {
  return Array.from({ length: count }, (_, index) => {
    const uniform = uniforms(index + 11);
    const normal = normals(index + 11);
    const sizes = Array.from({ length: 2 + (index % 4) }, () => 1 + Math.floor(5 * uniform()));
    if (sizes.every((size) => size < 2)) sizes[0] = 3;
    const dimensions = 1 + (index % 5);
    const centers = sizes.map(() => Array.from({ length: dimensions }, () => spread * normal()));
    // Arms in random order.
    const labels = labelsOf(sizes)
      .map((label) => ({ label, key: uniform() }))
      .sort((a, b) => a.key - b.key)
      .map(({ label }) => label);
    return { labels, centers };
  });
}

const symmetric: Case = {
  labels: labelsOf([3, 3, 3]),
  centers: [
    [0, 0],
    [2, 0],
    [0, 2],
  ],
};

const shape = ({ labels, centers }: Case) => ({
  arms: labels.length,
  dimensions: centers[0].length,
  clusters: centers.length,
});

describe.each(["tracking", "lazy", "uniform", "oracle"] as const)("%s", (allocation) => {
  it.each([
    ["exact", false],
    ["exact", true],
    ["heuristic", false],
  ] as const)("equals the plain algorithm under %s, as printed: %s", (stopping, asPrinted) => {
    let stopped = 0;
    for (const [index, instance] of [...instances(11, 4), symmetric].entries()) {
      const reward = rewardStack(instance.labels, instance.centers, index + 1);
      const common = { ...shape(instance), delta: 0.1, allocation, instance, maxPulls: 200 };
      const expected = track(
        { ...common, kind: asPrinted ? "printed" : stopping, first: index % instance.labels.length },
        reward,
      );
      const bandit = solver.bandit({ ...common, stopping, asPrinted, seed: index });
      expect(run(bandit, instance.labels.length, reward)).toEqual(expected.pulled);
      const status = bandit.status();
      expect(status.state).toBe(expected.stopped ? "stopped" : "budget exhausted");
      expect(status.certified).toBe(expected.stopped && stopping === "exact" && !asPrinted);
      if (!expected.stopped) continue;
      stopped++;
      expect(status.labels).toEqual(expected.labels);
      expect(status.statistic / expected.statistic!).toBeCloseTo(1, 7);
    }
    expect(stopped).toBeGreaterThan(5);
  });
});

describe("representatives", () => {
  it("equals the plain algorithm, pull by pull, in easy and hard instances", () => {
    let restarts = 0;
    for (const spread of [4, 1.2, 0.7]) {
      for (const [index, instance] of [...instances(10, spread), symmetric].entries()) {
        const reward = rewardStack(instance.labels, instance.centers, 100 + index);
        const options = { ...shape(instance), delta: 0.1, maxPulls: 800 };
        const expected = representatives(options, reward);
        const bandit = solver.bandit(options);
        expect(run(bandit, instance.labels.length, reward)).toEqual(expected.pulled);
        const status = bandit.status();
        expect(status.certified).toBe(expected.stopped);
        expect(status.state).toBe(expected.stopped ? "stopped" : "budget exhausted");
        if (expected.stopped) {
          expect(status.labels).toEqual(expected.labels);
          expect(status.statistic).toBeGreaterThanOrEqual(1);
        } else {
          restarts++;
        }
        expect(status.threshold).toBe(1);
      }
    }
    expect(restarts).toBeGreaterThan(0);
  });
});

describe.each(["tracking", "uniform", "lazy"] as const)("pairwise under %s", (allocation) => {
  it("stops at the first pull at which the plain certificate holds, with its labels", () => {
    for (const [index, instance] of instances(8, 3).entries()) {
      const reward = rewardStack(instance.labels, instance.centers, 500 + index);
      const options = { ...shape(instance), delta: 0.1, maxPulls: 400 };
      const bandit = solver.bandit({ ...options, allocation, stopping: "pairwise" });
      const data = new Snapshots(options);
      const counts = new Array<number>(options.arms).fill(0);
      const pulled: number[] = [];
      let certificate: ReturnType<Snapshots["certificate"]> | undefined;
      while (step(bandit, reward, counts, pulled)) {
        const arm = pulled[pulled.length - 1];
        const fresh = data.add(arm, reward(arm, counts[arm] - 1));
        if (pulled.length < options.arms) continue;
        if (fresh || !certificate) certificate = data.certificate();
        const { state } = bandit.status();
        expect(state === "stopped").toBe(certificate.statistic >= 1);
      }
      const status = bandit.status();
      expect(status.labels).toEqual(certificate!.labels);
      expect(status.statistic / certificate!.statistic).toBeCloseTo(1, 8);
    }
  });
});

describe("either", () => {
  it("stops at the earlier of exact and pairwise at delta / 2", () => {
    for (const [index, instance] of instances(12, 3).entries()) {
      const reward = rewardStack(instance.labels, instance.centers, 900 + index);
      const options = { ...shape(instance), delta: 0.1, maxPulls: 2000, allocation: "tracking" as const };
      const pulls = (stopping: BanditStopping, delta: number) => {
        const bandit = solver.bandit({ ...options, stopping, delta });
        run(bandit, options.arms, reward);
        return bandit.status();
      };
      const either = pulls("either", 0.1);
      expect(either.pulls).toBe(Math.min(pulls("exact", 0.05).pulls, pulls("pairwise", 0.05).pulls));
      expect(either.threshold).toBe(1);
      if (either.state === "stopped") expect(either.statistic).toBeGreaterThanOrEqual(1);
    }
  });
});

const ALL: { allocation: BanditAllocation; stopping: BanditStopping }[] = [
  { allocation: "representatives", stopping: "pairwise" },
  { allocation: "tracking", stopping: "pairwise" },
  { allocation: "tracking", stopping: "exact" },
  { allocation: "lazy", stopping: "heuristic" },
  { allocation: "lazy", stopping: "either" },
  { allocation: "uniform", stopping: "pairwise" },
  { allocation: "oracle", stopping: "either" },
];

describe.each(ALL)("save and restore: $allocation, $stopping", ({ allocation, stopping }) => {
  it.each([1, 3])("at every round, asked and not yet asked, batch %d: equal to the last bit", (batch) => {
    const hard: Case = {
      labels: [0, 0, 1, 1, 2, 2, 0],
      centers: [
        [0, 0, 5],
        [1, 0, 5],
        [0, 1.4, 5],
      ],
    };
    const reward = rewardStack(hard.labels, hard.centers, 42);
    const options: BanditOptions = {
      ...{ ...shape(hard), delta: 0.1, allocation, stopping, batch, instance: hard, maxPulls: 150 },
      covariance: [
        [1.2, 0.1, 0],
        [0.1, 0.9, 0.2],
        [0, 0.2, 1],
      ],
    };
    const straight = solver.bandit(options);
    let restored = solver.bandit(options);
    const [a, b] = [new Array<number>(7).fill(0), new Array<number>(7).fill(0)];
    const [pulledA, pulledB]: number[][] = [[], []];
    let rounds = 0;
    for (;;) {
      // Every other round the state is taken while an ask is open.
      if (rounds % 2) expect(restored.ask()).toEqual(straight.ask());
      const bytes = restored.save();
      restored = solver.restoreBandit(bytes);
      expect(restored.save()).toEqual(bytes);
      expect(restored.status()).toEqual(straight.status());
      const more = step(straight, reward, a, pulledA);
      expect(step(restored, reward, b, pulledB)).toBe(more);
      expect(pulledB).toEqual(pulledA);
      if (!more) break;
      rounds++;
    }
    expect(rounds).toBeGreaterThan(10);
  });
});

describe("batches", () => {
  it("a batch larger than needed still certifies the right partition, and asks for no more than told to", () => {
    for (const batch of [2, 5, 16, 64]) {
      for (const allocation of ["representatives", "tracking", "lazy", "uniform"] as const) {
        for (const [index, instance] of instances(8, 3).entries()) {
          const reward = rewardStack(instance.labels, instance.centers, 40 + index);
          const bandit = solver.bandit({ ...shape(instance), delta: 1e-6, allocation, batch, maxPulls: 5000 });
          const counts = new Array<number>(instance.labels.length).fill(0);
          for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
            expect(ask.arms.length).toBeLessThanOrEqual(batch);
            expect(bandit.ask()).toEqual(ask);
            bandit.tell(
              ask.round,
              ask.arms.map((arm) => reward(arm, counts[arm]++)),
            );
          }
          const status = bandit.status();
          expect(status.pulls).toBeLessThanOrEqual(5000);
          expect(status.pullCounts).toEqual(counts);
          if (status.certified) expect(samePartition(status.labels!, instance.labels)).toBe(true);
        }
      }
    }
  });
});

describe("covariance", () => {
  it("whitening: data with covariance L L^T and centers L mu behave as unit noise around mu", () => {
    const factor = [
      [2, 0],
      [3, 0.5],
    ];
    const covariance = [
      [4, 6],
      [6, 9.25],
    ];
    const apply = ([x, y]: number[]) => [factor[0][0] * x, factor[1][0] * x + factor[1][1] * y];
    const instance = instances(2, 3)[1];
    const plain = rewardStack(instance.labels, instance.centers, 3);
    const options = { ...shape(instance), delta: 0.05 };
    expect(options.dimensions).toBe(2);
    const white = solver.bandit(options);
    const colored = solver.bandit({ ...options, covariance });
    expect(run(colored, options.arms, (arm, n) => apply(plain(arm, n)))).toEqual(run(white, options.arms, plain));
    const [a, b] = [white.status(), colored.status()];
    expect(b.labels).toEqual(a.labels);
    expect(b.hardness! / a.hardness!).toBeCloseTo(1, 9);
    a.centers!.forEach((center, k) => {
      apply(center).forEach((x, q) => {
        expect(b.centers![k][q]).toBeCloseTo(x, 9);
      });
    });
  });

  it("a single variance: only the ratio of distance to noise counts, and centers stay in units of the data", () => {
    const instance = instances(3, 3)[2];
    const plain = rewardStack(instance.labels, instance.centers, 4);
    const white = solver.bandit({ ...shape(instance), delta: 0.05 });
    const scaled = solver.bandit({ ...shape(instance), delta: 0.05, covariance: 1e6 });
    const big = (arm: number, n: number) => plain(arm, n).map((x) => 1000 * x);
    const arms = instance.labels.length;
    expect(run(scaled, arms, big)).toEqual(run(white, arms, plain));
    expect(scaled.status().centers![0][0] / white.status().centers![0][0]).toBeCloseTo(1000, 6);
  });

  it("centers are the pull-weighted means under the labels", () => {
    const instance = instances(5, 2)[4];
    const plain = rewardStack(instance.labels, instance.centers, 5);
    const bandit = solver.bandit({ ...shape(instance), delta: 0.05, maxPulls: 300 });
    run(bandit, instance.labels.length, plain);
    const { labels, centers, pullCounts } = bandit.status();
    for (let cluster = 0; cluster < centers!.length; cluster++) {
      const rows = pullCounts.flatMap((count, arm) =>
        labels![arm] === cluster ? Array.from({ length: count }, (_, n) => plain(arm, n)) : [],
      );
      centers![cluster].forEach((x, q) => {
        expect(x).toBeCloseTo(rows.reduce((sum, row) => sum + row[q], 0) / rows.length, 10);
      });
    }
  });
});
