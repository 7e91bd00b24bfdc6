/**
 * Transitions p(k|j) that do not depend on the entity, lumped: identical centers count once, with
 * multiplicity m. An even table and the softmax lump exactly, since nothing tells the copies apart.
 */
import { between } from "./distance";
import { NEVER, pack } from "../tile";
import { exp } from "../vector";
import { GROUPS, NONE, Problem, SOFTMAX, SOFTMAX_ENTITY, TABLE } from "./problem";
import { collapse } from "./distance";

/** Few lumped centers take a short sweep; the arrays have room for all. */
export function padCenters(p: Problem): void {
  const g = <usize>p.active;
  p.padded = (p.active + 3) & ~3;
  for (let k: usize = 0; k < <usize>p.padded; k++) {
    store<f64>(p.zeros + k * 8, k < g ? 0.0 : NEVER);
    if (k >= g) store<f64>(p.multiplicity + k * 8, 1.0);
  }
}

/** Everything a sweep needs that follows from the centers alone. */
export function prepare(p: Problem): void {
  const g = p.active;
  const d = p.dimensions;
  padCenters(p);
  const padded = <usize>p.padded;
  if (p.kind == NONE) {
    pack(p.centers, g, d, padded, p.packed);
    memory.copy(p.offsets, p.zeros, padded * 8);
    return;
  }
  if (p.kind == SOFTMAX_ENTITY) {
    pack(p.centers, g, d, padded, p.packed);
    prepareAffinity(p);
    return;
  }
  const size = <usize>p.clusters * <usize>p.clusters * 8;
  for (let group = 0; group < p.groupCount; group++) {
    const table = p.kind == GROUPS ? p.tables + <usize>group * size : lumpTransitions(p);
    const packed = p.packed + <usize>group * padded * <usize>d * 8;
    const offsets = p.offsets + <usize>group * padded * 8;
    const variances = p.collapsed + ((<usize>p.clusters * <usize>d) << 3);
    pack(p.centers, g, d, padded, packed); // until the effective centers take their place
    collapse(table, p.centers, packed, g, d, p.collapsed, variances);
    pack(p.collapsed, g, d, padded, packed);
    memory.copy(offsets, p.zeros, padded * 8);
    memory.copy(offsets, variances, (<usize>g) << 3);
  }
}

/** The table that the active centers see; `p.transitions`, or the user's table itself if nothing is lumped. */
function lumpTransitions(p: Problem): usize {
  if (p.kind == SOFTMAX) softmaxTransitions(p);
  else if (p.active < p.clusters) lumpEvenTable(p);
  else memory.copy(p.transitions, p.tables, (<usize>p.active * <usize>p.active) << 3);
  return p.transitions;
}

/** P_jk = kappa m_k / (K - 1), and 1 - kappa + kappa (m_j - 1) / (K - 1) on the diagonal. */
function lumpEvenTable(p: Problem): void {
  const g = <usize>p.active;
  const each = p.kappa / <f64>(p.clusters - 1);
  for (let j: usize = 0; j < g; j++) {
    for (let k: usize = 0; k < g; k++) {
      const m = load<f64>(p.multiplicity + k * 8);
      store<f64>(p.transitions + (j * g + k) * 8, j == k ? 1.0 - p.kappa + each * (m - 1.0) : each * m);
    }
  }
}

/** shares = softmax over the other copies of -zeta d(y_j, y_k) / T; transitions = 1 - kappa + kappa shares. */
function softmaxTransitions(p: Problem): void {
  const g = <usize>p.active;
  affinities(p, p.shares);
  for (let j: usize = 0; j < g; j++) {
    const row = p.shares + j * g * 8;
    let total = 0.0;
    for (let k: usize = 0; k < g; k++) total += load<f64>(row + k * 8);
    for (let k: usize = 0; k < g; k++) {
      const share = load<f64>(row + k * 8) / total;
      store<f64>(row + k * 8, share);
      store<f64>(p.transitions + (j * g + k) * 8, p.kappa * share + (j == k ? 1.0 - p.kappa : 0.0));
    }
  }
}

/**
 * output[j][k] = count exp(-zeta (d(y_j, y_k) - s_j) / T), count being m_k copies elsewhere and m_j - 1 at
 * home, s_j the smallest distance that counts. Also fills `between`.
 */
function affinities(p: Problem, output: usize): void {
  const g = <usize>p.active;
  const row = (<usize>p.dimensions) << 3;
  for (let j: usize = 0; j < g; j++) {
    let nearest = Infinity;
    for (let k: usize = 0; k < g; k++) {
      const distance = between(p.centers + j * row, p.centers + k * row, p.dimensions);
      store<f64>(p.between + (j * g + k) * 8, distance);
      if (copies(p, j, k) > 0) nearest = min(nearest, distance);
    }
    for (let k: usize = 0; k < g; k++) {
      const count = copies(p, j, k);
      const over = load<f64>(p.between + (j * g + k) * 8) - nearest;
      store<f64>(output + (j * g + k) * 8, count > 0 ? count * exp((-p.zeta / p.temperature) * over) : 0.0);
    }
  }
}

/** How many copies of center k an entity prescribed j can move to. */
@inline
export function copies(p: Problem, j: usize, k: usize): f64 {
  return load<f64>(p.multiplicity + k * 8) - (j == k ? 1.0 : 0.0);
}

function prepareAffinity(p: Problem): void {
  const g = <usize>p.active;
  const padded = <usize>p.padded;
  affinities(p, p.affinityPlain);
  for (let j: usize = 0; j < padded; j++) {
    for (let k: usize = 0; k < padded; k++) {
      const value = j < g && k < g ? load<f64>(p.affinityPlain + (j * g + k) * 8) : 0.0;
      store<f64>(p.affinity + ((j & ~3) * padded + k * 4 + (j & 3)) * 8, value);
      store<f64>(p.affinityTransposed + ((k & ~3) * padded + j * 4 + (k & 3)) * 8, value);
    }
  }
}

/** Is there one table for all, so that sums by prescribed cluster suffice? */
@inline
export function isTable(p: Problem): bool {
  return p.kind == TABLE || p.kind == SOFTMAX;
}

/** SOFTMAX_ENTITY: exchanges what a sweep reads with the set kept in `frozen`. */
export function swapParameters(p: Problem): void {
  const packed = p.packed;
  const affinity = p.affinity;
  p.packed = p.frozen;
  p.frozen = packed;
  p.affinity = p.frozenAffinity;
  p.frozenAffinity = affinity;
  const transposed = p.affinityTransposed;
  p.affinityTransposed = p.frozenTransposed;
  p.frozenTransposed = transposed;
  const between = p.between;
  p.between = p.frozenBetween;
  p.frozenBetween = between;
}
