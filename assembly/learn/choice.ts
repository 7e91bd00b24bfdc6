/**
 * Maximum likelihood of the softmax autonomy. An override (realized k != prescribed j) chooses among the
 * others with probability proportional to exp(-a d(y_j, y_k) - b d(x_i, y_k)), a = zeta / T, b = gamma / T:
 * McFadden's conditional logit, concave in (a, b). kappa is a plain proportion and is not needed here.
 * A scale common to zeta, gamma and T cancels: only a and b can be told from data.
 */
import { exp, log } from "../vector";
import { squaredDistance } from "./world";

/** Newton: at most so many steps, and done when a step promises less than this share of the likelihood. */
const STEPS: i32 = 60;
const ENOUGH: f64 = 1e-13;
/** Past this many units of 1 / mean squared distance the likelihood has stopped changing. */
const FAR: f64 = 1e4;

@unmanaged
export class Choice {
  // f64 fields, in the order that src/core/exports.ts lists them.
  a: f64;
  b: f64;
  value: f64; // log-likelihood at (a, b)
  slopeA: f64;
  slopeB: f64;
  curveAA: f64; // minus the second derivatives: the observed information
  curveAB: f64;
  curveBB: f64;
  unit: f64; // mean squared distance among the alternatives
  // i32 fields.
  overrides: i32;
  dimensions: i32;
  clusters: i32;
  withEntity: i32; // 0: no points, b stays 0
  capacity: i32;
  // Pointers.
  points: usize; // capacity x d: x of every override
  sets: usize; // i32 an override: index of its centers
  centers: usize; // sets x K x d
  prescribed: usize; // i32
  realized: usize; // i32
  features: usize; // an override's rows of (d(y_j, y_k) - its realized one's, likewise d(x, y_k)), k != j
}

@inline
function align(bytes: usize): usize {
  return (bytes + 15) & ~(<usize>15);
}

/** Bytes of the struct and its arrays, for `capacity` overrides under `sets` sets of centers. */
export function choiceBytes(capacity: i32, dimensions: i32, clusters: i32, sets: i32): f64 {
  const n = <f64>capacity;
  const d = <f64>dimensions;
  const k = <f64>clusters;
  return <f64>offsetof<Choice>() + n * (8 * d + 12 + 16 * (k - 1)) + <f64>sets * k * d * 8 + 16 * 8;
}

/** Lays the arrays out behind the struct, in zeroed memory. */
export function choiceInit(c: Choice, capacity: i32, dimensions: i32, clusters: i32, sets: i32): void {
  c.dimensions = dimensions;
  c.clusters = clusters;
  c.capacity = capacity;
  const n = <usize>capacity;
  const row = <usize>dimensions * 8;
  c.points = align(changetype<usize>(c) + offsetof<Choice>());
  c.sets = align(c.points + n * row);
  c.centers = align(c.sets + n * 4);
  c.prescribed = align(c.centers + <usize>sets * <usize>clusters * row);
  c.realized = align(c.prescribed + n * 4);
  c.features = align(c.realized + n * 4);
}

/** Distances of every override, once: afterwards the likelihood needs no points and no centers. */
export function choicePrepare(c: Choice, overrides: i32): void {
  c.overrides = overrides;
  const k = <usize>c.clusters;
  const d = <usize>c.dimensions;
  let at = c.features;
  let total = 0.0;
  for (let n: usize = 0; n < <usize>overrides; n++) {
    const centers = c.centers + <usize>load<i32>(c.sets + n * 4) * k * d * 8;
    const x = c.points + n * d * 8;
    const from = centers + <usize>load<i32>(c.prescribed + n * 4) * d * 8;
    const to = centers + <usize>load<i32>(c.realized + n * 4) * d * 8;
    const between = squaredDistance(from, to, d);
    const own = c.withEntity ? squaredDistance(x, to, d) : 0.0;
    for (let y = centers; y < centers + k * d * 8; y += d * 8) {
      if (y == from) continue;
      const distance = squaredDistance(from, y, d);
      total += distance;
      store<f64>(at, distance - between);
      store<f64>(at, c.withEntity ? squaredDistance(x, y, d) - own : 0.0, 8);
      at += 16;
    }
  }
  const terms = <f64>overrides * <f64>(c.clusters - 1);
  c.unit = terms > 0 && total > 0 ? total / terms : 1.0;
}

