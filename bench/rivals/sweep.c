/*
 * One sweep in C: value and exact gradient, the loops of assembly/tile.ts, distance.ts and entity.ts written
 * with 128-bit GCC vectors. What the core is measured against: the same algorithm, the same tiles of 32
 * points, the same polynomials, compiled by `gcc -O3` without fused multiply-add.
 *
 *   sweep FILE      then on stdin: "time MS" -> least milliseconds of a sweep; "value" -> F and the gradient
 *
 * FILE: int64 N, K, d, kind (0 none, 1 table, 4 softmax that sees the entity); double beta, kappa, zeta,
 * gamma, temperature; X (N d), rho (N), Y (K d), table (K K).
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TILE 32
#define BLOCK_TILES 128
#define NEVER 1e300
typedef double v __attribute__((vector_size(16)));
typedef int64_t vi __attribute__((vector_size(16)));
#define LD(p) (*(const v *)(p))
#define ST(p, x) (*(v *)(p) = (x))

static inline v splat(double x) { return (v){x, x}; }
static inline v least(v a, v b) { return (v)(((vi)b & (vi)(b < a)) | ((vi)a & ~(vi)(b < a))); }
static inline double sum2(v a) { return a[0] + a[1]; }

static inline v vexp(v x) {
  vi in_range = (vi)(x >= splat(-708.0));
  v t = x * 1.4426950408889634 + 6755399441055744.0;
  v n = t - 6755399441055744.0;
  v r = n * -0.693147180369123816490 + x;
  r = n * -1.90821492927058770002e-10 + r;
  v r2 = r * r, r4 = r2 * r2;
  v a0 = r * 0.16666666666666669 + 0.5, a1 = r * 0.008333333333330062 + 0.04166666666662413;
  v a2 = r * 0.00019841269863053618 + 0.0013888888917213717, a3 = r * 2.7557268459997064e-6 + 2.4801521295954376e-5;
  v a4 = r * 2.510038549551032e-8 + 2.7620088445409746e-7;
  v low = r2 * a1 + a0, high = r4 * a4 + (r2 * a3 + a2);
  v mantissa = (r2 * (r4 * high + low) + r) + 1.0;
  return (v)(((vi)mantissa + ((vi)t << 52)) & in_range);
}

static inline v vlog(v x) {
  vi k = ((vi)x - 0x3fe6a09e667f3bcdLL) >> 52;
  v m = (v)((vi)x - (k << 52));
  v kf = (v)(k + 0x4338000000000000LL) - 6755399441055744.0;
  v f = m - 1.0, s = f / (f + 2.0), z = s * s;
  v p = z * 1.479819860511658591e-1 + 1.531383769920937332e-1;
  p = z * p + 1.818357216161805012e-1;
  p = z * p + 2.222219843214978396e-1;
  p = z * p + 2.857142874366239149e-1;
  p = z * p + 3.999999999940941908e-1;
  p = z * p + 6.666666666666735130e-1;
  v half = 0.5 * (f * f);
  v correction = kf * 1.90821492927058770002e-10 + s * (z * p + half);
  return kf * 0.693147180369123816490 - ((half - correction) - f);
}

/* out[k][i] = offset[k] + |x_i - y_k|^2 */
static void distances(const double *X, const double *Y, const double *offset, double *out, long K, long d) {
  for (long k = 0; k < K; k += 4)
    for (long i = 0; i < TILE; i += 4) {
      v a0 = splat(offset[k]), b0 = splat(offset[k + 1]), c0 = splat(offset[k + 2]), d0 = splat(offset[k + 3]);
      v a1 = a0, b1 = b0, c1 = c0, d1 = d0;
      const double *x = X + i, *y = Y + k * d, *end = y + 4 * d;
      for (; y < end; y += 4, x += TILE) {
        v x0 = LD(x), x1 = LD(x + 2), s, t;
        s = splat(y[0]); t = x0 - s; a0 += t * t; t = x1 - s; a1 += t * t;
        s = splat(y[1]); t = x0 - s; b0 += t * t; t = x1 - s; b1 += t * t;
        s = splat(y[2]); t = x0 - s; c0 += t * t; t = x1 - s; c1 += t * t;
        s = splat(y[3]); t = x0 - s; d0 += t * t; t = x1 - s; d1 += t * t;
      }
      double *o = out + k * TILE + i;
      ST(o, a0); ST(o + 2, a1); o += TILE;
      ST(o, b0); ST(o + 2, b1); o += TILE;
      ST(o, c0); ST(o + 2, c1); o += TILE;
      ST(o, d0); ST(o + 2, d1);
    }
}

