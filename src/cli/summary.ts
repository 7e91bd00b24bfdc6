import type { AnnealResult, IgnoredComparison } from "../index.js";
import { aligned, count, describe, percent, short } from "./words.js";

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
    ...centersTable(result.centers, { prescribed: result.prescribedMasses, realized: result.masses }, input.names),
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

/** One line a center: which share is sent there, which share goes there if that is known, where it is. */
export function centersTable(
  centers: number[][],
  shares: { prescribed: ArrayLike<number>; realized?: ArrayLike<number> },
  names: string[],
): string[] {
  const shown = names.slice(0, 6);
  const more = names.length > shown.length ? ["..."] : [];
  const rows = centers.map((center, cluster) => [
    String(cluster),
    ...Object.values(shares).map((share) => `${percent(100 * share[cluster])}%`),
    ...center.slice(0, shown.length).map(short),
    ...more,
  ]);
  return aligned([["cluster", ...Object.keys(shares), ...shown, ...more], ...rows]);
}
