import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../src/anneal/problem.js";
import { MODE, PROBLEM_INTEGERS, PROBLEM_NUMBERS } from "../../src/core/exports.js";
import { checkPoints } from "../../src/points.js";
import { autonomies, compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

const BLOCK = 4096;

function bigProblem(rows: number): Problem {
  const random = autonomies.generator(rows);
  const data = Float64Array.from({ length: 2 * rows }, random);
  const problem = new Problem(freshCore(), checkPoints({ data, dimensions: 2 }), null, 5, { kind: "none" });
  problem.setCenters(Array.from({ length: 10 }, () => random() - 0.5));
  return problem;
}

describe("the tree over blocks", () => {
  test.each([1, 2, 3, 4, 7, 8, 13])("%i blocks add up by a fixed binary tree", (blocks) => {
    const problem = bigProblem(BLOCK * blocks - 100);
    const { core, pointer } = problem;
    // What one block alone sums to: a sweep over it and nothing else.
    const leaf = (block: number): number[] => {
      core.run((x) => x.sweepBegin(pointer, MODE.soft, 3));
      core.run((x) => x.sweepBlocks(pointer, block, block + 1));
      core.run((x) => x.sweepEnd(pointer));
      return Array.from(problem.array("sums", problem.integer("sumsLength")));
    };
    const add = (a: number[], b: number[]) => a.map((value, index) => value + b[index]);
    // Largest power of two below the count to the left, the rest to the right.
    const tree = (first: number, count: number): number[] => {
      if (count === 1) return leaf(first);
      let left = 1;
      while (2 * left < count) left *= 2;
      return add(tree(first, left), tree(first + left, count - left));
    };
    const expected = tree(0, blocks);
    problem.sweep(MODE.soft, 3);
    expect(Array.from(problem.array("sums", problem.integer("sumsLength")))).toEqual(expected);
  });

  test("blocks may come in any portions", () => {
    const problem = bigProblem(BLOCK * 6 + 17);
    const { core, pointer } = problem;
    const whole = problem.sweep(MODE.soft, 3);
    core.run((x) => x.sweepBegin(pointer, MODE.soft, 3));
    for (const [first, end] of [
      [0, 1],
      [1, 4],
      [4, 7],
    ]) {
      core.run((x) => x.sweepBlocks(pointer, first, end));
    }
    expect(core.run((x) => x.sweepEnd(pointer))).toBe(whole);
  });
});

test("the struct's fields are mirrored in their order", () => {
  const source = readFileSync(new URL("../../assembly/anneal/problem.ts", import.meta.url), "utf8");
  const body = source.slice(source.indexOf("export class Problem {")).split("\n}")[0];
  const fields = [...body.matchAll(/^ {2}(\w+): (f64|i32|usize);/gm)];
  expect(fields.filter(([, , type]) => type === "f64").map(([, name]) => name)).toEqual([...PROBLEM_NUMBERS]);
  const integers = fields.filter(([, , type]) => type !== "f64").map(([, name]) => name);
  expect(integers.slice(0, PROBLEM_INTEGERS.length)).toEqual([...PROBLEM_INTEGERS]); // the rest are the core's own
  const firstInteger = fields.findIndex(([, , type]) => type !== "f64");
  expect(fields.slice(firstInteger).every(([, , type]) => type !== "f64")).toBe(true);
});
