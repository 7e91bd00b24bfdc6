// A run's state in a file, written after every step: one line that says of which run, then the bytes.
import { existsSync, readFileSync } from "node:fs";
import { type AnnealOptions, WaywardError } from "../index.js";
import { toJson, writeOutput } from "./output.js";

/** The state saved for a run with these options; null if the file is not there yet. */
export function readCheckpoint(path: string | undefined, options: AnnealOptions): Uint8Array | null {
  if (path === undefined || !existsSync(path)) return null;
  const bytes = readFileSync(path);
  const end = bytes.indexOf("\n") + 1;
  const actual = bytes.toString("utf8", 0, end);
  const expected = headerOf(options);
  if (actual !== expected) {
    const shown = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}...` : text).trim();
    throw new WaywardError(
      "state",
      `${path}: belongs to a run with ${shown(actual)}, expected ${shown(expected)}; remove it to start anew`,
    );
  }
  return Uint8Array.from(bytes.subarray(end));
}

export function writeCheckpoint(path: string, options: AnnealOptions, state: Uint8Array): void {
  writeOutput(path, Buffer.concat([Buffer.from(headerOf(options)), state]));
}

/** The points are known to the state by their checksum; weights go with them. */
function headerOf({ weights, ...options }: AnnealOptions): string {
  return toJson(options);
}
