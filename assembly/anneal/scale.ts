/**
 * Weights sum to 1, mean 0, trace of the covariance 1. The points follow in three stages, each when the next pass
 * reaches them: off the mean (and weights normalized), off what rounding left of it, to the scale.
 */
import { largestEigenpair } from "./eigen";
import { BOX, COLUMNS, PRODUCTS, SHARES } from "./modes";
import { GROUPS, Problem } from "./problem";

const DONE: i32 = -1;

/** Takes the sums of the pass before and returns the mode of the next; -1: scaled. */
export function scaleNext(p: Problem): i32 {
  switch (p.step++) {
    case 0:
      return BOX;
    case 1:
      takeBox(p);
      return COLUMNS;
    case 2:
      takeMean(p);
      if (p.varied) return COLUMNS;
      return DONE; // all points are one
    case 3:
      takeRest(p);
      return PRODUCTS;
    case 4:
      takeCovariance(p);
      return BOX;
    case 5:
      takeBox(p);
      return p.kind == GROUPS ? SHARES : DONE;
    default:
      memory.copy(p.groupShares, p.sums, (<usize>p.groupCount) << 3);
      return DONE;
  }
}

function takeBox(p: Problem): void {
  const d = (<usize>p.dimensions) << 3;
  memory.copy(p.box, p.sums, d);
  for (let c: usize = d; c < 2 * d; c += 8) store<f64>(p.box + c, -load<f64>(p.sums + c));
}

function takeMean(p: Problem): void {
  const d = (<usize>p.dimensions) << 3;
  p.totalWeight = load<f64>(p.sums + d);
  p.varied = 0;
  for (let c: usize = 0; c < d; c += 8) if (load<f64>(p.box + c) != load<f64>(p.box + d + c)) p.varied = 1;
  for (let c: usize = 0; c < d; c += 8) {
    store<f64>(p.mean + c, p.varied ? load<f64>(p.sums + c) / p.totalWeight : load<f64>(p.box + c));
  }
  memory.copy(p.shiftMean, p.mean, d);
  p.scale = 1;
  p.stage = 1;
}

/** A second pass takes out what rounding left of a large offset. */
function takeRest(p: Problem): void {
  for (let c: usize = 0; c < (<usize>p.dimensions) << 3; c += 8) {
    const rest = load<f64>(p.sums + c);
    store<f64>(p.shiftRest + c, rest);
    store<f64>(p.mean + c, load<f64>(p.mean + c) + rest);
  }
  p.stage = 2;
}

function takeCovariance(p: Problem): void {
  const d = <usize>p.dimensions;
  let from = p.sums;
  let trace = 0.0;
  for (let a: usize = 0; a < d; a++) {
    trace += load<f64>(from);
    for (let b = a; b < d; b++) {
      store<f64>(p.covariance + (a * d + b) * 8, load<f64>(from));
      store<f64>(p.covariance + (b * d + a) * 8, load<f64>(from));
      from += 8;
    }
  }
  p.scale = sqrt(trace);
  p.stage = 3;
  for (let at: usize = 0; at < d * d * 8; at += 8) {
    store<f64>(p.covariance + at, load<f64>(p.covariance + at) / trace);
  }
  memory.copy(p.work, p.covariance, d * d * 8);
  p.spread = largestEigenpair(p.work, p.dimensions, p.axis, p.work + d * d * 8);
}
