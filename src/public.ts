/** Every public name but `createSolver`, which differs between the two entries. */
export type { Annealer } from "./anneal/annealer.js";
export type { AnnealerAsync } from "./anneal/annealer-async.js";
export type { Shard } from "./anneal/shard.js";
export type { Bandit } from "./bandit/bandit.js";
export { WaywardError, type WaywardErrorCode } from "./errors.js";
export type { Learner } from "./learn/learner.js";
export type { Solver, SolverOptions } from "./solver.js";
export type * from "./types.js";
