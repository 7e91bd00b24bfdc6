import type { Core } from "../core/memory.js";
import { expectCallback, expectInput, expectObject, expectSignal, throwIfAborted, unlessAborted } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import type { LearnedResult, LearnOptions } from "../types.js";
import { Learner } from "./learner.js";

/** Interactions made in a simulated world between two looks at the signal. */
const STRIDE = 1 << 18;
const ABORTED = "learn: the signal fired before the budget of interactions was spent";

/** `solver.learn`: a loop over ask and tell. */
export async function learn(
  freshCore: () => Core,
  points: CheckedPoints,
  options: LearnOptions,
): Promise<LearnedResult> {
  expectObject(options, "options");
  const { world, signal, onStep, ...rest } = options;
  expectSignal(signal);
  expectCallback("onStep", onStep);
  expectInput(
    typeof world === "function" || (typeof world === "object" && world !== null && "simulate" in world),
    () => `world: got ${typeof world}, expected a function or { simulate: autonomy }`,
  );
  const learner = new Learner(freshCore, points, rest);
  if (typeof world === "function") {
    for (let ask = learner.ask(); ask; ask = learner.ask()) {
      throwIfAborted(signal, ABORTED);
      const answer = await unlessAborted(world(ask, { signal }), signal, ABORTED);
      const step = learner.tell(ask.round, answer);
      onStep?.(step);
    }
    return learner.result();
  }
  const simulated = learner.simulatedWorld(world);
  while (learner.simulate(simulated, STRIDE)) {
    throwIfAborted(signal, ABORTED);
    onStep?.(learner.step());
    // Lets timers run, and with them whatever aborts.
    if (signal) await new Promise((resolve) => setTimeout(resolve));
  }
  return learner.result();
}
