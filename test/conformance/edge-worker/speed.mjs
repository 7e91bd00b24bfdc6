// Times and CPU of a request; printed, not asserted, but for the free plan's limit, which holds with a wide margin.
import { ok } from "./client.mjs";

const FREE_PLAN_MS = 10;
const ARMS = { arms: 1000, dimensions: 4, clusters: 10, delta: 0.01 };
const ROUNDS = 1500;
const REPEATS = 60;

export const checks = {
  [`ask + tell of ${ARMS.arms} arms: at most ${FREE_PLAN_MS} ms of CPU a request`]: async ({ service }) => {
    const { id } = await ok(service, "POST", "/bandits", ARMS);
    const times = [];
    const cpu = await cpuOf(service, 2 * ROUNDS, async () => {
      for (let turn = 0; turn < ROUNDS; turn++) {
        const start = performance.now();
        const { round, arms } = await ok(service, "GET", `/bandits/${id}/ask`);
        await ok(service, "POST", `/bandits/${id}/tell`, {
          round,
          observations: arms.map((arm) => observe(arm, round)),
        });
        times.push(performance.now() - start);
      }
    });
    times.sort((a, b) => a - b);
    const [p50, p99] = [0.5, 0.99].map((share) => times[Math.floor(share * times.length)].toFixed(1));
    console.log(`  edge-worker: ask + tell, M = ${ARMS.arms}: p50 ${p50} ms, p99 ${p99} ms, ${told(cpu)} a request`);
    if (cpu !== null && cpu > FREE_PLAN_MS) throw new Error(`${cpu} ms, expected at most ${FREE_PLAN_MS}`);
  },

  "the CPU of the largest requests": async ({ service, weights }) => {
    const rows = (count, columns) =>
      Array.from({ length: count }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(i * 12.9 + j * 78.2)));
    const { id } = await ok(service, "POST", "/networks", weights);
    const softmax = { kind: "softmax", kappa: 0.2, temperature: 0.1 };
    const groups = (count, clusters) => ({
      kind: "groups",
      groups: Array.from({ length: count }, (_, i) => i % 4),
      probabilities: Array.from({ length: 4 * clusters ** 2 }, (_, i) =>
        (i % clusters ** 2) % (clusters + 1) === 0 ? 0.7 : 0.3 / (clusters - 1),
      ),
    });
    const rest = (points, clusters, autonomy = softmax) => ({ points: rows(points, 2), clusters, autonomy });
    for (const [what, path, body] of [
      ["anneal, 375 x 2 points, K = 4, softmax", "/anneal", rest(375, 4)],
      ["anneal, 187 x 2 points, K = 8, softmax", "/anneal", rest(187, 8)],
      ["anneal, 187 x 2 points, K = 8, 4 tables", "/anneal", rest(187, 8, groups(187, 8))],
      ["assign, 1,000 x 2 points, K = 4", `/networks/${id}/assign`, { points: rows(1000, 2), centers: rows(4, 2) }],
    ]) {
      await ok(service, "POST", path, body);
      const cpu = await cpuOf(service, REPEATS, async () => {
        for (let repeat = 0; repeat < REPEATS; repeat++) await ok(service, "POST", path, body);
      });
      console.log(`  edge-worker: ${what}: ${told(cpu)}`);
    }
  },
};

/** CPU milliseconds of the workerd process, all threads, a request; null where it cannot be read. */
async function cpuOf(service, requests, work) {
  const before = service.cpuMilliseconds();
  await work();
  return before === null ? null : (service.cpuMilliseconds() - before) / requests;
}

function told(cpu) {
  return cpu === null ? "CPU unknown on this platform" : `${cpu.toFixed(2)} ms of CPU`;
}

function observe(arm, round) {
  const center = arm % ARMS.clusters;
  return Array.from(
    { length: ARMS.dimensions },
    (_, j) => 3 * Math.sin(center * 7 + j * 3) + Math.sin(round * 91 + j * 17),
  );
}
