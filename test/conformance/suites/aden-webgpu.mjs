// wayward/aden on WebGPU in Chromium (software is enough), tiny shapes: a run ends where it ends in WASM, no operator
// of any graph falls back to the CPU, and a device lost in the middle costs nothing.
// `npm run conformance -- --only "ADEN on WebGPU"` runs it alone.
import { fileURLToPath } from "node:url";
import { missing, withBrowser, withServer } from "../launch.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const PAGE = `<!doctype html><script type="importmap">{ "imports": {
  "wayward": "/dist/index.js", "wayward/aden": "/dist/aden.js",
  "#ort": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs" } }</script>`;
const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

export const suite = {
  name: "ADEN on WebGPU",
  skip: () => missing("Chromium"),
  run: () =>
    withServer(root, (url) => withBrowser("Chromium", (browser) => compareHeads(browser, url), FLAGS), {
      routes: { "/": { body: PAGE } },
    }),
};

async function compareHeads(browser, url) {
  const page = await browser.newPage();
  await page.goto(`${url}/`);
  const outcomes = {};
  for (const head of ["transition", "residual"]) Object.assign(outcomes, await compare(page, head));
  return { ...outcomes, ...(await lose(page)) };
}

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

/**
 * Runs in the page: the small problem, learned on one provider, with the runtime's placements logged. In round
 * `loseIn` the GPU device is destroyed under the runtime's feet.
 */
async function learnInPage([head, provider, loseIn]) {
  const [wayward, aden, { learnSmallProblem }, { env, Tensor, InferenceSession }] = await Promise.all([
    import("wayward"),
    import("wayward/aden"),
    import("/test/conformance/cases/aden.js"),
    import("#ort"),
  ]);
  env.wasm.numThreads = 1;
  env.logLevel = "verbose";
  const create = (model, options) => InferenceSession.create(model, { ...options, logSeverityLevel: 0 });
  const ort = { env, Tensor, InferenceSession: { create } };
  const beforeRound = async (round) => {
    if (round === loseIn) (await env.webgpu.device).destroy();
  };
  return learnSmallProblem(wayward, aden, { head, executionProviders: [provider, "wasm"], ort }, beforeRound);
}
