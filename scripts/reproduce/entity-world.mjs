// A world whose obedience and moves depend on the entity itself, so no table and no softmax family
// describes it: keep with probability 1 - h(x), else move by distance; 5% pure chance. Coordinates are
// standardized (mean 0, one scale) for h; the temperature is in data units.

/** p(k|j,i), one row, for points given in data units; `mean` and `scale` standardize them. */
export function entityRow({ mean, scale }, x, centers, j) {
  const u = x.map((value, column) => (value - mean[column]) / scale);
  const override = 0.1 + 0.5 / (1 + Math.exp(-(3 * u[0] * u[1] + 2 * Math.sin(3 * u[1]))));
  const squared = (a, b) => a.reduce((total, value, column) => total + (value - b[column]) ** 2, 0);
  const exponents = centers.map((y) => -(squared(centers[j], y) + 0.5 * squared(x, y)) / 0.05);
  const largest = Math.max(...exponents.filter((_, k) => k !== j));
  const shares = exponents.map((exponent, k) => (k === j ? 0 : Math.exp(exponent - largest)));
  const total = shares.reduce((sofar, share) => sofar + share, 0);
  return shares.map((share, k) => 0.95 * (k === j ? 1 - override : (override * share) / total) + 0.05 / shares.length);
}

/** The units of `entityRow`: mean, and root mean square of a centered coordinate. */
export function standardize(points) {
  const mean = points[0].map((_, column) => points.reduce((total, x) => total + x[column], 0) / points.length);
  const squares = points.flatMap((x) => x.map((value, column) => (value - mean[column]) ** 2));
  return { mean, scale: Math.sqrt(squares.reduce((total, value) => total + value, 0) / squares.length) };
}
