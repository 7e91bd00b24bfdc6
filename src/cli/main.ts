import { Command, CommanderError } from "commander";
import { WaywardError } from "../index.js";
import { addAnneal } from "./anneal.js";
import { addBandit } from "./bandit.js";
import { addLearn } from "./learn.js";
import { inFlags } from "./messages.js";
import { addShard } from "./shard.js";

/** Filled in by the build from package.json. */
declare const VERSION: string;

/** A subcommand is one file that exports a function adding itself to the program; what it throws is handled here. */
const COMMANDS: ((program: Command) => void)[] = [addAnneal, addBandit, addLearn, addShard];

const OK = 0;
const BAD_INPUT = 1;
const BAD_USAGE = 2;

// Whoever reads us may stop reading (`| head`): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exitCode = unwritable(error);
});
// There is nobody left to tell.
process.stderr.on("error", () => {
  process.exitCode ||= BAD_INPUT;
});
const status = await main(process.argv);
// A subcommand may have set its own.
process.exitCode ||= status;

async function main(argv: string[]): Promise<number> {
  const program = new Command("wayward")
    .description("Clustering for entities that do not always do as they are told.")
    .version(VERSION)
    .showHelpAfterError("(add --help for the options)")
    .exitOverride();
  for (const add of COMMANDS) add(program);
  let running = program;
  program.hook("preAction", (_program, command) => {
    running = command;
  });
  try {
    await program.parseAsync(argv);
    return OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : BAD_USAGE;
    if (error instanceof WaywardError) {
      process.stderr.write(`wayward: ${inFlags(error.message, running)}\n`);
      return BAD_INPUT;
    }
    if ((error as NodeJS.ErrnoException).syscall === "write") return unwritable(error as Error);
    throw error;
  }
}

/** A full disk, for one. */
function unwritable({ message }: Error): number {
  process.stderr.write(`wayward: the output cannot be written: ${message}\n`);
  return BAD_INPUT;
}
