import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import {
  adamRates,
  energyGraph,
  type Feedback,
  forwardGraph,
  trainingGraph,
  transitionsGraph,
} from "../../src/aden/graphs.js";
import { type Graph, sizeOf } from "../../src/aden/onnx/graph.js";
import { encodeModel } from "../../src/aden/onnx/model.js";
import { type Architecture, initialWeights, parameterList, weightCount } from "../../src/aden/parameters.js";
import { interpret } from "../reference/onnx-interpreter.js";
import { autonomies } from "./helpers.js";

const pseudoRandom = autonomies.generator;

const SMALL = { dimensions: 2, hidden: 8, feedForward: 12, layers: 2, heads: 2 };
const EXTENTS = { sets: 2, rows: 5, clusters: 3 };
const { sets: B, rows: N, clusters: K } = EXTENTS;

type Case = [head: Architecture["head"], feedback: Feedback];
const CASES: Case[] = [
  ["transition", "realized"],
  ["transition", "costs"],
  ["residual", "costs"],
];

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

/** Random feeds for every input of a graph; weights near their start, but none at zero. */
function feedsFor(graph: Graph, architecture: Architecture, seed = 3): Record<string, Float64Array> {
  const random = pseudoRandom(seed);
  const uniform = (shape: readonly number[], scale = 1) =>
    Float64Array.from({ length: sizeOf(shape) }, () => scale * (2 * random() - 1));
  const feeds: Record<string, Float64Array> = {};
  for (const { name, shape } of graph.inputs) {
    feeds[name] = uniform(shape);
    if (name === "selected") feeds[name] = feeds[name].map((_, index) => +(index % K === Math.floor(index / K) % K));
    if (name === "target") feeds[name] = feeds[name].map(Math.abs);
    if (name === "target" && shape.length === 3) normalizeRows(feeds[name]);
    if (name === "weights")
      feeds[name] = Float64Array.from(initialWeights(architecture, random), (w) => w + 0.3 * (random() - 0.5));
    if (name === "beta") feeds[name] = Float64Array.of(4);
    if (name === "rho" || name === "second") feeds[name] = feeds[name].map(Math.abs);
    if (name === "rates") feeds[name] = Float64Array.from(adamRates(7, 0.01, 0.1));
    if (name.startsWith("mask")) feeds[name] = feeds[name].map((value) => (value > -0.5 ? 4 / 3 : 0));
  }
  return feeds;
}

function normalizeRows(shares: Float64Array): void {
  for (let start = 0; start < shares.length; start += K) {
    const row = shares.subarray(start, start + K);
    const total = row.reduce((sofar, share) => sofar + share, 0);
    row.forEach((share, index) => {
      row[index] = share / total;
    });
  }
}

/** The slope of one output's sum along one element of one input. */
function slope(
  graph: Graph,
  feeds: Record<string, Float64Array>,
  input: string,
  element: number,
  output: string,
): number {
  const value = feeds[input][element];
  const at = (shifted: number) => {
    feeds[input][element] = shifted;
    return interpret(graph, feeds)[output].reduce((total, part) => total + part, 0);
  };
  const result = (at(value + 1e-5) - at(value - 1e-5)) / 2e-5;
  feeds[input][element] = value;
  return result;
}

async function runOrt(graph: Graph, feeds: Record<string, Float64Array>) {
  const session = await ort.InferenceSession.create(encodeModel(graph));
  const inputs = graph.inputs.map(({ name, shape }) => [
    name,
    new ort.Tensor(Float32Array.from(feeds[name]), [...shape]),
  ]);
  const results = await session.run(Object.fromEntries(inputs));
  await session.release();
  return results;
}

function expectNear(actual: ArrayLike<unknown>, expected: Float64Array, tolerance: number): void {
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs((actual[index] as number) - value) / scale).toBeLessThan(tolerance);
  });
}

