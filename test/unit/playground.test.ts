import { beforeAll, describe, expect, it } from "vitest";
import { createSolver } from "wayward";
import { chances } from "../../playground/anneal/autonomy.js";
import { lineages, nearestOneToOne } from "../../playground/anneal/lineage.js";
import { annealOptions, playedOptions } from "../../playground/anneal/options.js";
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
  const draw = (places: number[], colors: number[]) => {
    const image = { width: 9, height: 9, data: new Uint8ClampedArray(4 * 81).fill(7) } as unknown as ImageData;
    drawDots(image, stampOf(2), Float32Array.from(places), Uint8Array.from(colors));
    return (x: number, y: number) => Array.from(image.data.subarray(4 * (9 * y + x), 4 * (9 * y + x) + 4));
  };

  it("are round, in their color, on an image that was cleared", () => {
    const pixel = draw([4, 4], [255, 10, 20]);
    expect(pixel(4, 4)).toEqual([255, 10, 20, 255]);
    expect(pixel(8, 4)).toEqual([0, 0, 0, 0]);
    expect(pixel(6, 4).slice(0, 3)).toEqual([255, 10, 20]);
    expect(pixel(6, 4)[3]).toBeGreaterThan(100);
    expect(pixel(6, 4)[3]).toBeLessThan(150);
    for (const [x, y] of [
      [2, 4],
      [4, 2],
      [4, 6],
    ])
      expect(pixel(x, y)).toEqual(pixel(6, 4));
  });

  it("mix where their edges cover each other, and lie on top in their order", () => {
    const pixel = draw([4, 4, 5, 4], [200, 0, 0, 0, 0, 200]);
    expect(pixel(5, 4)).toEqual([0, 0, 200, 255]);
    const [red, , blue, alpha] = pixel(3, 4); // red below, half covered by blue
    expect(Math.abs(red - 100)).toBeLessThan(3);
    expect(Math.abs(blue - 100)).toBeLessThan(3);
    expect(alpha).toBe(255);
  });

  it("never leave the image", () => {
    const pixel = draw([0, 4, 40, 4, Number.NaN, 4], [1, 2, 3, 1, 2, 3, 1, 2, 3]);
    for (let x = 0; x < 9; x++) expect(pixel(x, 4)).toEqual([0, 0, 0, 0]);
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

  it("takes the options, those that are played too, and one cluster", () => {
    const points = [[0], [1], [5], [6]];
    for (const change of [{}, { schedule: "auto" }, { clusters: 1 }] as Partial<State>[]) {
      const state = { ...defaultsFor("blobs4"), ...change };
      for (const options of [annealOptions(state), playedOptions(state, 4), playedOptions(state, 1e6)]) {
        expect(solver.anneal(points, options).centers).toHaveLength(state.clusters);
      }
    }
    expect(playedOptions(defaultsFor("blobs4"), 1e6).sensitivity).toBe(false);
  });

  it("twelve lines have the options in them", () => {
    const program = annealProgram({ ...defaultsFor("iris"), kappa: 0.33, seed: 7 });
    expect(program.trim().split("\n")).toHaveLength(12);
    for (const part of ["kappa: 0.33", "zeta: 1", "temperature: 5", "clusters: 3", "seed: 7"])
      expect(program).toContain(part);
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
