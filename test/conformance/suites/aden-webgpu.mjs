// wayward/aden on WebGPU in Chromium (software is enough), tiny shapes: a run ends where it ends in WASM, no operator
// of any graph falls back to the CPU, and a device lost in the middle costs nothing. `npm run conformance -- --only "ADEN on WebGPU"` runs it alone.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><script type="importmap">{ "imports": {
  "wayward": "/dist/index.js", "wayward/aden": "/dist/aden.js",
  "#ort": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs" } }</script>`;
const FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export const suite = {
  name: "ADEN on WebGPU",
  skip: () => (chromium ? null : "no Chromium: npm run conformance -- --install"),
  run: async () => {
    const playwright = await import("playwright-core");
    const server = await serve();
    const browser = await playwright.chromium.launch({ executablePath: chromium, args: FLAGS });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      const outcomes = {};
      for (const head of ["transition", "residual"]) Object.assign(outcomes, await compare(page, head));
      return { ...outcomes, ...(await lose(page)) };
    } finally {
      await browser.close();
      server.close();
    }
  },
};

/** One head on both providers. */
async function compare(page, head) {
  const placements = [];
  const keep = (message) => {
    const [placed] = /nodes? placed on \[\w+\].*/i.exec(message.text()) ?? [];
    if (placed) placements.push(placed);
  };
  const wasm = await page.evaluate(learnInPage, [head, "wasm"]);
  page.on("console", keep);
  const gpu = await page.evaluate(learnInPage, [head, "webgpu"]);
  page.off("console", keep);
  const apart = Math.max(...gpu.centers.flat().map((value, index) => Math.abs(value - wasm.centers.flat()[index])));
  const elsewhere = placements.filter((placed) => !placed.includes("[WebGpuExecutionProvider]"));
  const unless = (right, fault) => (right ? null : fault);
  return {
    [`${head}: runs on WebGPU`]: unless(gpu.provider === "webgpu", `ran on ${gpu.provider}: ${gpu.fallback}`),
    [`${head}: the same centers as in WASM`]: unless(apart < 1e-4, `apart by ${apart}`),
    [`${head}: every node on the GPU`]: unless(
      placements.length > 0 && elsewhere.length === 0,
      placements.length === 0 ? "no placement was logged, so nothing is known" : elsewhere.join("\n"),
    ),
  };
}

/** The device is destroyed in round 5: the run goes on in WASM, to the end it would have had. */
async function lose(page) {
  const whole = await page.evaluate(learnInPage, ["transition", "wasm"]);
  const lost = await page.evaluate(learnInPage, ["transition", "webgpu", 5]);
  const apart = Math.max(...lost.centers.flat().map((value, index) => Math.abs(value - whole.centers.flat()[index])));
  const told = `${lost.provider}, given up: ${lost.fallback}`;
  return {
    "lost device: goes on in WASM and says so": lost.provider === "wasm" && lost.fallback ? null : told,
    "lost device: to the same end": apart < 1e-4 ? null : `apart by ${apart}`,
  };
}

function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = root + pathname.slice(1);
    const type = pathname === "/" ? "text/html" : (TYPES[extname(file)] ?? "application/octet-stream");
    if (pathname !== "/" && !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": type });
    response.end(pathname === "/" ? PAGE : readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/**
 * Runs in the page: a small problem, learned on one provider, with the runtime's placements logged. In round
 * `loseIn` the GPU device is destroyed under the runtime's feet.
 */
async function learnInPage([head, provider, loseIn]) {
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
  const recipe = { warmup: 3, rounds: 6, extensions: 0, check: 1, polish: 4, ...size };
  // Every fifth realization goes to the next cluster.
  const world = async ({ round, entities, prescribed, realizations }) => {
    if (round === loseIn) (await env.webgpu.device).destroy();
    const realized = Array.from({ length: entities.length * realizations }, (_, index) => {
      return (prescribed[Math.floor(index / realizations)] + (index % 5 === 0 ? 1 : 0)) % 3;
    });
    return { realized };
  };
  const { centers, provider: used, fallback } = await aden.learner(points, { clusters: 3, recipe }).run(world);
  await aden.dispose();
  return { centers, provider: used, fallback };
}
