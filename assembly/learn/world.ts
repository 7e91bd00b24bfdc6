/**
 * The simulated world: rows of p(. | j, i) for every kind of autonomy, draws from them, and what the
 * policies of a learner really cost. The slow general formula, K numbers a row: no annealing happens here.
 */
import { philoxWords } from "../random";
import { exp, log } from "../vector";

export const OBEDIENT: i32 = 0;
export const TABLES: i32 = 1;
/** Softmax with gamma = 0: a table that follows the centers. */
export const FOLLOWS: i32 = 2;
/** Softmax with gamma > 0: one row for every entity. */
export const FOLLOWS_ENTITY: i32 = 3;

const WORLD_STREAM: u32 = 32;
const UNIT: f64 = 1.0 / 4294967296.0;

@unmanaged
export class World {
  // f64 fields, in the order that src/core/exports.ts lists them.
  kappa: f64;
  centerRate: f64; // zeta / T
  entityRate: f64; // gamma / T
  seed: f64;
  // i32 fields.
  rows: i32;
  dimensions: i32;
  clusters: i32;
  kind: i32;
  groupCount: i32;
  // Pointers.
  points: usize; // rows x d
  rho: usize; // rows
  centers: usize; // K x d
  groupOf: usize; // i32 a row; TABLES
  tables: usize; // groupCount x K x K
  distances: usize; // K, of one entity
  row: usize; // K, the row being drawn from
}

@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~(<usize>15);
}

/** Bytes of the struct and its arrays. */
export function worldBytes(rows: i32, dimensions: i32, clusters: i32, groupCount: i32): f64 {
  const n = <f64>rows;
  const k = <f64>clusters;
  const numbers = n * <f64>dimensions + n + k * <f64>dimensions + <f64>groupCount * k * k + 2 * k;
  return <f64>offsetof<World>() + 8 * numbers + 4 * n + 16 * 8;
}

/** Lays the arrays out behind the struct, in zeroed memory. */
export function worldInit(w: World, rows: i32, dimensions: i32, clusters: i32, kind: i32, groupCount: i32): void {
  w.rows = rows;
  w.dimensions = dimensions;
  w.clusters = clusters;
  w.kind = kind;
  w.groupCount = groupCount;
  const n = <usize>rows;
  const k = <usize>clusters;
  const d = <usize>dimensions;
  w.points = align(changetype<usize>(w) + offsetof<World>());
  w.rho = align(w.points + n * d * 8);
  w.centers = align(w.rho + n * 8);
  w.groupOf = align(w.centers + k * d * 8);
  w.tables = align(w.groupOf + n * 4);
  w.distances = align(w.tables + <usize>groupCount * k * k * 8);
  w.row = align(w.distances + k * 8);
}

@inline
export function squaredDistance(a: usize, b: usize, dimensions: usize): f64 {
  let sum = 0.0;
  for (let c: usize = 0; c < dimensions * 8; c += 8) {
    const t = load<f64>(a + c) - load<f64>(b + c);
    sum += t * t;
  }
  return sum;
}

/** Must follow every change of the centers: with gamma = 0 the K x K table is computed once. */
export function worldFollow(w: World): void {
  if (w.kind != FOLLOWS) return;
  const k = <usize>w.clusters;
  for (let j: usize = 0; j < k; j++) softmaxRow(w, j, 0, w.tables + j * k * 8);
}

/** target = p(. | j, x): obey with 1 - kappa, else softmax over k != j of -(zeta d(y_j, y_k) + gamma d(x, y_k)) / T. */
function softmaxRow(w: World, j: usize, x: usize, target: usize): void {
  const k = <usize>w.clusters;
  const d = <usize>w.dimensions;
  let lowest = Infinity;
  for (let l: usize = 0; l < k; l++) {
    const y = w.centers + l * d * 8;
    let cost = w.centerRate * squaredDistance(w.centers + j * d * 8, y, d);
    if (x != 0) cost += w.entityRate * squaredDistance(x, y, d);
    store<f64>(target + l * 8, cost);
    if (l != j && cost < lowest) lowest = cost;
  }
  let total = 0.0;
  for (let l: usize = 0; l < k; l++) {
    const share = l == j ? 0.0 : exp(lowest - load<f64>(target + l * 8));
    store<f64>(target + l * 8, share);
    total += share;
  }
  const factor = total > 0 ? w.kappa / total : 0.0;
  for (let l: usize = 0; l < k; l++) store<f64>(target + l * 8, factor * load<f64>(target + l * 8));
  store<f64>(target + j * 8, total > 0 ? 1.0 - w.kappa : 1.0);
}

