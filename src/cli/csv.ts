import { readFile } from "node:fs/promises";
import { type Options, parse } from "csv-parse/sync";
import { WaywardError } from "../index.js";

/** Points as they came out of a CSV. Rows and columns count from 1 in every message, as in an editor. */
export interface CsvPoints {
  /** The file as it was named, or "stdin". */
  file: string;
  /** A name for each dimension: from the header, or "column 2". */
  names: string[];
  hasHeader: boolean;
  points: { data: Float64Array; dimensions: number };
  weights: Float64Array | null;
}

export interface Column {
  index: number;
  /** As messages call it: `column 2 (y)`. */
  label: string;
  name: string;
}

/** "-" is stdin. @throws WaywardError `input` when it cannot be read */
export async function readText(file: string): Promise<string> {
  try {
    if (file !== "-") return await readFile(file, "utf8");
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  } catch (cause) {
    throw badInput(`${fileName(file)}: cannot be read: ${(cause as Error).message}`);
  }
}

/** @throws WaywardError `input` when it cannot be read */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw badInput(`${file}: cannot be read: ${(cause as Error).message}`);
  }
}

/** What the columns of a file mean. */
export interface Layout {
  /** The file as errors call it. */
  source: string;
  delimiter: string;
  header: string[] | null;
  /** Cells of every row. */
  width: number;
  coordinates: Column[];
  weight: Column | null;
  group: Column | null;
}

/** Columns by name, or number from 1; without `columns`, all that are left are coordinates. */
export interface Wanted {
  columns?: string[];
  weight?: string;
  group?: string;
}

const LAST_GROUP = 2 ** 31 - 1;
export const A_GROUP = `a group, an integer from 0 to ${LAST_GROUP}`;

export function isGroup(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= LAST_GROUP;
}

/** Rows as numbers. */
export interface NumericRows {
  data: Float64Array;
  weights: Float64Array | null;
  groups: Int32Array | null;
}

/**
 * Reads points, and weights where a column of them is named.
 *
 * @param columns names, or numbers from 1; default: every column but the weight
 * @throws WaywardError `input` naming file, row and column
 */
export function parsePoints(file: string, text: string, columns?: string[], weight?: string): CsvPoints {
  const source = fileName(file);
  const wanted = { columns, weight };
  const { header, rows } = parseRows(source, text, namesOf(wanted));
  const layout = layoutOf(source, delimiterOf(text), header, rows[0], wanted);
  const { data, weights } = readNumbers(layout, rows, 0);
  const names = layout.coordinates.map(({ name }) => name);
  return { file: source, names, hasHeader: header !== null, points: { data, dimensions: names.length }, weights };
}

/** What the columns of a file mean, from its first line that is not empty. */
export function parseLayout(source: string, firstLine: string, wanted: Wanted): Layout {
  const delimiter = delimiterOf(firstLine);
  const [first] = cellsOf(source, firstLine, delimiter);
  if (first === undefined) throw badInput(`${source}: is empty, expected at least 1 row`);
  return layoutOf(source, delimiter, isHeader(first, namesOf(wanted)) ? first : null, first, wanted);
}

/**
 * Some whole lines of a file, without its header.
 *
 * @param before rows that came before, for messages
 */
export function parseLines(layout: Layout, text: string, before: number): NumericRows {
  return readNumbers(layout, cellsOf(layout.source, text, layout.delimiter), before);
}

function layoutOf(
  source: string,
  delimiter: string,
  header: string[] | null,
  first: string[],
  { columns, weight, group }: Wanted,
): Layout {
  const width = header?.length ?? first.length;
  const find = (wanted: string) => findColumn(source, wanted, header, width);
  const weightColumn = weight === undefined ? null : find(weight);
  const groupColumn = group === undefined ? null : find(group);
  const all = Array.from({ length: width }, (_, index) => describeColumn(index, header));
  const isLeft = ({ index }: Column) => index !== weightColumn?.index && index !== groupColumn?.index;
  const coordinates = columns?.map(find) ?? all.filter(isLeft);
  if (coordinates.length === 0) throw badInput(`${source}: no column is left for coordinates`);
  return { source, delimiter, header, width, coordinates, weight: weightColumn, group: groupColumn };
}

function readNumbers(layout: Layout, rows: string[][], before: number): NumericRows {
  const { source, width, coordinates, weight, group } = layout;
  const dimensions = coordinates.length;
  const data = new Float64Array(rows.length * dimensions);
  const weights = weight ? new Float64Array(rows.length) : null;
  const groups = group ? new Int32Array(rows.length) : null;
  rows.forEach((cells, index) => {
    const row = before + index;
    if (cells.length !== width)
      throw badInput(`${source}: row ${row + 1} has ${cells.length} columns, expected ${width}`, row);
    coordinates.forEach((column, dimension) => {
      data[index * dimensions + dimension] = readNumber(source, cells, row, column, "a number");
    });
    if (weight && weights) {
      weights[index] = readNumber(source, cells, row, weight, "a positive number");
      if (!(weights[index] > 0)) throw wrongCell(source, cells, row, weight, "a positive number");
    }
    if (group && groups) {
      const value = readNumber(source, cells, row, group, A_GROUP);
      if (!isGroup(value)) throw wrongCell(source, cells, row, group, A_GROUP);
      groups[index] = value;
    }
  });
  return { data, weights, groups };
}

