// The built command line tool: every flag, against the library's own answer where it has one.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnnealOptions, Points, Solver } from "../../src/index.js";
import { library, threeClusters, toCsv, workshop } from "./cli.helpers.js";

const shop = workshop();
const { run, read, path, file } = shop;
afterAll(shop.remove);

const points = threeClusters(40);
let solver: Solver;
beforeAll(async () => {
  solver = await library.createSolver();
  file("points.csv", toCsv(points, "x,y"));
  file("bare.csv", toCsv(points));
  const weighted = points.map(([x, y], row) => [`p${row}`, y, 1 + (row % 3), x]);
  file("weighted.csv", toCsv(weighted, "id,y,w,x"));
  file("p.csv", "0.8,0.1,0.1\n0.05,0.9,0.05\n0.2,0.2,0.6\n");
});

/** The JSON that a run printed; it must have succeeded in silence. */
function json(args: string[], input?: string) {
  const { status, stdout, stderr } = run([...args, "--json"], input);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** What the library says to the same, as JSON would have it. */
function expected(data: Points, options: AnnealOptions) {
  const { policy, ...result } = solver.anneal(data, options);
  return JSON.parse(JSON.stringify({ ...result, labels: Array.from(result.labels) }));
}

const THREE = ["anneal", "points.csv", "--clusters", "3"];
const SOFTMAX = { kind: "softmax", kappa: 0.2, temperature: 4 } as const;

describe("wayward anneal --json is the library's result, to the last bit", () => {
  const table = [
    [0.8, 0.1, 0.1],
    [0.05, 0.9, 0.05],
    [0.2, 0.2, 0.6],
  ];
  test.each<[string, string, Partial<AnnealOptions>]>([
    ["without autonomy", "", {}],
    ["--kappa --temperature", "--kappa 0.2 --temperature 4", { autonomy: SOFTMAX }],
    ["--kappa 0 alone", "--kappa 0", {}],
    [
      "--zeta --gamma",
      "--kappa 0.2 --temperature 4 --zeta 0.5 --gamma 0.25",
      { autonomy: { ...SOFTMAX, zeta: 0.5, gamma: 0.25 } },
    ],
    ["--table", "--table p.csv", { autonomy: { kind: "table", probabilities: table } }],
    ["--gradient", "--gradient fixedPoint --kappa 0.2 --temperature 4", { gradient: "fixedPoint", autonomy: SOFTMAX }],
    [
      "--schedule --beta-start --beta-end --beta-growth",
      "--schedule geometric --beta-start 0.01 --beta-end 4 --beta-growth 1.5",
      { schedule: "geometric", betaStart: 0.01, betaEnd: 4, betaGrowth: 1.5 },
    ],
    ["--effort", "--effort high", { effort: "high" }],
    ["--seed", "--seed 17 --effort high", { seed: 17, effort: "high" }],
  ])("%s", (_name, flags, options) => {
    const { seconds, ...told } = json([...THREE, ...flags.split(" ").filter(Boolean)]);
    expect(told).toEqual({ ...expected(points, { clusters: 3, ...options }), autonomy: told.autonomy });
    expect(told.autonomy).toEqual(options.autonomy ?? { kind: "none" });
    expect(seconds).toBeGreaterThan(0);
  });

  test("--compare-ignored adds the comparison", () => {
    const result = solver.anneal(points, { clusters: 3, autonomy: SOFTMAX });
    const { ignored } = json([...THREE, "--kappa", "0.2", "--temperature", "4", "--compare-ignored"]);
    expect(ignored).toEqual(solver.compareIgnored(points, result));
    expect(ignored.distortion).toBeGreaterThan(result.distortion);
  });

  test("has the fields that every reader counts on, Infinity as null", () => {
    const told = json(THREE);
    expect(told.centers.map((center: number[]) => center.length)).toEqual([2, 2, 2]);
    expect(told.labels).toHaveLength(120);
    expect(told.steps.at(-1).beta).toBeNull();
    expect(Object.keys(told)).toEqual(
      expect.arrayContaining(["distortion", "freeEnergy", "centers", "labels", "phaseTransitions", "seconds"]),
    );
  });
});

describe("reading CSV", () => {
  const same = () => expected(points, { clusters: 3 }).distortion;

  test.each([
    ["without a header", ["anneal", "bare.csv"]],
    ["columns by name, others ignored", ["anneal", "weighted.csv", "--columns", "x,y"]],
    ["columns by number", ["anneal", "weighted.csv", "--columns", "4, 2"]],
  ])("%s", (_name, args) => {
    expect(json([...args, "--clusters", "3"]).distortion).toBe(same());
  });

  test.each([
    ["stdin, by default", [], toCsv(points)],
    ["stdin, as -", ["-"], toCsv(points, "x,y")],
    ["semicolons", [], toCsv(points, "x,y").replaceAll(",", ";")],
    ["tabs", [], toCsv(points).replaceAll(",", "\t")],
    [
      "Windows line ends, a byte order mark, empty lines",
      [],
      `\ufeff${toCsv(points, "x,y")}\n\n`.replaceAll("\n", "\r\n"),
    ],
    [
      "quotes and blanks",
      [],
      toCsv(
        points.map(([x, y]) => [`"${x}"`, ` ${y} `]),
        '"x","y"',
      ),
    ],
    ["column names that are numbers, when asked for by name", ["--columns", "2019,y"], toCsv(points, "2019,y")],
  ])("%s", (_name, args, input) => {
    expect(json(["anneal", ...args, "--clusters", "3"], input).distortion).toBe(same());
  });

  test("--weight is the library's weights, and no coordinate", () => {
    const weights = points.map((_, row) => 1 + (row % 3));
    const { seconds, ...told } = json([
      "anneal",
      "weighted.csv",
      "--columns",
      "x,y",
      "--weight",
      "w",
      "--clusters",
      "3",
    ]);
    expect(told).toEqual(expected(points, { clusters: 3, weights }));
    const rows = toCsv(points.map(([x, y], row) => [x, weights[row], y]));
    expect(json(["anneal", "--weight", "2", "--clusters", "3"], rows).distortion).toBe(told.distortion);
  });
});

describe("output", () => {
  test("the summary says in words what was found", () => {
    const { status, stdout, stderr } = run([...THREE, "--kappa", "0.2", "--temperature", "4", "--compare-ignored"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const result = solver.anneal(points, { clusters: 3, autonomy: SOFTMAX });
    expect(stdout).toContain("points.csv: 120 points, 2 dimensions (x, y)");
    expect(stdout).toContain("3 clusters; softmax autonomy, kappa 0.2, zeta 1, gamma 0, temperature 4");
    expect(stdout).toContain(`distortion               ${Number(result.distortion.toPrecision(6))}`);
    expect(stdout).toMatch(/if autonomy is ignored {3}[\d.]+ {2}\([\d.]+% more/);
    expect(stdout).toMatch(/phase transitions +1 to [23] at [\d.]+/);
    expect(stdout).toMatch(/\n +2 +\d+\.\d% +\d+\.\d%( +-?[\d.e-]+){2}\n/);
  });

  test("--out writes the JSON that --json prints; no temporary file stays", () => {
    const { stdout } = run([...THREE, "--json", "--out", "result.json"]);
    expect(read("result.json")).toBe(stdout);
    expect(readdirSync(shop.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("--labels writes one label a row, under a header if the points have one", () => {
    const { labels } = solver.anneal(points, { clusters: 3 });
    run([...THREE, "--labels", "labels.csv"]);
    expect(read("labels.csv")).toBe(`label\n${labels.join("\n")}\n`);
    run(["anneal", "bare.csv", "--clusters", "3", "--labels", "labels.csv"]);
    expect(read("labels.csv")).toBe(`${labels.join("\n")}\n`);
  });

  test("what is written is named in the summary", () => {
    const { stdout } = run([...THREE, "--labels", "l.csv", "--plot", "p.svg"]);
    expect(stdout).toContain("l.csv, p.svg");
  });

  test("a file that cannot be written is refused before the work, and nothing is left behind", () => {
    const told = run([...THREE, "--out", "nowhere/result.json"]);
    expect(told).toMatchObject({ status: 1, stdout: "" });
    expect(told.stderr).toMatch(/^wayward: nowhere\/result\.json: cannot be written: .*\n$/);
    expect(run([...THREE, "--plot", "."]).status).toBe(1);
    expect(readdirSync(shop.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a reader that stops early is no error", () => {
    const command = `"${process.execPath}" dist/cli.js anneal "${path("points.csv")}" --clusters 3 --json | head -c 10`;
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const { stderr } = spawnSync("bash", ["-c", command], { cwd, encoding: "utf8" });
    expect(stderr).toBe("");
  });

  test.skipIf(!existsSync("/usr/bin/script"))("a progress bar on stderr when it is a terminal (needs script)", () => {
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    const command = `"${process.execPath}" "${cli}" anneal points.csv --clusters 3 > /dev/null`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: shop.folder, encoding: "utf8" });
    expect(stdout).toMatch(/of 3 centers, (annealing|polishing), beta/);
  });

  test("--help and --version", () => {
    expect(run(["--help"])).toMatchObject({ status: 0, stderr: "" });
    expect(run(["anneal", "--help"]).stdout).toContain("--compare-ignored");
    expect(run(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
