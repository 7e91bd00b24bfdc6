/**
 * One annealing problem in linear memory: a struct of settings, results and pointers, then its arrays.
 * The host asks `problemBytes`, reserves that much, calls `problemInit`, feeds rows block by block
 * (`staging`, `problemLoadBlock`) and makes the sweeps that `scaleNext` names. Everything below works in scaled
 * units: weighted mean 0, trace of the covariance 1.
 *
 * A problem holds all blocks, or some of them (a shard), or none (a driver, whose sums come from shards).
 */
import { Minimizer, minimizerArrayBytes, minimizerPlace } from "../minimize";
import { ROW, TILE } from "../tile";

/** Rows in a block: the unit of summation, of work shared, and of staging. */
export const BLOCK: i32 = 4096;
const TILES_PER_BLOCK: i32 = BLOCK / TILE;

export const NONE: i32 = 0;
export const TABLE: i32 = 1;
export const GROUPS: i32 = 2;
/** Softmax autonomy that ignores the entity (gamma = 0): a table that follows the centers. */
export const SOFTMAX: i32 = 3;
/** Softmax autonomy that sees the entity (gamma > 0). */
export const SOFTMAX_ENTITY: i32 = 4;

/** Most Lanczos vectors kept. */
export const KRYLOV: i32 = 48;

@unmanaged
export class Problem {
  // f64 fields, in the order that src/core/exports.ts lists them.
  beta: f64;
  freeEnergy: f64;
  distortion: f64; // soft, at beta
  hardDistortion: f64; // with the lowest price for every point
  kappa: f64;
  zeta: f64;
  gamma: f64;
  temperature: f64; // scaled
  scale: f64; // data units per scaled unit
  spread: f64; // largest eigenvalue of the scaled covariance
  firstBeta: f64; // first critical beta, closed form
  totalWeight: f64;
  criticalBeta: f64;
  delta: f64;
  sensitivityBound: f64;
  seed: f64; // an integer below 2^53
  draws: f64; // random draws taken so far
  target: f64; // where in the running sum of the weights the point drawn lies
  // i32 fields.
  rows: i32;
  dimensions: i32;
  clusters: i32;
  padded: i32; // clusters rounded up to 4
  kind: i32;
  groupCount: i32;
  // These eight travel with every request, and so do all f64 fields: see request.ts.
  active: i32; // centers in use: groups of identical ones count once
  even: i32; // the table accepts 1 - kappa and spreads kappa evenly: identical centers may be lumped
  exact: i32; // gradient with dp/dY
  mode: i32; // of the sweep under way
  units: i32; // regions of the hard moments: units of twins if positive, else centers
  stage: i32; // how far the points are to be scaled, 0 to 3: see scale.ts
  drawFirst: i32; // blocks among which the point drawn lies
  drawEnd: i32;
  held: i32; // how far the points here are scaled
  step: i32; // of the scaling
  varied: i32; // the points differ
  drawn: i32; // `blockSums` are those of the draw under way
  firstBlock: i32; // number of the first block here
  endBlock: i32; // end of what is summed: all blocks, or a shard's
  blocks: i32; // held here
  sumsLength: i32; // f64 numbers a sweep returns
  level: i32; // depth of the summation stack
  pushed: i32; // number of the next block
  krylovSize: i32; // Lanczos vectors taken in
  // Pointers, first those that the host knows.
  staging: usize; // BLOCK rows of input, or BLOCK rows of output
  groupOf: usize; // i32 a point; GROUPS only
  mean: usize;
  covariance: usize;
  axis: usize; // unit eigenvector of `spread`
  box: usize; // lower, then upper bounds, scaled
  centers: usize;
  multiplicity: usize;
  gradient: usize;
  masses: usize;
  prescribed: usize;
  tables: usize;
  stack: usize; // finished subtrees
  sums: usize; // of the whole sweep
  axes: usize; // active x d
  deviations: usize; // active
  critical: usize; // active
  regionMeans: usize; // active x d
  unitOf: usize; // i32 a cluster
  removal: usize; // active
  gains: usize; // active
  shifts: usize; // active x d
  direction: usize; // psi, clusters x d
  base: usize; // centers whose curvature is asked for
  stiffness: usize; // A psi: Hessian with the policy held
  response: usize; // B psi: what the policy's answer takes away, per beta
  // The rest are the core's own.
  minimizer: usize;
  points: usize;
  rho: usize;
  shiftMean: usize; // what was taken off the points: first this,
  shiftRest: usize; // then this, which rounding had left
  groupShares: usize; // of the weight; GROUPS only
  transitions: usize; // active x active, lumped
  shares: usize; // active x active: where an entity that overrides goes (softmax)
  collapsed: usize; // active x d, then offsets: one group's effective centers
  packed: usize; // the same for every group, packed, ready for a sweep
  offsets: usize;
  packedCenters: usize;
  zeros: usize; // offsets of 0, NEVER for padding
  affinity: usize; // exp(-zeta d(y_j, y_k) / T), packed; SOFTMAX_ENTITY
  affinityTransposed: usize;
  affinityPlain: usize;
  between: usize; // d(y_j, y_k), active x active
  pulls: usize; // weight of d(y_j, y_k) in dF, active x active
  scratch: usize; // tiles of padded x 32
  lanes: usize; // sums of the block under way, f64x2
  groupLanes: usize; // sums of a run of one group
  savedSums: usize; // of the state whose curvature is asked for
  moments: usize; // active x d x d
  regionSums: usize; // active x (d + 1): sum rho x, sum rho
  work: usize; // a few active x (d + 1)
  krylov: usize;
  ritz: usize;
  ritzVectors: usize; // eigenvectors of the tridiagonal matrix
  scales: usize; // 2 x realized masses at the base, floored
  slopes: usize; // affine function a_ij = level_j + slope_j . x, packed, per group
  levels: usize;
  frozen: usize; // packed, affinities and distances of the base, while a sweep is at other centers
  frozenAffinity: usize;
  frozenTransposed: usize;
  frozenBetween: usize;
  blockSums: usize; // one f64 a block
}

