/** How far the data are from every other partition: Z1, Z2 (proposition 4.3, repaired) and their generalized likelihood ratio. */
import { squaredDistance } from "./arena";

/**
 * Z2 = min over ordered pairs k != j of wbar_k w_j / (wbar_k + w_j) ||mu_k - mu_j||^2, wbar_k the
 * smallest weight of an arm in k and w_j the whole weight of j.
 *
 * `sizes` (f64 a cluster) not 0 leaves out k of one arm, as the paper prints it. That misses an
 * alternative: merge two singletons and split another cluster at no cost.
 */
export function clusterSeparation(
  clusters: i32,
  bytes: usize,
  centers: usize,
  smallest: usize,
  whole: usize,
  sizes: usize,
): f64 {
  let least: f64 = Infinity;
  for (let k = 0; k < clusters; k++) {
    if (sizes !== 0 && load<f64>(sizes + (<usize>k << 3)) <= 1.0) continue;
    const moved = load<f64>(smallest + (<usize>k << 3));
    for (let j = 0; j < clusters; j++) {
      if (j === k) continue;
      const met = load<f64>(whole + (<usize>j << 3));
      const gap = squaredDistance(centers + <usize>k * bytes, centers + <usize>j * bytes, bytes);
      least = min(least, ((moved * met) / (moved + met)) * gap);
    }
  }
  return least;
}

/** Smallest weight, whole weight and number of arms of every cluster. */
export function weighClusters(
  arms: i32,
  clusters: i32,
  labels: usize,
  weights: usize,
  smallest: usize,
  whole: usize,
  sizes: usize,
): void {
  for (let k = 0; k < clusters; k++) {
    store<f64>(smallest + (<usize>k << 3), Infinity);
    store<f64>(whole + (<usize>k << 3), 0);
    store<f64>(sizes + (<usize>k << 3), 0);
  }
  for (let arm = 0; arm < arms; arm++) {
    const cluster = <usize>load<i32>(labels + (<usize>arm << 2)) << 3;
    const weight = load<f64>(weights + (<usize>arm << 3));
    store<f64>(smallest + cluster, min(load<f64>(smallest + cluster), weight));
    store<f64>(whole + cluster, load<f64>(whole + cluster) + weight);
    store<f64>(sizes + cluster, load<f64>(sizes + cluster) + 1.0);
  }
}

/** Z1 = sum over arms of N_m ||mean_m - center of its label||^2. */
export function spread(arms: i32, bytes: usize, labels: usize, means: usize, counts: usize, centers: usize): f64 {
  let sum = 0.0;
  for (let arm = 0; arm < arms; arm++) {
    const center = centers + <usize>load<i32>(labels + (<usize>arm << 2)) * bytes;
    sum += load<f64>(counts + (<usize>arm << 3)) * squaredDistance(means + <usize>arm * bytes, center, bytes);
  }
  return sum;
}

/** Z = ((sqrt Z2 - sqrt Z1)+)^2 / 2. */
export function likelihoodRatio(z1: f64, z2: f64): f64 {
  const root = sqrt(z2) - sqrt(max(z1, 0.0));
  return root > 0 ? 0.5 * root * root : 0.0;
}
