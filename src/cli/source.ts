// Where a shard's rows come from: a CSV or binary file, a range of one, or the line itself.
import { type FileHandle, open } from "node:fs/promises";
import { decodeF64, decodeI32, joined, type Line } from "../hosts/protocol.js";
import { WaywardError } from "../index.js";
import { A_GROUP, isGroup, type NumericRows, parseLayout, parseLines, type Wanted } from "./csv.js";

export interface Source extends NumericRows {
  dimensions: number;
  /** Of the coordinates, and whether they stood in a header. */
  names: string[];
  hasHeader: boolean;
}

const CHUNK = 1 << 22;
/** The first line, with the header if there is one, is looked for in this many bytes. */
const HEAD = 1 << 16;

/** @throws WaywardError `input` naming file and row, also if there is no row at all */
export async function readSource(source: unknown): Promise<Source> {
  const line = (typeof source === "object" && source !== null ? source : {}) as Line;
  const kind = ["csv", "binary", "inline"].find((name) => typeof line[name] === "string");
  if (kind === undefined) throw bad("source: expected one of csv, binary, inline");
  const read = kind === "csv" ? readCsv(line) : kind === "binary" ? readBinary(line) : readInline(line);
  const rows = await read;
  if (rows.data.length === 0)
    throw bad(`${line[kind === "inline" ? "name" : kind] ?? kind}: 0 rows, expected at least 1`);
  return rows;
}

async function readCsv(line: Line): Promise<Source> {
  const path = line.csv as string;
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const [from, to] = rangeOf(line, path, size, 1);
    const source = line.bytes === undefined ? path : `${path} (bytes ${from} to ${to})`;
    const head = await headOf(file);
    const layout = parseLayout(source, head.line, wantedOf(line));
    if (head.isCrOnly && (from > 0 || to < size))
      throw bad(`${source}: its lines end in CR alone, expected LF or CRLF in a file that is read by ranges`);
    const parts: NumericRows[] = [];
    let rows = 0;
    for await (const text of linesOf(file, layout.header ? head.end : 0, from, Math.min(to, size))) {
      const part = parseLines(layout, text, rows);
      parts.push(part);
      rows += part.data.length / layout.coordinates.length;
    }
    const names = layout.coordinates.map(({ name }) => name);
    return { ...joinRows(parts), dimensions: names.length, names, hasHeader: layout.header !== null };
  });
}

/** Columns by name, or number from 1. */
function wantedOf({ columns, weight, group }: Line): Wanted {
  const one = (value: unknown, what: string) => {
    if (typeof value === "string" || Number.isInteger(value)) return String(value);
    throw bad(`${what} is ${JSON.stringify(value)}, expected the name or number of a column`);
  };
  if (columns != null && !Array.isArray(columns))
    throw bad(`columns is ${JSON.stringify(columns)}, expected a list of names or numbers`);
  return {
    columns: columns?.map((column, index) => one(column, `columns: entry ${index + 1}`)),
    weight: weight == null ? undefined : one(weight, "weight"),
    group: group == null ? undefined : one(group, "group"),
  };
}

const BOM = "\xef\xbb\xbf";

/** The first line that is not empty, and the byte at which it ends. */
async function headOf(file: FileHandle): Promise<{ line: string; end: number; isCrOnly: boolean }> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
  const bytes = buffer.toString("latin1", 0, bytesRead); // a character a byte, whatever they mean
  const pattern = /([^\r\n]*[^\s][^\r\n]*)(\r\n|\r|\n|$)/g;
  pattern.lastIndex = bytes.startsWith(BOM) ? BOM.length : 0;
  const line = Buffer.from(pattern.exec(bytes)?.[1] ?? "", "latin1").toString("utf8");
  return { line, end: pattern.lastIndex, isCrOnly: bytes.includes("\r") && !bytes.includes("\n") };
}

/** The lines from byte `start` on that begin in [from, to), some at a time. */
async function* linesOf(file: FileHandle, start: number, from: number, to: number): AsyncGenerator<string> {
  // A line that is under way at `from` belongs to the range before; whether one is, the byte before tells.
  let skipping = from > start;
  let position = skipping ? from - 1 : start;
  let piece: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
    position += bytesRead;
    piece = Buffer.concat([piece, buffer.subarray(0, bytesRead)]);
    if (skipping) {
      const end = piece.indexOf("\n");
      if (end < 0 && bytesRead > 0) continue;
      piece = end < 0 ? Buffer.alloc(0) : piece.subarray(end + 1);
      skipping = false;
    }
    const begin = position - piece.length;
    if (begin >= to) return;
    const last = position >= to ? piece.indexOf("\n", to - 1 - begin) : -1;
    if (last >= 0 || bytesRead === 0) {
      yield piece.toString("utf8", 0, last >= 0 ? last : piece.length);
      return;
    }
    const whole = position >= to ? -1 : piece.lastIndexOf("\n");
    if (whole < 0) continue;
    yield piece.toString("utf8", 0, whole);
    piece = piece.subarray(whole + 1);
  }
}

