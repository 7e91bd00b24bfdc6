import type { Core } from "../core/memory.js";
import { expectInput, expectObject, expectSignal, WaywardError } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import type { LearnedResult, LearnerAnswer, LearnOptions, World } from "../types.js";
import { Learner } from "./learner.js";

/** Interactions made in a simulated world between two looks at the signal. */
const STRIDE = 1 << 18;

/** `solver.learn`: a loop over ask and tell. */
export async function learn(
  freshCore: () => Core,
  points: CheckedPoints,
  options: LearnOptions,
): Promise<LearnedResult> {
  expectObject(options, "options");
  const { world, signal, onStep, ...rest } = options;
  expectSignal(signal);
  expectInput(
    typeof world === "function" || (typeof world === "object" && world !== null && "simulate" in world),
    () => `world: got ${typeof world}, expected a function or { simulate: autonomy }`,
  );
  const learner = new Learner(freshCore, points, rest);
  if (typeof world === "function") {
    for (let ask = learner.ask(); ask; ask = learner.ask()) {
      const answer = await answerOf(world, ask, signal);
      const step = learner.tell(ask.round, answer);
      onStep?.(step);
    }
    return learner.result();
  }
  const simulated = learner.simulatedWorld(world);
  while (learner.simulate(simulated, STRIDE)) {
    throwIfAborted(signal);
    onStep?.(learner.step());
    // Lets timers run, and with them whatever aborts.
    if (signal) await new Promise((resolve) => setTimeout(resolve));
  }
  return learner.result();
}

/** The world's answer, or the abort: a world that never answers must not hold the caller. */
async function answerOf(
  world: World,
  ask: Parameters<World>[0],
  signal: AbortSignal | undefined,
): Promise<LearnerAnswer> {
  throwIfAborted(signal);
  if (!signal) return world(ask, {});
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortion(signal));
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([world(ask, { signal }), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortion(signal);
}

function abortion(signal: AbortSignal): WaywardError {
  return new WaywardError("aborted", "learn: the signal fired before the budget of interactions was spent", {
    cause: signal.reason,
  });
}
