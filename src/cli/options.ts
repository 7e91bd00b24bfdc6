// What the options of the subcommands have in common: how their values are read, and what they write.
import { InvalidArgumentError } from "commander";
import type { AnnealResult } from "../index.js";
import type { CsvPoints } from "./csv.js";

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

export function integer(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("Expected an integer.");
  return value;
}

export function list(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

export function numbers(text: string): number[] {
  return list(text).map(number);
}

/** Reads a list of these names. */
export function listOf<Name extends string>(choices: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const names = list(text) as Name[];
    if (names.every((name) => choices.includes(name))) return names;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
  };
}

/** "maxPulls" as it is typed: "--max-pulls". */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** In `--labels`: every shard writes its own file, beside it, under its own name. */
export const SHARD = "{shard}";

/** One label a row, under a header if the points have one, so that both files can be pasted side by side. */
export function labelsCsv(
  { hasHeader }: Pick<CsvPoints, "hasHeader">,
  { labels }: Pick<AnnealResult, "labels">,
): string {
  return `${hasHeader ? "label\n" : ""}${labels.join("\n")}\n`;
}

export function written(flags: { out?: string; labels?: string; plot?: string; saveWeights?: string }): string {
  const { out, labels, plot, saveWeights } = flags;
  const paths = [out, labels, plot, saveWeights].filter((path) => path !== undefined);
  return paths.length > 0 ? `written                  ${paths.join(", ")}\n` : "";
}
