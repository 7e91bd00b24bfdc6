import type { AnnealStep } from "wayward";
import type { Context } from "../context.js";
import { lineages } from "./lineage.js";
import type { AnnealEvent, AnnealInput, Frame, JourneyEvent, JourneyInput } from "./messages.js";

/** The whole run, with the policy at every finite beta: computed first, played back afterwards. */
export async function* anneal({ points, options }: AnnealInput, context: Context): AsyncGenerator<AnnealEvent> {
  const solver = await context.solver();
  const annealer = solver.annealer(points, { ...options, policy: true });
  const steps: AnnealStep[] = [];
  const policies: Uint8Array[] = [];
  for (const step of annealer) {
    if (Number.isFinite(step.beta)) {
      steps.push(step);
      policies.push(in255ths(annealer.result().policy!));
      yield { kind: "progress", steps: steps.length, beta: step.beta };
    }
    await context.breathe();
  }
  const { policy: _, ...result } = annealer.result();
  const ignored = solver.compareIgnored(points, result);
  const orders = lineages(
    steps.map(({ centers }) => centers),
    result.centers,
  );
  const frames = steps.map((step, index): Frame => {
    const { beta, distortion, freeEnergy, distinctCenters, movement, criticalBeta } = step;
    const centers = orders[index].map((at) => step.centers[at]);
    const policy = reordered(policies[index], orders[index]);
    return { beta, distortion, freeEnergy, distinctCenters, movement, criticalBeta, centers, policy };
  });
  yield { kind: "run", run: { frames, result, ignored } };
}

export async function* journeys(input: JourneyInput, context: Context): AsyncGenerator<JourneyEvent> {
  const solver = await context.solver();
  const { points, centers, autonomy, entities, prescribed, seed } = input;
  yield solver.simulate(points, centers, autonomy, { entities, prescribed, seed });
}

function in255ths(policy: Float64Array): Uint8Array {
  return Uint8Array.from(policy, (share) => Math.round(255 * share));
}

/** Columns in another order. */
function reordered(policy: Uint8Array, order: readonly number[]): Uint8Array {
  const clusters = order.length;
  if (order.every((from, to) => from === to)) return policy;
  const result = new Uint8Array(policy.length);
  for (let row = 0; row < policy.length; row += clusters) {
    for (let column = 0; column < clusters; column++) result[row + column] = policy[row + order[column]];
  }
  return result;
}