/* Two products with one matrix packed by four rows. */
static void multiply_two(const double *a, const double *b, const double *packed, double *oa, double *ob, long K) {
  for (long j = 0; j < K; j += 2)
    for (long i = 0; i < TILE; i += 4) {
      v z = splat(0), a00 = z, a01 = z, a10 = z, a11 = z, b00 = z, b01 = z, b10 = z, b11 = z;
      const double *m = packed + (j & ~3) * K + (j & 3), *x = a + i, *y = b + i;
      for (long c = 0; c < K; c++, m += 4, x += TILE, y += TILE) {
        v x0 = LD(x), x1 = LD(x + 2), y0 = LD(y), y1 = LD(y + 2), s = splat(m[0]), t = splat(m[1]);
        a00 += x0 * s; a01 += x1 * s; b00 += y0 * s; b01 += y1 * s;
        a10 += x0 * t; a11 += x1 * t; b10 += y0 * t; b11 += y1 * t;
      }
      double *p = oa + j * TILE + i, *q = ob + j * TILE + i;
      ST(p, a00); ST(p + 2, a01); ST(p + TILE, a10); ST(p + TILE + 2, a11);
      ST(q, b00); ST(q + 2, b01); ST(q + TILE, b10); ST(q + TILE + 2, b11);
    }
}

static void soften(double *S, const double *rho, const double *count, long K, long rows, double beta, double *totals) {
  memset(S + K * TILE, 0, (rows - K) * TILE * 8);
  v lowest = LD(totals), logs = LD(totals + 2), excess = LD(totals + 4), minus = splat(-beta);
  long end = K * TILE;
  for (long i = 0; i < TILE; i += 4) {
    double *s = S + i;
    v m0 = LD(s), m1 = LD(s + 2);
    for (long q = TILE; q < end; q += TILE) { m0 = least(m0, LD(s + q)); m1 = least(m1, LD(s + q + 2)); }
    v z0 = splat(0), z1 = z0, e0 = z0, e1 = z0;
    const double *m = count;
    for (long q = 0; q < end; q += TILE, m++) {
      v o0 = LD(s + q) - m0, o1 = LD(s + q + 2) - m1, c = splat(*m);
      v w0 = c * vexp(minus * o0), w1 = c * vexp(minus * o1);
      ST(s + q, w0); ST(s + q + 2, w1);
      z0 += w0; z1 += w1;
      e0 += w0 * o0; e1 += w1 * o1;
    }
    v r0 = LD(rho + i), r1 = LD(rho + i + 2);
    lowest += r0 * m0; lowest += r1 * m1;
    logs += r0 * vlog(z0); logs += r1 * vlog(z1);
    v s0 = r0 / z0, s1 = r1 / z1;
    excess += s0 * e0; excess += s1 * e1;
    for (long q = 0; q < end; q += TILE) { ST(s + q, s0 * LD(s + q)); ST(s + q + 2, s1 * LD(s + q + 2)); }
  }
  ST(totals, lowest); ST(totals + 2, logs); ST(totals + 4, excess);
}

