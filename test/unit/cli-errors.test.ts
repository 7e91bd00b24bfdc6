// Bad input to the command line tool: exit code 1, nothing on stdout, one line that names file, row and column.
import { afterAll, describe, expect, test } from "vitest";
import { workshop } from "./cli.helpers.js";

const shop = workshop();
const { run, file } = shop;
afterAll(shop.remove);

const BANDIT = ["bandit", "--arms", "4", "--dimensions", "1", "--clusters", "2", "--delta", "0.1"];
const GOOD = "x,y\n1,2\n3,4\n5,7\n8,1\n";

/** Runs on a CSV and expects this one line. */
function refused(csv: string, flags: string[], message: string): void {
  const name = file("points.csv", csv);
  const told = run(["anneal", name, ...(flags.includes("--clusters") ? [] : ["--clusters", "2"]), ...flags]);
  expect(told).toEqual({ status: 1, stdout: "", stderr: `wayward: ${message}\n` });
}

describe("the CSV", () => {
  test.each<[string, string, string[], string]>([
    ["text in a number column", "x,y\n1,2\n3,abc\n", [], 'row 2, column 2 (y) is "abc", expected a number'],
    ["an empty cell", "x,y\n1,2\n,4\n", [], "row 2, column 1 (x) is empty, expected a number"],
    ["NaN", "1,2\n3,NaN\n", [], 'row 2, column 2 is "NaN", expected a number'],
    ["Infinity", "1,2\nInfinity,4\n", [], 'row 2, column 1 is "Infinity", expected a number'],
    ["a number past the largest double", "1,2\n1e999,4\n", [], 'row 2, column 1 is "1e999", expected a number'],
    ["a hexadecimal number", "1,2\n0x10,4\n", [], 'row 2, column 1 is "0x10", expected a number'],
    ["a ragged row", "x,y\n1,2\n3\n", [], "row 2 has 1 columns, expected 2"],
    ["an empty file", "", [], "is empty, expected at least 1 row"],
    ["blank lines only", "\n \n", [], "is empty, expected at least 1 row"],
    ["a header alone", "x,y\n", [], "has a header and 0 rows, expected at least 1"],
    ["a column that is not there", GOOD, ["--columns", "x,z"], "no column z; its columns are x, y"],
    ["a column past the last", GOOD, ["--columns", "1,3"], "no column 3; its columns are x, y"],
    [
      "a name where there is no header",
      "1,2\n3,4\n",
      ["--columns", "x"],
      "no column x; it has no header and 2 columns, from 1",
    ],
    ["a weight column that is not there", GOOD, ["--weight", "w"], "no column w; its columns are x, y"],
    ["weights alone", "w\n1\n2\n", ["--weight", "w"], "no column is left for coordinates"],
    ["a weight of 0", "x,w\n1,1\n2,0\n", ["--weight", "w"], "row 2, column 2 (w) is 0, expected a positive number"],
    [
      "a negative weight",
      "x,w\n1,-1\n2,1\n",
      ["--weight", "w"],
      "row 1, column 2 (w) is -1, expected a positive number",
    ],
    [
      "an infinite weight",
      "x,w\n1,inf\n2,1\n",
      ["--weight", "w"],
      'row 1, column 2 (w) is "inf", expected a positive number',
    ],
  ])("%s", (_name, csv, flags, message) => {
    refused(csv, flags, `points.csv: ${message}`);
  });

  test("a file that is not there, or is a folder", () => {
    for (const name of ["missing.csv", "."]) {
      const told = run(["anneal", name, "--clusters", "2"]);
      expect(told).toMatchObject({ status: 1, stdout: "" });
      expect(told.stderr).toMatch(new RegExp(`^wayward: ${name.replace(".", "\\.")}: cannot be read: .*\n$`));
    }
  });

  test("quotes that do not close", () => {
    const told = run(["anneal", "-", "--clusters", "2"], 'x,y\n1,"2\n');
    expect(told.status).toBe(1);
    expect(told.stderr).toMatch(/^wayward: stdin: is not CSV: .*\n$/);
  });

  test("stdin is called stdin", () => {
    const told = run(["anneal", "--clusters", "2"], "1,2\n3,x\n");
    expect(told.stderr).toBe('wayward: stdin: row 2, column 2 is "x", expected a number\n');
  });
});

