// Edge runtimes take a bundle; bundling also tests which file each export condition leads to.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles a module under an export condition. core.wasm stays an import, `./core.wasm`, for the host to provide. */
export async function bundleForEdge(folder, condition, contents, { format = "esm", wasm = keepImport } = {}) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
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

function keepImport(builder) {
  builder.onResolve({ filter: /core\.wasm(\?module)?$/ }, () => ({ path: "./core.wasm", external: true }));
}

/** @edge-runtime/vm evaluates scripts, not modules, so the compiled core comes in as a global. */
function takeGlobal(builder) {
  builder.onResolve({ filter: /core\.wasm(\?module)?$/ }, ({ path }) => ({ path, namespace: "global" }));
  builder.onLoad({ filter: /.*/, namespace: "global" }, () => ({ contents: "export default CORE_WASM" }));
}

const RUN_CASES = `import * as wayward from "wayward";
import { runCases } from "./cases/index.js";
globalThis.results = runCases(wayward, CORE_WASM);`;

export const edgeRuntime = {
  name: "@edge-runtime/vm",
  skip: () =>
    existsSync(fileURLToPath(new URL("node_modules/@edge-runtime/vm", import.meta.url)))
      ? null
      : "not installed: npm run conformance -- --install",
  version: async () => createRequire(import.meta.url)("@edge-runtime/vm/package.json").version,
  run: async ({ folder }) => {
    const { EdgeVM } = await import("@edge-runtime/vm");
    const code = await bundleForEdge(folder, "edge-light", RUN_CASES, { format: "iife", wasm: takeGlobal });
    const bytes = readFileSync(join(folder, "node_modules/wayward/dist/core.wasm"));
    const vm = new EdgeVM();
    vm.context.CORE_WASM = new (vm.evaluate("WebAssembly.Module"))(bytes);
    vm.evaluate(code);
    return JSON.parse(JSON.stringify(await vm.evaluate("globalThis.results")));
  },
};
