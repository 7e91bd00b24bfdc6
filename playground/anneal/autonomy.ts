import type { SoftmaxAutonomy } from "wayward";
import { squaredDistance } from "./lineage.js";

/** p(k | j, x) over k, for showing one entity's chances beside it; docs/model.md has the formula. */
export function chances(
  { kappa, zeta = 1, gamma = 0, temperature }: SoftmaxAutonomy,
  x: ArrayLike<number>,
  centers: readonly number[][],
  j: number,
): number[] {
  if (centers.length === 1) return [1];
  const exponents = centers.map(
    (y) => -(zeta * squaredDistance(centers[j], y) + gamma * squaredDistance(x, y)) / temperature,
  );
  const largest = Math.max(...exponents.filter((_, k) => k !== j));
  const shares = exponents.map((exponent, k) => (k === j ? 0 : Math.exp(exponent - largest)));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share, k) => (k === j ? 1 - kappa : (kappa * share) / total));
}
