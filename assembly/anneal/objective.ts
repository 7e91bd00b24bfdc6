/**
 * Free energy, distortion, masses and gradient at `centers`: `sweepBegin`, any number of `sweepBlocks`
 * over blocks in order (or nodes that shards summed), `sweepEnd`. AAC eqs. 1 and 2, theorem 1, and the exact
 * gradient with dp/dY.
 */
import { addGradientOfPairs, between, distances, gradientOfDistances } from "./distance";
import { entityBackward, entityPrices } from "./entity";
import { advanceStage, boxOfBlock, columnsOfBlock, productsOfBlock, sharesOfBlock } from "./load";
import { BOX, COLUMNS, DRAW, FROZEN, HARD, HARD_CUT, HARD_MOMENTS, PRODUCTS, RESPONSE, SHARES, SOFT_MOMENTS, TAKE } from "./modes";
import {
  GROUPS,
  NONE,
  Problem,
  SOFTMAX,
  SOFTMAX_ENTITY,
  endTile,
  firstTile,
  pointsOfTile,
  rhoOfTile,
  scratchTile,
} from "./problem";
import { clearLanes, pushBlock, reduceBegin, reduceEnd } from "./reduce";
import { addCenter, aim, locate, takePoint, weighBlock } from "./start";
import { isTable, padCenters, prepare, swapParameters } from "./transition";
import { NEVER, ROW, TILE, accumulate, accumulateMass, harden, soften } from "../tile";
import { addMoments, momentsLength, packCenters, takeMoments } from "./moments";
import { addResponse } from "./curvature";
import { addScaled } from "../vector";

/** The first three sums: rho-weighted lowest price, log Z, mean excess. */
const HEAD: usize = 3;

@inline
export function isHard(p: Problem): bool {
  return p.mode == HARD || p.mode == HARD_MOMENTS || p.mode == HARD_CUT;
}

/** f64 numbers by cluster: coordinates and mass. */
@inline
function rowsLength(p: Problem): usize {
  return <usize>p.padded * (<usize>p.dimensions + 1);
}

/** Start of the extra sums: prescribed masses (GROUPS), realized and prescribed (SOFTMAX_ENTITY). */
@inline
function extraAt(p: Problem): usize {
  return HEAD + rowsLength(p);
}

@inline
function pairsAt(p: Problem): usize {
  return extraAt(p) + 2 * <usize>p.padded;
}

/** Start of what SOFT_MOMENTS, HARD_MOMENTS and HARD_CUT add. */
@inline
export function momentsAt(p: Problem): usize {
  const padded = <usize>p.padded;
  if (p.kind == SOFTMAX_ENTITY) return pairsAt(p) + 2 * padded * padded;
  return p.kind == GROUPS ? extraAt(p) + padded : extraAt(p);
}

/** Begins a sweep at `centers` with `active` of them; beta of Infinity is given by a hard mode. */
export function sweepBegin(p: Problem, mode: i32, beta: f64): void {
  p.mode = mode;
  p.beta = beta;
  while (p.held < p.stage) advanceStage(p);
  if (mode < BOX) prepare(p);
  if (mode >= DRAW) {
    padCenters(p);
    packCenters(p);
  }
  if (mode == TAKE) locate(p);
  p.drawn = mode >= DRAW ? 1 : 0;
  reduceBegin(p, <i32>lengthOfSums(p));
}

/** f64 numbers that the mode adds up. */
function lengthOfSums(p: Problem): usize {
  const d = <usize>p.dimensions;
  switch (p.mode) {
    case BOX:
      return 2 * d;
    case COLUMNS:
      return d + 1;
    case PRODUCTS:
      return (d * (d + 1)) >> 1;
    case SHARES:
      return p.groupCount;
    case DRAW:
      return 1;
    case TAKE:
      return d;
    default:
      return momentsAt(p) + momentsLength(p);
  }
}

