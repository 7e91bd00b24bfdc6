/**
 * The sweep's loops without SIMD: value and exact gradient, one point at a time, the same polynomial for
 * exp. What the core would be if it were compiled without vectors. One problem, laid out from `base`:
 * X (N d), rho (N), Y (K d), table (K K), gradient (K d), then scratch.
 */
let N: i32, K: i32, d: i32, kind: i32;
let beta: f64, kappa: f64, zeta: f64, gamma: f64, temperature: f64;
let X: usize, rho: usize, Y: usize, table: usize, gradient: usize;
let effective: usize, offsets: usize, affinity: usize, between: usize;
let distance: usize, price: usize, b: usize, h: usize, normalizer: usize, mean: usize, weight: usize;
let sums: usize, realized: usize, pulls: usize;

export function setup(n: i32, k: i32, dimensions: i32, autonomy: i32, base: usize): usize {
  N = n;
  K = k;
  d = dimensions;
  kind = autonomy;
  X = base;
  rho = X + ((N * d) << 3);
  Y = rho + (N << 3);
  table = Y + ((K * d) << 3);
  gradient = table + ((K * K) << 3);
  effective = gradient + ((K * d) << 3);
  offsets = effective + ((K * d) << 3);
  affinity = offsets + (K << 3);
  between = affinity + ((K * K) << 3);
  distance = between + ((K * K) << 3);
  price = distance + (K << 3);
  b = price + (K << 3);
  h = b + (K << 3);
  normalizer = h + (K << 3);
  mean = normalizer + (K << 3);
  weight = mean + (K << 3);
  sums = weight + (K << 3);
  realized = sums + ((K * (d + 1)) << 3);
  pulls = realized + ((K * (d + 1)) << 3);
  return pulls + ((K * K) << 3);
}

export function parameters(beta_: f64, kappa_: f64, zeta_: f64, gamma_: f64, temperature_: f64): void {
  beta = beta_;
  kappa = kappa_;
  zeta = zeta_;
  gamma = gamma_;
  temperature = temperature_;
}

export function gradientAt(): usize {
  return gradient;
}

@inline
function get(array: usize, index: i32): f64 {
  return load<f64>(array + (<usize>index << 3));
}

@inline
function put(array: usize, index: i32, value: f64): void {
  store<f64>(array + (<usize>index << 3), value);
}

@inline
function exp(x: f64): f64 {
  const t = x * 1.4426950408889634 + 6755399441055744.0;
  const n = t - 6755399441055744.0;
  let r = n * -0.693147180369123816490 + x;
  r = n * -1.90821492927058770002e-10 + r;
  const r2 = r * r;
  const r4 = r2 * r2;
  const a0 = r * 0.16666666666666669 + 0.5;
  const a1 = r * 0.008333333333330062 + 0.04166666666662413;
  const a2 = r * 0.00019841269863053618 + 0.0013888888917213717;
  const a3 = r * 2.7557268459997064e-6 + 2.4801521295954376e-5;
  const a4 = r * 2.510038549551032e-8 + 2.7620088445409746e-7;
  const low = r2 * a1 + a0;
  const high = r4 * a4 + (r2 * a3 + a2);
  const mantissa = r2 * (r4 * high + low) + r + 1.0;
  return x >= -708.0 ? reinterpret<f64>(reinterpret<i64>(mantissa) + (reinterpret<i64>(t) << 52)) : 0.0;
}

@inline
function squared(p: usize, q: usize): f64 {
  let s = 0.0;
  for (let c = 0; c < d; c++) {
    const t = get(p, c) - get(q, c);
    s += t * t;
  }
  return s;
}

function prepare(): void {
  const row = <usize>d << 3;
  for (let j = 0; j < K; j++) {
    put(offsets, j, 0.0);
    if (kind == 1) collapse(j);
    if (kind != 4) continue;
    let nearest = Infinity;
    for (let k = 0; k < K; k++) {
      const value = squared(Y + <usize>j * row, Y + <usize>k * row);
      put(between, j * K + k, value);
      if (k != j) nearest = min(nearest, value);
    }
    for (let k = 0; k < K; k++) {
      const over = get(between, j * K + k) - nearest;
      put(affinity, j * K + k, k == j ? 0.0 : exp((-zeta / temperature) * over));
    }
  }
}

