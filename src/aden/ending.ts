import { type Candidate, findCandidates, findResidualCandidates } from "./candidates.js";
import { LearnedField } from "./field.js";
import type { PolishContext } from "./polish.js";
import { sampleOf } from "./problem.js";
import { relocate } from "./relocate.js";
import type { LearnerParts, Training } from "./training.js";

/** Possible ends of a run: the chains, improved and polished on the averaged network. */
export async function findEnds(parts: LearnerParts, { chains, rows }: Training): Promise<Candidate[]> {
  const { runner, architecture, problem, training, recipe, random } = parts;
  const field = new LearnedField(runner, architecture, problem);
  const context = { field, problem, weights: training.average, beta: recipe.betaEnd };
  if (architecture.head === "residual") return findResidualCandidates(context, chains.all(), recipe.polish);
  const improve = (centers: Float64Array) => relocated(context, centers, parts, () => rows.draw(random));
  return findCandidates(context, chains.all(), recipe.polish, recipe.relocations, improve);
}

/** Relocation on a sample of the rows; with two clusters there is nowhere else to go. */
async function relocated(
  context: PolishContext,
  centers: Float64Array,
  { problem, recipe, runner, architecture }: LearnerParts,
  draw: () => number,
): Promise<Float64Array> {
  if (problem.clusters < 3 || recipe.relocate === 0) return centers;
  const sample = sampleOf(problem, recipe.relocateRows, draw);
  const field = new LearnedField(runner, architecture, sample);
  const options = { attempt: recipe.relocateMove, evaluations: recipe.relocate * problem.clusters };
  return relocate({ ...context, field, problem: sample }, centers, options);
}