/** Sweeps blocks from `first` to `end` (excluded); blocks must come in order. */
export function sweepBlocks(p: Problem, first: i32, end: i32): void {
  for (let block = first; block < end; block++) {
    clearLanes(p);
    addBlock(p, block);
    pushBlock(p);
  }
}

function addBlock(p: Problem, block: i32): void {
  switch (p.mode) {
    case BOX:
      return boxOfBlock(p, block);
    case COLUMNS:
      return columnsOfBlock(p, block);
    case PRODUCTS:
      return productsOfBlock(p, block);
    case SHARES:
      return sharesOfBlock(p, block);
    case DRAW:
      return weighBlock(p, block);
    case TAKE:
      return takePoint(p, block);
  }
  if (p.kind == GROUPS) sweepGrouped(p, block);
  else for (let tile = firstTile(block); tile < endTile(p, block); tile++) sweepTile(p, tile);
}

/** One sweep over everything; returns F (soft modes) or D (hard modes). */
export function sweep(p: Problem, mode: i32, beta: f64): f64 {
  sweepBegin(p, mode, beta);
  sweepBlocks(p, 0, p.blocks);
  return sweepEnd(p);
}

@inline
function lane(p: Problem, index: usize): usize {
  return p.lanes + (index << 4);
}

function sweepTile(p: Problem, tile: i32): void {
  const points = pointsOfTile(p, tile);
  if (p.mode == FROZEN) swapParameters(p);
  pricesOfTile(p, points, p.packed, p.offsets);
  policyOfTile(p, points, rhoOfTile(p, tile), 0);
  if (p.mode == FROZEN) pricesUnderFrozenPolicy(p, points);
  if (p.kind == SOFTMAX_ENTITY && p.mode != RESPONSE && p.units == 0) {
    accumulateMass(scratchTile(p, 0), lane(p, extraAt(p) + <usize>p.padded), <usize>p.padded);
    entityBackward(p, points, lane(p, HEAD), lane(p, extraAt(p)), lane(p, pairsAt(p)));
  } else {
    accumulate(scratchTile(p, 0), points, lane(p, HEAD), <usize>p.padded, <usize>p.dimensions);
  }
}

/** FROZEN: keeps the policy found at `base` while prices and transitions move on to `centers`. */
function pricesUnderFrozenPolicy(p: Problem, points: usize): void {
  const bytes = <usize>p.padded * ROW;
  memory.copy(scratchTile(p, 12), scratchTile(p, 0), bytes);
  swapParameters(p);
  entityPrices(p, points);
  memory.copy(scratchTile(p, 0), scratchTile(p, 12), bytes);
}

/** dbar_ij of a tile into scratch 0. */
export function pricesOfTile(p: Problem, points: usize, packed: usize, offsets: usize): void {
  if (p.kind == SOFTMAX_ENTITY) entityPrices(p, points);
  else distances(points, packed, offsets, scratchTile(p, 0), <usize>p.padded, <usize>p.dimensions);
}

/** Prices in scratch 0 become rho_i pi(j|i); the mode's extra sums are added. */
function policyOfTile(p: Problem, points: usize, rho: usize, group: usize): void {
  const prices = scratchTile(p, 0);
  const padded = <usize>p.padded;
  if (p.units > 0) cheapestOfUnits(p);
  if (p.mode == HARD_MOMENTS) memory.copy(scratchTile(p, 11), prices, padded * ROW);
  if (isHard(p)) harden(prices, rho, padded, p.lanes);
  else soften(prices, rho, p.multiplicity, <usize>p.active, padded, p.beta, p.lanes);
  if (p.mode == RESPONSE) addResponse(p, points, group);
  else if (p.mode != FROZEN && p.mode >= SOFT_MOMENTS) addMoments(p, points, lane(p, momentsAt(p)));
}

