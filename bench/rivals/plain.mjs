// The sweep in plain JavaScript on typed arrays: value and exact gradient, as one would write it without a core.

/** @returns evaluate(): F; and the gradient it leaves behind */
export function plainSweep({ N, K, d, kind, beta, kappa, zeta, gamma, temperature, X, rho, Y, table }) {
  const width = d + 1;
  const centers = kind === 1 ? new Float64Array(K * d) : Y;
  const offsets = new Float64Array(K);
  const affinity = new Float64Array(K * K);
  const distance = new Float64Array(K);
  const price = new Float64Array(K);
  const weight = new Float64Array(K);
  const b = new Float64Array(K);
  const h = new Float64Array(K);
  const normalizer = new Float64Array(K);
  const mean = new Float64Array(K);
  const sums = new Float64Array(K * width);
  const realized = new Float64Array(K * width);
  const pulls = new Float64Array(K * K);
  const gradient = new Float64Array(K * d);

  function squared(A, a, B, b) {
    let s = 0;
    for (let c = 0; c < d; c++) {
      const t = A[a + c] - B[b + c];
      s += t * t;
    }
    return s;
  }

  function collapse() {
    centers.fill(0);
    for (let j = 0; j < K; j++) {
      for (let k = 0; k < K; k++) for (let c = 0; c < d; c++) centers[j * d + c] += table[j * K + k] * Y[k * d + c];
      let variance = 0;
      for (let k = 0; k < K; k++) variance += table[j * K + k] * squared(Y, k * d, centers, j * d);
      offsets[j] = variance;
    }
  }

  function affinities() {
    for (let j = 0; j < K; j++) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let k = 0; k < K; k++) {
        affinity[j * K + k] = squared(Y, j * d, Y, k * d);
        if (k !== j && affinity[j * K + k] < nearest) nearest = affinity[j * K + k];
      }
      for (let k = 0; k < K; k++) {
        affinity[j * K + k] = k === j ? 0 : Math.exp((-zeta / temperature) * (affinity[j * K + k] - nearest));
      }
    }
  }

  function entityPrices() {
    let lowest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < K; k++) if (distance[k] < lowest) lowest = distance[k];
    for (let k = 0; k < K; k++) {
      b[k] = Math.exp((-gamma / temperature) * (distance[k] - lowest));
      h[k] = b[k] * distance[k];
    }
    for (let j = 0; j < K; j++) {
      let e = 0;
      let m = 0;
      for (let k = 0; k < K; k++) {
        e += affinity[j * K + k] * b[k];
        m += affinity[j * K + k] * h[k];
      }
      normalizer[j] = e;
      mean[j] = m / e;
      price[j] = (1 - kappa) * distance[j] + (kappa * m) / e;
    }
  }

  function entityBackward() {
    for (let k = 0; k < K; k++) weight[k] = (1 - kappa) * price[k];
    for (let j = 0; j < K; j++) {
      const g = (kappa * price[j]) / normalizer[j];
      for (let k = 0; k < K; k++) {
        const moved = g * affinity[j * K + k] * b[k];
        const bent = moved * (distance[k] - mean[j]);
        weight[k] += moved - (gamma / temperature) * bent;
        pulls[j * K + k] += bent;
      }
    }
  }

  function evaluate() {
    if (kind === 1) collapse();
    if (kind === 4) affinities();
    sums.fill(0);
    pulls.fill(0);
    const target = kind === 4 ? distance : price;
    const weights = kind === 4 ? weight : price;
    let F = 0;
    for (let i = 0; i < N; i++) {
      const x = i * d;
      for (let k = 0; k < K; k++) target[k] = offsets[k] + squared(X, x, centers, k * d);
      if (kind === 4) entityPrices();
      let lowest = Number.POSITIVE_INFINITY;
      for (let k = 0; k < K; k++) if (price[k] < lowest) lowest = price[k];
      let z = 0;
      for (let k = 0; k < K; k++) {
        price[k] = Math.exp(-beta * (price[k] - lowest));
        z += price[k];
      }
      F += rho[i] * (lowest - Math.log(z) / beta);
      const share = rho[i] / z;
      for (let k = 0; k < K; k++) price[k] *= share;
      if (kind === 4) entityBackward();
      for (let k = 0; k < K; k++) {
        const w = weights[k];
        const row = k * width;
        for (let c = 0; c < d; c++) sums[row + c] += w * X[x + c];
        sums[row + d] += w;
      }
    }
    finish();
    return F;
  }

  function finish() {
    let rows = sums;
    if (kind === 1) {
      rows = realized.fill(0);
      for (let j = 0; j < K; j++)
        for (let k = 0; k < K; k++)
          for (let c = 0; c < width; c++) rows[k * width + c] += table[j * K + k] * sums[j * width + c];
    }
    for (let k = 0; k < K; k++)
      for (let c = 0; c < d; c++) gradient[k * d + c] = 2 * (rows[k * width + d] * Y[k * d + c] - rows[k * width + c]);
    if (kind !== 4) return;
    for (let j = 0; j < K; j++) {
      for (let k = 0; k < K; k++) {
        const pull = (-2 * zeta * pulls[j * K + k]) / temperature;
        for (let c = 0; c < d; c++) {
          const force = pull * (Y[k * d + c] - Y[j * d + c]);
          gradient[k * d + c] += force;
          gradient[j * d + c] -= force;
        }
      }
    }
  }

  return { evaluate, gradient };
}
