/** Points to cluster, as the page and its worker hand them around. */
export interface Dataset {
  /** One of the presets, or "csv". */
  key: string;
  /** What it is, in a few words. */
  title: string;
  /** One name a coordinate. */
  columns: string[];
  /** N x d, row-major. */
  data: Float64Array;
  dimensions: number;
  /** Lines to draw behind the points, in the data's units. */
  outline: [number, number][][];
  /** Mean squared distance to the mean, in squared data units: the scale for the autonomy's temperature. */
  variance: number;
}

export const rowsOf = ({ data, dimensions }: Pick<Dataset, "data" | "dimensions">): number => data.length / dimensions;

export function datasetOf(
  parts: Pick<Dataset, "key" | "title" | "columns" | "data"> & Partial<Pick<Dataset, "outline">>,
): Dataset {
  const dimensions = parts.columns.length;
  return { outline: [], ...parts, dimensions, variance: varianceOf(parts.data, dimensions) };
}

function varianceOf(data: Float64Array, dimensions: number): number {
  const rows = data.length / dimensions;
  let total = 0;
  for (let column = 0; column < dimensions; column++) {
    let mean = 0;
    for (let index = column; index < data.length; index += dimensions) mean += data[index] / rows;
    for (let index = column; index < data.length; index += dimensions) total += (data[index] - mean) ** 2 / rows;
  }
  return total;
}

/** The rows as text that `csv.ts`, the command line and the shown program read back to the same numbers. */
export function toCsv({ columns, data, dimensions }: Dataset): string {
  const lines = [columns.map(quoted).join(",")];
  for (let start = 0; start < data.length; start += dimensions) {
    lines.push(Array.from(data.subarray(start, start + dimensions), String).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
