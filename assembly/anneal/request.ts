/**
 * A pass over the points as bytes: everything that its sums depend on besides the points, so that a shard which was
 * loaded a moment ago answers like one that was there from the start. Little-endian, 8-byte aligned:
 *
 *   all f64 fields of the problem   eight i32 from `active` on   shiftMean (d)   shiftRest (d)
 *   FROZEN: base (active x d)   centers (active x d)   multiplicity (active)
 *   RESPONSE: slopes, levels (groups)   units > 0: unitOf   HARD_CUT: regionMeans, axes (regions x d)
 */
import { freezeBase } from "./curvature";
import { FROZEN, HARD_CUT, HARD_MOMENTS, RESPONSE, TAKE } from "./modes";
import { packCenters } from "./moments";
import { sweepBegin } from "./objective";
import { Problem } from "./problem";

// What `carry` does with each field in turn.
const MEASURE: i32 = 0;
const WRITE: i32 = 1;
const READ: i32 = 2;

let cursor: usize = 0;
let direction: i32 = MEASURE;

function carry(field: usize, bytes: usize): void {
  if (direction == WRITE) memory.copy(cursor, field, bytes);
  else if (direction == READ) memory.copy(field, cursor, bytes);
  cursor += (bytes + 7) & ~7;
}

function carryHead(p: Problem): void {
  carry(changetype<usize>(p), offsetof<Problem>("rows"));
  carry(changetype<usize>(p) + offsetof<Problem>("active"), offsetof<Problem>("held") - offsetof<Problem>("active"));
}

function carryBody(p: Problem): void {
  const d = (<usize>p.dimensions) << 3;
  const count = <usize>p.active;
  carry(p.shiftMean, d);
  carry(p.shiftRest, d);
  if (p.mode == FROZEN) {
    carry(p.base, count * d);
    if (direction == READ) freezeBase(p);
  }
  carry(p.centers, count * d);
  carry(p.multiplicity, count << 3);
  if (p.mode == RESPONSE) {
    const padded = <usize>p.groupCount * ((count + 3) & ~3);
    carry(p.slopes, padded * d);
    carry(p.levels, padded << 3);
  }
  if (p.units > 0) carry(p.unitOf, count << 2);
  if (p.mode == HARD_CUT) {
    const regions = p.units > 0 ? <usize>p.units : count;
    carry(p.regionMeans, regions * d);
    carry(p.axes, regions * d);
  }
}

/** Begins a sweep whose sums will come from shards; returns the bytes of its request. */
export function requestBegin(p: Problem, mode: i32, beta: f64): i32 {
  sweepBegin(p, mode, beta);
  return requestLength(p);
}

function requestLength(p: Problem): i32 {
  direction = MEASURE;
  cursor = 0;
  carryHead(p);
  carryBody(p);
  return <i32>cursor;
}

/** Writes the request of the sweep that has begun. */
export function requestWrite(p: Problem, to: usize): void {
  direction = WRITE;
  cursor = to;
  carryHead(p);
  carryBody(p);
}

/**
 * Begins the sweep of a request at a shard.
 *
 * @returns 0; 1 if these bytes are no request for this problem; 2 if the points are scaled farther than it wants
 */
export function requestRead(p: Problem, from: usize, length: i32): i32 {
  direction = MEASURE;
  cursor = 0;
  carryHead(p);
  const head = cursor;
  if (<usize>length < head) return 1;
  direction = READ;
  cursor = from;
  carryHead(p);
  const k = p.clusters;
  const isSound =
    p.mode >= 0 && p.mode <= TAKE && p.active >= 0 && p.active <= k && p.units >= 0 && p.units <= k && p.stage >= 0 && p.stage <= 3;
  if (!isSound || requestLength(p) != length) return 1;
  if (p.held > p.stage) return 2;
  direction = READ;
  cursor = from + head;
  carryBody(p);
  sweepBegin(p, p.mode, p.beta);
  if (p.mode == HARD_MOMENTS || p.mode == HARD_CUT) packCenters(p);
  return 0;
}
