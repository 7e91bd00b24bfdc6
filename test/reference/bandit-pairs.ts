/** The pairwise certificate and the sampling made for it, the slow, obvious way. */
import { squared } from "./bandit.js";

export const GRID = [1];
while (GRID[GRID.length - 1] < 1e6) GRID.push(Math.max(GRID.at(-1)! + 1, Math.floor((13 * GRID.at(-1)!) / 10)));

/** Weight of a pair of levels, counted from 1. */
export function levelWeight(i: number, j: number): number {
  const low = Math.min(i, j);
  const gap = Math.abs(i - j);
  const weight = (5 / ((low + 4) * (low + 5))) * (1.5 / ((gap + 1.5) * (gap + 2.5)));
  return i === j ? weight : weight / 2;
}

/** Density of half a chi-squared variable with d degrees of freedom, on a log scale. */
function logDensity(d: number, x: number): number {
  const a = d / 2;
  let logGamma = d % 2 ? Math.log(Math.sqrt(Math.PI)) : 0;
  for (let b = d % 2 ? 0.5 : 1; b < a; b++) logGamma += Math.log(b);
  return (a - 1) * Math.log(x) - x - logGamma;
}

/** log of the chance that it passes x: density times the integral of (1 + s/x)^(a-1) e^-s, by Simpson's rule. */
export function logTail(d: number, x: number): number {
  const length = 40 + 2 * d;
  const steps = 2 * Math.ceil(length / 0.025);
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const s = (length * i) / steps;
    const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2;
    sum += weight * Math.exp((d / 2 - 1) * Math.log1p(s / x) - s);
  }
  return logDensity(d, x) + Math.log((sum * length) / steps / 3);
}

const tails = new Map<string, number>();

/** The x with log tail = -level, by Newton from the right of it. */
export function halfChiSquared(d: number, level: number): number {
  const key = `${d} ${level}`;
  if (!tails.has(key)) {
    let x = level + d;
    for (let i = 0; i < 30; i++) {
      const tail = logTail(d, x);
      const step = (level + tail) / Math.exp(logDensity(d, x) - tail);
      x = Math.max(x + step, x / 10);
      if (Math.abs(step) < 1e-13 * x) break;
    }
    tails.set(key, x);
  }
  return tails.get(key)!;
}

export interface PairsOptions {
  arms: number;
  dimensions: number;
  clusters: number;
  delta: number;
  maxPulls: number;
}

/** Snapshots of the arms, and the tests between them. */
export class Snapshots {
  readonly sums: number[][];
  readonly counts: number[];
  readonly means: number[][];
  readonly snapshotCounts: number[];
  readonly #equalPairs: number;
  readonly options: PairsOptions;

  constructor(options: PairsOptions) {
    this.options = options;
    const { arms, clusters, dimensions } = options;
    this.counts = new Array<number>(arms).fill(0);
    this.snapshotCounts = new Array<number>(arms).fill(0);
    this.sums = this.counts.map(() => new Array<number>(dimensions).fill(0));
    this.means = this.counts.map(() => []);
    this.#equalPairs = ((arms - clusters + 1) * (arms - clusters)) / 2;
  }

  /** Adds an observation; true if the arm has a new snapshot. */
  add(arm: number, row: number[]): boolean {
    row.forEach((value, q) => {
      this.sums[arm][q] += value;
    });
    this.counts[arm]++;
    if (!GRID.includes(this.counts[arm])) return false;
    this.snapshotCounts[arm] = this.counts[arm];
    this.means[arm] = this.sums[arm].map((value) => value / this.counts[arm]);
    return true;
  }

  statistic(a: number, b: number): number {
    const [na, nb] = [this.snapshotCounts[a], this.snapshotCounts[b]];
    return ((0.5 * (na * nb)) / (na + nb)) * squared(this.means[a], this.means[b]);
  }

  threshold(a: number, b: number): number {
    const level = (arm: number) => GRID.indexOf(this.snapshotCounts[arm]) + 1;
    const share = (this.options.delta * levelWeight(level(a), level(b))) / this.#equalPairs;
    return halfChiSquared(this.options.dimensions, -Math.log(share));
  }

  ratio(a: number, b: number): number {
    return this.statistic(a, b) / this.threshold(a, b);
  }

