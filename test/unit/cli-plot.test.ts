// The picture: what it shows, how large it gets, and the pieces it is made of.
import { afterAll, describe, expect, test } from "vitest";
import { assignColors, hex, inkOn, mix } from "../../src/cli/plot/colors.js";
import { projectionOf } from "../../src/cli/plot/project.js";
import { threeClusters, toCsv, workshop } from "./cli.helpers.js";

const shop = workshop();
const { file, read, run } = shop;
afterAll(shop.remove);

const points = threeClusters(40);
const THREE = ["anneal", file("points.csv", toCsv(points, "km east,km <north>")), "--clusters", "3"];
const KAPPA = ["--kappa", "0.2", "--temperature", "4"];

/** The SVG that these flags give. */
function draw(...flags: string[]): string {
  const { status, stderr } = run([...THREE, ...flags, "--plot", "plot.svg"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return read("plot.svg");
}

/** Every tag is closed, in its order; entities only where allowed. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(
    /<(\/?)([a-z]+)(?:\s+[\w-]+="[^"<&]*(?:&\w+;[^"<&]*)*")*\s*(\/?)>/g,
  )) {
    if (close) expect(open.pop()).toBe(name);
    else if (!self) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
}

const countOf = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].length;

describe("the SVG", () => {
  test("has every point, every center, title, axes, phase transitions", () => {
    const svg = draw(...KAPPA);
    expectWellFormed(svg);
    expect(countOf(svg, /h\.01/g)).toBe(120 + 1); // the legend has one
    expect(countOf(svg, /class="number"/g)).toBe(3 + 1);
    expect(countOf(svg, /class="way"/g)).toBe(3);
    expect(svg).toContain("3 clusters of 120 points");
    expect(svg).toContain("softmax autonomy, kappa 0.2, zeta 1, gamma 0, temperature 4");
    expect(svg).toMatch(/K = 3 .* distortion [\d.]+/);
    expect(svg).toContain("km &lt;north&gt;");
    expect(svg).toMatch(/class="split"[^>]*>1 \u2192 [23]</);
    expect(svg).not.toContain('class="ignored"');
  });

  test("--compare-ignored adds a cross for each center, and the legend says what it is", () => {
    const svg = draw(...KAPPA, "--compare-ignored");
    expect(countOf(svg, /class="ignored"/g)).toBe(3 + 1);
    expect(svg).toMatch(/ignoring autonomy costs [\d.]+% more/);
  });

  test("--title and --outline", () => {
    const outline = file("lines.csv", "0,0\n10,0\n10,9\n\n0,0\n0,9\n");
    const svg = draw("--title", 'Depots & "drones"', "--outline", outline);
    expectWellFormed(svg);
    expect(svg).toContain("Depots &amp; &quot;drones&quot;");
    expect(countOf(svg, /class="outline"/g)).toBe(2);
  });

  test("an outline that is no pair of columns is refused", () => {
    const told = run([...THREE, "--plot", "plot.svg", "--outline", file("lines.csv", "1,2,3\n4,5,6\n")]);
    expect(told).toMatchObject({ status: 1, stderr: "wayward: lines.csv: 3 columns, expected x and y\n" });
  });

  test("points between two centers have a mixed color", () => {
    // At a beta this low the policy is soft, so that there are more colors than clusters.
    const svg = draw("--schedule", "geometric", "--beta-start", "0.02", "--beta-end", "0.3");
    const colors = new Set([...svg.matchAll(/h\.01" stroke="(#\w+)"/g)].map(([, color]) => color));
    expect(colors.size).toBeGreaterThan(3);
  });

  test("100,000 points stay under 2 MB, and the picture says that not all are drawn", () => {
    const rows = Array.from({ length: 100_000 }, (_, row) => [(row * 7919) % 10_007, (row * 104_729) % 9973]);
    const { status } = run(["anneal", "--clusters", "2", "--plot", "large.svg"], toCsv(rows));
    expect(status).toBe(0);
    const svg = read("large.svg");
    expect(svg.length).toBeLessThan(2e6);
    expect(svg).toContain("every 2nd drawn");
  });

  test("more than two dimensions: the axes say that they are principal components", () => {
    const rows = points.map(([x, y], row) => [x, y, (row % 5) / 10]);
    run(["anneal", "--clusters", "3", "--plot", "plot.svg"], toCsv(rows));
    expect(read("plot.svg")).toMatch(/principal component 1 of 3 dimensions \(\d+% of the variance\)/);
  });
});

describe("projection", () => {
  test("finds the axes of a tilted cloud, longest first", () => {
    // Along (3, 4, 0) / 5 with spread 10, along (0, 0, 1) with spread 2, nothing else.
    const data = Float64Array.from({ length: 3 * 400 }, (_, index) => {
      const row = Math.floor(index / 3);
      const long = ((row % 20) - 9.5) / 2;
      const side = (Math.floor(row / 20) - 9.5) / 10;
      return [0.6 * long + 5, 0.8 * long - 1, side][index % 3];
    });
    const { place, xLabel } = projectionOf({ data, dimensions: 3 }, ["a", "b", "c"]);
    const [x, y] = place([0.6 * 2 + 5, 0.8 * 2 - 1, 0.5], 0);
    expect(Math.abs(x)).toBeCloseTo(2, 9);
    expect(Math.abs(y)).toBeCloseTo(0.5, 9);
    expect(xLabel).toContain("(96% of the variance)");
  });

  test("points on a line in space have no second component, and no NaN", () => {
    const data = Float64Array.from({ length: 30 }, (_, index) => Math.floor(index / 3));
    const { place } = projectionOf({ data, dimensions: 3 }, ["a", "b", "c"]);
    const [x, y] = place(data, 27);
    expect(Math.abs(x)).toBeCloseTo(4.5 * Math.sqrt(3), 9);
    expect(y).toBeCloseTo(0, 9);
  });
});

describe("colors", () => {
  test("six centers get six colors; with more, the same color is never next door", () => {
    const line = Array.from({ length: 24 }, (_, index) => [index, 0]);
    expect(new Set(assignColors(line.slice(0, 6)).map(hex)).size).toBe(6);
    const colors = assignColors(line).map(hex);
    for (let index = 1; index < line.length; index++) expect(colors[index]).not.toBe(colors[index - 1]);
  });

  test("a mix of one is that color, of two lies between", () => {
    const [blue, orange] = assignColors([[0], [1]]);
    const alone = mix([blue, orange], [1, 0]);
    alone.forEach((channel, index) => {
      expect(Math.abs(channel - blue[index])).toBeLessThanOrEqual(4);
    });
    mix([blue, orange], [0.5, 0.5]).forEach((channel, index) => {
      expect(channel).toBeGreaterThanOrEqual(Math.min(blue[index], orange[index]) - 4);
      expect(channel).toBeLessThanOrEqual(Math.max(blue[index], orange[index]) + 4);
    });
  });

  test("numbers on a disc contrast with it", () => {
    expect(inkOn([255, 255, 255])).not.toBe(inkOn([0, 0, 0]));
  });
});
