import {
  averageDistances,
  deviations,
  embed,
  exclude,
  type Network,
  selectedPairs,
  squaredDistances,
  transitionLogits,
  transitionShares,
} from "./network.js";
import { gradients } from "./onnx/gradient.js";
import { Graph, sizeOf, type Tensor } from "./onnx/graph.js";
import {
  add,
  concat,
  div,
  logSumExp,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
} from "./onnx/operators.js";
import { type Architecture, constantParameters, cutParameters, parameterList, weightCount } from "./parameters.js";
import type { Units } from "./problem.js";

/** Static extents of a graph: B center sets, N points a set, K centers. */
export interface Extents {
  sets: number;
  rows: number;
  clusters: number;
}

/** What the world tells: which cluster each entity realized, or only what that cost. */
export type Feedback = "realized" | "costs";

const ADAM = { first: 0.9, second: 0.99, epsilon: 1e-8 };

/**
 * One training step: forward, backward and AdamW in one run.
 *
 * Inputs: points, centers, selected (B x N x K, one-hot prescriptions), target (realized: B x N x K,
 * shares of the realizations; costs: B x N, mean cost), rates (see `adamRates`), weights and both moments
 * as flat vectors; with dropout, one mask for each place. Outputs: loss, newWeights, newFirst, newSecond.
 */
export function trainingGraph(
  architecture: Architecture,
  extents: Extents,
  feedback: Feedback,
  { dropout = false, gradient = false } = {},
): Graph {
  const graph = new Graph();
  const { points, centers } = positions(graph, architecture, extents);
  const { sets, rows, clusters } = extents;
  const selected = graph.input("selected", [sets, rows, clusters]);
  const target = graph.input("target", feedback === "realized" ? [sets, rows, clusters] : [sets, rows]);
  const count = weightCount(architecture);
  const state = { weights: graph.input("weights", [count]) };
  const parameters = cutParameters(architecture, state.weights);
  const network: Network = { architecture, parameters, drop: dropout ? maskedBy(graph) : undefined };
  const pairs = selectedPairs(network, embed(network, points, centers), selected);
  const loss =
    feedback === "realized"
      ? crossEntropy(network, pairs, centers, selected, target)
      : costError(network, pairs, points, centers, selected, target);
  const flat = flatGradient(architecture, loss, parameters);
  graph.output(loss, "loss");
  if (gradient) graph.output(flat, "gradient");
  else adamW(graph, state.weights, flat);
  return graph;
}

/** Average distances: inputs points, centers, weights; output distances (B x N x K). */
export function forwardGraph(architecture: Architecture, extents: Extents): Graph {
  const graph = new Graph();
  const { points, centers } = positions(graph, architecture, extents);
  const network = { architecture, parameters: weightsInput(graph, architecture) };
  graph.output(averageDistances(network, points, centers, squaredDistances(points, centers)), "distances");
  return graph;
}

/** The learned p(k|j,i): inputs points, centers, weights; output transitions (B x N x K x K). */
export function transitionsGraph(architecture: Architecture, extents: Extents): Graph {
  const graph = new Graph();
  const { points, centers } = positions(graph, architecture, extents);
  const network = { architecture, parameters: weightsInput(graph, architecture) };
  const { stay, move, prescribed } = transitionShares(network, points, centers);
  const kept = reshape(stay, [...stay.shape, 1]);
  graph.output(add(mul(kept, prescribed), mul(sub(1, kept), move)), "transitions");
  return graph;
}

/** The forward pass with its weights inside, from data units to squared data units: what `exportOnnx` writes. */
export function exportGraph(architecture: Architecture, extents: Extents, weights: Float32Array, units: Units): Graph {
  const graph = new Graph();
  const data = positions(graph, architecture, extents);
  const mean = graph.constant(units.mean, [1, 1, architecture.dimensions]);
  const inUnits = (x: Tensor) => mul(sub(x, mean), 1 / units.scale);
  const points = inUnits(data.points);
  const centers = inUnits(data.centers);
  const parameters = constantParameters(graph, architecture, weights);
  const distances = averageDistances({ architecture, parameters }, points, centers, squaredDistances(points, centers));
  graph.output(mul(distances, units.scale ** 2), "distances");
  return graph;
}

/**
 * Free energy of each center set and its gradient (AAC eq. 1): F = -(1/beta) sum_i rho_i log sum_j exp(-beta dbar_ij).
 *
 * Additive over rows, so that many points go through in parts, the last one padded with rho = 0.
 * `fixedPoint` holds the learned transitions constant: the direction of eq. 2, without a backward
 * pass through the network. `exact` adds the network's part, dbar's dependence on Y through p.
 * Outputs: energy (B), gradient (B x K x d), masses (B x K): dF/dd summed over rows, which is
 * sum_ij rho_i pi_ij p(k|j,i), so that y_k - gradient_k / (2 masses_k) is eq. 2's next center.
 */
