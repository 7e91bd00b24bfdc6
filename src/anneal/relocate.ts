import { MODE } from "../core/exports.js";
import type { Problem } from "./problem.js";
import type { Step } from "./run.js";
import { minimize, type Sweeps, sweep } from "./sweeps.js";

/** A relative fall of D by this much is worth a move. */
const WORTH = 1e-6;
/** Pairs that promise to raise D by more than this share of it are not tried. */
const HOPELESS = 0.5;
/** Each center is taken, and each region split, at most this often in one list. */
const PER_CENTER = 2;
const TRY = { tolerance: 1e-6, maxIterations: 20 };

/** A move to try: the centers it starts from, and what it promises to take off D. */
interface Move {
  kind: "center" | "unit";
  score: number;
  /** Identity of what is taken and what is split, for `PER_CENTER`. */
  taken: string;
  split: string;
  apply: () => void;
}

/** Tries moves, best promise first, until one pays (the step ends there) or enough failed (`finish` is next). */
export const relocate: Step = function* (run) {
  const { problem, progress, settings } = run;
  const before = problem.centers.slice();
  const distortion = problem.get("hardDistortion");
  const moves = yield* rankedMoves(problem);
  const patience = Math.max(4, settings.clusters);
  const used = new Map<string, number>();
  const fails = { center: 0, unit: 0 };
  for (const move of moves) {
    if (move.score < -HOPELESS * distortion) break;
    if (fails[move.kind] >= patience) continue;
    if ((used.get(move.taken) ?? 0) >= PER_CENTER || (used.get(move.split) ?? 0) >= PER_CENTER) continue;
    for (const name of [move.taken, move.split]) used.set(name, (used.get(name) ?? 0) + 1);
    problem.setCenters(before);
    move.apply();
    yield* minimize(problem, Number.POSITIVE_INFINITY, { ...TRY, rival: distortion });
    if (problem.get("hardDistortion") < distortion * (1 - WORTH)) return;
    fails[move.kind]++;
  }
  problem.setCenters(before);
  yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  progress.phase = "finish";
};

function* rankedMoves(problem: Problem): Sweeps<Move[]> {
  const { core, pointer } = problem;
  const moves = centerMoves(problem, yield* scores(problem, 0));
  const units = core.run((x) => x.findUnits(pointer));
  if (units > 1 && units < problem.active) {
    const unitOf = core.i32(problem.integer("unitOf"), problem.active).slice();
    moves.push(...unitMoves(problem, unitOf, units, yield* scores(problem, units)));
  }
  // Sorting is stable, so ties keep the order of the list.
  return moves.sort((a, b) => b.score - a.score);
}

interface Scores {
  removal: Float64Array;
  gains: Float64Array;
  /** Half the way between the two halves of each region. */
  shifts: Float64Array;
  means: Float64Array;
}

/** Two sweeps: moments of each region, then its halves. */
function* scores(problem: Problem, units: number): Sweeps<Scores> {
  const { core, pointer, dimensions } = problem;
  core.run((x) => x.relocationBegin(pointer, units));
  yield* sweep(MODE.hardMoments, Number.POSITIVE_INFINITY);
  core.run((x) => x.relocationAxes(pointer));
  yield* sweep(MODE.hardCut, Number.POSITIVE_INFINITY);
  core.run((x) => x.relocationScores(pointer));
  const regions = units > 0 ? units : problem.active;
  return {
    removal: problem.array("removal", regions).slice(),
    gains: problem.array("gains", regions).slice(),
    shifts: problem.array("shifts", regions * dimensions).slice(),
    means: problem.array("regionMeans", regions * dimensions).slice(),
  };
}

/** k leaves its place and shares g's region: y_k = y_g + delta, y_g -= delta. */
function centerMoves(problem: Problem, { removal, gains, shifts }: Scores): Move[] {
  const d = problem.dimensions;
  const moves: Move[] = [];
  for (let k = 0; k < problem.active; k++) {
    for (let g = 0; g < problem.active; g++) {
      if (k === g) continue;
      const apply = () => {
        const centers = problem.centers;
        for (let c = 0; c < d; c++) {
          const y = centers[g * d + c];
          centers[k * d + c] = y + shifts[g * d + c];
          centers[g * d + c] = y - shifts[g * d + c];
        }
      };
      moves.push({ kind: "center", score: gains[g] - removal[k], taken: `center ${k}`, split: `region ${g}`, apply });
    }
  }
  return moves;
}

