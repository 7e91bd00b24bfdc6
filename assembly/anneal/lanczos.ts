/**
 * Lanczos with full reorthogonalization on S = s^(-1/2) (A - beta B) s^(-1/2), s the scales (2 x masses):
 * its smallest eigenvalue is theorem 3's delta, its sign says whether the centers are stable at beta.
 * The owner makes A psi and B psi for each `direction`, in as many sweeps as that takes.
 */
import { jacobi } from "./eigen";
import { KRYLOV, Problem } from "./problem";
import { normal } from "../random";

const LANCZOS_STREAM: u32 = 4;
/** The residual that ends the iteration, relative to 1 + |eigenvalue|. */
const RESIDUAL: f64 = 1e-8;

@inline
function size(p: Problem): usize {
  return (<usize>p.active * <usize>p.dimensions) << 3;
}

@inline
function basis(p: Problem, index: usize): usize {
  return p.krylov + index * ((<usize>p.clusters * <usize>p.dimensions) << 3);
}

/** Diagonals, off-diagonals, then room for the eigenproblem. */
@inline
function diagonal(p: Problem): usize {
  return p.ritz;
}

@inline
function offDiagonal(p: Problem): usize {
  return p.ritz + ((<usize>KRYLOV) << 3);
}

/** First vector: random, or the last eigenvector found (`warm`), which is in `direction`. */
export function lanczosBegin(p: Problem, warm: i32): void {
  const v = basis(p, 0);
  for (let at: usize = 0; at < size(p); at += 8) {
    const fresh = normal(<u64>p.seed, LANCZOS_STREAM, <u64>at);
    const root = sqrt(scale(p, at));
    store<f64>(v + at, warm ? root * load<f64>(p.direction + at) + 1e-3 * fresh : fresh);
  }
  normalize(p, v);
  p.krylovSize = 0; // vectors done
  toDirection(p, v);
}

@inline
function scale(p: Problem, at: usize): f64 {
  return load<f64>(p.scales + (at / ((<usize>p.dimensions) << 3)) * 8);
}

/** direction = s^(-1/2) v. */
function toDirection(p: Problem, v: usize): void {
  for (let at: usize = 0; at < size(p); at += 8) store<f64>(p.direction + at, load<f64>(v + at) / sqrt(scale(p, at)));
}

/**
 * Takes A psi and B psi of `direction`. Returns 0 for more (the next `direction` stands), 1 when the smallest
 * eigenvalue has converged: it is in `delta`, its eigenvector in `direction`.
 */
export function lanczosNext(p: Problem, beta: f64): i32 {
  const index = <usize>p.krylovSize;
  const v = basis(p, index);
  const next = basis(p, index + 1);
  for (let at: usize = 0; at < size(p); at += 8) {
    const value = load<f64>(p.stiffness + at) - beta * load<f64>(p.response + at);
    store<f64>(next + at, value / sqrt(scale(p, at)));
  }
  store<f64>(diagonal(p) + index * 8, dot(p, v, next));
  // Twice is enough (Kahan and Parlett).
  for (let pass = 0; pass < 2; pass++) {
    for (let other: usize = 0; other <= index; other++) {
      const w = basis(p, other);
      const overlap = dot(p, w, next);
      for (let at: usize = 0; at < size(p); at += 8) {
        store<f64>(next + at, load<f64>(next + at) - overlap * load<f64>(w + at));
      }
    }
  }
  const length = normalize(p, next);
  store<f64>(offDiagonal(p) + index * 8, length);
  p.krylovSize++;
  const dimension = <i32>(size(p) >> 3);
  const last = p.krylovSize >= min(KRYLOV, dimension);
  // The small eigenproblem costs more than a step: look at every fourth once there are a few.
  const looks = last || length < 1e-14 || p.krylovSize <= 6 || (p.krylovSize & 3) == 0;
  const residual = looks ? smallestRitz(p) * length : Infinity;
  if (last || length < 1e-14 || residual <= RESIDUAL * (1.0 + abs(p.delta))) {
    ritzVector(p);
    return 1;
  }
  toDirection(p, next);
  return 0;
}

/** Smallest eigenvalue of the tridiagonal matrix into `delta`; returns |last coordinate| of its eigenvector. */
function smallestRitz(p: Problem): f64 {
  const n = <usize>p.krylovSize;
  const matrix = p.ritz + ((<usize>KRYLOV) << 4);
  const vectors = p.ritzVectors;
  memory.fill(matrix, 0, n * n * 8);
  for (let i: usize = 0; i < n; i++) {
    store<f64>(matrix + i * (n + 1) * 8, load<f64>(diagonal(p) + i * 8));
    if (i + 1 == n) break;
    const off = load<f64>(offDiagonal(p) + i * 8);
    store<f64>(matrix + (i * n + i + 1) * 8, off);
    store<f64>(matrix + ((i + 1) * n + i) * 8, off);
  }
  jacobi(matrix, p.krylovSize, vectors);
  let best: usize = 0;
  for (let i: usize = 1; i < n; i++) {
    if (load<f64>(matrix + i * (n + 1) * 8) < load<f64>(matrix + best * (n + 1) * 8)) best = i;
  }
  p.delta = load<f64>(matrix + best * (n + 1) * 8);
  if (best != 0) memory.copy(vectors, vectors + best * n * 8, n * 8);
  return abs(load<f64>(vectors + (n - 1) * 8));
}

/** The Ritz vector of `delta`, divided by sqrt(s), into `direction`. */
function ritzVector(p: Problem): void {
  const target = basis(p, <usize>p.krylovSize); // free now
  memory.fill(target, 0, size(p));
  for (let i: usize = 0; i < <usize>p.krylovSize; i++) {
    const factor = load<f64>(p.ritzVectors + i * 8);
    for (let at: usize = 0; at < size(p); at += 8) {
      store<f64>(target + at, load<f64>(target + at) + factor * load<f64>(basis(p, i) + at));
    }
  }
  toDirection(p, target);
}

/** psi . A psi and psi . B psi of the present `direction`: their ratio is the beta at which it turns unstable. */
export function rayleigh(p: Problem): f64 {
  return dot(p, p.direction, p.stiffness) / dot(p, p.direction, p.response);
}

function dot(p: Problem, a: usize, b: usize): f64 {
  let sum = 0.0;
  for (let at: usize = 0; at < size(p); at += 8) sum += load<f64>(a + at) * load<f64>(b + at);
  return sum;
}

function normalize(p: Problem, v: usize): f64 {
  const length = sqrt(dot(p, v, v));
  if (length > 0) for (let at: usize = 0; at < size(p); at += 8) store<f64>(v + at, load<f64>(v + at) / length);
  return length;
}
