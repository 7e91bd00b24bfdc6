import { realizedCost, type ToldSet } from "./batches.js";
import { assign } from "./field.js";
import { type PolishContext, polishExact, polishFixedPoint } from "./polish.js";
import type { Problem } from "./problem.js";

/** A possible end of the run: centers, what the network says of them, and what fresh asks said. */
export interface Candidate {
  /** `fixedPoint`: by eq. 2; `exact`: by the exact gradient of the learned free energy. */
  polish: "fixedPoint" | "exact";
  centers: Float64Array;
  /** Learned distances, N x K, their labels and distortion. */
  distances: Float32Array;
  labels: Int32Array;
  distortion: number;
  /** Over fresh asks at the labels: how many, sum and sum of squares of (mean cost - learned distance). */
  count: number;
  excess: number;
  squares: number;
}

/** A possible end as the result reports it, in squared data units. */
export interface CandidateReport {
  polish: Candidate["polish"];
  /** Distortion as the network has it. */
  learned: number;
  /** Distortion as fresh asks have it, and its standard error; null if the candidates were one. */
  observed: number | null;
  standardError: number | null;
}

/** How many standard errors make a contradiction. */
const SIGNIFICANT = 3;
/** Share of the distortion by which an end that misleads is off. */
const MATERIAL = 0.03;
/** Candidates nearer than this (in the network's units) are one. */
const SAME = 1e-3;

/**
 * Both polishes of the best chain. The exact one reaches the better centers where the network is
 * right, but it can also follow an error of the network in how p changes with Y; eq. 2 cannot.
 */
export async function findCandidates(
  context: PolishContext,
  chains: readonly Float64Array[],
  iterations: number,
  improvements: number,
  improve: (centers: Float64Array) => Promise<Float64Array>,
): Promise<Candidate[]> {
  let start = await bestOf(context, chains);
  for (let round = 0; round < improvements; round++) {
    const improved = await judge(context, await improve(start.centers), "exact");
    if (improved.distortion < start.distortion) start = improved;
  }
  const exact = await judge(context, (await polishExact(context, start.centers, iterations)).centers, "exact");
  const followed = await polishFixedPoint(context, start.centers, iterations);
  const fixedPoint = await judge(context, followed, "fixedPoint");
  const apart = exact.centers.some((value, index) => Math.abs(value - fixedPoint.centers[index]) > SAME);
  return apart ? [fixedPoint, exact] : [exact];
}

/**
 * The ends of a residual head: every chain, polished. It has no p, hence no eq. 2, and where it errs
 * it errs much: a chain that looks best may be one that the network is wrong about.
 */
export async function findResidualCandidates(
  context: PolishContext,
  chains: readonly Float64Array[],
  iterations: number,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const centers of chains) {
    candidates.push(await judge(context, (await polishExact(context, centers, iterations)).centers, "exact"));
  }
  return candidates;
}

/** The chain with the lowest learned distortion. */
export async function bestOf(context: JudgeContext, chains: readonly Float64Array[]): Promise<Candidate> {
  let best = await judge(context, chains[0], "fixedPoint");
  for (const centers of chains.slice(1)) {
    const chain = await judge(context, centers, "fixedPoint");
    if (chain.distortion < best.distortion) best = chain;
  }
  return best;
}

type JudgeContext = Pick<PolishContext, "field" | "problem" | "weights">;

/** What the network says of some centers. */
export async function judge(
  { field, problem, weights }: JudgeContext,
  centers: Float64Array,
  polish: Candidate["polish"],
): Promise<Candidate> {
  const distances = await field.distances(weights, centers);
  const assigned = assign(distances, problem.rho, problem.clusters);
  return { polish, centers, distances, ...assigned, count: 0, excess: 0, squares: 0 };
}

/** With one cluster there is nothing to learn: the mean, which is the origin of the points' own units. */
export function onlyCandidate({ points, rho, rows, dimensions }: Problem): Candidate {
  let distortion = 0;
  points.forEach((value, index) => {
    distortion += rho[Math.floor(index / dimensions)] * value ** 2;
  });
  const centers = new Float64Array(dimensions);
  const distances = new Float32Array(rows);
  const labels = new Int32Array(rows);
  return { polish: "fixedPoint", centers, distances, labels, distortion, count: 0, excess: 0, squares: 0 };
}

/** Adds what a told set says about a candidate: asked at its own centers and labels. */
export function addEvidence(candidate: Candidate, told: ToldSet, problem: Problem): void {
  const { clusters } = problem;
  const observed = told.target.length > told.entities.length;
  told.entities.forEach((entity, row) => {
    const cost = observed ? realizedCost(told, row, problem) : told.target[row];
    const excess = cost - candidate.distances[entity * clusters + told.prescribed[row]];
    candidate.count++;
    candidate.excess += excess;
    candidate.squares += excess ** 2;
  });
}

/**
 * The lowest learned distortion wins, unless fresh asks contradict the network at one of the
 * candidates: then an end of eq. 2 wins, unless the costs told at another one are lower beyond chance.
 */
export function chooseCandidate(candidates: readonly Candidate[]): Candidate {
  if (!candidates.some(isContradicted)) return lowest(candidates, ({ distortion }) => distortion);
  const observed = (candidate: Candidate) => candidate.distortion + meanExcess(candidate);
  const cautious = candidates.filter(({ polish }) => polish === "fixedPoint");
  const safe = lowest(cautious.length > 0 ? cautious : candidates, observed);
  const best = lowest(candidates, observed);
  const chance = Math.sqrt(errorOf(safe) + errorOf(best));
  return observed(safe) - observed(best) > chance ? best : safe;
}

function lowest(candidates: readonly Candidate[], value: (candidate: Candidate) => number): Candidate {
  return candidates.reduce((best, other) => (value(other) < value(best) ? other : best));
}

/** Whether fresh asks cost more or less than the network says, beyond chance. */
function isContradicted(candidate: Candidate): boolean {
  return Math.abs(meanExcess(candidate)) > SIGNIFICANT * Math.sqrt(errorOf(candidate));
}

/** Whether the contradiction is large enough that more training is worth its interactions. */
export function isMisleading(candidate: Candidate): boolean {
  return isContradicted(candidate) && Math.abs(meanExcess(candidate)) > MATERIAL * candidate.distortion;
}

function meanExcess({ count, excess }: Candidate): number {
  return count === 0 ? 0 : excess / count;
}

/** Squared standard error of the mean excess. */
function errorOf(candidate: Candidate): number {
  if (candidate.count < 2) return Infinity;
  const mean = meanExcess(candidate);
  return (candidate.squares / candidate.count - mean ** 2) / (candidate.count - 1);
}

/** A candidate as the result reports it: out of the network's units, by the square of their scale. */
export function report(candidate: Candidate, squaredScale: number): CandidateReport {
  const { polish, distortion, count } = candidate;
  return {
    polish,
    learned: distortion * squaredScale,
    observed: count === 0 ? null : (distortion + meanExcess(candidate)) * squaredScale,
    standardError: count === 0 ? null : Math.sqrt(errorOf(candidate)) * squaredScale,
  };
}
