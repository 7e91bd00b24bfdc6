import { loadModule } from "./core/module.js";
import { type Solver, type SolverOptions, solverFactory } from "./solver.js";

export * from "./public.js";

/** As in the default entry, with core.wasm imported as a module: edge runtimes forbid compiling bytes. */
export const createSolver: (options?: SolverOptions) => Promise<Solver> = solverFactory(loadModule);
