// What bundlers make of the tarball: an app built by esbuild and by Vite runs in Chromium, a worker built by Wrangler
// runs in workerd.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { testWorker } from "../edge.mjs";
import { missing, withBrowser, withServer } from "../launch.mjs";
import { execute, installed, notInstalled } from "../processes.mjs";
import { addCases, addOnnxRuntime, install } from "../project.mjs";

/** The file that onnxruntime-web's build for browsers loads from beside its own script. */
const ORT_WASM = "ort-wasm-simd-threaded.asyncify.wasm";
const PAGE = `<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="./main.js"></script>`;
const APP = `import * as wayward from "wayward";
import * as aden from "wayward/aden";
import { learnSmallProblem } from "../cases/aden.js";
globalThis.run = async () => {
  const solver = await wayward.createSolver();
  const { labels } = solver.anneal([[1, 1], [1, 2], [8, 8], [8, 9]], { clusters: 2 });
  const options = { head: "transition", executionProviders: ["wasm"] };
  const learned = await learnSmallProblem(wayward, aden, options)
    .then(({ provider }) => provider, ({ name, code }) => name + " " + code);
  return { labels: Array.from(labels), learned };
};\n`;
const WORKER = `import { createSolver } from "wayward";
import { createAdenForward } from "wayward/aden";
const anneal = async () =>
  (await createSolver()).anneal([[1, 1], [1, 2], [8, 8], [8, 9]], { clusters: 2 }).labels;
export default {
  async fetch() { return Response.json([...(await anneal())]); },
  async test() { console.log(JSON.stringify([[...(await anneal())], typeof createAdenForward])); },
};\n`;

const LABELS = [1, 1, 0, 0];
/** How a gzip file and a WebAssembly module begin, in base64. */
const INLINED = ["H4sI", "AGFzbQ"];

export const suite = {
  name: "Bundlers",
  skip: () => (["vite", "wrangler"].every((name) => existsSync(installed(name))) ? missing("Chromium") : notInstalled),
  run: async () => {
    const project = install();
    try {
      addOnnxRuntime(project);
      addCases(project);
      const { folder } = project;
      mkdirSync(join(folder, "app"));
      writeFileSync(join(folder, "app/index.html"), PAGE);
      writeFileSync(join(folder, "app/main.js"), APP);
      return { ...(await withEsbuild(folder)), ...(await withVite(folder)), ...(await withWrangler(folder)) };
    } finally {
      project.remove();
    }
  },
};

async function withEsbuild(folder) {
  const outdir = join(folder, "by-esbuild");
  const entryPoints = [join(folder, "app/main.js")];
  await esbuild({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    logLevel: "silent",
  });
  copyFileSync(join(folder, "app/index.html"), join(outdir, "index.html"));
  const without = await runApp(outdir);
  copyFileSync(join(folder, "node_modules/onnxruntime-web/dist", ORT_WASM), join(outdir, ORT_WASM));
  const beside = await runApp(outdir);
  return {
    "esbuild: the app anneals": differs(without.labels, LABELS),
    "esbuild: without the .wasm of onnxruntime-web, a WaywardError": differs(
      without.learned,
      "WaywardError environment",
    ),
    "esbuild: with the .wasm beside the bundle, ADEN learns": differs(beside.learned, "wasm"),
  };
}

async function withVite(folder) {
  const args = [installed("vite/bin/vite.js"), "build", "app", "--outDir", "../by-vite", "--emptyOutDir"];
  await execute(process.execPath, [...args, "--logLevel", "warn"], { cwd: folder });
  const { labels, learned } = await runApp(join(folder, "by-vite"));
  return {
    "Vite: the app anneals": differs(labels, LABELS),
    "Vite: ADEN learns, no configuration": differs(learned, "wasm"),
  };
}

function runApp(folder) {
  return withServer(folder, (url) =>
    withBrowser("Chromium", async (browser) => {
      const page = await browser.newPage();
      await page.goto(`${url}/index.html`);
      return page.evaluate("globalThis.run()");
    }),
  );
}

async function withWrangler(folder) {
  mkdirSync(join(folder, "worker"));
  const file = (name) => join(folder, name);
  writeFileSync(file("worker/index.js"), WORKER);
  const config = { name: "check", main: "index.js", compatibility_date: "2026-04-01" };
  writeFileSync(file("worker/wrangler.json"), JSON.stringify(config));
  const args = [installed("wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", "../by-wrangler"];
  const quiet = { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: folder, XDG_CONFIG_HOME: folder };
  const environment = { ...process.env, ...quiet, CI: "1" };
  await execute(process.execPath, args, { cwd: file("worker"), env: environment, mayTalk: true });
  const [core, ...more] = readdirSync(file("by-wrangler")).filter((name) => name.endsWith(".wasm"));
  const packed = readFileSync(file("node_modules/wayward/dist/core.wasm"));
  const script = readFileSync(file("by-wrangler/index.js"), "utf8");
  const found = core ? await testWorker(folder, "by-wrangler/index.js", { [core]: `by-wrangler/${core}` }) : null;
  return {
    "Wrangler: core.wasm goes up as a module of its own, once": differs(
      [more.length, core !== undefined && packed.equals(readFileSync(file(`by-wrangler/${core}`)))],
      [0, true],
    ),
    "Wrangler: no core inside the script": differs(
      INLINED.filter((head) => script.includes(head)),
      [],
    ),
    "Wrangler: what would go up runs in workerd": differs(found, [LABELS, "function"]),
  };
}

/** null, or what was found instead. */
function differs(actual, expected) {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  return found === wanted ? null : `found ${found}, expected ${wanted}`;
}
