import type { Tensor } from "./graph.js";
import { add } from "./operators.js";

/**
 * Reverse-mode differentiation: appends to the graph the gradient of a scalar with respect to each tensor.
 *
 * Walks the nodes backwards from `scalar`. Wherever a node has a backward rule and depends on one of
 * `parameters`, its upstream gradient is complete by then, since every consumer comes later in the order.
 * Returns null for a parameter that the scalar does not depend on.
 */
export function gradients(scalar: Tensor, parameters: readonly Tensor[]): (Tensor | null)[] {
  const { graph } = scalar;
  const nodes = [...graph.nodes]; // the walk appends new ones
  const dependent = new Set<Tensor>(parameters);
  for (const node of nodes) {
    if (node.backward?.inputs.some((tensor) => dependent.has(tensor))) dependent.add(node.outputs[0]);
  }
  const upstream = new Map<Tensor, Tensor>([[scalar, graph.constant([1], scalar.shape)]]);
  for (const { outputs, backward } of nodes.reverse()) {
    const arriving = upstream.get(outputs[0]);
    if (!arriving || !backward || !dependent.has(outputs[0])) continue;
    const contributions = backward.gradient(arriving);
    backward.inputs.forEach((tensor, index) => {
      const contribution = contributions[index];
      if (!contribution || !dependent.has(tensor)) return;
      const sofar = upstream.get(tensor);
      upstream.set(tensor, sofar ? add(sofar, contribution) : contribution);
    });
  }
  return parameters.map((tensor) => upstream.get(tensor) ?? null);
}
