// npm run playground: builds dist/playground from the built package and serves it on this machine.
// npm run playground -- --build: only builds; the folder can be put on any static host.
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { airportsFile } from "./playground/airports.mjs";
import { serve } from "./playground/serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const OUT = `${root}dist/playground/`;
/** onnxruntime-web looks for it beside the script that loads it; only ADEN does. */
const ORT_WASM = "ort-wasm-simd-threaded.asyncify.wasm";

const { values: flags } = parseArgs({
  options: { build: { type: "boolean" }, port: { type: "string", default: "0" } },
});
process.chdir(root);
if (!existsSync("dist/index.js")) {
  console.error("playground: dist/ is missing; run `npm run build` first");
  process.exit(1);
}
await buildPlayground();
console.log("dist/playground is built: put it on any static host.");
if (!flags.build) {
  const { url } = await serve(OUT, Number(flags.port));
  console.log(`The playground is at ${url} (Ctrl+C ends it).`);
}

async function buildPlayground() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await build({
    entryPoints: { main: "playground/main.ts", worker: "playground/worker.ts" },
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    chunkNames: "chunk-[hash]",
    loader: { ".css": "text" },
    minify: true,
    legalComments: "linked",
    logLevel: "warning",
  });
  cpSync("playground/index.html", `${OUT}index.html`);
  await build({
    entryPoints: ["playground/style.css"],
    outfile: `${OUT}style.css`,
    bundle: true,
    minify: true,
    logLevel: "warning",
  });
  copyFileSync(`node_modules/onnxruntime-web/dist/${ORT_WASM}`, `${OUT}${ORT_WASM}`);
  writeFileSync(`${OUT}airports.json`, JSON.stringify(airportsFile(root)));
}
