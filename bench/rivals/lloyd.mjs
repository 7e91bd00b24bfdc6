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

/** Arthur and Vassilvitskii 2007. */
export function plusPlus(points, clusters, random) {
  const centers = [points[Math.floor(random() * points.length)]];
  const nearest = points.map((x) => squared(x, centers[0]));
  while (centers.length < clusters) {
    let rest = random() * nearest.reduce((a, b) => a + b, 0);
    let chosen = 0;
    while (chosen < points.length - 1 && rest >= nearest[chosen]) rest -= nearest[chosen++];
    centers.push(points[chosen]);
    points.forEach((x, i) => {
      nearest[i] = Math.min(nearest[i], squared(x, points[chosen]));
    });
  }
  return centers.map((center) => [...center]);
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
