// ADEN through onnxruntime-web: its training step against PyTorch's, on WebGPU where there is one, memory over a long
// run, the forward pass in core.wasm. npm run bench -- aden [steps | webgpu | memory | forward]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createAden, createAdenForward } from "../dist/aden.js";
import { NETWORKS, obedient, StepTimer, square } from "./aden-steps.mjs";
import { findPython, heading, RivalProcess, short, table, verdict, wayward } from "./tools.mjs";

const MEGABYTE = 1e6;
const TURNS = 10;
const STEPS = 20;
/** At most this multiple of PyTorch's CPU time, for the paper's network. */
const TARGET = 1.3;
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const PARTS = { steps, webgpu, memory, forward };

export async function run([part] = []) {
  const solver = await wayward.createSolver();
  for (const name of part ? [part] : Object.keys(PARTS)) await PARTS[name](solver, part === name);
}

/** CPU time of a step, in turns with PyTorch for the paper's network: least of the turns' medians. */
async function steps(solver) {
  heading("ADEN, one training step on one WASM thread: 16 center sets x 32 points, d = 2");
  const python = findPython("torch");
  const rival = python && new RivalProcess(python, [file("rivals/aden.py"), 16, 32, 4, 2, 4].map(String));
  const rows = [];
  for (const [head, layers, clusters] of NETWORKS) {
    const aden = await createAden({ solver, dimensions: 2, head, layers, executionProviders: ["wasm"] });
    const timer = new StepTimer(aden, clusters);
    const compared = rival && head === "residual";
    let own = Number.POSITIVE_INFINITY;
    let theirs = compared ? Number.POSITIVE_INFINITY : null;
    await timer.run(STEPS);
    for (let turn = 0; turn < TURNS; turn++) {
      own = Math.min(own, (await timer.run(STEPS)).cpu);
      if (compared) theirs = Math.min(theirs, Number(await rival.ask(STEPS)));
    }
    await aden.dispose();
    const ratio = compared ? own / theirs : null;
    const reached = compared ? verdict(ratio <= TARGET) : "";
    rows.push([head, layers, clusters, short(own), short(theirs), short(ratio), reached]);
  }
  table(["head", "layers", "K", "CPU ms", "PyTorch", "ratio", `verdict (<= ${TARGET})`], rows);
  if (rival) console.log(`PyTorch ${await rival.ask("about")}; the residual head is the paper's network`);
  else console.log("PyTorch: skipped, no python3 with torch (Debian: python3-torch, and libopenblas0 for a fast one)");
  rival?.end();
}

/** In this runtime if it has a GPU object, else in Deno, which has one. A software adapter is timed only when asked for. */
async function webgpu(_solver, asked) {
  if (globalThis.navigator?.gpu) return (await import("./aden-webgpu.mjs")).runWebGpu(asked);
  const deno = ["../test/conformance/node_modules/.bin/deno"].map(file).find(existsSync) ?? "deno";
  const args = ["run", "-A", file("aden-webgpu.mjs"), ...(asked ? ["asked"] : [])];
  const { status, error } = spawnSync(deno, args, { stdio: "inherit" });
  if (error) console.log("WebGPU: skipped, Node has none and there is no Deno: npm ci --prefix test/conformance");
  else if (status !== 0) console.log(`WebGPU: Deno ended with status ${status}`);
}

/** Resident memory over 5,000 steps of a small network: it must not grow. */
async function memory(solver) {
  heading("ADEN, resident memory over 5,000 training steps (small network)");
  const aden = await createAden({
    solver,
    dimensions: 2,
    hidden: 16,
    feedForward: 16,
    heads: 2,
    executionProviders: ["wasm"],
  });
  const recipe = { warmup: 10, rounds: 5000, rows: 8, sets: 4, freshSets: 4, centerRows: 16, check: 0 };
  const marks = [];
  const onStep = ({ round }) => {
    if (round % 1000 === 0) marks.push(process.memoryUsage().rss / MEGABYTE);
  };
  await aden.learner(square(200), { clusters: 3, recipe }).run(obedient, { onStep });
  await aden.dispose();
  table(
    ["after 1000", "2000", "3000", "4000", "5000 (MB)", "verdict"],
    [[...marks.map((mark) => mark.toFixed(0)), verdict(marks.at(-1) < marks[0] + 10)]],
  );
}

/** Average distances of 2,000 points to 4 centers: core.wasm against onnxruntime-web. */
async function forward(solver) {
  heading("ADEN, forward pass of 2,000 points, K = 4: core.wasm against onnxruntime-web, least of 5");
  const points = square(2000);
  const aden = await createAden({ solver, dimensions: 2, executionProviders: ["wasm"] });
  const { centers } = await aden
    .learner(points, { clusters: 4, recipe: { warmup: 2, rounds: 4, check: 0 } })
    .run(obedient);
  const served = createAdenForward({ solver, weights: await aden.save() });
  const least = { core: Number.POSITIVE_INFINITY, ort: Number.POSITIVE_INFINITY };
  let difference = 0;
  for (let round = 0; round < 5; round++) {
    let start = performance.now();
    const ours = served.distances(points, centers);
    least.core = Math.min(least.core, performance.now() - start);
    start = performance.now();
    const theirs = await aden.distances(points, centers);
    least.ort = Math.min(least.ort, performance.now() - start);
    ours.forEach((value, index) => {
      difference = Math.max(difference, Math.abs(value - theirs[index]) / (1e-3 + theirs[index]));
    });
  }
  await aden.dispose();
  table(
    ["core.wasm ms", "onnxruntime-web ms", "largest relative difference", "verdict (1e-5)"],
    [[short(least.core), short(least.ort), short(difference), verdict(difference < 1e-5)]],
  );
}
