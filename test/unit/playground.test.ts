import { beforeAll, describe, expect, it } from "vitest";
import { createSolver } from "wayward";
import { chances } from "../../playground/anneal/autonomy.js";
import { lineages, nearestOneToOne } from "../../playground/anneal/lineage.js";
import { annealOptions } from "../../playground/anneal/options.js";
import { annealProgram } from "../../playground/anneal/program.js";
import { defaultsFor, fromFragment, type State, toFragment } from "../../playground/state.js";
import { assignColors, hex, inkOn, mix, mixRows, PALETTE } from "../../playground/view/colors.js";
import { drawDots, stampOf } from "../../playground/view/dots.js";
import { exact, short } from "../../playground/view/numbers.js";

describe("state in the address", () => {
  it("goes there and back, whatever was changed", () => {
    const state: State = {
      ...defaultsFor("airports"),
      tab: "learn",
      clusters: 5,
      kappa: 0.31,
      schedule: "auto",
      ignored: true,
      methods: ["aden"],
      delta: 1e-4,
      at: 0.25,
    };
    expect(fromFragment(toFragment(state))).toEqual(state);
    expect(fromFragment(toFragment({ ...state, methods: [] }))).toEqual({ ...state, methods: [] });
  });

  it("holds nothing where nothing was changed", () => {
    expect(toFragment(defaultsFor("blobs4"))).toBe("#anneal");
    expect(toFragment(defaultsFor("iris"))).toBe("#anneal?data=iris");
    expect(fromFragment("")).toEqual(defaultsFor("blobs4"));
  });

  it("does not let a bad link break the page", () => {
    const state = fromFragment("#nonsense?data=gold&clusters=1e9&kappa=NaN&seed=-3&growth=&schedule=slow&what=1");
    expect(state).toEqual({ ...defaultsFor("blobs4"), clusters: 25 });
  });
});

describe("colors", () => {
  const colors = PALETTE.slice(0, 2);

  it("mixes as light: ends are pure, the middle is the root of the mean square", () => {
    expect(mix(colors, [1, 0])).toEqual([...colors[0]]);
    expect(mix(colors, [0, 7])).toEqual([...colors[1]]);
    const [red] = mix(colors, [0.5, 0.5]);
    expect(red).toBe(Math.round(Math.sqrt((colors[0][0] ** 2 + colors[1][0] ** 2) / 2)));
  });

  it("mixes rows between two policies", () => {
    const out = new Uint8Array(6);
    mixRows(colors, [255, 0, 0, 255], [0, 255, 0, 255], 0.5, out);
    expect(Array.from(out.subarray(0, 3))).toEqual([...mix(colors, [1, 1])]);
    expect(Array.from(out.subarray(3))).toEqual([...colors[1]]);
  });

  it("gives centers different colors while there are enough, and neighbors different ones after", () => {
    const centers = Array.from({ length: 25 }, (_, index) => [index % 5, Math.floor(index / 5)]);
    expect(new Set(assignColors(centers.slice(0, 8)).map(hex)).size).toBe(8);
    const all = assignColors(centers);
    centers.forEach(([x, y], a) => {
      centers.forEach(([u, v], b) => {
        if (a !== b && Math.hypot(x - u, y - v) === 1) expect(all[a]).not.toBe(all[b]);
      });
    });
  });

  it("writes on every color with a contrast of at least 4.5", () => {
    const luminance = (text: string) => {
      const parts = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16) / 255);
      const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const color of PALETTE) {
      const [a, b] = [luminance(hex(color)), luminance(inkOn(color))];
      expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThan(4.5);
    }
  });
});

describe("dots", () => {
  it("are round, in their color, and end at the border", () => {
    const image = { width: 9, height: 9, data: new Uint8ClampedArray(4 * 81) } as unknown as ImageData;
    drawDots(image, stampOf(2), Float32Array.from([4, 4, 0, 0]), Uint8Array.from([255, 0, 0, 0, 0, 255]));
    const pixel = (x: number, y: number) => Array.from(image.data.subarray(4 * (9 * y + x), 4 * (9 * y + x) + 4));
    expect(pixel(4, 4)).toEqual([255, 0, 0, 255]);
    expect(pixel(0, 0)).toEqual([0, 0, 255, 255]);
    expect(pixel(8, 0)).toEqual([0, 0, 0, 0]);
    expect(pixel(8, 4)[3]).toBe(0);
    expect(pixel(6, 4)[3]).toBeGreaterThan(0);
    expect(pixel(6, 4)[3]).toBeLessThan(255);
  });
});

describe("centers keep their number through a run", () => {
  it("pairs one to one, the nearest first", () => {
    expect(nearestOneToOne([[0], [1], [10]], [[9], [1.1], [0.9]])).toEqual([1, 2, 0]);
    expect(nearestOneToOne([[0], [0]], [[0], [0]])).toEqual([0, 1]);
  });

  it("follows centers back through a renumbering", () => {
    const steps = [
      [[5], [5]],
      [[6], [4]],
      [[2], [8]],
    ];
    const orders = lineages(steps, [[1], [9]]);
    expect(orders).toHaveLength(3);
    expect(orders.slice(1)).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe("beside the library", () => {
  let solver: Awaited<ReturnType<typeof createSolver>>;
  beforeAll(async () => {
    solver = await createSolver();
  });

  it("the chances shown for an entity are those that it computes with", () => {
    const centers = [
      [0, 0],
      [1, 0.5],
      [-1, 2],
    ];
    const x = [0.3, 0.4];
    const autonomy = { kind: "softmax", kappa: 0.35, zeta: 0.8, gamma: 0.4, temperature: 0.7 } as const;
    const squared = (y: number[]) => (x[0] - y[0]) ** 2 + (x[1] - y[1]) ** 2;
    for (let j = 0; j < 3; j++) {
      const row = chances(autonomy, x, centers, j);
      expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      const expected = row.reduce((sum, share, k) => sum + share * squared(centers[k]), 0);
      expect(solver.distortion([x], centers, autonomy, { labels: [j] })).toBeCloseTo(expected, 12);
    }
    expect(chances(autonomy, x, [[1, 1]], 0)).toEqual([1]);
  });

  it("the options are the library's, and the program has them all", () => {
    for (const schedule of ["geometric", "auto"] as const) {
      const state = { ...defaultsFor("blobs4"), schedule };
      const options = annealOptions(state);
      expect(solver.anneal([[0], [1], [5], [6]], { ...options }).centers).toHaveLength(4);
      const program = annealProgram(state);
      expect(program.trim().split("\n")).toHaveLength(12);
      expect(program.includes("betaGrowth: 1.06")).toBe(schedule === "geometric");
    }
  });
});

describe("numbers", () => {
  it("are short, and never in an e", () => {
    expect([0, 0.1234567, 1234.5, 2.5e-7, 1e12, Number.POSITIVE_INFINITY].map(short)).toEqual([
      "0",
      "0.123",
      "1,235",
      "2.5·10⁻⁷",
      "10¹²",
      "∞",
    ]);
    expect(exact(0.08283412)).toBe("0.0828341");
    expect(exact(123456.789)).toBe("123,457");
  });
});
