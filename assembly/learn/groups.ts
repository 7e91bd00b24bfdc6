/**
 * Entities in groups that behave alike, one table a group: given by the user, or found from the counts
 * (mixture.ts). An entity's own counts are shrunk towards its group's table, or towards the mean of the tables
 * that it may follow; given groups are shrunk towards all. Concentrations are chosen by marginal likelihood.
 */
import { exp, log } from "../vector";
import { countAt, gather, keyAt, lowerBound } from "./counts";
import { GRID, addEvidence, bestConcentration, bestGain, shrink } from "./evidence";
import { findGroups } from "./mixture";

/** An entity whose group is as sure as this follows that group's table alone. */
const SURE: f64 = 0.999;

@unmanaged
export class Groups {
  // f64 fields, in the order that src/core/exports.ts lists them.
  between: f64; // concentration of given groups around all
  own: f64; // of entities around their groups; Infinity: they have nothing of their own
  // i32 fields.
  count: i32;
  // Pointers.
  overall: usize; // K x K counts of all
  tables: usize; // most x K x K
  pools: usize; // most x K x K counts, where groups are given
  weights: usize; // most: each group's share, up to a factor; where groups are found
  // What the host does not look at.
  value: f64; // log-likelihood of the entity that `share` looked at
  only: i32; // its one group; -1: `shares` tell
  clusters: i32;
  most: i32; // groups that there is room for
  groupOf: usize; // i32 an entity; 0: found from the counts
  base: usize; // K x K: the table of all
  evidence: usize; // GRID + 1
  row: usize; // K, scratch, as is the next one
  mean: usize;
  // Only where groups are found:
  shares: usize; // most: of one entity
  logTables: usize; // most x K x K
  logWeights: usize; // most
  losses: usize; // most x most: what merging costs
  keptTables: usize; // of the best mixture so far
  keptWeights: usize;
}

@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~(<usize>15);
}

/** Bytes of the struct and its arrays; `found`: 1 if groups are not given. */
export function groupsBytes(clusters: i32, most: i32, found: i32): f64 {
  const k = <f64>clusters;
  const g = <f64>most;
  const finding = found ? g * (k * k + g + 4) : 0.0;
  return <f64>offsetof<Groups>() + 8 * ((2 + 2 * g) * k * k + 2 * k + GRID + 1 + finding) + 16 * 12;
}

/** Lays the arrays out behind the struct, in zeroed memory; begins with one group, or those given, all uniform. */
export function groupsInit(g: Groups, clusters: i32, most: i32, groupOf: usize): void {
  g.clusters = clusters;
  g.most = most;
  g.groupOf = groupOf;
  const square = (<usize>clusters * <usize>clusters) << 3;
  const all = <usize>most * square;
  const numbers = (<usize>most) << 3;
  g.overall = align(changetype<usize>(g) + offsetof<Groups>());
  g.base = align(g.overall + square);
  g.evidence = align(g.base + square);
  g.row = align(g.evidence + ((<usize>GRID + 1) << 3));
  g.mean = align(g.row + ((<usize>clusters) << 3));
  g.tables = align(g.mean + ((<usize>clusters) << 3));
  g.pools = align(g.tables + all);
  g.logTables = g.pools;
  if (groupOf == 0) {
    g.keptTables = align(g.logTables + all);
    g.losses = align(g.keptTables + all);
    g.weights = align(g.losses + numbers * <usize>most);
    g.keptWeights = g.weights + numbers;
    g.logWeights = g.keptWeights + numbers;
    g.shares = g.logWeights + numbers;
  }
  g.count = groupOf == 0 ? 1 : most;
  groupsFit(g, 0, 0, 0);
}

/** Must follow every change of tables and weights. */
export function followTables(g: Groups): void {
  if (g.groupOf != 0) return;
  const cells = <usize>(g.count * g.clusters * g.clusters) << 3;
  for (let at: usize = 0; at < cells; at += 8) store<f64>(g.logTables + at, log(load<f64>(g.tables + at)));
  const end = (<usize>g.count) << 3;
  for (let at: usize = 0; at < end; at += 8) store<f64>(g.logWeights + at, log(load<f64>(g.weights + at)));
}

