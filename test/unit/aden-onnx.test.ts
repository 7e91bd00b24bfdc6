import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/aden/onnx/gradient.js";
import { Graph, sizeOf, type Tensor } from "../../src/aden/onnx/graph.js";
import { encodeModel } from "../../src/aden/onnx/model.js";
import * as operators from "../../src/aden/onnx/operators.js";
import { ProtobufWriter } from "../../src/aden/onnx/protobuf.js";
import { interpret } from "../reference/onnx-interpreter.js";
import { autonomies } from "./helpers.js";

const pseudoRandom = autonomies.generator;

const { add, concat, div, expand, gelu, gemm, layerNorm, linear, logSumExp, matMul, mul, neg } = operators;
const { permute, relu, reshape, sigmoid, slice, softmax, softplus, sqrt, square, sub, sum, transpose } = operators;

/** One case per operator, some in two shapes: input shapes, what to build, and the least value fed. */
const CASES: Record<string, { shapes: number[][]; build: (inputs: Tensor[]) => Tensor; least?: number }> = {
  add: { shapes: [[2, 3], [3]], build: ([a, b]) => add(a, b) },
  "add, both sides stretched": {
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    build: ([a, b]) => add(a, b),
  },
  sub: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ([a, b]) => sub(a, b),
  },
  mul: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ([a, b]) => mul(a, b),
  },
  div: { shapes: [[2, 3], [3]], build: ([a, b]) => div(a, b), least: 0.5 },
  neg: { shapes: [[4]], build: ([a]) => neg(a) },
  sqrt: { shapes: [[4]], build: ([a]) => sqrt(a), least: 0.5 },
  square: { shapes: [[4]], build: ([a]) => square(a) },
  relu: { shapes: [[9]], build: ([a]) => relu(a) },
  sigmoid: { shapes: [[5]], build: ([a]) => sigmoid(a) },
  softplus: { shapes: [[5]], build: ([a]) => softplus(a) },
  gelu: { shapes: [[2, 5]], build: ([a]) => gelu(a) },
  sum: { shapes: [[2, 3, 4]], build: ([a]) => sum(a, [0, 2]) },
  "sum, axes kept": { shapes: [[2, 3, 4]], build: ([a]) => sum(a, [1], true) },
  logSumExp: { shapes: [[3, 4]], build: ([a]) => logSumExp(a) },
  softmax: { shapes: [[2, 2, 4]], build: ([a]) => softmax(a) },
  layerNorm: { shapes: [[2, 3, 5], [5], [5]], build: ([x, w, b]) => layerNorm(x, w, b) },
  reshape: { shapes: [[2, 6]], build: ([a]) => reshape(a, [3, 4]) },
  transpose: { shapes: [[2, 3, 4]], build: ([a]) => transpose(a) },
  permute: { shapes: [[2, 3, 4]], build: ([a]) => permute(a, [1, 2, 0]) },
  expand: { shapes: [[2, 1, 3]], build: ([a]) => expand(a, [2, 4, 3]) },
  matMul: {
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    build: ([a, b]) => matMul(a, b),
  },
  "matMul, right transposed": {
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    build: ([a, b]) => matMul(a, b, true),
  },
  gemm: { shapes: [[2, 3], [3, 4], [4]], build: ([a, b, c]) => gemm(a, b, false, false, c) },
  "gemm, left transposed": {
    shapes: [
      [3, 2],
      [3, 4],
    ],
    build: ([a, b]) => gemm(a, b, true),
  },
  "gemm, right transposed": {
    shapes: [
      [2, 3],
      [4, 3],
    ],
    build: ([a, b]) => gemm(a, b, false, true),
  },
  "gemm, both transposed": {
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: ([a, b]) => gemm(a, b, true, true),
  },
  linear: { shapes: [[2, 3, 4], [4, 2], [2]], build: ([x, w, b]) => linear(x, w, b) },
};

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

/** A scalar that weighs every element differently, its gradients, and feeds for all inputs. */
function makeCase(name: string) {
  const { shapes, build, least = -1.5 } = CASES[name];
  const random = pseudoRandom(7);
  const graph = new Graph();
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, shape));
  const result = build(inputs);
  const weights = graph.constant(
    Array.from({ length: sizeOf(result.shape) }, () => random() + 0.5),
    result.shape,
  );
  const scalar = sum(
    mul(result, weights),
    result.shape.map((_, axis) => axis),
  );
  const found = gradients(scalar, inputs);
  graph.output(scalar, "scalar");
  found.forEach((tensor, index) => {
    graph.output(tensor!, `gradient${index}`);
  });
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape }) => [name, Float64Array.from({ length: sizeOf(shape) }, () => least + 2 * random())]),
  );
  return { graph, inputs, feeds };
}

