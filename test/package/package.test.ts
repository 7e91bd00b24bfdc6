// What a user gets: every test here looks at the packed tarball, installed in a project of its own.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install, type Project } from "../conformance/project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const KILOBYTE = 1024;
const CORE_BUDGET = 40 * KILOBYTE;
const ENTRY_BUDGET = 70 * KILOBYTE;

let project: Project;
let installed: string;
beforeAll(() => {
  project = install();
  installed = join(project.folder, "node_modules/wayward");
}, 60_000);
afterAll(() => project?.remove());

const gzipped = (name: string) => gzipSync(readFileSync(join(installed, name))).length;

/** What a bundler leaves of a program that uses the package, as it starts: without what is loaded when wanted. */
async function bundled(contents: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: project.folder },
    bundle: true,
    write: false,
    format: "esm",
    minify: true,
    splitting: true,
    outdir: "bundle",
    absWorkingDir: project.folder,
    metafile: true,
    logLevel: "silent",
  });
  const needed = (path: string): string[] => {
    const imports = metafile.outputs[path].imports.filter(({ kind }) => kind === "import-statement");
    return [path, ...imports.flatMap((chunk) => needed(chunk.path))];
  };
  const paths = new Set(needed("bundle/stdin.js").map((path) => join(project.folder, path)));
  const texts = outputFiles.filter(({ path }) => paths.has(path)).map(({ text }) => text);
  return texts.join("");
}

describe("what is in it", () => {
  test("only the built files, the types and the papers that belong to them", () => {
    const allowed = [
      /^dist\/((index|aden)(\.edge|\.edge-light)?|cli|driver|threads|worker|(shared|driver)-\w+)\.js$/,
      /^dist\/core\.wasm$/,
      /^dist\/.+\.d\.ts$/,
      /^docs\/[\w-]+\.(md|svg|png)$/,
      /^distributed\/dask\/\w+\.(md|py)$/,
      /^examples\/edge-worker\/(src\/)?[\w-]+\.(md|ts|d\.ts|json|jsonc|capnp)$/,
    ];
    const others = project.files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
    expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  });

  test("every file that README and docs link to", () => {
    for (const file of project.files.filter((name) => name.endsWith(".md"))) {
      const text = readFileSync(join(installed, file), "utf8");
      const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, path]) => path);
      expect(
        links.filter((path) => !existsSync(join(installed, dirname(file), path))),
        file,
      ).toEqual([]);
    }
  });

  test("every file that package.json promises", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const promised = [...Object.values(manifest.bin), ...leaves(manifest.exports)] as string[];
    expect(promised.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  });

  test("the worker's script where bundlers look for it, on one line", () => {
    const text = readFileSync(join(installed, "dist/threads.js"), "utf8");
    expect(text).toContain('new Worker(new URL("./worker.js",import.meta.url),');
    for (const file of project.files.filter((name) => name.endsWith(".js"))) {
      const broken = /import\s*\.\s*meta\s*\.\s*url/g;
      const found = readFileSync(join(installed, file), "utf8").match(broken) ?? [];
      if (file === "dist/threads.js") expect(found.length).toBeGreaterThan(0);
      expect(found.filter((expression) => expression !== "import.meta.url")).toEqual([]);
    }
  });

  test("core.wasm under the name wayward/core.wasm", () => {
    const script = `console.log(import.meta.resolve("wayward/core.wasm"))`;
    const args = ["--input-type=module", "--eval", script];
    const resolved = execFileSync(process.execPath, args, { cwd: project.folder, encoding: "utf8" });
    expect(existsSync(fileURLToPath(resolved.trim()))).toBe(true);
  });

  test("no runtime dependency but the loader", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const needed = Object.keys(manifest.dependencies ?? {}).filter((name) => name !== "@assemblyscript/loader");
    expect(needed).toEqual([]);
  });

  test("core.wasm within 40 kB gzip, the default entry with the core inside within 70 kB", () => {
    expect(gzipped("dist/core.wasm")).toBeLessThanOrEqual(CORE_BUDGET);
    const entry = readFileSync(join(installed, "dist/index.js"), "utf8");
    const shared = [...entry.matchAll(/"\.\/(shared-\w+\.js)"/g)].map(([, name]) => gzipped(`dist/${name}`));
    const total = shared.reduce((sum, size) => sum + size, gzipped("dist/index.js"));
    expect(total).toBeLessThanOrEqual(ENTRY_BUDGET);
  });

  test("#ort leads to the build of onnxruntime-web that fits: for Node its own, elsewhere the one with WebGPU", () => {
    const { imports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const chosen = (...conditions: string[]) =>
      Object.entries(imports["#ort"]).find(([name]) => name === "default" || conditions.includes(name))?.[1];
    expect(chosen("import", "node")).toBe("onnxruntime-web");
    // Deno and Bun call themselves node as well.
    expect(chosen("import", "node", "deno")).toBe("onnxruntime-web/webgpu");
    expect(chosen("import", "node", "bun")).toBe("onnxruntime-web/webgpu");
    expect(chosen("import", "browser")).toBe("onnxruntime-web/webgpu");
  });

  test("core.wasm imports nothing", () => {
    const module = new WebAssembly.Module(readFileSync(join(installed, "dist/core.wasm")));
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });
});