let cursor: u64 = 0;

@inline
function take(bytes: u64): usize {
  const at = cursor;
  cursor += (bytes + 15) & ~(<u64>15);
  return <usize>at;
}

/** Lays the arrays out behind the struct; returns the first free byte. Overflow is the caller's check. */
function place(p: Problem, base: u64): u64 {
  const k = <u64>p.clusters;
  const padded = <u64>p.padded;
  const d = <u64>p.dimensions;
  const tiles = <u64>tileCount(p);
  const groups = <u64>p.groupCount;
  const size = k * d * 8;
  const square = p.kind == NONE ? 0 : k * k * 8;
  const entity = p.kind == SOFTMAX_ENTITY ? padded * padded * 8 : 0;
  const stagedRows = <u64>min(p.rows, BLOCK);
  cursor = (base + <u64>offsetof<Problem>() + 15) & ~(<u64>15);
  p.minimizer = take(<u64>offsetof<Minimizer>() + minimizerArrayBytes(p.clusters, p.dimensions));
  p.staging = take((stagedRows + <u64>TILE) * (max(d, k) + 2) * 8);
  p.points = take(tiles * d * <u64>ROW);
  p.rho = take(tiles * <u64>ROW);
  p.groupOf = take(p.kind == GROUPS ? tiles * <u64>TILE * 4 : 0);
  p.mean = take(d * 8);
  p.shiftMean = take(d * 8);
  p.shiftRest = take(d * 8);
  p.groupShares = take(p.kind == GROUPS ? groups * 8 : 0);
  p.covariance = take(d * d * 8);
  p.axis = take(d * 8);
  p.box = take(2 * d * 8);
  p.centers = take(size);
  p.multiplicity = take(padded * 8);
  p.gradient = take(size);
  p.masses = take(padded * 8);
  p.prescribed = take(padded * 8);
  p.tables = take(p.kind == TABLE || p.kind == GROUPS ? groups * square : 0);
  p.transitions = take(square);
  p.shares = take(square);
  p.collapsed = take(size + k * 8);
  p.packed = take(groups * padded * d * 8);
  p.offsets = take(groups * padded * 8);
  p.packedCenters = take(padded * d * 8);
  p.zeros = take(padded * 8);
  p.affinity = take(entity);
  p.affinityTransposed = take(entity);
  p.affinityPlain = take(entity);
  p.between = take(square);
  p.pulls = take(square);
  p.scratch = take(14 * padded * <u64>ROW);
  const sweepSums = 3 + padded * (2 * (d + 1) + 4 + (d * (d + 1)) / 2) + entity / 4;
  const sums = max(sweepSums, p.kind == GROUPS ? groups : 0);
  p.lanes = take(sums * 16);
  p.groupLanes = take(p.kind == GROUPS ? padded * (d + 2) * 16 : 0);
  p.stack = take(<u64>mostNodes(p) * sums * 8);
  p.sums = take(sums * 8);
  p.savedSums = take(sums * 8);
  p.moments = take(size * d);
  p.axes = take(size);
  p.deviations = take(k * 8);
  p.critical = take(k * 8);
  p.regionMeans = take(size);
  p.regionSums = take(size + k * 8);
  p.unitOf = take(k * 4);
  p.removal = take(k * 8);
  p.gains = take(k * 8);
  p.shifts = take(size);
  p.work = take(4 * padded * (d + 2) * 8 + 2 * d * d * 8);
  p.krylov = take(max(<u64>(KRYLOV + 2) * size, square));
  p.ritz = take(max(<u64>KRYLOV * <u64>(KRYLOV + 6), k * k) * 8);
  p.ritzVectors = take(<u64>KRYLOV * <u64>KRYLOV * 8);
  p.direction = take(size);
  p.base = take(size);
  p.stiffness = take(size);
  p.response = take(size);
  p.scales = take(padded * 8);
  p.slopes = take(groups * padded * d * 8);
  p.levels = take(groups * padded * 8);
  p.frozen = take(entity == 0 ? 0 : padded * d * 8);
  p.frozenAffinity = take(entity);
  p.frozenTransposed = take(entity);
  p.frozenBetween = take(entity == 0 ? 0 : square);
  p.blockSums = take(<u64>p.blocks * 8);
  return cursor;
}

