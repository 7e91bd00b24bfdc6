// Table 1 of the paper through wayward/aden: every scenario's gap to the best known distortion beside
// the paper's. npm run reproduce -- table1 [data folder] [--feedback costs] [--seeds 0,1,2] [--only 3,17]
//   [--head residual] [--interactions 50000] [--rounds 300] [--effort high]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { dataFolder, heading, readPoints, table, verdict } from "../../bench/tools.mjs";
import { AdenRuns } from "./aden-runs.mjs";
import { softmaxRow } from "./softmax-world.mjs";

/** Targets by what is learned from: worst and mean gap in percent, CPU seconds, interactions. */
const TARGETS = {
  realized: { worst: 0.25, mean: 0.05, cpu: 6, interactions: 400_000 },
  costs: { worst: 0.5, mean: 0.1, cpu: 12, interactions: 4_000_000 },
};

export async function run(args) {
  const { values: flags, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      feedback: { type: "string", default: "realized" },
      seeds: { type: "string", default: "0" },
      only: { type: "string" },
      head: { type: "string", default: "transition" },
      interactions: { type: "string" },
      rounds: { type: "string" },
      effort: { type: "string" },
    },
  });
  const folder = dataFolder(positionals[0]);
  if (!folder) {
    console.log("table1: skipped, no data folder with figure1.csv (give it as an argument, or in WAYWARD_DATA)");
    return;
  }
  const { scenarios } = JSON.parse(readFileSync(`${folder}/table1.json`, "utf8"));
  const points = readPoints(`${folder}/figure1.csv`);
  const chosen = flags.only?.split(",").map(Number) ?? scenarios.keys();
  const options = { clusters: 4, feedback: flags.feedback, effort: flags.effort, recipe: {} };
  if (flags.interactions) options.interactions = Number(flags.interactions);
  if (flags.rounds) options.recipe.rounds = Number(flags.rounds);
  const runs = new AdenRuns({ head: flags.head });
  const learn = (index, seed) => {
    const row = (x, centers, j) => softmaxRow(scenarios[index], x, centers, j);
    return runs.run({ points, row, best: scenarios[index].distortion_best_known, seed, ...options });
  };

  heading(`Table 1 by ADEN, ${flags.head} head, ${flags.feedback} observed: gap to the best known distortion, percent`);
  await learn(0, 0); // sessions are created once, beyond the runs that are timed
  const rows = [];
  const results = [];
  for (const index of chosen) {
    const { kappa, gamma, temperature, gap_aden_percent, gap_ignored_percent } = scenarios[index];
    const own = [];
    for (const seed of flags.seeds.split(",").map(Number)) own.push(await learn(index, seed));
    results.push(...own);
    const gaps = own.map(({ gap }) => gap.toFixed(4)).join(" ");
    const cpu = Math.max(...own.map((result) => result.cpu)).toFixed(1);
    const paper = gap_aden_percent?.toFixed(2) ?? "-";
    const ignored = gap_ignored_percent?.toFixed(1) ?? "-";
    rows.push([index, kappa, gamma, temperature, gaps, paper, ignored, cpu, own[0].interactions]);
  }
  table(["#", "kappa", "gamma", "T", `seeds ${flags.seeds}`, "paper", "ignoring", "CPU s", "interactions"], rows);
  const most = (key) => Math.max(...results.map((result) => result[key]));
  const mean = (key) => results.reduce((total, result) => total + result[key], 0) / results.length;
  console.log(`gap: mean ${mean("gap").toFixed(4)}%, worst ${most("gap").toFixed(4)}%`);
  console.log(`CPU seconds: mean ${mean("cpu").toFixed(2)}, most ${most("cpu").toFixed(2)}`);
  console.log(`interactions: most ${most("interactions")}`);
  if (flags.head === "transition" && !flags.interactions) {
    const { worst, mean: average, cpu, interactions } = TARGETS[flags.feedback];
    const good = most("gap") <= worst && mean("gap") <= average && most("interactions") <= interactions;
    console.log(`every gap <= ${worst}%, mean <= ${average}%, <= ${interactions} interactions: ${verdict(good)}`);
    console.log(`every run <= ${cpu} CPU seconds on this machine now: ${verdict(most("cpu") <= cpu)}`);
  }
  await runs.dispose();
}