/** Finds tables, groups if they are not given, and how far entities go by their own counts (`perEntity`). */
export function groupsFit(g: Groups, records: usize, length: i32, perEntity: i32): void {
  const k = g.clusters;
  pool(g, records, length, 0, g.overall, 1);
  shrink(g.overall, k, k, 0, 1, <f64>k / 2, g.base); // Jeffreys' prior: half an observation a cell
  g.own = Infinity;
  if (g.groupOf != 0) {
    pool(g, records, length, g.groupOf, g.pools, g.count);
    fitBetween(g);
    if (perEntity) g.own = ownConcentration(g, records, length);
    return;
  }
  onlyOne(g);
  if (!perEntity) return;
  g.own = ownConcentration(g, records, length);
  const alone = bestGain(g.evidence);
  const gain = findGroups(g, records, length);
  if (g.count == 1) return;
  const own = ownConcentration(g, records, length);
  if (gain + bestGain(g.evidence) > alone) g.own = own;
  else onlyOne(g);
}

/** One group: everybody. */
function onlyOne(g: Groups): void {
  g.count = 1;
  store<f64>(g.weights, 1.0);
  memory.copy(g.tables, g.base, (<usize>(g.clusters * g.clusters)) << 3);
  followTables(g);
}

/** pools[g][j][k] = counts of the entities of group g (groupOf = 0: all in group 0). */
function pool(g: Groups, records: usize, length: i32, groupOf: usize, pools: usize, count: i32): void {
  const square = <u64>g.clusters * <u64>g.clusters;
  memory.fill(pools, 0, (<usize>count * <usize>square) << 3);
  for (let n: usize = 0; n < <usize>length; n++) {
    const key = keyAt(records, n);
    const group = groupOf == 0 ? 0 : <u64>load<i32>(groupOf + (<usize>(key / square) << 2));
    const at = pools + (<usize>(group * square + (key % square)) << 3);
    store<f64>(at, load<f64>(at) + <f64>countAt(records, n));
  }
}

/** Tables of given groups, shrunk towards that of all. */
function fitBetween(g: Groups): void {
  const k = g.clusters;
  const rows = g.count * k;
  const size = (<usize>k) << 3;
  g.between = Infinity;
  if (g.count > 1) {
    memory.fill(g.evidence, 0, (<usize>(GRID + 1)) << 3);
    for (let r = 0; r < rows; r++) addEvidence(g.pools + <usize>r * size, k, g.base + <usize>(r % k) * size, g.evidence);
    g.between = bestConcentration(g.evidence);
  }
  shrink(g.pools, rows, k, g.base, k, g.between, g.tables);
}

/** Concentration of the entities' own rows around their groups' rows. */
function ownConcentration(g: Groups, records: usize, length: i32): f64 {
  memory.fill(g.evidence, 0, (<usize>(GRID + 1)) << 3);
  const k = <u64>g.clusters;
  const end = <usize>length;
  let at: usize = 0;
  while (at < end) {
    const next = share(g, records, at, end, keyAt(records, at) / (k * k));
    while (at < next) {
      const pair = keyAt(records, at) / k;
      at = gather(records, at, next, pair, k, g.row);
      addEvidence(g.row, g.clusters, meanRow(g, pair % k), g.evidence);
    }
  }
  return bestConcentration(g.evidence);
}

/**
 * How likely an entity, whose records begin at `at`, is of each group: `shares` (or `only`) and `value`.
 *
 * @returns the first record after its own
 */