/** A whole unit a of twins moves onto one half of unit b's region, b keeps the other half. */
function unitMoves(problem: Problem, unitOf: Int32Array, units: number, scores: Scores): Move[] {
  const { removal, gains, shifts, means } = scores;
  const d = problem.dimensions;
  const sizes = new Float64Array(units);
  for (const unit of unitOf) sizes[unit]++;
  const moves: Move[] = [];
  for (let a = 0; a < units; a++) {
    for (let b = 0; b < units; b++) {
      if (a === b || (sizes[a] === 1 && sizes[b] === 1)) continue;
      const apply = () => {
        const halfway = (side: number, c: number) => means[b * d + c] + side * shifts[b * d + c];
        moveUnit(problem, unitOf, a, (c) => halfway(1, c));
        moveUnit(problem, unitOf, b, (c) => halfway(-1, c));
      };
      moves.push({ kind: "unit", score: gains[b] - removal[a], taken: `unit ${a}`, split: `unit region ${b}`, apply });
    }
  }
  return moves;
}

/** Moves the members of a unit together, so that their centroid comes to the target. */
function moveUnit(problem: Problem, unitOf: Int32Array, unit: number, target: (column: number) => number): void {
  const { centers, dimensions: d } = problem;
  const members = Array.from(unitOf.keys()).filter((k) => unitOf[k] === unit);
  for (let c = 0; c < d; c++) {
    const centroid = members.reduce((sum, k) => sum + centers[k * d + c], 0) / members.length;
    for (const k of members) centers[k * d + c] += target(c) - centroid;
  }
}

/**
 * Uneven tables: which region carries which label matters. Regions fixed, swaps of two labels that raise
 * sum_k |numerator_k|^2 / mass_k (what D at the best centers falls short of the total variance) need no sweep.
 */
export const swap: Step = function* (run) {
  const { problem, progress } = run;
  const before = problem.centers.slice();
  const distortion = yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  const K = problem.active;
  const width = problem.dimensions + 1;
  const regions = problem.array("sums", 3 + K * width).slice(3);
  const order = bestLabels(regions, problem);
  problem.centers.set(centersOf(order, regions, problem));
  yield* minimize(problem, Number.POSITIVE_INFINITY, TRY);
  if (!(problem.get("hardDistortion") < distortion * (1 - WORTH))) {
    problem.setCenters(before);
    yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
    progress.phase = "relocate";
  }
};

/** Numerators and masses by realized cluster when region order[j] carries label j. */
function realizedSums(order: number[], regions: Float64Array, { autonomy, dimensions, active: K }: Problem) {
  const width = dimensions + 1;
  const sums = new Float64Array(K * width);
  if (autonomy.kind !== "table") return sums;
  for (let j = 0; j < K; j++) {
    for (let k = 0; k < K; k++) {
      const share = autonomy.tables[j * K + k];
      for (let c = 0; c < width; c++) sums[k * width + c] += share * regions[order[j] * width + c];
    }
  }
  return sums;
}

function explained(order: number[], regions: Float64Array, problem: Problem): number {
  const width = problem.dimensions + 1;
  const sums = realizedSums(order, regions, problem);
  let total = 0;
  for (let k = 0; k < problem.active; k++) {
    const mass = sums[k * width + width - 1];
    if (mass <= 0) continue;
    for (let c = 0; c < width - 1; c++) total += sums[k * width + c] ** 2 / mass;
  }
  return total;
}

/** Greedy: the best swap of two labels, until none raises what is explained. */
function bestLabels(regions: Float64Array, problem: Problem): number[] {
  const K = problem.active;
  const order = Array.from({ length: K }, (_, j) => j);
  let best = explained(order, regions, problem);
  for (;;) {
    let pair: [number, number] | null = null;
    for (let i = 0; i < K; i++) {
      for (let j = 0; j < i; j++) {
        [order[i], order[j]] = [order[j], order[i]];
        const value = explained(order, regions, problem);
        [order[i], order[j]] = [order[j], order[i]];
        if (value > best * (1 + 1e-12)) {
          best = value;
          pair = [i, j];
        }
      }
    }
    if (!pair) return order;
    const [i, j] = pair;
    [order[i], order[j]] = [order[j], order[i]];
  }
}

function centersOf(order: number[], regions: Float64Array, problem: Problem): Float64Array {
  const d = problem.dimensions;
  const sums = realizedSums(order, regions, problem);
  return problem.centers.slice().map((y, index) => {
    const row = Math.floor(index / d) * (d + 1);
    const mass = sums[row + d];
    return mass > 0 ? sums[row + (index % d)] / mass : y;
  });
}