  /** G at which a pair is believed to differ. */
  get believed(): number {
    return halfChiSquared(this.options.dimensions, 3 + Math.log(this.#equalPairs));
  }

  /** Farthest-first from the most sampled arm. */
  representatives(): number[] {
    const { arms, clusters } = this.options;
    const chosen = [this.snapshotCounts.indexOf(Math.max(...this.snapshotCounts))];
    while (chosen.length < clusters) {
      let best = -1;
      let farthest = -1;
      for (let arm = 0; arm < arms; arm++) {
        if (chosen.includes(arm)) continue;
        const nearest = Math.min(...chosen.map((other) => this.statistic(arm, other)));
        if (nearest > farthest) [farthest, best] = [nearest, arm];
      }
      chosen.push(best);
    }
    return chosen;
  }

  /** The certificate for samples chosen by anyone: labels and the smallest ratio among the tests needed. */
  certificate(): { statistic: number; labels: number[] } {
    const chosen = this.representatives();
    let statistic = Number.POSITIVE_INFINITY;
    for (const a of chosen) for (const b of chosen) if (a < b) statistic = Math.min(statistic, this.ratio(a, b));
    const labels = this.counts.map((_, arm) => {
      if (chosen.includes(arm)) return chosen.indexOf(arm);
      const ratios = chosen.map((other) => this.ratio(arm, other));
      statistic = Math.min(statistic, [...ratios].sort((x, y) => x - y)[1]);
      return ratios.indexOf(Math.min(...ratios));
    });
    return { statistic, labels };
  }
}

/** The representatives mode, one pull a round. */
export function representatives(options: PairsOptions, reward: (arm: number, n: number) => number[]) {
  const { arms, maxPulls } = options;
  const data = new Snapshots(options);
  const { counts } = data;
  const pulled: number[] = [];
  const once = (arm: number) => {
    pulled.push(arm);
    return data.add(arm, reward(arm, counts[arm]));
  };
  /** Up to the next count on the grid; the pulls it took. */
  const pull = (arm: number) => {
    const before = pulled.length;
    while (pulled.length < maxPulls && !once(arm));
    return pulled.length - before;
  };
  for (let arm = 0; arm < arms; arm++) once(arm);
  let [searched, contested] = [0, 0];
  while (pulled.length < maxPulls) {
    const chosen = data.representatives();
    const pairs = chosen.flatMap((a, k) => chosen.slice(0, k).map((b) => ({ a, b, g: data.statistic(a, b) })));
    const lacking = pairs.filter(({ a, b, g }) => g < data.threshold(a, b));
    if (lacking.length === 0) {
      const labels = classify(data, chosen, pull, () => pulled.length < maxPulls);
      if (labels) return { pulled, labels, stopped: true };
      continue;
    }
    const lack = ({ a, b, g }: { a: number; b: number; g: number }) => g - data.threshold(a, b);
    const { a, b } = lacking.reduce((worst, pair) => (lack(pair) < lack(worst) ? pair : worst));
    const sure = pairs.every(({ g }) => g >= data.believed);
    const least = counts.indexOf(Math.min(...counts));
    if (!sure && searched <= contested) searched += pull(least);
    else if (counts[least] <= Math.sqrt(pulled.length) - arms / 2) pull(least);
    else {
      const used = pull(counts[a] <= counts[b] ? a : b);
      if (!sure) contested += used;
    }
  }
  return { pulled, labels: undefined, stopped: false };
}

/** Phase 2; undefined when two representatives are no longer told apart, or the budget is spent. */
function classify(
  data: Snapshots,
  chosen: number[],
  pull: (arm: number) => number,
  running: () => boolean,
): number[] | undefined {
  const left = data.counts.map((_, arm) => new Set(chosen.includes(arm) ? [chosen.indexOf(arm)] : chosen.keys()));
  const test = (arm: number, cluster: number) => {
    if (left[arm].size > 1 && left[arm].has(cluster) && data.ratio(arm, chosen[cluster]) >= 1)
      left[arm].delete(cluster);
  };
  const testAll = (arm: number) => {
    for (const cluster of chosen.keys()) test(arm, cluster);
  };
  for (const arm of left.keys()) testAll(arm);
  let queue = [...left.keys()].filter((arm) => left[arm].size > 1);
  while (queue.length > 0) {
    if (!running()) return undefined;
    const arm = queue[0];
    const byStatistic = [...left[arm]].sort(
      (x, y) => data.statistic(arm, chosen[x]) - data.statistic(arm, chosen[y]) || x - y,
    );
    const rival = byStatistic[1];
    const undecided = queue.filter((other) => left[other].has(rival)).length;
    const [rivalCount, count] = [data.counts[chosen[rival]], data.counts[arm]];
    if (rivalCount ** 2 < Math.max(1, undecided / 2) * count ** 2) {
      pull(chosen[rival]);
      for (const other of chosen) {
        if (other !== chosen[rival] && data.ratio(chosen[rival], other) < 1) return undefined;
      }
      for (const other of queue) test(other, rival);
    } else {
      pull(arm);
      testAll(arm);
      queue.push(queue.shift() as number);
    }
    queue = queue.filter((other) => left[other].size > 1);
  }
  return left.map((set) => [...set][0]);
}
