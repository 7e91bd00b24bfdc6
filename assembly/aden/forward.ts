/**
 * ADEN's forward pass (AAC appendix F; the heads of docs/aden.md) for runtimes without an ONNX runtime.
 *
 * One block of memory at `network`, planned by the host with `adenBytes`:
 *
 *   struct | weights, in the order of parameterList (src/aden/parameters.ts) | per center | per row
 *
 * The host writes the weights at `adenWeights(network)` after `adenStart`, then for each set of centers
 * calls `adenCenters` once and `adenDistances` as often as it likes. All in the network's own units.
 */
import { accumulate, dense, dot, gelu, normalize, sigmoid, softmax } from "./layers";

@unmanaged
class Network {
  dimensions: usize;
  hidden: usize;
  feedForward: usize;
  layers: usize;
  heads: usize;
  /** Width of a pair's features: half of hidden, rounded up. */
  pair: usize;
  clusters: usize;
  residual: bool;
  weights: usize;
  /** Where the head's weights start. */
  head: usize;
  centers: usize;
  /** K x hidden: embedded centers; then their part of the head's first layer. */
  embedded: usize;
  headCenters: usize;
  /** layers x K x hidden each. */
  keys: usize;
  values: usize;
  /** K x pair: what queries of the transition head meet. */
  moveKeys: usize;
  /** Rows of scratch, each as wide as the widest layer. */
  entity: usize;
  first: usize;
  second: usize;
  third: usize;
  /** K numbers each. */
  scores: usize;
  squared: usize;
  end: usize;
}

/** Bytes of the struct, rounded up for alignment. */
const STRUCT: usize = 256;

function blockSize(n: Network): usize {
  const h = n.hidden;
  return 4 * h * h + h + 2 * h + 2 * h * n.feedForward + n.feedForward + h + 2 * h;
}

function place(network: usize, dimensions: i32, hidden: i32, feedForward: i32, layers: i32, heads: i32, clusters: i32, residual: i32): Network {
  const n = changetype<Network>(network);
  n.dimensions = dimensions;
  n.hidden = hidden;
  n.feedForward = feedForward;
  n.layers = layers;
  n.heads = heads;
  n.pair = (hidden + 1) >> 1;
  n.clusters = clusters;
  n.residual = residual != 0;
  const h = n.hidden;
  const k = n.clusters;
  const widest = max(max(h, n.feedForward), n.pair);
  let at = network + STRUCT;
  n.weights = at;
  n.head = at + ((2 * (n.dimensions * h + h) + n.layers * blockSize(n)) << 3);
  at = n.head + ((2 * h * h + h + h * n.pair + n.pair) << 3);
  at += (n.residual ? n.pair + 2 : n.pair * n.pair + 2 * n.pair + 1 + n.dimensions * h + h + h * n.pair + n.pair) << 3;
  n.centers = at;
  n.embedded = n.centers + ((k * n.dimensions) << 3);
  n.headCenters = n.embedded + ((k * h) << 3);
  n.keys = n.headCenters + ((k * h) << 3);
  n.values = n.keys + ((n.layers * k * h) << 3);
  n.moveKeys = n.values + ((n.layers * k * h) << 3);
  n.entity = n.moveKeys + ((k * n.pair) << 3);
  n.first = n.entity + (widest << 3);
  n.second = n.first + (widest << 3);
  n.third = n.second + (widest << 3);
  n.scores = n.third + (widest << 3);
  n.squared = n.scores + (k << 3);
  n.end = n.squared + (k << 3);
  return n;
}

/** Bytes that a network with K centers needs; the sizes are checked by the host. `scratch`: 256 bytes. */
export function adenBytes(scratch: usize, dimensions: i32, hidden: i32, feedForward: i32, layers: i32, heads: i32, clusters: i32, residual: i32): usize {
  return place(scratch, dimensions, hidden, feedForward, layers, heads, clusters, residual).end - scratch;
}

/** Lays the network out at `network`. Returns where the weights go. */
export function adenStart(network: usize, dimensions: i32, hidden: i32, feedForward: i32, layers: i32, heads: i32, clusters: i32, residual: i32): usize {
  return place(network, dimensions, hidden, feedForward, layers, heads, clusters, residual).weights;
}

/** Where the K x d centers go; `adenCenters` reads them. */
export function adenCentersAt(network: usize): usize {
  return changetype<Network>(network).centers;
}

/** Computes everything that depends on the centers alone. */
export function adenCenters(network: usize): void {
  const n = changetype<Network>(network);
  const d = n.dimensions;
  const h = n.hidden;
  const weights = n.weights + ((d * h + h) << 3);
  const bias = weights + ((d * h) << 3);
  for (let k: usize = 0; k < n.clusters; k++) {
    const y = n.centers + ((k * d) << 3);
    const embedded = n.embedded + ((k * h) << 3);
    dense(y, weights, bias, embedded, d, h);
    let block = bias + (h << 3);
    for (let layer: usize = 0; layer < n.layers; layer++) {
      const row = ((layer * n.clusters + k) * h) << 3;
      dense(embedded, block + ((h * h) << 3), 0, n.keys + row, h, h);
      dense(embedded, block + ((2 * h * h) << 3), 0, n.values + row, h, h);
      block += blockSize(n) << 3;
    }
    dense(embedded, n.head + ((h * h + h) << 3), 0, n.headCenters + ((k * h) << 3), h, h);
    if (!n.residual) moveKey(n, y, n.moveKeys + ((k * n.pair) << 3));
  }
}