/** Prices by center become prices by unit of twins: the lowest of its members. */
function cheapestOfUnits(p: Problem): void {
  const prices = scratchTile(p, 0);
  const spare = scratchTile(p, 13);
  const end = <usize>p.padded * ROW;
  for (let at: usize = 0; at < end; at += 16) v128.store(spare + at, f64x2.splat(NEVER));
  for (let k: usize = 0; k < <usize>p.active; k++) {
    const to = spare + <usize>load<i32>(p.unitOf + (k << 2)) * ROW;
    for (let i: usize = 0; i < ROW; i += 16) {
      v128.store(to + i, f64x2.pmin(v128.load(to + i), v128.load(prices + k * ROW + i)));
    }
  }
  memory.copy(prices, spare, end);
}

/**
 * GROUPS: rows of a block are sorted by group, so tiles fall into runs of one group. A run within a tile is
 * the same tile with the other weights 0. A group's sums go through its table when its run ends.
 */
function sweepGrouped(p: Problem, block: i32): void {
  const padded = <usize>p.padded;
  let group = -1;
  for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
    const points = pointsOfTile(p, tile);
    const groups = p.groupOf + ((<usize>tile * TILE) << 2);
    for (let start = 0; start < TILE; ) {
      const current = load<i32>(groups + (<usize>start << 2));
      let end = start + 1;
      while (end < TILE && load<i32>(groups + (<usize>end << 2)) == current) end++;
      if (current != group) {
        if (group >= 0) passThroughTable(p, group);
        group = current;
        memory.fill(p.groupLanes, 0, padded * (<usize>p.dimensions + 1) * 16);
      }
      const packed = p.packed + <usize>group * padded * <usize>p.dimensions * 8;
      const offsets = p.offsets + <usize>group * padded * 8;
      pricesOfTile(p, points, packed, offsets);
      policyOfTile(p, points, maskedRho(p, rhoOfTile(p, tile), start, end), <usize>group);
      accumulate(scratchTile(p, 0), points, p.groupLanes, padded, <usize>p.dimensions);
      start = end;
    }
  }
  passThroughTable(p, group);
}

/** rho with zeros outside lanes start to end. */
export function maskedRho(p: Problem, rho: usize, start: i32, end: i32): usize {
  if (end - start == TILE) return rho;
  const masked = scratchTile(p, 12);
  memory.fill(masked, 0, ROW);
  memory.copy(masked + (<usize>start << 3), rho + (<usize>start << 3), (<usize>(end - start)) << 3);
  return masked;
}

/** Sums by prescribed cluster of one group become sums by realized cluster: lanes += P_g' groupLanes. */
function passThroughTable(p: Problem, group: i32): void {
  const k = <usize>p.clusters;
  const width = <usize>p.dimensions + 1;
  const table = p.tables + <usize>group * k * k * 8;
  for (let j: usize = 0; j < k; j++) {
    const from = p.groupLanes + j * width * 16;
    const mass = lane(p, extraAt(p) + j);
    v128.store(mass, f64x2.add(v128.load(mass), v128.load(from + (width - 1) * 16)));
    for (let l: usize = 0; l < k; l++) {
      const share = f64x2.splat(load<f64>(table + (j * k + l) * 8));
      const to = lane(p, HEAD + l * width);
      for (let c: usize = 0; c < width * 16; c += 16) {
        v128.store(to + c, f64x2.add(v128.load(to + c), f64x2.mul(share, v128.load(from + c))));
      }
    }
  }
}

/** Ends a sweep: values, masses, gradient. Returns F, or D in a hard mode; of the other passes, their first sum. */
export function sweepEnd(p: Problem): f64 {
  reduceEnd(p);
  if (p.mode == DRAW) aim(p);
  if (p.mode == TAKE) addCenter(p);
  if (p.mode >= BOX) return load<f64>(p.sums);
  const lowest = load<f64>(p.sums);
  p.hardDistortion = max(lowest, 0.0);
  if (isHard(p)) {
    p.freeEnergy = p.hardDistortion;
    p.distortion = p.hardDistortion;
  } else {
    p.freeEnergy = lowest - load<f64>(p.sums, 8) / p.beta;
    p.distortion = max(lowest + load<f64>(p.sums, 16), 0.0);
  }
  if (p.mode != RESPONSE) {
    if (p.units == 0) massesAndGradient(p);
    if (p.mode != FROZEN && p.mode >= SOFT_MOMENTS) takeMoments(p, p.sums + momentsAt(p) * 8);
  }
  return p.freeEnergy;
}

