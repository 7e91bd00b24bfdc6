import type { Tensor } from "./onnx/graph.js";
import {
  add,
  gelu,
  layerNorm,
  linear,
  matMul,
  mul,
  permute,
  relu,
  reshape,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  transpose,
} from "./onnx/operators.js";
import type { Architecture } from "./parameters.js";

/**
 * The networks of AAC section 4 as graphs. Shapes: B center sets, N points a set, K centers, d
 * coordinates; points are B x N x d, centers B x K x d. All lengths are in the network's own units
 * (mean 0, one scale for all coordinates).
 */
export interface Network {
  architecture: Architecture;
  parameters: Record<string, Tensor>;
  /** Applied where dropout belongs; the identity unless training with dropout. */
  drop?: (x: Tensor) => Tensor;
}

/** What the trunk makes of points and centers: B x N x hidden and B x K x hidden. */
export interface Embeddings {
  entities: Tensor;
  centers: Tensor;
}

/** Attention blocks in which entities attend to centers (AAC appendix F). */
export function embed(network: Network, points: Tensor, centers: Tensor): Embeddings {
  const { architecture, parameters, drop = (x) => x } = network;
  const { hidden, layers } = architecture;
  const [sets, rows] = points.shape;
  const embeddedCenters = linear(centers, parameters["centers.weight"], parameters["centers.bias"]);
  const embedded = linear(points, parameters["points.weight"], parameters["points.bias"]);
  let entities = reshape(embedded, [sets * rows, hidden]); // as a matrix, most products need no reshape
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => parameters[`block${layer}.${name}`];
    const attended = drop(attention(architecture, of, entities, embeddedCenters));
    const joined = layerNorm(add(attended, entities), of("norm1.scale"), of("norm1.shift"));
    const wide = drop(gelu(linear(joined, of("expand.weight"), of("expand.bias"))));
    const fed = drop(linear(wide, of("contract.weight"), of("contract.bias")));
    entities = layerNorm(add(fed, joined), of("norm2.scale"), of("norm2.shift"));
  }
  return { entities: reshape(entities, [sets, rows, hidden]), centers: embeddedCenters };
}

/**
 * Multi-head attention of entities ((B N) x hidden: queries) to centers (B x K x hidden: keys and values).
 *
 * With few centers it is cheaper to fold the projections into the centers: head h's scores are
 * E Wq_h (Yh Wk_h)^T = E A_h^T with A_h = (Yh Wk_h) Wq_h^T, and likewise the values with the output
 * matrix. Row h K + k of a set's (heads K) x hidden matrix is center k as head h sees it.
 */
function attention(
  { hidden, heads }: Architecture,
  of: (name: string) => Tensor,
  entities: Tensor,
  centers: Tensor,
): Tensor {
  const [sets, clusters] = centers.shape;
  const rows = entities.shape[0] / sets;
  const width = hidden / heads;
  const byHead = (x: Tensor) => permute(reshape(x, [sets * clusters, heads, width]), [1, 0, 2]);
  const fold = (x: Tensor, projection: Tensor) => {
    const seen = matMul(byHead(x), reshape(projection, [heads, width, hidden]));
    const bySet = permute(reshape(seen, [heads, sets, clusters, hidden]), [1, 0, 2, 3]);
    return reshape(bySet, [sets, heads * clusters, hidden]);
  };
  const keys = mul(linear(centers, of("key.weight")), 1 / Math.sqrt(width));
  const foldedKeys = fold(keys, transpose(of("query.weight")));
  const foldedValues = fold(linear(centers, of("value.weight")), of("output.weight"));
  const scores = matMul(reshape(entities, [sets, rows, hidden]), foldedKeys, true);
  const shares = softmax(reshape(scores, [sets, rows, heads, clusters]));
  const mixed = matMul(reshape(shares, [sets, rows, heads * clusters]), foldedValues);
  return add(reshape(mixed, entities.shape), of("output.bias"));
}

/** Features of chosen pairs: `selected` (B x N x K, one-hot) names the center of each entity. B x N x pairWidth. */
export function selectedPairs(network: Network, { entities, centers }: Embeddings, selected: Tensor): Tensor {
  const { parameters } = network;
  const own = linear(entities, parameters["head.entity.weight"], parameters["head.entity.bias"]);
  return pairFeatures(network, add(own, matMul(selected, linear(centers, parameters["head.center.weight"]))));
}

