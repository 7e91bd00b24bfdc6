import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { normalDistribution, philox } from "../reference/random.js";
import { compileCore, freshCore } from "./helpers.js";

beforeAll(compileCore);

describe("Philox4x32-10", () => {
  // Known answers published with Random123.
  test.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("reference on counter %j", (counter, key, expected) => {
    const hex = philox(counter, key).map((word) => word.toString(16).padStart(8, "0"));
    expect(hex.join(" ")).toBe(expected);
  });

  test("core equals the reference", () => {
    const core = freshCore();
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 53n - 1n), fc.nat(), fc.bigInt(0n, 2n ** 53n - 1n), (seed, stream, index) => {
        const at = core.run((x) => x.philoxWords(seed, stream, index));
        const low = (value: bigint) => Number(value & 0xffffffffn);
        const expected = philox([low(index), Number(index >> 32n), stream, 0], [low(seed), Number(seed >> 32n)]);
        expect(Array.from(core.i32(at, 4), (word) => word >>> 0)).toEqual(expected);
      }),
    );
  });
});

describe("draws", () => {
  test("a normal draw is the quantile of the uniform one", () => {
    const core = freshCore();
    for (let index = 0n; index < 20_000n; index++) {
      const u = core.run((x) => x.uniform(3n, 5, index));
      const z = core.run((x) => x.normal(3n, 5, index));
      expect(u).toBeGreaterThan(0);
      expect(u).toBeLessThan(1);
      expect(normalDistribution(z)).toBeCloseToRelative(u, 1e-12, 1e-2);
    }
  });
});
