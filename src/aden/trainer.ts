import { expectInput } from "../errors.js";
import { adamRates, type Feedback, trainingGraph } from "./graphs.js";
import type { Architecture } from "./parameters.js";
import type { GraphRunner } from "./runtime.js";

/** One training batch, row-major: B center sets of S points each. */
export interface Batch {
  sets: number;
  rows: number;
  clusters: number;
  points: Float32Array;
  centers: Float32Array;
  /** One-hot prescriptions, B x S x K. */
  selected: Float32Array;
  /** Shares of the realizations (B x S x K), or mean costs (B x S). */
  target: Float32Array;
}

/** Weights in training, their moments, and their running average. */
export interface TrainingState {
  weights: Float32Array;
  first: Float32Array;
  second: Float32Array;
  average: Float32Array;
  steps: number;
}

export function freshTraining(weights: Float32Array): TrainingState {
  return {
    weights: weights.slice(),
    first: new Float32Array(weights.length),
    second: new Float32Array(weights.length),
    average: weights.slice(),
    steps: 0,
  };
}

export interface TrainingOptions {
  architecture: Architecture;
  feedback: Feedback;
  weightDecay: number;
  averaging: number;
  dropout: number;
}

/**
 * One AdamW step on a batch. Changes the state only once the run has succeeded. Returns the loss.
 *
 * @throws WaywardError `input` if the numbers overflow
 */
export async function trainStep(
  runner: GraphRunner,
  state: TrainingState,
  batch: Batch,
  learningRate: number,
  options: TrainingOptions,
  uniform: () => number,
): Promise<number> {
  const { architecture, feedback, dropout } = options;
  const { sets, rows, clusters, points, centers, selected, target } = batch;
  const step = state.steps + 1;
  const rates = adamRates(step, learningRate, options.weightDecay);
  const { weights, first, second } = state;
  const masks = dropout > 0 ? drawMasks(architecture, sets * rows, dropout, uniform) : {};
  const outputs = await runner.run(
    `train ${feedback} ${sets} ${rows} ${clusters} ${dropout > 0}`,
    () => trainingGraph(architecture, { sets, rows, clusters }, feedback, { dropout: dropout > 0 }),
    { points, centers, selected, target, rates, weights, first, second, ...masks },
  );
  expectInput(
    Number.isFinite(outputs.loss[0]) && outputs.newWeights.every(Number.isFinite),
    () => `training: the loss is ${outputs.loss[0]} at step ${step}; costs or recipe are out of all proportion`,
  );
  state.weights = outputs.newWeights;
  state.first = outputs.newFirst;
  state.second = outputs.newSecond;
  state.steps = step;
  // Early averages lean on few steps, so the memory grows with them.
  const keep = Math.min(options.averaging, step / (step + 10));
  const { average } = state;
  for (let index = 0; index < average.length; index++) {
    average[index] += (1 - keep) * (state.weights[index] - average[index]);
  }
  return outputs.loss[0];
}

/** One mask a dropout place, in the order `trainingGraph` makes them: 0, or 1 / (1 - rate). */
function drawMasks(architecture: Architecture, pairs: number, rate: number, uniform: () => number) {
  const masks: Record<string, Float32Array> = {};
  const { hidden, feedForward, layers } = architecture;
  const widths = Array.from({ length: layers }, () => [hidden, feedForward, hidden]).flat();
  widths.forEach((width, place) => {
    masks[`mask${place}`] = Float32Array.from({ length: pairs * width }, () => (uniform() < rate ? 0 : 1 / (1 - rate)));
  });
  return masks;
}
