// What aden.exportOnnx writes, in another ONNX runtime: onnxruntime-node loads it and says what onnxruntime-web says.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const TOLERANCE = 1e-5;

/** The runtime, or why it is not there. */
function load() {
  try {
    return { ort: require("onnxruntime-node") };
  } catch (error) {
    return { missing: `no onnxruntime-node (${error.code}): npm run conformance -- --install` };
  }
}

export const suite = {
  name: "ADEN exported",
  skip: () => load().missing ?? null,
  run: async () => {
    const { createSolver } = await import("../../../dist/index.js");
    const { createAden } = await import("../../../dist/aden.js");
    const solver = await createSolver();
    const outcomes = {};
    for (const head of ["transition", "residual"]) {
      const aden = await createAden({ solver, dimensions: 3, head, layers: 2, hidden: 16, feedForward: 24, heads: 2 });
      outcomes[`${head} head: distances as onnxruntime-web has them`] = await compare(aden, load().ort);
      await aden.dispose();
    }
    return outcomes;
  },
};

/** Null, or how far the two are apart. */
async function compare(aden, ort) {
  const points = Array.from({ length: 50 }, (_, i) => [40 * Math.sin(i), 5 + 20 * Math.cos(i * i), i % 7]);
  const recipe = { warmup: 3, rounds: 6, extensions: 0, check: 1, polish: 4, centerRows: 16 };
  const obedient = ({ prescribed, realizations }) => ({
    realized: Array.from(prescribed).flatMap((k) => Array(realizations).fill(k)),
  });
  const { centers } = await aden.learner(points, { clusters: 4, recipe }).run(obedient);
  const expected = await aden.distances(points, centers);
  const session = await ort.InferenceSession.create(await aden.exportOnnx({ rows: 50, clusters: 4 }));
  const tensor = (rows) => new ort.Tensor("float32", Float32Array.from(rows.flat()), [1, rows.length, 3]);
  const { distances } = await session.run({ points: tensor(points), centers: tensor(centers) });
  await session.release();
  const largest = Math.max(...expected);
  const apart = Math.max(...expected.map((value, index) => Math.abs(value - distances.data[index]) / largest));
  return apart <= TOLERANCE ? null : `apart by ${apart} of the largest distance`;
}
