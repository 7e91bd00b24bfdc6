// Algorithm 1 of "Optimal Clustering with Bandit Feedback" written straight from the paper: k-means from Maximin
// seeds, the allocation by a log-barrier method and Z1, Z2 anew at every pull. The rival of bench/bandit.mjs.
// g++ -O3 -std=c++17 bandit.cpp -o bandit;  bandit instance pulls   ->  "pulls seconds"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

using Row = std::vector<double>;
using Labels = std::vector<int>;

struct Instance {
  int clusters, arms, dimensions;
  Labels labels;
  Row centers;
};

static double squared(const double* a, const double* b, int d) {
  double sum = 0;
  for (int q = 0; q < d; q++) sum += (a[q] - b[q]) * (a[q] - b[q]);
  return sum;
}

// Algorithm 2: farthest-first seeds, then Lloyd with weights until no label changes.
static void kmeans(int K, int d, const Row& means, const Row& counts, Labels& labels, Row& centers) {
  const int M = counts.size();
  centers.assign(K * d, 0);
  Row reach(M, 1e300);
  int seed = 0;
  for (int k = 0; k < K; k++) {
    for (int q = 0; q < d; q++) centers[k * d + q] = means[seed * d + q];
    int next = 0;
    for (int m = 0; m < M; m++) {
      reach[m] = std::min(reach[m], squared(&means[m * d], &centers[k * d], d));
      if (reach[m] > reach[next]) next = m;
    }
    seed = next;
  }
  labels.assign(M, -1);
  Labels fresh(M);
  for (;;) {
    for (int m = 0; m < M; m++) {
      double least = 1e300;
      for (int k = 0; k < K; k++) {
        const double distance = squared(&means[m * d], &centers[k * d], d);
        if (distance < least) least = distance, fresh[m] = k;
      }
    }
    if (fresh == labels) return;
    labels = fresh;
    Row mass(K, 0), sums(K * d, 0);
    for (int m = 0; m < M; m++) {
      mass[labels[m]] += counts[m];
      for (int q = 0; q < d; q++) sums[labels[m] * d + q] += counts[m] * means[m * d + q];
    }
    for (int k = 0; k < K; k++)
      for (int q = 0; q < d && mass[k] > 0; q++) centers[k * d + q] = sums[k * d + q] / mass[k];
  }
}

