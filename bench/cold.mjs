// Cold start: a fresh Node, import, first result on 100 points; beyond a Node that does nothing.
import { spawnSync } from "node:child_process";
import { heading, median, short, table, verdict } from "./tools.mjs";

const RUNS = 20;
const TARGET = 30;
const ENTRY = new URL("../dist/index.js", import.meta.url).href;

const PROGRAM = `
  const start = performance.now();
  const { createSolver } = await import(${JSON.stringify(ENTRY)});
  const points = Array.from({ length: 100 }, (_, i) => [Math.sin(i) + (i % 3) * 4, Math.cos(3 * i)]);
  const solver = await createSolver();
  const result = solver.anneal(points, { clusters: 3, autonomy: { kind: "softmax", kappa: 0.1, temperature: 1 } });
  if (!(result.distortion > 0)) throw new Error("no result");
  console.log(performance.now() - start, process.cpuUsage().user + process.cpuUsage().system);
`;
const NOTHING = "console.log(0, process.cpuUsage().user + process.cpuUsage().system)";

function launch(program) {
  const start = performance.now();
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  if (status !== 0) throw new Error("the child process failed");
  const [inside, microseconds] = stdout.split(" ").map(Number);
  return { wall: performance.now() - start, inside, cpu: microseconds / 1000 };
}

export async function run() {
  heading(`Cold start: median of ${RUNS} fresh processes, 100 points, K = 3`);
  const work = [];
  const idle = [];
  for (let turn = 0; turn < RUNS; turn++) {
    idle.push(launch(NOTHING));
    work.push(launch(PROGRAM));
  }
  const walls = (runs) => runs.map((run) => run.wall);
  const cpus = (runs) => runs.map((run) => run.cpu);
  const inside = work.map((run) => run.inside);
  const beyond = median(walls(work)) - median(walls(idle));
  const least = (of) => Math.min(...of(work)) - Math.min(...of(idle));
  const row = (what, middle, lowest) => [what, short(middle), short(lowest)];
  table(
    ["what", "median ms", "least ms"],
    [
      row("Node that prints a number", median(walls(idle)), Math.min(...walls(idle))),
      row("Node, import, first result", median(walls(work)), Math.min(...walls(work))),
      row("difference", beyond, least(walls)),
      row("inside: import to first result", median(inside), Math.min(...inside)),
      row("CPU, all threads, beyond Node's own", median(cpus(work)) - median(cpus(idle)), least(cpus)),
    ],
  );
  console.log(`under ${TARGET} ms beyond Node's own start: ${verdict(beyond < TARGET)}`);
}
