// One sweep (value and exact gradient) at four sizes, against the same loops in C, without SIMD, in JavaScript, in NumPy.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shareProblem, writeProblem } from "./problem.mjs";
import { plainSweep } from "./rivals/plain.mjs";
import {
  expectClose,
  findPython,
  generator,
  hasCompiler,
  heading,
  interleave,
  internals,
  leastTime,
  OUT,
  RivalProcess,
  short,
  table,
  verdict,
} from "./tools.mjs";

const SIZES = [
  [1800, 4, 2],
  [5000, 25, 2],
  [10000, 16, 8],
  [1000, 100, 16],
];
const AUTONOMIES = ["none", "table", "softmax"];
const TARGETS = { c: 0.8, scalar: 2.5, plain: 5 };
const ROUNDS = 60;
const BUDGET = 5; // milliseconds a turn, but one sweep at least

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Uniform points and centers in the unit cube, and a random table that accepts nine in ten. */
function randomInput(N, K, d, kindName) {
  const random = generator(1000 * K + d);
  const X = Float64Array.from({ length: N * d }, random);
  const Y = Float64Array.from({ length: K * d }, random);
  const table = new Float64Array(K * K);
  for (let j = 0; j < K; j++) {
    let total = 0;
    for (let k = 0; k < K; k++) total += table[j * K + k] = k === j ? 0 : random();
    for (let k = 0; k < K; k++) table[j * K + k] = k === j ? 0.9 : (0.1 * table[j * K + k]) / total;
  }
  const softmax = { kind: "softmax", kappa: 0.2, zeta: 1, gamma: 0.5, temperature: 0.2 };
  const autonomies = { none: { kind: "none" }, table: { kind: "table", probabilities: table }, softmax };
  return { X, Y, K, d, table, beta: 50, autonomy: autonomies[kindName] };
}

function scalarRival(module, problem) {
  const { N, K, d, kind, beta, kappa, zeta, gamma, temperature } = problem;
  const { exports } = new WebAssembly.Instance(module, {});
  const base = 65_536;
  exports.memory.grow(Math.ceil((8 * (N * (d + 1) + 8 * K * (K + d + 9))) / 65_536) + 1);
  exports.setup(N, K, d, kind, base);
  exports.parameters(beta, kappa, zeta, gamma, temperature);
  const memory = new Float64Array(exports.memory.buffer);
  let at = base / 8;
  for (const part of [problem.X, problem.rho, problem.Y, problem.table]) {
    memory.set(part, at);
    at += part.length;
  }
  const gradient = exports.gradientAt() / 8;
  return {
    name: "scalar",
    time: (budget) => leastTime(exports.evaluate, budget),
    value: () => [exports.evaluate(), ...memory.subarray(gradient, gradient + K * d)],
  };
}

function compileScalar() {
  const wasm = `${OUT}scalar.wasm`;
  const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--disable", "simd", "--use", "abort="];
  const asc = file("../node_modules/assemblyscript/bin/asc.js");
  // A base folder of its own, so that the project's asconfig.json does not apply.
  const source = ["scalar.ts", "--baseDir", file("rivals")];
  execFileSync(process.execPath, [asc, ...source, ...options, "-o", wasm], { cwd: file("rivals"), stdio: "pipe" });
  return new WebAssembly.Module(readFileSync(wasm));
}

function compileC() {
  if (!hasCompiler()) return null;
  const binary = `${OUT}sweep-c`;
  // 128-bit vectors and no fused multiply-add, as in WebAssembly; -mavx only for the encoding V8 uses too.
  const flags = process.arch === "x64" ? ["-mavx", "-mno-fma"] : [];
  execFileSync("gcc", ["-O3", ...flags, "-ffp-contract=off", "-o", binary, file("rivals/sweep.c"), "-lm"]);
  return binary;
}

function rivalsOf(problem, name, tools) {
  const rivals = [];
  const path = writeProblem(problem, name);
  const processes = [];
  if (tools.c) {
    const child = new RivalProcess(tools.c, [path]);
    processes.push(child);
    rivals.push({
      name: "c",
      time: async (b) => Number(await child.ask(`time ${b}`)),
      value: () => child.numbers("value"),
    });
  }
  rivals.push(scalarRival(tools.scalar, problem));
  const plain = plainSweep(problem);
  rivals.push({
    name: "plain",
    time: (budget) => leastTime(plain.evaluate, budget),
    value: () => [plain.evaluate(), ...plain.gradient],
  });
  if (tools.python) {
    const child = new RivalProcess(tools.python, [file("rivals/sweep.py"), path]);
    processes.push(child);
    for (const which of ["good", "paper"]) {
      rivals.push({
        name: which,
        slow: which === "paper",
        time: async (b) => Number(await child.ask(`time ${which} ${b}`)),
        value: () => child.numbers(`value ${which}`),
      });
    }
  }
  const end = () => {
    for (const child of processes) child.end();
  };
  return { rivals, end };
}

async function compare(inner, tools, [N, K, d], kindName) {
  const { problem, sweep, value } = shareProblem(inner, randomInput(N, K, d, kindName));
  const { rivals, end } = rivalsOf(problem, `${N}-${K}-${d}-${kindName}`, tools);
  const expected = { exact: value(1), fixedPoint: value(0) };
  value(1);
  for (const rival of rivals) {
    const wanted = rival.name === "paper" ? expected.fixedPoint : expected.exact;
    expectClose(`${rival.name}, ${kindName} ${N},${K},${d}`, await rival.value(), wanted, 1e-10);
  }
  const core = { name: "core", time: (budget) => leastTime(sweep, budget) };
  const all = [core, ...rivals];
  const times = await interleave(all, ROUNDS, BUDGET);
  end();
  return Object.fromEntries(all.map((rival, index) => [rival.name, times[index]]));
}

/** Worst ratio over all lines against its target. */
function printVerdicts(lines) {
  for (const [name, target] of Object.entries(TARGETS)) {
    const ratios = lines.filter((times) => times[name]).map((times) => times[name] / times.core);
    if (ratios.length === 0) continue;
    const worst = Math.min(...ratios);
    console.log(`${name}: at least ${short(worst)} times its speed (target ${target}): ${verdict(worst >= target)}`);
  }
}

export async function run() {
  heading("One sweep, value and exact gradient: least ms, then times the speed of each rival");
  const tools = { c: compileC(), scalar: compileScalar(), python: findPython("numpy") };
  if (!tools.c) console.log("C: skipped, no gcc here");
  if (!tools.python) console.log("NumPy: skipped, no python3 with numpy here");
  const inner = await internals();
  const lines = [];
  const rows = [];
  for (const size of SIZES) {
    for (const kind of AUTONOMIES) {
      const times = await compare(inner, tools, size, kind);
      lines.push(times);
      const ratio = (name) => (times[name] ? short(times[name] / times.core) : null);
      rows.push([size.join(","), kind, short(times.core), ...["c", "scalar", "plain", "good", "paper"].map(ratio)]);
    }
  }
  table(["N,K,d", "autonomy", "core ms", "C 128-bit", "no SIMD", "plain JS", "good NumPy", "paper's NumPy"], rows);
  console.log("All values and gradients agree to 1e-10. table: collapsed in all but the paper's; softmax: gamma > 0.");
  printVerdicts(lines);
}