// w* of proposition 4.5: minimize sum 1/u_k subject to n_k u_k + u_j <= ||mu_k - mu_j||^2, by a log barrier.
static void allocate(int K, int d, const Labels& labels, const Row& centers, Row& weights, Row& sizes) {
  sizes.assign(K, 0);
  for (int label : labels) sizes[label]++;
  std::vector<int> first, second;
  Row bound;
  double most = 0;
  for (int k = 0; k < K; k++)
    for (int j = 0; j < K; j++)
      if (j != k) {
        first.push_back(k), second.push_back(j);
        bound.push_back(squared(&centers[k * d], &centers[j * d], d));
        most = std::max(most, bound.back());
      }
  const int P = bound.size();
  for (double& b : bound) b /= most;
  double start = 1e300;
  for (int r = 0; r < P; r++) start = std::min(start, bound[r] / (sizes[first[r]] + 1));
  Row u(K, 0.5 * start), slack(P), gradient(K), H(K * K), step(K), moved(K), change(P);
  auto objective = [&](const Row& x) {
    double sum = 0;
    for (double y : x) sum += 1 / y;
    return sum;
  };
  for (double t = P / objective(u);; t *= 30) {
    for (int iteration = 0; iteration < 60; iteration++) {
      std::fill(H.begin(), H.end(), 0.);
      for (int k = 0; k < K; k++) gradient[k] = -t / (u[k] * u[k]), H[k * K + k] = 2 * t / (u[k] * u[k] * u[k]);
      double from = t * objective(u);
      for (int r = 0; r < P; r++) {
        const int k = first[r], j = second[r];
        slack[r] = bound[r] - sizes[k] * u[k] - u[j];
        from -= std::log(slack[r]);
        const double inverse = 1 / slack[r], square = inverse * inverse;
        gradient[k] += sizes[k] * inverse, gradient[j] += inverse;
        H[k * K + k] += sizes[k] * sizes[k] * square, H[j * K + j] += square;
        H[k * K + j] += sizes[k] * square, H[j * K + k] += sizes[k] * square;
      }
      for (int i = 0; i < K; i++)
        for (int j = 0; j <= i; j++) {
          double x = H[i * K + j];
          for (int q = 0; q < j; q++) x -= H[i * K + q] * H[j * K + q];
          H[i * K + j] = i == j ? std::sqrt(std::max(x, 1e-300)) : x / H[j * K + j];
        }
      for (int i = 0; i < K; i++) {
        double x = -gradient[i];
        for (int q = 0; q < i; q++) x -= H[i * K + q] * step[q];
        step[i] = x / H[i * K + i];
      }
      for (int i = K - 1; i >= 0; i--) {
        double x = step[i];
        for (int q = i + 1; q < K; q++) x -= H[q * K + i] * step[q];
        step[i] = x / H[i * K + i];
      }
      double decrement = 0;
      for (int k = 0; k < K; k++) decrement -= gradient[k] * step[k];
      if (decrement < 1e-9) break;
      for (int r = 0; r < P; r++) change[r] = sizes[first[r]] * step[first[r]] + step[second[r]];
      bool accepted = false;
      for (double length = 1; length >= 1e-12 && !accepted; length /= 2) {
        bool inside = true;
        for (int k = 0; k < K; k++) inside &= (moved[k] = u[k] + length * step[k]) > 0;
        double to = 0;
        for (int r = 0; r < P && inside; r++) {
          const double left = slack[r] - length * change[r];
          if (left <= 0) inside = false;
          else to -= std::log(left);
        }
        accepted = inside && to + t * objective(moved) <= from - 0.2 * length * decrement;
      }
      if (!accepted) break;
      u = moved;
    }
    if (P / t < 1e-11 * objective(u)) break;
  }
  const double value = objective(u);
  weights.resize(K);
  for (int k = 0; k < K; k++) weights[k] = 1 / (u[k] * value);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  Instance in;
  FILE* file = std::fopen(argv[1], "r");
  if (!file || std::fscanf(file, "%d %d %d", &in.clusters, &in.arms, &in.dimensions) != 3) return 2;
  in.labels.resize(in.arms);
  in.centers.resize(in.clusters * in.dimensions);
  for (int& label : in.labels)
    if (std::fscanf(file, "%d", &label) != 1) return 2;
  for (double& x : in.centers)
    if (std::fscanf(file, "%lf", &x) != 1) return 2;
  std::fclose(file);
  const int K = in.clusters, M = in.arms, d = in.dimensions;
  const long most = std::atol(argv[2]);
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  Row counts(M, 0), sums(M * d, 0), means(M * d), centers, weights, sizes;
  Labels labels;
  auto pull = [&](int m) {
    counts[m] += 1;
    for (int q = 0; q < d; q++) {
      sums[m * d + q] += in.centers[in.labels[m] * d + q] + normal(random);
      means[m * d + q] = sums[m * d + q] / counts[m];
    }
  };
  for (int m = 0; m < M; m++) pull(m);
  double statistic = 0;
  const std::clock_t begin = std::clock();
  for (long t = M; t < M + most; t++) {
    int least = 0;
    for (int m = 1; m < M; m++)
      if (counts[m] < counts[least]) least = m;
    int arm = least;
    if (counts[least] > std::max(std::sqrt((double)t) - M / 2., 0.)) {
      kmeans(K, d, means, counts, labels, centers);
      allocate(K, d, labels, centers, weights, sizes);
      double lack = -1e300;
      for (int m = 0; m < M; m++) {
        const double missing = t * weights[labels[m]] / sizes[labels[m]] - counts[m];
        if (missing > lack) lack = missing, arm = m;
      }
    }
    pull(arm);
    double z1 = 0, z2 = 1e300, threshold = 0;
    Row whole(K, 0), smallest(K, 1e300);
    for (int m = 0; m < M; m++) {
      z1 += counts[m] * squared(&means[m * d], &centers[labels[m] * d], d);
      whole[labels[m]] += counts[m];
      smallest[labels[m]] = std::min(smallest[labels[m]], counts[m]);
      threshold += 2 * d * std::log(4 + std::log(counts[m]));
    }
    for (int k = 0; k < K; k++)
      for (int j = 0; j < K; j++)
        if (j != k)
          z2 = std::min(z2, smallest[k] * whole[j] / (smallest[k] + whole[j]) * squared(&centers[k * d], &centers[j * d], d));
    statistic += std::max(0., std::sqrt(z2) - std::sqrt(z1)) / threshold;
  }
  const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%ld %.6f %.3f\n", most, seconds, statistic);
}
