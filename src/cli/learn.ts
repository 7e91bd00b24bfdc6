import { createInterface } from "node:readline";
import { type Command, Option } from "commander";
import {
  type AnnealResult,
  createSolver,
  type LearnerAnswer,
  type LearningMethod,
  type Solver,
  WaywardError,
} from "../index.js";
import { type CsvPoints, parsePoints, readText } from "./csv.js";
import { type AdenFlags, addAdenOptions, adenSession, expectAdenFlags } from "./learn-aden.js";
import { parseLog, parseWorld } from "./learn-input.js";
import { type CurvePoint, drawCurve } from "./learn-plot.js";
import { type Learned, type LearnSession, TabularSession } from "./learn-session.js";
import { summarizeFit, summarizeLearning } from "./learn-summary.js";
import { integer, labelsCsv, list, number, SHARD, written } from "./options.js";
import { expectWritable, toJson, writeOutput } from "./output.js";

interface Flags extends AdenFlags {
  clusters: number;
  columns?: string[];
  weight?: string;
  log?: string;
  simulate?: string;
  method?: LearningMethod | "aden";
  interactions?: number;
  batch?: number;
  epsilon?: number;
  forgetting?: number;
  effort?: "normal" | "high";
  seed?: number;
  json?: boolean;
  out?: string;
  labels?: string;
  plot?: string;
}

/** 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;
/** Points of the curve: interactions grow by this factor from one to the next. */
const SPACING = 1.3;

/** Adds `wayward learn` to the program. */
export function addLearn(program: Command): void {
  const command = program
    .command("learn")
    .description("Finds centers and labels when the autonomy is unknown: from a log, in a simulator, or live.")
    .argument("[points.csv]", "one row a point, with or without a header; - or nothing reads stdin", "-")
    .requiredOption("--clusters <K>", "number of clusters", integer)
    .option("--columns <list>", "coordinates, by name or number from 1 (default: every column but the weight)", list)
    .option("--weight <column>", "column of positive weights, by name or number")
    .addOption(
      new Option(
        "--log <log.csv>",
        "fit this log, then solve: entity, prescribed, realized, all from 0; then K x d centers",
      ).conflicts(["method", "interactions", "batch", "epsilon", "forgetting"]),
    )
    .addOption(
      new Option("--simulate <world>", "kappa=0.2,temperature=0.1 or a table p.csv: learn in this world").conflicts(
        "log",
      ),
    );
  const methods = ["auto", "counts", "parametric", "qlearning", "aden"];
  command
    .addOption(new Option("--method <name>", "default: auto; aden needs onnxruntime-web").choices(methods))
    .option("--interactions <n>", "budget (default: 100 a point; aden: what its recipe takes)", integer)
    .option("--batch <n>", "entities a round (default: 256)", integer)
    .option("--epsilon <share>", "share of prescriptions drawn uniformly (default: 0.1; qlearning: 0)", number)
    .option("--forgetting <share>", "share of the counts forgotten at every new solution (default: 0)", number)
    .addOption(new Option("--effort <level>", "default: normal").choices(["normal", "high"]))
    .option("--seed <integer>", "same seed, same bits (default: 0)", integer)
    .option("--json", "print one JSON object instead of the summary")
    .option("--out <result.json>", "write that object to a file")
    .option("--labels <labels.csv>", "write one label a row, in the order of the points")
    .option("--plot <plot.svg>", "with --simulate: draw distortion against interactions");
  addAdenOptions(command);
  command
    .addHelpText(
      "after",
      `
Without --log and --simulate the world is another process: every line on stdout is a question,
{"round":0,"entities":[3,7],"prescribed":[1,0],"centers":[[...],...]}, and stdin answers it with one line,
{"realized":[1,2]} or {"costs":[0.3,1.2]}. The last line is {"result":{...}}, also when stdin ends early or
answers badly, or on SIGINT: then with exit code 1 or 130. ADEN asks about several sets of centers at once: "sets" says which one
each entry is under, and each wants "realizations" answers, entry by entry.`,
    )
    .action(async (file: string, flags: Flags) => {
      if (flags.plot !== undefined && flags.simulate === undefined) command.error("error: --plot needs --simulate");
      const live = flags.log === undefined && flags.simulate === undefined;
      if (file === "-" && live) command.error("error: the points must be a file: stdin is for the world's answers");
      if (file === "-" && process.stdin.isTTY) command.error("error: no file of points, and stdin is a terminal");
      if (flags.labels?.includes(SHARD)) command.error(`error: ${SHARD} in --labels is for wayward anneal --shards`);
      expectAdenFlags(command);
      await run(file, flags);
    });
}

async function run(file: string, flags: Flags): Promise<void> {
  const inputs = [file, flags.log, flags.simulate];
  expectWritable([flags.out, flags.labels, flags.plot, flags.saveWeights], inputs);
  expectWritable([flags.out, flags.labels, flags.plot], [flags.weights]); // weights may go back to where they came from
  const input = parsePoints(file, await readText(file), flags.columns, flags.weight);
  const solver = await createSolver();
  if (flags.log !== undefined) return fromLog(solver, input, flags.log, flags);
  const session = await startSession(solver, input, flags);
  try {
    if (flags.simulate !== undefined) await simulated(solver, session, input, flags.simulate, flags);
    else await live(session, input, flags);
  } finally {
    await session.close();
  }
}

