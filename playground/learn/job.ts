import type { Solver } from "wayward";
import type { Context } from "../context.js";
import { learnAden } from "./aden.js";
import type { LearnEvent, LearnInput, LearnPoint } from "./messages.js";
import { learnerOptions } from "./options.js";

/** One learner against the hidden autonomy, from the start or from where it was saved. */
export async function* learn(input: LearnInput, context: Context): AsyncGenerator<LearnEvent> {
  const solver = await context.solver();
  if (input.method === "known") yield known(solver, input);
  else if (input.method === "aden") yield* learnAden(solver, input, context);
  else yield* learnTables(solver, input, context);
}

function known(solver: Solver, { points, clusters, autonomy, seed }: LearnInput): LearnEvent {
  const result = solver.anneal(points, { clusters, autonomy, seed });
  const ignored = solver.compareIgnored(points, result);
  return { kind: "known", distortion: result.distortion, ignored: ignored.distortion, centers: result.centers };
}

async function* learnTables(solver: Solver, input: LearnInput, context: Context): AsyncGenerator<LearnEvent> {
  const { points, autonomy, seed, saved } = input;
  const learner = saved ? solver.restoreLearner(points, saved) : solver.learner(points, learnerOptions(input));
  const pace = new Pace();
  for (let ask = learner.ask(); ask; ask = learner.ask()) {
    if (context.stopping) {
      yield { kind: "saved", bytes: learner.save() };
      return;
    }
    const { entities, prescribed, round } = ask;
    const realized = solver.simulate(points, ask.centers, autonomy, { entities, prescribed, seed, round });
    const { interactions } = learner.tell(round, { realized });
    if (pace.isDue(interactions)) yield { kind: "step", point: where() };
    await context.breathe();
  }
  yield { kind: "result", point: where(), labels: learner.result().labels };

  function where(): LearnPoint {
    const { centers, labels, interactions } = learner.result();
    const distortion = solver.distortion(points, centers, autonomy, { labels });
    return { interactions, distortion, centers, loss: null, backend: null };
  }
}

/** Looks evenly spread on a logarithmic axis. */
export class Pace {
  #next = 0;

  isDue(interactions: number): boolean {
    if (interactions < this.#next) return false;
    this.#next = 1.03 * interactions;
    return true;
  }
}
