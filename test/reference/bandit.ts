/**
 * Bandit clustering the slow, obvious way: algorithm 1 and 2 of Yang, Zhong and Tan, their
 * propositions 4.3, 4.5 and 4.6, and the two thresholds. Nothing is kept from one round to the next.
 */

/** Two values of t lambda - N closer than this share of t tie; the lowest index wins. */
const TIE = 1e-9;

export const squared = (a: number[], b: number[]) => a.reduce((sum, x, q) => sum + (x - b[q]) ** 2, 0);

/** Index of the largest value, the lowest on ties. */
export function argmax(values: number[]): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

/** Algorithm 2: Maximin seeds, then Lloyd with weights; empty clusters get the farthest arm of the others. */
export function kmeans(means: number[][], weights: number[], clusters: number, first = 0) {
  const seeds = [first];
  while (seeds.length < clusters) {
    seeds.push(argmax(means.map((mean) => Math.min(...seeds.map((seed) => squared(mean, means[seed]))))));
  }
  let centers = seeds.map((seed) => [...means[seed]]);
  let labels: number[] = [];
  for (let iteration = 0; ; iteration++) {
    const next = means.map((mean) => argmax(centers.map((center) => -squared(mean, center))));
    fillEmpty(next, means, centers);
    if (next.every((label, arm) => label === labels[arm]) || iteration === 10_000) return { labels: next, centers };
    labels = next;
    centers = clusterMeans(labels, means, weights, clusters);
  }
}

function fillEmpty(labels: number[], means: number[][], centers: number[][]) {
  const size = (cluster: number) => labels.filter((label) => label === cluster).length;
  for (let cluster = 0; cluster < centers.length; cluster++) {
    if (size(cluster) > 0) continue;
    labels[argmax(labels.map((label, arm) => (size(label) > 1 ? squared(means[arm], centers[label]) : -1)))] = cluster;
  }
}

export function clusterMeans(labels: number[], means: number[][], weights: number[], clusters: number): number[][] {
  return Array.from({ length: clusters }, (_, cluster) => {
    const members = labels.flatMap((label, arm) => (label === cluster ? [arm] : []));
    const mass = members.reduce((sum, arm) => sum + weights[arm], 0);
    return means[0].map((_, q) => members.reduce((sum, arm) => sum + weights[arm] * means[arm][q], 0) / mass);
  });
}

/** Z2 of proposition 4.3, over all ordered pairs; as printed, k only of clusters with two arms or more. */
export function separation(labels: number[], centers: number[][], weights: number[], asPrinted = false): number {
  let least = Number.POSITIVE_INFINITY;
  const of = (cluster: number) => weights.filter((_, arm) => labels[arm] === cluster);
  for (let k = 0; k < centers.length; k++) {
    for (let j = 0; j < centers.length; j++) {
      if (j === k || (asPrinted && of(k).length < 2)) continue;
      const moved = Math.min(...of(k));
      const met = of(j).reduce((sum, weight) => sum + weight, 0);
      least = Math.min(least, ((moved * met) / (moved + met)) * squared(centers[k], centers[j]));
    }
  }
  return least;
}

/** Z2 by trying every other partition into K nonempty clusters. */
export function separationByForce(labels: number[], centers: number[][], weights: number[]): number {
  const clusters = centers.length;
  let least = Number.POSITIVE_INFINITY;
  const points = labels.map((label) => centers[label]);
  const visit = (partition: number[], used: number) => {
    if (partition.length === labels.length) {
      if (used < clusters || samePartition(partition, labels)) return;
      const means = clusterMeans(partition, points, weights, clusters);
      least = Math.min(
        least,
        points.reduce((sum, point, arm) => sum + weights[arm] * squared(point, means[partition[arm]]), 0),
      );
      return;
    }
    // Growth strings: every partition once.
    for (let label = 0; label <= Math.min(used, clusters - 1); label++) {
      visit([...partition, label], Math.max(used, label + 1));
    }
  };
  visit([], 0);
  return least;
}

/** Equal up to the names of the clusters. */
export function samePartition(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) if ((a[i] === a[j]) !== (b[i] === b[j])) return false;
  }
  return true;
}

/**
 * Propositions 4.5 and 4.6 by a log-barrier method with plain Newton steps: w* and D*.
 * Unknowns u_k = 1 / (D w_k): minimize sum 1/u_k subject to n_k u_k + u_j <= b_kj.
 */
