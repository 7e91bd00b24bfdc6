// The paper's environment in plain JavaScript, for scripts that drive a learner through its public door.

/** p(k|j,i) of the softmax autonomy (AAC section 2), one row: prescribed j, entity at x. */
export function softmaxRow({ kappa, zeta = 1, gamma = 0, temperature }, x, centers, j) {
  const squared = (a, b) => a.reduce((total, value, column) => total + (value - b[column]) ** 2, 0);
  const exponents = centers.map((y) => -(zeta * squared(centers[j], y) + gamma * squared(x, y)) / temperature);
  const largest = Math.max(...exponents.filter((_, k) => k !== j));
  const shares = exponents.map((exponent, k) => (k === j ? 0 : Math.exp(exponent - largest)));
  const total = shares.reduce((sofar, share) => sofar + share, 0);
  return shares.map((share, k) => (k === j ? 1 - kappa : (kappa * share) / total));
}

/** A world for a learner: draws realizations of `row(x, centers, j)`; `costs` tells only what they cost. */
export function simulatedWorld(points, row, uniform, feedback) {
  return ({ entities, prescribed, sets, centers, realizations }) => {
    const answers = new Float64Array(entities.length * realizations);
    for (let entry = 0; entry < entities.length; entry++) {
      const x = points[entities[entry]];
      const inForce = centers[sets[entry]];
      const probabilities = row(x, inForce, prescribed[entry]);
      for (let draw = 0; draw < realizations; draw++) {
        let rest = uniform();
        let k = 0;
        while (k < probabilities.length - 1 && rest >= probabilities[k]) rest -= probabilities[k++];
        answers[entry * realizations + draw] =
          feedback === "realized"
            ? k
            : x.reduce((total, value, column) => total + (value - inForce[k][column]) ** 2, 0);
      }
    }
    return { [feedback]: answers };
  };
}

/** Distortion under the true autonomy at a learner's own centers and labels. */
export function trueDistortion(points, row, { centers, labels }) {
  let total = 0;
  points.forEach((x, i) => {
    const probabilities = row(x, centers, labels[i]);
    centers.forEach((y, k) => {
      total += probabilities[k] * x.reduce((sum, value, column) => sum + (value - y[column]) ** 2, 0);
    });
  });
  return total / points.length;
}

/** Uniform numbers in [0, 1) (mulberry32). */
export function pseudoRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
