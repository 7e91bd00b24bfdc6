// ADEN through onnxruntime-web: CPU time of its graphs, memory over a long run, the forward pass in core.wasm.
// WebGPU beside WASM where this runtime has one.
import { createAden, createAdenForward } from "../dist/aden.js";
import { generator, heading, median, short, table, verdict, wayward } from "./tools.mjs";

const MEGABYTE = 1e6;

/** A world that always obeys: it costs nothing, so that the time is ADEN's. */
const obedient = ({ prescribed, realizations }) => ({
  realized: Int32Array.from(
    { length: prescribed.length * realizations },
    (_, index) => prescribed[Math.floor(index / realizations)],
  ),
});

function square(rows) {
  const random = generator(1);
  return Array.from({ length: rows }, () => [random(), random()]);
}

/** Median CPU and wall milliseconds of a training step (the centers at rest), after a few to warm up. */
async function trainingStep(aden, clusters, steps) {
  const learner = aden.fresh().learner(square(500), { clusters, recipe: { warmup: steps, rounds: 1, check: 0 } });
  const cpu = [];
  const wall = [];
  while (cpu.length < steps) {
    const ask = learner.ask();
    const answer = obedient(ask);
    const start = performance.now();
    const before = process.cpuUsage();
    await learner.tell(ask.round, answer);
    const { user, system } = process.cpuUsage(before);
    wall.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
  return { cpu: median(cpu.slice(5)), wall: median(wall.slice(5)) };
}

export async function run() {
  const solver = await wayward.createSolver();
  const providers = globalThis.navigator?.gpu ? ["wasm", "webgpu"] : ["wasm"];
  heading("ADEN, one training step: 16 center sets x 32 points, d = 2, median");
  const rows = [];
  for (const provider of providers) {
    for (const [head, layers, clusters] of [
      ["transition", 1, 4],
      ["transition", 4, 4],
      ["transition", 1, 25],
      ["residual", 4, 4],
    ]) {
      const aden = await createAden({ solver, dimensions: 2, head, layers, executionProviders: [provider] });
      const { cpu, wall } = await trainingStep(aden, clusters, provider === "wasm" ? 45 : 15);
      rows.push([provider, head, layers, clusters, short(cpu), short(wall)]);
      await aden.dispose();
    }
  }
  table(["provider", "head", "layers", "K", "CPU ms", "wall ms"], rows);
  if (providers.length === 1) console.log("no WebGPU in this runtime");
  await memory(solver);
  await forward(solver);
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
