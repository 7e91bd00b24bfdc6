import { expectInput } from "../errors.js";
import { type Graph, sizeOf, type Tensor } from "./onnx/graph.js";
import { reshape, slice } from "./onnx/operators.js";

/** What fixes the number and meaning of a network's weights. */
export interface Architecture {
  /** d, the coordinates of a point. */
  dimensions: number;
  head: "transition" | "residual";
  /** Width of the embeddings; a multiple of `heads`. */
  hidden: number;
  /** Width of the feed-forward layer in each block. */
  feedForward: number;
  /** Attention blocks. */
  layers: number;
  /** Attention heads. */
  heads: number;
}

const MOST_LAYERS = 1024;
const MOST_WEIGHTS = 2 ** 28;

/**
 * Fills in the defaults.
 *
 * @throws WaywardError `input` naming the bad one
 */
export function checkArchitecture(options: Partial<Architecture>): Architecture {
  const { dimensions = 0, head = "transition", hidden = 64, feedForward = 128, heads = 8 } = options;
  const layers = options.layers ?? (head === "transition" ? 1 : 4);
  expectInput(
    head === "transition" || head === "residual",
    () => `head is ${JSON.stringify(head)}, expected "transition" or "residual"`,
  );
  for (const [name, value] of Object.entries({ dimensions, hidden, feedForward, heads })) {
    expectInput(Number.isInteger(value) && value >= 1, () => `${name} is ${value}, expected an integer of at least 1`);
  }
  expectInput(
    Number.isInteger(layers) && layers >= 0 && layers <= MOST_LAYERS,
    () => `layers is ${layers}, expected an integer from 0 to ${MOST_LAYERS}`,
  );
  expectInput(hidden % heads === 0, () => `hidden is ${hidden}, expected a multiple of heads = ${heads}`);
  const architecture = { dimensions, head, hidden, feedForward, layers, heads };
  // A block has more than that: bounds the weights without listing them.
  const least = (layers + 1) * (hidden ** 2 + hidden * (feedForward + dimensions));
  expectInput(
    least <= MOST_WEIGHTS,
    () => `${JSON.stringify(architecture)} has over ${least} weights, expected at most ${MOST_WEIGHTS}`,
  );
  return architecture;
}

/** One weight matrix or vector, and the value it starts from. */
export interface Parameter {
  name: string;
  shape: number[];
  start: "xavier" | "zero" | "one";
}

/**
 * Every parameter in the order it has in the flat weight vector. Matrices are inputs x outputs.
 *
 * The first head layer sees [entity | center]: it is kept as two matrices, so that the product with
 * each is taken once an entity and once a center, not once a pair.
 */
export function parameterList(architecture: Architecture): Parameter[] {
  const { dimensions, hidden, feedForward, layers } = architecture;
  const list: Parameter[] = [];
  const weight = (name: string, inputs: number, outputs: number, start: Parameter["start"] = "xavier") =>
    list.push({ name: `${name}.weight`, shape: [inputs, outputs], start });
  const vector = (name: string, length: number, start: Parameter["start"]) =>
    list.push({ name, shape: [length], start });
  const affine = (name: string, inputs: number, outputs: number, start?: Parameter["start"]) => {
    weight(name, inputs, outputs, start);
    vector(`${name}.bias`, outputs, "zero");
  };
  const norm = (name: string) => {
    vector(`${name}.scale`, hidden, "one");
    vector(`${name}.shift`, hidden, "zero");
  };
  affine("points", dimensions, hidden);
  affine("centers", dimensions, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const block = `block${layer}`;
    for (const name of ["query", "key", "value"]) weight(`${block}.${name}`, hidden, hidden);
    affine(`${block}.output`, hidden, hidden);
    norm(`${block}.norm1`);
    affine(`${block}.expand`, hidden, feedForward);
    affine(`${block}.contract`, feedForward, hidden);
    norm(`${block}.norm2`);
  }
  affine("head.entity", hidden, hidden);
  weight("head.center", hidden, hidden);
  affine("head.pair", hidden, pairWidth(architecture));
  if (architecture.head === "transition") {
    affine("head.query", pairWidth(architecture), pairWidth(architecture), "zero");
    weight("head.stay", pairWidth(architecture), 1, "zero");
    vector("head.stay.bias", 1, "one");
    affine("head.key1", dimensions, hidden);
    affine("head.key2", hidden, pairWidth(architecture));
  } else {
    affine("head.deviation", pairWidth(architecture), 1, "zero");
    vector("head.theta", 1, "one");
  }
  return list;
}

/** Width of a pair's features, and of the queries and keys of the transition head. */
export function pairWidth({ hidden }: Architecture): number {
  return Math.ceil(hidden / 2);
}

/** How many numbers the flat weight vector holds. */
export function weightCount(architecture: Architecture): number {
  return parameterList(architecture).reduce((count, { shape }) => count + sizeOf(shape), 0);
}

/** Fresh weights: Xavier-uniform matrices, except where the network must start as the identity. */
export function initialWeights(architecture: Architecture, uniform: () => number): Float32Array {
  const weights = new Float32Array(weightCount(architecture));
  let offset = 0;
  for (const { shape, start } of parameterList(architecture)) {
    const end = offset + sizeOf(shape);
    if (start === "one") weights.fill(1, offset, end);
    if (start === "xavier") {
      const limit = Math.sqrt(6 / (shape[0] + shape[1]));
      for (let index = offset; index < end; index++) weights[index] = (2 * uniform() - 1) * limit;
    }
    offset = end;
  }
  return weights;
}

/** Cuts the flat vector into the parameters by name. */
export function cutParameters(architecture: Architecture, flat: Tensor): Record<string, Tensor> {
  let offset = 0;
  return Object.fromEntries(
    parameterList(architecture).map(({ name, shape }) => {
      const size = sizeOf(shape);
      const part = reshape(slice(flat, offset, size), shape);
      offset += size;
      return [name, part];
    }),
  );
}

/** The parameters by name as constants of a graph. */
export function constantParameters(graph: Graph, architecture: Architecture, weights: Float32Array) {
  let offset = 0;
  return Object.fromEntries(
    parameterList(architecture).map(({ name, shape }) => {
      const end = offset + sizeOf(shape);
      const part = graph.constant(weights.subarray(offset, end), shape);
      offset = end;
      return [name, part];
    }),
  );
}
