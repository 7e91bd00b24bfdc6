import { type Command, Option } from "commander";
import type { Aden, AdenLearner, AdenLearnerOptions, ExecutionProvider } from "../aden/index.js";
import type { AdenAsk, AdenStep, Autonomy, LearnerAnswer, Solver } from "../index.js";
import { type CsvPoints, readBytes } from "./csv.js";
import type { Learned, LearnSession } from "./learn-session.js";
import { named } from "./messages.js";
import { writeOutput } from "./output.js";
import { Progress } from "./progress.js";
import { short } from "./words.js";

/** Options of `wayward learn` that only `--method aden` has. */
export interface AdenFlags {
  backend?: ExecutionProvider;
  feedback?: "realized" | "costs";
  weights?: string;
  saveWeights?: string;
}

const ADEN_ONLY = ["backend", "feedback", "weights", "saveWeights"];
const NOT_ADEN = ["batch", "epsilon", "forgetting"];

export function addAdenOptions(command: Command): void {
  command
    .addOption(new Option("--backend <name>", "aden: default: webgpu where there is one").choices(["wasm", "webgpu"]))
    .addOption(new Option("--feedback <what>", "aden: default: realized").choices(["realized", "costs"]))
    .option("--weights <in.bin>", "aden: start from the network of an earlier run in the same world")
    .option("--save-weights <out.bin>", "aden: keep the trained network");
}

/** Flags that do not go together end the program as wrong usage. */
export function expectAdenFlags(command: Command): void {
  const given = (names: string[]) => names.find((name) => command.getOptionValue(name) !== undefined);
  const long = (name: string) => command.options.find((option) => option.attributeName() === name)!.long;
  const aden = command.getOptionValue("method") === "aden";
  const wrong = given(aden ? NOT_ADEN : ADEN_ONLY);
  if (wrong) command.error(`error: ${long(wrong)} ${aden ? "is not for --method aden" : "needs --method aden"}`);
}

/**
 * ADEN as `wayward learn` drives it. onnxruntime-web is loaded here, and only here.
 *
 * @throws WaywardError `environment` if onnxruntime-web is not installed or the backend is not there
 */
export async function adenSession(
  solver: Solver,
  input: CsvPoints,
  options: AdenLearnerOptions,
  flags: AdenFlags,
): Promise<LearnSession> {
  const bytes = flags.weights === undefined ? null : await readBytes(flags.weights);
  const { createAden } = await import("../aden/index.js");
  const executionProviders = flags.backend && [flags.backend];
  const aden = await createAden({ solver, dimensions: input.points.dimensions, executionProviders });
  if (bytes) {
    await aden.load(bytes).catch((cause) => {
      throw named(flags.weights!, cause);
    });
  }
  const learner = aden.learner(input.points, { ...options, feedback: flags.feedback });
  return new AdenSession(solver, input, aden, learner, flags);
}

class AdenSession implements LearnSession {
  readonly #solver: Solver;
  readonly #input: CsvPoints;
  readonly #aden: Aden;
  readonly #learner: AdenLearner;
  readonly #flags: AdenFlags;
  readonly #progress = new Progress(
    "{bar} {value} of {total}, {phase}, beta {beta}, loss {loss}, free energy {energy}, {interactions} interactions",
  );

  constructor(solver: Solver, input: CsvPoints, aden: Aden, learner: AdenLearner, flags: AdenFlags) {
    this.#solver = solver;
    this.#input = input;
    this.#aden = aden;
    this.#learner = learner;
    this.#flags = flags;
  }

  ask(): AdenAsk | null {
    return this.#learner.ask();
  }

  async tell(round: number, answer: LearnerAnswer): Promise<number> {
    const step = await this.#learner.tell(round, answer);
    showStep(this.#progress, step);
    return step.interactions;
  }

  simulate(autonomy: Autonomy): LearnerAnswer {
    const ask = this.#learner.ask()!;
    const { points } = this.#input;
    const realized: number[] = [];
    const costs: number[] = [];
    ask.centers.forEach((centers, set) => {
      const asked = entriesOf(ask, set);
      const drawn = this.#solver.simulate(points, centers, autonomy, { ...asked, round: setRound(ask, set) });
      for (const k of drawn) realized.push(k);
      drawn.forEach((k, n) => {
        costs.push(squaredDistance(points.data, asked.entities[n], centers[k]));
      });
    });
    return this.#flags.feedback === "costs" ? { costs } : { realized };
  }

  estimate() {
    return this.#learner.estimate();
  }

  async finish(): Promise<Learned> {
    this.#progress.stop();
    const result = await this.#learner.stop();
    if (this.#flags.saveWeights !== undefined) writeOutput(this.#flags.saveWeights, await this.#aden.save());
    return { method: "aden", autonomy: null, ...result };
  }

  async close(): Promise<void> {
    this.#progress.stop();
    await this.#aden.dispose();
  }
}

/** The entries asked about one center set, each as often as it is to be realized. */
function entriesOf({ entities, prescribed, sets, realizations }: AdenAsk, set: number) {
  const asked: { entities: number[]; prescribed: number[] } = { entities: [], prescribed: [] };
  for (let entry = sets.indexOf(set); entry >= 0 && sets[entry] === set; entry++) {
    for (let draw = 0; draw < realizations; draw++) {
      asked.entities.push(entities[entry]);
      asked.prescribed.push(prescribed[entry]);
    }
  }
  return asked;
}

/** No two draws of a run are alike: the simulated world tells rounds apart, and every center set is one. */
function setRound({ round, centers }: AdenAsk, set: number): number {
  return round * centers.length + set;
}

function squaredDistance(data: ArrayLike<number>, row: number, center: readonly number[]): number {
  return center.reduce((total, value, column) => total + (value - data[row * center.length + column]) ** 2, 0);
}

function showStep(progress: Progress, step: AdenStep): void {
  const { round, rounds, phase, beta, loss, freeEnergy, interactions } = step;
  progress.show(round, rounds, {
    phase,
    beta: beta.toPrecision(3),
    loss: phase === "check" ? "-" : loss.toPrecision(3),
    energy: freeEnergy === null ? "-" : short(Number(freeEnergy.toPrecision(4))),
    interactions,
  });
}
