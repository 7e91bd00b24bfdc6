import { type Command, Option } from "commander";
import { checkShards } from "../hosts/children.js";
import { type AnnealOptions, type AnnealResult, type Autonomy, createSolver, type Solver } from "../index.js";
import { annealFar, type FarFlags } from "./anneal-far.js";
import { runKept } from "./checkpoint.js";
import { type CsvPoints, parseOutline, parsePoints, parseTable, readText } from "./csv.js";
import { flagOf, integer, labelsCsv, list, number, SHARD, written } from "./options.js";
import { expectWritable, toJson, writeOutput } from "./output.js";
import { drawFigure } from "./plot/figure.js";
import { summarize } from "./summary.js";

interface Flags extends FarFlags {
  threads?: number;
  kappa?: number;
  zeta?: number;
  gamma?: number;
  temperature?: number;
  table?: string;
  gradient?: AnnealOptions["gradient"];
  schedule?: AnnealOptions["schedule"];
  betaStart?: number;
  betaEnd?: number;
  betaGrowth?: number;
  effort?: AnnealOptions["effort"];
  seed?: number;
  compareIgnored?: boolean;
  plot?: string;
  title?: string;
  outline?: string;
}

const SOFTMAX_FLAGS = ["zeta", "gamma", "temperature"] as const;
const GEOMETRIC_FLAGS = ["betaStart", "betaEnd", "betaGrowth"] as const;

/** Adds `wayward anneal` to the program. */
export function addAnneal(program: Command): void {
  const command = program
    .command("anneal")
    .description("Finds centers and labels by annealing when the autonomy is known.")
    .argument("[points.csv]", "one row a point, with or without a header; - or nothing reads stdin", "-")
    .requiredOption("--clusters <K>", "number of clusters", integer)
    .option("--columns <list>", "coordinates, by name or number from 1 (default: every column but the weight)", list)
    .option("--weight <column>", "column of positive weights, by name or number")
    .option("--kappa <probability>", "softmax autonomy: probability of overriding the prescription", number)
    .option("--zeta <weight>", "softmax autonomy: weight of the distance between centers (default: 1)", number)
    .option("--gamma <weight>", "softmax autonomy: weight of the distance to the point (default: 0)", number)
    .option("--temperature <T>", "softmax autonomy: its temperature, in squared data units", number);
  command
    .addOption(
      new Option("--table <p.csv>", "autonomy as K x K probabilities, row = prescribed cluster").conflicts([
        "kappa",
        ...SOFTMAX_FLAGS,
      ]),
    )
    .addOption(new Option("--gradient <kind>", "default: exact").choices(["exact", "fixedPoint"]))
    .addOption(new Option("--schedule <kind>", "default: auto").choices(["auto", "geometric"]))
    .option("--beta-start <beta>", "first beta of the geometric schedule", number)
    .option("--beta-end <beta>", "its last beta", number)
    .option("--beta-growth <factor>", "its factor between two betas (default: 1.1)", number)
    .addOption(new Option("--effort <level>", "default: normal").choices(["normal", "high"]))
    .option("--seed <integer>", "same seed, same bits (default: 0)", integer)
    .option("--compare-ignored", "also tell what it costs to ignore the autonomy")
    .option("--json", "print one JSON object instead of the summary")
    .option("--out <result.json>", "write that object to a file")
    .option("--labels <labels.csv>", "write one label a row, in the order of the points")
    .option("--plot <plot.svg>", "draw the points, the centers and their paths")
    .option("--title <text>", "title of the picture")
    .option("--threads <n>", "worker threads: the same bits, sooner", integer)
    .option("--shards <n>", "child processes, each with its part of the file: the same bits", integer)
    .addOption(
      new Option("--format <kind>", "of the file, with --shards (default: csv)").choices(["csv", "f64", "f32"]),
    )
    .option("--dimensions <d>", "coordinates of a row of an f64 or f32 file", integer)
    .addOption(new Option("--sweeper <kind>", "shards behind a transport of yours: docs/shards.md").choices(["stdio"]))
    .option("--checkpoint <file>", "keep the run's state there after every step, and go on from it if it is there")
    .option("--outline <lines.csv>", "x,y lines to draw behind the points, an empty row between two lines")
    .action(async (file: string, flags: Flags) => {
      refuseMisuse(command, file, flags);
      await run(file, flags);
    });
}

/** Combinations that mean nothing; exit code 2. */
function refuseMisuse(command: Command, file: string, flags: Flags): void {
  const given = (names: readonly (keyof Flags)[]) => names.find((name) => flags[name] !== undefined);
  const softmax = given(SOFTMAX_FLAGS);
  if (softmax && flags.kappa === undefined) command.error(`error: ${flagOf(softmax)} needs --kappa`);
  if (flags.kappa !== undefined && flags.kappa !== 0 && flags.temperature === undefined)
    command.error("error: --kappa needs --temperature");
  const geometric = given(GEOMETRIC_FLAGS);
  if (geometric && flags.schedule !== "geometric")
    command.error(`error: ${flagOf(geometric)} needs --schedule geometric`);
  refuseFarMisuse(command, file, flags, given);
  const drawn = given(["title", "outline"]);
  if (drawn && flags.plot === undefined) command.error(`error: ${flagOf(drawn)} needs --plot`);
  if (flags.threads !== undefined && flags.threads < 1)
    command.error(`error: --threads is ${flags.threads}, expected at least 1`);
  const reads = flags.shards === undefined && flags.sweeper === undefined;
  if (reads && file === "-" && process.stdin.isTTY) command.error("error: no file of points, and stdin is a terminal");
}