function massesAndGradient(p: Problem): void {
  const rows = p.sums + HEAD * 8;
  const padded = <usize>p.padded;
  const g = (<usize>p.active) << 3;
  if (p.kind == SOFTMAX_ENTITY) {
    gradientOfDistances(rows, p.centers, p.active, p.dimensions, p.gradient);
    memory.copy(p.masses, p.sums + extraAt(p) * 8, g);
    memory.copy(p.prescribed, p.sums + (extraAt(p) + padded) * 8, g);
    if (p.exact) addEntityPull(p);
    return;
  }
  if (p.kind == GROUPS) memory.copy(p.prescribed, p.sums + extraAt(p) * 8, g);
  else copyMasses(rows, p.prescribed, p.active, p.dimensions);
  gradientOfSums(p, rows, p.gradient, p.masses);
}

function copyMasses(rows: usize, masses: usize, count: i32, dimensions: i32): void {
  const width = <usize>dimensions + 1;
  for (let k: usize = 0; k < <usize>count; k++) {
    store<f64>(masses + k * 8, load<f64>(rows + (k * width + width - 1) * 8));
  }
}

/** SOFTMAX_ENTITY: the part of dp/dY through the distances between centers. */
function addEntityPull(p: Problem): void {
  const g = <usize>p.active;
  const padded = <usize>p.padded;
  const near = p.sums + pairsAt(p) * 8;
  const far = near + padded * padded * 8;
  const factor = -p.zeta / p.temperature;
  for (let j: usize = 0; j < g; j++) {
    for (let k: usize = 0; k < g; k++) {
      const pull =
        load<f64>(p.affinityPlain + (j * g + k) * 8) * load<f64>(near + (j * padded + k) * 8) +
        load<f64>(far + (j * padded + k) * 8);
      store<f64>(p.pulls + (j * g + k) * 8, factor * pull);
    }
  }
  addGradientOfPairs(p.pulls, p.centers, p.active, p.dimensions, p.gradient);
}

/**
 * Gradient of sum over i, j of w_ij dbar_ij with the weights held, from rows of (numerator, mass): linear in
 * them. By realized cluster for NONE and GROUPS, by prescribed cluster where there is one table; then
 * P' carries them over, and with `exact` the softmax's dP/dY is added.
 */
export function gradientOfSums(p: Problem, rows: usize, gradient: usize, masses: usize): void {
  const g = <usize>p.active;
  const width = <usize>p.dimensions + 1;
  let realized = rows;
  if (isTable(p)) {
    realized = p.work;
    memory.fill(realized, 0, g * width * 8);
    for (let j: usize = 0; j < g; j++) {
      for (let k: usize = 0; k < g; k++) {
        const share = load<f64>(p.transitions + (j * g + k) * 8);
        addScaled(realized + k * width * 8, rows + j * width * 8, share, width * 8);
      }
    }
  }
  copyMasses(realized, masses, p.active, p.dimensions);
  gradientOfDistances(realized, p.centers, p.active, p.dimensions, gradient);
  if (p.kind == SOFTMAX && p.exact) addTablePull(p, rows, gradient);
}

/**
 * SOFTMAX: dF/dP_jk = sum_i w_ij d_ik. What it has in common over k cancels against the mean over shares,
 * so d_ij is taken off first, and nothing large is subtracted.
 */
