import type { AnnealResult, FittedAutonomy, FittedParameter, IgnoredComparison } from "../index.js";
import type { CsvPoints } from "./csv.js";
import type { Learned } from "./learn-session.js";
import { centersTable } from "./summary.js";
import { count, describe, percent, short } from "./words.js";

/** What a log says, and what follows. */
export function summarizeFit(
  input: CsvPoints,
  fit: FittedAutonomy,
  result: AnnealResult,
  ignored: IgnoredComparison,
): string {
  const { parameters } = fit.models.find(({ name }) => name === "softmax") ?? {};
  const lines = [
    heading(input),
    `${count(fit.rows, "row")} of log; recommended: ${fit.recommended}${areAlike(fit) ? ", who are alike" : ""} (${describe(fit.autonomy)})`,
    "",
    "model      held-out log-likelihood   short of the best, with its error",
    ...fit.models.map(
      ({ name, heldOut, deficit, deficitError }) =>
        `${name.padEnd(10)} ${heldOut.toFixed(5).padStart(22)}   ${deficit.toFixed(5)} +- ${deficitError.toFixed(5)}`,
    ),
    ...(parameters
      ? ["", ...Object.entries(parameters).map(([name, parameter]) => parameterLine(name, parameter))]
      : []),
    ...(fit.unseen.length > 0
      ? ["", `never prescribed in the log: ${fit.unseen.join(", ")}; their rows are guesses`]
      : []),
    "",
    ...centersTable(result.centers, { prescribed: result.prescribedMasses, realized: result.masses }, input.names),
    "",
    `distortion               ${short(result.distortion)}  (under the fitted autonomy)`,
    `if autonomy is ignored   ${short(ignored.distortion)}  (${percent(ignored.excessPercent)}% more)`,
  ];
  return `${lines.join("\n")}\n`;
}

/** What was learned in a simulated world, beside what could have been known. */
export function summarizeLearning(
  input: CsvPoints,
  result: Learned,
  known: number,
  ignored: IgnoredComparison,
): string {
  const lines = [
    heading(input),
    `${count(result.interactions, "interaction")}, ${howLearned(result)}`,
    "",
    ...centersTable(result.centers, { prescribed: prescribedShares(input, result) }, input.names),
    "",
    `distortion               ${short(result.distortion)}  (under the true autonomy, with the learner's own labels)`,
    `autonomy known           ${short(known)}  (learning costs ${(100 * (result.distortion / known - 1)).toFixed(2)}%)`,
    `if autonomy is ignored   ${short(ignored.distortion)}  (${percent(ignored.excessPercent)}% more than known)`,
  ];
  return `${lines.join("\n")}\n`;
}

function howLearned({ method, autonomy, provider, fallback }: Learned): string {
  if (provider) return `${method} on ${provider}${fallback ? ` (gave up ${fallback})` : ""}`;
  return `${method}${autonomy ? `: ${describe(autonomy)}` : ""}`;
}

function heading({ file, names, points: { data, dimensions } }: CsvPoints): string {
  return `${file}: ${count(data.length / dimensions, "point")}, ${count(dimensions, "dimension")} (${names.join(", ")})`;
}

function parameterLine(name: string, { estimate, standardError, interval: [low, high], identified }: FittedParameter) {
  const bound = (value: number) => (Number.isFinite(value) ? short(value) : "infinity");
  const error = Number.isFinite(standardError) ? ` +- ${short(Number(standardError.toPrecision(3)))}` : "";
  const note = identified ? "" : "; not identified: one-sided";
  return `${name.padEnd(12)} ${bound(estimate)}${error}  (95%: ${bound(low)} to ${bound(high)}${note})`;
}

/** Which share of the weight is sent to each center. */
function prescribedShares({ weights }: CsvPoints, { centers, labels }: Learned): number[] {
  const masses = new Array<number>(centers.length).fill(0);
  labels.forEach((label, row) => {
    masses[label] += weights?.[row] ?? 1;
  });
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

/** Entities were compared one by one, and all follow one table. */
function areAlike({ recommended, autonomy }: FittedAutonomy): boolean {
  return recommended === "entities" && autonomy.kind === "table";
}
