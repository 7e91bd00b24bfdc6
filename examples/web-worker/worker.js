// Anneals what it is sent, and reports every step; results are plain data, so they can be posted as they are.
// A worker has no import map: without a bundler it names the file.
import { createSolver } from "../node_modules/wayward/dist/index.js";

addEventListener("message", async ({ data: { points, options } }) => {
  try {
    const solver = await createSolver();
    const annealer = solver.annealer(points, options);
    for (const { beta, distortion } of annealer) postMessage({ step: { beta, distortion } });
    postMessage({ result: annealer.result() });
  } catch (error) {
    postMessage({ error: error.message }); // a WaywardError says what is wrong with the input
  }
});