/** Features of every pair of an entity and a center: B x (N K) x pairWidth. */
function allPairs(network: Network, { entities, centers }: Embeddings): Tensor {
  const { parameters, architecture } = network;
  const [sets, rows] = entities.shape;
  const clusters = centers.shape[1];
  const { hidden } = architecture;
  const ofEntity = linear(entities, parameters["head.entity.weight"], parameters["head.entity.bias"]);
  const ofCenter = linear(centers, parameters["head.center.weight"]);
  const pairs = add(reshape(ofEntity, [sets, rows, 1, hidden]), reshape(ofCenter, [sets, 1, clusters, hidden]));
  return pairFeatures(network, reshape(pairs, [sets, rows * clusters, hidden]));
}

function pairFeatures({ parameters }: Network, joined: Tensor): Tensor {
  return gelu(linear(gelu(joined), parameters["head.pair.weight"], parameters["head.pair.bias"]));
}

/**
 * Transition head: the odds of staying (B x P x 1) and, for moving, a query a pair against a key a
 * center (B x P x K). Both scaled by 2, so that they move as fast as the distances do.
 */
export function transitionLogits({ parameters }: Network, pairs: Tensor, centers: Tensor) {
  const stay = mul(linear(pairs, parameters["head.stay.weight"], parameters["head.stay.bias"]), 2);
  const query = linear(pairs, parameters["head.query.weight"], parameters["head.query.bias"]);
  const hidden = gelu(linear(centers, parameters["head.key1.weight"], parameters["head.key1.bias"]));
  const keys = mul(linear(hidden, parameters["head.key2.weight"], parameters["head.key2.bias"]), 2);
  return { stay, move: matMul(query, keys, true) };
}

/** Takes the prescribed center out of the softmax over the others: exp(-1e4) is exactly 0. */
export function exclude(move: Tensor, prescribed: Tensor): Tensor {
  return add(move, mul(prescribed, -1e4));
}

/** Residual head (the paper's): theta times a deviation, one number a pair, B x P. */
export function deviations({ parameters }: Network, pairs: Tensor): Tensor {
  const deviation = linear(pairs, parameters["head.deviation.weight"], parameters["head.deviation.bias"]);
  return mul(reshape(deviation, pairs.shape.slice(0, 2)), parameters["head.theta"]);
}

/** Squared distances, B x N x K. */
export function squaredDistances(points: Tensor, centers: Tensor): Tensor {
  const [sets, rows, dimensions] = points.shape;
  const clusters = centers.shape[1];
  const difference = sub(
    reshape(points, [sets, rows, 1, dimensions]),
    reshape(centers, [sets, 1, clusters, dimensions]),
  );
  return sum(square(difference), [3]);
}

/** The learned p(k|j,i) of every pair as stay and move shares: B x N x K and B x N x K x K. */
export function transitionShares(network: Network, points: Tensor, centers: Tensor) {
  const [sets, rows] = points.shape;
  const clusters = centers.shape[1];
  const pairs = allPairs(network, embed(network, points, centers));
  const { stay, move } = transitionLogits(network, pairs, centers);
  const identity = Array.from({ length: clusters * clusters }, (_, index) => +(index % (clusters + 1) === 0));
  const prescribed = points.graph.constant(identity, [1, 1, clusters, clusters]);
  return {
    stay: reshape(sigmoid(stay), [sets, rows, clusters]),
    move: softmax(exclude(reshape(move, [sets, rows, clusters, clusters]), prescribed)),
    prescribed,
  };
}

/**
 * Average distances dbar of every pair, B x N x K, from the squared `distances` to the centers.
 *
 * The distances come from outside, so that a gradient can be taken through them alone.
 */
export function averageDistances(network: Network, points: Tensor, centers: Tensor, distances: Tensor): Tensor {
  const [sets, rows, clusters] = distances.shape;
  if (network.architecture.head === "residual") {
    const pairs = allPairs(network, embed(network, points, centers));
    return relu(add(reshape(deviations(network, pairs), [sets, rows, clusters]), distances));
  }
  const { stay, move } = transitionShares(network, points, centers);
  const moved = sum(mul(move, reshape(distances, [sets, rows, 1, clusters])), [3]);
  return add(mul(stay, distances), mul(sub(1, stay), moved));
}
