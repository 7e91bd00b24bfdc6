// What learning reaches when the autonomy is unknown: npm run reproduce -- learning [data folder]
//   [--only worlds,scenarios,shuffle,fit,speed] [--trials 50] [--rows 100000] [--seeds 1,2,3] [--scenarios 0,5,11]
import { parseArgs } from "node:util";
import { dataFolder, generator, heading, table, verdict, wayward } from "../../bench/tools.mjs";
import { fixedWorlds, jitteredLog, scenariosOf } from "./learning-worlds.mjs";

const PARTS = { worlds, scenarios, shuffle, fit, speed };
const percent = (x) => x.toFixed(2);

export async function run(args) {
  const { values: flags, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      only: { type: "string", default: Object.keys(PARTS).join(",") },
      trials: { type: "string", default: "50" },
      rows: { type: "string", default: "100000" },
      seeds: { type: "string", default: "1,2,3" },
      scenarios: { type: "string" },
    },
  });
  const folder = dataFolder(positionals[0]);
  if (!folder) {
    console.log("learning: skipped, no data folder with figure1.csv (give it as an argument, or in WAYWARD_DATA)");
    return;
  }
  const all = scenariosOf(folder);
  const context = {
    folder,
    solver: await wayward.createSolver(),
    seeds: flags.seeds.split(",").map(Number),
    trials: Number(flags.trials),
    rows: Number(flags.rows),
    chosen: flags.scenarios?.split(",").map((index) => all[Number(index)]) ?? all,
    points: fixedWorlds(folder)[0].points,
  };
  for (const part of flags.only.split(",")) await PARTS[part](context);
}

/** By how many percent a learner's centers and its own labels cost more than the reference, in the true world. */
async function gapOf(solver, { points, clusters, autonomy, reference }, options, seed) {
  const world = { simulate: autonomy, seed: seed + 1000 };
  const result = await solver.learn(points, { clusters, seed, ...options, world });
  const distortion = solver.distortion(points, result.centers, autonomy, { labels: result.labels });
  return { gap: 100 * (distortion / reference - 1), method: result.method };
}

/** The worst over seeds, and the methods that the solutions are from. */
async function worstGap(solver, world, options, seeds) {
  const runs = [];
  for (const seed of seeds) runs.push(await gapOf(solver, world, options, seed));
  return { gap: Math.max(...runs.map(({ gap }) => gap)), methods: runs.map(({ method }) => method) };
}

async function worlds({ solver, folder, seeds }) {
  heading(
    `Worlds with a fixed table: gap to the known-model annealer, percent, own labels, worst of seeds ${seeds.join(", ")}`,
  );
  const columns = [
    { title: "counts 5k", method: "counts", interactions: 5_000 },
    { title: "50k", method: "counts", interactions: 50_000, target: 3 },
    { title: "500k", method: "counts", interactions: 500_000, target: 0.5 },
    { title: "groups unknown 50k", method: "counts", interactions: 50_000, target: 3, hide: true },
    { title: "500k", method: "counts", interactions: 500_000, target: 0.5, hide: true },
    { title: "auto 50k", method: "auto", interactions: 50_000, target: 3, hide: true },
    { title: "qlearning 500k", method: "qlearning", interactions: 500_000 },
    { title: "2M", method: "qlearning", interactions: 2_000_000 },
    { title: "5M", method: "qlearning", interactions: 5_000_000, target: 3 },
  ];
  const worst = columns.map(() => 0);
  const rows = [];
  for (const world of fixedWorlds(folder)) {
    const known = solver.anneal(world.points, { clusters: world.clusters, autonomy: world.autonomy });
    const ignored = solver.compareIgnored(world.points, known).excessPercent;
    const cells = [];
    for (const [index, { method, interactions, hide }] of columns.entries()) {
      const groups = hide || method === "qlearning" ? undefined : world.autonomy.groups;
      const options = { method, interactions, ...(groups && { groups }) };
      const { gap } = await worstGap(solver, { ...world, reference: known.distortion }, options, seeds);
      worst[index] = Math.max(worst[index], gap);
      cells.push(percent(gap));
    }
    rows.push([world.name, percent(ignored), ...cells]);
  }
  rows.push(["worst", "", ...worst.map(percent)]);
  rows.push([
    "target",
    "",
    ...columns.map(({ target }, index) => (target ? `${target} ${verdict(worst[index] <= target)}` : "")),
  ]);
  table(["world", "autonomy ignored", ...columns.map(({ title }) => title)], rows);
}

