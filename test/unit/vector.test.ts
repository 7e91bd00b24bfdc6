import { beforeAll, describe, expect, test } from "vitest";
import { ulpsFromExp, ulpsFromLog } from "../reference/exact.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

function through(kernel: "expArray" | "logArray", values: number[]): Float64Array {
  const core = freshCore();
  const count = values.length + (values.length % 2);
  const source = core.reserve(count * 8);
  const target = core.reserve(count * 8);
  core.f64(source, count).set(values);
  core.run((x) => x[kernel](source, target, count));
  return core.f64(target, values.length).slice();
}

describe("exp of two lanes", () => {
  const random = autonomies.generator(1);
  const values = Array.from({ length: 6000 }, (_, i) =>
    i % 3 === 0 ? -708 * random() : (random() - 0.5) * 4 ** (i % 5),
  );

  test("is at most 1 ulp from the truth", () => {
    const results = through("expArray", values);
    const worst = Math.max(...values.map((x, i) => ulpsFromExp(x, results[i])));
    expect(worst).toBeLessThanOrEqual(1);
  });

  test("is exact where it must be, and flushes below -708", () => {
    expect(Array.from(through("expArray", [0, -0, -708.0001, -1e300, Number.NEGATIVE_INFINITY]))).toEqual([
      1, 1, 0, 0, 0,
    ]);
    expect(through("expArray", [-708])[0]).toBeGreaterThan(0);
  });
});

describe("log of two lanes", () => {
  const random = autonomies.generator(2);
  const values = Array.from({ length: 6000 }, (_, i) =>
    i % 3 === 0 ? 1 + (random() - 0.5) * 2 ** -(i % 40) : 2 ** ((random() - 0.5) * 600),
  );

  test("is at most 1 ulp from the truth", () => {
    const results = through("logArray", values);
    const worst = Math.max(...values.map((x, i) => (x === 1 ? 0 : ulpsFromLog(x, results[i]))));
    expect(worst).toBeLessThanOrEqual(1);
  });

  test("of 1 is 0", () => {
    expect(through("logArray", [1])[0]).toBe(0);
  });
});