/* sums[k][c] += sum of W[k][i] X[c][i], sums[k][d] += sum of W[k][i]; two lanes each */
static void accumulate(const double *W, const double *X, double *sums, long K, long d) {
  long stride = (d + 1) * 2;
  for (long k = 0; k < K; k += 4) {
    const double *w = W + k * TILE;
    double *a = sums + k * stride;
    long c = 0;
    for (; c + 1 < d; c += 2) {
      double *p0 = a + c * 2, *p1 = p0 + stride, *p2 = p1 + stride, *p3 = p2 + stride;
      v a0 = LD(p0), a1 = LD(p0 + 2), b0 = LD(p1), b1 = LD(p1 + 2), c0 = LD(p2), c1 = LD(p2 + 2), d0 = LD(p3), d1 = LD(p3 + 2);
      const double *x = X + c * TILE;
      for (long i = 0; i < TILE; i += 2) {
        v x0 = LD(x + i), x1 = LD(x + i + TILE), s;
        s = LD(w + i); a0 += s * x0; a1 += s * x1;
        s = LD(w + i + TILE); b0 += s * x0; b1 += s * x1;
        s = LD(w + i + 2 * TILE); c0 += s * x0; c1 += s * x1;
        s = LD(w + i + 3 * TILE); d0 += s * x0; d1 += s * x1;
      }
      ST(p0, a0); ST(p0 + 2, a1); ST(p1, b0); ST(p1 + 2, b1); ST(p2, c0); ST(p2 + 2, c1); ST(p3, d0); ST(p3 + 2, d1);
    }
    double *p0 = a + c * 2, *p1 = p0 + stride, *p2 = p1 + stride, *p3 = p2 + stride;
    if (c < d) {
      v s0 = LD(p0), s1 = LD(p1), s2 = LD(p2), s3 = LD(p3);
      for (long i = 0; i < TILE; i += 2) {
        v x = LD(X + c * TILE + i);
        s0 += LD(w + i) * x; s1 += LD(w + TILE + i) * x; s2 += LD(w + 2 * TILE + i) * x; s3 += LD(w + 3 * TILE + i) * x;
      }
      ST(p0, s0); ST(p1, s1); ST(p2, s2); ST(p3, s3);
      p0 += 2; p1 += 2; p2 += 2; p3 += 2;
    }
    v m0 = splat(0), m1 = m0, m2 = m0, m3 = m0;
    for (long i = 0; i < TILE; i += 2) {
      m0 += LD(w + i); m1 += LD(w + TILE + i); m2 += LD(w + 2 * TILE + i); m3 += LD(w + 3 * TILE + i);
    }
    ST(p0, LD(p0) + m0); ST(p1, LD(p1) + m1); ST(p2, LD(p2) + m2); ST(p3, LD(p3) + m3);
  }
}

static void accumulate_mass(const double *W, double *sums, long K) {
  for (long k = 0; k < K; k += 4, W += 4 * TILE, sums += 8) {
    v a = LD(sums), b = LD(sums + 2), c = LD(sums + 4), e = LD(sums + 6);
    for (long i = 0; i < TILE; i += 2) {
      a += LD(W + i); b += LD(W + TILE + i); c += LD(W + 2 * TILE + i); e += LD(W + 3 * TILE + i);
    }
    ST(sums, a); ST(sums + 2, b); ST(sums + 4, c); ST(sums + 6, e);
  }
}

