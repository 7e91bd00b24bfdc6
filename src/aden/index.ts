import { expectInput } from "../errors.js";
import type { Solver } from "../solver.js";
import { Aden } from "./aden.js";
import type { Architecture } from "./parameters.js";
import { type ExecutionProvider, GraphRunner, loadOrt, type OnnxRuntime, usableProviders } from "./runtime.js";

export { Aden, type AdenLearnerOptions } from "./aden.js";

/** Options of `createAden`. */
export interface AdenOptions extends Partial<Omit<Architecture, "dimensions">> {
  solver: Solver;
  dimensions: number;
  dropout?: number;
  executionProviders?: readonly ExecutionProvider[];
  ort?: OnnxRuntime;
}

/** Makes a network. Loads onnxruntime-web, unless one is handed in. */
export async function createAden(options: AdenOptions): Promise<Aden> {
  const { solver, dimensions, executionProviders = ["webgpu", "wasm"], dropout = 0 } = options;
  const { head = "transition", hidden = 64, feedForward = 128, heads = 8 } = options;
  const layers = options.layers ?? (head === "transition" ? 1 : 4);
  expectInput(
    Number.isInteger(dimensions) && dimensions >= 1,
    () => `dimensions is ${dimensions}, expected an integer of at least 1`,
  );
  const runner = new GraphRunner(options.ort ?? (await loadOrt()), usableProviders(executionProviders));
  const architecture = { dimensions, head, hidden, feedForward, layers, heads };
  return new Aden(architecture, runner, () => solver.newCore(), dropout);
}
