// wayward learn --method aden, as it is installed: in a simulator, live, with weights kept, and misused.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
const autonomy = { kind: "softmax", kappa: 0.3, temperature: 40 } as const;
const aden = (...flags: string[]) => ["learn", csv, "--clusters", "3", "--method", "aden", ...flags];
const simulated = (...flags: string[]) => aden("--simulate", "kappa=0.3,temperature=40", ...flags);

describe("wayward learn --method aden", () => {
  test("in a simulator: judged by the truth; weights kept for a run that starts from them", () => {
    const files = ["--plot", "plot.svg", "--labels", "labels.csv", "--save-weights", "weights.bin"];
    const { status, stdout, stderr } = run(simulated("--interactions", "100000", "--json", ...files));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ method: "aden", provider: "wasm", fallback: null });
    expect(told.interactions).toBeGreaterThan(50_000);
    expect(told.interactions).toBeLessThanOrEqual(100_000);
    expect(told.distortion).toBe(solver.distortion(points, told.centers, autonomy, { labels: told.labels }));
    expect(told.gapPercent).toBeLessThan(5);
    expect(told.ignored.distortion).toBeGreaterThan(told.distortion);
    expect(read("labels.csv").trim().split("\n").slice(1).map(Number)).toEqual(told.labels);
    const svg = read("plot.svg");
    expect(svg).toMatch(/^<svg .*autonomy known.*<\/svg>\n$/s);
    expect(svg).not.toContain("NaN");

    const flags = ["--weights", "weights.bin", "--feedback", "costs", "--interactions", "40000", "--backend", "wasm"];
    const warm = run(simulated(...flags));
    expect(warm.stderr).toBe("");
    expect(warm.stdout).toMatch(/interactions, aden on wasm\n/);
    expect(warm.stdout).toContain("under the true autonomy");
  }, 60_000);

  test("live: questions name the set of each entry, and want several answers", async () => {
    const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
    const flags = aden("--interactions", "20000", "--seed", "2", "--feedback", "costs");
    const child = spawn(process.execPath, [cli, ...flags], { cwd: shop.folder });
    let result: { centers: number[][]; interactions: number; provider: string } | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line);
      if (told.result) result = told.result;
      else {
        const { entities, prescribed, sets, centers, realizations } = told;
        expect(Math.max(...sets)).toBe(centers.length - 1);
        const costs = entities.flatMap((entity: number, entry: number) => {
          const y = centers[sets[entry]][prescribed[entry]];
          const cost = (points[entity][0] - y[0]) ** 2 + (points[entity][1] - y[1]) ** 2;
          return Array(realizations).fill(cost);
        });
        child.stdin.write(`${JSON.stringify({ costs })}\n`);
      }
    }
    expect(result!.provider).toBe("wasm");
    expect(result!.interactions).toBeLessThanOrEqual(20_000);
    // All obey: the centers are those of the three clusters.
    const known = solver.anneal(points, { clusters: 3 });
    const reached = solver.distortion(points, result!.centers, { kind: "none" });
    expect(reached / known.distortion).toBeLessThan(1.1);
  }, 60_000);

  test("a world that leaves early: what was learned so far, weights too", () => {
    const { status, stdout, stderr } = run(aden("--save-weights", "early.bin"));
    expect({ status, stderr }).toEqual({ status: 1, stderr: "wayward: stdin: ended at round 1, expected an answer\n" });
    const { result } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    expect(result).toMatchObject({ method: "aden", provider: "wasm", interactions: 0, rounds: 0, seed: 0 });
    expect(result.labels).toHaveLength(points.length);
    expect(run(simulated("--weights", "early.bin", "--interactions", "2000"))).toMatchObject({ status: 0, stderr: "" });
  }, 60_000);

  test("a world that answers badly", () => {
    expect(run(aden(), '{"realized":[0]}\n')).toMatchObject({ status: 1 });
    expect(run(aden(), '{"realized":[0]}\n').stderr).toMatch(/^wayward: tell: realized has 1 entries, expected \d+/);
  });

  test("misuse", () => {
    const usage = (args: string[]) => {
      const { status, stderr } = run(args);
      expect(status).toBe(2);
      return stderr;
    };
    expect(usage(simulated("--batch", "3"))).toContain("--batch is not for --method aden");
    expect(usage(aden("--log", "log.csv"))).toContain("'--log <log.csv>' cannot be used with option '--method <name>'");
    expect(usage(["learn", csv, "--clusters", "3", "--backend", "wasm"])).toContain("--backend needs --method aden");
    expect(usage(["learn", csv, "--clusters", "3", "--weights", "w.bin"])).toContain("--weights needs --method aden");
    expect(usage(aden("--backend", "cuda"))).toContain("Allowed choices are wasm, webgpu");
    expect(run(simulated("--weights", "none.bin")).stderr).toContain("none.bin: cannot be read");
    writeFileSync(path("other.bin"), "what is this?");
    expect(run(simulated("--weights", "other.bin"))).toMatchObject({ status: 1, stdout: "" });
    expect(run(simulated("--weights", "other.bin")).stderr).toMatch(/^wayward: other.bin: saved state: /);
    expect(run(simulated("--save-weights", "no/such/folder.bin")).stderr).toContain("cannot be written");
    expect(run(simulated("--backend", "webgpu"))).toMatchObject({
      status: 1,
      stderr: 'wayward: this runtime has no WebGPU (navigator.gpu), expected one, or provider "wasm"\n',
    });
  });

  test("without onnxruntime-web it says what to install; the other methods do not ask for it", () => {
    const folder = mkdtempSync(join(tmpdir(), "wayward-alone-"));
    try {
      const root = fileURLToPath(new URL("../..", import.meta.url));
      for (const part of ["dist", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
      writeFileSync(join(folder, csv), read(csv));
      const alone = (args: string[]) =>
        spawnSync(process.execPath, [join(folder, "dist/cli.js"), ...args], { cwd: folder, encoding: "utf8" });
      const { status, stdout, stderr } = alone(simulated());
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^wayward: wayward\/aden needs onnxruntime-web.*: npm install onnxruntime-web/s);
      const counts = ["learn", csv, "--clusters", "3", "--method", "counts", "--interactions", "1000"];
      expect(alone([...counts, "--simulate", "kappa=0.3,temperature=40"]).status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
