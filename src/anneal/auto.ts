import { MODE } from "../core/exports.js";
import { candidate, isHard, type Progress, type Run, type Step } from "./run.js";
import { minimize, type Sweeps, startPlusPlus, sweep } from "./sweeps.js";

/*
 * The schedule without knobs. Distinct centers grow from the closed-form first split as beta doubles; each
 * beta is solved loosely; once the policy is hard, the centers are polished at beta = infinity and relocated.
 */

/** A split is made when beta passes its critical value by this factor, so that the halves can part. */
const JUMP = 1.3;
const GROWTH = 2;
/** Betas above this many times Rose's critical beta (no autonomy) are never started from. */
const START_CAP = 20;
/** The policy is hard when D exceeds F by less than this share of D. */
const HARD = 1e-2;
const MAX_STEPS = 400;
const POLISH = { tolerance: 1e-10, maxIterations: 100 };
/** `effort: "high"`: k-means++ starts, how far each is solved, how many of all are relocated. */
const STARTS = 8;
const START_SOLVE = { tolerance: 1e-4, maxIterations: 15 };
const KEEP = 3;
/** Above this kappa overriding is the rule, and pairs of centers are tried. */
const MOSTLY_WAYWARD = 0.5;
const TWIN_STARTS = 3;
const TWIN_SOLVE = { tolerance: 1e-3, maxIterations: 10 };
/** How far the centers of a pair start from each other, in standard deviations. */
const APART = 1e-3;
/** Starting amplitude of copies that cannot be lumped, in standard deviations. */
const SPREAD = 0.3;

/** Identical centers may be lumped: nothing tells them apart. */
export function isLumpable({ problem }: Run): boolean {
  const { autonomy } = problem;
  return (
    autonomy.kind === "none" || autonomy.kind === "softmax" || (autonomy.kind === "table" && autonomy.kappa !== null)
  );
}

/** The coincident start, recorded just below the first critical beta. */
export const start: Step = function* (run) {
  const { problem, progress } = run;
  const first = problem.get("firstBeta");
  const cap = START_CAP / (2 * problem.get("spread"));
  progress.nextBeta = first > 0 ? Math.min(JUMP * first, cap) : cap;
  progress.beta = progress.nextBeta / JUMP;
  progress.predicted = first;
  problem.core.run((x) => x.startLumped(problem.pointer));
  yield* sweep(MODE.soft, progress.beta);
  progress.phase = "anneal";
};

/** One beta: split, solve, merge; then the next beta, or the polish. */
export const anneal: Step = function* (run) {
  const { problem, progress, settings } = run;
  const { core, pointer } = problem;
  const beta = progress.nextBeta;
  if (isLumpable(run)) core.run((x) => x.splitGroups(pointer, beta));
  else if (run.steps.length === 1) {
    core.run((x) => x.firstCriticalBeta(pointer)); // leaves the direction of the first split
    core.run((x) => x.startSpread(pointer, SPREAD));
  }
  yield* minimize(problem, beta, settings);
  progress.beta = beta;
  if (isLumpable(run) && core.run((x) => x.mergeGroups(pointer)) > 0) yield* sweep(MODE.soft, beta);
  progress.nextBeta = GROWTH * beta;
  progress.predicted = null;
  if (problem.active < settings.clusters) {
    yield* sweep(MODE.softMoments, beta);
    const critical = core.run((x) => x.groupCriticalBetas(pointer));
    progress.predicted = critical;
    if (JUMP * critical < progress.nextBeta) progress.nextBeta = Math.max(JUMP * critical, 1.01 * beta);
  }
  if (isHard(problem, HARD) || run.steps.length >= MAX_STEPS) {
    core.run((x) => x.expandGroups(pointer));
    progress.phase = "polish";
  }
};

/** The minimum of D next to where annealing ended. */
export const polish: Step = function* (run) {
  const { problem, progress, settings } = run;
  yield* minimize(problem, Number.POSITIVE_INFINITY, POLISH);
  progress.candidates = [candidate(problem)];
  const { autonomy } = problem;
  const wayward = autonomy.kind === "softmax" && autonomy.kappa > MOSTLY_WAYWARD && settings.clusters >= 4;
  progress.phase = wayward ? "twins" : afterTwins(run);
};

/** Is there more to choose from than what annealing found? */
function afterTwins(run: Run): Progress["phase"] {
  return run.settings.effort === "high" || !isLumpable(run) ? "restart" : "relocate";
}

/**
 * Where most prescriptions are overridden, the best centers often come in pairs, which annealing and single
 * moves may miss: half as many centers, drawn by k-means++ and solved as lumped pairs, then set free.
 */
export const twins: Step = function* (run) {
  const { problem, progress, settings } = run;
  const { clusters } = settings;
  let [best] = progress.candidates;
  for (let start = 0; start < TWIN_STARTS; start++) {
    const pairs = Math.ceil(clusters / 2);
    yield* startPlusPlus(problem, pairs);
    problem.multiplicities.fill(2);
    if (clusters % 2 === 1) problem.multiplicities[0] = 1;
    yield* minimize(problem, Number.POSITIVE_INFINITY, TWIN_SOLVE);
    problem.setCenters(problem.copies());
    problem.core.run((x) => x.perturb(problem.pointer, APART));
    yield* minimize(problem, Number.POSITIVE_INFINITY, TWIN_SOLVE);
    if (problem.get("hardDistortion") < best.distortion) best = candidate(problem);
  }
  progress.candidates = [best];
  problem.setCenters(best.centers);
  yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  progress.phase = afterTwins(run);
};

/** One more solution to choose from: k-means++, solved roughly. */
export const restart: Step = function* (run) {
  const { problem, progress } = run;
  yield* startPlusPlus(problem, run.settings.clusters);
  yield* minimize(problem, Number.POSITIVE_INFINITY, START_SOLVE);
  progress.candidates.push(candidate(problem));
  progress.starts++;
  if (progress.starts < STARTS) return;
  const byDistortion = progress.candidates.sort((a, b) => a.distortion - b.distortion);
  progress.candidates = byDistortion.slice(0, run.settings.effort === "high" ? KEEP : 1);
  problem.setCenters(progress.candidates[0].centers);
  yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  progress.phase = problem.autonomy.kind === "table" ? "swap" : "relocate";
};

/** The last polish of one candidate; then the next candidate, or the end with the best of them. */
export const finish: Step = function* (run) {
  const { problem, progress } = run;
  yield* minimize(problem, Number.POSITIVE_INFINITY, POLISH);
  const solution = candidate(problem);
  if (progress.best === null || solution.distortion < progress.best.distortion) progress.best = solution;
  progress.candidates.shift();
  const next = progress.candidates[0];
  problem.setCenters(next ? next.centers : progress.best.centers);
  yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  if (!next) {
    progress.phase = "done";
    progress.stopped = "hard";
  } else progress.phase = problem.autonomy.kind === "table" && !isLumpable(run) ? "swap" : "relocate";
};

/** One center, or points that are all the same: the mean is the answer. */
export function* trivial(run: Run): Sweeps<void> {
  const { problem, progress, settings } = run;
  problem.setCenters(new Float64Array(settings.clusters * problem.dimensions));
  yield* sweep(MODE.hard, Number.POSITIVE_INFINITY);
  progress.stopped = "trivial";
  progress.beta = problem.varied ? 1 / (2 * problem.get("spread")) : 1;
  progress.phase = "done";
}
