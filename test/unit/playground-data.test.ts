import { describe, expect, it } from "vitest";
import { CsvError, MOST_ROWS, parseCsv } from "../../playground/data/csv.js";
import { rowsOf, toCsv } from "../../playground/data/dataset.js";
import { packText, unpackText } from "../../playground/data/link.js";
import { airports, fourBlobs, iris, sixteenBlobs } from "../../playground/data/presets.js";
import { principalAxes, projectionOf } from "../../playground/data/project.js";

const fault = (text: string): string => {
  try {
    parseCsv(text);
  } catch (error) {
    expect(error).toBeInstanceOf(CsvError);
    return (error as Error).message;
  }
  throw new Error("no error");
};

describe("CSV", () => {
  it("reads a header, quotes, empty rows, and each delimiter", () => {
    for (const mark of [",", ";", "\t"]) {
      const { columns, data, dimensions } = parseCsv(`\uFEFF"a b"${mark}y\r\n1${mark} 2 \r\n\r\n-3e1${mark}.5\r\n`);
      expect(columns).toEqual(["a b", "y"]);
      expect(Array.from(data)).toEqual([1, 2, -30, 0.5]);
      expect(dimensions).toBe(2);
    }
  });

  it("names columns by number where there is no header", () => {
    expect(parseCsv("1\n2\n3").columns).toEqual(["column 1"]);
  });

  it("says row and column, what is there and what was expected", () => {
    expect(fault("x,y\n1,2\n3,four")).toBe('row 3, column 2 (y) is "four", expected a number');
    expect(fault("1,2\n3,")).toBe("row 2, column 2 is empty, expected a number");
    expect(fault("1,2\n0x10,1")).toBe('row 2, column 1 is "0x10", expected a number');
    expect(fault("1,2\n\n3")).toBe("row 3 has 1 column, expected 2");
    expect(fault("x,y\n")).toBe("a header and 0 rows, expected at least 1 row of numbers");
    expect(fault(" \n")).toBe("the text is empty, expected at least 1 row of numbers");
    expect(fault("1e300\n1")).toBe("the numbers are so large that their squares overflow");
    expect(fault("1\n".repeat(MOST_ROWS + 1))).toMatch(/^20,001 rows, expected at most 20,000/);
  });

  it("reads back what it wrote, to the last bit", () => {
    const before = fourBlobs();
    const after = parseCsv(toCsv(before));
    expect(after.data).toEqual(before.data);
    expect(after.columns).toEqual(before.columns);
    expect(parseCsv(toCsv({ ...before, columns: ['a "b", c', "y"] })).columns).toEqual(['a "b", c', "y"]);
  });
});

describe("presets", () => {
  it("have the sizes they promise, and are the same every time", async () => {
    expect(rowsOf(fourBlobs())).toBe(1800);
    expect(rowsOf(sixteenBlobs())).toBe(3200);
    expect(rowsOf(await iris())).toBe(150);
    expect(fourBlobs().data).toEqual(fourBlobs().data);
  });

  it("the four blobs lie where figure 1 has them", () => {
    const { data } = fourBlobs();
    const first = Array.from({ length: 400 }, (_, row) => [data[2 * row], data[2 * row + 1]]);
    const mean = first.reduce(([x, y], point) => [x + point[0] / 400, y + point[1] / 400], [0, 0]);
    expect(Math.abs(mean[0] - 0.2)).toBeLessThan(4 * (0.031 / 20));
    expect(Math.abs(mean[1] - 0.16)).toBeLessThan(4 * (0.038 / 20));
  });

  it("knows the mean squared distance to the mean", () => {
    expect(parseCsv("0,0\n2,0\n0,2\n2,2").variance).toBe(2);
    expect(airports({ points: [[1, 2]], outline: [] }).variance).toBe(0);
  });
});

describe("principal components", () => {
  it("finds a tilted axis and its share", () => {
    const rows = Array.from({ length: 201 }, (_, index) => (index - 100) / 100);
    const data = Float64Array.from(rows.flatMap((t, index) => [3 * t, 4 * t, index % 2 === 0 ? 0.1 : -0.1]));
    const { axes, shares } = principalAxes(data, 3, 2);
    expect(axes[0][0]).toBeCloseTo(0.6, 3);
    expect(axes[0][1]).toBeCloseTo(0.8, 3);
    expect(Math.abs(axes[1][2])).toBeCloseTo(1, 3);
    expect(shares[0] + shares[1]).toBeCloseTo(1, 9);
  });

  it("of Iris explains what the textbooks say: 92% and 5%", async () => {
    const projection = projectionOf(await iris());
    expect(projection.xLabel).toMatch(/92% of variance/);
    expect(projection.yLabel).toMatch(/5% of variance/);
  });

  it("leaves one and two dimensions alone, and survives points without variance", () => {
    expect(projectionOf(parseCsv("5\n6")).yLabel).toBeNull();
    expect(projectionOf(parseCsv("1,2\n3,4")).place([7, 8])).toEqual([7, 8]);
    expect(projectionOf(parseCsv("1,1,1\n1,1,1")).place([1, 1, 1])).toEqual([0, 0]);
  });
});

describe("data in a link", () => {
  it("comes back as it was, and refuses what is too long", async () => {
    const text = "x,y\n1.5,2\n3,4\n";
    const packed = await packText(text);
    expect(packed).toMatch(/^[\w-]+$/);
    expect(await unpackText(packed!)).toBe(text);
    expect(await packText(toCsv(fourBlobs()))).toBeNull();
    await expect(unpackText("notdata")).rejects.toThrow("The data in this link are cut or damaged");
  });
});
