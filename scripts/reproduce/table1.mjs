// Table 1 of the paper through wayward/aden: every scenario's gap to the best known distortion beside
// the paper's. Usage: npm run reproduce -- table1 [--feedback realized|costs] [--seeds 0,1,2] [--only 3,17]
//   [--head transition|residual] [--interactions 50000] [--recipe '{"rounds":150}']
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createAden } from "../../dist/aden.js";
import { createSolver } from "../../dist/index.js";
import { cpuSeconds, pseudoRandom, simulatedWorld, softmaxRow, trueDistortion } from "./softmax-world.mjs";

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  strict: false,
  options: {
    feedback: { type: "string", default: "realized" },
    seeds: { type: "string", default: "0" },
    only: { type: "string" },
    head: { type: "string", default: "transition" },
    layers: { type: "string" },
    interactions: { type: "string" },
    recipe: { type: "string", default: "{}" },
    data: { type: "string", default: process.env.WAYWARD_DATA ?? "../shared/data" },
  },
});
if (!existsSync(`${flags.data}/table1.json`)) {
  console.error(`table1: no ${flags.data}/table1.json; name the folder with --data or WAYWARD_DATA`);
  process.exit(2);
}
const { scenarios } = JSON.parse(readFileSync(`${flags.data}/table1.json`, "utf8"));
const points = readFileSync(`${flags.data}/figure1.csv`, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",").slice(0, 2).map(Number));
const seeds = flags.seeds.split(",").map(Number);
const chosen = flags.only?.split(",").map(Number) ?? scenarios.map((_, index) => index);

const solver = await createSolver();
const made = { solver, dimensions: 2, head: flags.head, executionProviders: ["wasm"] };
if (flags.layers) made.layers = Number(flags.layers);
let aden;
const results = [];
console.log("   #  kappa gamma      T  seed    gap %  paper %  CPU s  interactions  polish");
for (const seed of seeds) {
  for (const index of chosen) {
    const scenario = scenarios[index];
    const row = (x, centers, j) => softmaxRow(scenario, x, centers, j);
    const world = simulatedWorld(points, row, pseudoRandom(7919 * seed + index + 1), flags.feedback);
    aden = aden ? aden.fresh() : await createAden(made);
    const options = { clusters: 4, seed, feedback: flags.feedback, recipe: JSON.parse(flags.recipe) };
    if (flags.interactions) options.interactions = Number(flags.interactions);
    const before = cpuSeconds();
    const result = await aden.learner(points, options).run(world);
    const cpu = cpuSeconds() - before;
    const gap = 100 * (trueDistortion(points, row, result) / scenario.distortion_best_known - 1);
    results.push({ gap, cpu, interactions: result.interactions });
    const paper = scenario.gap_aden_percent?.toFixed(2) ?? "";
    console.log(
      `${String(index).padStart(4)} ${String(scenario.kappa).padStart(6)} ${String(scenario.gamma).padStart(5)} ${String(scenario.temperature).padStart(6)} ${String(seed).padStart(5)} ${gap.toFixed(4).padStart(8)} ${paper.padStart(8)} ${cpu.toFixed(2).padStart(6)} ${String(result.interactions).padStart(13)}  ${result.polish}`,
    );
  }
}
const mean = (key) => results.reduce((total, result) => total + result[key], 0) / results.length;
const most = (key) => Math.max(...results.map((result) => result[key]));
console.log(
  `${flags.head} head, ${flags.feedback}, ${results.length} runs: gap mean ${mean("gap").toFixed(4)}%, worst ${most("gap").toFixed(4)}%; CPU s mean ${mean("cpu").toFixed(2)}, most ${most("cpu").toFixed(2)} (the first run includes its sessions); interactions ${mean("interactions").toFixed(0)}`,
);
await aden.dispose();
