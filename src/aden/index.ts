import { expectInput, expectOptions } from "../errors.js";
import type { Solver } from "../solver.js";
import { Aden } from "./aden.js";
import { type Architecture, checkArchitecture } from "./parameters.js";
import { type ExecutionProvider, GraphRunner, loadOrt, type OnnxRuntime, usableProviders } from "./runtime.js";

export { Aden, type AdenLearnerOptions } from "./aden.js";
export type { CandidateReport } from "./candidates.js";
export { AdenForward, createAdenForward } from "./forward.js";
export type { Feedback } from "./graphs.js";
export type { AdenLearner, AdenResult, World } from "./learner.js";
export type { Architecture } from "./parameters.js";
export type { Recipe } from "./recipe.js";
export type { ExecutionProvider, OnnxRuntime, OnnxSession, OnnxTensor } from "./runtime.js";

/** Options of `createAden`. */
export interface AdenOptions extends Partial<Omit<Architecture, "dimensions">> {
  /** From `createSolver`: its core draws the random numbers. */
  solver: Solver;
  /** d, the coordinates of a point. */
  dimensions: number;
  /** `paper`: table 2 of the paper, the residual head with four layers and dropout 0.01. Options beside it win. */
  preset?: "paper";
  /** Share of activations dropped in training; default 0. */
  dropout?: number;
  /** In order of preference; default WebGPU where there is one, else WASM. */
  executionProviders?: readonly ExecutionProvider[];
  /** An ONNX runtime of your own; default: the installed onnxruntime-web. */
  ort?: OnnxRuntime;
}

const NAMES: readonly string[] = [
  "solver",
  "dimensions",
  "preset",
  "head",
  "hidden",
  "feedForward",
  "layers",
  "heads",
  "dropout",
  "executionProviders",
  "ort",
] satisfies (keyof AdenOptions)[];

const PAPER = { head: "residual", layers: 4, hidden: 64, feedForward: 128, heads: 8, dropout: 0.01 } as const;

/**
 * Makes a network. Loads onnxruntime-web, unless one is handed in.
 *
 * @throws WaywardError `environment` if there is no ONNX runtime, `input` naming a bad option
 */
export async function createAden(options: AdenOptions): Promise<Aden> {
  expectOptions(options, NAMES);
  const { solver, preset, executionProviders = ["webgpu", "wasm"] } = options;
  expectInput(
    preset === undefined || preset === "paper",
    () => `preset is ${JSON.stringify(preset)}, expected "paper" or nothing`,
  );
  expectInput(
    typeof solver?.newCore === "function",
    () => "solver: expected what createSolver returns: createAden({ solver: await createSolver(), ... })",
  );
  const given = preset === "paper" ? { ...PAPER, ...options } : options;
  const architecture = checkArchitecture(given);
  const { dropout = 0 } = given;
  expectInput(
    Number.isFinite(dropout) && dropout >= 0 && dropout < 1,
    () => `dropout is ${dropout}, expected a share in [0, 1)`,
  );
  expectInput(
    Array.isArray(executionProviders as unknown) &&
      executionProviders.length > 0 &&
      executionProviders.every((provider) => provider === "webgpu" || provider === "wasm"),
    () => `executionProviders is ${JSON.stringify(executionProviders)}, expected some of "webgpu" and "wasm"`,
  );
  const runner = new GraphRunner(options.ort ?? (await loadOrt()), usableProviders(executionProviders));
  return new Aden(architecture, runner, () => solver.newCore(), dropout);
}