export function share(g: Groups, records: usize, at: usize, length: usize, entity: u64): usize {
  const square = <u64>g.clusters * <u64>g.clusters;
  const first = entity * square;
  const size = (<usize>square) << 3;
  const shares = g.shares;
  const end = shares + ((<usize>g.count) << 3);
  const given = g.groupOf != 0;
  if (!given) memory.copy(shares, g.logWeights, end - shares);
  for (; at < length && keyAt(records, at) < first + square; at++) {
    if (given) continue;
    const count = <f64>countAt(records, at);
    let cell = g.logTables + (<usize>(keyAt(records, at) - first) << 3);
    for (let s = shares; s < end; s += 8) {
      store<f64>(s, load<f64>(s) + count * load<f64>(cell));
      cell += size;
    }
  }
  if (given) g.only = load<i32>(g.groupOf + (<usize>entity << 2));
  else normalize(g);
  return at;
}

/** Logarithms to shares that sum to 1. */
function normalize(g: Groups): void {
  const end = g.shares + ((<usize>g.count) << 3);
  let highest = -Infinity;
  for (let s = g.shares; s < end; s += 8) highest = max(highest, load<f64>(s));
  let total = 0.0;
  for (let s = g.shares; s < end; s += 8) {
    const value = exp(load<f64>(s) - highest);
    store<f64>(s, value);
    total += value;
  }
  g.value = highest + log(total);
  g.only = -1;
  for (let s = g.shares; s < end; s += 8) {
    const value = load<f64>(s) / total;
    store<f64>(s, value);
    if (value > SURE) g.only = <i32>((s - g.shares) >> 3);
  }
}

/** Where row j of the mean of the tables stands that the entity looked at may follow: K numbers. */
function meanRow(g: Groups, j: u64): usize {
  const size = (<usize>g.clusters) << 3;
  const from = g.tables + <usize>j * size;
  const square = size * <usize>g.clusters;
  if (g.only >= 0) return from + <usize>g.only * square;
  memory.fill(g.mean, 0, size);
  for (let group: usize = 0; group < <usize>g.count; group++) {
    const part = load<f64>(g.shares + (group << 3));
    for (let l: usize = 0; l < size; l += 8) {
      store<f64>(g.mean + l, load<f64>(g.mean + l) + part * load<f64>(from + group * square + l));
    }
  }
  return g.mean;
}

/** tables[i][j][k] of the entities from `first` to `end`; only[i]: the group whose table that is, -1: its own. */
export function groupsTables(
  g: Groups,
  records: usize,
  length: i32,
  first: i32,
  end: i32,
  tables: usize,
  only: usize,
): void {
  const k = <u64>g.clusters;
  let at = lowerBound(records, length, <u64>first * k * k);
  for (let i = <u64>first; i < <u64>end; i++) {
    const next = share(g, records, at, <usize>length, i);
    for (let j: u64 = 0; j < k; j++) {
      at = gather(records, at, next, i * k + j, k, g.row);
      shrink(g.row, 1, g.clusters, meanRow(g, j), 1, g.own, tables);
      tables += (<usize>k) << 3;
    }
    store<i32>(only, g.own == Infinity ? g.only : -1);
    only += 4;
  }
}

/** output[n] = log of the shrunken probability of each entry's realization. */
export function groupsLogLikelihood(
  g: Groups,
  records: usize,
  length: i32,
  count: i32,
  entities: usize,
  prescribed: usize,
  realized: usize,
  output: usize,
): void {
  const k = <u64>g.clusters;
  for (let n: usize = 0; n < <usize>count; n++) {
    const i = <u64>load<i32>(entities + n * 4);
    const j = <u64>load<i32>(prescribed + n * 4);
    const first = lowerBound(records, length, i * k * k);
    const next = share(g, records, first, <usize>length, i);
    const at = lowerBound(records, length, (i * k + j) * k);
    gather(records, at, next, i * k + j, k, g.row);
    shrink(g.row, 1, g.clusters, meanRow(g, j), 1, g.own, g.row);
    store<f64>(output + n * 8, log(load<f64>(g.row + ((<usize>load<i32>(realized + n * 4)) << 3))));
  }
}
