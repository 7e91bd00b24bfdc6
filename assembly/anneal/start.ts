/** Where centers start: lumped at the mean, spread along a direction, moved by noise, or drawn from the points. */
import { distances } from "./distance";
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

/*
 * k-means++ (Arthur and Vassilvitskii 2007): centers drawn from the points, each with probability proportional to
 * rho times its squared distance to the nearest center drawn before. A DRAW pass sums these weights; the draw is a
 * number below the sum, which goes down the tree: left if it is below the left branch's sum, else that much less and
 * right. A TAKE pass brings the point home. A driver goes down to a node of one shard; the shard goes on from there.
 */

/** After a DRAW pass: the target. */
export function aim(p: Problem): void {
  p.target = load<f64>(p.sums) * uniform(<u64>p.seed, START_STREAM, <u64>p.draws);
  p.draws += 1;
  p.drawFirst = 0;
  p.drawEnd = p.endBlock;
}

/** After a TAKE pass: the point becomes the next center. */
export function addCenter(p: Problem): void {
  memory.copy(p.centers + ((<usize>p.active * <usize>p.dimensions) << 3), p.sums, (<usize>p.dimensions) << 3);
  store<f64>(p.multiplicity + (<usize>p.active << 3), 1.0);
  p.active++;
}

/** DRAW: the sum of the block's weights, which is kept for the way down. */
export function weighBlock(p: Problem, block: i32): void {
  let sum = splat(0);
  for (let tile = firstTile(block); tile < endTile(p, block); tile++) {
    weighByDistance(p, tile);
    for (let i: usize = 0; i < ROW; i += 16) sum = f64x2.add(sum, v128.load(scratchTile(p, 0) + i));
  }
  v128.store(p.lanes, sum);
  store<f64>(p.blockSums + (<usize>block << 3), sumLanes(sum));
}

/** Before a TAKE pass: goes down from the given node to one block, if the node is here. */
export function locate(p: Problem): void {
  const here = p.drawFirst >= p.firstBlock && p.drawEnd <= p.firstBlock + p.blocks;
  if (!here) return;
  // A shard loaded after the DRAW pass has yet to make it.
  if (!p.drawn) for (let block = p.drawFirst; block < p.drawEnd; block++) weighBlock(p, block - p.firstBlock);
  while (p.drawEnd - p.drawFirst > 1) {
    const middle = p.drawFirst + leftBranch(p.drawEnd - p.drawFirst);
    const left = sumOfBlocks(p, p.drawFirst, middle);
    if (p.target < left) p.drawEnd = middle;
    else {
      p.target -= left;
      p.drawFirst = middle;
    }
  }
}

/** Blocks in the left branch of a tree over `blocks` of them: the largest power of two below. */
@inline
function leftBranch(blocks: i32): i32 {
  return 1 << (31 - clz(blocks - 1));
}

function sumOfBlocks(p: Problem, first: i32, end: i32): f64 {
  if (end - first == 1) return load<f64>(p.blockSums + (<usize>(first - p.firstBlock) << 3));
  const middle = first + leftBranch(end - first);
  return sumOfBlocks(p, first, middle) + sumOfBlocks(p, middle, end);
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

/** TAKE: the point of the block at which the running sum passes the target, into the lanes. */
export function takePoint(p: Problem, block: i32): void {
  if (block + p.firstBlock != p.drawFirst) return;
  let chosen = pointsOfTile(p, firstTile(block));
  let rest = p.target;
  // Rounding may leave a rest at the end of the block: then its last point with a weight is it.
  for (let tile = firstTile(block); rest >= 0 && tile < endTile(p, block); tile++) {
    weighByDistance(p, tile);
    for (let i: usize = 0; rest >= 0 && i < ROW; i += 8) {
      const weight = load<f64>(scratchTile(p, 0) + i);
      if (weight > 0) chosen = pointsOfTile(p, tile) + i;
      rest -= weight;
    }
  }
  for (let c: usize = 0; c < <usize>p.dimensions; c++) store<f64>(p.lanes + (c << 4), load<f64>(chosen + c * ROW));
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
