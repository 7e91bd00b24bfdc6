import type { Solver } from "wayward";
import type { Context } from "../context.js";
import { Pace } from "./job.js";
import type { LearnEvent, LearnInput, LearnPoint } from "./messages.js";
import { realize } from "./world.js";

/** ADEN in the worker. Only here is the ONNX runtime loaded. */
export async function* learnAden(solver: Solver, input: LearnInput, context: Context): AsyncGenerator<LearnEvent> {
  const { points, clusters, autonomy, budget, seed, saved } = input;
  const { createAden } = await import("wayward/aden");
  const aden = await createAden({ solver, dimensions: points.dimensions });
  try {
    const learner = saved
      ? await aden.restoreLearner(points, saved)
      : aden.learner(points, { clusters, interactions: budget, seed });
    const pace = new Pace();
    let losses: { round: number; loss: number }[] = [];
    const where = (interactions: number, centers: number[][], labels?: Int32Array): LearnPoint => {
      const distortion = solver.distortion(points, centers, autonomy, { labels });
      const loss = losses;
      losses = [];
      return { interactions, distortion, centers, loss, backend: { provider: aden.provider, fallback: aden.fallback } };
    };
    for (let ask = learner.ask(); ask; ask = learner.ask()) {
      if (context.stopping) {
        yield { kind: "saved", bytes: await learner.save() };
        return;
      }
      const step = await learner.tell(ask.round, realize(ask, points, autonomy, seed));
      if (step.phase !== "check") losses.push({ round: step.round, loss: step.loss });
      if (pace.isDue(step.interactions)) yield { kind: "step", point: where(step.interactions, step.centers) };
      await context.breathe();
    }
    const { centers, labels, interactions } = learner.result;
    yield { kind: "result", point: where(interactions, centers, labels), labels };
  } finally {
    await aden.dispose();
  }
}