describe("the table", () => {
  test.each<[string, string, string]>([
    ["too few rows", "1,0\n", "1 rows, expected 2, one a prescribed cluster"],
    ["too many columns", "1,0,0\n0,1,0\n", "row 1 has 3 columns, expected 2"],
    ["a row that does not sum to 1", "1,0\n0.5,0.4\n", "row 2 sums to 0.9, expected 1"],
    ["a negative entry", "1.5,-0.5\n0,1\n", "row 1, column 2 is -0.5, expected a probability in [0, 1]"],
    ["text", "1,0\n0,one\n", 'row 2, column 2 is "one", expected a probability'],
    ["nothing", "", "is empty, expected at least 1 row"],
  ])("%s", (_name, table, message) => {
    refused(GOOD, ["--table", file("p.csv", table)], `p.csv: ${message}`);
  });

  test("may have a header", () => {
    file("points.csv", GOOD);
    const table = file("p.csv", "stay,go\n0.9,0.1\n0.2,0.8\n");
    expect(run(["anneal", "points.csv", "--clusters", "2", "--table", table]).status).toBe(0);
  });
});

describe("values that the library refuses", () => {
  test.each<[string[], RegExp]>([
    [["--clusters", "0"], /^wayward: --clusters is 0, expected/],
    [["--clusters", "5"], /clusters is 5, expected at most .* 4/],
    [["--kappa", "1.5", "--temperature", "1"], /kappa is 1\.5, expected/],
    [["--kappa", "-0.1", "--temperature", "1"], /kappa is -0\.1, expected/],
    [["--kappa", "0.1", "--temperature", "0"], /temperature is 0, expected/],
    [["--kappa", "0.1", "--temperature", "1", "--clusters", "1"], /kappa is 0\.1 with clusters = 1/],
    [["--kappa", "0.1", "--temperature", "1", "--zeta", "-1"], /zeta is -1, expected/],
    [["--kappa", "0.1", "--temperature", "1", "--gamma", "-1"], /gamma is -1, expected/],
    [
      ["--schedule", "geometric", "--beta-start", "2", "--beta-end", "1"],
      /^wayward: --beta-end is 1, expected at least --beta-start = 2$/m,
    ],
    [["--schedule", "geometric", "--beta-start", "0"], /^wayward: --beta-start is 0, expected/],
    [["--schedule", "geometric", "--beta-growth", "1"], /^wayward: --beta-growth is 1, expected/],
    [["--seed", "-1"], /seed is -1, expected/],
  ])("%s", (flags, message) => {
    file("points.csv", GOOD);
    const clusters = flags.includes("--clusters") ? [] : ["--clusters", "2"];
    const { status, stdout, stderr } = run(["anneal", "points.csv", ...clusters, ...flags]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("usage: exit code 2, and stderr says what is wrong", () => {
  test.each<[string[], RegExp]>([
    [[], /Usage: wayward/],
    [["cluster"], /unknown command 'cluster'/],
    [["anneal"], /required option '--clusters <K>'/],
    [["anneal", "a.csv", "b.csv", "--clusters", "2"], /too many arguments/],
    [["anneal", "--clusters", "two"], /'two' is invalid\. Expected a number/],
    [["anneal", "--clusters", "2.5"], /'2\.5' is invalid\. Expected an integer/],
    [["anneal", "--clusters", "2", "--kappa", ""], /Expected a number/],
    [["anneal", "--clusters", "2", "--wrong"], /unknown option '--wrong'/],
    [["anneal", "--clusters", "2", "--kappa", "0.1"], /--kappa needs --temperature/],
    [["anneal", "--clusters", "2", "--temperature", "1"], /--temperature needs --kappa/],
    [["anneal", "--clusters", "2", "--zeta", "1"], /--zeta needs --kappa/],
    [["anneal", "--clusters", "2", "--table", "p.csv", "--kappa", "0.1"], /cannot be used with option '--kappa/],
    [["anneal", "--clusters", "2", "--gradient", "steep"], /Allowed choices are exact, fixedPoint/],
    [["anneal", "--clusters", "2", "--schedule", "slow"], /Allowed choices are auto, geometric/],
    [["anneal", "--clusters", "2", "--effort", "much"], /Allowed choices are normal, high/],
    [["anneal", "--clusters", "2", "--beta-start", "1"], /--beta-start needs --schedule geometric/],
    [["anneal", "--clusters", "2", "--title", "T"], /--title needs --plot/],
    [["anneal", "--clusters", "2", "--threads", "0"], /--threads is 0, expected at least 1/],
    [["anneal", "--clusters", "2", "--labels", "{shard}.csv"], /\{shard\} in --labels needs --shards/],
    [
      ["learn", "points.csv", "--clusters", "2", "--labels", "{shard}.csv"],
      /\{shard\} in --labels is for wayward anneal/,
    ],
  ])("wayward %s", (args, message) => {
    const { status, stdout, stderr } = run(args, GOOD);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("a checkpoint that is another's is named", () => {
  test("one made with other weights, or none", () => {
    const weighted = [
      "anneal",
      file("weighted.csv", "x,y,w,v\n1,2,1,2\n3,4,2,2\n5,7,3,1\n8,1,1,1\n"),
      "--clusters",
      "2",
    ];
    const kept = [...weighted, "--columns", "x,y", "--checkpoint", "weights.checkpoint"];
    expect(run([...kept, "--weight", "w"]).status).toBe(0);
    expect(run([...kept, "--weight", "w"]).status).toBe(0);
    for (const flags of [[], ["--weight", "v"]]) {
      const { status, stderr } = run([...kept, ...flags]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^wayward: weights\.checkpoint: belongs to a run with .*"weights":/);
    }
  });

  const four = ["anneal", file("four.csv", GOOD), "--clusters", "2", "--checkpoint"];

  test.each([[[]], [["--threads", "1"]], [["--shards", "2"]]])("of other points %j", (flags) => {
    expect(run([...four, "points.checkpoint"]).status).toBe(0);
    file("four.csv", GOOD.replace("8,1", "8,2"));
    const { status, stderr } = run([...four, "points.checkpoint", ...flags]);
    file("four.csv", GOOD);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^wayward: points\.checkpoint: saved state: belongs to points 4 x 2, .*\n$/);
  });

  test.each([
    ["a bandit's state", () => run([...BANDIT, "--state", "kept"], '{"round":0,"observations":[[1]]}\n')],
    ["an empty file", () => file("kept", "")],
    ["JSON of something else", () => file("kept", "[1]\n")],
  ])("%s", (_name, make) => {
    make();
    const message = "wayward: kept: is no checkpoint of wayward anneal\n";
    expect(run([...four, "kept"])).toEqual({ status: 1, stdout: "", stderr: message });
  });

  test("and an annealing's is no bandit's", () => {
    expect(run([...four, "annealing.checkpoint"]).status).toBe(0);
    const { status, stdout, stderr } = run([...BANDIT, "--state", "annealing.checkpoint"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^wayward: annealing\.checkpoint: is no state of wayward bandit \(.*\)\n$/);
  });
});

describe("inputs that are odd but right", () => {
  const options = ["--clusters", "2", "--kappa", "0.2", "--temperature", "1", "--compare-ignored", "--plot", "odd.svg"];
  test.each<[string, string, string[]]>([
    ["all points identical", "1,2\n1,2\n1,2\n", options],
    ["duplicated points", "1,2\n1,2\n5,6\n5,6\n", options],
    ["one dimension", "1\n2\n8\n9\n", options],
    [
      "64 dimensions",
      [1, 2, 3].map((row) => Array.from({ length: 64 }, (_, c) => (row * c) % 7).join(",")).join("\n"),
      options,
    ],
    ["as many clusters as points", "1,2\n3,5\n", options],
    ["one cluster, one point", "1,2\n", ["--clusters", "1", "--plot", "odd.svg", "--compare-ignored"]],
    ["a constant column", "1,7\n2,7\n8,7\n9,7\n", options],
  ])("%s", (_name, csv, flags) => {
    const { status, stdout, stderr } = run(["anneal", file("odd.csv", csv), ...flags]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
    expect(shop.read("odd.svg")).not.toMatch(/NaN|undefined|Infinity/);
  });
});
