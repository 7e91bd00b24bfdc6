// A sweep on worker threads against the same sweep on one, a million points; and what the messages cost.
import { availableParallelism, loadavg } from "node:os";
import { generator, heading, interleave, internals, median, short, table, verdict } from "./tools.mjs";

const ROWS = 1_000_000;
const [CLUSTERS, DIMENSIONS, THREADS] = [16, 8, 2];
const TARGET = 1.7;
const ROUNDS = 8;

export async function run() {
  heading(`Threads: N = ${ROWS.toLocaleString("en")}, K = ${CLUSTERS}, d = ${DIMENSIONS}, no autonomy`);
  const load = loadavg()[0];
  console.log(`${availableParallelism()} cores, load ${load.toFixed(1)} before the start`);
  const { hireThreads, here, close, problemOf, same } = await setup();
  const one = await hireThreads(1);
  const two = await hireThreads(THREADS);
  const rivals = [await problemOf(here), await problemOf(one), await problemOf(two)];
  await same(rivals);
  const times = await interleave(
    rivals.map(({ sweep }) => ({ time: () => timeOf(sweep) })),
    ROUNDS,
    0,
  );
  const names = ["this thread", "1 worker", `${THREADS} workers`];
  const cpu = [];
  for (const { sweep } of rivals) cpu.push(await cpuOf(sweep));
  table(
    ["sweep on", "ms, least", "times as fast", "CPU ms, all threads"],
    times.map((time, index) => [names[index], short(time), short(times[0] / time), short(cpu[index])]),
  );
  console.log(`by CPU time, ${THREADS} free cores would give ${short((THREADS * cpu[0]) / cpu[2])} times`);
  const ratio = times[0] / times[2];
  console.log(`${THREADS} workers at least ${TARGET} times as fast: ${verdict(ratio >= TARGET)} (${short(ratio)})`);
  await messages(hireThreads, problemOf);
  close();
}

/** A sweep over one block a thread is almost all messages. */
async function messages(hireThreads, problemOf) {
  const tiny = { data: new Float64Array(2 * 4096 * 2).map((_, i) => i % 97), dimensions: 2 };
  const { sweep } = await problemOf(await hireThreads(THREADS, tiny), tiny);
  const times = [];
  for (let round = 0; round < 300; round++) times.push(await timeOf(sweep));
  const sorted = times.slice(100).sort((a, b) => a - b);
  console.log(
    `one all-reduce over ${THREADS} threads, K = ${CLUSTERS}, d = 2, a block each: median ${short(median(sorted))} ms, p95 ${short(sorted[Math.floor(0.95 * sorted.length)])} ms`,
  );
}

/** Least CPU time of a sweep, all threads: tells more than the clock where others use the cores too. */
async function cpuOf(sweep) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    await sweep();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

async function timeOf(sweep) {
  const start = performance.now();
  await sweep();
  return performance.now() - start;
}

async function setup() {
  const inner = await internals();
  const { Core, Problem, Remote, checkPoints, sweepHere, module, MODE } = inner;
  const pool = await import("../dist/threads.js");
  const random = generator(8);
  const points = { data: Float64Array.from({ length: ROWS * DIMENSIONS }, random), dimensions: DIMENSIONS };
  const crews = [];
  const input = (given) => ({ points: checkPoints(given), weights: null, groups: null, blockRows: 4096 });
  const hireThreads = async (count, given = points) => {
    const crew = await pool.hireThreads(module, input(given), count);
    crews.push(crew);
    return crew;
  };
  const problemOf = async ({ sweeper }) => {
    const { rows, dimensions } = sweeper;
    const problem = new Problem(new Core(module), { rows, dimensions }, null, CLUSTERS, { kind: "none" });
    const remote = new Remote(problem, sweeper);
    await sweeper.open(remote.shardProblem);
    const wait = (answer) => answer;
    await remote.run(problem.scale(), wait);
    const draw = generator(3);
    problem.setCenters(Float64Array.from({ length: CLUSTERS * dimensions }, () => draw() - 0.5));
    const work = function* () {
      return yield { mode: MODE.soft, beta: 20 };
    };
    return { problem, sweep: () => remote.run(work(), wait) };
  };
  const same = async (rivals) => {
    const values = await Promise.all(rivals.map(({ sweep }) => sweep()));
    if (new Set(values).size > 1) throw new Error(`the values differ: ${values.join(", ")}`);
  };
  const close = () => {
    for (const crew of crews) crew.close();
  };
  return { hireThreads, here: sweepHere(() => new Core(module), input(points), null), close, problemOf, same };
}
