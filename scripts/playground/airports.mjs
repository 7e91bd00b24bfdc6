// The airports of the contiguous United States and the state borders, in kilometers, from the npm package
// vega-datasets: airports.csv (Data.gov, a United States government work) and us-10m.json (US Census Bureau, ISC).
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { geoConicEqualArea } from "d3-geo";
import { mesh } from "topojson-client";

const EARTH = 6371; // km
/** Bends smaller than this, in km, are left out of the borders. */
const FINEST = 12;

/** Albers' projection as the US Geological Survey uses it. */
const albers = geoConicEqualArea()
  .parallels([29.5, 45.5])
  .rotate([96, 0])
  .center([0, 37.5])
  .scale(EARTH)
  .translate([0, 0]);
const toKilometers = (place) => {
  const [east, south] = albers(place);
  return [round(east), round(-south)];
};
const round = (value) => Math.round(1000 * value) / 1000;
const isContiguous = ([longitude, latitude]) => longitude > -125 && longitude < -66 && latitude > 24 && latitude < 50;

/** @returns what the playground's worker loads as airports.json */
export function airportsFile(root) {
  const read = (name) => readFileSync(`${root}node_modules/vega-datasets/data/${name}`, "utf8");
  const rows = parse(read("airports.csv"), { columns: true }).filter(({ country }) => country === "USA");
  const places = rows.map(({ longitude, latitude }) => [Number(longitude), Number(latitude)]).filter(isContiguous);
  const atlas = JSON.parse(read("us-10m.json"));
  const lines = mesh(atlas, atlas.objects.states).coordinates.filter((line) => line.every(isContiguous));
  return { points: places.map(toKilometers), outline: lines.map((line) => thinned(line.map(toKilometers))) };
}

function thinned(line) {
  const kept = [line[0]];
  for (const place of line) {
    const [x, y] = kept.at(-1);
    if (Math.hypot(place[0] - x, place[1] - y) > FINEST) kept.push(place);
  }
  return [...kept, line.at(-1)].map((place) => place.map((value) => Math.round(value)));
}