export function hardness(
  labels: number[],
  centers: number[][],
  asPrinted = false,
): { hardness: number; weights: number[] } {
  const K = centers.length;
  const sizes = centers.map((_, cluster) => labels.filter((label) => label === cluster).length);
  const scale = Math.max(...centers.flatMap((a) => centers.map((b) => squared(a, b))));
  const rows: { k: number; j: number; b: number }[] = [];
  for (let k = 0; k < K; k++) {
    for (let j = 0; j < K; j++)
      if (j !== k && (sizes[k] > 1 || !asPrinted)) rows.push({ k, j, b: squared(centers[k], centers[j]) / scale });
  }
  if (Math.min(...rows.map((row) => row.b)) <= 1e-24) {
    return { hardness: Number.POSITIVE_INFINITY, weights: sizes.map((size) => size / labels.length) };
  }
  let u = new Array<number>(K).fill(0.5 * Math.min(...rows.map((row) => row.b / (sizes[row.k] + 1))));
  const objective = (x: number[]) => x.reduce((sum, y) => sum + 1 / y, 0);
  const slack = (x: number[]) => rows.map(({ k, j, b }) => b - sizes[k] * x[k] - x[j]);
  const barrier = (x: number[], t: number) => {
    const s = slack(x);
    if (x.some((y) => y <= 0) || s.some((y) => y <= 0)) return Number.POSITIVE_INFINITY;
    return t * objective(x) - s.reduce((sum, y) => sum + Math.log(y), 0);
  };
  for (let t = rows.length / objective(u); ; t *= 100) {
    for (let iteration = 0; iteration < 60; iteration++) {
      const gradient = u.map((y) => -t / (y * y));
      const hessian = u.map((y, k) => u.map((_, j) => (k === j ? (2 * t) / y ** 3 : 0)));
      slack(u).forEach((s, r) => {
        const { k, j } = rows[r];
        gradient[k] += sizes[k] / s;
        gradient[j] += 1 / s;
        hessian[k][k] += (sizes[k] / s) ** 2;
        hessian[j][j] += 1 / s ** 2;
        hessian[k][j] += sizes[k] / s ** 2;
        hessian[j][k] += sizes[k] / s ** 2;
      });
      const step = solveLinear(hessian, gradient).map((y) => -y);
      const decrement = -step.reduce((sum, y, k) => sum + y * gradient[k], 0);
      if (!(decrement > 1e-12)) break;
      let length = 1;
      const from = barrier(u, t);
      const move = (a: number) => u.map((y, k) => y + a * step[k]);
      while (length > 1e-5 && !(barrier(move(length), t) <= from - 0.2 * length * decrement)) length /= 2;
      if (length <= 1e-5) break;
      u = move(length);
    }
    if (rows.length / t < 1e-12 * objective(u)) break;
  }
  const value = objective(u);
  return { hardness: (2 * value) / scale, weights: u.map((y) => 1 / (value * y)) };
}

/** Gaussian elimination with pivoting. */
export function solveLinear(matrix: number[][], right: number[]): number[] {
  const a = matrix.map((row, index) => [...row, right[index]]);
  const n = right.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column; row < n; row++) if (Math.abs(a[row][column]) > Math.abs(a[pivot][column])) pivot = row;
    [a[column], a[pivot]] = [a[pivot], a[column]];
    for (let row = column + 1; row < n; row++) {
      const factor = a[row][column] / a[column][column];
      for (let c = column; c <= n; c++) a[row][c] -= factor * a[column][c];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    let sum = a[row][n];
    for (let c = row + 1; c < n; c++) sum -= a[row][c] * x[c];
    x[row] = sum / a[row][row];
  }
  return x;
}

const psis = new Map<number, number>();

/** Psi of eq. 8 on a fine grid, refined; remembered, since every pull of a run asks for the same one. */
export function psi(x: number): number {
  if (!psis.has(x)) psis.set(x, minimizePsi(x));
  return psis.get(x)!;
}

function minimizePsi(x: number): number {
  const zeta = (s: number) => {
    let sum = 0;
    for (let n = 1; n < 200; n++) sum += n ** -s;
    return sum + 200 ** (1 - s) / (s - 1) + 0.5 * 200 ** -s + (s / 12) * 200 ** (-s - 1);
  };
  const at = (h: number) => 2 - 2 * Math.log(4 * h) + Math.log(zeta(2 * h)) / h - Math.log(1 - h) / (2 * h) + x / h;
  let low = 0.5 + 1e-6;
  let high = 1 - 1e-12;
  for (let round = 0; round < 6; round++) {
    const step = (high - low) / 100;
    let best = low;
    for (let i = 0; i <= 100; i++) if (at(low + i * step) < at(best)) best = low + i * step;
    [low, high] = [Math.max(0.5 + 1e-6, best - 2 * step), Math.min(1 - 1e-12, best + 2 * step)];
  }
  return at((low + high) / 2);
}

