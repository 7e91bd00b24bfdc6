// Shards in child processes: what one all-reduce over the line protocol costs, and 20 million points on two of them.
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { cpuTime, generator, heading, internals, median, OUT, short, table, verdict, wayward } from "./tools.mjs";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const SHARD = [process.execPath, CLI, "shard"];
const MILLION = 1_000_000;
const MEMORY_TARGET = 4;
const TIME_TARGET = 1.2;
/** Of one shard, to know how long a sweep takes; two shards run to the end. */
const ENOUGH_SWEEPS = 20;

export async function run(args) {
  const inner = await internals();
  console.log(`${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)} before the start`);
  await allReduce(inner);
  await big(inner, Number(args[0] ?? 20) * MILLION);
  await paper(inner);
}

/** Two blocks, one a shard: almost nothing but messages. */
async function allReduce(inner) {
  heading("One all-reduce over 2 child processes, a block each");
  const random = generator(1);
  const block = () => Buffer.from(Float64Array.from({ length: 2 * 4096 }, random).buffer).toString("base64");
  const rows = [];
  for (const [clusters, dimensions] of [
    [10, 2],
    [25, 2],
    [100, 2],
  ]) {
    const children = await inner.Children.start(
      SHARD,
      [1, 2].map(() => ({ inline: block(), dimensions })),
    );
    try {
      const { sweep, bytes } = await problemOf(inner, children, clusters);
      const times = [];
      for (let round = 0; round < 400; round++) times.push(await timeOf(sweep));
      const sorted = times.slice(100).sort((a, b) => a - b);
      const p95 = sorted[Math.floor(0.95 * sorted.length)];
      rows.push([clusters, dimensions, short(median(sorted)), short(p95), bytes.request, bytes.nodes]);
    } finally {
      children.close();
    }
  }
  table(["K", "d", "ms, median", "ms, p95", "bytes out", "bytes home, a node"], rows);
}

async function big(inner, count) {
  heading(`N = ${count.toLocaleString("en")}, d = 2, K = 10, no autonomy`);
  const file = `${OUT}big.f64`;
  writeRows(file, count);
  const size = statSync(file).size;
  try {
    const half = (count / 2) * 16;
    const source = (from, to) => ({ binary: file, type: "f64", dimensions: 2, bytes: [from, to] });
    const one = await measure(inner, [source(0, size)], ENOUGH_SWEEPS);
    const two = await measure(inner, [source(0, half), source(half, size)], Number.POSITIVE_INFINITY);
    if (one.first !== two.first) throw new Error("the first steps differ");
    table(
      ["shards", "s to load", "sweeps", "ms a sweep", "CPU ms a sweep", "GiB, all processes", "bytes read / file"],
      [one, two].map((m) => [
        m.shards,
        short(m.load),
        m.sweeps,
        short(m.sweep),
        short(m.cpu),
        short(m.memory),
        short(m.read / size),
      ]),
    );
    console.log(`2 shards under ${MEMORY_TARGET} GiB in all: ${verdict(two.memory < MEMORY_TARGET)}`);
    console.log(`the file is read once: ${verdict(two.read < 1.1 * size)}`);
    const share = two.sweep / (one.sweep / 2);
    console.log(
      `a sweep within ${TIME_TARGET} times half of one shard's: ${verdict(share <= TIME_TARGET)} (${short(share)})`,
    );
    console.log(`by CPU time, 2 free cores would give ${short(two.cpu / one.cpu)} times half`);
  } finally {
    rmSync(file, { force: true });
  }
}

function writeRows(file, count) {
  if (existsSync(file) && statSync(file).size === count * 16) return;
  const random = generator(7);
  const descriptor = openSync(file, "w");
  for (let row = 0; row < count; row += MILLION) {
    const data = new Float64Array(2 * Math.min(MILLION, count - row));
    for (let i = 0; i < data.length; i++) data[i] = random() + Math.floor(4 * random());
    writeSync(descriptor, new Uint8Array(data.buffer));
  }
  closeSync(descriptor);
}

async function measure(inner, sources, mostSweeps) {
  const started = performance.now();
  const children = await inner.Children.start(SHARD, sources);
  const load = (performance.now() - started) / 1000;
  try {
    const times = [];
    const { rows, dimensions } = children;
    const timed = async (request, merge) => {
      const start = performance.now();
      const nodes = await children.sweep(request, merge);
      times.push(performance.now() - start);
      return nodes;
    };
    const open = (problem) => children.open(problem);
    const sweeper = { rows, dimensions, open, sweep: timed, labels: async () => null, policy: async () => null };
    const solver = await wayward.createSolver();
    const before = cpuOf(children.pids);
    const steps = [];
    let sweeps = 0;
    for await (const step of solver.annealerAsync(sweeper, { clusters: 10 })) {
      steps.push(step);
      sweeps += step.sweeps;
      if (sweeps >= mostSweeps) break;
    }
    const cpu = (cpuOf(children.pids) - before) / times.length;
    const memory = [process.pid, ...children.pids].reduce((sum, pid) => sum + peakOf(pid), 0) / 1024 ** 2;
    const read = children.pids.reduce((sum, pid) => sum + readBy(pid), 0);
    const sweep = times.reduce((sum, time) => sum + time, 0) / times.length;
    return { shards: sources.length, load, first: steps[0].distortion, sweeps, sweep, cpu, memory, read };
  } finally {
    children.close();
  }
}

