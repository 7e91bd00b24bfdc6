// Edge runtimes, workerd and @edge-runtime/vm. They take a bundle, so this also tests which file each export condition
// leads to. A task is a module, as text, whose default export is an async function that returns plain data.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { execute, firstNumber, installed, notInstalled } from "./processes.mjs";

const CORE = "node_modules/wayward/dist/core.wasm";
const RUN_CASES = `import * as wayward from "wayward";
import core from "wayward/core.wasm";
import { runCases } from "./cases/index.js";
export default () => runCases(wayward, core);`;
const START_ONLY = `import { createSolver } from "wayward";
export default () => createSolver().then(() => ({ started: true }), ({ code, message }) => ({ code, message }));`;

/** No request has come when this starts the solver. */
const AT_THE_TOP = `import { createSolver } from "wayward";
import wasm from "wayward/core.wasm";
const solvers = [await createSolver(), await createSolver({ wasm })];
export default async () => solvers.map((solver) => solver.anneal([[1], [2]], { clusters: 1 }).distortion);`;

/** Bundles a task and the lines that call it under an export condition; `wasm` is an esbuild plugin's setup. */
async function bundle(folder, condition, task, caller, { format, wasm }) {
  writeFileSync(join(folder, "task.js"), task);
  const { outputFiles } = await build({
    stdin: { contents: `import task from "./task.js";\n${caller}`, resolveDir: folder },
    bundle: true,
    write: false,
    format,
    target: "es2022",
    conditions: condition === "default" ? [] : [condition],
    plugins: [{ name: "wasm", setup: wasm }],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

/** Runs a task in workerd, the default entry if `condition` is "default". */
export async function inWorkerd(folder, task, condition = "workerd") {
  // Random numbers, clocks and compilation are allowed only inside a handler; `test` is one.
  const caller = "export default { async test() { console.log(JSON.stringify(await task())); } };";
  // core.wasm stays an import, for the host to provide.
  const wasm = ({ onResolve }) => onResolve({ filter: /core\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
  const code = await bundle(folder, condition, task, caller, { format: "esm", wasm });
  writeFileSync(join(folder, "worker.js"), code);
  return testWorker(folder, "worker.js", { "core.wasm": CORE });
}

/** Calls the `test` handler of a worker in workerd. @param modules name -> the path of a .wasm file in `folder` */
export async function testWorker(folder, script, modules) {
  const embedded = Object.entries(modules).map(([name, path]) => `(name = "${name}", wasm = embed "${path}"),`);
  writeFileSync(
    join(folder, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ( services = [ (name = "main", worker = .worker) ] );
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "${script}"),
    ${embedded.join("\n    ")}
  ],
  compatibilityDate = "2026-04-01",
);\n`,
  );
  const options = { cwd: folder, mayTalk: true }; // its test runner reports on stderr
  return JSON.parse(await execute(installed(".bin/workerd"), ["test", "worker.capnp"], options));
}

/** Runs a task in @edge-runtime/vm, which evaluates scripts, not modules: the compiled core comes in as a global. */
export async function inEdgeVm(folder, task) {
  const { EdgeVM } = await import("@edge-runtime/vm");
  const wasm = ({ onResolve, onLoad }) => {
    onResolve({ filter: /core\.wasm(\?module)?$/ }, ({ path }) => ({ path, namespace: "global" }));
    onLoad({ filter: /.*/, namespace: "global" }, () => ({ contents: "export default CORE_WASM" }));
  };
  const caller = "globalThis.results = task().then(JSON.stringify);";
  const code = await bundle(folder, "edge-light", task, caller, { format: "iife", wasm });
  const vm = new EdgeVM();
  vm.context.CORE_WASM = new (vm.evaluate("WebAssembly.Module"))(readFileSync(join(folder, CORE)));
  vm.evaluate(code);
  return JSON.parse(await vm.evaluate("globalThis.results"));
}

const workerd = {
  name: "workerd",
  skip: () => (existsSync(installed(".bin/workerd")) ? null : notInstalled),
  version: async () => firstNumber(await execute(installed(".bin/workerd"), ["--version"])),
  run: async ({ folder }) => {
    const results = await inWorkerd(folder, RUN_CASES);
    // Workers may not compile bytes, so the default entry must say so there, in its own words.
    const inline = await inWorkerd(folder, START_ONLY, "default");
    results["default entry refuses"] =
      inline.code === "environment" && inline.message.includes("workerd")
        ? { check: "passed" }
        : { error: `the default entry gave ${JSON.stringify(inline)}` };
    const told = JSON.stringify(await inWorkerd(folder, AT_THE_TOP));
    results["starts at the top of a module"] = told === "[0.25,0.25]" ? { check: "passed" } : { error: told };
    return results;
  },
};

const edgeVm = {
  name: "@edge-runtime/vm",
  skip: () => (existsSync(installed("@edge-runtime/vm")) ? null : notInstalled),
  version: async () => createRequire(import.meta.url)("@edge-runtime/vm/package.json").version,
  run: ({ folder }) => inEdgeVm(folder, RUN_CASES),
};

export const edges = [workerd, edgeVm];
