import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { Core } from "../../src/core/memory.js";
import type { Autonomy } from "../../src/types.js";

let module: WebAssembly.Module;

/** Compiles dist/core.wasm once; for `beforeAll`. */
export async function compileCore(): Promise<void> {
  module ??= await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
}

export function freshCore(): Core {
  return new Core(module);
}

declare module "vitest" {
  interface Matchers<T> {
    toBeCloseToRelative(expected: number, tolerance: number, size?: number): T;
  }
}

expect.extend({
  /** |actual - expected| <= tolerance * max(|expected|, size). */
  toBeCloseToRelative(actual: number, expected: number, tolerance: number, size = 0) {
    const limit = tolerance * Math.max(Math.abs(expected), size);
    return {
      pass: Math.abs(actual - expected) <= limit,
      message: () => `${actual} is not within ${limit} of ${expected}`,
    };
  },
});

/** mulberry32, for test data only. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function randomTable(clusters: number, random: () => number): number[][] {
  return Array.from({ length: clusters }, () => {
    const row = Array.from({ length: clusters }, () => random() ** 3);
    const total = row.reduce((a, b) => a + b);
    return row.map((value) => value / total);
  });
}

/** An autonomy of the given kind with random parameters. */
function random(kind: string, clusters: number, rows: number, temperature: number, draw: () => number): Autonomy {
  switch (kind) {
    case "table":
      return { kind: "table", probabilities: randomTable(clusters, draw) };
    case "groups": {
      const count = 1 + Math.floor(draw() * Math.min(rows, 12));
      return {
        kind: "groups",
        groups: Array.from({ length: rows }, () => Math.floor(draw() * count)),
        probabilities: Array.from({ length: count }, () => randomTable(clusters, draw)),
      };
    }
    case "softmax":
      return { kind: "softmax", kappa: draw(), zeta: draw() * 2, temperature };
    case "softmaxEntity":
      return { kind: "softmax", kappa: draw(), zeta: draw() * 2, gamma: draw() * 2, temperature };
    default:
      return { kind: "none" };
  }
}

export const autonomies = { generator, random };
