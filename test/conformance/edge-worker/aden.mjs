// Weights trained elsewhere serve assignments in workerd: the distances of onnxruntime-web, and its labels.
import { ok } from "./client.mjs";

const TOLERANCE = 1e-5;
const TINY = { warmup: 3, rounds: 12, check: 1, polish: 2, sets: 4, freshSets: 4, rows: 8, centerRows: 16 };

/** Trains for a moment in Node. @returns what onnxruntime-web says, and the bytes of `aden.save()` */
export async function train({ wayward, wayAden, ort }, head) {
  const solver = await wayward.createSolver();
  const small = { layers: head === "residual" ? 2 : 1, hidden: 32, feedForward: 32, heads: 4 };
  const aden = await wayAden.createAden({ solver, ort, dimensions: 2, head, executionProviders: ["wasm"], ...small });
  const points = Array.from({ length: 60 }, (_, i) => [5 + 3 * Math.sin(i), 2 * Math.cos(i * i)]);
  const centers = [
    [4, 1],
    [7, -1],
    [5, 0.5],
  ];
  const learner = aden.learner(points, { clusters: centers.length, recipe: TINY });
  // Every third realization goes to the next cluster.
  await learner.run(({ entities, prescribed, realizations }) => ({
    realized: Array.from({ length: entities.length * realizations }, (_, index) => {
      return (prescribed[Math.floor(index / realizations)] + (index % 3 === 0 ? 1 : 0)) % centers.length;
    }),
  }));
  const expected = await aden.distances(points, centers);
  const weights = await aden.save();
  await aden.dispose();
  return { points, centers, expected, weights };
}

const check = async (context, head) => {
  const { points, centers, expected, weights } = await train(context, head);
  const { id, ...architecture } = await ok(context.service, "POST", "/networks", weights);
  if (architecture.head !== head) throw new Error(`head is ${architecture.head}, expected ${head}`);
  const { labels, distances } = await ok(context.service, "POST", `/networks/${id}/assign`, { points, centers });
  const flat = distances.flat();
  if (flat.length !== expected.length) throw new Error(`${flat.length} distances, expected ${expected.length}`);
  const apart = Math.max(...flat.map((value, index) => Math.abs(value - expected[index]) / (1 + expected[index])));
  const plain = Math.max(...points.map(([x, y], i) => Math.abs((x - 4) ** 2 + (y - 1) ** 2 - expected[3 * i])));
  console.log(`  edge-worker: ADEN, ${head} head: at most ${apart.toExponential(1)} from onnxruntime-web`);
  if (!(apart <= TOLERANCE)) throw new Error(`distances are apart by ${apart}, expected at most ${TOLERANCE}`);
  if (!(plain > 0.01)) throw new Error("the network learned nothing: the comparison would mean nothing");
  labels.forEach((label, row) => {
    const own = Array.from(expected.subarray(row * centers.length, (row + 1) * centers.length));
    const regret = own[label] - Math.min(...own);
    if (!(regret <= 2 * TOLERANCE * (1 + own[label]))) throw new Error(`point ${row}: label ${label} costs ${regret}`);
  });
};

export const checks = {
  "ADEN's transition head: the answers of onnxruntime-web to 1e-5": (context) => check(context, "transition"),
  "ADEN's residual head: the answers of onnxruntime-web to 1e-5": (context) => check(context, "residual"),
};
