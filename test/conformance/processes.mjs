// Runtimes that are a program: Node, Deno, Bun run the project's entry; workerd runs a bundle of it.
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleForEdge } from "./edge.mjs";

const execute = promisify(execFile);
const TIMEOUT = 120_000;
const installed = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const firstNumber = (text) => /\d+(\.\d+)+|\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? text.trim();

/** A runtime that runs `entry.js` as it is and prints the results. */
function program(name, path, args, missing) {
  return {
    name,
    skip: () => (existsSync(path) ? null : missing),
    version: async () => firstNumber((await execute(path, ["--version"])).stdout),
    run: async ({ folder }) => {
      const { stdout, stderr } = await execute(path, [...args, "entry.js"], { cwd: folder, timeout: TIMEOUT });
      if (stderr.trim() !== "") throw new Error(`stderr is not empty: ${stderr}`);
      return JSON.parse(stdout);
    },
  };
}

const platform = `${process.platform}-${process.arch}`;
const notInstalled = "not installed: npm run conformance -- --install";
const nodeMissing = platform === "linux-x64" ? notInstalled : `no npm package of this Node for ${platform}`;
const bunBinary = `@oven/bun-${platform.replace("arm64", "aarch64")}/bin/bun`;

const workerd = {
  name: "workerd",
  skip: () => (existsSync(installed(".bin/workerd")) ? null : notInstalled),
  version: async () => firstNumber((await execute(installed(".bin/workerd"), ["--version"])).stdout),
  run: async ({ folder }) => {
    const results = await runWorker(folder, "workerd", await bundleForEdge(folder, "workerd", RUN_CASES));
    // Workers may not compile bytes, so the default entry must say so there, in its own words.
    const inline = await runWorker(folder, "inline", await bundleForEdge(folder, "default", START_ONLY));
    results["default entry refuses"] =
      inline.code === "environment" && inline.message.includes("workerd")
        ? { check: "passed" }
        : { error: `the default entry gave ${JSON.stringify(inline)}` };
    return results;
  },
};

// Random numbers, clocks and compilation are allowed only inside a handler; `test` is one.
const RUN_CASES = `import * as wayward from "wayward";
import { runCases } from "./cases/index.js";
import core from "wayward/core.wasm";
export default { async test() { console.log(JSON.stringify(await runCases(wayward, core))); } };`;
const START_ONLY = `import { createSolver } from "wayward";
export default { async test() {
  const told = await createSolver().then(() => ({ started: true }), ({ code, message }) => ({ code, message }));
  console.log(JSON.stringify(told));
} };`;

async function runWorker(folder, name, code) {
  writeFileSync(join(folder, `${name}.worker.js`), code);
  writeFileSync(
    join(folder, `${name}.capnp`),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ( services = [ (name = "main", worker = .worker) ] );
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "${name}.worker.js"),
    (name = "core.wasm", wasm = embed "node_modules/wayward/dist/core.wasm"),
  ],
  compatibilityDate = "2026-04-01",
);\n`,
  );
  const { stdout } = await execute(installed(".bin/workerd"), ["test", `${name}.capnp`], {
    cwd: folder,
    timeout: TIMEOUT,
  });
  return JSON.parse(stdout);
}

export const processes = [
  program("Node (this one)", process.execPath, [], ""),
  program("Node 22", installed("node22/bin/node"), [], nodeMissing),
  program("Node 24", installed("node24/bin/node"), [], nodeMissing),
  program("Deno", installed(".bin/deno"), ["run", "--no-prompt"], notInstalled),
  program("Bun", installed(bunBinary), [], notInstalled),
  workerd,
];