async function scenarios({ solver, points, chosen, seeds }) {
  heading(
    `Table 1's scenarios (autonomy follows the centers): gap to the best known, percent, own labels, worst of seeds ${seeds.join(", ")}`,
  );
  const columns = [
    { title: "parametric 5k", method: "parametric", interactions: 5_000 },
    { title: "50k", method: "parametric", interactions: 50_000, target: 0.2 },
    { title: "auto 50k", method: "auto", interactions: 50_000, target: 0.2 },
    { title: "counts, half forgotten 50k", method: "counts", interactions: 50_000, forgetting: 0.5 },
    { title: "qlearning 5M", method: "qlearning", interactions: 5_000_000 },
  ];
  const worst = columns.map(() => 0);
  const rows = [];
  let found = 0;
  for (const { name, autonomy, distortion_best_known: reference } of chosen) {
    const cells = [];
    for (const [index, { title, target, ...options }] of columns.entries()) {
      const { gap, methods } = await worstGap(solver, { points, clusters: 4, autonomy, reference }, options, seeds);
      worst[index] = Math.max(worst[index], gap);
      if (options.method === "auto" && methods.every((method) => method === "parametric")) found++;
      cells.push(percent(gap));
    }
    rows.push([name, ...cells]);
  }
  rows.push(["worst", ...worst.map(percent)]);
  rows.push([
    "target",
    ...columns.map(({ target }, index) => (target ? `${target} ${verdict(worst[index] <= target)}` : "")),
  ]);
  table(["kappa gamma T", ...columns.map(({ title }) => title)], rows);
  console.log(`auto ended with parametric in ${found} of ${chosen.length}`);
}

async function shuffle({ solver, folder, seeds: [seed] }) {
  heading("Row order: gap in percent, rows as they stand and shuffled twice");
  const world = fixedWorlds(folder)[1];
  const reference = solver.anneal(world.points, { clusters: 4, autonomy: world.autonomy }).distortion;
  const rows = [];
  for (const [method, interactions] of [
    ["auto", 50_000],
    ["qlearning", 5_000_000],
  ]) {
    const cells = [];
    for (const order of [0, 1, 2]) {
      const random = generator(order);
      const keyed = world.points.map((x) => ({ x, key: order === 0 ? 0 : random() })).sort((a, b) => a.key - b.key);
      const points = keyed.map(({ x }) => x);
      cells.push(percent((await gapOf(solver, { ...world, points, reference }, { method, interactions }, seed)).gap));
    }
    rows.push([method, ...cells]);
  }
  table(["method", "as they stand", "shuffled", "again"], rows);
}