async function startSession(solver: Solver, input: CsvPoints, flags: Flags): Promise<LearnSession> {
  const { clusters, method, interactions, batch, epsilon, forgetting, effort, seed } = flags;
  const common = { clusters, interactions, effort, seed, weights: input.weights ?? undefined };
  if (method === "aden") return adenSession(solver, input, common, flags);
  const learner = solver.learner(input.points, { ...common, method, batch, epsilon, forgetting });
  return new TabularSession(solver, input.points, learner);
}

/** Fit, then solve with what was fitted. */
async function fromLog(solver: Solver, input: CsvPoints, file: string, flags: Flags): Promise<void> {
  const { points } = input;
  const { clusters, effort, seed } = flags;
  const log = parseLog(file, await readText(file), clusters, points);
  const started = performance.now();
  const fit = solver.fitAutonomy(log, { points, clusters, seed });
  const weights = input.weights ?? undefined;
  const result = solver.anneal(points, { clusters, autonomy: fit.autonomy, weights, effort, seed });
  const ignored = solver.compareIgnored(points, result, { weights, effort });
  const seconds = (performance.now() - started) / 1000;
  const json = toJson({ ...result, interactions: 0, observed: fit.rows, fit, ignored, seconds });
  deliver(input, result, flags, json, summarizeFit(input, fit, result, ignored));
}

/** Learns from draws, judges by the truth. */
async function simulated(
  solver: Solver,
  session: LearnSession,
  input: CsvPoints,
  world: string,
  flags: Flags,
): Promise<void> {
  const { points } = input;
  const weights = input.weights ?? undefined;
  const autonomy = await parseWorld(world, flags.clusters);
  const known = solver.anneal(points, {
    clusters: flags.clusters,
    autonomy,
    weights,
    effort: flags.effort,
    seed: flags.seed,
  });
  const judge = ({ centers, labels }: Pick<AnnealResult, "centers" | "labels">) =>
    solver.distortion(points, centers, autonomy, { weights, labels });
  const started = performance.now();
  const curve: CurvePoint[] = [];
  for (let ask = session.ask(); ask; ask = session.ask()) {
    const interactions = await session.tell(ask.round, session.simulate(autonomy));
    const due = curve.length === 0 || interactions >= SPACING * curve[curve.length - 1].interactions;
    if (flags.plot !== undefined && due) curve.push({ interactions, distortion: judge(await session.estimate()) });
  }
  const learned = await session.finish();
  const distortion = judge(learned);
  const knownModel = { distortion: known.distortion, centers: known.centers };
  const result = { ...learned, distortion };
  const gapPercent = 100 * (distortion / known.distortion - 1);
  const ignored = solver.compareIgnored(points, known, { weights, effort: flags.effort });
  const seconds = (performance.now() - started) / 1000;
  const json = toJson({ ...result, learnedDistortion: learned.distortion, knownModel, gapPercent, ignored, seconds });
  if (flags.plot !== undefined) {
    curve.push({ interactions: learned.interactions, distortion });
    writeOutput(flags.plot, drawCurve(curve, known.distortion, ignored.distortion));
  }
  deliver(input, result, flags, json, summarizeLearning(input, result, known.distortion, ignored));
}

/**
 * The world is whoever reads our lines. If it leaves, SIGINT comes, or an answer is none, what was learned so far is
 * the result.
 */
async function live(session: LearnSession, input: CsvPoints, flags: Flags): Promise<void> {
  const problem = await converse(session);
  const result = await session.finish();
  if (flags.out !== undefined) writeOutput(flags.out, toJson(result));
  if (flags.labels !== undefined) writeOutput(flags.labels, labelsCsv(input, result));
  process.stdout.write(toJson({ result }));
  if (problem) throw problem;
}

/** Asks and tells over standard output and input; returns what ended it early, if anything did. */
async function converse(session: LearnSession): Promise<WaywardError | null> {
  const reader = createInterface({ input: process.stdin });
  const lines = reader[Symbol.asyncIterator]();
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    reader.close();
  };
  process.once("SIGINT", interrupt);
  try {
    for (let ask = session.ask(); ask; ask = session.ask()) {
      process.stdout.write(toJson(ask));
      const { value, done } = await lines.next();
      if (done) throw noAnswer(ask.round, isInterrupted);
      await session.tell(ask.round, answerOf(value, ask.round));
    }
    return null;
  } catch (error) {
    // A tell that is refused teaches nothing; after any other error there may be no result.
    if (error instanceof WaywardError && error.code === "input") return error;
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
    reader.close();
    process.stdin.destroy(); // the world may keep its end open until it has read the result
  }
}

function noAnswer(round: number, isInterrupted: boolean): WaywardError {
  if (isInterrupted) process.exitCode = INTERRUPTED;
  const reason = isInterrupted ? "interrupted" : "stdin: ended";
  return new WaywardError("input", `${reason} at round ${round}, expected an answer`);
}

function answerOf(line: string, round: number): LearnerAnswer {
  try {
    return JSON.parse(line) as LearnerAnswer;
  } catch (cause) {
    throw new WaywardError("input", `stdin: round ${round}: not JSON: ${(cause as Error).message}`, { cause });
  }
}

function deliver(input: CsvPoints, result: AnnealResult | Learned, flags: Flags, json: string, summary: string): void {
  if (flags.out !== undefined) writeOutput(flags.out, json);
  if (flags.labels !== undefined) writeOutput(flags.labels, labelsCsv(input, result));
  process.stdout.write(flags.json ? json : summary + written(flags));
}
