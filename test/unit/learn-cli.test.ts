// The command line tool as it is installed: wayward learn from a log, in a simulator, and live.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { library, threeClusters, workshop } from "./cli.helpers.js";

const shop = workshop();
const { run, file, read, path } = shop;
afterAll(shop.remove);

const solver = await library.createSolver();
const points = threeClusters(30);
const csv = file("points.csv", `x,y\n${points.map((row) => row.join()).join("\n")}\n`);

describe("from a log", () => {
  const centers = [points[0], points[30], points[60]];
  const entities = Array.from({ length: 3000 }, (_, n) => n % 90);
  const prescribed = entities.map((_, n) => Math.floor(n / 90) % 3);
  const autonomy = { kind: "softmax", kappa: 0.3, temperature: 40 } as const;
  const realized = solver.simulate(points, centers, autonomy, { entities, prescribed });
  const rows = entities.map((entity, n) => [entity, prescribed[n], realized[n], ...centers.flat()].join());

  test("fits, solves, tells what ignoring costs", () => {
    const log = file("log.csv", `entity,prescribed,realized,a,b,c,d,e,f\n${rows.join("\n")}\n`);
    const { status, stdout, stderr } = run([
      "learn",
      csv,
      "--clusters",
      "3",
      "--log",
      log,
      "--json",
      "--labels",
      "l.csv",
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const told = JSON.parse(stdout);
    const fit = solver.fitAutonomy({ entities, prescribed, realized, centers }, { points });
    expect(told.fit.recommended).toBe(fit.recommended);
    expect(told.distortion).toBe(solver.anneal(points, { clusters: 3, autonomy: fit.autonomy }).distortion);
    expect(told.ignored.distortion).toBeGreaterThan(told.distortion);
    expect(read("l.csv").trim().split("\n").slice(1).map(Number)).toEqual(told.labels);
    const summary = run(["learn", csv, "--clusters", "3", "--log", log]).stdout;
    expect(summary).toContain("3,000 rows of log; recommended: ");
    expect(summary).toContain("kappa");
    const [x, y] = told.centers[2].map((value: number) => String(Number(value.toPrecision(6))));
    expect(summary).toMatch(/^cluster {2}prescribed {2}realized +x +y$/m);
    expect(summary).toMatch(new RegExp(`^ {6}2 +\\d+\\.\\d% +\\d+\\.\\d% +${x} +${y}$`, "m"));
  });

  test.each([
    [
      "one table",
      (_entity: number, n: number) => (n * 7919) % 11 < 3,
      "recommended: table (one autonomy table for all",
    ],
    ["two kinds", (entity: number) => entity < 45, "recommended: entities (2 autonomy tables,"],
  ])("the summary says what was recommended: %s", (_name, isOverridden, message) => {
    const log = Array.from({ length: 1800 }, (_, n) => {
      const [entity, k] = [n % 90, Math.floor(n / 90) % 2];
      return [entity, k, isOverridden(entity, n) ? 1 - k : k].join();
    });
    const { stdout } = run(["learn", csv, "--clusters", "2", "--log", file("kinds.csv", log.join("\n"))]);
    expect(stdout).toContain(message);
  });

  test.each([
    ["entity,prescribed\n1,2\n", "no column realized"],
    ["0,2,1\n1,0.5,1\n", "bad.csv: row 2, column 2 is 0.5, expected an integer from 0 to 2"],
    ["realized,entity,prescribed\n1,1,1\n1,1,-1\n", "bad.csv: row 2, column 3 (prescribed) is -1, expected"],
    [
      "entity,prescribed,realized\n1,2,3\n",
      "bad.csv: row 1, column 3 (realized) is 3, expected an integer from 0 to 2",
    ],
    [
      "entity,prescribed,realized\n90,2,1\n",
      "bad.csv: row 1, column 1 (entity) is 90, expected an integer from 0 to 89",
    ],
    [
      "entity,prescribed,realized,a\n1,2,1,5\n",
      "1 columns beside entity, prescribed, realized, expected none or K x d = 6",
    ],
    ["entity,prescribed,realized\n", "has a header and 0 rows"],
  ])("bad: %j", (text, message) => {
    const { status, stdout, stderr } = run(["learn", csv, "--clusters", "3", "--log", file("bad.csv", text)]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("in a simulator", () => {
  test.each(["counts", "qlearning", "parametric"])("%s: the truth judges, the known model stands beside", (method) => {
    const flags = ["--simulate", "kappa=0.3,temperature=1000", "--method", method, "--interactions", "20000"];
    const { status, stdout } = run(["learn", csv, "--clusters", "3", ...flags, "--json", "--plot", `${method}.svg`]);
    expect(status).toBe(0);
    const told = JSON.parse(stdout);
    const autonomy = { kind: "softmax", kappa: 0.3, temperature: 1000 } as const;
    expect(told.interactions).toBe(20_000);
    expect(told.distortion).toBe(solver.distortion(points, told.centers, autonomy, { labels: told.labels }));
    expect(told.knownModel.distortion).toBe(solver.anneal(points, { clusters: 3, autonomy }).distortion);
    expect(told.gapPercent).toBeLessThan(method === "qlearning" ? 10 : 1);
    const svg = read(`${method}.svg`);
    expect(svg).toMatch(/^<svg .*autonomy known.*<\/svg>\n$/s);
    expect(svg).not.toContain("NaN");
  });

  test("the summary has a table of the centers, with the share sent to each", () => {
    const flags = ["--clusters", "2", "--simulate", "kappa=0.2,temperature=4", "--weight", "w"];
    const { stdout } = run(["learn", ...flags], "x,y,w\n0,0,1\n0,1,1\n9,9,2\n9,8,4\n");
    expect(stdout).toMatch(/^cluster {2}prescribed +x +y$/m);
    const shares = [...stdout.matchAll(/^ {6}[01] +([\d.]+)% +\S+ +\S+$/gm)].map(([, share]) => share);
    expect(shares.sort()).toEqual(["25.0", "75.0"]);
  });

  test("points from stdin, columns by name, weights: as in wayward anneal", () => {
    const rows = points.map(([x, y], i) => `${i},${x},${y},${1 + (i % 3)}`);
    const input = `id,x,y,w\n${rows.join("\n")}\n`;
    const flags = ["--clusters", "3", "--columns", "x,y", "--weight", "w", "--effort", "high", "--seed", "4"];
    const world = ["--simulate", "kappa=0.2,temperature=9", "--interactions", "2000", "--json", "--out", "r.json"];
    const { status, stdout } = run(["learn", ...flags, ...world], input);
    expect(status).toBe(0);
    expect(read("r.json")).toBe(stdout);
    const told = JSON.parse(stdout);
    const weights = points.map((_, i) => 1 + (i % 3));
    const autonomy = { kind: "softmax", kappa: 0.2, temperature: 9 } as const;
    expect(told.distortion).toBe(solver.distortion(points, told.centers, autonomy, { weights, labels: told.labels }));
    expect(told.seed).toBe(4);
    expect(told.seconds).toBeGreaterThan(0);
  });

  test("misuse", () => {
    expect(run(["learn", csv, "--clusters", "3", "--simulate", "kapa=1"]).stderr).toContain("kapa is unknown");
    expect(run(["learn", csv, "--clusters", "3", "--simulate", "temperature=1"]).stderr).toContain("kappa is missing");
    expect(run(["learn", csv, "--clusters", "3", "--plot", "p.svg"]).status).toBe(2);
    expect(run(["learn", csv, "--clusters", "3", "--log", "a", "--simulate", "kappa=0"]).status).toBe(2);
    expect(run(["learn", "-", "--clusters", "3"]).status).toBe(2);
    // A log is fitted by every model that it allows, and asks nothing.
    for (const flag of [
      ["--method", "counts"],
      ["--interactions", "9"],
      ["--batch", "2"],
      ["--epsilon", "0"],
    ]) {
      expect(run(["learn", csv, "--clusters", "3", "--log", "a", ...flag]).status).toBe(2);
    }
  });
});

describe("live", () => {
  test("a world in another process answers line by line", async () => {
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    const flags = ["--clusters", "3", "--interactions", "400", "--batch", "100", "--seed", "2"];
    const child = spawn(process.execPath, [cli, "learn", path(csv), ...flags], { cwd: shop.folder });
    const autonomy = { kind: "table", probabilities: [0.8, 0.1, 0.1, 0, 1, 0, 0.2, 0.2, 0.6] } as const;
    let result: { distortion: number; interactions: number } | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line);
      if (told.result) result = told.result;
      else {
        const realized = Array.from(solver.simulate(points, told.centers, autonomy, told));
        child.stdin.write(`${JSON.stringify({ realized })}\n`);
      }
    }
    child.stdin.end();
    const options = { clusters: 3, interactions: 400, batch: 100, seed: 2, world: { simulate: autonomy } };
    const expected = await solver.learn(points, options);
    expect(result).toMatchObject({ distortion: expected.distortion, interactions: 400 });
  });

  test("SIGINT: what was learned so far is the result", async () => {
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    const child = spawn(process.execPath, [cli, "learn", path(csv), "--clusters", "3"], { cwd: shop.folder });
    const exit = new Promise((resolve) => child.on("exit", resolve));
    const lines: { result?: object }[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line));
      if (lines.length === 1) child.kill("SIGINT");
    }
    expect(lines.length).toBe(2);
    expect(lines[1].result).toMatchObject({ interactions: 0 });
    expect(await exit).toBe(130);
  });

  test("a world that stops, or talks nonsense", () => {
    const live = (input: string) => run(["learn", csv, "--clusters", "3", "--batch", "2"], input);
    const gone = live('{"realized":[0,1]}\n');
    expect(gone).toMatchObject({ status: 1, stderr: "wayward: stdin: ended at round 1, expected an answer\n" });
    expect(JSON.parse(gone.stdout.trim().split("\n").at(-1)!).result).toMatchObject({ interactions: 2, rounds: 1 });
    // An answer that is refused teaches nothing: the result is that of the answers before it.
    for (const [bad, message] of [
      ["what?", "stdin: round 1: not JSON"],
      ['{"realized":[0]}', "tell: realized has 1 entries, expected 2"],
    ]) {
      const { status, stdout, stderr } = live(`{"realized":[0,1]}\n${bad}\n{"realized":[0,1]}\n`);
      expect(stderr).toMatch(/^wayward: .*\n$/);
      expect(stderr).toContain(message);
      expect({ status, last: stdout.trim().split("\n").at(-1) }).toEqual({
        status: 1,
        last: gone.stdout.trim().split("\n").at(-1),
      });
    }
  });
});