/** Most subtrees that wait for their neighbor: those of a range that begins at 0 shrink, others also grow first. */
function mostNodes(p: Problem): i32 {
  const depth = 34 - clz(p.endBlock - p.firstBlock);
  return p.firstBlock > 0 ? 2 * depth : depth;
}

export function tileCount(p: Problem): i32 {
  return (p.rows + TILE - 1) / TILE;
}

function describe(
  p: Problem,
  rows: i32,
  dimensions: i32,
  clusters: i32,
  kind: i32,
  groupCount: i32,
  firstBlock: i32,
  endBlock: i32,
): void {
  p.rows = rows;
  p.dimensions = dimensions;
  p.clusters = clusters;
  p.padded = (clusters + 3) & ~3;
  p.kind = kind;
  p.groupCount = max(groupCount, 1);
  p.blocks = (rows + BLOCK - 1) / BLOCK;
  p.firstBlock = firstBlock;
  p.endBlock = endBlock;
}

const probe: usize = memory.data(640, 16);

/**
 * Bytes that a problem needs, struct and arrays; as f64, since it may pass what wasm addresses.
 *
 * @param rows held here; @param firstBlock, endBlock what is summed here: of a driver without rows, all blocks
 */
export function problemBytes(
  rows: i32,
  dimensions: i32,
  clusters: i32,
  kind: i32,
  groupCount: i32,
  firstBlock: i32,
  endBlock: i32,
): f64 {
  const p = changetype<Problem>(probe);
  describe(p, rows, dimensions, clusters, kind, groupCount, firstBlock, endBlock);
  return <f64>place(p, 0);
}

/** Starts a problem in zeroed memory of `problemBytes` bytes. */
export function problemInit(
  base: usize,
  rows: i32,
  dimensions: i32,
  clusters: i32,
  kind: i32,
  groupCount: i32,
  firstBlock: i32,
  endBlock: i32,
): void {
  const p = changetype<Problem>(base);
  describe(p, rows, dimensions, clusters, kind, groupCount, firstBlock, endBlock);
  place(p, <u64>base);
  const m = changetype<Minimizer>(p.minimizer);
  minimizerPlace(m, p.minimizer + offsetof<Minimizer>(), clusters, dimensions);
  m.dimensions = dimensions;
  m.trial = p.centers;
  m.trialGradient = p.gradient;
  m.masses = p.masses;
  m.box = p.box;
  m.boxed = kind >= SOFTMAX ? 1 : 0;
  p.exact = 1;
  p.active = clusters;
  for (let k = 0; k < clusters; k++) store<f64>(p.multiplicity + (<usize>k << 3), 1.0);
}

@inline
export function firstTile(block: i32): i32 {
  return block * TILES_PER_BLOCK;
}

@inline
export function endTile(p: Problem, block: i32): i32 {
  return min((block + 1) * TILES_PER_BLOCK, tileCount(p));
}

@inline
export function pointsOfTile(p: Problem, tile: i32): usize {
  return p.points + <usize>tile * <usize>p.dimensions * ROW;
}

@inline
export function rhoOfTile(p: Problem, tile: i32): usize {
  return p.rho + <usize>tile * ROW;
}

/** The i-th scratch tile: padded x 32 numbers. */
@inline
export function scratchTile(p: Problem, index: i32): usize {
  return p.scratch + <usize>index * <usize>p.padded * ROW;
}
