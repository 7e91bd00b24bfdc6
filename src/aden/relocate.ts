import { assign } from "./field.js";
import { type PolishContext, polishExact } from "./polish.js";
import type { Problem } from "./problem.js";

/** Take center `from` away from its points and set it beside center `to`: y_to - shift and y_to + shift. */
export interface Move {
  from: number;
  to: number;
  shift: Float64Array;
  /** Estimated fall of the distortion; for ranking only. */
  gain: number;
}

export interface RelocateOptions {
  /** Evaluations of the learned free energy per attempt, and in all. */
  attempt: number;
  evaluations: number;
}

/** A fall of the free energy below this share is noise of the network. */
const WORTHWHILE = 1e-3;

/**
 * Escapes local minima of the centers on the learned free energy: moves the center that is missed
 * least to the region that gains most from a second one, lets both settle, and keeps what falls.
 */
export async function relocate(
  context: PolishContext,
  start: Float64Array,
  { attempt, evaluations }: RelocateOptions,
): Promise<Float64Array> {
  const { problem, field, weights } = context;
  let settled = await polishExact(context, start, attempt);
  let used = settled.evaluations;
  const patience = Math.max(4, problem.clusters);
  for (let fails = 0, moves: Move[] | null = null; fails < patience && used < evaluations; ) {
    moves ??= rankMoves(problem, await field.distances(weights, settled.centers));
    const move = moves.shift();
    if (!move) break;
    const tried = await polishExact(context, moved(settled.centers, move, problem.dimensions), attempt);
    used += tried.evaluations;
    if (tried.energy < settled.energy - WORTHWHILE * Math.abs(settled.energy)) {
      settled = tried;
      moves = null;
      fails = 0;
    } else {
      fails++;
    }
  }
  return settled.centers;
}

function moved(centers: Float64Array, { from, to, shift }: Move, dimensions: number): Float64Array {
  const next = centers.slice();
  for (let column = 0; column < dimensions; column++) {
    next[from * dimensions + column] = centers[to * dimensions + column] + shift[column];
    next[to * dimensions + column] = centers[to * dimensions + column] - shift[column];
  }
  return next;
}

/** Moves with a positive estimated gain, best first; each center at most twice at either end. */
export function rankMoves(problem: Problem, distances: ArrayLike<number>): Move[] {
  const { clusters, rho } = problem;
  const { labels } = assign(distances, rho, clusters);
  const losses = lossWithout(distances, labels, problem);
  const cuts = Array.from({ length: clusters }, (_, k) => bestCut(problem, labels, k));
  const moves: Move[] = [];
  for (let from = 0; from < clusters; from++) {
    for (let to = 0; to < clusters; to++) {
      const gain = cuts[to].gain - losses[from];
      if (from !== to && cuts[to].gain > 0) moves.push({ from, to, shift: cuts[to].shift, gain });
    }
  }
  moves.sort((a, b) => b.gain - a.gain);
  const { distortion } = assign(distances, rho, clusters);
  const leaving = new Int32Array(clusters);
  const arriving = new Int32Array(clusters);
  return moves.filter(({ from, to, gain }) => gain > -0.5 * distortion && leaving[from]++ < 2 && arriving[to]++ < 2);
}

/** How much the distortion rises when each center goes and its points take their second best. */
function lossWithout(distances: ArrayLike<number>, labels: Int32Array, { rho, clusters }: Problem): Float64Array {
  const losses = new Float64Array(clusters);
  labels.forEach((label, row) => {
    let second = Number.POSITIVE_INFINITY;
    for (let j = 0; j < clusters; j++) {
      if (j !== label) second = Math.min(second, distances[row * clusters + j]);
    }
    losses[label] += rho[row] * (second - distances[row * clusters + label]);
  });
  return losses;
}

/** The cut of one region across its main axis: half the vector between the parts' means, and what obedient points gain. */
function bestCut({ points, rho, dimensions }: Problem, labels: Int32Array, k: number) {
  const rows: number[] = [];
  labels.forEach((label, row) => {
    if (label === k) rows.push(row);
  });
  const meanOf = (members: readonly number[]) => {
    const mean = new Float64Array(dimensions);
    let mass = 0;
    for (const row of members) {
      mass += rho[row];
      for (let column = 0; column < dimensions; column++) mean[column] += rho[row] * points[row * dimensions + column];
    }
    return { mass, mean: mean.map((value) => value / mass) };
  };
  const nothing = { gain: 0, shift: new Float64Array(dimensions) };
  if (rows.length < 2) return nothing;
  const { mean } = meanOf(rows);
  const offset = (row: number) => mean.map((value, column) => points[row * dimensions + column] - value);
  const axis = mainAxis(rows.map(offset));
  const side = (row: number) => offset(row).reduce((total, value, column) => total + value * axis[column], 0) > 0;
  const left = rows.filter((row) => !side(row));
  const right = rows.filter(side);
  if (left.length === 0 || right.length === 0) return nothing;
  const [low, high] = [meanOf(left), meanOf(right)];
  const between = high.mean.map((value, column) => value - low.mean[column]);
  const squared = between.reduce((total, value) => total + value ** 2, 0);
  return {
    gain: ((low.mass * high.mass) / (low.mass + high.mass)) * squared,
    shift: between.map((value) => value / 2),
  };
}

/** The direction of largest variance of centered vectors, by power iteration. */
function mainAxis(vectors: readonly Float64Array[]): Float64Array {
  const dimensions = vectors[0].length;
  let axis = vectors.reduce((longest, v) => (dot(v, v) > dot(longest, longest) ? v : longest));
  for (let iteration = 0; iteration < 12; iteration++) {
    const next = new Float64Array(dimensions);
    for (const v of vectors) {
      const along = dot(v, axis);
      for (let column = 0; column < dimensions; column++) next[column] += along * v[column];
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) break;
    axis = next.map((value) => value / length);
  }
  return axis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += a[index] * b[index];
  return total;
}
