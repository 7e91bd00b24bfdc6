import { type BanditInstance, type BanditOutcome, type Solver, WaywardError } from "../index.js";
import type { BanditFlags } from "./bandit.js";
import { drawPulls } from "./bandit-plot.js";
import { fileName, readText } from "./csv.js";
import { ofFile } from "./messages.js";
import { expectWritable, writeOutput } from "./output.js";
import { Progress } from "./progress.js";
import { aligned } from "./words.js";

/** Means over the trials of one allocation, rule and delta. */
export interface Summary {
  allocation: string;
  stopping: string;
  delta: number;
  trials: number;
  mean: number;
  sd: number;
  errors: number;
  /** Trials out of `maxPulls`, not in the mean. */
  unfinished: number;
}

/** `wayward bandit --simulate`: a table on standard output, a figure where `--plot` says. */
export async function simulate(solver: Solver, file: string, flags: BanditFlags): Promise<void> {
  const { delta = [0.1], allocation = ["representatives"], variance = 1, trials = 256, plot } = flags;
  const { stopping, batch, maxPulls, refresh, seed } = flags;
  expectWritable([plot], [file]);
  const instance = await readInstance(file);
  const hardness = ofFile(fileName(file), () => solver.hardness(instance)).hardness * variance;
  const bound = (delta: number) => solver.lowerBound(hardness, delta);
  const shared = { instance, deltas: delta, stopping, trials, covariance: variance, batch, maxPulls, refresh, seed };
  const summaries = allocation.flatMap((name) =>
    summarize(name, withProgress(solver.simulateBandit({ ...shared, allocation: name }), name, trials)),
  );
  process.stdout.write(table(summaries, hardness, bound));
  if (plot !== undefined) writeOutput(plot, drawPulls(summaries, bound));
}

function summarize(allocation: string, trials: Iterable<BanditOutcome[]>): Summary[] {
  const groups = new Map<string, BanditOutcome[]>();
  for (const outcomes of trials) {
    for (const outcome of outcomes) {
      const key = `${outcome.stopping} ${outcome.delta}`;
      groups.set(key, [...(groups.get(key) ?? []), outcome]);
    }
  }
  return [...groups.values()].map((group) => {
    const pulls = group.flatMap((outcome) => outcome.pulls ?? []);
    const mean = pulls.reduce((sum, count) => sum + count, 0) / pulls.length;
    const squares = pulls.reduce((sum, count) => sum + (count - mean) ** 2, 0);
    return {
      allocation,
      stopping: group[0].stopping,
      delta: group[0].delta,
      trials: group.length,
      mean,
      sd: Math.sqrt(squares / Math.max(1, pulls.length - 1)),
      errors: group.filter((outcome) => outcome.pulls !== null && !outcome.correct).length,
      unfinished: group.length - pulls.length,
    };
  });
}

function table(summaries: Summary[], hardness: number, bound: (delta: number) => number): string {
  const rows = [["allocation", "stopping", "delta", "mean pulls", "sd", "errors", "unfinished", "lower bound"]];
  for (const each of summaries) {
    rows.push([
      each.allocation,
      each.stopping,
      String(each.delta),
      // No trial within maxPulls has no mean.
      ...[each.mean, each.sd].map((value) => (each.unfinished < each.trials ? value.toFixed(1) : "-")),
      `${each.errors}/${each.trials - each.unfinished}`,
      String(each.unfinished),
      bound(each.delta).toFixed(1),
    ]);
  }
  const lines = aligned(rows, 2);
  lines.push("", `hardness D* ${hardness.toPrecision(8)}`);
  const rising = slopes(summaries);
  if (rising.size > 0) lines.push("slopes of mean pulls against log(1/delta) (theorem 5.10):");
  for (const [name, slope] of rising) lines.push(`  ${name}  ${slope.toFixed(3)}`);
  return `${lines.join("\n")}\n`;
}

/** Least squares of mean pulls on log(1 / delta), by allocation and rule. */
export function slopes(summaries: readonly Summary[]): Map<string, number> {
  const lines = new Map<string, Summary[]>();
  for (const each of summaries) {
    const name = `${each.allocation} ${each.stopping}`;
    lines.set(name, [...(lines.get(name) ?? []), each]);
  }
  const fitted = [...lines].map(([name, group]): [string, number] => {
    const x = group.map(({ delta }) => -Math.log(delta));
    const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
    const meanY = group.reduce((sum, { mean }) => sum + mean, 0) / x.length;
    const covariance = group.reduce((sum, { mean }, index) => sum + (x[index] - meanX) * (mean - meanY), 0);
    return [name, covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)];
  });
  return new Map(fitted.filter(([, slope]) => Number.isFinite(slope)));
}

/** The trials, with a bar on stderr while they come. */
function* withProgress<T>(trials: Iterable<T>, what: string, total: number): Generator<T> {
  const progress = new Progress("{bar} {value} of {total} trials, {what}");
  let done = 0;
  try {
    for (const trial of trials) {
      yield trial;
      progress.show(++done, total, { what });
    }
  } finally {
    progress.stop();
  }
}

async function readInstance(file: string): Promise<BanditInstance> {
  const text = await readText(file);
  const name = fileName(file);
  let instance: unknown;
  try {
    instance = JSON.parse(text);
  } catch (cause) {
    throw new WaywardError("input", `${name}: ${(cause as Error).message}`, { cause });
  }
  const { labels, centers } = (instance ?? {}) as BanditInstance;
  if (!Array.isArray(labels) || !Array.isArray(centers)) {
    throw new WaywardError("input", `${name}: expected {"labels":[...],"centers":[[...]]}`);
  }
  return { labels, centers };
}