/** Coverage, and standard errors against the spread over logs, of the three parameters that data can tell. */
function fit({ solver, points, chosen, trials, rows: length }) {
  heading(
    `fitAutonomy on ${length} rows, ${trials} logs a scenario: mean error / spread, and coverage of the 95% interval, percent`,
  );
  const names = ["kappa", "centerRate", "entityRate"];
  const covered = Object.fromEntries([...names, "temperature"].map((name) => [name, 0]));
  const ratios = [];
  let right = 0;
  const rows = chosen.map((scenario) => {
    const { kappa, zeta, gamma, temperature } = scenario;
    const truth = { kappa, centerRate: zeta / temperature, entityRate: gamma / temperature, temperature };
    const fits = Array.from({ length: trials }, (_, trial) => {
      const { models, recommended } = solver.fitAutonomy(jitteredLog(solver, points, scenario, length, trial), {
        points,
      });
      if (recommended === "softmax") right++;
      return models.find(({ name }) => name === "softmax").parameters;
    });
    const within = (name) =>
      fits.filter((parameters) => {
        const [low, high] = parameters[name].interval;
        return low <= truth[name] && truth[name] <= high;
      }).length;
    for (const name of Object.keys(covered)) covered[name] += within(name);
    const identified = fits.filter(({ temperature: fitted }) => fitted.identified).length;
    const cells = names.map((name) => {
      const estimates = fits.map((parameters) => parameters[name].estimate);
      const mean = estimates.reduce((a, b) => a + b) / trials;
      const spread = Math.sqrt(estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (trials - 1));
      const error = fits.reduce((sum, parameters) => sum + parameters[name].standardError, 0) / trials;
      // Where T saturates the rates have no spread to speak of: their bounds are what is reported.
      const saturated =
        name !== "kappa" && fits.some(({ centerRate }) => centerRate.interval[1] === Number.POSITIVE_INFINITY);
      if (!saturated) ratios.push(error / spread);
      return `${saturated ? "saturates" : (error / spread).toFixed(2)}, ${((100 * within(name)) / trials).toFixed(0)}`;
    });
    return [
      scenario.name,
      ...cells,
      `${((100 * within("temperature")) / trials).toFixed(0)}`,
      `${identified} of ${trials}`,
    ];
  });
  table(["kappa gamma T", ...names.map((name) => `${name}: ratio, coverage`), "T: coverage", "T identified"], rows);
  const total = trials * chosen.length;
  for (const [name, count] of Object.entries(covered))
    console.log(`coverage of ${name}: ${((100 * count) / total).toFixed(1)}%`);
  const near = ratios.filter((ratio) => Math.abs(ratio - 1) <= 0.2).length;
  const meanRatio = ratios.reduce((a, b) => a + b) / ratios.length;
  console.log(`error / spread: mean ${meanRatio.toFixed(3)}, within 20% in ${near} of ${ratios.length}`);
  console.log(`recommended softmax: ${right} of ${total} logs`);
}

async function speed({ solver, folder }) {
  heading("Speed and memory");
  const [world] = fixedWorlds(folder);
  const options = { clusters: 4, method: "qlearning", world: { simulate: world.autonomy } };
  await solver.learn(world.points, { ...options, interactions: 1_000_000 });
  const best = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  for (let turn = 0; turn < 5; turn++) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await solver.learn(world.points, { ...options, interactions: 5_000_000 });
    const { user, system } = process.cpuUsage(before);
    best.wall = Math.min(best.wall, (performance.now() - started) / 1000);
    best.cpu = Math.min(best.cpu, (user + system) / 1e6);
  }
  const [rate, cpuRate] = [5 / best.wall, 5 / best.cpu];
  console.log(
    `simulated tabular loop, N = 1800, K = 4, best of 5: ${cpuRate.toFixed(2)} million interactions a CPU second, ${rate.toFixed(2)} a second of this machine's clock; target 5 a CPU second ${verdict(cpuRate >= 5)}`,
  );

  const learner = solver.learner(world.points, { clusters: 4, method: "counts", interactions: 200_000, epsilon: 1 });
  const seen = new Set();
  for (let ask = learner.ask(); ask; ask = learner.ask()) {
    const realized = solver.simulate(world.points, ask.centers, world.autonomy, ask);
    ask.entities.forEach((i, n) => {
      seen.add(i * 16 + ask.prescribed[n] * 4 + realized[n]);
    });
    learner.tell(ask.round, { realized });
  }
  console.log(`counts: ${seen.size} triples seen, 12 bytes each in memory; saved state ${learner.save().length} bytes`);
}
