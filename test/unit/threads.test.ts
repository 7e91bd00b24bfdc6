// Worker threads of Node: the bits of one thread, and what happens when the run ends before its time.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnnealAsyncResult, AnnealOptions } from "../../src/types.js";
import { library } from "./cli.helpers.js";
import { autonomies } from "./helpers.js";
import { BLOCK, clouds } from "./shards.helpers.js";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
let solver: Awaited<ReturnType<typeof library.createSolver>>;
beforeAll(async () => {
  solver = await library.createSolver();
});

const KINDS = ["none", "table", "groups", "softmax", "softmaxEntity"];

function problem(kind: string, rows: number, more: Partial<AnnealOptions> = {}) {
  const autonomy = autonomies.random(kind, 4, rows, 0.7, autonomies.generator(5));
  const options: AnnealOptions = { clusters: 4, seed: 2, autonomy, policy: true, ...more };
  return { points: { data: clouds(rows, 2, 4, 9), dimensions: 2 }, options };
}

function withoutThreads({ threads, fallback, ...result }: AnnealAsyncResult) {
  return result;
}

describe("annealAsync", () => {
  test.each(KINDS)("%s: 1, 2 and 3 threads give the result of anneal", async (kind) => {
    const rows = 3 * BLOCK + 101;
    const weights = Float64Array.from({ length: rows }, (_, i) => 1 + (i % 5));
    const { points, options } = problem(kind, rows, { weights, effort: "high" });
    const expected = solver.anneal(points, options);
    for (const threads of [1, 2, 3]) {
      const result = await solver.annealAsync(points, { ...options, threads });
      expect(result).toMatchObject({ threads, fallback: null });
      expect(withoutThreads(result)).toEqual(expected);
    }
  });

  test("no more threads than blocks; float32 and rows of arrays too", async () => {
    const { points, options } = problem("softmax", 500);
    const result = await solver.annealAsync(points, { ...options, threads: 8 });
    expect(result.threads).toBe(1);
    const single = { data: Float32Array.from(points.data), dimensions: 2 };
    const expected = solver.anneal(single, options);
    expect(withoutThreads(await solver.annealAsync(single, options))).toEqual(expected);
    const rows = Array.from({ length: 500 }, (_, i) => Array.from(single.data.subarray(2 * i, 2 * i + 2)));
    expect(withoutThreads(await solver.annealAsync(rows, options))).toEqual(expected);
  });

  test("the iterator, saved after every step and restored", async () => {
    for (const kind of ["groups", "softmaxEntity"]) {
      const { points, options } = problem(kind, BLOCK + 7);
      const expected = solver.anneal(points, options);
      let run = solver.annealerAsync(points, { ...options, threads: 2 });
      const steps = [];
      for (let step = await run.step(); step !== null; step = await run.step()) {
        steps.push(step);
        const state = run.save();
        run.close();
        run = solver.restoreAnnealerAsync(points, state, { threads: 2 });
      }
      expect(steps).toEqual(expected.steps);
      expect(withoutThreads(await run.result())).toEqual(expected);
      const again = [];
      for await (const step of solver.annealerAsync(points, options)) again.push(step);
      expect(again).toEqual(steps);
    }
  });

  test("calls that do not wait for each other are answered in order", async () => {
    const { points, options } = problem("none", BLOCK + 7);
    const run = solver.annealerAsync(points, options);
    const [first, second, result] = await Promise.all([run.step(), run.step(), run.result()]);
    expect(result.steps).toEqual([first, second]);
    run.close();
    await expect(run.step()).rejects.toMatchObject({ code: "order" });
  });

  test.each<[string, object, string]>([
    ["threads", { threads: 0 }, "threads is 0, expected an integer of at least 1"],
    ["threads", { threads: 1.5 }, "threads is 1.5, expected an integer of at least 1"],
    ["an option", { clutsers: 3 }, "options: clutsers is not an option"],
  ])("bad input: %s %o", async (_name, wrong, message) => {
    const { points, options } = problem("none", 100);
    await expect(solver.annealAsync(points, { ...options, ...wrong })).rejects.toMatchObject({
      code: "input",
      message: expect.stringContaining(message),
    });
  });

  test("a result before the first step is refused; save too", async () => {
    const { points, options } = problem("none", 100);
    await expect(solver.annealerAsync(points, options).result()).rejects.toMatchObject({ code: "order" });
    expect(() => solver.annealerAsync(points, options).save()).toThrow("save: 0 steps made, expected at least 1");
  });
});

describe("ending early", () => {
  test("a signal that fired before, between and within sweeps", async () => {
    const { points, options } = problem("softmaxEntity", 20 * BLOCK, { effort: "high" });
    const aborted = expect.objectContaining({ code: "aborted", message: expect.stringContaining("the signal fired") });
    await expect(solver.annealAsync(points, { ...options, signal: AbortSignal.abort() })).rejects.toEqual(aborted);
    const within = { ...options, threads: 2, signal: AbortSignal.timeout(40) };
    await expect(solver.annealAsync(points, within)).rejects.toEqual(aborted);
    const controller = new AbortController();
    const run = solver.annealerAsync(points, { ...options, signal: controller.signal });
    await run.step();
    controller.abort();
    await expect(run.step()).rejects.toEqual(aborted);
  });

  test.each([
    ["breaks out of the loop", "for await (const step of run) break;"],
    ["aborts", "await run.step().catch(() => {}); run.close();"],
    ["never asks again", "await run.step();"],
    ["reads the last result", "for await (const step of run); await run.result();"],
  ])("a process that %s ends by itself", (_name, how) => {
    const script = `const { createSolver } = await import("${dist}index.js");
const solver = await createSolver();
const data = Float64Array.from({ length: 20000 }, (_, i) => Math.sin(i * i));
const run = solver.annealerAsync({ data, dimensions: 2 }, { clusters: 3, threads: 2 });
${how}
console.log("done");`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "done\n", stderr: "" });
  });
});

describe("without worker threads", () => {
  const run = (folder: string, entry: string) => {
    const script = `const { createSolver } = await import("${folder}/${entry}");
const { readFileSync } = await import("node:fs");
const solver = await createSolver(${entry === "index.js" ? "" : `{ wasm: readFileSync("${folder}/core.wasm") }`});
const data = Float64Array.from({ length: 20000 }, (_, i) => Math.sin(i * i));
const points = { data, dimensions: 2 };
const { threads, fallback, ...result } = await solver.annealAsync(points, { clusters: 3, threads: 2 });
const same = JSON.stringify(result) === JSON.stringify(solver.anneal(points, { clusters: 3 }));
console.log(JSON.stringify({ threads, fallback, same }));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
    });
    return { stderr, told: JSON.parse(stdout) };
  };

  test("a worker's script that cannot be had: this thread, and why", () => {
    const folder = mkdtempSync(join(tmpdir(), "wayward-threads-"));
    try {
      const files = readdirSync(dist).filter((name) => /\.(js|wasm)$/.test(name) && name !== "worker.js");
      for (const name of files) copyFileSync(join(dist, name), join(folder, name));
      const { stderr, told } = run(folder, "index.js");
      expect(stderr).not.toContain("Error");
      expect(told).toMatchObject({ threads: 0, same: true, fallback: expect.stringContaining("worker.js") });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
