/**
 * Curvature of F at `base`, matrix-free (AAC theorem 2). With w_ij = rho_i pi(j|i), the Hessian is A - beta B:
 *   A psi   derivative of the gradient with the policy held; 2 P psi where p does not depend on Y
 *   B psi = sum_ij w_ij (a_ij - abar_i) grad dbar_ij,   a_ij = grad dbar_ij . psi
 * (A = 2 P, B = 4 Delta in the paper's letters, so critical beta = 1 / (2 lambda) there.) Where there is one
 * table, a_ij is affine in x_i: level_j + slope_j . x_i, and B psi costs one RESPONSE sweep.
 */
import { between } from "./distance";
import { gradientOfSums } from "./objective";
import { GROUPS, NONE, Problem, SOFTMAX, SOFTMAX_ENTITY, scratchTile } from "./problem";
import { prepare, swapParameters } from "./transition";
import { ROW, multiply, pack } from "../tile";
import { madd, splat } from "../vector";

/** Step of a central difference along a direction whose largest coordinate is 1, scaled units. */
const STEP: f64 = 1e-5;
const MASS_FLOOR: f64 = 1e-12;
/** Sums start with three totals. */
const HEAD: usize = 24;

@inline
function size(p: Problem): usize {
  return (<usize>p.active * <usize>p.dimensions) << 3;
}

/** After a SOFT sweep: keeps its centers, sums and masses as the base. */
export function curvatureBegin(p: Problem): void {
  memory.copy(p.base, p.centers, size(p));
  memory.copy(p.savedSums, p.sums, (<usize>p.sumsLength) << 3);
  for (let k: usize = 0; k < <usize>p.active; k++) {
    store<f64>(p.scales + k * 8, 2.0 * max(load<f64>(p.masses + k * 8), MASS_FLOOR));
  }
}

/** a_ij along `direction` into levels and slopes, for a RESPONSE sweep. */
export function responseToDirection(p: Problem): void {
  const k = <usize>p.clusters;
  for (let group: usize = 0; group < <usize>p.groupCount; group++) {
    const table = p.kind == GROUPS ? p.tables + group * k * k * 8 : p.transitions;
    for (let j: usize = 0; j < <usize>p.active; j++) tangent(p, table, j);
    packResponse(p, group);
  }
}

/** a_ij = -dbar_ij (up to what all j share) into levels and slopes: the policy's answer to beta. */
export function responseToBeta(p: Problem): void {
  const d = <usize>p.dimensions;
  const g = <usize>p.active;
  for (let group: usize = 0; group < <usize>p.groupCount; group++) {
    const packed = p.packed + group * <usize>p.padded * d * 8;
    const offsets = p.offsets + group * <usize>p.padded * 8;
    for (let j: usize = 0; j < g; j++) {
      let square = 0.0;
      for (let c: usize = 0; c < d; c++) {
        const y = load<f64>(packed + ((j & ~3) * d + c * 4 + (j & 3)) * 8);
        square += y * y;
        store<f64>(p.work + (j * d + c) * 8, 2.0 * y);
      }
      store<f64>(p.work + (g * d + j) * 8, -(square + load<f64>(offsets + j * 8)));
    }
    packResponse(p, group);
  }
}

function packResponse(p: Problem, group: usize): void {
  const d = <usize>p.dimensions;
  const g = <usize>p.active;
  const padded = <usize>p.padded;
  pack(p.work, p.active, p.dimensions, padded, p.slopes + group * padded * d * 8);
  const levels = p.levels + group * padded * 8;
  memory.fill(levels, 0, padded * 8);
  memory.copy(levels, p.work + g * d * 8, g * 8);
}

/**
 * Row j of the tangent of dbar: with dyhat = sum_k P_jk psi_k + dP_jk y_k and
 * dv = sum_k 2 P_jk (y_k - yhat) . psi_k + dP_jk |y_k - yhat|^2, slope = -2 dyhat and level = 2 yhat . dyhat + dv.
 */
