/**
 * The knob-free schedule: distinct centers grow from one as beta passes each group's critical value.
 * A group is m identical centers; none, even tables and softmax lump exactly.
 */
import { between } from "./distance";
import { largestEigenpair } from "./eigen";
import { Minimizer, minimizerNext, minimizerStart } from "../minimize";
import { GROUPS, NONE, Problem, SOFTMAX, SOFTMAX_ENTITY, TABLE } from "./problem";
import { uniform } from "../random";

/** Groups of centers nearer than this (squared, scaled) are one. */
const MERGE: f64 = 1e-6;
/** Centers nearer than this (squared, scaled) are counted as one. */
const DISTINCT: f64 = 1e-4;
/** A split moves the halves by this many standard deviations along the group's main axis. */
const SPLIT: f64 = 0.3;

const SPLIT_STREAM: u32 = 1;

/**
 * First critical beta, in closed form: AAC theorem 2 at coincident centers. 0: unstable at every beta. Infinity: never.
 *
 * One table: Delta = C x Cov with C the centered P' P between clusters, so lambda = spread * mu. Several
 * tables: the same with their mean, as if groups were spread alike; `criticalBeta` (Lanczos) is exact.
 * Softmax: a = 1 - kappa K / (K - 1), and gamma tilts the Hessian by 2 kappa gamma K (K - 2) / (T (K - 1)^2).
 */
export function firstCriticalBeta(p: Problem): f64 {
  const rose = 1.0 / (2.0 * p.spread);
  const k = <f64>p.clusters;
  if (p.clusters == 1) return Infinity;
  if (p.kind == NONE) return rose;
  if (p.kind == TABLE || p.kind == GROUPS) {
    const mu = tableGain(p);
    return mu > 1e-15 ? rose / mu : Infinity;
  }
  if (p.kind == SOFTMAX || p.kind == SOFTMAX_ENTITY) {
    const a = 1.0 - (p.kappa * k) / (k - 1.0);
    const tilt = (2.0 * p.kappa * p.gamma * k * (k - 2.0)) / (p.temperature * (k - 1.0) * (k - 1.0));
    const raised = rose - tilt;
    if (raised <= 0) return 0;
    return abs(a) > 1e-12 ? raised / (a * a) : Infinity;
  }
  return rose;
}

/**
 * Largest eigenvalue of M^(-1/2) P' C P M^(-1/2), C = I - 11'/K over K, M the realized masses; its
 * eigenvector, divided by sqrt(M), is the direction of the split and goes to the first K of `direction`.
 */
function tableGain(p: Problem): f64 {
  const n = <usize>p.clusters;
  const matrix = p.krylov;
  const vectors = p.ritz;
  const masses = p.work;
  memory.fill(matrix, 0, n * n * 8);
  memory.fill(masses, 0, n * 8);
  for (let group: usize = 0; group < <usize>p.groupCount; group++) addTable(p, group, matrix, masses);
  for (let k: usize = 0; k < n; k++) {
    for (let l: usize = 0; l < n; l++) {
      const norm = sqrt(load<f64>(masses + k * 8) * load<f64>(masses + l * 8));
      const at = matrix + (k * n + l) * 8;
      store<f64>(at, norm > 0 ? load<f64>(at) / norm : 0.0);
    }
  }
  const mu = largestEigenpair(matrix, p.clusters, p.direction, vectors);
  for (let k: usize = 0; k < n; k++) {
    const mass = load<f64>(masses + k * 8);
    const at = p.direction + k * 8;
    store<f64>(at, mass > 0 ? load<f64>(at) / sqrt(mass) : 0.0);
  }
  return mu;
}

/** matrix += share P' C P, masses += share P' 1, with the group's share of the entities. */
function addTable(p: Problem, group: usize, matrix: usize, masses: usize): void {
  const n = <usize>p.clusters;
  const table = p.tables + group * n * n * 8;
  const share = p.kind == GROUPS ? load<f64>(p.groupShares + (group << 3)) : 1.0;
  for (let k: usize = 0; k < n; k++) {
    const mk = columnSum(table, k, n);
    store<f64>(masses + k * 8, load<f64>(masses + k * 8) + share * mk);
    for (let l: usize = 0; l < n; l++) {
      let sum = -(mk * columnSum(table, l, n)) / <f64>n;
      for (let j: usize = 0; j < n; j++) sum += load<f64>(table + (j * n + k) * 8) * load<f64>(table + (j * n + l) * 8);
      const at = matrix + (k * n + l) * 8;
      store<f64>(at, load<f64>(at) + share * sum);
    }
  }
}

