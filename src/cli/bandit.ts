import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import {
  type Bandit,
  type BanditAllocation,
  type BanditOptions,
  type BanditSettings,
  type BanditSimulationOptions,
  createSolver,
  type Solver,
  WaywardError,
} from "../index.js";
import { simulate } from "./bandit-simulate.js";
import { readBytes } from "./csv.js";
import { flagNameOf } from "./messages.js";
import { flagOf, integer, listOf, number, numbers } from "./options.js";
import { expectWritable, writeOutput } from "./output.js";

type Stopping = NonNullable<BanditSimulationOptions["stopping"]>[number];

/** Options of `wayward bandit`. Lists have one entry, but with `--simulate`. */
export interface BanditFlags {
  arms?: number;
  dimensions?: number;
  clusters?: number;
  delta?: number[];
  allocation?: BanditAllocation[];
  stopping?: Stopping[];
  batch?: number;
  maxPulls?: number;
  variance?: number;
  refresh?: number;
  seed?: number;
  state?: string;
  simulate?: string;
  trials?: number;
  plot?: string;
}

const ALLOCATIONS: BanditAllocation[] = ["representatives", "tracking", "lazy", "uniform", "oracle"];
const STOPPINGS: Stopping[] = ["pairwise", "exact", "heuristic", "either", "printed"];
const REQUIRED = ["arms", "dimensions", "clusters", "delta"] as const;

/** Adds `wayward bandit` to the program. */
export function addBandit(program: Command): void {
  const command = program
    .command("bandit")
    .description("Finds which arms are the same, with as few pulls as can be: live, or in a simulator.")
    .option("--arms <M>", "number of arms", integer)
    .option("--dimensions <d>", "coordinates of an observation", integer)
    .option("--clusters <K>", "number of clusters", integer)
    .option("--delta <chance>", "accepted chance of a wrong partition (default with --simulate: 0.1)", numbers)
    .option(
      "--allocation <name>",
      "representatives, tracking, lazy or uniform; with --simulate also oracle (default: representatives)",
      listOf(ALLOCATIONS),
    )
    .option(
      "--stopping <rule>",
      "pairwise, exact, heuristic or either; with --simulate also printed (default: pairwise)",
      listOf(STOPPINGS),
    )
    .option("--batch <n>", "most pulls of one question (default: 1)", integer)
    .option("--max-pulls <n>", "give up after so many (default: never)", integer)
    .option("--variance <v>", "of the noise of every coordinate, in squared data units (default: 1)", number)
    .option("--refresh <factor>", "--allocation lazy: growth of the pulls until it solves anew (default: 1.05)", number)
    .option(
      "--seed <integer>",
      "the arm that Maximin starts from, modulo M; of the noise in a simulator (default: 0)",
      integer,
    )
    .option("--state <file>", "keep the state there after every answer, and go on from it if it is there")
    .option("--simulate <instance.json>", 'in this world, {"labels":[...],"centers":[[...]]}; - reads stdin')
    .option("--trials <n>", "with --simulate: how many (default: 256)", integer)
    .option("--plot <plot.svg>", "with --simulate: draw pulls against log(1/delta), with the lower bound");
  command
    .addHelpText(
      "after",
      `
Without --simulate the world is another process: every line on stdout is a question, {"round":0,"arms":[0]}, and
stdin answers it with one line, {"round":0,"observations":[[0.1,2.3,-0.4]]}, one row an arm, in the order asked.
It needs --arms, --dimensions, --clusters and --delta. The last line is the certificate, also when stdin ends
early or answers badly: then it is that of the pulls so far, with exit code 1.
With --simulate, --delta, --allocation and --stopping may be lists, such as 0.1,1e-10.`,
    )
    .action(async (flags: BanditFlags) => {
      refuseMisuse(command, flags);
      const solver = await createSolver();
      if (flags.simulate !== undefined) await simulate(solver, flags.simulate, flags);
      else await converse(await openBandit(solver, flags), flags.state);
    });
}

