import { type Graph, type Node, sizeOf, type Tensor } from "./graph.js";

/**
 * The operators of the networks: each appends ONNX nodes and states its own gradient.
 *
 * Only standard operators, all of them with WASM and WebGPU kernels. Softmax, logSumExp, matMul and
 * layerNorm work on the last axis (or the last two); shapes broadcast as in NumPy.
 */
type Operand = Tensor | number;

/** Attaches a backward rule to the node that made `result`. */
function differentiable(
  result: Tensor,
  inputs: readonly Tensor[],
  gradient: NonNullable<Node["backward"]>["gradient"],
): Tensor {
  const { nodes } = result.graph;
  const node = nodes.findLast(({ outputs }) => outputs[0] === result);
  node!.backward = { inputs, gradient };
  return result;
}

// Elementwise

export function add(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return differentiable(binary("Add", x, y), [x, y], (dy) => [sumTo(dy, x.shape), sumTo(dy, y.shape)]);
}

export function sub(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return differentiable(binary("Sub", x, y), [x, y], (dy) => [sumTo(dy, x.shape), sumTo(neg(dy), y.shape)]);
}

export function mul(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return differentiable(binary("Mul", x, y), [x, y], (dy) => [sumTo(mul(dy, y), x.shape), sumTo(mul(dy, x), y.shape)]);
}

export function div(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  const quotient = binary("Div", x, y);
  return differentiable(quotient, [x, y], (dy) => [
    sumTo(div(dy, y), x.shape),
    sumTo(neg(div(mul(dy, quotient), y)), y.shape),
  ]);
}

export function neg(x: Tensor): Tensor {
  return differentiable(unary("Neg", x), [x], (dy) => [neg(dy)]);
}

export function sqrt(x: Tensor): Tensor {
  const root = unary("Sqrt", x);
  return differentiable(root, [x], (dy) => [div(mul(dy, 0.5), root)]);
}

export function square(x: Tensor): Tensor {
  return differentiable(binary("Mul", x, x), [x], (dy) => [mul(dy, mul(x, 2))]);
}

export function relu(x: Tensor): Tensor {
  const { graph, shape } = x;
  return differentiable(unary("Relu", x), [x], (dy) => {
    const positive = graph.node("Greater", [x, graph.scalar(0)], shape, {}, "bool");
    return [graph.node("Where", [positive, dy, graph.scalar(0)], shape)];
  });
}

export function sigmoid(x: Tensor): Tensor {
  const y = unary("Sigmoid", x);
  return differentiable(y, [x], (dy) => [mul(dy, mul(y, sub(1, y)))]);
}

/** log(1 + exp(x)); its derivative is the sigmoid. */
export function softplus(x: Tensor): Tensor {
  return differentiable(unary("Softplus", x), [x], (dy) => [mul(dy, unary("Sigmoid", x))]);
}

