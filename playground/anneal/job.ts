import type { AnnealStep } from "wayward";
import type { Context } from "../context.js";
import { lineages } from "./lineage.js";
import type { AnnealEvent, AnnealInput, Frame, JourneyEvent, JourneyInput } from "./messages.js";

/** The answer at once; then the slow way there, with the policy at every finite beta, for the playback. */
export async function* anneal({ points, options, played }: AnnealInput, context: Context): AsyncGenerator<AnnealEvent> {
  const solver = await context.solver();
  const result = solver.anneal(points, options);
  const solution = { result, ignored: solver.compareIgnored(points, result) };
  yield { kind: "solution", solution };
  const annealer = solver.annealer(points, { ...played, policy: true });
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
  const { phaseTransitions: transitions } = annealer.result();
  yield { kind: "run", run: { ...solution, frames: framesOf(steps, policies, result.centers), transitions } };
}

/** Centers get the numbers that they have in the end. */
function framesOf(steps: AnnealStep[], policies: Uint8Array[], final: number[][]): Frame[] {
  const orders = lineages(
    steps.map(({ centers }) => centers),
    final,
  );
  return steps.map((step, index): Frame => {
    const { beta, distortion, freeEnergy, distinctCenters, movement, criticalBeta } = step;
    const centers = orders[index].map((at) => step.centers[at]);
    const policy = reordered(policies[index], orders[index]);
    return { beta, distortion, freeEnergy, distinctCenters, movement, criticalBeta, centers, policy };
  });
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
