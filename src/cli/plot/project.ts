/** How points of any dimension come onto a plane. */
export interface Projection {
  /** Where `data[offset...]` lies. For one dimension y is 0. */
  place(data: ArrayLike<number>, offset: number): [number, number];
  /** The same along the data's main axis, for the paths of the centers. */
  alongMainAxis(data: ArrayLike<number>): number;
  xLabel: string;
  yLabel: string | null;
}

/** More rows than this do not turn an axis by a visible angle. */
const SAMPLE = 5000;

/** One dimension: as it is. Two: as they are. More: the two principal components, and the labels say so. */
export function projectionOf(points: { data: Float64Array; dimensions: number }, names: string[]): Projection {
  const { dimensions } = points;
  const { mean, axes, shares } = principalAxes(points, dimensions > 2 ? 2 : 1);
  const along = (axis: Float64Array) => (data: ArrayLike<number>, offset: number) => {
    let sum = 0;
    for (let column = 0; column < dimensions; column++) sum += (data[offset + column] - mean[column]) * axis[column];
    return sum;
  };
  const [first, second] = axes.map(along);
  const alongMainAxis = (data: ArrayLike<number>) => (dimensions === 1 ? data[0] : first(data, 0));
  if (dimensions === 1)
    return { place: (data, offset) => [data[offset], 0], alongMainAxis, xLabel: names[0], yLabel: null };
  if (dimensions === 2) {
    const place = (data: ArrayLike<number>, offset: number): [number, number] => [data[offset], data[offset + 1]];
    return { place, alongMainAxis, xLabel: names[0], yLabel: names[1] };
  }
  const label = (index: number) =>
    `principal component ${index + 1} of ${dimensions} dimensions (${Math.round(100 * shares[index])}% of the variance)`;
  return {
    place: (data, offset) => [first(data, offset), second(data, offset)],
    alongMainAxis,
    xLabel: label(0),
    yLabel: `principal component 2 (${Math.round(100 * shares[1])}%)`,
  };
}

/** The mean, the leading eigenvectors of the covariance by power iteration, and their shares of the variance. */
function principalAxes({ data, dimensions }: { data: Float64Array; dimensions: number }, count: number) {
  const rows = data.length / dimensions;
  const stride = Math.max(1, Math.floor(rows / SAMPLE));
  const mean = new Float64Array(dimensions);
  let sampled = 0;
  for (let row = 0; row < rows; row += stride, sampled++)
    for (let column = 0; column < dimensions; column++) mean[column] += data[row * dimensions + column];
  for (let column = 0; column < dimensions; column++) mean[column] /= sampled;
  const centered = new Float64Array(sampled * dimensions);
  let variance = 0;
  for (let index = 0; index < centered.length; index++) {
    const column = index % dimensions;
    const row = ((index - column) / dimensions) * stride;
    centered[index] = data[row * dimensions + column] - mean[column];
    variance += centered[index] ** 2;
  }
  const axes: Float64Array[] = [];
  const shares: number[] = [];
  for (let index = 0; index < count; index++) {
    const { axis, value } = leadingAxis(centered, dimensions, axes);
    axes.push(axis);
    shares.push(variance > 0 ? value / variance : 0);
  }
  return { mean, axes, shares };
}

/** Power iteration on X'X, kept orthogonal to the axes found before. */
function leadingAxis(centered: Float64Array, dimensions: number, found: Float64Array[]) {
  let axis = Float64Array.from({ length: dimensions }, (_, column) => 1 / (column + 1 + found.length * (column % 2)));
  let value = 0;
  for (let iteration = 0; iteration < 100; iteration++) {
    const next = new Float64Array(dimensions);
    for (let start = 0; start < centered.length; start += dimensions) {
      let product = 0;
      for (let column = 0; column < dimensions; column++) product += centered[start + column] * axis[column];
      for (let column = 0; column < dimensions; column++) next[column] += centered[start + column] * product;
    }
    for (const other of found) {
      const overlap = next.reduce((sum, entry, column) => sum + entry * other[column], 0);
      for (let column = 0; column < dimensions; column++) next[column] -= overlap * other[column];
    }
    const length = Math.sqrt(next.reduce((sum, entry) => sum + entry * entry, 0));
    if (length === 0) return { axis: next, value: 0 }; // no variance is left in any direction
    value = length / Math.sqrt(axis.reduce((sum, entry) => sum + entry * entry, 0));
    axis = next.map((entry) => entry / length);
  }
  return { axis, value };
}