/** Over shards there are no points here to draw or to compare with. */
function refuseFarMisuse(
  command: Command,
  file: string,
  flags: Flags,
  given: (names: readonly (keyof Flags)[]) => string | undefined,
): void {
  const far = given(["shards", "sweeper"]);
  const binary = flags.format === "f64" || flags.format === "f32";
  if (!far) {
    const needs = given(["format", "dimensions"]);
    if (needs) command.error(`error: --${needs} needs --shards`);
    if (flags.labels?.includes(SHARD)) command.error(`error: ${SHARD} in --labels needs --shards`);
    return;
  }
  if (flags.shards !== undefined && flags.sweeper !== undefined)
    command.error("error: --shards and --sweeper exclude each other");
  const here = given(["plot", "title", "outline", "compareIgnored", "threads"]);
  if (here) command.error(`error: ${flagOf(here)} cannot be used with --${far}`);
  if (flags.shards !== undefined && flags.shards < 1)
    command.error(`error: --shards is ${flags.shards}, expected at least 1`);
  if (flags.shards !== undefined && file === "-") command.error("error: --shards needs a file, not stdin");
  if (flags.sweeper !== undefined && file !== "-")
    command.error("error: --sweeper takes no file: its shards hold the points");
  if (flags.sweeper !== undefined && flags.out === undefined)
    command.error("error: --sweeper needs --out: stdout is for requests");
  if (flags.sweeper !== undefined && flags.json)
    command.error("error: --sweeper cannot be used with --json: stdout is for requests");
  if (binary !== (flags.dimensions !== undefined))
    command.error("error: --format f64 or f32, and --dimensions, need each other");
}

async function run(file: string, flags: Flags): Promise<void> {
  const outputs = [flags.out, ...labelsFiles(flags), flags.plot, flags.checkpoint];
  expectWritable(outputs, [file, flags.table, flags.outline]);
  if (flags.shards !== undefined || flags.sweeper !== undefined)
    return annealFar(file, flags, await annealOptions(flags, null));
  const input = parsePoints(file, await readText(file), flags.columns, flags.weight);
  const outline = flags.outline === undefined ? [] : parseOutline(flags.outline, await readText(flags.outline));
  const options = await annealOptions(flags, input);
  const solver = await createSolver();

  const started = performance.now();
  const result = await anneal(solver, input, options, flags);
  const seconds = (performance.now() - started) / 1000;
  const ignored = flags.compareIgnored ? solver.compareIgnored(input.points, result, options) : undefined;

  const { policy, ...reported } = result;
  const json = toJson({ ...reported, ...(ignored && { ignored }), seconds });
  if (flags.out !== undefined) writeOutput(flags.out, json);
  if (flags.labels !== undefined) writeOutput(flags.labels, labelsCsv(input, result));
  if (flags.plot !== undefined) {
    const { points, names } = input;
    writeOutput(flags.plot, drawFigure({ points, names, result, ignored, outline, title: flags.title }));
  }
  process.stdout.write(flags.json ? json : summarize(described(input), result, ignored, seconds) + written(flags));
}

/** All files that `--labels` names: with `{shard}` in it, one for each. */
function labelsFiles({ labels, shards }: Flags): (string | undefined)[] {
  if (!labels?.includes(SHARD) || shards === undefined) return [labels];
  checkShards(shards);
  return Array.from({ length: shards }, (_, index) => labels.replaceAll(SHARD, `shard-${index}`));
}

async function anneal(
  solver: Solver,
  { points }: CsvPoints,
  options: AnnealOptions,
  { threads, checkpoint }: Flags,
): Promise<AnnealResult> {
  const here = (saved: Uint8Array | null) =>
    saved ? solver.restoreAnnealer(points, saved) : solver.annealer(points, options);
  const onThreads = (saved: Uint8Array | null) =>
    saved
      ? solver.restoreAnnealerAsync(points, saved, { threads })
      : solver.annealerAsync(points, { ...options, threads });
  return runKept<AnnealResult>(checkpoint, options, threads === undefined ? here : onThreads);
}

function described({ file, names, points }: CsvPoints): { file: string; names: string[]; rows: number } {
  return { file, names, rows: points.data.length / points.dimensions };
}

async function annealOptions(flags: Flags, input: CsvPoints | null): Promise<AnnealOptions> {
  const { clusters, gradient, schedule, betaStart, betaEnd, betaGrowth, effort, seed } = flags;
  return {
    clusters,
    autonomy: await autonomyOf(flags),
    weights: input?.weights ?? undefined,
    gradient,
    schedule,
    betaStart,
    betaEnd,
    betaGrowth,
    effort,
    seed,
    policy: flags.plot !== undefined,
  };
}

async function autonomyOf({ kappa, zeta, gamma, temperature, table, clusters }: Flags): Promise<Autonomy> {
  if (table !== undefined) return { kind: "table", probabilities: parseTable(table, await readText(table), clusters) };
  if (kappa === undefined || (kappa === 0 && temperature === undefined)) return { kind: "none" };
  return { kind: "softmax", kappa, zeta, gamma, temperature: temperature! };
}