/** Combinations that mean nothing; exit code 2. */
function refuseMisuse(command: Command, flags: BanditFlags): void {
  const { allocation = ["representatives"], stopping = ["pairwise"] } = flags;
  const refuse = (message: string) => command.error(`error: ${message}`);
  const given = (names: readonly (keyof BanditFlags)[]) => names.find((name) => flags[name] !== undefined);
  if (flags.refresh !== undefined && !allocation.includes("lazy")) refuse("--refresh needs --allocation lazy");
  const other = stopping.find((rule) => rule !== "pairwise");
  if (other && allocation.includes("representatives"))
    refuse(`--stopping ${other} cannot be used with --allocation representatives, which is the default`);
  if (flags.simulate !== undefined) {
    const live = given(["arms", "dimensions", "clusters", "state"]);
    if (live) refuse(`--${live} cannot be used with --simulate`);
    if (flags.simulate === "-" && process.stdin.isTTY) refuse("--simulate reads stdin, and stdin is a terminal");
    return;
  }
  const simulated = given(["trials", "plot"]);
  if (simulated) refuse(`--${simulated} needs --simulate`);
  const missing = REQUIRED.find((name) => flags[name] === undefined);
  if (missing) refuse(`--${missing} is missing, expected --${REQUIRED.join(", --")}; or --simulate`);
  if (allocation.includes("oracle")) refuse("--allocation oracle needs --simulate");
  if (stopping.includes("printed")) refuse("--stopping printed needs --simulate");
  const several = (["delta", "allocation", "stopping"] as const).find((name) => (flags[name]?.length ?? 0) > 1);
  if (several) refuse(`--${several} needs --simulate to be a list`);
}

/** From the state file if it is there, otherwise from the options. */
async function openBandit(solver: Solver, flags: BanditFlags): Promise<Bandit> {
  expectWritable([flags.state]);
  const bandit = solver.bandit(optionsOf(flags));
  if (flags.state === undefined || !existsSync(flags.state)) return bandit;
  const saved = restore(solver, flags.state, await readBytes(flags.state));
  expectSame(bandit.options, saved.options, flags);
  return saved;
}

function optionsOf({ arms, dimensions, clusters, delta, allocation, stopping, ...flags }: BanditFlags): BanditOptions {
  const { batch, maxPulls, variance: covariance, refresh, seed } = flags;
  return {
    arms: arms!,
    dimensions: dimensions!,
    clusters: clusters!,
    delta: delta![0],
    allocation: allocation?.[0],
    stopping: stopping?.[0] as BanditOptions["stopping"],
    batch,
    maxPulls,
    covariance,
    refresh,
    seed,
  };
}

function restore(solver: Solver, file: string, bytes: Uint8Array): Bandit {
  try {
    return solver.restoreBandit(bytes);
  } catch (cause) {
    if (!(cause instanceof WaywardError && cause.code === "state")) throw cause;
    throw new WaywardError("state", `${file}: is no state of wayward bandit (${cause.message})`, { cause });
  }
}

/** What is given must be what the state was made with: its certificate depends on it. The rest is the state's. */
function expectSame(wanted: BanditSettings, actual: BanditSettings, flags: BanditFlags): void {
  for (const name of Object.keys(actual) as (keyof BanditSettings)[]) {
    const flag = flagNameOf(name) as keyof BanditFlags;
    if (flags[flag] === undefined || wanted[name] === actual[name]) continue;
    const shown = Array.isArray(actual[name])
      ? "a matrix"
      : actual[name] === Number.POSITIVE_INFINITY
        ? "none"
        : actual[name];
    throw new WaywardError(
      "input",
      `${flagOf(flag)} is ${wanted[name]}, expected ${shown} as in ${flags.state}: a bandit keeps what it began with`,
    );
  }
}

/** Asks and tells over standard output and input until the bandit, or the input, ends. */
async function converse(bandit: Bandit, file: string | undefined): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  try {
    for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
      process.stdout.write(`${JSON.stringify(ask)}\n`);
      const { round, observations } = parseTell(await nextLine(lines, ask.round));
      bandit.tell(round, observations);
      // Before the next ask is seen: whoever sees it may rely on this tell being on disk.
      if (file !== undefined) writeOutput(file, bandit.save());
    }
  } finally {
    // An answer that is none teaches nothing: what was certain before it still is.
    process.stdout.write(`${JSON.stringify(bandit.status())}\n`);
    process.stdin.destroy();
  }
}

async function nextLine(lines: AsyncIterator<string>, round: number): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new WaywardError("input", `stdin: ended at round ${round}, expected an answer`);
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
