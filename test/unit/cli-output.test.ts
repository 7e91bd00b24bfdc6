// What the command line tool writes: whole files or none, whatever the path is and whenever it is stopped.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { threeClusters, toCsv, workshop } from "./cli.helpers.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const shop = workshop();
const { run, file, read, path, folder } = shop;
afterAll(shop.remove);

file("points.csv", "x,y\n1,2\n3,4\n5,7\n8,1\n");
file("instance.json", '{"labels":[0,0,1,1],"centers":[[0,0],[5,5]]}');
mkdirSync(path("folder"));
const ANNEAL = ["anneal", "points.csv", "--clusters", "2"];
const BANDIT = ["bandit", "--arms", "4", "--dimensions", "2", "--clusters", "2", "--delta", "0.1"];
const SIMULATE = ["bandit", "--simulate", "instance.json", "--trials", "2"];
const hasDevices = existsSync("/dev/null") && existsSync("/dev/full");

describe("an output that cannot be written is refused before the work, in one line", () => {
  test.each<[string, string[], string]>([
    ["a folder", [...ANNEAL, "--out", "folder"], "folder: cannot be written: expected the name of a file"],
    ["no name", [...ANNEAL, "--labels", ""], '"": cannot be written: expected the name of a file'],
    ["in a folder that is none", [...ANNEAL, "--out", "none/x"], "none/x: cannot be written: ENOENT"],
    ["in a file", [...ANNEAL, "--out", "points.csv/x"], "points.csv/x: cannot be written: ENOTDIR"],
    [
      "one file for two outputs",
      [...ANNEAL, "--out", "same", "--labels", "./same"],
      "./same: cannot be written: it is named for two outputs",
    ],
    ["the points", [...ANNEAL, "--out", "points.csv"], "points.csv: cannot be written: it is an input"],
    ["an instance", [...SIMULATE, "--plot", "./instance.json"], "./instance.json: cannot be written: it is an input"],
    ["a bandit's state", [...BANDIT, "--state", "none/x"], "none/x: cannot be written: ENOENT"],
    ["a folder as its state", [...BANDIT, "--state", "folder"], "folder: cannot be written: expected the name of a"],
    ["a simulation's plot", [...SIMULATE, "--plot", "none/x.svg"], "none/x.svg: cannot be written: ENOENT"],
  ])("%s", (_, args, message) => {
    const { status, stdout, stderr } = run(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^wayward( bandit)?: .*\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(path("same"))).toBe(false);
  });

  test.skipIf(!hasDevices)("a device that is full (needs /dev/full)", () => {
    const { status, stdout, stderr } = run([...ANNEAL, "--out", "/dev/full"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^wayward: \/dev\/full: cannot be written: ENOSPC.*\n$/);
  });
});

describe("what is there", () => {
  test("a link is followed, not replaced", () => {
    file("target.json", "old");
    symlinkSync("target.json", path("link.json"));
    expect(run([...ANNEAL, "--out", "link.json"]).status).toBe(0);
    expect(lstatSync(path("link.json")).isSymbolicLink()).toBe(true);
    expect(JSON.parse(read("target.json")).centers).toHaveLength(2);
  });

  test("a link to no file yet is followed, too, and two outputs do not meet behind links", () => {
    symlinkSync("later.json", path("early.json"));
    const twice = run([...ANNEAL, "--out", "early.json", "--labels", "later.json"]);
    expect(twice).toMatchObject({ status: 1, stderr: expect.stringContaining("it is named for two outputs") });
    expect(run([...ANNEAL, "--out", "early.json"]).status).toBe(0);
    expect(lstatSync(path("early.json")).isSymbolicLink()).toBe(true);
    expect(JSON.parse(read("later.json")).centers).toHaveLength(2);
  });

  test("links that lead to one another are no file to read, said in one line", () => {
    symlinkSync("loop-b", path("loop-a"));
    symlinkSync("loop-a", path("loop-b"));
    const { status, stderr } = run(["anneal", "loop-a", "--clusters", "2", "--out", "loop.json"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^wayward: loop-a: cannot be read: ELOOP.*\n$/);
  });

  test.skipIf(!hasDevices)("where nothing can be said at all, it ends all the same (needs /dev/full)", () => {
    const script = `"${process.execPath}" "${cli}" anneal missing.csv --clusters 2 >/dev/full 2>/dev/full`;
    const { status, signal } = spawnSync("bash", ["-c", script], { cwd: folder, timeout: 20_000 });
    expect({ status, signal }).toEqual({ status: 1, signal: null });
  });

  test("a file keeps its permissions", () => {
    file("private.json", "old");
    chmodSync(path("private.json"), 0o600);
    expect(run([...ANNEAL, "--out", "private.json"]).status).toBe(0);
    expect(lstatSync(path("private.json")).mode & 0o777).toBe(0o600);
  });

  test.skipIf(!hasDevices)("standard output on a full disk is one line, too (needs /dev/full)", () => {
    for (const flags of ["--json", "--seed 1"]) {
      const script = `"${process.execPath}" "${cli}" ${ANNEAL.join(" ")} ${flags} >/dev/full`;
      const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^wayward: the output cannot be written: ENOSPC.*\n$/);
    }
  });

  test.skipIf(!hasDevices)("a device is written to, not replaced (needs /dev/null)", () => {
    expect(run([...ANNEAL, "--out", "/dev/null"]).status).toBe(0);
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

test("a simulation in which no trial ends has no mean", () => {
  const args = [...SIMULATE, "--max-pulls", "4", "--stopping", "exact", "--allocation", "tracking", "--plot", "p.svg"];
  const { status, stdout } = run(args);
  expect(status).toBe(0);
  expect(stdout).toMatch(/tracking +exact +0\.1 +- +- +0\/0 +2/);
  expect(read("p.svg")).not.toMatch(/NaN|Infinity/);
});

test("a reader of stderr that stops early is no error", () => {
  const script = `"${process.execPath}" "${cli}" anneal missing.csv --clusters 2 2>&1 >/dev/null | true; echo "\${PIPESTATUS[0]}"`;
  expect(spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" }).stdout).toBe("1\n");
});

test("interrupted at any moment, there is a whole file or none", async () => {
  file("many.csv", toCsv(threeClusters(3000)));
  let finished = 0;
  // Every 50 ms of its life, and, so that one is whole, not at all.
  for (const wait of [...Array.from({ length: 12 }, (_, turn) => 10 + 50 * turn), null]) {
    const name = `at-${wait}.json`;
    const args = [cli, "anneal", "many.csv", "--clusters", "3", "--out", name];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const timer = wait && setTimeout(() => child.kill("SIGINT"), wait);
    await ended;
    if (timer) clearTimeout(timer);
    if (!existsSync(path(name))) continue;
    expect(JSON.parse(read(name)).labels).toHaveLength(9000);
    finished++;
  }
  expect(finished).toBeGreaterThan(0);
});
