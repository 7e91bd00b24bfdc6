/** The mathematics of AAC section 4, case C1, spelled out: slow, obvious, one loop an index. */
import type { Autonomy } from "../../src/types.js";
import { squaredDistance, transitionTable } from "./annealing.js";

export interface Row {
  entity: number;
  prescribed: number;
  realized: number;
  centers: number[][];
}

/** sum over rows of log p(realized | prescribed, entity) at the centers in force. */
export function logLikelihood(points: number[][], autonomy: Autonomy, rows: Row[]): number {
  return rows.reduce((sum, { entity, prescribed, realized, centers }) => {
    const table = transitionTable({ points, weights: [], autonomy }, entity, centers);
    return sum + Math.log(table[prescribed][realized]);
  }, 0);
}

/** log of the conditional logit of every override: rates may be negative here. */
export function choiceLogLikelihood(points: number[][], rows: Row[], centerRate: number, entityRate: number): number {
  return rows.reduce((sum, { entity, prescribed, realized, centers }) => {
    if (prescribed === realized) return sum;
    const exponents = centers.map(
      (y) => -centerRate * squaredDistance(centers[prescribed], y) - entityRate * squaredDistance(points[entity], y),
    );
    const total = exponents.reduce((all, exponent, k) => all + (k === prescribed ? 0 : Math.exp(exponent)), 0);
    return sum + exponents[realized] - Math.log(total);
  }, 0);
}

/** sum_i rho_i dbar(i, label_i). */
export function distortionOfLabels(
  points: number[][],
  weights: number[],
  autonomy: Autonomy,
  centers: number[][],
  labels: ArrayLike<number>,
): number {
  const total = weights.reduce((a, b) => a + b);
  return points.reduce((sum, x, i) => {
    const row = transitionTable({ points, weights, autonomy }, i, centers)[labels[i]];
    return sum + (weights[i] / total) * row.reduce((mean, p, k) => mean + p * squaredDistance(x, centers[k]), 0);
  }, 0);
}

/** What tabular Q-learning keeps. */
export interface Tabular {
  q: number[][];
  visits: number[][];
  centers: number[][];
  arrivals: number[];
}

/** Eqs. 65 and 66 for one interaction, with Robbins-Monro steps gain / (gain - 1 + n) and gain / (gain + n). */
export function learn(
  state: Tabular,
  x: number[],
  [i, j, k]: [number, number, number],
  gains: { pair: number; center: number },
  moving: boolean,
): void {
  const cost = squaredDistance(x, state.centers[k]);
  const visits = ++state.visits[i][j];
  state.q[i][j] += (gains.pair / (gains.pair - 1 + visits)) * (cost - state.q[i][j]);
  if (!moving) return;
  const arrivals = ++state.arrivals[k];
  const step = gains.center / (gains.center + arrivals);
  state.centers[k] = state.centers[k].map((y, c) => y + step * (x[c] - y));
}

/** How likely an entity's counts (K x K, row-major) make each group: shares that sum to 1. */
export function sharesOf(counts: number[], tables: number[][], weights: number[]): number[] {
  const logs = tables.map((table, g) => {
    return counts.reduce((sum, count, cell) => sum + count * Math.log(table[cell]), Math.log(weights[g]));
  });
  const highest = Math.max(...logs);
  const likelihoods = logs.map((value) => Math.exp(value - highest));
  const total = likelihoods.reduce((a, b) => a + b);
  return likelihoods.map((value) => value / total);
}

/** An entity's table: the mean of the groups' tables by its shares, or of the one that has nearly all. */
export function entityTable(counts: number[], tables: number[][], weights: number[]): number[] {
  const shares = sharesOf(counts, tables, weights);
  const sure = shares.findIndex((share) => share > 0.999);
  if (sure >= 0) return tables[sure];
  return counts.map((_, cell) => shares.reduce((sum, share, g) => sum + share * tables[g][cell], 0));
}

/** Its counts shrunk towards that: (n + concentration mean) / (total + concentration), row by row. */
export function shrunken(counts: number[], mean: number[], concentration: number): number[] {
  if (concentration === Number.POSITIVE_INFINITY) return mean;
  const K = Math.sqrt(counts.length);
  return counts.map((count, cell) => {
    const first = cell - (cell % K);
    const total = counts.slice(first, first + K).reduce((a, b) => a + b);
    return (count + concentration * mean[cell]) / (total + concentration);
  });
}