/* pairs[j][k] += sum of G[j] H[k] - Q[j] B[k], two by four clusters */
static void add_pairs(const double *G, const double *Q, const double *B, const double *H, double *pairs, long K) {
  for (long j = 0; j < K; j += 2)
    for (long k = 0; k < K; k += 4) {
      double *p0 = pairs + (j * K + k) * 2, *p1 = p0 + K * 2;
      v a00 = LD(p0), a01 = LD(p0 + 2), a02 = LD(p0 + 4), a03 = LD(p0 + 6);
      v a10 = LD(p1), a11 = LD(p1 + 2), a12 = LD(p1 + 4), a13 = LD(p1 + 6);
      const double *g = G + j * TILE, *q = Q + j * TILE, *b = B + k * TILE, *h = H + k * TILE;
      for (long i = 0; i < TILE; i += 2) {
        v g0 = LD(g + i), g1 = LD(g + i + TILE), q0 = LD(q + i), q1 = LD(q + i + TILE), y, x;
        y = LD(h + i); x = LD(b + i); a00 += g0 * y - q0 * x; a10 += g1 * y - q1 * x;
        y = LD(h + i + TILE); x = LD(b + i + TILE); a01 += g0 * y - q0 * x; a11 += g1 * y - q1 * x;
        y = LD(h + i + 2 * TILE); x = LD(b + i + 2 * TILE); a02 += g0 * y - q0 * x; a12 += g1 * y - q1 * x;
        y = LD(h + i + 3 * TILE); x = LD(b + i + 3 * TILE); a03 += g0 * y - q0 * x; a13 += g1 * y - q1 * x;
      }
      ST(p0, a00); ST(p0 + 2, a01); ST(p0 + 4, a02); ST(p0 + 6, a03);
      ST(p1, a10); ST(p1 + 2, a11); ST(p1 + 4, a12); ST(p1 + 6, a13);
    }
}

static long N, K, d, kind, padded, tiles;
static double beta, kappa, zeta, gamma_, temperature;
static double *X, *rho, *Y, *table, *tiled, *tiled_rho, *packed, *offsets, *count, *scratch, *lanes, *sums, *effective;
static double *affinity, *affinity_plain, *affinity_transposed, *gradient, *realized;
static long lane_count;

static double between(const double *a, const double *b) {
  double s = 0;
  for (long c = 0; c < d; c++) s += (a[c] - b[c]) * (a[c] - b[c]);
  return s;
}

static void pack(const double *M, long rows, long columns, double *out) {
  for (long r = 0; r < padded; r++)
    for (long c = 0; c < columns; c++) out[(r & ~3) * columns + c * 4 + (r & 3)] = r < rows ? M[r * columns + c] : 0;
}

static double scalar_exp(double x) { return vexp(splat(x))[0]; }

static void prepare(void) {
  for (long k = 0; k < padded; k++) offsets[k] = k < K ? 0 : NEVER;
  if (kind == 1) {
    for (long j = 0; j < K; j++) {
      double *y = effective + j * d, variance = 0;
      memset(y, 0, d * 8);
      for (long k = 0; k < K; k++) for (long c = 0; c < d; c++) y[c] += table[j * K + k] * Y[k * d + c];
      for (long k = 0; k < K; k++) variance += table[j * K + k] * between(Y + k * d, y);
      offsets[j] = variance;
    }
    pack(effective, K, d, packed);
    return;
  }
  pack(Y, K, d, packed);
  if (kind == 0) return;
  for (long j = 0; j < K; j++) {
    double nearest = INFINITY, *row = affinity_plain + j * K;
    for (long k = 0; k < K; k++) { row[k] = between(Y + j * d, Y + k * d); if (k != j && row[k] < nearest) nearest = row[k]; }
    for (long k = 0; k < K; k++) row[k] = k == j ? 0 : scalar_exp((-zeta / temperature) * (row[k] - nearest));
  }
  for (long j = 0; j < padded; j++)
    for (long k = 0; k < padded; k++) {
      double value = j < K && k < K ? affinity_plain[j * K + k] : 0;
      affinity[(j & ~3) * padded + k * 4 + (j & 3)] = value;
      affinity_transposed[(k & ~3) * padded + j * 4 + (k & 3)] = value;
    }
}

/* Scratch tiles as in entity.ts. */
#define S(n) (scratch + (n) * padded * TILE)
enum { PRICE, DISTANCE, AFFINITY, WEIGHTED, NORMALIZER, MEAN, PULL, PULL_MEAN, BACK, BACK_MEAN, REALIZED };