/** 2 (GELU(y K1 + b1) K2 + b2). */
function moveKey(n: Network, y: usize, output: usize): void {
  const h = n.hidden;
  const p = n.pair;
  const key1 = n.head + ((2 * h * h + h + h * p + p + p * p + p + p + 1) << 3);
  const bias1 = key1 + ((n.dimensions * h) << 3);
  const key2 = bias1 + (h << 3);
  dense(y, key1, bias1, n.first, n.dimensions, h);
  gelu(n.first, h);
  dense(n.first, key2, key2 + ((h * p) << 3), output, h, p);
  for (let i: usize = 0; i < p; i++) store<f64>(output + (i << 3), 2 * load<f64>(output + (i << 3)));
}

/** Average distances of `rows` points (row-major, d each) to the K centers: rows x K at `output`. */
export function adenDistances(network: usize, points: usize, rows: i32, output: usize): void {
  const n = changetype<Network>(network);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const x = points + ((row * n.dimensions) << 3);
    embed(n, x);
    squaredDistances(n, x);
    dense(n.entity, n.head, n.head + ((n.hidden * n.hidden) << 3), n.third, n.hidden, n.hidden);
    for (let j: usize = 0; j < n.clusters; j++) {
      store<f64>(output + ((row * n.clusters + j) << 3), pairDistance(n, j));
    }
  }
}

/** The trunk: n.entity = embedding of x after all attention blocks. */
function embed(n: Network, x: usize): void {
  const h = n.hidden;
  const f = n.feedForward;
  const d = n.dimensions;
  dense(x, n.weights, n.weights + ((d * h) << 3), n.entity, d, h);
  let w = n.weights + ((2 * (d * h + h)) << 3);
  for (let layer: usize = 0; layer < n.layers; layer++) {
    attend(n, w, layer);
    const norm1 = w + ((4 * h * h + h) << 3);
    const expand = norm1 + ((2 * h) << 3);
    const expandBias = expand + ((h * f) << 3);
    const contract = expandBias + (f << 3);
    const contractBias = contract + ((f * h) << 3);
    const norm2 = contractBias + (h << 3);
    normalize(n.entity, norm1, norm1 + (h << 3), h);
    dense(n.entity, expand, expandBias, n.first, h, f);
    gelu(n.first, f);
    dense(n.first, contract, contractBias, n.second, f, h);
    accumulate(n.entity, n.second, h);
    normalize(n.entity, norm2, norm2 + (h << 3), h);
    w += blockSize(n) << 3;
  }
}

/** Adds the attention of the entity to the centers, block weights at `w`. */
function attend(n: Network, w: usize, layer: usize): void {
  const h = n.hidden;
  const width = h / n.heads;
  const keys = n.keys + ((layer * n.clusters * h) << 3);
  const values = n.values + ((layer * n.clusters * h) << 3);
  dense(n.entity, w, 0, n.first, h, h);
  const scale = 1 / sqrt(<f64>width);
  for (let start: usize = 0; start < h; start += width) {
    const part = start << 3;
    for (let k: usize = 0; k < n.clusters; k++) {
      store<f64>(n.scores + (k << 3), scale * dot(n.first + part, keys + ((k * h) << 3) + part, width));
    }
    softmax(n.scores, <i32>n.clusters, -1);
    for (let i: usize = 0; i < width; i++) {
      let total: f64 = 0;
      for (let k: usize = 0; k < n.clusters; k++) {
        total += load<f64>(n.scores + (k << 3)) * load<f64>(values + ((k * h + i) << 3) + part);
      }
      store<f64>(n.second + ((start + i) << 3), total);
    }
  }
  const projection = w + ((3 * h * h) << 3);
  dense(n.second, projection, projection + ((h * h) << 3), n.first, h, h);
  accumulate(n.entity, n.first, h);
}

function squaredDistances(n: Network, x: usize): void {
  for (let k: usize = 0; k < n.clusters; k++) {
    let total: f64 = 0;
    for (let c: usize = 0; c < n.dimensions; c++) {
      const difference = load<f64>(x + (c << 3)) - load<f64>(n.centers + ((k * n.dimensions + c) << 3));
      total += difference * difference;
    }
    store<f64>(n.squared + (k << 3), total);
  }
}

/** dbar of the row in n.third (its part of the head's first layer) and center j. */
function pairDistance(n: Network, j: usize): f64 {
  const h = n.hidden;
  const p = n.pair;
  const pairWeights = n.head + ((2 * h * h + h) << 3);
  const own = load<f64>(n.squared + (j << 3));
  memory.copy(n.first, n.headCenters + ((j * h) << 3), h << 3);
  accumulate(n.first, n.third, h);
  gelu(n.first, h);
  dense(n.first, pairWeights, pairWeights + ((h * p) << 3), n.second, h, p);
  gelu(n.second, p);
  const last = pairWeights + ((h * p + p) << 3);
  if (n.residual) {
    const deviation = dot(n.second, last, p) + load<f64>(last + (p << 3));
    return max(0, own + load<f64>(last + ((p + 1) << 3)) * deviation);
  }
  if (n.clusters == 1) return own; // nowhere to move
  const stayWeights = last + ((p * p + p) << 3);
  const stay = sigmoid(2 * (dot(n.second, stayWeights, p) + load<f64>(stayWeights + (p << 3))));
  dense(n.second, last, last + ((p * p) << 3), n.first, p, p);
  for (let k: usize = 0; k < n.clusters; k++) {
    store<f64>(n.scores + (k << 3), dot(n.first, n.moveKeys + ((k * p) << 3), p));
  }
  softmax(n.scores, <i32>n.clusters, <i32>j);
  return stay * own + (1 - stay) * dot(n.scores, n.squared, n.clusters);
}
