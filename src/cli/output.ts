import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { WaywardError } from "../index.js";

/** Links that lead to one another go on for ever. */
const MOST_LINKS = 40;

/**
 * Finds out before the work, not after it, that a file cannot be written, or would be written twice, or is
 * one of the `inputs`.
 */
export function expectWritable(paths: (string | undefined)[], inputs: (string | undefined)[] = []): void {
  const given = paths.filter((path) => path !== undefined);
  for (const path of given) {
    try {
      const existing = statOf(path);
      if (path === "" || existing?.isDirectory()) throw new Error("expected the name of a file");
      accessSync(isReplaceable(existing) ? dirname(targetOf(path)) : path, constants.W_OK);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  }
  if (given.length === 0) return;
  const files = given.filter((path) => isReplaceable(statOf(path))).map((path) => ({ path, target: targetOf(path) }));
  const twice = files.find(({ target }, index) => files.findIndex((other) => other.target === target) < index);
  if (twice) throw cannotWrite(twice.path, new Error("it is named for two outputs"));
  const read = new Set(inputs.flatMap((path) => (path === undefined || path === "-" ? [] : reachable(path))));
  const input = files.find(({ target }) => read.has(target));
  if (input) throw cannotWrite(input.path, new Error("it is an input"));
}

/** The file that a path leads to, through links, also if there is none yet. */
function targetOf(path: string, links = 0): string {
  if (existsSync(path)) return realpathSync(path);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  if (!isLink || links === MOST_LINKS) return resolve(path);
  return targetOf(resolve(dirname(path), readlinkSync(path)), links + 1);
}

/** Where an input is; nothing if it cannot be reached, which whoever reads it will say. */
function reachable(path: string): string[] {
  try {
    return [targetOf(path)];
  } catch {
    return [];
  }
}

/**
 * Writes a whole file or none: into a temporary file beside it, flushed, then renamed. What is no file but a
 * device or a pipe is written to, and not replaced.
 */
export function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    const existing = statOf(path);
    if (!isReplaceable(existing)) writeFileSync(path, content);
    else replaceFile(targetOf(path), content, existing?.mode);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function replaceFile(path: string, content: string | Uint8Array, mode: number | undefined): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const descriptor = openSync(temporary, "w");
  try {
    try {
      if (mode !== undefined) fchmodSync(descriptor, mode);
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

function statOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

function isReplaceable(existing: Stats | null): boolean {
  return existing === null || existing.isFile();
}

/** JSON with typed arrays as arrays; Infinity becomes null, as JSON has it. */
export function toJson(value: unknown): string {
  const plain = (_key: string, entry: unknown) =>
    ArrayBuffer.isView(entry) ? Array.from(entry as unknown as ArrayLike<number>) : entry;
  return `${JSON.stringify(value, plain)}\n`;
}

function cannotWrite(path: string, cause: unknown): WaywardError {
  return new WaywardError("input", `${path || '""'}: cannot be written: ${(cause as Error).message}`, { cause });
}
