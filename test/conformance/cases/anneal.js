// Annealing under every autonomy, and what is asked about its results.
import { blobs, failures, numbers, sameBits, table } from "./inputs.js";

const small = blobs(257, 2, 21);
const wide = blobs(120, 7, 22);
/** Three blocks of 4,096 rows, the last one partly filled: the tree over blocks is in the bits. */
const large = blobs(9001, 3, 23);
const softmax = { kind: "softmax", kappa: 0.2, temperature: 0.7 };
const weights = numbers(257, 0.5, 2, 24);
const groups = Array.from({ length: 257 }, (_, row) => row % 3);
const threeTables = { kind: "groups", groups, probabilities: [table(3, 32), table(3, 33), table(3, 34)] };

export const anneal = {
  "anneal: none": ({ solver }) => solver.anneal(small, { clusters: 5, policy: true }),
  "anneal: table": ({ solver }) =>
    solver.anneal(small, { clusters: 4, autonomy: { kind: "table", probabilities: table(4, 31) }, seed: 3 }),
  "anneal: groups": ({ solver }) => solver.anneal(small, { clusters: 3, autonomy: threeTables }),
  "anneal: softmax": ({ solver }) => solver.anneal(small, { clusters: 5, autonomy: softmax, weights, policy: true }),
  "anneal: softmax, gamma > 0": ({ solver }) =>
    solver.anneal(wide, { clusters: 4, autonomy: { ...softmax, kappa: 0.5, gamma: 0.5, zeta: 2 } }),
  "anneal: high effort": ({ solver }) =>
    solver.anneal(small, { clusters: 6, autonomy: softmax, effort: "high", seed: 9 }),
  "anneal: geometric, fixed point": ({ solver }) =>
    solver.anneal(small, {
      clusters: 4,
      autonomy: softmax,
      ...{ schedule: "geometric", gradient: "fixedPoint", betaStart: 0.05, betaEnd: 50, betaGrowth: 1.5 },
    }),
  "anneal: three blocks": ({ solver }) => solver.anneal(large, { clusters: 5, autonomy: softmax }),
  "anneal: saved after each step, restored": ({ solver }) => {
    const options = { clusters: 5, autonomy: softmax, seed: 5 };
    let annealer = solver.annealer(small, options);
    let bytes = annealer.save();
    while (annealer.step() !== null) {
      bytes = annealer.save();
      annealer = solver.restoreAnnealer(small, bytes);
    }
    return [sameBits(annealer.result(), solver.anneal(small, options)), bytes];
  },
  "anneal: predict, distortion, comparison, critical beta": ({ solver }) => {
    const result = solver.anneal(small, { clusters: 5, autonomy: softmax });
    return [
      solver.predict(result, blobs(64, 2, 25)),
      solver.distortion(small, result.centers, softmax, { weights }),
      solver.compareIgnored(small, result),
      solver.criticalBeta(small, { clusters: 5, autonomy: softmax }),
    ];
  },
  "anneal: errors": ({ solver }) => {
    const refused = (points, options) => () => solver.anneal(points, options);
    return failures([
      refused([[1, 2], [3, Number.NaN]], { clusters: 1 }), // biome-ignore format: rows of a matrix
      refused([[1, 2], [3]], { clusters: 1 }),
      refused([], { clusters: 1 }),
      refused(small, { clusters: 0 }),
      refused(small, { clusters: 258 }),
      refused(small, { clusters: 2, weights: [1, 2] }),
      refused(small, { clusters: 2, autonomy: { ...softmax, kappa: 1.5 } }),
      refused(small, { clusters: 2, autonomy: { ...softmax, temperature: 0 } }),
      refused(small, { clusters: 2, autonomy: { kind: "table", probabilities: [1, 0, 0.5, 0.4] } }),
      refused(small, { clusters: 2, autonomy: threeTables }),
      refused(small, { clusters: 2, schedule: "geometric", betaStart: 2, betaEnd: 1 }),
      () => solver.restoreAnnealer(small, new Uint8Array(100)),
      () => solver.restoreAnnealer(wide, solver.annealer(small, { clusters: 2 }).save()),
    ]);
  },
  "createSolver: not a module": async ({ wayward }) => {
    const [{ name, code }] = await failures([() => wayward.createSolver({ wasm: new Uint8Array([1, 2, 3, 4]) })]);
    return { name, code }; // the sentence quotes the engine, and engines differ
  },
};
