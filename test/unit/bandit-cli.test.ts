// The JSON lines of `wayward bandit`, its state file under kill -9, and its simulation.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Solver } from "../../src/solver.js";
import type { BanditStatus } from "../../src/types.js";
import { rewardStack } from "../reference/noise.js";
import { loadSolver, run } from "./bandit-helpers.js";

const CLI = "dist/cli.js";
const labels = [0, 0, 1, 1, 2, 2, 2];
const centers = [
  [0, 0],
  [3, 0],
  [0, 3],
];
const ARGS = ["--arms", "7", "--dimensions", "2", "--clusters", "3", "--delta", "1e-6"];
const options = { arms: 7, dimensions: 2, clusters: 3, delta: 1e-6 };

let solver: Solver;
let folder: string;
beforeAll(async () => {
  solver = await loadSolver();
  folder = mkdtempSync(join(tmpdir(), "wayward-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (args: string[]) => spawn(process.execPath, [CLI, "bandit", ...args]);

/** Answers asks until the certificate, or until `stop` says so. */
async function drive(
  child: ChildProcessWithoutNullStreams,
  counts: number[],
  seed: number,
  stop: (round: number) => boolean = () => false,
): Promise<{ status?: BanditStatus; rounds: number[] }> {
  const reward = rewardStack(labels, centers, seed);
  const rounds: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line);
    if (message.state) return { status: message, rounds };
    rounds.push(message.round);
    if (stop(message.round)) return { rounds };
    // The n-th pull of an arm: how often it was asked for before this round.
    const observations = message.arms.map((arm: number) => reward(arm, counts[arm]++));
    child.stdin.write(`${JSON.stringify({ round: message.round, observations })}\n`);
  }
  return { rounds };
}

describe("JSON lines", () => {
  it.each<string[]>([[], ["--allocation", "tracking", "--stopping", "exact"], ["--batch", "4"]])(
    "the certificate equals that of the library (%s %s %s %s)",
    async (...extra: string[]) => {
      const { status } = await drive(start([...ARGS, ...extra]), new Array<number>(7).fill(0), 1);
      const isExact = extra.includes("exact");
      const bandit = solver.bandit({
        ...options,
        allocation: isExact ? "tracking" : "representatives",
        stopping: isExact ? "exact" : "pairwise",
        batch: extra.includes("--batch") ? 4 : 1,
      });
      run(bandit, 7, rewardStack(labels, centers, 1));
      expect(status).toEqual(JSON.parse(JSON.stringify(bandit.status())));
      expect(status!.certified).toBe(true);
    },
  );

  it("refuses bad lines and bad options with a sentence", () => {
    const told = (input: string, args = ARGS) =>
      spawnSync(process.execPath, [CLI, "bandit", ...args], { input, encoding: "utf8" });
    expect(told("hello\n")).toMatchObject({ status: 1, stderr: expect.stringContaining("expected a line of JSON") });
    expect(told('{"round":0,"observations":[[1,null]]}\n').stderr).toContain("coordinate 1 is null");
    expect(told('{"round":3,"observations":[[1,2]]}\n').stderr).toContain("expected round 0");
    expect(told("", ["--arms", "7"]).stderr).toContain("--dimensions is missing");
    expect(told("", [...ARGS, "--delta", "2"]).stderr).toContain("delta is 2");
    expect(told("", [...ARGS, "--frobnicate"]).status).toBe(2);
    expect(told("", ["--help"]).stdout).toContain("--simulate");
    // Input that ends early: the last line is the certificate so far.
    const early = told('{"round":0,"observations":[[1,2]]}\n');
    expect(JSON.parse(early.stdout.trim().split("\n").at(-1)!)).toMatchObject({ state: "running", pulls: 1 });
  });
});

describe("--state", () => {
  it("kill -9 at any moment loses at most the tell in flight, and the run ends as if nothing had happened", async () => {
    const file = join(folder, "killed.state");
    const expected = solver.bandit(options);
    const pulled = run(expected, 7, rewardStack(labels, centers, 9));
    const args = [...ARGS, "--state", file];
    let answered = 0; // tells that were followed by another ask, so must be on disk
    for (let life = 0; ; life++) {
      const child = start(args);
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.stdin.on("error", () => {}); // the pipe of a killed process
      let first = true;
      let last: BanditStatus | undefined;
      const reward = rewardStack(labels, centers, 9);
      let lived = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const message = JSON.parse(line);
        if (message.state) {
          last = message;
          break;
        }
        if (first) {
          // At most one tell is gone, and none that was answered.
          expect(message.round).toBeGreaterThanOrEqual(answered);
          expect(message.round).toBeLessThanOrEqual(answered + 1);
          first = false;
        }
        answered = message.round;
        expect(message.arms).toEqual([pulled[message.round]]);
        const n = pulled.slice(0, message.round).filter((arm) => arm === message.arms[0]).length;
        const observations = [reward(message.arms[0], n)];
        // A life ends just before, or at a random moment just after, its last tell.
        const isLast = ++lived === 2 + (life % 3);
        if (isLast && life % 2) {
          child.kill("SIGKILL");
          break;
        }
        child.stdin.write(`${JSON.stringify({ round: message.round, observations })}\n`);
        if (isLast) {
          await new Promise((resolve) => setTimeout(resolve, (life * 7) % 5));
          child.kill("SIGKILL");
          break;
        }
      }
      await closed;
      if (!last) {
        expect(life).toBeLessThan(60);
        continue;
      }
      expect(last).toEqual(JSON.parse(JSON.stringify(expected.status())));
      expect(life).toBeGreaterThan(3);
      return;
    }
  });

  it("a file of other options is refused, and no temporary file stays", async () => {
    const file = join(folder, "other.state");
    const child = start([...ARGS, "--state", file]);
    await drive(child, new Array<number>(7).fill(0), 2);
    expect(existsSync(file)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp") && name.startsWith("other"))).toEqual([]);
    const other = spawnSync(process.execPath, [CLI, "bandit", ...ARGS.slice(0, -1), "0.5", "--state", file], {
      encoding: "utf8",
    });
    expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining("--delta is 0.5, expected 0.000001") });
  });
});

describe("--simulate", () => {
  it("prints a table with every rule and delta, slopes beside D*, and draws a figure", () => {
    const instance = join(folder, "instance.json");
    const plot = join(folder, "figure.svg");
    writeFileSync(instance, JSON.stringify({ labels, centers }));
    const args = ["--simulate", instance, "--trials", "5", "--delta", "0.1,1e-6", "--plot", plot];
    const modes = ["--allocation", "tracking,uniform,oracle", "--stopping", "exact,heuristic,printed,pairwise,either"];
    const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, "bandit", ...args, ...modes], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const rows = stdout.split("\n").filter((line) => /^(tracking|uniform|oracle) /.test(line));
    expect(rows).toHaveLength(30);
    const hardness = solver.hardness({ labels, centers }).hardness;
    expect(stdout).toContain(`hardness D* ${hardness.toPrecision(8)}`);
    expect(stdout).toMatch(/tracking exact {2}\d+\.\d+/);
    const svg = readFileSync(plot, "utf8");
    expect(svg).toContain("lower bound");
    expect(svg).not.toContain("NaN");
    const bad = spawnSync(process.execPath, [CLI, "bandit", "--simulate", join(folder, "no.json")], {
      encoding: "utf8",
    });
    expect(bad).toMatchObject({ status: 1, stderr: expect.stringContaining("no.json") });
  });
});