static void entity_tile(const double *x, const double *r) {
  long end = padded * TILE, active = K * TILE;
  double *D = S(DISTANCE), *B = S(AFFINITY), *H = S(WEIGHTED), *E = S(NORMALIZER), *M = S(MEAN), *P = S(PRICE);
  distances(x, packed, offsets, D, padded, d);
  v factor = splat(-gamma_ / temperature), kap = splat(kappa), obey = splat(1 - kappa);
  for (long i = 0; i < TILE; i += 4) {
    v m0 = LD(D + i), m1 = LD(D + i + 2);
    for (long q = TILE; q < end; q += TILE) { m0 = least(m0, LD(D + q + i)); m1 = least(m1, LD(D + q + i + 2)); }
    for (long q = i; q < end; q += TILE) {
      v x0 = LD(D + q), x1 = LD(D + q + 2), e0 = vexp(factor * (x0 - m0)), e1 = vexp(factor * (x1 - m1));
      ST(B + q, e0); ST(B + q + 2, e1);
      ST(H + q, e0 * x0); ST(H + q + 2, e1 * x1);
    }
  }
  multiply_two(B, H, affinity, E, M, padded);
  vi underflow = {0, 0};
  for (long q = 0; q < active; q += 2) {
    v e = LD(E + q), m = LD(M + q) / e;
    underflow |= (vi)(e < splat(1e-270));
    ST(M + q, m); ST(P + q, obey * LD(D + q) + kap * m);
  }
  if (underflow[0] | underflow[1]) { fprintf(stderr, "a far pair: not in this comparison\n"); exit(3); }
  for (long q = active; q < end; q += 2) ST(P + q, splat(NEVER));
  soften(P, r, count, K, padded, beta, lanes);
  double *rows = lanes + 6, *masses = rows + padded * (d + 1) * 2, *prescribed = masses + padded * 2, *pairs = prescribed + padded * 2;
  accumulate_mass(P, prescribed, padded);
  double *G = S(PULL), *Q = S(PULL_MEAN), *T = S(BACK), *U = S(BACK_MEAN), *R = S(REALIZED);
  vi far = {0, 0};
  for (long q = 0; q < active; q += 2) {
    v e = LD(E + q);
    vi near = (vi)(e > splat(0));
    far |= ~near;
    v g = (v)((vi)(kap * LD(P + q) / e) & near);
    ST(G + q, g); ST(Q + q, g * LD(M + q));
  }
  for (long q = active; q < end; q += 2) { ST(G + q, splat(0)); ST(Q + q, splat(0)); }
  multiply_two(G, Q, affinity_transposed, T, U, padded);
  for (long q = 0; q < end; q += 2) {
    v moved = LD(B + q) * LD(T + q);
    ST(R + q, obey * LD(P + q) + moved);
    ST(T + q, LD(B + q) * (LD(D + q) * LD(T + q) - LD(U + q)));
  }
  add_pairs(G, Q, B, H, pairs, padded);
  accumulate_mass(R, masses, padded);
  for (long q = 0; q < end; q += 2) ST(R + q, factor * LD(T + q) + LD(R + q));
  accumulate(R, x, rows, padded, d);
}

