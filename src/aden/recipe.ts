import { expectInput, expectOptions } from "../errors.js";
import type { Feedback } from "./graphs.js";
import type { Architecture } from "./parameters.js";

/**
 * How ADEN is trained: rounds, rates and schedules. Lengths are in the network's units (one scale
 * for all coordinates), so nothing here depends on the data's.
 */
export interface Recipe {
  /** Center sets a training batch, and points a set. */
  sets: number;
  rows: number;
  /** Center sets that an ask is new about; the rest of each batch is replayed from earlier asks. */
  freshSets: number;
  /** Training steps an ask. */
  stepsPerAsk: number;
  /** Chains of centers that share the network; each gives sets / chains perturbed center sets a round. */
  chains: number;
  /** Training steps before the centers move, steps in which beta grows and then holds, asks that compare the candidates at the end. */
  warmup: number;
  rounds: number;
  check: number;
  /** Training steps from one step of the centers to the next. */
  centerEvery: number;
  /** Realizations an entry of an ask. */
  realizations: number;
  learningRate: number;
  weightDecay: number;
  /** Share of the last rounds in which beta and sigma hold and the rates fall. */
  hold: number;
  betaStart: number;
  betaEnd: number;
  /** Standard deviation of the centers' perturbation, first and last. */
  sigmaStart: number;
  sigmaEnd: number;
  /** Adam on the centers: rate, and points a chain. */
  centerRate: number;
  centerRows: number;
  /** The network that moves the centers is the exponential average of the trained ones. */
  averaging: number;
  /** Most evaluations over all points of each polish. */
  polish: number;
  /** Relocation of centers: how often, each time on other rows; most evaluations, for each center (0: none) and a move; rows. */
  relocations: number;
  relocate: number;
  relocateMove: number;
  relocateRows: number;
  /** From this share of the growth on, centers follow the exact gradient; before, eq. 2's direction. */
  exactFrom: number;
  /** Most times that training goes on because fresh asks contradict the network at an end, and steps each time. */
  extensions: number;
  extensionRounds: number;
}

const COMMON = {
  sets: 16,
  rows: 32,
  freshSets: 16,
  stepsPerAsk: 1,
  chains: 4,
  learningRate: 2e-3,
  weightDecay: 1e-5,
  hold: 0.3,
  betaStart: 0.3,
  betaEnd: 400,
  sigmaStart: 0.5,
  sigmaEnd: 0.1,
  centerRate: 0.05,
  centerRows: 256,
  averaging: 0.98,
  polish: 16,
  relocations: 1,
  relocate: 8,
  relocateMove: 8,
  relocateRows: 1024,
  extensions: 2,
  extensionRounds: 300,
  exactFrom: 2,
};

const REALIZED: Recipe = { ...COMMON, warmup: 30, rounds: 150, check: 15, centerEvery: 2, realizations: 4 };

/** With few clusters a run takes at most 4 million interactions, the extension included: one long one does more than two short ones. */
const COSTS: Recipe = {
  ...COMMON,
  warmup: 60,
  rounds: 400,
  check: 25,
  centerEvery: 4,
  realizations: 8,
  extensions: 1,
  extensionRounds: 440,
};

/** Up to so many clusters one recipe does; beyond, training is longer in proportion and relocation more thorough. */
const FEW_CLUSTERS = 12;

/**
 * The recipe found by the ablations of docs/aden.md; `high` trains five times as long (realized; twice for costs).
 *
 * With many clusters eq. 2's direction alone leads far from the better centers, and the network would be trained
 * where they are not: the second half of the growth follows the exact gradient. With few, that costs more than
 * it gives, since the gradient follows errors of the network, too.
 *
 * The residual head learns from costs whatever is told, and its centers follow the exact gradient from
 * the start: it has no p to hold constant, and the distances alone say nothing of its deviations. So
 * its slope must be right, which noisy costs teach only where the centers are shaken widely to the end.
 *
 */
export function standardRecipe(
  feedback: Feedback,
  head: Architecture["head"] = "transition",
  effort: "normal" | "high" = "normal",
  clusters = 1,
): Recipe {
  const normal = feedback === "realized" && head === "transition" ? REALIZED : COSTS;
  const recipe = effort === "high" ? { ...normal, warmup: 60, rounds: 800, centerEvery: 8 } : normal;
  if (head === "residual") return { ...recipe, realizations: 16, sigmaEnd: 0.3, exactFrom: 0, extensions: 0 };
  if (clusters <= FEW_CLUSTERS) return recipe;
  const rounds = Math.ceil((recipe.rounds * clusters) / FEW_CLUSTERS);
  return { ...recipe, rounds, exactFrom: 0.5, relocations: 2, relocate: 16, relocateMove: 16 };
}

/**
 * The recipe for a network that knows its world: no warm-up, half the training, in which the centers make
 * as many steps as they would have made.
 */
export function warmRecipe(recipe: Recipe): Recipe {
  const { rounds, centerEvery } = recipe;
  return { ...recipe, warmup: 0, rounds: Math.ceil(rounds / 2), centerEvery: Math.ceil(centerEvery / 2) };
}

/** Integers: batches hold that many, and no array of them may be out of reach. */
const MOST = 2 ** 20;
const AT_LEAST_ONE = [1, MOST] as const;
const AT_LEAST_NONE = [0, MOST] as const;

