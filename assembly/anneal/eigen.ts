/** Symmetric eigenproblems: cyclic Jacobi rotations, and power iteration where they would take too long. */

/** Above this size only the largest eigenvalue is looked for: Jacobi takes size^3 operations a round. */
const JACOBI_LIMIT: i32 = 48;
const POWER_ROUNDS: i32 = 2000;

/**
 * Diagonalizes a symmetric matrix in place: afterwards its diagonal holds the eigenvalues and the rows of
 * `vectors` the eigenvectors.
 */
export function jacobi(matrix: usize, size: i32, vectors: usize): void {
  const n = <usize>size;
  for (let i: usize = 0; i < n * n; i++) store<f64>(vectors + i * 8, i % (n + 1) == 0 ? 1.0 : 0.0);
  for (let round = 0; round < 60; round++) {
    let off = 0.0;
    let diagonal = 0.0;
    for (let i: usize = 0; i < n; i++) {
      diagonal += at(matrix, n, i, i) * at(matrix, n, i, i);
      for (let j: usize = 0; j < i; j++) off += at(matrix, n, i, j) * at(matrix, n, i, j);
    }
    if (!(off > 1e-32 * diagonal)) return;
    for (let i: usize = 1; i < n; i++) for (let j: usize = 0; j < i; j++) rotate(matrix, vectors, n, i, j);
  }
}

@inline
function at(matrix: usize, n: usize, row: usize, column: usize): f64 {
  return load<f64>(matrix + (row * n + column) * 8);
}

/** One rotation that zeroes entry (i, j). */
function rotate(matrix: usize, vectors: usize, n: usize, i: usize, j: usize): void {
  const off = at(matrix, n, i, j);
  if (off == 0) return;
  const ratio = (at(matrix, n, j, j) - at(matrix, n, i, i)) / (2.0 * off);
  const t = (ratio >= 0 ? 1.0 : -1.0) / (abs(ratio) + sqrt(ratio * ratio + 1.0));
  const cosine = 1.0 / sqrt(t * t + 1.0);
  const sine = t * cosine;
  for (let k: usize = 0; k < n; k++) turn(matrix + (k * n + i) * 8, matrix + (k * n + j) * 8, cosine, sine);
  for (let k: usize = 0; k < n; k++) turn(matrix + (i * n + k) * 8, matrix + (j * n + k) * 8, cosine, sine);
  for (let k: usize = 0; k < n; k++) turn(vectors + (i * n + k) * 8, vectors + (j * n + k) * 8, cosine, sine);
}

@inline
function turn(a: usize, b: usize, cosine: f64, sine: f64): void {
  const x = load<f64>(a);
  const y = load<f64>(b);
  store<f64>(a, cosine * x - sine * y);
  store<f64>(b, sine * x + cosine * y);
}

/**
 * Largest eigenvalue of a symmetric matrix (overwritten); its unit eigenvector goes to `vector`, signed so
 * that its largest coordinate is positive. `work` takes size x size numbers.
 */
export function largestEigenpair(matrix: usize, size: i32, vector: usize, work: usize): f64 {
  const n = <usize>size;
  if (size > JACOBI_LIMIT) return powerIteration(matrix, n, vector, work);
  jacobi(matrix, size, work);
  let best: usize = 0;
  for (let i: usize = 1; i < n; i++) if (at(matrix, n, i, i) > at(matrix, n, best, best)) best = i;
  let largest = 0.0;
  for (let c: usize = 0; c < n; c++) {
    const value = at(work, n, best, c);
    if (abs(value) > abs(largest)) largest = value;
  }
  for (let c: usize = 0; c < n; c++) {
    store<f64>(vector + c * 8, largest < 0 ? -at(work, n, best, c) : at(work, n, best, c));
  }
  return at(matrix, n, best, best);
}

/** Largest eigenvalue of a positive semidefinite matrix, until it no longer grows; starts at its longest row. */
function powerIteration(matrix: usize, n: usize, vector: usize, work: usize): f64 {
  let longest: usize = 0;
  let length = -1.0;
  for (let i: usize = 0; i < n; i++) {
    const square = dotRows(matrix + i * n * 8, matrix + i * n * 8, n);
    if (square > length) {
      length = square;
      longest = i;
    }
  }
  memory.copy(vector, matrix + longest * n * 8, n * 8);
  let value = 0.0;
  for (let round = 0; round < POWER_ROUNDS; round++) {
    const norm = sqrt(dotRows(vector, vector, n));
    if (norm == 0) return 0;
    for (let i: usize = 0; i < n; i++) store<f64>(vector + i * 8, load<f64>(vector + i * 8) / norm);
    for (let i: usize = 0; i < n; i++) store<f64>(work + i * 8, dotRows(matrix + i * n * 8, vector, n));
    const next = dotRows(vector, work, n);
    if (next <= value * (1.0 + 1e-15)) return next;
    value = next;
    memory.copy(vector, work, n * 8);
  }
  const norm = sqrt(dotRows(vector, vector, n));
  for (let i: usize = 0; i < n; i++) store<f64>(vector + i * 8, load<f64>(vector + i * 8) / norm);
  return value;
}

function dotRows(a: usize, b: usize, n: usize): f64 {
  let sum = 0.0;
  for (let i: usize = 0; i < n * 8; i += 8) sum += load<f64>(a + i) * load<f64>(b + i);
  return sum;
}