function columnSum(table: usize, column: usize, n: usize): f64 {
  let sum = 0.0;
  for (let j: usize = 0; j < n; j++) sum += load<f64>(table + (j * n + column) * 8);
  return sum;
}

/**
 * After a SOFT_MOMENTS sweep: critical beta, main axis and deviation of each group,
 *   critical_g = 1 / (2 a_g^2 lambda_max(C_g) / M_g)
 * with C_g the policy's second moment about y_g, M_g its realized mass (both for all copies) and
 * a_g = 1 - kappa - kappa s, s the share of overrides that end at one twin. Exact for none and even tables;
 * for softmax dp/dY is left out. Returns the smallest.
 */
export function groupCriticalBetas(p: Problem): f64 {
  const d = <usize>p.dimensions;
  let smallest = Infinity;
  for (let g: usize = 0; g < <usize>p.active; g++) {
    const m = load<f64>(p.multiplicity + g * 8);
    let critical = Infinity;
    if (m >= 2) {
      const moments = p.moments + g * d * d * 8;
      memory.copy(p.work, moments, d * d * 8);
      const lambda = largestEigenpair(p.work, p.dimensions, p.axes + g * d * 8, p.work + d * d * 8);
      const a = 1.0 - groupKappa(p) - groupKappa(p) * twinShare(p, g, m);
      const mass = load<f64>(p.masses + g * 8);
      const prescribed = load<f64>(p.prescribed + g * 8);
      const gain = mass > 0 ? (a * a * lambda) / mass : 0.0;
      critical = gain > 0 ? 1.0 / (2.0 * gain) : Infinity;
      store<f64>(p.deviations + g * 8, prescribed > 0 ? sqrt(max(lambda, 0.0) / prescribed) : 0.0);
    }
    store<f64>(p.critical + g * 8, critical);
    smallest = min(smallest, critical);
  }
  return smallest;
}

@inline
function groupKappa(p: Problem): f64 {
  return p.kind == NONE ? 0.0 : p.kappa;
}

/** Conditional share of one twin among where overrides of group g end. */
function twinShare(p: Problem, g: usize, m: f64): f64 {
  if (p.kind == NONE) return 0;
  if (p.kind == TABLE) return 1.0 / <f64>(p.clusters - 1);
  if (p.kind == SOFTMAX) return load<f64>(p.shares + g * (<usize>p.active + 1) * 8) / (m - 1.0);
  const prescribed = load<f64>(p.prescribed + g * 8);
  return prescribed > 0 ? load<f64>(p.gains + g * 8) / prescribed / (m - 1.0) : 0.0;
}

/**
 * Splits every group whose critical beta is at most `beta` into halves, mean kept; returns how many split.
 * The halves stand side by side, so that the copies keep their order from split to split.
 */
export function splitGroups(p: Problem, beta: f64): i32 {
  const d = <usize>p.dimensions;
  let splits = 0;
  for (let g = p.active - 1; g >= 0; g--) {
    const slot = (<usize>g) << 3;
    const m = load<f64>(p.multiplicity + slot);
    if (m < 2 || load<f64>(p.critical + slot) > beta) continue;
    const left = ceil(0.5 * m);
    const right = m - left;
    // Which way the larger half goes is the seed's choice.
    const side = uniform(<u64>p.seed, SPLIT_STREAM, <u64>p.draws) < 0.5 ? -1.0 : 1.0;
    p.draws += 1;
    const length = side * SPLIT * load<f64>(p.deviations + slot);
    makeRoom(p, g, 1);
    for (let c: usize = 0; c < d; c++) {
      const move = length * load<f64>(p.axes + (<usize>g * d + c) * 8);
      const at = p.centers + (<usize>g * d + c) * 8;
      const y = load<f64>(at);
      store<f64>(at, y + (2.0 * move * right) / m);
      store<f64>(at + d * 8, y - (2.0 * move * left) / m);
    }
    store<f64>(p.multiplicity + slot, left);
    store<f64>(p.multiplicity + slot + 8, right);
    splits++;
  }
  return splits;
}

