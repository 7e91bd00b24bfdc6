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

const tell = (input: string, args: readonly string[] = ARGS) =>
  spawnSync(process.execPath, [CLI, "bandit", ...args], { input, encoding: "utf8" });

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
    const told = tell;
    expect(told("hello\n")).toMatchObject({ status: 1, stderr: expect.stringContaining("expected a line of JSON") });
    expect(told('{"round":0,"observations":[[1,null]]}\n').stderr).toContain("coordinate 1 is null");
    expect(told('{"round":3,"observations":[[1,2]]}\n').stderr).toContain("expected round 0");
    expect(told("", ["--arms", "7"]).stderr).toContain("--dimensions is missing");
    expect(told("", [...ARGS, "--delta", "2"]).stderr).toContain("delta is 2");
    expect(told("", [...ARGS, "--frobnicate"]).status).toBe(2);
    expect(told("", ["--help"]).stdout).toContain("--simulate");
  });

  it("the last line is the certificate so far when the input ends early or is bad; exit code 1", () => {
    const good = '{"round":0,"observations":[[1,2]]}\n';
    for (const [input, message] of [
      [good, "stdin: ended at round 1, expected an answer"],
      [`${good}hello\n${good}`, "expected a line of JSON, got hello"],
      [`${good}${good}`, "tell for round 0, expected round 1"],
      [`${good}{"round":1,"observations":[[1]]}\n`, "has 1 coordinates, expected 2"],
    ]) {
      const { status, stdout, stderr } = tell(input);
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^wayward: .*\n$/) });
      expect(stderr).toContain(message);
      const last = JSON.parse(stdout.trim().split("\n").at(-1)!);
      expect(last).toMatchObject({ state: "running", pulls: 1, certified: false });
    }
  });

  it("values out of range are named as they were typed; exit code 1", () => {
    for (const [flags, message] of [
      [["--max-pulls", "3"], "--max-pulls is 3, expected an integer of at least the number of arms, 7"],
      [["--variance", "0"], "--variance is 0, expected a positive variance"],
      [["--refresh", "1", "--allocation", "lazy"], "--refresh is 1, expected a number above 1"],
      [["--clusters", "8"], "--clusters is 8, expected at most"],
    ] as const) {
      expect(tell("", [...ARGS, ...flags])).toMatchObject({ status: 1, stdout: "" });
      expect(tell("", [...ARGS, ...flags]).stderr).toContain(`wayward: ${message}`);
    }
  });
});

describe("usage", () => {
  const world = ["--simulate", "instance.json"];
  it.each<[readonly string[], string]>([
    [["--arms", "7"], "--dimensions is missing"],
    [[], "--arms is missing, expected --arms, --dimensions, --clusters, --delta; or --simulate"],
    [[...ARGS, "--batch", "two"], "'two' is invalid. Expected a number"],
    [[...ARGS, "--max-pulls", "50.5"], "'50.5' is invalid. Expected an integer"],
    [[...ARGS, "--delta", "0.1,"], "'0.1,' is invalid. Expected a number"],
    [[...ARGS, "--allocation", "greedy"], "Allowed choices are representatives, tracking, lazy, uniform, oracle"],
    [[...ARGS, "--stopping", "never"], "Allowed choices are pairwise, exact, heuristic, either, printed"],
    [[...ARGS, "file"], "too many arguments"],
    [[...ARGS, "--trials", "3"], "--trials needs --simulate"],
    [[...ARGS, "--plot", "p.svg"], "--plot needs --simulate"],
    [[...ARGS, "--delta", "0.1,0.2"], "--delta needs --simulate to be a list"],
    [[...ARGS, "--allocation", "tracking,lazy"], "--allocation needs --simulate to be a list"],
    [[...ARGS, "--allocation", "oracle"], "--allocation oracle needs --simulate"],
    [[...ARGS, "--allocation", "lazy", "--stopping", "printed"], "--stopping printed needs --simulate"],
    [[...ARGS, "--stopping", "exact"], "--stopping exact cannot be used with --allocation representatives"],
    [[...ARGS, "--refresh", "2"], "--refresh needs --allocation lazy"],
    [[...world, "--arms", "7"], "--arms cannot be used with --simulate"],
    [[...world, "--state", "s"], "--state cannot be used with --simulate"],
  ])("wayward bandit %s: exit code 2", (args, message) => {
    const { status, stdout, stderr } = tell("", args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("--help says what every option does by default, and wayward help bandit is the same", () => {
    const { status, stdout } = tell("", ["--help"]);
    expect(status).toBe(0);
    expect(spawnSync(process.execPath, [CLI, "help", "bandit"], { encoding: "utf8" }).stdout).toBe(stdout);
    const words = stdout.replace(/\s+/g, " ");
    expect(words).toContain("Finds which arms are the same");
    for (const value of ["representatives", "pairwise", "1", "never", "1.05", "0", "256"])
      expect(words).toContain(`(default: ${value})`);
    expect(words).toContain("(default with --simulate: 0.1)");
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

describe("--state with other options", () => {
  const MADE = ["--max-pulls", "50", "--variance", "2.3", "--allocation", "lazy", "--refresh", "1.2", "--seed", "3"];
  const resume = (...flags: string[]) => tell("", [...ARGS, "--state", join(folder, "made.state"), ...flags]);
  beforeAll(() => {
    tell('{"round":0,"observations":[[1,2]]}\n', [...ARGS, "--state", join(folder, "made.state"), ...MADE]);
  });

  it.each([
    ["--variance", "3", "2.3"],
    ["--variance", "1", "2.3"],
    ["--max-pulls", "60", "50"],
    ["--max-pulls", "40", "50"],
    ["--seed", "4", "3"],
    ["--batch", "2", "1"],
    ["--allocation", "tracking", "lazy"],
  ])("%s %s instead of %s is refused by name", (flag, value, made) => {
    const { status, stdout, stderr } = resume(flag, value);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`wayward: ${flag} is ${value}, expected ${made} as in ${join(folder, "made.state")}`);
  });

  it("--refresh instead of another; a budget where there was none", () => {
    expect(resume("--allocation", "lazy", "--refresh", "1.3").stderr).toContain("--refresh is 1.3, expected 1.2 as in");
    const args = [...ARGS, "--state", join(folder, "free.state")];
    tell('{"round":0,"observations":[[1,2]]}\n', args);
    expect(tell("", [...args, "--max-pulls", "9"]).stderr).toContain("--max-pulls is 9, expected none as in");
  });

  it("the same options, and options left out, go on", () => {
    const isGoingOn = { status: 1, stdout: expect.stringMatching(/^\{"round":1,/) };
    expect(resume(...MADE)).toMatchObject(isGoingOn);
    expect(resume()).toMatchObject(isGoingOn);
  });
});

describe("--simulate", () => {
  it("reads stdin as -, and names what is wrong in it", () => {
    const args = ["--simulate", "-", "--trials", "2"];
    const file = join(folder, "piped.json");
    writeFileSync(file, JSON.stringify({ labels, centers }));
    const piped = tell(JSON.stringify({ labels, centers }), args);
    expect(piped).toMatchObject({ status: 0, stderr: "" });
    expect(piped.stdout).toBe(tell("", ["--simulate", file, "--trials", "2"]).stdout);
    expect(tell('{"labels":[0,4],"centers":[[0],[1]]}', args)).toMatchObject({
      status: 1,
      stderr: "wayward: stdin: labels: row 1 is 4, expected an integer from 0 to 1\n",
    });
    expect(tell("{", args)).toMatchObject({ status: 1, stderr: expect.stringMatching(/^wayward: stdin: /) });
  });

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
