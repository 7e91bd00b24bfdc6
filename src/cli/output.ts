import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { WaywardError } from "../index.js";

/** Finds out before the work, not after it, that a file cannot be written, or would be written twice. */
export function expectWritable(paths: (string | undefined)[]): void {
  const given = paths.filter((path) => path !== undefined);
  for (const path of given) {
    try {
      const existing = statOf(path);
      if (path === "" || existing?.isDirectory()) throw new Error("expected the name of a file");
      accessSync(isReplaceable(existing) ? dirname(path) : path, constants.W_OK);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  }
  const twice = given.find((path, index) => given.findIndex((other) => resolve(other) === resolve(path)) < index);
  if (twice !== undefined) throw cannotWrite(twice, new Error("it is named for two outputs"));
}

/**
 * Writes a whole file or none: into a temporary file beside it, flushed, then renamed. What is no file but a
 * device or a pipe is written to, and not replaced.
 */
export function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    const existing = statOf(path);
    if (!isReplaceable(existing)) writeFileSync(path, content);
    else replaceFile(existing ? realpathSync(path) : path, content);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const descriptor = openSync(temporary, "w");
  try {
    try {
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