/** Opens `count` places behind group g. */
function makeRoom(p: Problem, g: i32, count: i32): void {
  const row = (<usize>p.dimensions) << 3;
  const behind = <usize>(g + 1);
  const moved = <usize>p.active - behind;
  const n = <usize>count;
  memory.copy(p.centers + (behind + n) * row, p.centers + behind * row, moved * row);
  memory.copy(p.multiplicity + ((behind + n) << 3), p.multiplicity + (behind << 3), moved << 3);
  p.active += count;
}

/** Merges groups that fell together; returns how many vanished. */
export function mergeGroups(p: Problem): i32 {
  const row = (<usize>p.dimensions) << 3;
  let merged = 0;
  for (let g: usize = 1; g < <usize>p.active; g++) {
    for (let h: usize = 0; h < g; h++) {
      const a = p.centers + h * row;
      const b = p.centers + g * row;
      if (between(a, b, p.dimensions) >= MERGE) continue;
      const m = load<f64>(p.multiplicity + h * 8);
      const n = load<f64>(p.multiplicity + g * 8);
      for (let c: usize = 0; c < row; c += 8) {
        store<f64>(a + c, (m * load<f64>(a + c) + n * load<f64>(b + c)) / (m + n));
      }
      store<f64>(p.multiplicity + h * 8, m + n);
      const last = <usize>p.active - 1;
      memory.copy(b, p.centers + last * row, row);
      store<f64>(p.multiplicity + g * 8, load<f64>(p.multiplicity + last * 8));
      p.active--;
      merged++;
      g--;
      break;
    }
  }
  return merged;
}

/** Lumped groups become K single centers, a thousandth of a deviation apart. */
export function expandGroups(p: Problem): void {
  const d = <usize>p.dimensions;
  for (let g = p.active - 1; g >= 0; g--) {
    const m = <i32>load<f64>(p.multiplicity + ((<usize>g) << 3));
    makeRoom(p, g, m - 1);
    store<f64>(p.multiplicity + ((<usize>g) << 3), 1.0);
    for (let copy = 1; copy < m; copy++) {
      const slot = <usize>(g + copy);
      const offset = (1e-3 * load<f64>(p.deviations + ((<usize>g) << 3)) * <f64>copy) / <f64>m;
      for (let c: usize = 0; c < d; c++) {
        const y = load<f64>(p.centers + (<usize>g * d + c) * 8);
        store<f64>(p.centers + (slot * d + c) * 8, y + offset * load<f64>(p.axes + (<usize>g * d + c) * 8));
      }
      store<f64>(p.multiplicity + (slot << 3), 1.0);
    }
  }
}

/** How many centers are distinct: farther apart than a hundredth of the data's standard deviation. */
export function distinctCenters(p: Problem): i32 {
  const row = (<usize>p.dimensions) << 3;
  let distinct = 0;
  for (let k: usize = 0; k < <usize>p.active; k++) {
    let fresh = 1;
    for (let l: usize = 0; l < k && fresh; l++) {
      if (between(p.centers + k * row, p.centers + l * row, p.dimensions) < DISTINCT) fresh = 0;
    }
    distinct += fresh;
  }
  return distinct;
}

/** Starts the minimizer on this problem's active centers. */
export function startMinimizer(
  p: Problem,
  tolerance: f64,
  maxIterations: i32,
  memoryPairs: i32,
  rival: f64,
  patience: f64,
): void {
  const m = changetype<Minimizer>(p.minimizer);
  m.boxed = p.kind >= SOFTMAX && p.exact ? 1 : 0;
  minimizerStart(m, p.active, tolerance, maxIterations, memoryPairs, rival, patience);
}

/** Hands the minimizer the value at `centers`; it leaves the next trial there, or says why it ended. */
export function nextTrial(p: Problem, value: f64): i32 {
  return minimizerNext(changetype<Minimizer>(p.minimizer), value);
}
