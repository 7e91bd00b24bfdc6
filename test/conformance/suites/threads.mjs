// solver.annealAsync on worker threads: the bits of one thread in every runtime, from the tarball, bundled, and under
// a strict policy; and where no worker can be had, this thread and the reason.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { inEdgeVm, inWorkerd } from "../edge.mjs";
import { missing, strictPage, withBrowser, withServer } from "../launch.mjs";
import { execute, installed, missingProgram, programs } from "../processes.mjs";

/** Runs in every runtime: both ways, and what is told of them. */
const COMPARE = `export async function compare({ createSolver }) {
  const solver = await createSolver();
  const rows = 20001;
  const data = Float64Array.from({ length: 2 * rows }, (_, i) => ((i * 7919) % 10007) / 1000 + (i % 3));
  const points = { data, dimensions: 2 };
  const groups = Int32Array.from({ length: rows }, (_, i) => i % 2);
  const table = (p) => [[p, 1 - p, 0], [0, p, 1 - p], [1 - p, 0, p]];
  const autonomies = [
    { kind: "none" },
    { kind: "groups", groups, probabilities: [table(0.9), table(0.7)] },
    { kind: "softmax", kappa: 0.3, gamma: 0.4, temperature: 0.5 },
  ];
  const told = [];
  for (const autonomy of autonomies) {
    const options = { clusters: 3, autonomy, effort: "high", policy: true };
    const { threads, fallback, ...result } = await solver.annealAsync(points, { ...options, threads: 2 });
    told.push({ threads, fallback, same: JSON.stringify(result) === JSON.stringify(solver.anneal(points, options)) });
  }
  return told;
}\n`;
const MAIN = `import * as wayward from "wayward";
import { compare } from "./compare.js";
globalThis.run = () => compare(wayward);\n`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="./main.js"></script>`;

export const suite = {
  name: "Threads",
  skip: () => missing("Chromium"),
  run: async ({ folder }) => {
    writeFileSync(join(folder, "compare.js"), COMPARE);
    return {
      ...(await inPrograms(folder)),
      ...(await inPages(folder)),
      ...(await bundled(folder)),
      ...(await onTheEdge(folder)),
    };
  },
};

async function inPrograms(folder) {
  const script = `import * as wayward from "wayward"; import { compare } from "./compare.js";
console.log(JSON.stringify(await compare(wayward)));`;
  writeFileSync(join(folder, "threads.js"), script);
  const outcomes = {};
  for (const program of programs) {
    if (missingProgram(program) !== null) continue;
    const told = JSON.parse(await execute(program.path, [...program.args, "threads.js"], { cwd: folder }));
    outcomes[`${program.name}: two threads, the same bits`] = differs(told, threaded);
  }
  return outcomes;
}

/** Under the strictest policy workers come from 'self', as scripts do; a policy can also forbid them alone. */
async function inPages(folder) {
  const { routes, policy } = strictPage({
    imports: { wayward: "/node_modules/wayward/dist/index.js" },
    start: ["/main.js"],
    scripts: { "/main.js": MAIN, "/compare.js": COMPARE },
  });
  const [[name, value]] = Object.entries(policy);
  const policies = {
    "no policy": [{}, threaded],
    "a strict policy": [policy, threaded],
    "worker-src 'none'": [{ [name]: `${value}; worker-src 'none'` }, alone(/worker|script/i)],
  };
  const outcomes = {};
  for (const [title, [headers, expected]] of Object.entries(policies)) {
    outcomes[`Chromium, ${title}`] = differs(await inChromium(folder, "/", { routes, headers }), expected);
  }
  return outcomes;
}

async function bundled(folder) {
  const app = join(folder, "threads-app");
  mkdirSync(app);
  for (const [file, text] of Object.entries({ "index.html": PAGE, "main.js": MAIN, "compare.js": COMPARE }))
    writeFileSync(join(app, file), text);
  const byEsbuild = join(folder, "threads-esbuild");
  const options = { bundle: true, splitting: true, format: "esm", minify: true, logLevel: "silent" };
  await esbuild({ ...options, entryPoints: [join(app, "main.js")], outdir: byEsbuild });
  copyFileSync(join(app, "index.html"), join(byEsbuild, "index.html"));
  const without = await inChromium(byEsbuild, "/index.html");
  copyFileSync(join(folder, "node_modules/wayward/dist/worker.js"), join(byEsbuild, "worker.js"));
  const beside = await inChromium(byEsbuild, "/index.html");
  const vite = [installed("vite/bin/vite.js"), "build", "threads-app", "--outDir", "../threads-vite", "--emptyOutDir"];
  await execute(process.execPath, [...vite, "--logLevel", "error"], { cwd: folder });
  return {
    "esbuild, worker.js beside the bundle": differs(beside, threaded),
    "esbuild, no worker.js: this thread, and why": differs(without, alone(/worker\.js/)),
    "Vite, no configuration": differs(await inChromium(join(folder, "threads-vite"), "/index.html"), threaded),
  };
}

/** The same call where there are no workers. */
async function onTheEdge(folder) {
  const task = `import * as wayward from "wayward";
import { compare } from "./compare.js";
export default () => compare(wayward);`;
  const outcomes = {};
  for (const [name, run] of Object.entries({ workerd: inWorkerd, "@edge-runtime/vm": inEdgeVm })) {
    outcomes[`${name}: this thread, and why`] = differs(await run(folder, task), alone(/edge runtimes/));
  }
  return outcomes;
}

function inChromium(folder, path, served) {
  const ask = (url) =>
    withBrowser("Chromium", async (browser) => {
      const page = await browser.newPage();
      await page.goto(url + path);
      await page.waitForFunction("globalThis.run");
      return page.evaluate("globalThis.run()");
    });
  return withServer(folder, ask, served);
}

const threaded = ({ threads, fallback, same }) => same && threads === 2 && fallback === null;
const alone =
  (reason) =>
  ({ threads, fallback, same }) =>
    same && threads === 0 && reason.test(fallback);

/** null if every run is as expected, else what was told. */
function differs(told, expected) {
  return told.length === 3 && told.every(expected) ? null : JSON.stringify(told);
}
