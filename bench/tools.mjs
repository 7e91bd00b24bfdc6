// What every section of the bench uses: the core's internals, rivals in other processes, interleaved timing, tables.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
export const OUT = path("../out/bench/");
mkdirSync(OUT, { recursive: true });

/** The public package, as built. */
export const wayward = await import("../dist/index.js");

/** Core, Problem and the steps of a run, which the package does not export: bundled from src for the bench alone. */
export async function internals() {
  const outfile = `${OUT}internals.mjs`;
  const names = [
    "core/memory",
    "core/exports",
    "anneal/problem",
    "anneal/sweeps",
    "anneal/remote",
    "anneal/here",
    "hosts/children",
    "autonomy",
    "points",
  ];
  await build({
    stdin: { contents: names.map((name) => `export * from "./src/${name}.js";`).join("\n"), resolveDir: path("..") },
    bundle: true,
    format: "esm",
    external: ["node:*"],
    outfile,
    logLevel: "warning",
  });
  const module = await WebAssembly.compile(readFileSync(path("../dist/core.wasm")));
  return { ...(await import(pathToFileURL(outfile).href)), module };
}

/** mulberry32: the bench's data, from a seed. */
export function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal draws by Box and Muller. */
export function normals(random) {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The data folder of the papers' sets; null if absent. */
export function dataFolder(argument) {
  const candidates = [argument, process.env.WAYWARD_DATA, path("../../shared/data")];
  return candidates.find((folder) => folder && existsSync(`${folder}/figure1.csv`)) ?? null;
}

/** The first two columns of a CSV with a header. */
export function readPoints(file, columns = 2) {
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.split(",").slice(0, columns).map(Number));
}

/** The first Python that imports these modules; null if there is none. */
export function findPython(...modules) {
  const code = modules.map((name) => `import ${name}`).join("\n");
  const works = (python) => spawnSync(python, ["-c", code], { timeout: 60_000 }).status === 0;
  return ["python3", "/usr/bin/python3"].find(works) ?? null;
}

export function hasCompiler() {
  return spawnSync("gcc", ["--version"]).status === 0;
}

/** A rival in another process that answers a line for a line. */
export class RivalProcess {
  #child;
  #lines;

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the rival process ended at "${line}"`);
    return value;
  }

  async numbers(line) {
    return (await this.ask(line)).split(" ").map(Number);
  }

  end() {
    this.#child.stdin.end();
  }
}

/** Least milliseconds of `call` within a budget of milliseconds. */
export function leastTime(call, budget) {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + budget;
  do {
    const start = performance.now();
    call();
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return best;
}

/**
 * Least time of each rival, taken in turns, so that a busy machine is busy for all alike. Many short turns find
 * its quiet moments better than few long ones.
 *
 * @param rivals objects with `time(budget)`: least milliseconds, or a promise of it; slow ones take every tenth turn
 */
export async function interleave(rivals, rounds, budget) {
  const best = rivals.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, rival] of rivals.entries()) {
      if (rival.slow && round % 10 !== 0) continue;
      best[index] = Math.min(best[index], await rival.time(budget));
    }
  }
  return best;
}

/** CPU milliseconds, all threads of this process, that a call takes. */
export function cpuTime(call) {
  const start = process.cpuUsage();
  const value = call();
  const { user, system } = process.cpuUsage(start);
  return { value, milliseconds: (user + system) / 1000 };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Throws unless all numbers agree, relative to the largest. */
export function expectClose(what, actual, expected, tolerance) {
  const size = Math.max(...expected.map(Math.abs), 1e-300);
  const error = Math.max(...actual.map((x, index) => Math.abs(x - expected[index]))) / size;
  if (actual.length !== expected.length || !(error <= tolerance)) {
    throw new Error(`${what}: off by ${error} relative, expected at most ${tolerance}`);
  }
  return error;
}

export function heading(text) {
  console.log(`\n${text}\n${"-".repeat(text.length)}`);
}

/** Prints rows of cells under their heads, numbers to the right. */
export function table(heads, rows) {
  const cells = [heads, ...rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const numeric = heads.map((_, column) =>
    rows.every((row) => row[column] === null || /^[-+<]?[\d.]/.test(row[column])),
  );
  for (const row of cells) {
    const padded = row.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    console.log(padded.join("  ").trimEnd());
  }
}

/** A number with three significant digits, no exponent. */
export function short(x) {
  if (x === null || Number.isNaN(x)) return "-";
  if (x !== 0 && Math.abs(x) < 1e-4) return Math.abs(x) < 1e-9 ? "0" : x.toExponential(1);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x) || 1)));
  return x.toFixed(Math.min(digits, 6));
}

export function verdict(reached) {
  return reached ? "reached" : "MISSED";
}