describe("as judged by others", () => {
  test("publint has nothing to say", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  test("are the types wrong? No, as ESM only", () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    // core.wasm has no types: what an imported module is, the host's bundler decides.
    const args = [attw, project.tarball, "--profile", "esm-only", "--exclude-entrypoints", "core.wasm"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, "--no-emoji"], { encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
  });
});

describe("types", () => {
  const consumer = `import { createSolver, WaywardError, type Solver, type WaywardErrorCode } from "wayward";
import { createAden, createAdenForward, type Aden } from "wayward/aden";
export const solver: Solver = await createSolver();
export const centers: number[][] = solver.anneal([[1, 2]], { clusters: 1, autonomy: { kind: "none" } }).centers;
export const labels: Int32Array = solver.annealer({ data: new Float64Array(2), dimensions: 1 }, { clusters: 1 }).result().labels;
// @ts-expect-error clusters is missing
void solver.anneal([[1, 2]], {});
export const code: WaywardErrorCode = new WaywardError("input", "no").code;
// @ts-expect-error a number is no option
void createSolver(1);
export const aden: Aden = await createAden({ solver, dimensions: 2 });
export const distances: Float64Array = createAdenForward({ solver, weights: await aden.save() }).distances([[1, 2]], [[3, 4]]);\n`;
  const typeCheck = (options: string[], ...files: string[]) => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const strict = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom"];
    const args = [tsc, ...strict, ...options, ...files];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: project.folder, encoding: "utf8" });
    expect(status, stdout).toBe(0);
  };

  test.each([
    ["bundler", "esnext"],
    ["node16", "node16"],
    ["nodenext", "nodenext"],
  ])("resolve under moduleResolution %s, libraries checked too", (moduleResolution, module) => {
    writeFileSync(join(project.folder, "consumer.ts"), consumer);
    const options = ["--skipLibCheck", "false", "--module", module, "--moduleResolution", moduleResolution];
    typeCheck(options, "consumer.ts");
  });

  test("the examples in TypeScript pass the strict check", () => {
    const examples = ["deno.ts", "bun.ts"];
    for (const name of examples) copyFileSync(join(root, "examples", name), join(project.folder, name));
    typeCheck(["--module", "esnext", "--moduleResolution", "bundler"], ...examples);
  });

  test("no .d.ts refers to a file that was not packed", () => {
    const packed = new Set(project.files);
    const missing: string[] = [];
    for (const file of project.files.filter((name) => /^dist.*\.d\.ts$/.test(name))) {
      const text = readFileSync(join(installed, file), "utf8");
      for (const [, specifier] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
        const target = join(dirname(file), specifier).replace(/\.js$/, ".d.ts");
        if (!packed.has(target)) missing.push(`${file} -> ${specifier}`);
      }
    }
    expect(missing).toEqual([]);
    expect(project.files).toContain("dist/index.d.ts");
  });
});

describe("wayward/aden", () => {
  test("without onnxruntime-web: an error of wayward's own class that says what to install", () => {
    const script = `const { createSolver, WaywardError } = await import("wayward");
const { createAden } = await import("wayward/aden");
const error = await createAden({ solver: await createSolver(), dimensions: 2 }).catch((error) => error);
console.log(error instanceof WaywardError, error.code, error.message.includes("npm install onnxruntime-web"));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: project.folder,
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "true environment true\n", stderr: "" });
  });
});

describe("importing it", () => {
  test("says nothing on stdout or stderr and leaves no global behind", () => {
    const script = `const before = Object.getOwnPropertyNames(globalThis);
const { createSolver } = await import("wayward");
await createSolver();
await import("wayward/aden");
process.exitCode = Object.getOwnPropertyNames(globalThis).length - before.length;`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: project.folder,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("has no side effect: a bundler drops it whole when nothing is used", async () => {
    expect(await bundled(`import "wayward";`)).toBe("");
    expect((await bundled(`import { createSolver } from "wayward"; export const one = 1;`)).length).toBeLessThan(100);
  });

  test("brings only what is used: neither an ONNX runtime nor the command line with the bandit", async () => {
    const program = `import { createSolver } from "wayward";
const solver = await createSolver();
console.log(solver.bandit({ arms: 3, dimensions: 1, clusters: 2, delta: 0.1 }).ask());`;
    const text = await bundled(program);
    for (const foreign of ["onnx", "#ort", "node:fs", "commander", "--clusters"]) expect(text).not.toContain(foreign);
    expect(gzipSync(text).length).toBeLessThanOrEqual(ENTRY_BUDGET);
  });

  test("the bin runs from node_modules/.bin", () => {
    const bin = join(project.folder, "node_modules/.bin/wayward");
    expect(execFileSync(bin, ["--version"], { encoding: "utf8" }).trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

/** The file paths at the leaves of an exports map. */
function leaves(node: unknown): string[] {
  return typeof node === "string" ? [node] : Object.values(node as object).flatMap(leaves);
}