static double evaluate(void) {
  prepare();
  memset(sums, 0, lane_count * 8);
  for (long first = 0; first < tiles; first += BLOCK_TILES) {
    memset(lanes, 0, lane_count * 16);
    for (long t = first; t < tiles && t < first + BLOCK_TILES; t++) {
      const double *x = tiled + t * d * TILE, *r = tiled_rho + t * TILE;
      if (kind == 4) { entity_tile(x, r); continue; }
      distances(x, packed, offsets, scratch, padded, d);
      soften(scratch, r, count, K, padded, beta, lanes);
      accumulate(scratch, x, lanes + 6, padded, d);
    }
    for (long n = 0; n < lane_count; n++) sums[n] += sum2(LD(lanes + 2 * n));
  }
  double *rows = sums + 3;
  if (kind == 1) {
    memset(realized, 0, K * (d + 1) * 8);
    for (long j = 0; j < K; j++)
      for (long k = 0; k < K; k++)
        for (long c = 0; c <= d; c++) realized[k * (d + 1) + c] += table[j * K + k] * rows[j * (d + 1) + c];
    rows = realized;
  }
  for (long k = 0; k < K; k++)
    for (long c = 0; c < d; c++) gradient[k * d + c] = 2 * (rows[k * (d + 1) + d] * Y[k * d + c] - rows[k * (d + 1) + c]);
  if (kind == 4) {
    double *pairs = sums + 3 + padded * (d + 1) + 2 * padded;
    for (long j = 0; j < K; j++)
      for (long k = 0; k < K; k++) {
        double pull = 2 * (-zeta / temperature) * affinity_plain[j * K + k] * pairs[j * padded + k];
        for (long c = 0; c < d; c++) {
          double force = pull * (Y[k * d + c] - Y[j * d + c]);
          gradient[k * d + c] += force;
          gradient[j * d + c] -= force;
        }
      }
  }
  return sums[0] - sums[1] / beta;
}

static double *numbers(long n) {
  double *p = aligned_alloc(64, (n * 8 + 127) / 64 * 64);
  memset(p, 0, n * 8);
  return p;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static int read_problem(const char *path) {
  FILE *f = fopen(path, "rb");
  int64_t h[4];
  double p[5];
  if (!f || fread(h, 8, 4, f) != 4 || fread(p, 8, 5, f) != 5) return 0;
  N = h[0]; K = h[1]; d = h[2]; kind = h[3];
  beta = p[0]; kappa = p[1]; zeta = p[2]; gamma_ = p[3]; temperature = p[4];
  padded = (K + 3) & ~3L;
  tiles = (N + TILE - 1) / TILE;
  lane_count = 3 + padded * (d + 1) + 2 * padded + (kind == 4 ? padded * padded : 0);
  X = numbers(N * d); rho = numbers(N); Y = numbers(K * d); table = numbers(K * K);
  size_t read = fread(X, 8, N * d, f) + fread(rho, 8, N, f) + fread(Y, 8, K * d, f) + fread(table, 8, K * K, f);
  fclose(f);
  return read == (size_t)(N * d + N + K * d + K * K);
}

int main(int argc, char **argv) {
  if (argc < 2 || !read_problem(argv[1])) return 1;
  tiled = numbers(tiles * TILE * d); tiled_rho = numbers(tiles * TILE); packed = numbers(padded * d);
  offsets = numbers(padded); count = numbers(padded); scratch = numbers(11 * padded * TILE);
  lanes = numbers(lane_count * 2); sums = numbers(lane_count); effective = numbers(K * d);
  affinity = numbers(padded * padded); affinity_plain = numbers(K * K); affinity_transposed = numbers(padded * padded);
  gradient = numbers(K * d); realized = numbers(K * (d + 1));
  for (long k = 0; k < padded; k++) count[k] = 1;
  for (long i = 0; i < tiles * TILE; i++) {
    for (long c = 0; c < d; c++) tiled[(i / TILE * d + c) * TILE + i % TILE] = i < N ? X[i * d + c] : 0;
    tiled_rho[i] = i < N ? rho[i] : 0;
  }
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    if (line[0] == 'v') {
      printf("%.17g", evaluate());
      for (long n = 0; n < K * d; n++) printf(" %.17g", gradient[n]);
      printf("\n");
    } else {
      double budget = atof(line + 5), best = INFINITY, start = now();
      do {
        double from = now();
        evaluate();
        double spent = now() - from;
        if (spent < best) best = spent;
      } while (now() - start < budget);
      printf("%.9g\n", best);
    }
    fflush(stdout);
  }
  return 0;
}
