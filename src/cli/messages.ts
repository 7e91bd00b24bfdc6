// The library's errors in the words of whoever typed the command: flags for options, and the file that is at fault.
import type { Command } from "commander";
import { WaywardError } from "../index.js";
import { flagOf } from "./options.js";

/** A library's option as the command line calls it. */
export const flagNameOf = (option: string): string => (option === "covariance" ? "variance" : option);

/** `maxPulls is 4, ...` as `--max-pulls is 4, ...`, if that flag was given. */
export function inFlags(message: string, command: Command): string {
  const flag = (option: string) => {
    const name = flagNameOf(option);
    return command.getOptionValue(name) === undefined ? option : flagOf(name);
  };
  const [, name, rest] = /^(\w+)( is .*)$/s.exec(message) ?? [];
  if (name === undefined || flag(name) === name) return message;
  return flag(name) + rest.replace(/\b[a-z]+[A-Z]\w*\b/g, flag);
}

/** Does it; what is wrong with the content of a file is said of the file. */
export function ofFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw named(file, cause);
  }
}

/** An error of the library, with the file in front. */
export function named(file: string, cause: unknown): unknown {
  return cause instanceof WaywardError ? new WaywardError(cause.code, `${file}: ${cause.message}`, { cause }) : cause;
}
