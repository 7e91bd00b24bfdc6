// wayward/aden in every runtime: the same small problem, learned through onnxruntime-web, ends at the same centers to
// 1e-4; where onnxruntime-web cannot start, the network learned in Node gives the same distances in core.wasm to 1e-5.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inEdgeVm, inWorkerd } from "../edge.mjs";
import { missing, strictPage, withBrowser, withServer } from "../launch.mjs";
import { execute, installed, missingProgram, notInstalled, programs } from "../processes.mjs";
import { addCases, addOnnxRuntime, install } from "../project.mjs";

const HEADS = ["transition", "residual"];
const CENTERS_APART = 1e-4;
const DISTANCES_APART = 1e-5;
const VULKAN = "/usr/share/vulkan/icd.d";

const ENTRY = `import * as wayward from "wayward";
import * as aden from "wayward/aden";
import { learnSmallProblem } from "./cases/aden.js";
const [provider] = process.argv.slice(2);
const learned = {};
for (const head of ${JSON.stringify(HEADS)})
  learned[head] = await learnSmallProblem(wayward, aden, { head, executionProviders: [provider] });
console.log(JSON.stringify(learned));\n`;
const { routes, policy } = strictPage({
  imports: {
    wayward: "/node_modules/wayward/dist/index.js",
    "wayward/aden": "/node_modules/wayward/dist/aden.js",
    "#ort": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
  },
});
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const MISSING = `import { createSolver, WaywardError } from "wayward";
import { createAden } from "wayward/aden";
const error = await createAden({ solver: await createSolver(), dimensions: 2 }).catch((error) => error);
console.log(error instanceof WaywardError && error.message.includes("npm install onnxruntime-web"));\n`;

export const suite = {
  name: "ADEN everywhere",
  skip: () => null,
  run: async () => {
    const project = install();
    try {
      const without = await withoutOnnxRuntime(project.folder);
      addOnnxRuntime(project);
      addCases(project);
      writeFileSync(join(project.folder, "aden.js"), ENTRY);
      return { ...without, ...(await visitAll(project.folder)) };
    } finally {
      project.remove();
    }
  },
};

/** What every program says where onnxruntime-web is not installed. */
async function withoutOnnxRuntime(folder) {
  writeFileSync(join(folder, "missing.js"), MISSING);
  const outcomes = {};
  for (const program of programs.filter((program) => missingProgram(program) === null)) {
    const { name, path, args, mayRead } = program;
    const said = await execute(path, [...args, ...mayRead, "missing.js"], { cwd: folder }).catch(
      ({ message }) => message,
    );
    outcomes[`${name}: without onnxruntime-web says what to install`] = said === "true\n" ? null : said;
  }
  return outcomes;
}

/** Learns in this Node, then compares everyone with it. */
async function visitAll(folder) {
  const [own, ...others] = programs;
  const reference = await inProgram(folder, own, "wasm");
  const outcomes = {};
  for (const head of HEADS)
    outcomes[`${own.name}, ${head}: core.wasm as onnxruntime-web`] = withinDistance(reference[head], reference[head]);
  const visit = async (title, reason, provider, learn) => {
    if (reason !== null) outcomes[title] = { skipped: reason };
    else Object.assign(outcomes, compare(title, provider, await learn().catch((error) => error), reference));
  };
  for (const program of others)
    await visit(program.name, missingProgram(program), "wasm", () => inProgram(folder, program, "wasm"));
  const deno = others.find(({ name }) => name === "Deno");
  await visit("Deno, WebGPU", missingProgram(deno) ?? missingVulkan(), "webgpu", () =>
    inProgram(folder, deno, "webgpu"),
  );
  for (const name of ["Chromium", "Firefox"]) await visit(name, missing(name), "wasm", () => inBrowser(folder, name));

  for (const [name, path, inRuntime] of [
    ["workerd", ".bin/workerd", inWorkerd],
    ["@edge-runtime/vm", "@edge-runtime/vm", inEdgeVm],
  ]) {
    if (existsSync(installed(path))) Object.assign(outcomes, await serveAtTheEdge(folder, name, inRuntime, reference));
    else outcomes[name] = { skipped: notInstalled };
  }
  return outcomes;
}

async function inProgram(folder, { path, args, mayRead }, provider) {
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder }; // or Deno's WebGPU complains on stderr
  return JSON.parse(await execute(path, [...args, ...mayRead, "aden.js", provider], { cwd: folder, env: environment }));
}

/** Under a strict policy, and isolated: what works there works in any page. */
function inBrowser(folder, name) {
  const learn = async (heads) => {
    const [wayward, aden, { learnSmallProblem }] = await Promise.all([
      import("wayward"),
      import("wayward/aden"),
      import("/cases/aden.js"),
    ]);
    const learned = {};
    for (const head of heads)
      learned[head] = await learnSmallProblem(wayward, aden, { head, executionProviders: ["wasm"] });
    return learned;
  };
  return withServer(
    folder,
    (url) =>
      withBrowser(name, async (browser) => {
        const page = await browser.newPage();
        await page.goto(`${url}/`);
        return page.evaluate(learn, HEADS);
      }),
    { routes, headers: { ...policy, ...ISOLATED } },
  );
}

/** One runtime's run beside the reference. */
function compare(title, provider, learned, reference) {
  if (learned instanceof Error) return { [title]: learned.message };
  return Object.fromEntries(
    HEADS.flatMap((head) => {
      const apart = distance(learned[head].centers.flat(), reference[head].centers.flat());
      const ran = learned[head].provider;
      return [
        [`${title}, ${head}: ran on ${provider}`, ran === provider ? null : `${ran}: ${learned[head].fallback}`],
        [`${title}, ${head}: centers as in Node`, apart < CENTERS_APART ? null : `apart by ${apart}`],
        [`${title}, ${head}: core.wasm as onnxruntime-web`, withinDistance(learned[head], learned[head])],
      ];
    }),
  );
}

/** The network that Node learned, in the forward pass of core.wasm. */
async function serveAtTheEdge(folder, name, inRuntime, reference) {
  const networks = HEADS.map((head) => ({ weights: reference[head].weights, centers: reference[head].centers }));
  const task = `import * as wayward from "wayward";
import * as aden from "wayward/aden";
import { distancesInCore } from "./cases/aden.js";
export default () =>
  Promise.all(${JSON.stringify(networks)}.map((network) => distancesInCore(wayward, aden, network)));`;
  const found = await inRuntime(folder, task).catch((error) => error);
  if (found instanceof Error) return { [name]: found.message };
  return Object.fromEntries(
    HEADS.map((head, index) => [
      `${name}, ${head}: core.wasm as onnxruntime-web in Node`,
      withinDistance({ inCore: found[index] }, reference[head]),
    ]),
  );
}

function withinDistance({ inCore }, { distances }) {
  const largest = Math.max(...distances);
  const apart = distance(inCore, distances) / largest;
  return apart < DISTANCES_APART ? null : `apart by ${apart} of the largest distance`;
}

/** Largest difference of two lists; NaN or another length is infinitely far. */
function distance(actual, expected) {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const apart = Math.max(...actual.map((value, index) => Math.abs(value - expected[index])));
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

function missingVulkan() {
  const found = existsSync(VULKAN) && readdirSync(VULKAN).some((file) => file.startsWith("lvp_icd"));
  return found ? null : `no Vulkan driver in ${VULKAN}: npm run conformance -- --install`;
}