/** Least and most of every entry: within them no schedule divides by 0 or overflows. */
const BOUNDS: Record<keyof Recipe, readonly [least: number, most: number]> = {
  sets: AT_LEAST_ONE,
  rows: AT_LEAST_ONE,
  rounds: AT_LEAST_ONE,
  freshSets: AT_LEAST_ONE,
  stepsPerAsk: AT_LEAST_ONE,
  chains: AT_LEAST_ONE,
  centerEvery: AT_LEAST_ONE,
  realizations: AT_LEAST_ONE,
  centerRows: AT_LEAST_ONE,
  relocateRows: AT_LEAST_ONE,
  extensionRounds: AT_LEAST_ONE,
  warmup: AT_LEAST_NONE,
  check: AT_LEAST_NONE,
  polish: AT_LEAST_NONE,
  relocations: AT_LEAST_NONE,
  relocate: AT_LEAST_NONE,
  relocateMove: AT_LEAST_NONE,
  extensions: AT_LEAST_NONE,
  learningRate: [1e-9, 1],
  weightDecay: [0, 1],
  hold: [0.01, 0.99],
  betaStart: [1e-6, 1e6],
  betaEnd: [1e-6, 1e6],
  sigmaStart: [1e-6, 1e3],
  sigmaEnd: [1e-6, 1e3],
  centerRate: [0, 10],
  averaging: [0, 1],
  exactFrom: [0, 2],
};

/**
 * A recipe with some of its entries changed.
 *
 * @throws WaywardError `input` naming the entry, its value and what was expected
 */
export function changedRecipe(recipe: Recipe, changes: Partial<Recipe> = {}): Recipe {
  expectOptions(changes, Object.keys(recipe), "recipe");
  for (const [name, value] of Object.entries(changes) as [keyof Recipe, number][]) {
    const [least, most] = BOUNDS[name];
    const isCount = most === MOST;
    expectInput(
      typeof value === "number" && value >= least && value <= most && (!isCount || Number.isInteger(value)),
      () => `recipe: ${name} is ${value}, expected ${isCount ? "an integer" : "a number"} from ${least} to ${most}`,
    );
  }
  return { ...recipe, ...changes };
}

/** The schedules at one training step (1 for the first). */
export interface Moment {
  phase: "warmup" | "learn";
  beta: number;
  sigma: number;
  learningRate: number;
  centerRate: number;
  /** How far beta has grown, from 0 to 1. */
  growth: number;
}

export function momentOf(recipe: Recipe, step: number): Moment {
  const beyond = step - trainingSteps(recipe);
  if (beyond > 0) return extensionMoment(recipe, (beyond - 1) / recipe.extensionRounds);
  const learned = Math.max(0, step - recipe.warmup) / recipe.rounds;
  const growth = Math.min(1, learned / (1 - recipe.hold));
  const held = Math.min(1, Math.max(0, learned - (1 - recipe.hold)) / recipe.hold);
  const phase = step <= recipe.warmup ? "warmup" : "learn";
  return {
    phase,
    growth,
    beta: recipe.betaStart * (recipe.betaEnd / recipe.betaStart) ** growth,
    sigma: recipe.sigmaStart * (recipe.sigmaEnd / recipe.sigmaStart) ** growth,
    learningRate: recipe.learningRate * Math.min(1, step / 20) * (1 - 0.97 * held),
    centerRate: recipe.centerRate * (1 - 0.95 * held),
  };
}

/** An extension holds beta and sigma where they ended and lets the rates fall once more. */
function extensionMoment(recipe: Recipe, extensions: number): Moment {
  const { betaEnd, sigmaEnd, learningRate, centerRate } = recipe;
  const fallen = 1 - 0.97 * (extensions % 1);
  return {
    phase: "learn",
    growth: 1,
    beta: betaEnd,
    sigma: sigmaEnd,
    learningRate: learningRate * fallen,
    centerRate: centerRate * fallen,
  };
}

/** Training steps in all. */
export function trainingSteps({ warmup, rounds, extensionRounds }: Recipe, extensions = 0): number {
  return warmup + rounds + extensions * extensionRounds;
}

/** Asks in all, those of the comparisons at the end too. */
export function totalRounds(recipe: Recipe, extensions = 0): number {
  return Math.ceil(trainingSteps(recipe, extensions) / recipe.stepsPerAsk) + (1 + extensions) * recipe.check;
}

/** Realizations that one ask takes. */
export function askSize({ freshSets, rows, realizations }: Recipe): number {
  return freshSets * rows * realizations;
}

/**
 * Fits a recipe into a budget of interactions. First fewer realizations an entry, since another entry
 * tells more than another realization of the same one; then fewer new entries a batch, the rest replayed;
 * then several training steps an ask. A twelfth is kept for the comparison at the end. The least budget
 * is one set of entries.
 */
export function withBudget(recipe: Recipe, interactions: number): Recipe {
  if (totalRounds(recipe) * askSize(recipe) <= interactions) return recipe;
  const { sets, rows } = recipe;
  const steps = trainingSteps(recipe);
  const entries = (interactions * 11) / 12 / steps;
  const realizations = Math.max(1, Math.min(recipe.realizations, Math.floor(entries / (sets * rows))));
  const freshSets = Math.max(1, Math.min(sets, Math.floor(entries / (rows * realizations))));
  const fitted = { ...recipe, realizations, freshSets, check: 0 };
  const asks = Math.max(1, Math.floor((entries * steps) / askSize(fitted)));
  fitted.stepsPerAsk = Math.max(recipe.stepsPerAsk, Math.ceil(steps / asks));
  const left = interactions - totalRounds(fitted) * askSize(fitted);
  return { ...fitted, check: Math.max(0, Math.min(recipe.check, Math.floor(left / askSize(fitted)))) };
}
