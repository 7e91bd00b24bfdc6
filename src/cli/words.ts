import { format } from "d3-format";
import type { Autonomy } from "../index.js";

/** How the summary and the picture put things into words. */

/** "1 point", "3,069 points". */
export function count(number: number, noun: string): string {
  return `${format(",")(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Six significant digits at most, thousands apart. */
export function short(value: number): string {
  return Math.abs(value) >= 1e4 && Math.abs(value) < 1e9 ? format(",.0f")(value) : String(Number(value.toPrecision(6)));
}

/** A share as "12.5". */
export const percent = format(".1f");

/** Cells in columns: words to the left, then numbers to the right. */
export function aligned(rows: string[][], words = 0): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < words ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  "),
  );
}

/** The autonomy in a few words and symbols. */
export function describe(autonomy: Autonomy): string {
  switch (autonomy.kind) {
    case "none":
      return "every entity obeys";
    case "softmax": {
      const { kappa, zeta = 1, gamma = 0, temperature } = autonomy;
      return `softmax autonomy, kappa ${kappa}, zeta ${zeta}, gamma ${gamma}, temperature ${short(temperature)}`;
    }
    case "table":
      return "one autonomy table for all entities";
    case "groups": {
      const tables = new Set(Array.from(autonomy.groups)).size;
      return `${count(tables, "autonomy table")}, one for each group of entities`;
    }
  }
}