/** Where p(. | j, i) stands: K numbers, valid until the next call. */
@inline
export function worldRow(w: World, i: i32, j: i32): usize {
  const k = <usize>w.clusters;
  if (w.kind == FOLLOWS) return w.tables + <usize>j * k * 8;
  if (w.kind == TABLES) {
    const group = w.groupCount > 1 ? <usize>load<i32>(w.groupOf + ((<usize>i) << 2)) : 0;
    return w.tables + (group * k + <usize>j) * k * 8;
  }
  if (w.kind == FOLLOWS_ENTITY) {
    softmaxRow(w, <usize>j, w.points + <usize>i * <usize>w.dimensions * 8, w.row);
  } else {
    memory.fill(w.row, 0, k * 8);
    store<f64>(w.row + ((<usize>j) << 3), 1.0);
  }
  return w.row;
}

/**
 * realized[n] ~ p(. | prescribed[n], entities[n]) for `count` entries (i32 arrays).
 * Draw n depends on (seed, round, n) alone, so a round asked twice is answered alike.
 */
export function worldRealize(
  w: World,
  round: u32,
  count: i32,
  entities: usize,
  prescribed: usize,
  realized: usize,
): void {
  const last = (<usize>(w.clusters - 1)) << 3;
  for (let n: usize = 0; n < <usize>count; n++) {
    const row = worldRow(w, load<i32>(entities + n * 4), load<i32>(prescribed + n * 4));
    const words = philoxWords(<u64>w.seed, WORLD_STREAM, (<u64>round << 32) | <u64>n);
    let rest = (<f64>load<u32>(words) + 0.5) * UNIT;
    let at: usize = 0;
    rest -= load<f64>(row);
    while (rest > 0 && at < last) {
      at += 8;
      rest -= load<f64>(row + at);
    }
    // Rounding may run past the last positive entry.
    while (at > 0 && load<f64>(row + at) == 0) at -= 8;
    store<i32>(realized + n * 4, <i32>(at >> 3));
  }
}

/** output[n] = log p(realized | prescribed, entity); -Infinity where the world says never. */
export function worldLogLikelihood(
  w: World,
  count: i32,
  entities: usize,
  prescribed: usize,
  realized: usize,
  output: usize,
): void {
  for (let n: usize = 0; n < <usize>count; n++) {
    const row = worldRow(w, load<i32>(entities + n * 4), load<i32>(prescribed + n * 4));
    const p = load<f64>(row + ((<usize>load<i32>(realized + n * 4)) << 3));
    store<f64>(output + n * 8, p > 0 ? log(p) : -Infinity);
  }
}

/** sum_i rho_i dbar(i, label_i) / sum_i rho_i: what prescribing `labels` (i32 a row) costs in this world. */
export function worldDistortion(w: World, labels: usize): f64 {
  const k = <usize>w.clusters;
  const d = <usize>w.dimensions;
  let total = 0.0;
  let weight = 0.0;
  for (let i = 0; i < w.rows; i++) {
    const x = w.points + <usize>i * d * 8;
    const row = worldRow(w, i, load<i32>(labels + ((<usize>i) << 2)));
    let mean = 0.0;
    for (let l: usize = 0; l < k; l++) {
      mean += load<f64>(row + l * 8) * squaredDistance(x, w.centers + l * d * 8, d);
    }
    const rho = load<f64>(w.rho + ((<usize>i) << 3));
    total += rho * mean;
    weight += rho;
  }
  return total / weight;
}

/** output[i * stride + j] = dbar_ij, for the rows from `first` to `end`; points and centers as they stand. */
export function worldPrices(w: World, first: i32, end: i32, stride: i32, output: usize): void {
  const k = <usize>w.clusters;
  const d = <usize>w.dimensions;
  for (let i = first; i < end; i++) {
    const x = w.points + <usize>i * d * 8;
    for (let l: usize = 0; l < k; l++) store<f64>(w.distances + l * 8, squaredDistance(x, w.centers + l * d * 8, d));
    for (let j = 0; j < w.clusters; j++) {
      const row = worldRow(w, i, j);
      let mean = 0.0;
      for (let l: usize = 0; l < k; l++) mean += load<f64>(row + l * 8) * load<f64>(w.distances + l * 8);
      store<f64>(output + ((<usize>(i - first) * <usize>stride + <usize>j) << 3), mean);
    }
  }
}