/** x Phi(x), with Phi the standard normal distribution function (the erf form, not the tanh one). */
export function gelu(x: Tensor): Tensor {
  const cumulative = add(mul(unary("Erf", mul(x, Math.SQRT1_2)), 0.5), 0.5);
  return differentiable(binary("Mul", x, cumulative), [x], (dy) => {
    const density = mul(unary("Exp", mul(binary("Mul", x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(dy, add(cumulative, mul(x, density)))];
  });
}

// Reductions

export function sum(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const kept = reducedShape(x.shape, axes, true);
  return differentiable(reduce("ReduceSum", x, axes, keep), [x], (dy) => [expand(reshape(dy, kept), x.shape)]);
}

/** Log of the sum of exponentials over the last axis, which goes; stable. Its gradient is the softmax. */
export function logSumExp(x: Tensor): Tensor {
  const last = [x.shape.length - 1];
  const largest = reduce("ReduceMax", x, last, true);
  const exponentials = unary("Exp", binary("Sub", x, largest));
  const total = reduce("ReduceSum", exponentials, last, true);
  const kept = binary("Add", unary("Log", total), largest);
  return differentiable(rawReshape(kept, reducedShape(x.shape, last, false)), [x], (dy) => [
    mul(reshape(dy, total.shape), binary("Div", exponentials, total)),
  ]);
}

export function softmax(x: Tensor): Tensor {
  const y = x.graph.node("Softmax", [x], x.shape, { axis: -1 });
  return differentiable(y, [x], (dy) => {
    const weighted = mul(dy, y);
    return [sub(weighted, mul(y, sum(weighted, [x.shape.length - 1], true)))];
  });
}

/**
 * Layer normalization over the last axis, then scale and shift. Not ONNX's own operator: the backward
 * pass needs the normalized values, and onnxruntime's kernel keeps them to itself (and is slow in WASM).
 */
export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const last = [x.shape.length - 1];
  const centered = binary("Sub", x, reduce("ReduceMean", x, last, true));
  const variance = reduce("ReduceMean", binary("Mul", centered, centered), last, true);
  const deviation = unary("Sqrt", binary("Add", variance, x.graph.scalar(1e-5)));
  const normalized = binary("Div", centered, deviation);
  const y = binary("Add", binary("Mul", normalized, scale), shift);
  const leading = x.shape.map((_, axis) => axis).slice(0, -1);
  return differentiable(y, [x, scale, shift], (dy) => {
    const scaled = mul(dy, scale);
    const along = mul(normalized, reduce("ReduceMean", mul(scaled, normalized), last, true));
    const across = sub(scaled, reduce("ReduceMean", scaled, last, true));
    return [div(sub(across, along), deviation), sum(mul(dy, normalized), leading), sum(dy, leading)];
  });
}

// Shape

export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return differentiable(rawReshape(x, shape), [x], (dy) => [reshape(dy, x.shape)]);
}

/** Axis n of the result is axis `axes[n]` of x. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const shape = axes.map((axis) => x.shape[axis]);
  const back = axes.map((_, axis) => axes.indexOf(axis));
  return differentiable(x.graph.node("Transpose", [x], shape, { perm: axes }), [x], (dy) => [permute(dy, back)]);
}

/** Swaps the last two axes. */
export function transpose(x: Tensor): Tensor {
  const leading = x.shape.map((_, axis) => axis).slice(0, -2);
  return permute(x, [...leading, leading.length + 1, leading.length]);
}

export function expand(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const expanded = x.graph.node("Expand", [x, x.graph.integers(shape)], shape);
  return differentiable(expanded, [x], (dy) => [sumTo(dy, x.shape)]);
}

/** Elements start .. start + size of a vector. No gradient: parameters are cut from the flat vector once. */
export function slice(x: Tensor, start: number, size: number): Tensor {
  const { graph } = x;
  return graph.node("Slice", [x, graph.integers([start]), graph.integers([start + size])], [size]);
}

/** Concatenates vectors, at most eight a node (WebGPU binds few buffers at once). No gradient. */
export function concat(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return parts[0];
  const joined: Tensor[] = [];
  for (let start = 0; start < parts.length; start += 8) {
    const group = parts.slice(start, start + 8);
    const size = group.reduce((total, part) => total + part.shape[0], 0);
    joined.push(group.length === 1 ? group[0] : group[0].graph.node("Concat", group, [size], { axis: 0 }));
  }
  return concat(joined);
}

// Linear algebra

/** Matrix product over the last two axes, the right one transposed if said so; the leading axes must be equal. */
export function matMul(a: Tensor, b: Tensor, transB = false): Tensor {
  const right = transB ? transpose(b) : b;
  const rank = a.shape.length;
  const shape = [...a.shape.slice(0, -1), right.shape[rank - 1]];
  if (!sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) || a.shape[rank - 1] !== right.shape[rank - 2]) {
    throw new Error(`matMul: shapes ${a.shape} and ${b.shape} do not fit`);
  }
  return differentiable(a.graph.node("MatMul", [a, right], shape), [a, b], (dy) => [
    matMul(dy, b, !transB),
    transB ? matMul(transpose(dy), a) : matMul(transpose(a), dy),
  ]);
}

/** x w + bias over the last axis of x; w is inputs x outputs. */
export function linear(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  const [inputs, outputs] = w.shape;
  const rows = sizeOf(x.shape) / inputs;
  const flat = gemm(reshape(x, [rows, inputs]), w, false, false, bias);
  return reshape(flat, [...x.shape.slice(0, -1), outputs]);
}

/** The product of two matrices, each transposed if said so, plus a bias row. */
export function gemm(a: Tensor, b: Tensor, transA = false, transB = false, bias?: Tensor): Tensor {
  const [rows, innerA] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const [innerB, columns] = transB ? [b.shape[1], b.shape[0]] : b.shape;
  if (innerA !== innerB) throw new Error(`gemm: shapes ${a.shape} and ${b.shape} do not fit`);
  const inputs = bias ? [a, b, bias] : [a, b];
  const product = a.graph.node("Gemm", inputs, [rows, columns], { transA: +transA, transB: +transB });
  return differentiable(product, inputs, (dy) => [
    transA ? gemm(b, dy, transB, true) : gemm(dy, b, false, !transB),
    transB ? gemm(dy, a, true, transA) : gemm(a, dy, !transA, false),
    bias ? sumTo(dy, bias.shape) : null,
  ]);
}

// Helpers

function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  const graph: Graph = (typeof a === "number" ? (b as Tensor) : a).graph;
  return [typeof a === "number" ? graph.scalar(a) : a, typeof b === "number" ? graph.scalar(b) : b];
}

function unary(operator: string, x: Tensor): Tensor {
  return x.graph.node(operator, [x], x.shape);
}

function binary(operator: string, x: Tensor, y: Tensor): Tensor {
  return x.graph.node(operator, [x, y], broadcastShape(x.shape, y.shape));
}

function reduce(operator: string, x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  return x.graph.node(operator, [x, x.graph.integers(axes)], reducedShape(x.shape, axes, keep), { keepdims: +keep });
}

function rawReshape(x: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`reshape: ${x.shape} does not fit ${shape}`);
  return x.graph.node("Reshape", [x, x.graph.integers(shape)], shape);
}

/** Undoes a broadcast: sums the axes along which `shape` was stretched. */
function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, axes), shape);
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes ${a} and ${b} do not broadcast`);
    return Math.max(x, y);
  });
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  if (keep) return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return shape.filter((_, axis) => !axes.includes(axis));
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
