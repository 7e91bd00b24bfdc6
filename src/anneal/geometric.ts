import { expectInput } from "../errors.js";
import { isHard, type Run, type Step } from "./run.js";
import { minimize } from "./sweeps.js";

/*
 * The paper's schedule (algorithms 1 and 3): beta grows by a fixed factor; before each beta the centers are
 * perturbed a little, so that they can leave a saddle, and never after the last.
 */

/** First beta, as a share of the first critical one. */
const BELOW_CRITICAL = 0.9;
/**
 * Perturbation, in standard deviations of the data: large enough against the tolerance that a saddle is left
 * within one beta, and small enough that centers which belong together fall together again.
 */
const NOISE = 1e-3;
/** Without `betaEnd`: until D exceeds F by less than this share of D. */
const HARD = 1e-3;
const MAX_STEPS = 10_000;
/** Scaled; far beyond any policy that is not yet hard, and its square is a number. */
const MOST_BETA = 1e150;

export const geometricStart = function* (run: Run) {
  const { problem, progress, settings } = run;
  const unit = problem.squaredScale;
  const rose = 1 / (2 * problem.get("spread"));
  const first = problem.get("firstBeta");
  const sensible = first > 0 && first < Number.POSITIVE_INFINITY ? Math.min(first, 20 * rose) : rose;
  progress.nextBeta = settings.betaStart === null ? BELOW_CRITICAL * sensible : settings.betaStart * unit;
  progress.predicted = first;
  const largest = Math.max(progress.nextBeta, (settings.betaEnd ?? 0) * unit);
  expectInput(
    largest < MOST_BETA,
    () => `betaStart and betaEnd: ${largest / unit}, expected below ${MOST_BETA / unit}`,
  );
  const { initialCenters, clusters } = settings;
  problem.setCenters(initialCenters ? problem.scaled(initialCenters) : new Float64Array(clusters * problem.dimensions));
  progress.distinct = 1;
  progress.phase = "anneal";
  yield* geometricStep(run);
} satisfies Step;

export const geometricStep = function* (run: Run) {
  const { problem, progress, settings } = run;
  const beta = progress.nextBeta;
  problem.core.run((x) => x.perturb(problem.pointer, NOISE));
  yield* minimize(problem, beta, settings);
  progress.beta = beta;
  progress.nextBeta = beta * settings.betaGrowth;
  const end = settings.betaEnd === null ? null : settings.betaEnd * problem.squaredScale;
  progress.predicted = null;
  if (end === null ? isHard(problem, HARD) : progress.nextBeta > end * (1 + 1e-12)) {
    progress.stopped = end === null ? "hard" : "betaEnd";
    progress.phase = "done";
  }
  if (run.steps.length + 1 >= MAX_STEPS) progress.phase = "done";
} satisfies Step;
