/** A bump pointer over bytes that the host reserved: every struct of the bandit lays itself out with it. */
import { madd, splat, sumLanes } from "../vector";

let cursor: usize = 0;

const scratch: usize = memory.data(1024, 16);
let planning = false;

/** Starts laying out at `start`, a multiple of 16. */
export function openArena(start: usize): void {
  cursor = start;
  planning = false;
}

/** Lays out nothing, to learn how many bytes it takes: structs are written to scratch memory. */
export function planArena(): void {
  cursor = 0;
  planning = true;
}

/** A struct of `bytes` bytes. */
export function takeStruct(bytes: usize): usize {
  const at = take(bytes);
  return planning ? scratch : at;
}

/** The next `bytes` bytes, aligned to 16. */
export function take(bytes: usize): usize {
  const at = cursor;
  cursor = (cursor + bytes + 15) & ~15;
  return at;
}

/** First byte behind everything taken so far. */
export function arenaEnd(): usize {
  return cursor;
}

/** Bytes of a row of coordinates: padded with a zero to whole f64x2 lanes. */
@inline
export function rowBytes(dimensions: i32): usize {
  return <usize>((dimensions + 1) & ~1) << 3;
}

/** ||a - b||^2 of two padded rows. */
@inline
export function squaredDistance(a: usize, b: usize, bytes: usize): f64 {
  let sum = splat(0);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const difference = f64x2.sub(v128.load(a + offset), v128.load(b + offset));
    sum = madd(difference, difference, sum);
  }
  return sumLanes(sum);
}

/** ||a||^2 of a padded row. */
@inline
export function squaredNorm(a: usize, bytes: usize): f64 {
  let sum = splat(0);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const lanes = v128.load(a + offset);
    sum = madd(lanes, lanes, sum);
  }
  return sumLanes(sum);
}

/** a . b of two padded rows. */
@inline
export function dot(a: usize, b: usize, bytes: usize): f64 {
  let sum = splat(0);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    sum = madd(v128.load(a + offset), v128.load(b + offset), sum);
  }
  return sumLanes(sum);
}

/** to = from / divisor over a padded row. */
@inline
export function divideRow(to: usize, from: usize, divisor: f64, bytes: usize): void {
  const lanes = splat(divisor);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(to + offset, f64x2.div(v128.load(from + offset), lanes));
  }
}

/** to += weight * from over a padded row. */
@inline
export function addRow(to: usize, from: usize, weight: f64, bytes: usize): void {
  const factor = splat(weight);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(to + offset, madd(v128.load(from + offset), factor, v128.load(to + offset)));
  }
}
