// Builds dist/: core.wasm (AssemblyScript), the entries (esbuild), the types (tsc).
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import zopfli from "@gfx/zopfli";
import { build } from "esbuild";

const toolPath = (tool) => new URL(`../node_modules/${tool}`, import.meta.url).pathname;
const run = (tool, ...args) => execFileSync(process.execPath, [toolPath(tool), ...args], { stdio: "inherit" });

function compileCore() {
  const asc = [toolPath("assemblyscript/bin/asc.js"), "--target", "release"];
  const { status, stderr } = spawnSync(process.execPath, asc, { encoding: "utf8" });
  // With --converge the optimizer keeps the best round and says so if that was not the last one: not our reader's concern.
  process.stderr.write(stderr.replace("Last converge was suboptimal.\n", ""));
  if (status !== 0) process.exit(1);
}

process.chdir(new URL("..", import.meta.url).pathname);
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

compileCore();

const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  legalComments: "none",
  minify: true,
  lineLimit: 160, // Node prints the line where an uncaught error was thrown: not the whole bundle, please
  logLevel: "warning",
};
// In the edge entries core.wasm stays an import: the host's bundler turns it into a WebAssembly.Module.
const wasmImport = (specifier) => ({
  name: "wasm-import",
  setup(builder) {
    builder.onResolve({ filter: /core\.wasm$/ }, () => ({ path: specifier, external: true }));
  },
});
// In the default entry it is text: gzipped first, since base64 of the plain bytes would not compress again; by Zopfli,
// which is slow, and 5% smaller than gzip at its best.
const wasmInline = {
  name: "wasm-inline",
  setup(builder) {
    builder.onLoad({ filter: /core\.wasm$/ }, async ({ path }) => {
      const gzipped = await zopfli.gzipAsync(readFileSync(path), { numiterations: 15 });
      return { contents: Buffer.from(gzipped).toString("base64"), loader: "text" };
    });
  },
};
const entryImport = {
  name: "entry-import",
  setup(builder) {
    // What hosts/ throws is the entry's WaywardError too.
    builder.onResolve({ filter: /^\.\.\/(index|errors)\.js$/ }, () => ({ path: "./index.js", external: true }));
    builder.onResolve({ filter: /^\.\.\/aden\/index\.js$/ }, () => ({ path: "./aden.js", external: true }));
  },
};

await Promise.all([
  // One build for both, split: they share the code of errors.ts, so there is one WaywardError.
  build({
    ...common,
    // Named, since they are loaded when they are wanted: what every run loads is in the chunks called shared.
    entryPoints: {
      ...{ index: "src/index.ts", aden: "src/aden/index.ts" },
      ...{ driver: "src/anneal/driver.ts", threads: "src/hosts/threads.ts" },
    },
    outdir: "dist",
    splitting: true,
    chunkNames: "shared-[hash]",
    external: ["#ort"],
    plugins: [wasmInline],
  }),
  // A worker's script is one file, so that it can be copied to wherever a bundle looks for it.
  build({ ...common, entryPoints: ["src/hosts/worker.ts"], outfile: "dist/worker.js" }),
  ...Object.entries({ edge: "./core.wasm", "edge-light": "./core.wasm?module" }).map(([name, specifier]) =>
    build({
      ...common,
      entryPoints: { [`index.${name}`]: "src/index.edge.ts", [`aden.${name}`]: "src/aden/index.edge.ts" },
      outdir: "dist",
      splitting: true,
      chunkNames: "shared-[hash]",
      plugins: [wasmImport(specifier)],
    }),
  ),
]);

// The CLI's libraries are bundled, so the package itself has no runtime dependency; wayward itself stays the
// default entry beside it, so the core is there once.
await build({
  ...common,
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/cli.js",
  platform: "node",
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  define: { VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) },
  plugins: [entryImport],
});
chmodSync("dist/cli.js", 0o755);

// Bundlers know a worker's script by `new URL("...", import.meta.url)`, where the line limit may have put a break.
for (const file of readdirSync("dist").filter((name) => name.endsWith(".js"))) {
  const text = readFileSync(`dist/${file}`, "utf8");
  writeFileSync(`dist/${file}`, text.replace(/import\n?\.\n?meta\n?\.\n?url/g, "import.meta.url"));
}

run("typescript/bin/tsc", "-p", "tsconfig.build.json");
