// The bandit under every allocation and rule, with pulls from integer arithmetic.
import { bells, blobs, failures, numbers, sameBits } from "./inputs.js";

const instance = {
  labels: [0, 1, 2, 0, 1, 0, 2],
  centers: [[0, 0, 1], [2.5, 0.5, 0], [0.5, 3, -1]], // biome-ignore format: rows of a matrix
};
const shape = { arms: 7, dimensions: 3, clusters: 3, delta: 0.05 };

/** A world that answers the n-th pull of an arm always alike. */
function world(seed) {
  const noise = bells(30_000, seed);
  let drawn = 0;
  return ({ arms }) =>
    arms.map((arm) => instance.centers[instance.labels[arm]].map((mean) => mean + noise[drawn++ % noise.length]));
}

/** Runs a bandit to its end; `between` may exchange it after every tell. */
function run(bandit, seed, between = (same) => same) {
  const pull = world(seed);
  for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
    bandit.tell(ask.round, pull(ask));
    bandit = between(bandit);
  }
  return bandit.status();
}

/** Every pair of allocation and rule that there is. */
const PAIRS = [
  ["representatives", "pairwise"],
  ...["tracking", "lazy", "uniform", "oracle"].flatMap((allocation) =>
    ["pairwise", "exact", "heuristic", "either"].map((stopping) => [allocation, stopping]),
  ),
];

export const bandit = {
  "bandit: every allocation and rule": ({ solver }) =>
    PAIRS.map(([allocation, stopping], index) =>
      run(solver.bandit({ ...shape, allocation, stopping, instance, maxPulls: 3000 }), 40 + index),
    ),
  "bandit: batches, covariance": ({ solver }) => {
    const covariance = [[0.5, 0.1, 0], [0.1, 0.4, 0.05], [0, 0.05, 0.6]]; // biome-ignore format: rows of a matrix
    return run(solver.bandit({ ...shape, batch: 16, covariance, seed: 3 }), 60);
  },
  "bandit: saved after each tell, restored": ({ solver }) =>
    ["representatives", "tracking", "lazy"].map((allocation) => {
      let bytes = null;
      const saved = run(solver.bandit({ ...shape, allocation }), 61, (bandit) => {
        bytes = bandit.save();
        return solver.restoreBandit(bytes);
      });
      return [sameBits(saved, run(solver.bandit({ ...shape, allocation }), 61)), bytes];
    }),
  "bandit: one cluster, one arm a cluster": ({ solver }) =>
    [1, 7].map((clusters) => run(solver.bandit({ ...shape, clusters }), 62)),
  "bandit: simulated trials": ({ solver }) => [
    ...solver.simulateBandit({ instance, deltas: [0.1, 1e-4], trials: 3, seed: 8 }),
    ...solver.simulateBandit({
      ...{ instance, deltas: [0.1, 1e-4], trials: 2, seed: 9, allocation: "tracking" },
      stopping: ["pairwise", "exact", "heuristic", "either", "printed"],
      maxPulls: 20_000,
    }),
  ],
  "bandit: hardness, lower bound, separation, k-means": ({ solver }) => {
    const { hardness, ...shares } = solver.hardness(instance);
    const weights = numbers(7, 0.5, 2, 63);
    return [
      { hardness, ...shares },
      solver.lowerBound(hardness, 0.01),
      solver.separation({ ...instance, weights }),
      solver.separation({ ...instance, weights, asPrinted: true }),
      solver.kmeans(blobs(200, 3, 64), { clusters: 6, first: 4, weights: numbers(200, 0.1, 3, 65) }),
    ];
  },
  "bandit: errors": ({ solver }) => {
    const refused = (options) => () => solver.bandit({ ...shape, ...options });
    const tell = (round, observations) => () => {
      const bandit = solver.bandit(shape);
      bandit.ask();
      bandit.tell(round, observations);
    };
    const bytes = solver.bandit(shape).save();
    return failures([
      refused({ arms: 0 }),
      refused({ clusters: 8 }),
      refused({ delta: 1 }),
      refused({ allocation: "greedy" }),
      refused({ stopping: "exact" }),
      refused({ allocation: "oracle", stopping: "exact" }),
      refused({ maxPulls: 3 }),
      refused({ covariance: [[1, 2, 0], [2, 1, 0], [0, 0, 1]] }), // biome-ignore format: rows of a matrix
      tell(1, [[1, 2, 3]]),
      tell(0, [[1, 2]]),
      tell(0, [[1, Number.POSITIVE_INFINITY, 2]]),
      () => solver.bandit(shape).tell(0, [[1, 2, 3]]),
      () => solver.restoreBandit(bytes.slice(0, -8)),
      () => solver.restoreBandit(solver.annealer(blobs(20, 2, 66), { clusters: 2 }).save()),
      () => solver.hardness({ labels: [0, 0, 2], centers: instance.centers }),
      () => [...solver.simulateBandit({ instance, deltas: [] })],
    ]);
  },
};
