// node test/conformance/aden-webgpu.mjs: wayward/aden on WebGPU in Chromium (software is enough), tiny shapes.
// Checks that a run ends where it ends in WASM, and that no operator of any graph falls back to the CPU.
// Needs dist/, and what `npm run conformance -- --install` installs.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><script type="importmap">{ "imports": {
  "wayward": "/dist/index.js", "wayward/aden": "/dist/aden.js",
  "#ort": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs" } }</script>`;
const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const playwright = await import("playwright-core").catch(() => null);
if (!chromiumPath || !playwright) {
  console.log(`skipped: no ${chromiumPath ? "playwright-core" : "Chromium"}; npm run conformance -- --install`);
  process.exit(0);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = root + pathname.slice(1);
  const type = pathname === "/" ? "text/html" : (TYPES[extname(file)] ?? "application/octet-stream");
  if (pathname !== "/" && !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": type });
  response.end(pathname === "/" ? PAGE : readFileSync(file));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const flags = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const browser = await playwright.chromium.launch({ executablePath: chromiumPath, args: flags });
const faults = [];
try {
  const page = await browser.newPage();
  const placements = [];
  page.on("console", (message) => {
    const [placed] = /nodes? placed on \[\w+\].*/i.exec(message.text()) ?? [];
    if (placed) placements.push(placed);
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  for (const head of ["transition", "residual"]) {
    const wasm = await page.evaluate(learnInPage, [head, "wasm"]);
    placements.length = 0;
    const gpu = await page.evaluate(learnInPage, [head, "webgpu"]);
    const apart = Math.max(...gpu.centers.flat().map((value, index) => Math.abs(value - wasm.centers.flat()[index])));
    const elsewhere = placements.filter((placed) => !placed.includes("[WebGpuExecutionProvider]"));
    const all = placements.filter((placed) => placed.startsWith("nodes placed on [WebGpu"));
    console.log(`${head}: ${gpu.provider}, centers apart by ${apart.toExponential(1)}, ${all.length} graphs`);
    if (gpu.provider !== "webgpu") faults.push(`${head}: ran on ${gpu.provider}: ${gpu.fallback}`);
    if (!(apart < 1e-4)) faults.push(`${head}: centers apart by ${apart}`);
    if (all.length === 0) faults.push(`${head}: no placement was logged, so nothing is known`);
    faults.push(...elsewhere.map((placed) => `${head}: ${placed}`));
  }
} finally {
  await browser.close();
  server.close();
}
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "aden on WebGPU: as in WASM, every node on the GPU" : "aden on WebGPU: FAILED");
process.exitCode = faults.length === 0 ? 0 : 1;

/** Runs in the page: a small problem, learned on one provider, with the runtime's placements logged. */
async function learnInPage([head, provider]) {
  const { createSolver } = await import("wayward");
  const { createAden } = await import("wayward/aden");
  const { env, Tensor, InferenceSession } = await import("#ort");
  env.wasm.numThreads = 1;
  env.logLevel = "verbose";
  const create = (model, options) => InferenceSession.create(model, { ...options, logSeverityLevel: 0 });
  const ort = { env, Tensor, InferenceSession: { create } };
  const small = { layers: 1, hidden: 16, feedForward: 16, heads: 2 };
  const solver = await createSolver();
  const aden = await createAden({ solver, ort, dimensions: 2, head, executionProviders: [provider, "wasm"], ...small });
  const points = Array.from({ length: 40 }, (_, i) => [3 * Math.sin(i), 2 * Math.cos(i * i)]);
  const size = { sets: 4, freshSets: 4, rows: 4, centerRows: 8 };
  const recipe = { warmup: 3, rounds: 6, check: 1, polish: 4, ...size };
  // Every fifth realization goes to the next cluster.
  const world = ({ entities, prescribed, realizations }) => ({
    realized: Array.from({ length: entities.length * realizations }, (_, index) => {
      return (prescribed[Math.floor(index / realizations)] + (index % 5 === 0 ? 1 : 0)) % 3;
    }),
  });
  const { centers, provider: used, fallback } = await aden.learner(points, { clusters: 3, recipe }).run(world);
  await aden.dispose();
  return { centers, provider: used, fallback };
}
