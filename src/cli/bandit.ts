import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Command } from "commander";
import { type Bandit, type BanditOptions, createSolver, type Solver, WaywardError } from "../index.js";
import { simulate } from "./bandit-simulate.js";
import { expectWritable, writeOutput } from "./output.js";

/** Options of `wayward bandit`, as node:util's parseArgs reads them. */
const BANDIT_OPTIONS = {
  arms: { type: "string" },
  dimensions: { type: "string" },
  clusters: { type: "string" },
  delta: { type: "string" },
  allocation: { type: "string" },
  stopping: { type: "string" },
  batch: { type: "string" },
  "max-pulls": { type: "string" },
  variance: { type: "string" },
  refresh: { type: "string" },
  seed: { type: "string" },
  state: { type: "string" },
  simulate: { type: "string" },
  trials: { type: "string" },
  plot: { type: "string" },
  help: { type: "boolean", short: "h" },
} satisfies ParseArgsConfig["options"];

const BANDIT_HELP = `wayward bandit: which arms are the same, with as few pulls as can be

Drives a bandit over JSON lines:
  out  {"round":0,"arms":[0]}
  in   {"round":0,"observations":[[0.1,2.3,-0.4]]}     one row an arm, in the order asked
  out  the next ask, ..., and as the last line the certificate

  --arms M --dimensions d --clusters K --delta 0.01   required
  --allocation representatives | tracking | lazy | uniform    default representatives
  --stopping   pairwise | exact | heuristic | either          default pairwise
  --batch B            pulls an ask, default 1
  --max-pulls n        give up after n pulls
  --variance v         noise variance of every coordinate, default 1
  --refresh f          lazy: re-solve when the pulls have grown by this factor, default 1.05
  --seed s             the arm that Maximin starts from, s mod M
  --state file         save after every tell, and continue from the file if it exists

Simulates instead:
  --simulate instance.json   {"labels":[...],"centers":[[...]]}
  --trials 256 --delta 0.1,1e-10 --allocation tracking,uniform,oracle --stopping exact,heuristic,printed,pairwise,either
  --plot figure.svg          pulls against log(1/delta), with the lower bound
`;

type Values = { [name in keyof typeof BANDIT_OPTIONS]?: string | boolean };

/** Adds `wayward bandit`; its options are read by node:util, since they are passed through as they are. */
export function addBandit(program: Command): void {
  program
    .command("bandit")
    .description("find out which arms are the same, with as few pulls as can be")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument("[options...]")
    .action(async (_options, _values, command: Command) => {
      process.exitCode = await runBandit(command.args);
    });
}

/** Runs the subcommand; the exit status: 0 done, 1 bad input, 2 bad usage. */
export async function runBandit(argv: string[]): Promise<number> {
  let values: Values;
  try {
    values = parseArgs({ args: argv, options: BANDIT_OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    process.stderr.write(`wayward bandit: ${(error as Error).message}\n`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(BANDIT_HELP);
    return 0;
  }
  try {
    const solver = await createSolver();
    if (values.simulate) await simulate(solver, values);
    else await converse(openBandit(solver, values), text(values.state));
    return 0;
  } catch (error) {
    if (!(error instanceof WaywardError)) throw error;
    process.stderr.write(`wayward bandit: ${error.message}\n`);
    return 1;
  }
}

/** From the state file if it is there, otherwise from the options. */
function openBandit(solver: Solver, values: Values): Bandit {
  const options = readOptions(values);
  const file = text(values.state);
  expectWritable([file]);
  if (file === undefined || !existsSync(file)) return solver.bandit(options);
  const bandit = solver.restoreBandit(new Uint8Array(readFileSync(file)));
  for (const [name, actual] of Object.entries(bandit.options)) {
    const wanted = options[name as keyof BanditOptions];
    if (wanted !== undefined && wanted !== actual) {
      throw new WaywardError("input", `--${name} is ${wanted}, expected ${actual} as in ${file}`);
    }
  }
  return bandit;
}

function readOptions(values: Values): BanditOptions {
  return {
    arms: number(values, "arms") ?? required("arms"),
    dimensions: number(values, "dimensions") ?? required("dimensions"),
    clusters: number(values, "clusters") ?? required("clusters"),
    delta: number(values, "delta") ?? required("delta"),
    allocation: text(values.allocation) as BanditOptions["allocation"],
    stopping: text(values.stopping) as BanditOptions["stopping"],
    batch: number(values, "batch"),
    maxPulls: number(values, "max-pulls"),
    covariance: number(values, "variance"),
    refresh: number(values, "refresh"),
    seed: number(values, "seed"),
  };
}

/** Asks and tells over standard output and input until the bandit, or the input, ends. */
async function converse(bandit: Bandit, file: string | undefined): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
    process.stdout.write(`${JSON.stringify(ask)}\n`);
    const line = await nextLine(lines);
    if (line === undefined) break;
    const { round, observations } = parseTell(line);
    bandit.tell(round, observations);
    // Before the next ask is seen: whoever sees it may rely on this tell being on disk.
    if (file !== undefined) writeOutput(file, bandit.save());
  }
  process.stdout.write(`${JSON.stringify(bandit.status())}\n`);
  process.stdin.destroy();
}

async function nextLine(lines: AsyncIterator<string>): Promise<string | undefined> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return undefined;
    if (value.trim() !== "") return value;
  }
}

function parseTell(line: string): { round: number; observations: number[][] } {
  let told: unknown;
  try {
    told = JSON.parse(line);
  } catch (cause) {
    throw new WaywardError("input", `expected a line of JSON, got ${line.slice(0, 80)}`, { cause });
  }
  const { round, observations } = (told ?? {}) as { round: number; observations: number[][] };
  if (typeof round !== "number" || !Array.isArray(observations)) {
    throw new WaywardError("input", `expected {"round":n,"observations":[[...]]}, got ${line.slice(0, 80)}`);
  }
  return { round, observations };
}

/** An option's text. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** An option as a number, undefined where it is not given. */
export function number(values: Values, name: keyof Values): number | undefined {
  const given = text(values[name]);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === "" || Number.isNaN(value))
    throw new WaywardError("input", `--${name} is ${given}, expected a number`);
  return value;
}

function required(name: string): never {
  throw new WaywardError("input", `--${name} is missing (wayward bandit --help)`);
}
