// Best of several k-means++ restarts of Lloyd's algorithm, each run until labels stop changing.

/** @returns centers, K rows */
export function bestOfRestarts(points, clusters, restarts, random) {
  let best = null;
  for (let restart = 0; restart < restarts; restart++) {
    const found = lloyd(points, plusPlus(points, clusters, random));
    if (best === null || found.distortion < best.distortion) best = found;
  }
  return best;
}

export function squared(a, b) {
  let s = 0;
  for (let c = 0; c < a.length; c++) s += (a[c] - b[c]) ** 2;
  return s;
}

/**
 * k-means++ (Arthur and Vassilvitskii 2007), greedy as in scikit-learn: of 2 + log K draws, the one that
 * lowers the distortion most.
 */
export function plusPlus(points, clusters, random) {
  const trials = 2 + Math.floor(Math.log(clusters));
  const centers = [points[Math.floor(random() * points.length)]];
  let nearest = points.map((x) => squared(x, centers[0]));
  while (centers.length < clusters) {
    const total = nearest.reduce((a, b) => a + b, 0);
    let best = null;
    for (let trial = 0; trial < trials; trial++) {
      const center = points[draw(nearest, random() * total)];
      const after = points.map((x, i) => Math.min(nearest[i], squared(x, center)));
      const potential = after.reduce((a, b) => a + b, 0);
      if (best === null || potential < best.potential) best = { center, after, potential };
    }
    centers.push(best.center);
    nearest = best.after;
  }
  return centers.map((center) => [...center]);
}

/** The index at which the running sum of the weights passes `rest`. */
function draw(weights, rest) {
  let index = 0;
  while (index < weights.length - 1 && rest >= weights[index]) rest -= weights[index++];
  return index;
}

function lloyd(points, centers) {
  const labels = new Int32Array(points.length).fill(-1);
  for (;;) {
    let changed = 0;
    let distortion = 0;
    const counts = new Float64Array(centers.length);
    const sums = centers.map((center) => new Float64Array(center.length));
    points.forEach((x, i) => {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let k = 0; k < centers.length; k++) {
        const distance = squared(x, centers[k]);
        if (distance < least) {
          least = distance;
          best = k;
        }
      }
      if (labels[i] !== best) changed++;
      labels[i] = best;
      distortion += least;
      counts[best]++;
      for (let c = 0; c < x.length; c++) sums[best][c] += x[c];
    });
    if (changed === 0) return { centers, distortion: distortion / points.length };
    centers.forEach((center, k) => {
      if (counts[k] > 0) for (let c = 0; c < center.length; c++) center[c] = sums[k][c] / counts[k];
    });
  }
}
