/** Rows of counts shrunk towards a mean row: Dirichlet-multinomial, its concentration by marginal likelihood. */
import { log } from "../vector";

/** Candidate concentrations are 2^-1 ... 2^13; then infinity: nothing of its own. */
export const GRID: i32 = 15;
/** What a finite one must be worth, in nats: chance alone gives that to one in 400. */
const WORTH: f64 = 4.0;

/** target = (counts + concentration * mean) / (total + concentration) for `rows` rows of K; mean = 0: uniform. */
export function shrink(
  counts: usize,
  rows: i32,
  clusters: i32,
  mean: usize,
  meanRows: i32,
  concentration: f64,
  target: usize,
): void {
  const k = <usize>clusters;
  for (let r = 0; r < rows; r++) {
    const from = counts + <usize>r * k * 8;
    const to = target + <usize>r * k * 8;
    const m: usize = mean == 0 ? 0 : mean + <usize>(r % meanRows) * k * 8;
    if (concentration == Infinity) {
      memory.copy(to, m, k * 8);
      continue;
    }
    let total = concentration;
    for (let l: usize = 0; l < k; l++) total += load<f64>(from + l * 8);
    for (let l: usize = 0; l < k; l++) {
      const prior = m == 0 ? concentration / <f64>clusters : concentration * load<f64>(m + l * 8);
      store<f64>(to + l * 8, (load<f64>(from + l * 8) + prior) / total);
    }
  }
}

/**
 * Adds one row's log marginal likelihood, a Dirichlet-multinomial around its mean row, under every
 * candidate concentration: `evidence` holds GRID + 1 sums, the last for infinity.
 */
export function addEvidence(row: usize, clusters: i32, mean: usize, evidence: usize): void {
  const end = (<usize>clusters) << 3;
  let total = 0.0;
  let pooled = 0.0;
  for (let l: usize = 0; l < end; l += 8) {
    const count = load<f64>(row + l);
    total += count;
    if (count > 0) pooled += count * log(load<f64>(mean + l));
  }
  if (total == 0) return;
  let concentration = 0.5;
  for (let g: usize = 0; g < <usize>GRID; g++) {
    let sum = logGamma(concentration) - logGamma(concentration + total);
    for (let l: usize = 0; l < end; l += 8) {
      const count = load<f64>(row + l);
      const prior = concentration * load<f64>(mean + l);
      if (count > 0) sum += logGamma(prior + count) - logGamma(prior);
    }
    store<f64>(evidence + g * 8, load<f64>(evidence + g * 8) + sum);
    concentration *= 2;
  }
  const last = evidence + ((<usize>GRID) << 3);
  store<f64>(last, load<f64>(last) + pooled);
}

/** The best candidate; infinity unless something of its own is worth it. */
export function bestConcentration(evidence: usize): f64 {
  let best = Infinity;
  let highest = WORTH;
  let concentration = 0.5;
  for (let g: usize = 0; g < <usize>GRID; g++) {
    const gain = gainAt(evidence, g);
    if (gain > highest) {
      highest = gain;
      best = concentration;
    }
    concentration *= 2;
  }
  return best;
}

/** What the best candidate gains over infinity, in nats; at least 0. */
export function bestGain(evidence: usize): f64 {
  let highest = 0.0;
  for (let g: usize = 0; g < <usize>GRID; g++) highest = max(highest, gainAt(evidence, g));
  return highest;
}

@inline
function gainAt(evidence: usize, candidate: usize): f64 {
  return load<f64>(evidence + (candidate << 3)) - load<f64>(evidence + ((<usize>GRID) << 3));
}

/** log Gamma(x) for x > 0: recurrence up to 8, then Stirling's series; about 1e-13 relative. */
export function logGamma(x: f64): f64 {
  let product = 1.0;
  while (x < 8.0) {
    product *= x;
    x += 1.0;
  }
  const z = 1.0 / (x * x);
  const series =
    (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * (691.0 / 360360.0)))))) / x;
  return (x - 0.5) * log(x) - x + 0.91893853320467274178 + series - log(product);
}