function tangent(p: Problem, table: usize, j: usize): void {
  const d = <usize>p.dimensions;
  const g = <usize>p.active;
  const slope = p.work + j * d * 8;
  const mean = p.collapsed; // yhat_j, rebuilt here
  memory.fill(slope, 0, d * 8);
  memory.fill(mean, 0, d * 8);
  for (let k: usize = 0; k < g; k++) {
    const share = p.kind == NONE ? (j == k ? 1.0 : 0.0) : load<f64>(table + (j * g + k) * 8);
    for (let c: usize = 0; c < d; c++) {
      add(mean + c * 8, share * load<f64>(p.base + (k * d + c) * 8));
      add(slope + c * 8, share * load<f64>(p.direction + (k * d + c) * 8));
    }
  }
  const drift = p.kind == SOFTMAX ? meanDrift(p, j) : 0.0;
  let variance = 0.0;
  for (let k: usize = 0; k < g; k++) {
    const y = p.base + k * d * 8;
    const share = p.kind == NONE ? (j == k ? 1.0 : 0.0) : load<f64>(table + (j * g + k) * 8);
    let along = 0.0;
    for (let c: usize = 0; c < d; c++) {
      along += (load<f64>(y + c * 8) - load<f64>(mean + c * 8)) * load<f64>(p.direction + (k * d + c) * 8);
    }
    variance += 2.0 * share * along;
    if (p.kind != SOFTMAX) continue;
    const change = shareChange(p, j, k, drift);
    variance += change * between(y, mean, p.dimensions);
    for (let c: usize = 0; c < d; c++) add(slope + c * 8, change * load<f64>(y + c * 8));
  }
  let level = variance;
  for (let c: usize = 0; c < d; c++) {
    const dy = load<f64>(slope + c * 8);
    level += 2.0 * load<f64>(mean + c * 8) * dy;
    store<f64>(slope + c * 8, -2.0 * dy);
  }
  store<f64>(p.work + (g * d + j) * 8, level);
}

/** 2 (y_j - y_k) . (psi_j - psi_k): the change of the distance between two centers. */
function distanceChange(p: Problem, j: usize, k: usize): f64 {
  const d = <usize>p.dimensions;
  let sum = 0.0;
  for (let c: usize = 0; c < d; c++) {
    const gap = load<f64>(p.base + (j * d + c) * 8) - load<f64>(p.base + (k * d + c) * 8);
    sum += gap * (load<f64>(p.direction + (j * d + c) * 8) - load<f64>(p.direction + (k * d + c) * 8));
  }
  return 2.0 * sum;
}

/** sum over l of share_jl times the change of d(y_j, y_l). */
function meanDrift(p: Problem, j: usize): f64 {
  const g = <usize>p.active;
  let mean = 0.0;
  for (let l: usize = 0; l < g; l++) mean += load<f64>(p.shares + (j * g + l) * 8) * distanceChange(p, j, l);
  return mean;
}

