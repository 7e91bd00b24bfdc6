// What fits into one request of an edge function: CPU of typical calls, the first in a fresh isolate and later ones,
// by the edge build's way in (the core already compiled). Each call is a process of its own.
import { spawnSync } from "node:child_process";
import { heading, short, table } from "./tools.mjs";

const ENTRY = new URL("../dist/index.js", import.meta.url).href;
const CORE = new URL("../dist/core.wasm", import.meta.url).pathname;
const CALLS = 30;
const FREE_PLAN = 10;

/** Title -> [what is there before the request, what the request does], as source; `i` counts the calls. */
const REQUESTS = {
  "anneal N = 100, K = 3": ["const points = blobs(100);", "solver.anneal(points, { clusters: 3, autonomy });"],
  "anneal N = 1,000, K = 8": ["const points = blobs(1000);", "solver.anneal(points, { clusters: 8, autonomy });"],
  "anneal N = 10,000, K = 8": ["const points = blobs(10000);", "solver.anneal(points, { clusters: 8, autonomy });"],
  "predict 10,000 points, K = 8": [
    "const result = solver.anneal(blobs(1000), { clusters: 8, autonomy }); const points = blobs(10000);",
    "solver.predict(result, points);",
  ],
  ...Object.fromEntries(
    [10, 1000].map((arms) => [
      `bandit: restore, ask, tell, save, M = ${arms.toLocaleString("en")}`,
      [
        `let bytes = solver.bandit({ arms: ${arms}, dimensions: 3, clusters: 4, delta: 0.01 }).save();`,
        `const bandit = solver.restoreBandit(bytes);
         const { round, arms } = bandit.ask();
         bandit.tell(round, arms.map((arm) => [arm % 4, (arm % 4) ** 2, Math.sin(i)]));
         bytes = bandit.save();`,
      ],
    ]),
  ),
  "learner: restore, ask, tell 256, save, N = 1,000": [
    "const points = blobs(1000); let bytes = solver.learner(points, { clusters: 4, method: 'counts' }).save();",
    `const learner = solver.restoreLearner(points, bytes);
     const ask = learner.ask();
     learner.tell(ask.round, { realized: ask.prescribed.map((j, row) => (row % 5 ? j : (j + 1) % 4)) });
     bytes = learner.save();`,
  ],
};

/** A program that prints the CPU ms of each call. */
const program = ([before, request]) => `
  import { readFileSync } from "node:fs";
  const { createSolver } = await import(${JSON.stringify(ENTRY)});
  const wasm = new WebAssembly.Module(readFileSync(${JSON.stringify(CORE)}));
  const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  const blobs = (rows) => ({
    data: Float64Array.from({ length: 2 * rows }, (_, i) => Math.sin(i * i) + ((i >> 1) % 5) * (i % 2 ? 3 : 2)),
    dimensions: 2,
  });
  const autonomy = { kind: "softmax", kappa: 0.2, temperature: 2 };
  const solver = await createSolver({ wasm });
  ${before}
  const times = [];
  for (let i = 0; i < ${CALLS}; i++) { const start = cpu(); ${request} times.push(cpu() - start); }
  console.log(JSON.stringify(times));`;

function measure(request) {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program(request)], {
    encoding: "utf8",
  });
  if (stderr !== "") throw new Error(stderr);
  const times = JSON.parse(stdout);
  return { first: times[0], warm: times.slice(CALLS / 3).sort((a, b) => a - b)[CALLS / 3] };
}

export async function run() {
  heading(`CPU ms of one request, all threads; the free plan of Cloudflare allows ${FREE_PLAN}`);
  const rows = Object.entries(REQUESTS).map(([title, request]) => {
    const runs = [1, 2, 3].map(() => measure(request));
    const [first, warm] = ["first", "warm"].map((which) => runs.map((run) => run[which]).sort((a, b) => a - b)[1]);
    return [title, short(first), short(warm), warm < FREE_PLAN ? "yes" : "no"];
  });
  table(["request", "first in an isolate", "later", "fits"], rows);
}