/** Value, slope and information at (a, b); with shares s_k: log p = -log sum_k exp(-a u_k - b v_k). */
function evaluate(c: Choice): void {
  const row = (<usize>(c.clusters - 1)) << 4;
  const a = c.a;
  const b = c.b;
  let value = 0.0;
  let slopeA = 0.0;
  let slopeB = 0.0;
  let aa = 0.0;
  let ab = 0.0;
  let bb = 0.0;
  let at = c.features;
  for (let n = 0; n < c.overrides; n++) {
    let lowest = 0.0; // the realized alternative's own exponent
    for (let f = at; f < at + row; f += 16) lowest = min(lowest, a * load<f64>(f) + b * load<f64>(f, 8));
    let total = 0.0;
    let su = 0.0;
    let sv = 0.0;
    let suu = 0.0;
    let suv = 0.0;
    let svv = 0.0;
    for (let f = at; f < at + row; f += 16) {
      const u = load<f64>(f);
      const v = load<f64>(f, 8);
      const share = exp(lowest - a * u - b * v);
      total += share;
      su += share * u;
      sv += share * v;
      suu += share * u * u;
      suv += share * u * v;
      svv += share * v * v;
    }
    at += row;
    const inverse = 1.0 / total;
    su *= inverse;
    sv *= inverse;
    value += lowest - log(total);
    slopeA += su;
    slopeB += sv;
    aa += suu * inverse - su * su;
    ab += suv * inverse - su * sv;
    bb += svv * inverse - sv * sv;
  }
  c.value = value;
  c.slopeA = slopeA;
  c.slopeB = slopeB;
  c.curveAA = aa;
  c.curveAB = ab;
  c.curveBB = bb;
}

/**
 * Newton with halving from the present (a, b) over the free ones of the two.
 *
 * @returns 1 at a maximum; 0 if it ran off to infinity: the data are separated, or say nothing
 */
export function choiceFit(c: Choice, freeA: i32, freeB: i32): i32 {
  evaluate(c);
  const far = FAR / c.unit;
  for (let step = 0; step < STEPS; step++) {
    let da = 0.0;
    let db = 0.0;
    const determinant = c.curveAA * c.curveBB - c.curveAB * c.curveAB;
    if (freeA && freeB && determinant > 1e-12 * c.curveAA * c.curveBB) {
      da = (c.curveBB * c.slopeA - c.curveAB * c.slopeB) / determinant;
      db = (c.curveAA * c.slopeB - c.curveAB * c.slopeA) / determinant;
    } else {
      if (freeA && c.curveAA > 0) da = c.slopeA / c.curveAA;
      if (freeB && c.curveBB > 0) db = c.slopeB / c.curveBB;
      if (freeA && freeB) {
        // The two distances are proportional: each takes half of the way.
        da *= 0.5;
        db *= 0.5;
      }
    }
    const promise = da * c.slopeA + db * c.slopeB;
    if (!(promise > ENOUGH * (1e3 - c.value))) return hasInformation(c, freeA, freeB);
    if (!climb(c, da, db, promise)) return 1;
    if (abs(c.a) > far || abs(c.b) > far) return 0;
  }
  return 1;
}

/** At a maximum the information is positive; far out on a plateau it has vanished. */
function hasInformation(c: Choice, freeA: i32, freeB: i32): i32 {
  const least = 1e-9 * c.unit * c.unit;
  return (!freeA || c.curveAA > least) && (!freeB || c.curveBB > least) ? 1 : 0;
}

/** Halves the step until the likelihood rises; false if none does, to rounding. */
function climb(c: Choice, da: f64, db: f64, promise: f64): bool {
  const a = c.a;
  const b = c.b;
  const before = c.value;
  // A long step on a nearly flat likelihood would jump onto the plateau beyond the maximum.
  const longest = max(abs(da), abs(db)) * c.unit;
  const reach = max(2.0, max(abs(a), abs(b)) * c.unit);
  let t = longest > reach ? reach / longest : 1.0;
  for (let tries = 0; tries < 20; tries++) {
    c.a = a + t * da;
    c.b = b + t * db;
    evaluate(c);
    if (c.value >= before + 1e-4 * t * promise) return true;
    t *= 0.5;
  }
  c.a = a;
  c.b = b;
  evaluate(c);
  return false;
}

/** The log-likelihood at (a, b), in nats; the fields are set as after a fit. */
export function choiceValue(c: Choice): f64 {
  evaluate(c);
  return c.value;
}
