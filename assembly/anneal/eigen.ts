/** Symmetric eigenproblems of a few dozen dimensions: cyclic Jacobi rotations. */

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
