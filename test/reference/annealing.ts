/** The mathematics of AAC sections 2 and 3, spelled out: slow, obvious, one loop an index. */
import type { Autonomy } from "../../src/types.js";

export interface Reference {
  points: number[][];
  /** rho, summing to 1. */
  weights: number[];
  autonomy: Autonomy;
}

export function squaredDistance(a: number[], b: number[]): number {
  return a.reduce((sum, x, c) => sum + (x - b[c]) ** 2, 0);
}

/** p(k|j,i) as a K x K table for entity i. */
export function transitionTable({ points, autonomy }: Reference, i: number, centers: number[][]): number[][] {
  const K = centers.length;
  const clusters = centers.map((_, k) => k);
  switch (autonomy.kind) {
    case "none":
      return clusters.map((j) => clusters.map((k) => (j === k ? 1 : 0)));
    case "table":
      return autonomy.probabilities as number[][];
    case "groups":
      return (autonomy.probabilities as number[][][])[autonomy.groups[i]];
    case "softmax": {
      const { kappa, zeta = 1, gamma = 0, temperature } = autonomy;
      return clusters.map((j) => {
        if (K === 1) return [1];
        const costs = clusters.map(
          (k) => zeta * squaredDistance(centers[j], centers[k]) + gamma * squaredDistance(points[i], centers[k]),
        );
        const least = Math.min(...costs.filter((_, k) => k !== j));
        const shares = costs.map((cost, k) => (k === j ? 0 : Math.exp(-(cost - least) / temperature)));
        const total = shares.reduce((a, b) => a + b);
        return shares.map((share, k) => (k === j ? 1 - kappa : (kappa * share) / total));
      });
    }
  }
}

export interface Evaluation {
  freeEnergy: number;
  distortion: number;
  hardDistortion: number;
  masses: number[];
  prescribedMasses: number[];
  /** dbar_ij. */
  prices: number[][];
  /** pi(j|i), eq. 1. */
  policy: number[][];
  labels: number[];
  /** Eq. 2's direction: 2 (M y - numerator), p held. */
  fixedPointGradient: number[][];
  /** With dp/dY. */
  gradient: number[][];
}

/** Everything at given centers and beta (Infinity: hard). */
export function evaluate(problem: Reference, centers: number[][], beta: number): Evaluation {
  const { points, weights } = problem;
  const K = centers.length;
  const d = centers[0].length;
  const result: Evaluation = {
    freeEnergy: 0,
    distortion: 0,
    hardDistortion: 0,
    masses: Array(K).fill(0),
    prescribedMasses: Array(K).fill(0),
    prices: [],
    policy: [],
    labels: [],
    fixedPointGradient: centers.map(() => Array(d).fill(0)),
    gradient: centers.map(() => Array(d).fill(0)),
  };
  points.forEach((x, i) => {
    const p = transitionTable(problem, i, centers);
    const distances = centers.map((y) => squaredDistance(x, y));
    const prices = p.map((row) => row.reduce((sum, probability, k) => sum + probability * distances[k], 0));
    const least = Math.min(...prices);
    const label = prices.indexOf(least);
    const raw = prices.map((price, j) =>
      beta === Number.POSITIVE_INFINITY ? Number(j === label) : Math.exp(-beta * (price - least)),
    );
    const Z = raw.reduce((a, b) => a + b);
    const policy = raw.map((value) => value / Z);
    const rho = weights[i];
    result.freeEnergy += rho * (beta === Number.POSITIVE_INFINITY ? least : least - Math.log(Z) / beta);
    result.hardDistortion += rho * least;
    result.prices.push(prices);
    result.policy.push(policy);
    result.labels.push(label);
    policy.forEach((probability, j) => {
      const w = rho * probability;
      result.distortion += w * prices[j];
      result.prescribedMasses[j] += w;
      addDistanceGradient(result, x, centers, w, p[j]);
      if (problem.autonomy.kind === "softmax" && K > 1) addTransitionGradient(result, problem, x, centers, w, j, p[j]);
    });
  });
  return result;
}

function addDistanceGradient(result: Evaluation, x: number[], centers: number[][], w: number, row: number[]): void {
  centers.forEach((y, k) => {
    result.masses[k] += w * row[k];
    y.forEach((coordinate, c) => {
      const part = 2 * w * row[k] * (coordinate - x[c]);
      result.fixedPointGradient[k][c] += part;
      result.gradient[k][c] += part;
    });
  });
}

/** d dbar_ij / d c_k = -(kappa / T) s_k (d_ik - sum_l s_l d_il), c_k = zeta d(y_j, y_k) + gamma d(x_i, y_k). */
function addTransitionGradient(
  result: Evaluation,
  problem: Reference,
  x: number[],
  centers: number[][],
  w: number,
  j: number,
  row: number[],
): void {
  if (problem.autonomy.kind !== "softmax") return;
  const { kappa, zeta = 1, gamma = 0, temperature } = problem.autonomy;
  if (kappa === 0) return;
  const shares = row.map((probability, k) => (k === j ? 0 : probability / kappa));
  const distances = centers.map((y) => squaredDistance(x, y));
  const mean = shares.reduce((sum, share, k) => sum + share * distances[k], 0);
  shares.forEach((share, k) => {
    if (k === j) return;
    const slope = -w * (kappa / temperature) * share * (distances[k] - mean);
    centers[k].forEach((yk, c) => {
      const towardPrescribed = 2 * zeta * slope * (yk - centers[j][c]);
      result.gradient[k][c] += towardPrescribed + 2 * gamma * slope * (yk - x[c]);
      result.gradient[j][c] -= towardPrescribed;
    });
  });
}
