import { loadModule } from "./core/inline.js";
import { type Solver, type SolverOptions, solverFactory } from "./solver.js";

export * from "./public.js";

/**
 * Compiles the core (once per process) and returns the solver.
 *
 * @throws WaywardError `environment` where WebAssembly may not be compiled
 */
export const createSolver: (options?: SolverOptions) => Promise<Solver> = solverFactory(
  loadModule,
  () => import("./hosts/threads.js"),
);
