/** Where centers start: lumped at the mean, spread along a direction, moved by noise, or drawn from the points. */
import { distances } from "./distance";
import { packCenters } from "./moments";
import { Problem, endTile, firstTile, pointsOfTile, rhoOfTile, scratchTile } from "./problem";
import { ROW } from "../tile";
import { normal, uniform } from "../random";
import { splat, sumLanes } from "../vector";

// Streams of random numbers, one a purpose; schedule.ts has 1, lanczos.ts has 4.
const NOISE_STREAM: u32 = 2;
const START_STREAM: u32 = 3;

/** All centers at the mean, lumped into one group of multiplicity K. */
export function startLumped(p: Problem): void {
  p.active = 1;
  memory.fill(p.centers, 0, (<usize>p.dimensions) << 3);
  store<f64>(p.multiplicity, <f64>p.clusters);
  // As `groupCriticalBetas` would leave it, so that the first split needs no sweep.
  store<f64>(p.critical, 0.0);
  store<f64>(p.deviations, sqrt(p.spread));
  memory.copy(p.axes, p.axis, (<usize>p.dimensions) << 3);
}

/** Moves every active coordinate by a normal draw of this standard deviation (scaled units). */
export function perturb(p: Problem, deviation: f64): void {
  const count = (<usize>p.active * <usize>p.dimensions) << 3;
  for (let at: usize = 0; at < count; at += 8) {
    store<f64>(p.centers + at, load<f64>(p.centers + at) + deviation * normal(<u64>p.seed, NOISE_STREAM, <u64>p.draws));
    p.draws += 1;
  }
}

/**
 * k-means++ (Arthur and Vassilvitskii 2007): centers drawn from the points, each with probability
 * proportional to rho times its squared distance to the nearest center drawn before.
 */
export function startPlusPlus(p: Problem, count: i32): void {
  p.active = 0;
  for (let k = 0; k < count; k++) {
    store<f64>(p.multiplicity + (<usize>k << 3), 1.0);
    drawCenter(p);
  }
}

function drawCenter(p: Problem): void {
  packCenters(p);
  let total = 0.0;
  for (let block = 0; block < p.blocks; block++) {
    let sum = splat(0);
    for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
      weighByDistance(p, tile);
      for (let i: usize = 0; i < ROW; i += 16) sum = f64x2.add(sum, v128.load(scratchTile(p, 0) + i));
    }
    store<f64>(p.blockSums + (<usize>block << 3), sumLanes(sum));
    total += sumLanes(sum);
  }
  let target = total * uniform(<u64>p.seed, START_STREAM, <u64>p.draws);
  p.draws += 1;
  let block = 0;
  while (block < p.blocks - 1 && target >= load<f64>(p.blockSums + (<usize>block << 3))) {
    target -= load<f64>(p.blockSums + (<usize>block << 3));
    block++;
  }
  takeCenter(p, block, target);
}

/** rho_i times the squared distance to the nearest active center (1 if there is none) into scratch 0. */
function weighByDistance(p: Problem, tile: i32): void {
  const nearest = scratchTile(p, 0);
  const d = scratchTile(p, 1);
  if (p.active > 0) {
    distances(pointsOfTile(p, tile), p.packedCenters, p.zeros, d, <usize>p.padded, <usize>p.dimensions);
  }
  for (let i: usize = 0; i < ROW; i += 16) {
    let least = p.active > 0 ? v128.load(d + i) : splat(1);
    for (let k: usize = 1; k < <usize>p.active; k++) least = f64x2.pmin(least, v128.load(d + k * ROW + i));
    v128.store(nearest + i, f64x2.mul(v128.load(rhoOfTile(p, tile) + i), least));
  }
}

/** The point at which the running sum of the block passes `target` becomes the next center. */
function takeCenter(p: Problem, block: i32, target: f64): void {
  let tile = firstTile(block);
  let chosen: usize = 0;
  let rest = target;
  // Rounding may leave a rest at the end of the block: then its last point is it.
  for (; rest >= 0 && tile < endTile(p, block); tile++) {
    weighByDistance(p, tile);
    for (let i: usize = 0; rest >= 0 && i < ROW; i += 8) {
      const weight = load<f64>(scratchTile(p, 0) + i);
      if (weight > 0) chosen = i;
      rest -= weight;
    }
  }
  tile--;
  for (let c: usize = 0; c < <usize>p.dimensions; c++) {
    const x = load<f64>(pointsOfTile(p, tile) + c * ROW + chosen);
    store<f64>(p.centers + (<usize>p.active * <usize>p.dimensions + c) * 8, x);
  }
  p.active++;
}

/** K copies at the mean, moved apart along the main axis by `amplitude` times `direction`. */
export function startSpread(p: Problem, amplitude: f64): void {
  const d = <usize>p.dimensions;
  p.active = p.clusters;
  let largest = 0.0;
  for (let k: usize = 0; k < <usize>p.clusters; k++) largest = max(largest, abs(load<f64>(p.direction + k * 8)));
  const factor = largest > 0 ? (amplitude * sqrt(p.spread)) / largest : 0.0;
  for (let k: usize = 0; k < <usize>p.clusters; k++) {
    store<f64>(p.multiplicity + k * 8, 1.0);
    for (let c: usize = 0; c < d; c++) {
      const move = factor * load<f64>(p.direction + k * 8) * load<f64>(p.axis + c * 8);
      store<f64>(p.centers + (k * d + c) * 8, move);
    }
  }
}