function addTablePull(p: Problem, rows: usize, gradient: usize): void {
  const g = <usize>p.active;
  const d = <usize>p.dimensions;
  const pull = p.pulls;
  for (let j: usize = 0; j < g; j++) {
    const row = rows + j * (d + 1) * 8;
    const mass = load<f64>(row + d * 8);
    const yj = p.centers + j * d * 8;
    let mean = 0.0;
    for (let k: usize = 0; k < g; k++) {
      const yk = p.centers + k * d * 8;
      // sum_i w (|x - y_k|^2 - |x - y_j|^2) = S |y_k - y_j|^2 - 2 (y_k - y_j) . (sum w x - S y_j)
      let value = mass * between(yj, yk, p.dimensions);
      for (let c: usize = 0; c < d * 8; c += 8) {
        value -= 2.0 * (load<f64>(yk + c) - load<f64>(yj + c)) * (load<f64>(row + c) - mass * load<f64>(yj + c));
      }
      store<f64>(pull + (j * g + k) * 8, value);
      mean += load<f64>(p.shares + (j * g + k) * 8) * value;
    }
    const factor = (-p.kappa * p.zeta) / p.temperature;
    for (let k: usize = 0; k < g; k++) {
      const at = pull + (j * g + k) * 8;
      store<f64>(at, factor * load<f64>(p.shares + (j * g + k) * 8) * (load<f64>(at) - mean));
    }
  }
  addGradientOfPairs(pull, p.centers, p.active, p.dimensions, gradient);
}

/** Labels (i32) of a block into `staging`, argmin_j dbar_ij, ties to the lowest index. */
export function labelsOfBlock(p: Problem, block: i32): void {
  eachRun(p, block, false);
}

/** Policy pi(j|i) of a block into `staging`, rows x clusters, at `beta`. */
export function policyOfBlock(p: Problem, block: i32): void {
  eachRun(p, block, true);
}

function eachRun(p: Problem, block: i32, soft: bool): void {
  const padded = <usize>p.padded;
  for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
    for (let start = 0; start < TILE; ) {
      let end = TILE;
      let group: usize = 0;
      if (p.kind == GROUPS) {
        const groups = p.groupOf + ((<usize>tile * TILE) << 2);
        group = <usize>load<i32>(groups + (<usize>start << 2));
        end = start + 1;
        while (end < TILE && load<i32>(groups + (<usize>end << 2)) == <i32>group) end++;
      }
      const packed = p.packed + group * padded * <usize>p.dimensions * 8;
      pricesOfTile(p, pointsOfTile(p, tile), packed, p.offsets + group * padded * 8);
      const row = (tile - firstTile(block)) * TILE;
      if (soft) writePolicy(p, row, start, end);
      else writeLabels(p, row, start, end);
      start = end;
    }
  }
}

function writeLabels(p: Problem, row: i32, start: i32, end: i32): void {
  const prices = scratchTile(p, 0);
  for (let i = start; i < end; i++) {
    let best = 0;
    for (let k = 1; k < p.active; k++) {
      if (load<f64>(prices + <usize>k * ROW + (<usize>i << 3)) < load<f64>(prices + <usize>best * ROW + (<usize>i << 3))) {
        best = k;
      }
    }
    store<i32>(p.staging + (<usize>(row + i) << 2), best);
  }
}

function writePolicy(p: Problem, row: i32, start: i32, end: i32): void {
  const prices = scratchTile(p, 0);
  const ones = scratchTile(p, 12);
  for (let at: usize = 0; at < ROW; at += 8) store<f64>(ones + at, 1.0);
  memory.fill(p.lanes, 0, HEAD * 16);
  soften(prices, ones, p.multiplicity, <usize>p.active, <usize>p.padded, p.beta, p.lanes);
  for (let i = start; i < end; i++) {
    for (let k = 0; k < p.active; k++) {
      const to = p.staging + (<usize>((row + i) * p.active + k) << 3);
      store<f64>(to, load<f64>(prices + <usize>k * ROW + (<usize>i << 3)));
    }
  }
}
