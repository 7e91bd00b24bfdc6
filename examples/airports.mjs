// Where would you put 8 hubs for all airports of the contiguous United States, when a quarter
// of the traffic does not go to the hub it was told, but to one nearby?
//
// Data: airports.csv (Data.gov, a United States government work) and us-10m.json (US Census
// Bureau boundaries, ISC), both from the npm package vega-datasets (BSD-3-Clause).
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { mesh } from "topojson-client";
import { createSolver } from "wayward";

const HUBS = 8;
const DIVERTED = 0.25; // kappa: the share of trips that end at another hub
const REACH = 500; // km: how far around the told hub diverted trips look for another

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const readData = (name) => readFileSync(`node_modules/vega-datasets/data/${name}`, "utf8");

const airports = parse(readData("airports.csv"), { columns: true })
  .map((row) => ({ ...row, longitude: Number(row.longitude), latitude: Number(row.latitude) }))
  .filter(({ country, longitude, latitude }) => country === "USA" && isContiguous(longitude, latitude));
const points = airports.map(({ longitude, latitude }) => toKilometers(longitude, latitude));

const solver = await createSolver();
const autonomy = { kind: "softmax", kappa: DIVERTED, temperature: REACH ** 2 };
const result = solver.anneal(points, { clusters: HUBS, autonomy });
const ignored = solver.compareIgnored(points, result);

const row = (hub, place, told, end) =>
  console.log(`${hub.padStart(3)}  ${place.padEnd(30)} ${told.padStart(23)} ${end.padStart(22)}`);

console.log(`
${airports.length.toLocaleString("en")} airports of the contiguous United States, ${HUBS} hubs to place.
Every airport is told its hub, but ${100 * DIVERTED}% of its trips end at another one, mostly next to it.
`);
row("hub", "best place for it", "airports told to use it", "trips that end there");
result.centers.forEach((center, hub) => {
  const told = result.labels.reduce((count, label) => count + (label === hub), 0);
  row(String(hub), nearestCity(center), String(told), percent(result.masses[hub]));
});
console.log(`
How far a trip goes to the hub where it ends (root mean square):
  these hubs                                           ${kilometers(result.distortion)}
  hubs placed as if every trip went where it is told   ${kilometers(ignored.distortion)}
Ignoring the diversions makes the mean squared distance ${ignored.excessPercent.toFixed(1)}% worse.
`);

// The picture comes from the command line tool, which reads what anyone could write: rows of numbers.
mkdirSync("out", { recursive: true });
writeFileSync("out/airports.csv", toCsv("km east,km north", points));
writeFileSync(
  "out/states.csv",
  stateLines()
    .map((line) => toCsv("", line))
    .join("\n"),
);
const picture = [
  ...["anneal", "out/airports.csv", "--clusters", HUBS, "--kappa", DIVERTED, "--temperature", REACH ** 2],
  ...["--compare-ignored", "--outline", "out/states.csv", "--plot", "out/airports.svg"],
];
const title = `${HUBS} hubs for ${airports.length.toLocaleString("en")} US airports, ${100 * DIVERTED}% of trips diverted`;
execFileSync(process.execPath, ["dist/cli.js", ...picture.map(String), "--title", title]);
console.log(`The picture is in ${fileURLToPath(new URL("../out/airports.svg", import.meta.url))}: open it in a browser.
The same from the command line: npx wayward ${picture.join(" ")}`);

/** Albers' equal-area conic projection as the US Geological Survey uses it; kilometers east and north of its origin. */
function toKilometers(longitude, latitude) {
  const radians = Math.PI / 180;
  const [south, north, originLatitude, originLongitude] = [29.5, 45.5, 37.5, -96];
  const n = (Math.sin(south * radians) + Math.sin(north * radians)) / 2;
  const c = Math.cos(south * radians) ** 2 + 2 * n * Math.sin(south * radians);
  const radius = (degrees) => (6371 * Math.sqrt(c - 2 * n * Math.sin(degrees * radians))) / n;
  const angle = n * (longitude - originLongitude) * radians;
  return [radius(latitude) * Math.sin(angle), radius(originLatitude) - radius(latitude) * Math.cos(angle)];
}

function isContiguous(longitude, latitude) {
  return longitude > -125 && longitude < -66 && latitude > 24 && latitude < 50;
}

/** State borders as lines, without the bends smaller than 4 km. */
function stateLines() {
  const atlas = JSON.parse(readData("us-10m.json"));
  const lines = mesh(atlas, atlas.objects.states).coordinates.filter((line) =>
    line.every(([x, y]) => isContiguous(x, y)),
  );
  return lines.map((line) => {
    const way = line.map(([x, y]) => toKilometers(x, y));
    const kept = [way[0]];
    for (const place of way) if (distance(place, kept.at(-1)) > 4) kept.push(place);
    return [...kept, way.at(-1)];
  });
}

function nearestCity(center) {
  let nearest = 0;
  points.forEach((point, index) => {
    if (distance(point, center) < distance(points[nearest], center)) nearest = index;
  });
  return `${airports[nearest].city}, ${airports[nearest].state}`;
}

function distance([x, y], [a, b]) {
  return Math.hypot(x - a, y - b);
}

function toCsv(header, rows) {
  const lines = rows.map((row) => row.map((value) => value.toFixed(3)).join(","));
  return `${[...(header ? [header] : []), ...lines].join("\n")}\n`;
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

function kilometers(squared) {
  return `${Math.round(Math.sqrt(squared))} km`;
}
