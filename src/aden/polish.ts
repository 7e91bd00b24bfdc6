import type { LearnedField } from "./field.js";
import { minimize } from "./minimize.js";
import { clampToBox, type Problem } from "./problem.js";

/** Below this share of an even mass a center has nothing to follow; it stays where it is. */
const LEAST_MASS = 1e-4;

/** What both polishes work on: the learned field at given weights and beta. */
export interface PolishContext {
  field: LearnedField;
  problem: Problem;
  weights: Float32Array;
  beta: number;
}

/** Eq. 2 on the learned transitions, over all points: y_k becomes the mean of the points that realize it. */
export async function polishFixedPoint(
  { field, problem, weights, beta }: PolishContext,
  start: Float64Array,
  iterations: number,
): Promise<Float64Array> {
  const { dimensions, clusters } = problem;
  let centers = start.slice();
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { gradient, masses } = await field.energy(weights, centers, beta, "fixedPoint");
    const next = centers.map((value, index) => {
      const mass = masses[Math.floor(index / dimensions)];
      return mass > LEAST_MASS / clusters ? value - gradient[index] / (2 * mass) : value;
    });
    clampToBox(next, problem);
    const moved = next.reduce((most, value, index) => Math.max(most, Math.abs(value - centers[index])), 0);
    centers = next;
    if (moved < 1e-4) break;
  }
  return centers;
}

/**
 * L-BFGS on the learned free energy over all points, by its exact gradient. The diagonal start is
 * 1 / (2 mass): for fixed p and labels the Hessian of F is twice the realized masses.
 */
export async function polishExact(
  { field, problem, weights, beta }: PolishContext,
  start: Float64Array,
  evaluations: number,
): Promise<{ centers: Float64Array; energy: number; evaluations: number }> {
  const { dimensions, clusters } = problem;
  const evaluate = async (centers: Float64Array) => {
    const { energy, gradient, masses } = await field.energy(weights, centers, beta, "exact");
    const scale = gradient.map((_, index) => {
      return 1 / (2 * Math.max(masses[Math.floor(index / dimensions)], LEAST_MASS / clusters));
    });
    return { energy, gradient, scale };
  };
  const project = (centers: Float64Array) => clampToBox(centers, problem);
  const end = await minimize(evaluate, start, { evaluations, tolerance: 1e-6, project });
  return { centers: end.x, energy: end.energy, evaluations: end.evaluations };
}