export type Kind = "exact" | "printed" | "heuristic";

/** The threshold of a rule at these counts. */
export function threshold(kind: Kind, delta: number, counts: number[], dimensions: number): number {
  const pulls = counts.reduce((sum, count) => sum + count, 0);
  if (kind === "heuristic") return dimensions * Math.log(1 + Math.log(pulls)) + Math.log(1 / delta);
  const size = counts.length * dimensions;
  return (
    counts.reduce((sum, count) => sum + 2 * dimensions * Math.log(4 + Math.log(count)), 0) +
    size * psi(Math.log(1 / delta) / size)
  );
}

export interface TrackingOptions {
  arms: number;
  dimensions: number;
  clusters: number;
  delta: number;
  allocation: "tracking" | "lazy" | "uniform" | "oracle";
  kind: Kind;
  instance?: { labels: number[]; centers: number[][] };
  refresh?: number;
  first?: number;
  maxPulls: number;
}

/** Algorithm 1 and its siblings, one pull a round. `reward(arm, n)` is the n-th observation of an arm. */
export function track(options: TrackingOptions, reward: (arm: number, n: number) => number[]) {
  const { arms, clusters, allocation, kind, delta, dimensions, maxPulls, refresh = 1.05, first = 0 } = options;
  const counts = new Array<number>(arms).fill(0);
  const sums = counts.map(() => new Array<number>(dimensions).fill(0));
  const pulled: number[] = [];
  const pull = (arm: number) => {
    reward(arm, counts[arm]++).forEach((value, q) => {
      sums[arm][q] += value;
    });
    pulled.push(arm);
  };
  const means = () => sums.map((sum, arm) => sum.map((value) => value / counts[arm]));
  for (let arm = 0; arm < arms; arm++) pull(arm);
  const truth = options.instance && allocation === "oracle" ? options.instance : undefined;
  const known = truth && hardness(truth.labels, truth.centers).weights;
  let partition: { labels: number[]; centers: number[][] } | undefined;
  let weights: number[] = [];
  let nextRefresh = 0;
  while (pulled.length < maxPulls) {
    const t = pulled.length;
    const least = counts.indexOf(Math.min(...counts));
    const forced = allocation !== "uniform" && counts[least] <= Math.max(Math.sqrt(t) - arms / 2, 0);
    if (allocation === "lazy") {
      if (t >= nextRefresh) {
        partition = kmeans(means(), counts, clusters, first);
        weights = hardness(partition.labels, partition.centers, kind === "printed").weights;
        nextRefresh = Math.floor(t * refresh) + 1;
      }
      partition = { labels: partition!.labels, centers: clusterMeans(partition!.labels, means(), counts, clusters) };
    } else if (!forced) {
      partition = kmeans(means(), counts, clusters, first);
      if (allocation === "tracking")
        weights = hardness(partition.labels, partition.centers, kind === "printed").weights;
    }
    let arm: number;
    if (allocation === "uniform") arm = t % arms;
    else if (forced) arm = least;
    else arm = mostLacking(t, counts, truth ? truth.labels : partition!.labels, known ?? weights);
    pull(arm);
    if (!partition) continue;
    const { labels, centers } = partition;
    const z1 = means().reduce((sum, mean, m) => sum + counts[m] * squared(mean, centers[labels[m]]), 0);
    const root = Math.sqrt(separation(labels, centers, counts, kind === "printed")) - Math.sqrt(z1);
    const statistic = root > 0 ? (root * root) / 2 : 0;
    if (statistic >= threshold(kind, delta, counts, dimensions)) return { pulled, labels, statistic, stopped: true };
  }
  return { pulled, labels: partition?.labels, stopped: false };
}

function mostLacking(t: number, counts: number[], labels: number[], weights: number[]): number {
  const lack = counts.map((count, arm) => {
    const size = labels.filter((label) => label === labels[arm]).length;
    return (t * weights[labels[arm]]) / size - count;
  });
  const most = Math.max(...lack);
  return lack.findIndex((value) => value >= most - TIE * t);
}
