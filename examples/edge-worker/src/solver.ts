import { createSolver } from "wayward";

/** One for the isolate; every bandit, run and network it makes owns an instance of the core. */
export const solver = await createSolver();
