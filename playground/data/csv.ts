import { dsvFormat } from "d3-dsv";
import { type Dataset, datasetOf } from "./dataset.js";

/** More than this and the playback no longer fits a page; the library itself takes millions. */
export const MOST_ROWS = 20_000;
export const MOST_COLUMNS = 64;

/** What is wrong with the text: one sentence with row and column, counted from 1 as in an editor. */
export class CsvError extends Error {}

/**
 * Reads points from CSV with or without a header; commas, semicolons or tabs.
 *
 * @throws CsvError naming row, column, the actual and the expected value
 */
export function parseCsv(text: string, title = "Your data"): Dataset {
  const { header, rows } = split(text.replace(/^\uFEFF/, ""));
  const width = (header ?? rows[0].cells).length;
  if (rows.length > MOST_ROWS) {
    throw new CsvError(`${count(rows.length)} rows, expected at most ${count(MOST_ROWS)} in the playground`);
  }
  if (width > MOST_COLUMNS) throw new CsvError(`${width} columns, expected at most ${MOST_COLUMNS} in the playground`);
  const columns = Array.from({ length: width }, (_, column) => header?.[column] || `column ${column + 1}`);
  const data = new Float64Array(rows.length * width);
  rows.forEach(({ cells, line }, row) => {
    if (cells.length !== width) {
      throw new CsvError(`row ${line} has ${cells.length} ${plural(cells.length, "column")}, expected ${width}`);
    }
    cells.forEach((cell, column) => {
      if (!isNumber(cell)) {
        const name = header?.[column] ? ` (${header[column]})` : "";
        const actual = cell === "" ? "empty" : JSON.stringify(cell);
        throw new CsvError(`row ${line}, column ${column + 1}${name} is ${actual}, expected a number`);
      }
      data[row * width + column] = Number(cell);
    });
  });
  const dataset = datasetOf({ key: "csv", title, columns, data });
  if (!Number.isFinite(dataset.variance)) throw new CsvError("the numbers are so large that their squares overflow");
  return dataset;
}

interface Row {
  cells: string[];
  /** The row in the text, from 1, the header and empty rows counted. */
  line: number;
}

function split(text: string): { header: string[] | null; rows: Row[] } {
  const rows = dsvFormat(delimiterOf(text))
    .parseRows(text)
    .map((cells, index): Row => ({ cells: cells.map((cell) => cell.trim()), line: index + 1 }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== "");
  if (rows.length === 0) throw new CsvError("the text is empty, expected at least 1 row of numbers");
  const header = rows[0].cells.some(isNumber) ? null : rows[0].cells;
  if (header) rows.shift();
  if (rows.length === 0) throw new CsvError("a header and 0 rows, expected at least 1 row of numbers");
  return { header, rows };
}

function delimiterOf(text: string): string {
  const firstLine = /[^\r\n]*\S[^\r\n]*/.exec(text)?.[0] ?? "";
  return ["\t", ";"].find((mark) => firstLine.includes(mark) && !firstLine.includes(",")) ?? ",";
}

/** Decimal notation only: JavaScript would also take "", "0x10" and "Infinity". */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
}

const count = (value: number): string => value.toLocaleString("en");
const plural = (value: number, noun: string): string => (value === 1 ? noun : `${noun}s`);
