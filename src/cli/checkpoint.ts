// A run's state in a file, written after every step: one line that says of which run, then the bytes.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type AnnealOptions, WaywardError } from "../index.js";
import { readBytes } from "./csv.js";
import { named } from "./messages.js";
import { toJson, writeOutput } from "./output.js";
import { followSteps, type Steps } from "./progress.js";

/** A run of annealing, here or elsewhere. */
interface Run<Result> extends Steps {
  save(): Uint8Array;
  result(): Result | Promise<Result>;
}

/**
 * Makes a run to its end, with a bar on stderr; from the checkpoint if the file is there, and kept in it.
 *
 * @param path undefined: kept nowhere
 * @param start the run from the saved state, or from the beginning
 */
export async function runKept<Result>(
  path: string | undefined,
  options: AnnealOptions,
  start: (saved: Uint8Array | null) => Run<Result>,
): Promise<Result> {
  if (path === undefined) return finish(start(null), options);
  try {
    const run = start(await readCheckpoint(path, options));
    return await finish(run, options, () => writeOutput(path, Buffer.concat([headerOf(options), run.save()])));
  } catch (cause) {
    const isOfState =
      cause instanceof WaywardError && cause.code === "state" && cause.message.startsWith("saved state");
    throw isOfState ? named(path, cause) : cause;
  }
}

async function finish<Result>(run: Run<Result>, options: AnnealOptions, onStep?: () => void): Promise<Result> {
  await followSteps(run, options.clusters, onStep);
  return run.result();
}

/** The state saved for a run with these options; null if the file is not there yet. */
async function readCheckpoint(path: string, options: AnnealOptions): Promise<Uint8Array | null> {
  if (!existsSync(path)) return null;
  const bytes = Buffer.from(await readBytes(path));
  const header = bytes.subarray(0, bytes.indexOf("\n") + 1);
  const expected = headerOf(options);
  if (header.equals(expected)) return Uint8Array.from(bytes.subarray(header.length));
  if (!isHeader(header)) throw new WaywardError("state", `${path}: is no checkpoint of wayward anneal`);
  const shown = (line: Buffer) => (line.length > 200 ? `${line.toString("utf8", 0, 200)}...` : line.toString()).trim();
  throw new WaywardError(
    "state",
    `${path}: belongs to a run with ${shown(header)}, expected ${shown(expected)}; remove it to start anew`,
  );
}

/** The points are known to the state by their checksum; the weights it has within it, so they get one here. */
function headerOf({ weights, ...options }: AnnealOptions): Buffer {
  const hash = weights && createHash("sha256").update(Float64Array.from(weights)).digest("hex").slice(0, 16);
  return Buffer.from(toJson({ ...options, weights: hash }));
}

function isHeader(line: Buffer): boolean {
  try {
    return Number.isInteger(JSON.parse(line.toString()).clusters);
  } catch {
    return false;
  }
}
