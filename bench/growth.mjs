// Time and memory of a sweep as the points grow to 5 million, and what happens past 4 GiB.
import { cpuTime, generator, heading, interleave, internals, short, table, verdict } from "./tools.mjs";

const SIZES = [50_000, 500_000, 5_000_000];
const CLUSTERS = 10;
const ROUNDS = 6;
const MEMORY_TARGET = 3;
/** Linear: a point costs at most this many times what it costs in the smallest problem. */
const LINEAR = 1.5;
const PAST_LIMIT = 250_000_000;

export async function run() {
  heading("Growth: one sweep, d = 2, K = 10, no autonomy");
  const { Core, Problem, MODE, module } = await internals();
  const random = generator(5);
  const all = Float64Array.from({ length: 2 * SIZES.at(-1) }, random);
  const centers = Float64Array.from({ length: 2 * CLUSTERS }, random);
  const problems = SIZES.map((rows) => {
    const points = { data: all.subarray(0, 2 * rows), rows, dimensions: 2 };
    const problem = new Problem(new Core(module), points, null, CLUSTERS, { kind: "none" });
    problem.setCenters(problem.scaled(centers));
    return problem;
  });
  // As many points a turn for all sizes, in CPU time, so that a busy machine is busy for all alike.
  const rivals = problems.map((problem, index) => ({
    time: () => cpuOfSweeps(problem, MODE.soft, SIZES.at(-1) / SIZES[index]),
  }));
  const times = await interleave(rivals, ROUNDS, 0);
  const perPoint = times.map((time, index) => (1e6 * time) / SIZES[index]);
  const memory = problems.map((problem, index) => problem.core.bytes / (16 * SIZES[index]));
  table(
    ["points", "ms a sweep", "ns a point", "wasm memory / points"],
    SIZES.map((rows, index) => [rows, short(times[index]), short(perPoint[index]), short(memory[index])]),
  );
  console.log(
    `linear to 5 million points, within ${LINEAR} times: ${verdict(perPoint.at(-1) <= LINEAR * perPoint[0])}`,
  );
  console.log(
    `memory at 5 million points under ${MEMORY_TARGET} times theirs: ${verdict(memory.at(-1) < MEMORY_TARGET)}`,
  );
  const message = refusal(() => {
    const tooMany = { data: new Float64Array(0), rows: PAST_LIMIT, dimensions: 2 };
    new Problem(new Core(module), tooMany, null, CLUSTERS, { kind: "none" });
  });
  console.log(`${PAST_LIMIT / 1e6} million points: ${message}: ${verdict(message.startsWith("memory: "))}`);
}

function cpuOfSweeps(problem, mode, count) {
  const { milliseconds } = cpuTime(() => {
    for (let sweep = 0; sweep < count; sweep++) problem.sweep(mode, 20);
  });
  return milliseconds / count;
}

function refusal(call) {
  try {
    call();
    return "accepted";
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}