function collapse(j: i32): void {
  const row = <usize>d << 3;
  const y = effective + <usize>j * row;
  for (let c = 0; c < d; c++) {
    let s = 0.0;
    for (let k = 0; k < K; k++) s += get(table, j * K + k) * get(Y, k * d + c);
    put(y, c, s);
  }
  let variance = 0.0;
  for (let k = 0; k < K; k++) variance += get(table, j * K + k) * squared(Y + <usize>k * row, y);
  put(offsets, j, variance);
}

/** Softmax that sees the entity: price_j = (1 - kappa) d_j + kappa mean_j. */
function entityPrices(): void {
  let lowest = Infinity;
  for (let k = 0; k < K; k++) lowest = min(lowest, get(distance, k));
  for (let k = 0; k < K; k++) {
    const e = exp((-gamma / temperature) * (get(distance, k) - lowest));
    put(b, k, e);
    put(h, k, e * get(distance, k));
  }
  for (let j = 0; j < K; j++) {
    let e = 0.0;
    let m = 0.0;
    for (let k = 0; k < K; k++) {
      const a = get(affinity, j * K + k);
      e += a * get(b, k);
      m += a * get(h, k);
    }
    put(normalizer, j, e);
    put(mean, j, m / e);
    put(price, j, (1.0 - kappa) * get(distance, j) + (kappa * m) / e);
  }
}

/** weight_k becomes the weight of d(x, y_k) in dF. */
function entityBackward(): void {
  for (let k = 0; k < K; k++) put(weight, k, (1.0 - kappa) * get(price, k));
  for (let j = 0; j < K; j++) {
    const g = (kappa * get(price, j)) / get(normalizer, j);
    const m = get(mean, j);
    for (let k = 0; k < K; k++) {
      const moved = g * get(affinity, j * K + k) * get(b, k);
      const bent = moved * (get(distance, k) - m);
      put(weight, k, get(weight, k) + moved - (gamma / temperature) * bent);
      put(pulls, j * K + k, get(pulls, j * K + k) + bent);
    }
  }
}

export function evaluate(): f64 {
  prepare();
  const width = d + 1;
  memory.fill(sums, 0, (<usize>K * width) << 3);
  if (kind == 4) memory.fill(pulls, 0, (<usize>K * K) << 3);
  const from = kind == 1 ? effective : Y;
  let F = 0.0;
  for (let i = 0; i < N; i++) {
    const x = X + ((<usize>i * d) << 3);
    const target = kind == 4 ? distance : price;
    for (let k = 0; k < K; k++) put(target, k, get(offsets, k) + squared(x, from + ((<usize>k * d) << 3)));
    if (kind == 4) entityPrices();
    let lowest = Infinity;
    for (let k = 0; k < K; k++) lowest = min(lowest, get(price, k));
    let z = 0.0;
    for (let k = 0; k < K; k++) {
      const e = exp(-beta * (get(price, k) - lowest));
      put(price, k, e);
      z += e;
    }
    const r = get(rho, i);
    F += r * (lowest - Math.log(z) / beta);
    for (let k = 0; k < K; k++) put(price, k, (r / z) * get(price, k));
    if (kind == 4) entityBackward();
    const weights = kind == 4 ? weight : price;
    for (let k = 0; k < K; k++) {
      const w = get(weights, k);
      const row = sums + ((<usize>k * width) << 3);
      for (let c = 0; c < d; c++) put(row, c, get(row, c) + w * get(x, c));
      put(row, d, get(row, d) + w);
    }
  }
  finish();
  return F;
}

function finish(): void {
  const width = d + 1;
  let rows = sums;
  if (kind == 1) {
    rows = realized;
    memory.fill(realized, 0, (<usize>K * width) << 3);
    for (let j = 0; j < K; j++) {
      for (let k = 0; k < K; k++) {
        const share = get(table, j * K + k);
        for (let c = 0; c < width; c++) {
          put(rows, k * width + c, get(rows, k * width + c) + share * get(sums, j * width + c));
        }
      }
    }
  }
  for (let k = 0; k < K; k++) {
    for (let c = 0; c < d; c++) {
      put(gradient, k * d + c, 2.0 * (get(rows, k * width + d) * get(Y, k * d + c) - get(rows, k * width + c)));
    }
  }
  if (kind != 4) return;
  for (let j = 0; j < K; j++) {
    for (let k = 0; k < K; k++) {
      const pull = 2.0 * (-zeta / temperature) * get(pulls, j * K + k);
      for (let c = 0; c < d; c++) {
        const force = pull * (get(Y, k * d + c) - get(Y, j * d + c));
        put(gradient, k * d + c, get(gradient, k * d + c) + force);
        put(gradient, j * d + c, get(gradient, j * d + c) - force);
      }
    }
  }
}
