// The one case of wayward/aden: a small problem, learned to its end. Rounding differs between ONNX runtimes and between
// processors, so its results are compared to a tolerance, not by their bits.

const points = Array.from({ length: 40 }, (_, i) => [3 * Math.sin(i), 2 * Math.cos(i * i)]);
const network = { dimensions: 2, layers: 1, hidden: 16, feedForward: 16, heads: 2 };
const size = { sets: 4, freshSets: 4, rows: 4, centerRows: 8 };
const recipe = { warmup: 3, rounds: 6, extensions: 0, check: 1, polish: 4, ...size };

/** Every fifth realization goes to the next cluster. */
const world = ({ entities, prescribed, realizations }) => ({
  realized: Array.from(
    { length: entities.length * realizations },
    (_, index) => (prescribed[Math.floor(index / realizations)] + (index % 5 === 0 ? 1 : 0)) % 3,
  ),
});

/**
 * Learns the problem in this runtime.
 *
 * @param options those of `createAden` that differ: `head`, `executionProviders`, `ort`
 * @param beforeRound called with each round's number and awaited, before the world answers
 * @returns plain data: centers, distances, where it ran, and the network itself in base64
 */
export async function learnSmallProblem({ createSolver }, { createAden, createAdenForward }, options, beforeRound) {
  const solver = await createSolver();
  const aden = await createAden({ solver, ...network, ...options });
  const { centers, provider, fallback } = await aden.learner(points, { clusters: 3, recipe }).run(async (ask) => {
    await beforeRound?.(ask.round);
    return world(ask);
  });
  const distances = Array.from(await aden.distances(points, centers));
  const weights = await aden.save();
  const inCore = Array.from(createAdenForward({ solver, weights }).distances(points, centers));
  await aden.dispose();
  return { centers, distances, inCore, provider, fallback, weights: toBase64(weights) };
}

/** The same distances without an ONNX runtime, from a network that was learned elsewhere. */
export async function distancesInCore({ createSolver }, { createAdenForward }, { weights, centers }) {
  const network = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
  const forward = createAdenForward({ solver: await createSolver(), weights: network });
  return Array.from(forward.distances(points, centers));
}

function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
