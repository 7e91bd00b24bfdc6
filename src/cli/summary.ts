import type { AnnealResult, IgnoredComparison } from "../index.js";
import { count, describe, percent, short } from "./words.js";

/** What a person wants to know first: the centers, who goes there, what it costs. */
export function summarize(
  input: { file: string; rows: number; names: string[] },
  result: AnnealResult,
  ignored: IgnoredComparison | undefined,
  seconds: number,
): string {
  const size = `${count(input.rows, "point")}, ${count(input.names.length, "dimension")}`;
  const lines = [
    `${input.file}: ${size} (${input.names.join(", ")})`,
    `${count(result.centers.length, "cluster")}; ${describe(result.autonomy)}`,
    "",
    ...centersTable(result, input.names),
    "",
    `distortion               ${short(result.distortion)}  (mean squared distance, in squared data units)`,
  ];
  if (ignored) {
    lines.push(
      `if autonomy is ignored   ${short(ignored.distortion)}  (${percent(ignored.excessPercent)}% more: centers solved as if everyone obeyed)`,
    );
  }
  const splits = result.phaseTransitions.map(({ beta, before, after }) => `${before} to ${after} at ${short(beta)}`);
  if (splits.length > 0) lines.push(`phase transitions        ${splits.join(", ")}  (centers, beta)`);
  lines.push(`work                     ${count(result.sweeps, "sweep")}, ${seconds.toFixed(2)} s`);
  return `${lines.join("\n")}\n`;
}

/** One line a center: where it is, which share is sent there, which share goes there. */
function centersTable(result: AnnealResult, names: string[]): string[] {
  const shown = names.slice(0, 6);
  const more = names.length > shown.length ? ["..."] : [];
  const heading = ["cluster", "prescribed", "realized", ...shown, ...more];
  const rows = result.centers.map((center, cluster) => [
    String(cluster),
    `${percent(100 * result.prescribedMasses[cluster])}%`,
    `${percent(100 * result.masses[cluster])}%`,
    ...center.slice(0, shown.length).map(short),
    ...more,
  ]);
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  return [heading, ...rows].map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  "));
}
