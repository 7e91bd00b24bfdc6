// Small multiples for the paper's figures, from the same drawing helpers as `wayward anneal --plot`.
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { OUT } from "../../bench/tools.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** src/cli/plot's helpers, bundled for this script. */
async function helpers() {
  const outfile = `${OUT}plot.mjs`;
  const names = ["svg", "colors", "points"];
  const contents = names.map((name) => `export * from "./src/cli/plot/${name}.js";`).join("\n");
  await build({ stdin: { contents, resolveDir: ROOT }, bundle: true, format: "esm", outfile, logLevel: "warning" });
  return import(pathToFileURL(outfile).href);
}
export const { tag, text, pathThrough, round, escapeXml, assignColors, mix, hex, marker, ignoredMark } =
  await helpers();

const STYLE = `
text { font-family: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #333333; }
.title { font-size: 22px; font-weight: bold; fill: #1a1a1a; }
.subtitle { font-size: 14px; fill: #555555; }
.heading { font-size: 14px; font-weight: bold; fill: #1a1a1a; }
.note { font-size: 12.5px; fill: #555555; }
.tick { font-size: 12px; fill: #666666; }
.label { font-size: 13px; fill: #444444; }
.number { font-size: 11px; font-weight: bold; text-anchor: middle; }
.frame { fill: none; stroke: #c9c9c9; stroke-width: 1; }
.grid { stroke: #ececec; stroke-width: 1; }
.axis { stroke: #999999; stroke-width: 1; }
.dots path { fill: none; stroke-linecap: round; stroke-opacity: 0.75; }
.center { stroke: #1a1a1a; stroke-width: 1.4; }
.ring { fill: #ffffff; }
.ignored { fill: none; stroke: #1a1a1a; stroke-width: 1.6; }
.halo { fill: none; stroke: #ffffff; stroke-width: 4; stroke-linecap: round; }
.transition { stroke: #999999; stroke-width: 1; stroke-dasharray: 4 3; }
.wedge { fill: #333333; }
.split { font-size: 12px; font-weight: bold; }`;

/** A whole picture on white, with title and subtitles. */
export function picture(width, height, title, subtitles, ...children) {
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  return `${tag(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, role: "img" },
    tag("title", {}, escapeXml(title)),
    tag("style", {}, STYLE),
    tag("rect", { width, height, fill: "#ffffff" }),
    text(30, 40, title, { class: "title" }),
    ...subtitles.map((line, index) => text(30, 64 + 20 * index, line, { class: "subtitle" })),
    ...children,
  )}\n`;
}

/** The range of the points on both axes, a little wider. */
export function rangeOf(points) {
  return [0, 1].map((c) => {
    const values = points.map((x) => x[c]);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = 0.04 * (high - low);
    return [low - room, high + room];
  });
}

/** A framed scatter: points in the color of their policy, crosses at the centers of `ignored`, discs at ours. */
export function scatter({ points, range, result, colors, ignored = [], size, heading, note, discs = true }, box) {
  const [x, y] = scalesOf(range, box);
  const place = (at) => [x(at[0]), y(at[1])];
  return [
    tag("rect", { x: box.left, y: box.top, width: box.width, height: box.height, class: "frame" }),
    text(box.left, box.top - 26, heading, { class: "heading" }),
    text(box.left, box.top - 9, note, { class: "note" }),
    dots(points, result, colors, place, size),
    ...ignored.map((center) => ignoredMark(place(center))),
    ...result.centers.map((_, k) => {
      const [left, top] = beside(result.centers.map(place), k);
      if (discs) return marker(left, top, colors[k], String(k + 1));
      const ring = tag("circle", { cx: left, cy: top, r: 7.5, class: "ring" });
      return ring + tag("circle", { cx: left, cy: top, r: 5.5, fill: hex(colors[k]), class: "center" });
    }),
  ].join("\n");
}

/** Where the k-th disc goes: twins, which share a place, stand side by side. */
function beside(places, k) {
  const [x, y] = places[k];
  const before = places.slice(0, k).filter(([a, b]) => (a - x) ** 2 + (b - y) ** 2 < 20);
  return [x + 21 * before.length, y];
}

/** Equal scales on both axes, centered in the box. */
function scalesOf([[left, right], [bottom, top]], box) {
  const unit = Math.min(box.width / (right - left), box.height / (top - bottom));
  const x0 = box.left + (box.width - unit * (right - left)) / 2;
  const y0 = box.top + (box.height + unit * (top - bottom)) / 2;
  return [(value) => x0 + unit * (value - left), (value) => y0 - unit * (value - bottom)];
}

/** All points of one color are one path of zero-length strokes with round ends. */
function dots(points, { centers, policy, labels }, colors, place, size) {
  const paths = new Map();
  points.forEach((point, i) => {
    const shares = policy?.subarray(i * centers.length, (i + 1) * centers.length);
    const color = hex(shares ? mix(colors, shares) : colors[labels[i]]);
    const [x, y] = place(point);
    if (!paths.has(color)) paths.set(color, []);
    paths.get(color).push(`M${round(x)} ${round(y)}h.01`);
  });
  const strokes = [...paths].map(([stroke, path]) => tag("path", { d: path.join(""), stroke }));
  return tag("g", { class: "dots", "stroke-width": size }, ...strokes);
}
