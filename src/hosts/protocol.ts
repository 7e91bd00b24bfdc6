// The line protocol of docs/shards.md: what both of its ends share.
import { ABI_VERSION } from "../core/exports.js";
import { WaywardError, type WaywardErrorCode } from "../errors.js";
import type { ShardProblem } from "../types.js";

export { BLOCK_ROWS, nodeAt } from "../anneal/blocks.js";
export { joined } from "../core/joined.js";

export const PROTOCOL = 1;

/** The first line of each end. */
export interface Hello {
  wayward: "shard" | "driver" | "sweeper";
  protocol: number;
  abi: number;
}

export const hello = (wayward: Hello["wayward"]): Hello => ({ wayward, protocol: PROTOCOL, abi: ABI_VERSION });

/** One JSON object, as received. */
export type Line = Record<string, unknown>;

/** Rows on their way from one shard to another. */
export interface EncodedRows {
  rows: number;
  data: string;
  weights: string | null;
  groups: string | null;
}

/** @throws WaywardError `environment` unless the other end is what it should be, from the same build */
export function checkHello(line: string, expected: Hello["wayward"], who: string): Line {
  const said = parseLine(line, who);
  const mine = hello(expected);
  for (const name of ["wayward", "protocol", "abi"] as const) {
    if (said[name] !== mine[name]) {
      const actual = JSON.stringify(said[name]) ?? "missing";
      throw new WaywardError("environment", `${who}: ${name} is ${actual}, expected ${JSON.stringify(mine[name])}`);
    }
  }
  return said;
}

/** @throws WaywardError `input` unless it is one JSON object */
export function parseLine(line: string, who: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Not even JSON: the message below says it.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const shown = line.length > 60 ? `${line.slice(0, 60)}...` : line;
    throw new WaywardError(
      "input",
      `${who}: ${JSON.stringify(shown)} is no line of the protocol, expected a JSON object`,
    );
  }
  return value as Line;
}

export function encode(array: Float64Array | Int32Array | Uint8Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}

/** @throws WaywardError `input` unless it is base64 of whole numbers of this kind */
export function decodeF64(text: unknown, what: string): Float64Array {
  return new Float64Array(decodeBytes(text, what, 8).buffer);
}

export function decodeI32(text: unknown, what: string): Int32Array {
  return new Int32Array(decodeBytes(text, what, 4).buffer);
}

export function decodeBytes(text: unknown, what: string, size = 1): Uint8Array<ArrayBuffer> {
  const isBase64 = typeof text === "string" && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isBase64) throw new WaywardError("input", `${what}: is not base64`);
  const bytes = Uint8Array.from(Buffer.from(text, "base64")); // a copy: Node's own may begin anywhere
  if (bytes.length % size !== 0) {
    throw new WaywardError("input", `${what}: ${bytes.length} bytes, expected a multiple of ${size}`);
  }
  return bytes;
}

export function encodeProblem({ clusters, kind, groupCount, tables }: ShardProblem): Line {
  return { clusters, kind, groupCount, tables: encode(tables) };
}

/** Checked where it is used: `Shard.open`. */
export function decodeProblem(value: unknown): ShardProblem {
  const problem = value as (Omit<ShardProblem, "tables"> & { tables: string }) | null;
  if (typeof problem !== "object" || problem === null) throw new WaywardError("input", "problem: is missing");
  const { clusters, kind, groupCount, tables } = problem;
  return { clusters, kind, groupCount, tables: decodeF64(tables, "tables") };
}

/** An error as it goes over the line. */
export function encodeError(error: unknown, name: string): Line {
  const code: WaywardErrorCode = error instanceof WaywardError ? error.code : "internal";
  const { message, row } = error as { message: string; row?: number };
  return { code, message: `${name}: ${message}`, ...(row === undefined ? {} : { row }) };
}

export function decodeError(value: unknown, who: string): WaywardError {
  const { code, message, row } = (value ?? {}) as { code?: WaywardErrorCode; message?: string; row?: number };
  return Object.assign(new WaywardError(code ?? "internal", message ?? `${who}: failed without a word`), { row });
}
