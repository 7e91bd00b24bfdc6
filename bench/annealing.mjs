// A whole run on the London sensors (kappa = 0.1, temperature = 0.1, K = 25) against 7,300 of the paper's sweeps.
import { fileURLToPath } from "node:url";
import { shareProblem, writeProblem } from "./problem.mjs";
import {
  cpuTime,
  dataFolder,
  expectClose,
  findPython,
  heading,
  internals,
  median,
  RivalProcess,
  readPoints,
  short,
  table,
  verdict,
  wayward,
} from "./tools.mjs";

const AUTONOMY = { kind: "softmax", kappa: 0.1, zeta: 1, gamma: 0, temperature: 0.1 };
const CLUSTERS = 25;
/** The paper's run: 73 betas of 100 sweeps. */
const PAPER_SWEEPS = 7300;
const TARGET = 500;
const GOAL = 1500;
const SEEDS = [0, 1, 2, 3, 4];
/** A beta in the middle of the schedule; the paper's sweep takes the same time at each. */
const BETA = 200;

export async function run([folder] = []) {
  heading("A whole run: London sensors, kappa = 0.1, temperature = 0.1, K = 25");
  const data = dataFolder(folder);
  const python = findPython("numpy");
  if (!data) return console.log("skipped: no data folder (argument, or WAYWARD_DATA)");
  if (!python) return console.log("skipped: no python3 with numpy here");
  const points = readPoints(`${data}/utd19_london.csv`);
  const options = { clusters: CLUSTERS, autonomy: AUTONOMY };
  const solver = await wayward.createSolver();
  const first = solver.anneal(points, options);

  const shared = shareProblem(await internals(), {
    ...{ X: Float64Array.from(points.flat()), Y: Float64Array.from(first.centers.flat()), K: CLUSTERS, d: 2 },
    ...{ beta: BETA, autonomy: AUTONOMY },
  });
  const script = fileURLToPath(new URL("rivals/sweep.py", import.meta.url));
  const rival = new RivalProcess(python, [script, writeProblem(shared.problem, "london")]);
  expectClose("the paper's sweep", await rival.numbers("value paper"), shared.value(0), 1e-12);
  expectClose("good NumPy", await rival.numbers("value good"), shared.value(1), 1e-11);

  const times = { core: [], paper: [], good: [] };
  const sweeps = [];
  for (const seed of SEEDS) {
    const { value, milliseconds } = cpuTime(() => solver.anneal(points, { ...options, seed }));
    times.core.push(milliseconds);
    sweeps.push(value.sweeps);
    for (const which of ["paper", "good"]) times[which].push(Number(await rival.ask(`time ${which} 300`)));
  }
  rival.end();
  report(times, sweeps);
}

function report(times, sweeps) {
  const core = median(times.core);
  const paper = median(times.paper);
  const good = median(times.good);
  const ours = median(sweeps);
  table(
    ["what", "ms CPU a sweep", "sweeps", "CPU s", "times ours"],
    [
      ["wayward, defaults", short(core / ours), ours, short(core / 1e3), 1],
      [
        "the paper's sweep in NumPy",
        short(paper),
        PAPER_SWEEPS,
        short((paper * PAPER_SWEEPS) / 1e3),
        short((paper * PAPER_SWEEPS) / core),
      ],
      [
        "good NumPy, the paper's schedule",
        short(good),
        PAPER_SWEEPS,
        short((good * PAPER_SWEEPS) / 1e3),
        short((good * PAPER_SWEEPS) / core),
      ],
      ["good NumPy, our schedule", short(good), ours, short((good * ours) / 1e3), short((good * ours) / core)],
    ],
  );
  const ratio = (paper * PAPER_SWEEPS) / core;
  console.log(`Medians of ${SEEDS.length} seeds, in turns. The paper's sweep agrees with the core to 1e-12.`);
  console.log(`${short(ratio)} times less CPU (target ${TARGET}, goal ${GOAL}): ${verdict(ratio >= TARGET)}`);
}
