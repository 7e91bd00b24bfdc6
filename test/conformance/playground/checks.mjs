import { deepStrictEqual } from "node:assert";

/** Outcomes by title: null, or the fault. One failed check does not end the others. */
export class Checks {
  outcomes = {};

  async check(title, work) {
    try {
      await work();
      this.outcomes[title] = null;
    } catch (error) {
      this.outcomes[title] = error.message;
    }
  }
}

export function expect(right, fault) {
  if (!right) throw new Error(fault);
}

/** Equal to the last bit. */
export function expectSame(actual, expected, what) {
  try {
    deepStrictEqual(actual, expected);
  } catch {
    const show = (value) => JSON.stringify(value)?.slice(0, 160);
    throw new Error(`${what}: ${show(actual)}, expected ${show(expected)}`);
  }
}