function namesOf({ columns, weight, group }: Wanted): string[] {
  return [...(columns ?? []), ...[weight, group].filter((name) => name !== undefined)];
}

/**
 * Reads a K x K table of probabilities: row = prescribed cluster, column = realized.
 *
 * @throws WaywardError `input` naming file, row and column
 */
export function parseTable(file: string, text: string, clusters: number): number[][] {
  const source = fileName(file);
  const { header, rows } = parseRows(source, text, []);
  if (rows.length !== clusters)
    throw badInput(`${source}: ${rows.length} rows, expected ${clusters}, one a prescribed cluster`);
  return rows.map((cells, row) => {
    if (cells.length !== clusters)
      throw badInput(`${source}: row ${row + 1} has ${cells.length} columns, expected ${clusters}`);
    const numbers = cells.map((_, index) => {
      const column = describeColumn(index, header);
      const probability = readNumber(source, cells, row, column, "a probability");
      if (probability < 0) throw wrongCell(source, cells, row, column, "a probability in [0, 1]");
      return probability;
    });
    const sum = numbers.reduce((total, probability) => total + probability, 0);
    // Six printed decimals a cell may miss 1 by this much.
    if (Math.abs(sum - 1) > 1e-6) throw badInput(`${source}: row ${row + 1} sums to ${sum}, expected 1`);
    return numbers;
  });
}

/** Lines to draw behind the points: x,y rows, an empty row between two lines. */
export function parseOutline(file: string, text: string): [number, number][][] {
  const source = fileName(file);
  return text
    .replace(/\r\n?/g, "\n")
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const { names, points } = parsePoints(file, block);
      if (names.length !== 2) throw badInput(`${source}: ${names.length} columns, expected x and y`);
      const line: [number, number][] = [];
      for (let index = 0; index < points.data.length; index += 2)
        line.push([points.data[index], points.data[index + 1]]);
      return line;
    });
}

/** Cells of every row, and the header if there is one. */
function parseRows(source: string, text: string, wanted: string[]): { header: string[] | null; rows: string[][] } {
  const firstLine = /[^\r\n]*[^\s][^\r\n]*/.exec(text)?.[0];
  if (firstLine === undefined) throw badInput(`${source}: is empty, expected at least 1 row`);
  const rows = cellsOf(source, text, delimiterOf(firstLine));
  const header = isHeader(rows[0], wanted) ? rows[0] : null;
  if (header) rows.shift();
  if (rows.length === 0) throw badInput(`${source}: has a header and 0 rows, expected at least 1`);
  return { header, rows };
}

function cellsOf(source: string, text: string, delimiter: string): string[][] {
  const options: Options = {
    ...{ bom: true, delimiter, relax_column_count: true, skip_empty_lines: true, trim: true },
    // All of them, since a file may mix them: left to itself the parser takes the first one for all.
    record_delimiter: ["\r\n", "\n", "\r"],
  };
  try {
    return parse(text, options) as unknown as string[][];
  } catch (cause) {
    throw badInput(`${source}: is not CSV: ${(cause as Error).message}`);
  }
}

/** Of the first line that is not empty. */
function delimiterOf(text: string): string {
  const firstLine = /[^\r\n]*[^\s][^\r\n]*/.exec(text)?.[0] ?? "";
  return ["\t", ";"].find((mark) => firstLine.includes(mark) && !firstLine.includes(",")) ?? ",";
}

/** A first row without any number names the columns; so does one that holds a name that was asked for. */
function isHeader(first: string[], wanted: string[]): boolean {
  const names = wanted.filter((name) => !isNumber(name));
  return !first.some(isNumber) || names.some((name) => first.includes(name));
}

function findColumn(source: string, wanted: string, header: string[] | null, width: number): Column {
  const named = header?.indexOf(wanted) ?? -1;
  if (named >= 0) return describeColumn(named, header);
  const number = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (number >= 1 && number <= width) return describeColumn(number - 1, header);
  const known = header ? `its columns are ${header.join(", ")}` : `it has no header and ${width} columns, from 1`;
  throw badInput(`${source}: no column ${wanted}; ${known}`);
}

function describeColumn(index: number, header: string[] | null): Column {
  const plain = `column ${index + 1}`;
  const name = header?.[index];
  return name ? { index, name, label: `${plain} (${name})` } : { index, name: plain, label: plain };
}

/** Decimal notation only: JavaScript would also take "", "0x10" and "Infinity". */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
}

function readNumber(source: string, cells: string[], row: number, column: Column, expected: string): number {
  if (!isNumber(cells[column.index])) throw wrongCell(source, cells, row, column, expected);
  return Number(cells[column.index]);
}

function wrongCell(source: string, cells: string[], row: number, column: Column, expected: string): WaywardError {
  const cell = cells[column.index];
  const actual = cell === "" ? "empty" : isNumber(cell) ? cell : JSON.stringify(cell);
  return badInput(`${source}: row ${row + 1}, ${column.label} is ${actual}, expected ${expected}`, row);
}

/** As messages call it. */
export function fileName(file: string): string {
  return file === "-" ? "stdin" : file;
}

/** @param row from 0, for whoever knows how many came before */
function badInput(message: string, row?: number): WaywardError {
  return Object.assign(new WaywardError("input", message), row === undefined ? {} : { row: row + 1 });
}