describe.each(CASES)("%s head, %s", (head, feedback) => {
  const architecture: Architecture = { ...SMALL, head };

  it.each([false, true])("training gradient equals finite differences (dropout %s)", (dropout) => {
    const graph = trainingGraph(architecture, EXTENTS, feedback, { dropout, gradient: true });
    const feeds = feedsFor(graph, architecture);
    const { gradient } = interpret(graph, feeds);
    const largest = Math.max(...gradient.map(Math.abs));
    const step = dropout ? 97 : 23;
    for (let index = 0; index < gradient.length; index += step) {
      const expected = slope(graph, feeds, "weights", index, "loss");
      expect(Math.abs(gradient[index] - expected) / largest).toBeLessThan(1e-6);
    }
  });

  it("a training step in onnxruntime-web agrees with the interpreter", async () => {
    const graph = trainingGraph(architecture, EXTENTS, feedback);
    const feeds = feedsFor(graph, architecture);
    const expected = interpret(graph, feeds);
    const actual = await runOrt(graph, feeds);
    for (const [name, values] of Object.entries(expected)) expectNear(actual[name].data as Float32Array, values, 1e-4);
  });

  it("the step is AdamW", () => {
    const graph = trainingGraph(architecture, EXTENTS, feedback);
    const feeds = feedsFor(graph, architecture);
    const bare = trainingGraph(architecture, EXTENTS, feedback, { gradient: true });
    const { gradient } = interpret(bare, feeds);
    const stepped = interpret(graph, feeds);
    gradient.forEach((slope, index) => {
      // The graph keeps the moments divided by 1 - 0.9 and 1 - 0.99.
      const first = 0.9 * 0.1 * feeds.first[index] + 0.1 * slope;
      const second = 0.99 * 0.01 * feeds.second[index] + 0.01 * slope ** 2;
      const [unbiased, spread] = [first / (1 - 0.9 ** 7), Math.sqrt(second / (1 - 0.99 ** 7))];
      const weight = (1 - 0.01 * 0.1) * feeds.weights[index] - (0.01 * unbiased) / (spread + 1e-8);
      expect(stepped.newWeights[index]).toBeCloseTo(weight, 6);
      expect(0.1 * stepped.newFirst[index]).toBeCloseTo(first, 6);
      expect(0.01 * stepped.newSecond[index]).toBeCloseTo(second, 6);
    });
  });

  it("the exact energy gradient equals finite differences, and onnxruntime-web's", async () => {
    const graph = energyGraph(architecture, EXTENTS, "exact");
    const feeds = feedsFor(graph, architecture);
    const { energy, gradient } = interpret(graph, feeds);
    gradient.forEach((value, index) => {
      expect(value).toBeCloseTo(slope(graph, feeds, "centers", index, "energy"), 7);
    });
    const actual = await runOrt(graph, feeds);
    expectNear(actual.energy.data as Float32Array, energy, 1e-5);
    expectNear(actual.gradient.data as Float32Array, gradient, 1e-4);
  });

  it("a freshly started network is the known one: obedience, or mostly so", () => {
    const graph = forwardGraph(architecture, EXTENTS);
    const feeds = feedsFor(graph, architecture);
    feeds.weights = Float64Array.from(initialWeights(architecture, pseudoRandom(1)));
    const { distances } = interpret(graph, feeds);
    const squared = squaredDistances(feeds);
    const stay = head === "residual" ? 1 : 1 / (1 + Math.exp(-2));
    distances.forEach((actual, index) => {
      const row = index - (index % K);
      const others = squared.slice(row, row + K).filter((_, k) => k !== index % K);
      const moved = others.reduce((total, distance) => total + distance, 0) / (K - 1);
      expect(actual).toBeCloseTo(stay * squared[index] + (1 - stay) * moved, 6);
    });
  });

  it("permuting the centers permutes the distances", () => {
    const graph = forwardGraph(architecture, EXTENTS);
    const feeds = feedsFor(graph, architecture);
    const before = interpret(graph, feeds).distances;
    feeds.centers = Float64Array.from(feeds.centers, (_, index) => {
      const center = Math.floor(index / 2) % K;
      return feeds.centers[index + 2 * (((center + 1) % K) - center)];
    });
    const after = interpret(graph, feeds).distances;
    after.forEach((value, index) => {
      const j = index % K;
      expect(value).toBeCloseTo(before[index - j + ((j + 1) % K)], 10);
    });
  });
});

describe("transition head", () => {
  const architecture: Architecture = { ...SMALL, head: "transition" };

  it("transitions are probabilities, and distances their mean", () => {
    const graph = transitionsGraph(architecture, EXTENTS);
    const feeds = feedsFor(graph, architecture);
    const { transitions } = interpret(graph, feeds);
    const { distances } = interpret(forwardGraph(architecture, EXTENTS), feeds);
    const squared = squaredDistances(feeds);
    for (let pair = 0; pair < B * N * K; pair++) {
      const row = transitions.slice(pair * K, (pair + 1) * K);
      expect(row.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...row)).toBeGreaterThan(0);
      const first = Math.floor(pair / K) * K;
      const mean = row.reduce((total, p, k) => total + p * squared[first + k], 0);
      expect(distances[pair]).toBeCloseTo(mean, 12);
    }
  });

  it("the fixed-point direction is the gradient with p held constant (eq. 2)", () => {
    const graph = energyGraph(architecture, EXTENTS, "fixedPoint");
    const feeds = feedsFor(graph, architecture);
    const { gradient } = interpret(graph, feeds);
    const { transitions } = interpret(transitionsGraph(architecture, EXTENTS), feeds);
    const heldEnergy = () => {
      const squared = squaredDistances(feeds);
      let total = 0;
      for (let row = 0; row < B * N; row++) {
        let partition = 0;
        for (let j = 0; j < K; j++) {
          let dbar = 0;
          for (let k = 0; k < K; k++) dbar += transitions[(row * K + j) * K + k] * squared[row * K + k];
          partition += Math.exp(-feeds.beta[0] * dbar);
        }
        total -= (feeds.rho[row] * Math.log(partition)) / feeds.beta[0];
      }
      return total;
    };
    gradient.forEach((value, index) => {
      const center = feeds.centers[index];
      feeds.centers[index] = center + 1e-5;
      const above = heldEnergy();
      feeds.centers[index] = center - 1e-5;
      const below = heldEnergy();
      feeds.centers[index] = center;
      expect(value).toBeCloseTo((above - below) / 2e-5, 7);
    });
  });

  it("stores its parameters once each, 47,361 of them at the default size", () => {
    const standard: Architecture = {
      dimensions: 2,
      head: "transition",
      hidden: 64,
      feedForward: 128,
      layers: 1,
      heads: 8,
    };
    expect(weightCount(standard)).toBe(47_361); // as the prototype counted
    const names = parameterList(standard).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

function squaredDistances(feeds: Record<string, Float64Array>): Float64Array {
  return Float64Array.from({ length: B * N * K }, (_, index) => {
    const k = index % K;
    const row = Math.floor(index / K);
    const set = Math.floor(row / N);
    let total = 0;
    for (let c = 0; c < 2; c++) total += (feeds.points[row * 2 + c] - feeds.centers[(set * K + k) * 2 + c]) ** 2;
    return total;
  });
}
