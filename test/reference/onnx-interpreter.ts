import { type Graph, type Node, sizeOf, type Tensor } from "../../src/aden/onnx/graph.js";

/**
 * Runs a graph in float64, one plain loop per operator: the oracle for gradients (against finite
 * differences) and for ONNX runtimes (against their float32).
 */
export function interpret(graph: Graph, feeds: Record<string, ArrayLike<number>>): Record<string, Float64Array> {
  const values = new Map<Tensor, Float64Array>();
  for (const { tensor, data } of graph.constants.values()) values.set(tensor, Float64Array.from(data, Number));
  for (const tensor of graph.inputs) {
    const fed = Float64Array.from(feeds[tensor.name] ?? []);
    if (fed.length !== sizeOf(tensor.shape))
      throw new Error(`${tensor.name}: ${fed.length} values for ${tensor.shape}`);
    values.set(tensor, fed);
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((tensor) => values.get(tensor)!);
    const results = run(node, inputs);
    node.outputs.forEach((tensor, index) => {
      values.set(tensor, results[index]);
    });
  }
  return Object.fromEntries(graph.outputs.map((tensor) => [tensor.name, values.get(tensor)!]));
}

const UNARY: Record<string, (x: number) => number> = {
  Neg: (x) => -x,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Erf: erf,
  Relu: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

const BINARY: Record<string, (x: number, y: number) => number> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  Div: (x, y) => x / y,
  Greater: (x, y) => +(x > y),
};

function run(node: Node, inputs: Float64Array[]): Float64Array[] {
  const { operator, outputs } = node;
  const shape = outputs[0].shape;
  const shapes = node.inputs.map((tensor) => tensor.shape);
  const size = sizeOf(shape);
  if (UNARY[operator]) return [inputs[0].map(UNARY[operator])];
  if (BINARY[operator]) {
    const left = broadcastIndex(shapes[0], shape);
    const right = broadcastIndex(shapes[1], shape);
    return [fill(size, (i) => BINARY[operator](inputs[0][left[i]], inputs[1][right[i]]))];
  }
  switch (operator) {
    case "Where": {
      const [condition, yes, no] = shapes.map((source) => broadcastIndex(source, shape));
      return [fill(size, (i) => (inputs[0][condition[i]] ? inputs[1][yes[i]] : inputs[2][no[i]]))];
    }
    case "Reshape":
      return [inputs[0]];
    case "Expand": {
      const index = broadcastIndex(shapes[0], shape);
      return [fill(size, (i) => inputs[0][index[i]])];
    }
    case "Slice":
      return [inputs[0].slice(inputs[1][0], inputs[2][0])];
    case "Concat":
      return [Float64Array.from(inputs.flatMap((part) => [...part]))];
    case "Transpose":
      return [transposed(inputs[0], shapes[0], node.attributes.perm as number[])];
    case "ReduceSum":
    case "ReduceMean":
    case "ReduceMax":
      return [reduced(operator, inputs[0], shapes[0], [...inputs[1]], size)];
    case "MatMul":
      return [matrixProducts(inputs[0], inputs[1], shapes[0], shape)];
    case "Gemm":
      return [gemm(node, inputs)];
    case "Softmax":
      return [softmax(inputs[0], shape.at(-1)!)];
    default:
      throw new Error(`the interpreter does not know ${operator}`);
  }
}

function fill(size: number, value: (index: number) => number): Float64Array {
  return Float64Array.from({ length: size }, (_, index) => value(index));
}

/** For each element of the target, the element of the source it reads. */
function broadcastIndex(source: readonly number[], target: readonly number[]): Int32Array {
  const padded = [...Array(target.length - source.length).fill(1), ...source];
  return Int32Array.from({ length: sizeOf(target) }, (_, flat) => {
    let index = 0;
    let stride = 1;
    let rest = flat;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const coordinate = rest % target[axis];
      rest = (rest - coordinate) / target[axis];
      if (padded[axis] !== 1) index += coordinate * stride;
      stride *= padded[axis];
    }
    return index;
  });
}

function transposed(x: Float64Array, shape: readonly number[], axes: readonly number[]): Float64Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const extents = axes.map((axis) => shape[axis]);
  return fill(x.length, (flat) => {
    let index = 0;
    let rest = flat;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const coordinate = rest % extents[axis];
      rest = (rest - coordinate) / extents[axis];
      index += coordinate * strides[axes[axis]];
    }
    return x[index];
  });
}

function reduced(
  operator: string,
  x: Float64Array,
  shape: readonly number[],
  axes: number[],
  size: number,
): Float64Array {
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const target = broadcastIndex(kept, shape);
  const result = new Float64Array(size).fill(operator === "ReduceMax" ? -Infinity : 0);
  x.forEach((value, index) => {
    const into = target[index];
    result[into] = operator === "ReduceMax" ? Math.max(result[into], value) : result[into] + value;
  });
  return operator === "ReduceMean" ? result.map((total) => (total * size) / x.length) : result;
}

function matrixProducts(
  a: Float64Array,
  b: Float64Array,
  shapeA: readonly number[],
  shape: readonly number[],
): Float64Array {
  const [rows, columns] = shape.slice(-2);
  const inner = shapeA.at(-1)!;
  return fill(sizeOf(shape), (flat) => {
    const column = flat % columns;
    const row = Math.floor(flat / columns) % rows;
    const batch = Math.floor(flat / (rows * columns));
    let total = 0;
    for (let l = 0; l < inner; l++) {
      total += a[(batch * rows + row) * inner + l] * b[(batch * inner + l) * columns + column];
    }
    return total;
  });
}

function gemm(node: Node, [a, b, bias]: Float64Array[]): Float64Array {
  const [rows, columns] = node.outputs[0].shape;
  const { transA, transB } = node.attributes;
  const inner = node.inputs[0].shape[transA ? 0 : 1];
  const index = bias ? broadcastIndex(node.inputs[2].shape, [rows, columns]) : undefined;
  return fill(rows * columns, (flat) => {
    const column = flat % columns;
    const row = (flat - column) / columns;
    let total = index ? bias[index[flat]] : 0;
    for (let l = 0; l < inner; l++) {
      total += a[transA ? l * rows + row : row * inner + l] * b[transB ? column * inner + l : l * columns + column];
    }
    return total;
  });
}

function softmax(x: Float64Array, length: number): Float64Array {
  const result = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += length) {
    const row = x.subarray(start, start + length);
    const largest = Math.max(...row);
    const exponentials = row.map((value) => Math.exp(value - largest));
    const total = exponentials.reduce((sofar, value) => sofar + value, 0);
    result.set(
      exponentials.map((value) => value / total),
      start,
    );
  }
  return result;
}

/** The error function to about 1e-15: its Taylor series below 3, its continued fraction above. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
  }
  let power = size;
  let total = size;
  for (let n = 1; n < 100; n++) {
    power *= (-size * size) / n;
    total += power / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * total) / Math.sqrt(Math.PI);
}