/** SOFTMAX: dP_jk along psi. */
@inline
function shareChange(p: Problem, j: usize, k: usize, drift: f64): f64 {
  const share = load<f64>(p.shares + (j * <usize>p.active + k) * 8);
  return ((-p.kappa * p.zeta) / p.temperature) * share * (distanceChange(p, j, k) - drift);
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** RESPONSE: policy weights in scratch 0 become w_ij (a_ij - abar_i); prices' place is taken by a_ij. */
export function addResponse(p: Problem, points: usize, group: usize): void {
  const padded = <usize>p.padded;
  const w = scratchTile(p, 0);
  const a = scratchTile(p, 1);
  const slopes = p.slopes + group * padded * <usize>p.dimensions * 8;
  multiply(points, slopes, p.levels + group * padded * 8, a, padded, <usize>p.dimensions);
  const end = <usize>p.active * ROW;
  for (let i: usize = 0; i < ROW; i += 16) {
    let mass = splat(0);
    let sum = mass;
    for (let at = i; at < end; at += ROW) {
      const weight = v128.load(w + at);
      mass = f64x2.add(mass, weight);
      sum = madd(weight, v128.load(a + at), sum);
    }
    // Where rho is 0, so is every weight: any finite mean will do.
    const mean = f64x2.div(sum, f64x2.pmax(mass, splat(1e-300)));
    for (let at = i; at < end; at += ROW) {
      v128.store(w + at, f64x2.mul(v128.load(w + at), f64x2.sub(v128.load(a + at), mean)));
    }
  }
}

/** After a RESPONSE sweep: its sums become a gradient, in `response`. */
export function takeResponse(p: Problem): void {
  gradientOfSums(p, p.sums + HEAD, p.response, p.prescribed);
}

/** A psi into `stiffness`, without a sweep: exact 2 P psi, or the central difference of the frozen gradient. */
export function stiffnessOfDirection(p: Problem): void {
  const d = <usize>p.dimensions;
  if (p.kind != SOFTMAX) {
    for (let at: usize = 0; at < size(p); at += 8) {
      store<f64>(p.stiffness + at, load<f64>(p.scales + (at / (d * 8)) * 8) * load<f64>(p.direction + at));
    }
    return;
  }
  const rows = p.savedSums + HEAD;
  shiftFromBase(p, 1.0);
  prepare(p);
  gradientOfSums(p, rows, p.stiffness, p.prescribed);
  shiftFromBase(p, -1.0);
  prepare(p);
  gradientOfSums(p, rows, p.gradient, p.prescribed);
  differentiate(p, p.stiffness, p.gradient);
  memory.copy(p.centers, p.base, size(p));
  prepare(p);
}

/** SOFTMAX_ENTITY: centers = base + side STEP psi / |psi|, for one of the two sweeps of a central difference. */
export function shiftFromBase(p: Problem, side: f64): void {
  const step = side * stepLength(p);
  for (let at: usize = 0; at < size(p); at += 8) {
    store<f64>(p.centers + at, load<f64>(p.base + at) + step * load<f64>(p.direction + at));
  }
}

/** Before a FROZEN sweep: the base's parameters go where the sweep finds its policy. */
export function freezeBase(p: Problem): void {
  memory.copy(p.centers, p.base, size(p));
  prepare(p);
  swapParameters(p);
}

/** The gradient after the first of two sweeps, at side +1. */
export function keepGradient(p: Problem, frozen: i32): void {
  memory.copy(frozen ? p.stiffness : p.response, p.gradient, size(p));
}

/** The gradient after the second sweep, at side -1, turns what was kept into a derivative along psi. */
export function takeDifference(p: Problem, frozen: i32): void {
  differentiate(p, frozen ? p.stiffness : p.response, p.gradient);
  memory.copy(p.centers, p.base, size(p));
}

function differentiate(p: Problem, plus: usize, minus: usize): void {
  const factor = 1.0 / (2.0 * stepLength(p));
  for (let at: usize = 0; at < size(p); at += 8) {
    store<f64>(plus + at, factor * (load<f64>(plus + at) - load<f64>(minus + at)));
  }
}

function stepLength(p: Problem): f64 {
  let largest = 0.0;
  for (let at: usize = 0; at < size(p); at += 8) largest = max(largest, abs(load<f64>(p.direction + at)));
  return STEP / max(largest, 1e-300);
}

/** SOFTMAX_ENTITY: `response` holds the whole Hessian times psi; B psi = (A psi - H psi) / beta. */
export function responseFromHessian(p: Problem, beta: f64): void {
  for (let at: usize = 0; at < size(p); at += 8) {
    store<f64>(p.response + at, (load<f64>(p.stiffness + at) - load<f64>(p.response + at)) / beta);
  }
}

/** The norm of scales^(-1/2) response: what theorem 3's bound divides by delta. */
export function scaledResponseNorm(p: Problem): f64 {
  const d = <usize>p.dimensions;
  let sum = 0.0;
  for (let at: usize = 0; at < size(p); at += 8) {
    const value = load<f64>(p.response + at);
    sum += (value * value) / load<f64>(p.scales + (at / (d * 8)) * 8);
  }
  return sqrt(sum);
}

/** Smallest of the scales. */
export function smallestScale(p: Problem): f64 {
  let smallest = Infinity;
  for (let k: usize = 0; k < <usize>p.active; k++) smallest = min(smallest, load<f64>(p.scales + k * 8));
  return smallest;
}

/** Does a RESPONSE sweep give B psi, or does it take four sweeps of differences? */
export function hasAffineResponse(p: Problem): i32 {
  return p.kind == SOFTMAX_ENTITY ? 0 : 1;
}
