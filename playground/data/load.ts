import { parseCsv } from "./csv.js";
import type { Dataset } from "./dataset.js";
import { type AirportsFile, airports, fourBlobs, iris, PRESETS, sixteenBlobs } from "./presets.js";

/** The worker's job: a preset by its key, or a text. */
export async function* load(input: { preset: string } | { csv: string; title: string }): AsyncGenerator<Dataset> {
  yield "csv" in input ? parseCsv(input.csv, input.title) : await preset(input.preset);
}

async function preset(key: string): Promise<Dataset> {
  switch (key) {
    case "blobs4":
      return fourBlobs();
    case "blobs16":
      return sixteenBlobs();
    case "airports":
      return airports(await fetchAirports());
    case "iris":
      return iris();
    default:
      throw new Error(`data is ${JSON.stringify(key)}, expected one of ${PRESETS.join(", ")}`);
  }
}

async function fetchAirports(): Promise<AirportsFile> {
  const response = await fetch(new URL("./airports.json", import.meta.url));
  if (!response.ok) throw new Error(`airports.json: the server answered ${response.status}`);
  return response.json();
}