describe("operators", () => {
  it.each(Object.keys(CASES))("%s: the gradient equals finite differences", (name) => {
    const { graph, inputs, feeds } = makeCase(name);
    const exact = interpret(graph, feeds);
    inputs.forEach((input, index) => {
      const gradient = exact[`gradient${index}`];
      expect(gradient.some((value) => value !== 0)).toBe(true);
      feeds[input.name].forEach((value, element) => {
        const at = (shifted: number) => {
          feeds[input.name][element] = shifted;
          return interpret(graph, feeds).scalar[0];
        };
        const slope = (at(value + 1e-5) - at(value - 1e-5)) / 2e-5;
        feeds[input.name][element] = value;
        expect(gradient[element]).toBeCloseTo(slope, 6);
      });
    });
  });

  it.each(Object.keys(CASES))("%s: onnxruntime-web agrees with the interpreter", async (name) => {
    const { graph, inputs, feeds } = makeCase(name);
    const session = await ort.InferenceSession.create(encodeModel(graph));
    const expected = interpret(graph, feeds);
    const actual = await session.run(
      Object.fromEntries(inputs.map((t) => [t.name, new ort.Tensor(Float32Array.from(feeds[t.name]), [...t.shape])])),
    );
    for (const [output, values] of Object.entries(expected)) {
      values.forEach((value, element) => {
        expect(Math.abs((actual[output].data[element] as number) - value)).toBeLessThan(2e-6 * (1 + Math.abs(value)));
      });
    }
    await session.release();
  });

  it("cuts a vector into pieces and joins more pieces than one node takes", () => {
    const graph = new Graph();
    const x = graph.input("x", [20]);
    const pieces = Array.from({ length: 20 }, (_, index) => slice(x, 19 - index, 1));
    graph.output(concat(pieces), "reversed");
    const values = Array.from({ length: 20 }, (_, index) => index);
    expect([...interpret(graph, { x: values }).reversed]).toEqual(values.toReversed());
    expect(Math.max(...graph.nodes.map((node) => node.inputs.length))).toBe(8);
  });

  it("refuses shapes that do not fit", () => {
    const graph = new Graph();
    const a = graph.input("a", [2, 3]);
    expect(() => add(a, graph.input("b", [2]))).toThrow("do not broadcast");
    expect(() => gemm(a, a)).toThrow("do not fit");
    expect(() => matMul(a, a)).toThrow("do not fit");
    expect(() => reshape(a, [4])).toThrow("does not fit");
  });
});

describe("graph", () => {
  it("sums the gradients of a tensor used twice and skips what does not depend on it", () => {
    const graph = new Graph();
    const x = graph.input("x", [1]);
    const unused = graph.input("unused", [1]);
    const y = sum(add(mul(x, x), mul(x, 3)), [0]);
    const [gradient, none] = gradients(y, [x, unused]);
    graph.output(gradient!, "gradient");
    expect(none).toBeNull();
    expect(interpret(graph, { x: [5], unused: [0] }).gradient[0]).toBe(13);
  });

  it("keeps only what the outputs need, and shares equal constants", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    mul(x, 7);
    graph.output(add(mul(x, 2), 2), "y");
    graph.prune();
    expect(graph.nodes.map((node) => node.operator)).toEqual(["Mul", "Add"]);
    expect(graph.constants.size).toBe(1);
  });

  it("refuses to name an input, or one result twice, as output", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = neg(x);
    graph.output(y, "y");
    expect(() => graph.output(x, "z")).toThrow("not a result");
    expect(() => graph.output(y, "z")).toThrow("already an output");
  });
});

describe("protobuf", () => {
  it("writes the examples of the protocol buffers encoding guide", () => {
    // https://protobuf.dev/programming-guides/encoding: field 1 = 150; field 2 = "testing"; a message in field 3
    expect([...new ProtobufWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    const text = [...new ProtobufWriter().text(2, "testing").finish()];
    expect(text).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    const nested = new ProtobufWriter().message(3, (message) => message.integer(1, 150));
    expect([...nested.finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().integers(6, [3, 270, 86942]).finish()]).toEqual([
      0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05,
    ]);
    expect([...new ProtobufWriter().integer(1, -2).finish()]).toEqual([
      0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ]);
  });
});
