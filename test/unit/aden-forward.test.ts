import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createAdenForward } from "../../src/aden/forward.js";
import { forwardGraph } from "../../src/aden/graphs.js";
import { type Architecture, initialWeights } from "../../src/aden/parameters.js";
import { createSolver, type Solver } from "../../src/index.js";
import { encodeState } from "../../src/state.js";
import { interpret } from "../reference/onnx-interpreter.js";
import { autonomies } from "./helpers.js";

let solver: Solver;
beforeAll(async () => {
  solver = await createSolver({ wasm: readFileSync(new URL("../../dist/core.wasm", import.meta.url)) });
});

const UNITS = { mean: [3, -2, 1], scale: 4 };

/** A network with random weights everywhere, as `save` writes it. */
function network(architecture: Architecture, seed: number) {
  const random = autonomies.generator(seed);
  const weights = Float64Array.from(initialWeights(architecture, random), (w) => w + 0.4 * (random() - 0.5));
  const units = { ...UNITS, mean: UNITS.mean.slice(0, architecture.dimensions) };
  const bytes = encodeState("aden", { kind: "network", architecture, units, steps: 0 }, weights);
  return { weights, bytes, units, random };
}

describe("the forward pass in core.wasm", () => {
  it.each<[string, Architecture, number]>([
    [
      "as trained by default",
      { head: "transition", dimensions: 2, hidden: 64, feedForward: 128, layers: 1, heads: 8 },
      4,
    ],
    ["the paper's", { head: "residual", dimensions: 2, hidden: 64, feedForward: 128, layers: 4, heads: 8 }, 3],
    ["odd widths", { head: "transition", dimensions: 3, hidden: 15, feedForward: 9, layers: 2, heads: 3 }, 5],
    ["odd widths, residual", { head: "residual", dimensions: 3, hidden: 15, feedForward: 9, layers: 2, heads: 3 }, 2],
    ["no blocks, one center", { head: "transition", dimensions: 1, hidden: 8, feedForward: 8, layers: 0, heads: 1 }, 1],
  ])("%s: equals the interpreter to 1e-5", (_, architecture, clusters) => {
    const { weights, bytes, units, random } = network(architecture, 5);
    const { dimensions } = architecture;
    const rows = 6;
    const points = Float64Array.from({ length: rows * dimensions }, () => 3 * (random() - 0.5));
    const centers = Float64Array.from({ length: clusters * dimensions }, () => 3 * (random() - 0.5));
    const graph = forwardGraph(architecture, { sets: 1, rows, clusters });
    const { distances: expected } = interpret(graph, { points, centers, weights });
    const inData = (x: Float64Array) => ({
      data: x.map((value, index) => units.mean[index % dimensions] + units.scale * value),
      dimensions,
    });
    const forward = createAdenForward({ solver, weights: bytes });
    for (const attempt of [
      forward.distances(inData(points), inData(centers)),
      forward.distances(inData(points), inData(centers)),
    ]) {
      attempt.forEach((actual, index) => {
        expect(Math.abs(actual / 16 - expected[index])).toBeLessThan(1e-5 * (1 + expected[index]));
      });
    }
  });

  it("labels are the nearest by learned distance, over many rows and changing K", () => {
    const architecture: Architecture = {
      head: "transition",
      dimensions: 2,
      hidden: 16,
      feedForward: 8,
      layers: 1,
      heads: 2,
    };
    const { bytes, random } = network(architecture, 9);
    const forward = createAdenForward({ solver, weights: bytes });
    const points = { data: Float64Array.from({ length: 2 * 2500 }, () => 8 * random()), dimensions: 2 };
    for (const clusters of [3, 6, 3]) {
      const centers = { data: Float64Array.from({ length: 2 * clusters }, () => 8 * random()), dimensions: 2 };
      const distances = forward.distances(points, centers);
      forward.labels(points, centers).forEach((label, row) => {
        const own = distances.subarray(row * clusters, (row + 1) * clusters);
        expect(label).toBe(own.indexOf(Math.min(...own)));
      });
    }
  });

  it("refuses what is no network, and points of other dimensions", () => {
    const architecture: Architecture = {
      head: "transition",
      dimensions: 2,
      hidden: 16,
      feedForward: 8,
      layers: 1,
      heads: 2,
    };
    const { bytes, weights } = network(architecture, 9);
    const forward = createAdenForward({ solver, weights: bytes });
    expect(() => forward.distances([[1, 2, 3]], [[0, 0]])).toThrow("points: 3 columns, expected 2");
    expect(() => forward.distances([[1, 2]], [[0]])).toThrow("centers: 1 columns, expected 2");
    const short = encodeState("aden", { kind: "network", architecture, units: UNITS }, weights.slice(1));
    expect(() => createAdenForward({ solver, weights: short })).toThrow(`${weights.length - 1} weights, expected`);
    const learner = encodeState("aden", { kind: "learner" }, new Float64Array(0));
    expect(() => createAdenForward({ solver, weights: learner })).toThrow("holds a learner, expected a network");
  });

  const shape: Architecture = {
    head: "transition",
    dimensions: 2,
    hidden: 16,
    feedForward: 8,
    layers: 1,
    heads: 2,
  };
  const units = { mean: [0, 0], scale: 1 };
  const TWO = [
    [0, 0],
    [1, 1],
  ];

  /** A network with one of its parts replaced; its checksum is right. */
  function forged(json: object, replace: (weights: Float64Array) => void = () => undefined) {
    const { weights } = network(shape, 9);
    replace(weights);
    return encodeState("aden", { kind: "network", architecture: shape, units, steps: 0, ...json }, weights);
  }

  it.each<[string, Uint8Array]>([
    ["no architecture", forged({ architecture: null })],
    ["more layers than could be counted", forged({ architecture: { ...shape, layers: 2 ** 53 - 1 } })],
    ["more hidden units than memory", forged({ architecture: { ...shape, hidden: 2 ** 40 } })],
    ["heads that do not divide the width", forged({ architecture: { ...shape, heads: 3 } })],
    ["another head", forged({ architecture: { ...shape, head: "third" } })],
    ["a width that is no number", forged({ architecture: { ...shape, hidden: "16" } })],
    ["no units", forged({ units: null })],
    ["a mean of another length", forged({ units: { mean: [0], scale: 1 } })],
    ["a mean that is no number", forged({ units: { mean: [0, Number.NaN], scale: 1 } })],
    ["scale 0", forged({ units: { mean: [0, 0], scale: 0 } })],
    ["a weight that is no number", forged({}, (weights) => weights.fill(Number.NaN, 7, 8))],
    ["an infinite weight", forged({}, (weights) => weights.fill(Number.POSITIVE_INFINITY, 7, 8))],
  ])("a forged network is refused: %s", (_, bytes) => {
    expect(() => createAdenForward({ solver, weights: bytes })).toThrow(
      expect.objectContaining({ name: "WaywardError", code: "state" }),
    );
  });

  it("no NaN comes out: numbers that overflow are refused, by row and center", () => {
    const large = createAdenForward({ solver, weights: forged({}, (weights) => weights.fill(1e300)) });
    const small = createAdenForward({ solver, weights: forged({}) });
    for (const overflow of [() => large.distances([[1, 2]], TWO), () => small.labels([[1e300, 2]], TWO)]) {
      expect(overflow).toThrow(expect.objectContaining({ code: "input" }));
      expect(overflow).toThrow("points: row 0: its distance to center 0 is");
    }
  });
});
