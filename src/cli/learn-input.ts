import { type Autonomy, type LogRows, WaywardError } from "../index.js";
import { type CsvPoints, parsePoints, parseTable, readText } from "./csv.js";

const COLUMNS = ["entity", "prescribed", "realized"];
const WORLD = ["kappa", "zeta", "gamma", "temperature"];

/**
 * Reads a log: entity, prescribed, realized (by name, or the first three columns), then, if there are more,
 * the K x d centers in force, row by row. Consecutive rows under the same centers become one part.
 *
 * @throws WaywardError `input` naming file, row and column
 */
export function parseLog(
  file: string,
  text: string,
  clusters: number,
  { data, dimensions }: CsvPoints["points"],
): LogRows[] {
  const { file: source, names, hasHeader, points } = parsePoints(file, text);
  const width = points.dimensions;
  const places = COLUMNS.map((name, index) => (hasHeader ? names.indexOf(name) : index));
  const missing = places.findIndex((place) => place < 0 || place >= width);
  if (missing >= 0)
    throw new WaywardError("input", `${source}: no column ${COLUMNS[missing]}; its columns are ${names.join(", ")}`);
  const others = names.map((_, index) => index).filter((index) => !places.includes(index));
  if (others.length !== 0 && others.length !== clusters * dimensions) {
    throw new WaywardError(
      "input",
      `${source}: ${others.length} columns beside ${COLUMNS.join(", ")}, expected none or K x d = ${clusters * dimensions} coordinates of the centers in force`,
    );
  }
  const counts = [data.length / dimensions, clusters, clusters];
  const parts: { entities: number[]; prescribed: number[]; realized: number[]; centers?: number[][]; key: string }[] =
    [];
  for (let at = 0; at < points.data.length; at += width) {
    const row = points.data.subarray(at, at + width);
    const key = others.map((index) => row[index]).join();
    if (parts.at(-1)?.key !== key) {
      const centers = Array.from({ length: clusters }, (_, k) =>
        Array.from({ length: dimensions }, (_, c) => row[others[k * dimensions + c]]),
      );
      parts.push({ entities: [], prescribed: [], realized: [], key, ...(others.length > 0 && { centers }) });
    }
    const part = parts[parts.length - 1];
    places.forEach((place, index) => {
      const value = row[place];
      if (Number.isInteger(value) && value >= 0 && value < counts[index]) return;
      const column = `column ${place + 1}${hasHeader ? ` (${names[place]})` : ""}`;
      const where = `${source}: row ${at / width + 1}, ${column}`;
      throw new WaywardError("input", `${where} is ${value}, expected an integer from 0 to ${counts[index] - 1}`);
    });
    part.entities.push(row[places[0]]);
    part.prescribed.push(row[places[1]]);
    part.realized.push(row[places[2]]);
  }
  return parts.map(({ key, ...part }) => part);
}

/** "kappa=0.2,temperature=0.1", or the file of a table. */
export async function parseWorld(world: string, clusters: number): Promise<Autonomy> {
  if (!world.includes("=")) return { kind: "table", probabilities: parseTable(world, await readText(world), clusters) };
  const values: Record<string, number> = {};
  for (const part of world.split(",")) {
    const [name, value] = part.split("=").map((piece) => piece.trim());
    if (!WORLD.includes(name))
      throw new WaywardError("input", `--simulate: ${name} is unknown, expected ${WORLD.join(", ")}`);
    values[name] = Number(value || Number.NaN);
    if (Number.isNaN(values[name])) throw new WaywardError("input", `--simulate: ${part} gives no number`);
  }
  const { kappa, zeta, gamma, temperature } = values;
  for (const name of ["kappa", "temperature"]) {
    if (values[name] === undefined) throw new WaywardError("input", `--simulate: ${name} is missing`);
  }
  return { kind: "softmax", kappa, zeta, gamma, temperature };
}
