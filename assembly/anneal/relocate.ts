/**
 * Relocation: take a center from where it is missed least and split the region where it helps most.
 * These functions price both; the host ranks the pairs and lets the minimizer decide.
 */
import { between } from "./distance";
import { largestEigenpair } from "./eigen";
import { packCenters, regions } from "./moments";
import { momentsAt } from "./objective";
import { GROUPS, NONE, Problem, SOFTMAX, SOFTMAX_ENTITY, TABLE } from "./problem";
import { exp } from "../vector";

/** A center leans on another that takes more than this share of its overrides. */
const LEANS: f64 = 0.3;
/** Twins: each takes more than this share of the other's overrides, at more than this affinity. */
const TWIN: f64 = 0.5;

/** Before the HARD_MOMENTS sweep: over single centers (0), or over the units that `findUnits` found. */
export function relocationBegin(p: Problem, byUnits: i32): void {
  p.units = byUnits;
  packCenters(p);
}

/** After the HARD_MOMENTS sweep: mean and main axis of each region. */
export function relocationAxes(p: Problem): void {
  const d = <usize>p.dimensions;
  for (let k: usize = 0; k < regions(p); k++) {
    const sums = p.regionSums + k * (d + 1) * 8;
    const mass = load<f64>(sums + d * 8);
    const mean = p.regionMeans + k * d * 8;
    const moments = p.moments + k * d * d * 8;
    for (let c: usize = 0; c < d; c++) store<f64>(mean + c * 8, mass > 0 ? load<f64>(sums + c * 8) / mass : 0.0);
    for (let a: usize = 0; a < d; a++) {
      for (let b: usize = 0; b < d; b++) {
        const at = moments + (a * d + b) * 8;
        const ya = load<f64>(p.centers + (k * d + a) * 8);
        const yb = load<f64>(p.centers + (k * d + b) * 8);
        const moved = mass * (load<f64>(mean + a * 8) - ya) * (load<f64>(mean + b * 8) - yb);
        store<f64>(p.work + (a * d + b) * 8, load<f64>(at) - moved);
      }
    }
    largestEigenpair(p.work, p.dimensions, p.axes + k * d * 8, p.work + d * d * 8);
  }
}

/**
 * After the HARD_CUT sweep: `gains` of splitting each region, `shifts` (half the way between its halves'
 * means), `removal` with the cost to centers that lean on it. With units, gains are those of whole units.
 */
export function relocationScores(p: Problem): void {
  const d = <usize>p.dimensions;
  const halves = p.sums + momentsAt(p) * 8;
  const weight = p.units > 0 ? 1.0 : gainOfSplit(p);
  for (let k: usize = 0; k < regions(p); k++) {
    const twin = p.units > 0 ? 0.0 : gainOfTwin(p, k);
    const total = p.regionSums + k * (d + 1) * 8;
    const right = halves + k * (d + 1) * 8;
    const mass = load<f64>(total + d * 8);
    const rightMass = load<f64>(right + d * 8);
    const leftMass = mass - rightMass;
    let gain = 0.0;
    const shift = p.shifts + k * d * 8;
    if (rightMass > 0 && leftMass > 1e-14 * mass) {
      let apart = 0.0;
      for (let c: usize = 0; c < d * 8; c += 8) {
        const gap = load<f64>(right + c) / rightMass - (load<f64>(total + c) - load<f64>(right + c)) / leftMass;
        store<f64>(shift + c, 0.5 * gap);
        apart += gap * gap;
      }
      gain = ((weight * leftMass * rightMass) / mass) * apart;
    } else {
      memory.copy(shift, p.axes + k * d * 8, d * 8);
    }
    if (twin > gain) {
      gain = twin;
      for (let c: usize = 0; c < d * 8; c += 8) store<f64>(shift + c, 1e-3 * load<f64>(shift + c));
    }
    store<f64>(p.gains + k * 8, gain);
  }
  if (p.units == 0 && (p.kind == SOFTMAX || p.kind == SOFTMAX_ENTITY)) addLeaning(p);
  p.units = 0;
}