/** Most kibibytes that a process ever held. */
function peakOf(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}

/** Bytes that it read, from files and pipes. */
function readBy(pid) {
  return Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))[1]);
}

/** Milliseconds of CPU of these processes, in ticks of 10. */
function cpuOf(pids) {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return sum + 10 * (Number(fields[11]) + Number(fields[12]));
  }, 0);
}

async function timeOf(sweep) {
  const start = performance.now();
  await sweep();
  return performance.now() - start;
}

/** A driver for these shards. */
async function problemOf(inner, sweeper, clusters) {
  const remote = remoteOf(inner, sweeper, clusters);
  await sweeper.open(remote.shardProblem);
  return ready(inner, remote, clusters);
}

function remoteOf({ Core, Problem, Remote, module }, sweeper, clusters) {
  const { rows, dimensions } = sweeper;
  return new Remote(new Problem(new Core(module), { rows, dimensions }, null, clusters, { kind: "none" }), sweeper);
}

async function ready({ MODE }, remote, clusters) {
  const wait = (answer) => answer;
  await remote.run(remote.problem.scale(), wait);
  const draw = generator(3);
  const { dimensions } = remote.sweeper;
  remote.problem.setCenters(Float64Array.from({ length: clusters * dimensions }, () => draw() - 0.5));
  const work = function* () {
    return yield { mode: MODE.soft, beta: 20 };
  };
  const request = remote.request(MODE.soft, 20).length;
  const nodes = 8 * (2 + remote.problem.integer("sumsLength"));
  return { sweep: () => remote.run(work(), wait), bytes: { request, nodes } };
}

const MACHINES = 100;
/** Mean sweeps of whole runs without autonomy and with four kinds of it (the algorithm's own tables). */
const SWEEPS = [142, 532];

/** What a cluster would take, from what one core and one pair of processes take here. */
async function paper(inner) {
  heading(`On paper: K = 100, d = 16, ${MACHINES} machines of one core, from costs measured now`);
  const [clusters, dimensions, rows] = [100, 16, 40_960];
  const random = generator(4);
  const data = Float64Array.from({ length: rows * dimensions }, random);
  const { Core, Problem, checkPoints, module, MODE } = inner;
  const problem = new Problem(new Core(module), checkPoints({ data, dimensions }), null, clusters, { kind: "none" });
  problem.setCenters(Float64Array.from({ length: clusters * dimensions }, () => random() - 0.5));
  const sweeps = Array.from({ length: 10 }, () => cpuTime(() => problem.sweep(MODE.soft, 20)).milliseconds);
  const nanoseconds = (1e6 * Math.min(...sweeps)) / rows;
  const inline = Buffer.from(data.slice(0, 4096 * dimensions).buffer).toString("base64");
  const children = await inner.Children.start(SHARD, [{ inline, dimensions }]);
  let message;
  let bytes;
  try {
    const one = await problemOf(inner, children, clusters);
    bytes = one.bytes;
    const times = [];
    for (let round = 0; round < 200; round++) times.push(await timeOf(one.sweep));
    message = Math.max(median(times) - (4096 * nanoseconds) / 1e6, 0);
  } finally {
    children.close();
  }
  console.log(
    `a point ${short(nanoseconds)} ns of one core; a request and its answer ${short(message)} ms beyond its block`,
  );
  table(
    ["N", "GB a machine", "KB out", "KB home, all", "s a sweep", "ms for messages", `h, ${SWEEPS.join(" to ")} sweeps`],
    [1e9, 1e11].map((points) => {
      const share = points / MACHINES;
      const nodes = 2 * Math.ceil(Math.log2(share / 4096));
      const seconds = (share * nanoseconds) / 1e9;
      const messages = MACHINES * message; // one after the other, as if the driver did nothing else
      const hours = SWEEPS.map((count) => (count * (seconds + messages / 1000)) / 3600);
      return [
        points.toExponential(0),
        short((share * (dimensions + 1) * 8) / 1e9),
        short((MACHINES * bytes.request) / 1e3),
        short((MACHINES * nodes * bytes.nodes) / 1e3),
        short(seconds),
        short(messages),
        hours.map(short).join(" to "),
      ];
    }),
  );
  console.log("a shard addresses 4 GiB: a machine with more rows than that runs several, one a core");
}