async function readBinary(line: Line): Promise<Source> {
  const path = line.binary as string;
  const { type = "f64", dimensions, weighted = false, grouped = false } = line;
  if (type !== "f64" && type !== "f32") throw bad(`type is ${JSON.stringify(type)}, expected "f64" or "f32"`);
  const width = checkDimensions(dimensions) + (weighted ? 1 : 0) + (grouped ? 1 : 0);
  const Numbers = type === "f64" ? Float64Array : Float32Array;
  const rowBytes = width * Numbers.BYTES_PER_ELEMENT;
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const [from, to] = rangeOf(line, path, size, rowBytes);
    const rows = (Math.min(to, size) - from) / rowBytes;
    const names = columnNames(dimensions as number);
    const data = new Float64Array(rows * (dimensions as number));
    const weights = weighted ? new Float64Array(rows) : null;
    const groups = grouped ? new Int32Array(rows) : null;
    const perChunk = Math.max(Math.floor(CHUNK / rowBytes), 1);
    for (let row = 0; row < rows; row += perChunk) {
      const count = Math.min(perChunk, rows - row);
      const bytes = new Uint8Array(count * rowBytes);
      await readAll(file, path, bytes, from + row * rowBytes);
      take(new Numbers(bytes.buffer), row, count);
    }
    return { data, weights, groups, dimensions: dimensions as number, names, hasHeader: false };

    function take(numbers: ArrayLike<number>, row: number, count: number): void {
      const d = dimensions as number;
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < d; c++) data[(row + i) * d + c] = finite(numbers[i * width + c], row + i, names[c]);
        if (weights) weights[row + i] = positive(numbers[i * width + d], row + i);
        if (groups) groups[row + i] = group(numbers[(i + 1) * width - 1], row + i);
      }
    }
    function finite(value: number, row: number, column: string): number {
      if (!Number.isFinite(value)) throw badRow(row, `${column} is ${value}, expected a finite number`);
      return value;
    }
    function positive(value: number, row: number): number {
      if (!(value > 0 && value < Number.POSITIVE_INFINITY))
        throw badRow(row, `the weight is ${value}, expected a positive number`);
      return value;
    }
    function group(value: number, row: number): number {
      if (!isGroup(value)) throw badRow(row, `the group is ${value}, expected ${A_GROUP}`);
      return value;
    }
    function badRow(row: number, what: string): WaywardError {
      return Object.assign(bad(`${path}: row ${row + 1} of bytes ${from} to ${to}, ${what}`), { row: row + 1 });
    }
  });
}

async function readAll(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, position + at);
    if (bytesRead === 0) throw bad(`${path}: ends at byte ${position + at}, expected ${position + bytes.length}`);
    at += bytesRead;
  }
}

async function readInline(line: Line): Promise<Source> {
  const data = decodeF64(line.inline, "inline");
  const dimensions = checkDimensions(line.dimensions);
  const rows = data.length / dimensions;
  if (!Number.isInteger(rows)) throw bad(`inline: ${data.length} numbers, expected a multiple of ${dimensions}`);
  const weights = line.weights == null ? null : decodeF64(line.weights, "weights");
  const groups = line.groups == null ? null : decodeI32(line.groups, "groups");
  for (const [name, array] of Object.entries({ weights, groups })) {
    if (array && array.length !== rows) throw bad(`${name}: ${array.length} entries, expected ${rows}, one a row`);
  }
  const wrong = groups?.findIndex((group) => !isGroup(group)) ?? -1;
  if (wrong >= 0) throw bad(`groups: row ${wrong + 1} is ${groups![wrong]}, expected ${A_GROUP}`);
  return { data, weights, groups, dimensions, names: columnNames(dimensions), hasHeader: false };
}

/** Of rows that have no header. */
function columnNames(dimensions: number): string[] {
  return Array.from({ length: dimensions }, (_, index) => `column ${index + 1}`);
}

function joinRows(parts: NumericRows[]): NumericRows {
  const weights = parts.flatMap((part) => part.weights ?? []);
  const groups = parts.flatMap((part) => part.groups ?? []);
  return {
    data: joined(
      Float64Array,
      parts.map((part) => part.data),
    ),
    weights: weights.length > 0 ? joined(Float64Array, weights) : null,
    groups: groups.length > 0 ? joined(Int32Array, groups) : null,
  };
}

/** `bytes`, or the whole file. */
function rangeOf(line: Line, path: string, size: number, step: number): [number, number] {
  const { bytes } = line;
  const [from, to] = bytes === undefined ? [0, size] : Array.isArray(bytes) ? bytes : [];
  const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to;
  if (!isRange) throw bad(`${path}: bytes is ${JSON.stringify(bytes)}, expected [from, to) with from <= to`);
  if (from >= size) return [size, size];
  if (from % step !== 0 || Math.min(to, size) % step !== 0)
    throw bad(`${path}: bytes ${from} to ${Math.min(to, size)}, expected multiples of ${step}, a row`);
  return [from, to];
}

function checkDimensions(value: unknown): number {
  if (!(Number.isInteger(value) && (value as number) >= 1))
    throw bad(`dimensions is ${JSON.stringify(value) ?? "missing"}, expected an integer of at least 1`);
  return value as number;
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  const unreadable = (cause: unknown) => bad(`${path}: cannot be read: ${(cause as Error).message}`);
  try {
    file = await open(path);
  } catch (cause) {
    throw unreadable(cause);
  }
  try {
    return await work(file);
  } catch (cause) {
    // A directory opens, and then cannot be read.
    throw (cause as NodeJS.ErrnoException).syscall ? unreadable(cause) : cause;
  } finally {
    await file.close();
  }
}

function bad(message: string): WaywardError {
  return new WaywardError("input", message);
}