/** a^2: how much of a split's gain survives the autonomy. Exact for none and even tables, else for ranking. */
function gainOfSplit(p: Problem): f64 {
  if (p.kind == NONE) return 1;
  const k = <f64>p.clusters;
  if (p.kind == TABLE || p.kind == GROUPS) {
    let obeyed = 0.0;
    const n = <usize>p.clusters;
    for (let j: usize = 0; j < n; j++) obeyed += load<f64>(p.tables + j * (n + 1) * 8);
    const a = 1.0 - ((1.0 - obeyed / k) * k) / (k - 1.0);
    return a * a;
  }
  return (1.0 - p.kappa) * (1.0 - p.kappa);
}

/** A twin at k takes the overrides of k's points home: their excess, less what already stays near. */
function gainOfTwin(p: Problem, k: usize): f64 {
  if (p.kind != SOFTMAX && p.kind != SOFTMAX_ENTITY) return 0;
  let others = 0.0;
  for (let l: usize = 0; l < <usize>p.active; l++) if (l != k) others += affinity(p, k, l);
  return load<f64>(p.gains + k * 8) / (1.0 + others);
}

@inline
function affinity(p: Problem, j: usize, k: usize): f64 {
  const row = (<usize>p.dimensions) << 3;
  return exp((-p.zeta / p.temperature) * between(p.centers + j * row, p.centers + k * row, p.dimensions));
}

/** Share of j's overrides that end at k, by the distance between centers alone. */
function share(p: Problem, j: usize, k: usize): f64 {
  const g = <usize>p.active;
  const row = p.kind == SOFTMAX ? p.shares + j * g * 8 : p.affinityPlain + j * g * 8;
  let total = 0.0;
  for (let l: usize = 0; l < g; l++) total += load<f64>(row + l * 8);
  return total > 0 ? load<f64>(row + k * 8) / total : 0.0;
}

/** Whoever leans on k would have to go to its next neighbor. */
function addLeaning(p: Problem): void {
  const g = <usize>p.active;
  const row = (<usize>p.dimensions) << 3;
  for (let j: usize = 0; j < g; j++) {
    const mass = load<f64>(p.regionSums + (j * (<usize>p.dimensions + 1) + <usize>p.dimensions) * 8);
    for (let k: usize = 0; k < g; k++) {
      if (k == j) continue;
      const lean = share(p, j, k);
      if (lean <= LEANS) continue;
      let next = j;
      let nearest = Infinity;
      for (let l: usize = 0; l < g; l++) {
        if (l == j || l == k) continue;
        const distance = between(p.centers + j * row, p.centers + l * row, p.dimensions);
        if (distance < nearest) {
          nearest = distance;
          next = l;
        }
      }
      if (next == j) continue;
      const mean = p.regionMeans + j * row;
      const farther =
        between(mean, p.centers + next * row, p.dimensions) - between(mean, p.centers + k * row, p.dimensions);
      const at = p.removal + k * 8;
      store<f64>(at, load<f64>(at) + p.kappa * lean * mass * max(farther, 0.0));
    }
  }
}

/**
 * Units of twins into `unitOf`, numbered by their first center; returns their number, which is
 * `active` when there are none.
 */
export function findUnits(p: Problem): i32 {
  const g = p.active;
  for (let k = 0; k < g; k++) store<i32>(p.unitOf + (<usize>k << 2), k);
  if (p.kind != SOFTMAX && p.kind != SOFTMAX_ENTITY) return g;
  for (let i = 0; i < g; i++) {
    for (let j = 0; j < i; j++) {
      const leaning = share(p, i, j) > TWIN || share(p, j, i) > TWIN;
      if (leaning && affinity(p, i, j) > TWIN) joinUnits(p, i, j);
    }
  }
  let units = 0;
  for (let k = 0; k < g; k++) {
    const unit = load<i32>(p.unitOf + (<usize>k << 2));
    // A unit is named after its lowest member until it gets its number, written as -1 - number.
    if (unit >= 0) renameUnit(p, unit, -1 - units++);
  }
  for (let k = 0; k < g; k++) {
    const at = p.unitOf + (<usize>k << 2);
    store<i32>(at, -1 - load<i32>(at));
  }
  return units;
}

function joinUnits(p: Problem, i: i32, j: i32): void {
  renameUnit(p, load<i32>(p.unitOf + (<usize>i << 2)), load<i32>(p.unitOf + (<usize>j << 2)));
}

function renameUnit(p: Problem, from: i32, to: i32): void {
  for (let k = 0; k < p.active; k++) {
    const at = p.unitOf + (<usize>k << 2);
    if (load<i32>(at) == from) store<i32>(at, to);
  }
}