export function energyGraph(architecture: Architecture, extents: Extents, direction: "fixedPoint" | "exact"): Graph {
  const graph = new Graph();
  const { points, centers } = positions(graph, architecture, extents);
  const weight = graph.input("rho", [extents.sets, extents.rows]);
  const beta = graph.input("beta", [1]);
  const network = { architecture, parameters: weightsInput(graph, architecture) };
  const networkCenters = direction === "exact" ? centers : detached(centers);
  const squared = squaredDistances(points, centers);
  const distances = averageDistances(network, points, networkCenters, squared);
  const energies = neg(div(sum(mul(logSumExp(mul(distances, neg(beta))), weight), [1]), beta));
  const [gradient, share] = gradients(sum(energies, [0]), [centers, squared]);
  graph.output(energies, "energy");
  graph.output(gradient!, "gradient");
  graph.output(sum(share!, [1]), "masses");
  return graph;
}

function positions(graph: Graph, { dimensions }: Architecture, { sets, rows, clusters }: Extents) {
  return {
    points: graph.input("points", [sets, rows, dimensions]),
    centers: graph.input("centers", [sets, clusters, dimensions]),
  };
}

function weightsInput(graph: Graph, architecture: Architecture): Record<string, Tensor> {
  return cutParameters(architecture, graph.input("weights", [weightCount(architecture)]));
}

/** The same value with no way back for gradients. */
function detached(x: Tensor): Tensor {
  return x.graph.node("Mul", [x, x.graph.scalar(1)], x.shape);
}

/** Dropout as a product with masks (0 or 1 / (1 - rate)) that the host draws: inputs mask0, mask1, ... */
function maskedBy(graph: Graph): (x: Tensor) => Tensor {
  let places = 0;
  return (x) => mul(x, graph.input(`mask${places++}`, x.shape));
}

/** Mean over pairs of -sum_k share_k log p(k|j,i), for the shares of the observed realizations. */
function crossEntropy(network: Network, pairs: Tensor, centers: Tensor, selected: Tensor, shares: Tensor): Tensor {
  const logits = transitionLogits(network, pairs, centers);
  const stay = reshape(logits.stay, pairs.shape.slice(0, 2));
  const move = exclude(logits.move, selected);
  const stayed = sum(mul(selected, shares), [2]);
  const moved = sub(1, stayed);
  // -log sigmoid(s) = softplus(-s) and -log(1 - sigmoid(s)) = softplus(s) = softplus(-s) + s
  const staying = add(softplus(neg(stay)), mul(moved, stay));
  const others = mul(shares, sub(1, selected));
  const moving = sub(mul(moved, logSumExp(move)), sum(mul(others, move), [2]));
  return meanOf(add(staying, moving));
}

/** Mean squared error of dbar at the prescribed pairs (AAC algorithm 2). */
function costError(
  network: Network,
  pairs: Tensor,
  points: Tensor,
  centers: Tensor,
  selected: Tensor,
  cost: Tensor,
): Tensor {
  const distances = squaredDistances(points, centers);
  const own = sum(mul(selected, distances), [2]);
  if (network.architecture.head === "residual") {
    return meanOf(square(sub(relu(add(deviations(network, pairs), own)), cost)));
  }
  const logits = transitionLogits(network, pairs, centers);
  const stay = sigmoid(reshape(logits.stay, pairs.shape.slice(0, 2)));
  const moved = sum(mul(softmax(exclude(logits.move, selected)), distances), [2]);
  return meanOf(square(sub(add(mul(stay, own), mul(sub(1, stay), moved)), cost)));
}

function meanOf(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return mul(sum(x, axes), 1 / sizeOf(x.shape));
}

/** The gradient of all parameters as one vector, zero where the loss does not depend on them. */
function flatGradient(architecture: Architecture, loss: Tensor, parameters: Record<string, Tensor>): Tensor {
  const list = parameterList(architecture);
  const found = gradients(
    loss,
    list.map(({ name }) => parameters[name]),
  );
  const parts = list.map(({ shape }, index) => {
    const size = sizeOf(shape);
    return found[index] ? reshape(found[index], [size]) : loss.graph.constant(new Float32Array(size), [size]);
  });
  return concat(parts);
}

/**
 * AdamW (Loshchilov and Hutter 2019) on the flat vectors. The moments are kept divided by 1 - ADAM.first and
 * 1 - ADAM.second, which saves a pass over each; `adamRates` undoes it.
 */
function adamW(graph: Graph, weights: Tensor, gradient: Tensor): void {
  const first = graph.input("first", weights.shape);
  const second = graph.input("second", weights.shape);
  const rates = graph.input("rates", [3]);
  const [correction, least, decay] = [0, 1, 2].map((index) => slice(rates, index, 1));
  const newFirst = add(mul(first, ADAM.first), gradient);
  const newSecond = add(mul(second, ADAM.second), square(gradient));
  const divisor = add(mul(sqrt(newSecond), correction), least);
  graph.output(sub(mul(weights, decay), div(newFirst, divisor)), "newWeights");
  graph.output(newFirst, "newFirst");
  graph.output(newSecond, "newSecond");
}

/** The input `rates` of the training graph at a step (1 for the first). */
export function adamRates(step: number, learningRate: number, weightDecay: number): Float32Array {
  const size = (learningRate * (1 - ADAM.first)) / (1 - ADAM.first ** step);
  const spread = Math.sqrt((1 - ADAM.second) / (1 - ADAM.second ** step));
  return Float32Array.of(spread / size, ADAM.epsilon / size, 1 - learningRate * weightDecay);
}
