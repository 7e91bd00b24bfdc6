import { accessSync, constants, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { WaywardError } from "../index.js";

/** Finds out before the work, not after it, that a file cannot be written. */
export function expectWritable(paths: (string | undefined)[]): void {
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  }
}

/** Writes a whole file or none: into a temporary file beside it, then renamed. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cannotWrite(path, cause);
  }
}

/** JSON with typed arrays as arrays; Infinity becomes null, as JSON has it. */
export function toJson(value: unknown): string {
  const plain = (_key: string, entry: unknown) =>
    ArrayBuffer.isView(entry) ? Array.from(entry as unknown as ArrayLike<number>) : entry;
  return `${JSON.stringify(value, plain)}\n`;
}

function cannotWrite(path: string, cause: unknown): WaywardError {
  return new WaywardError("input", `${path}: cannot be written: ${(cause as Error).message}`, { cause });
}
