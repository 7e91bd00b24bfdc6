import type { AnnealResult, IgnoredComparison } from "../../index.js";
import { count, describe, percent, short } from "../words.js";
import { assignColors, type Rgb } from "./colors.js";
import { pathsPanel } from "./paths.js";
import { type Box, heightFor, ignoredMark, MARKER_RADIUS, marker, pointsPanel, strideOf } from "./points.js";
import { projectionOf } from "./project.js";
import { escapeXml, tag, text } from "./svg.js";

/** What the picture shows. */
export interface Figure {
  points: { data: Float64Array; dimensions: number };
  /** A name for each dimension. */
  names: string[];
  result: AnnealResult;
  ignored?: IgnoredComparison;
  outline?: [number, number][][];
  title?: string;
}

const WIDTH = 960;
const LEFT = 70;
const RIGHT = 24;
const HEADER = 138;
const PATHS_HEIGHT = 170;

const STYLE = `
text { font-family: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #333333; }
.title { font-size: 25px; font-weight: bold; fill: #1a1a1a; }
.subtitle { font-size: 15px; fill: #444444; }
.legend, .label { font-size: 13px; fill: #444444; }
.tick { font-size: 12px; fill: #666666; }
.heading { font-size: 15px; font-weight: bold; fill: #1a1a1a; }
.split { font-size: 12px; font-weight: bold; }
.number { font-size: 11px; font-weight: bold; text-anchor: middle; }
.grid { stroke: #ececec; stroke-width: 1; }
.axis { stroke: #999999; stroke-width: 1; }
.outline { fill: none; stroke: #b9b9b9; stroke-width: 0.8; stroke-linejoin: round; }
.dots path { fill: none; stroke-linecap: round; stroke-opacity: 0.8; }
.center { stroke: #1a1a1a; stroke-width: 1.6; }
.ring { fill: #ffffff; }
.ignored { fill: none; stroke: #1a1a1a; stroke-width: 2; }
.halo { fill: none; stroke: #ffffff; stroke-width: 4.5; stroke-linecap: round; }
.way { fill: none; stroke-width: 2; stroke-linejoin: round; }
.leap { fill: none; stroke-width: 1.2; stroke-dasharray: 2 3; }
.transition { stroke: #888888; stroke-width: 1; stroke-dasharray: 4 3; }
.wedge { fill: #333333; }`;

/** The whole picture: title, points with their centers, and the centers' paths against beta. */
export function drawFigure(figure: Figure): string {
  const { points, result, ignored, names, outline = [] } = figure;
  const projection = projectionOf(points, names);
  const colors = assignColors(result.centers);
  const panel = { points, result, colors, projection, outline, ignoredCenters: ignored?.centers ?? [] };
  const width = WIDTH - LEFT - RIGHT;
  const upper: Box = { left: LEFT, top: HEADER, width, height: heightFor(panel, width) };
  const heading = upper.top + upper.height + 78;
  const lower: Box = { left: LEFT, top: heading + 46, width, height: PATHS_HEIGHT };
  const height = lower.top + lower.height + 52;
  const place = points.dimensions === 1 ? names[0] : "place on the main axis";
  return `${tag(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img" },
    tag("title", {}, escapeXml(titleOf(figure))),
    tag("style", {}, STYLE),
    tag("rect", { width: WIDTH, height, fill: "#ffffff" }),
    text(LEFT, 40, titleOf(figure), { class: "title" }),
    ...subtitlesOf(figure).map((line, index) => text(LEFT, 65 + 21 * index, line, { class: "subtitle" })),
    legend(figure, colors, 117),
    pointsPanel(panel, upper),
    text(LEFT, heading, `How the centers split as beta grows: their ${place}`, { class: "heading" }),
    tag("path", { d: `M${WIDTH - RIGHT - 158} ${heading - 1}l-4.5 -8h9z`, class: "wedge" }),
    text(WIDTH - RIGHT, heading, "predicted critical beta", { class: "legend", "text-anchor": "end" }),
    pathsPanel(result, colors, projection, lower),
    text(LEFT + width / 2, height - 14, "beta, 1 / squared data unit (logarithmic)", {
      class: "label",
      "text-anchor": "middle",
    }),
  )}\n`;
}

function titleOf({ title, points, result }: Figure): string {
  return (
    title ?? `${count(result.centers.length, "cluster")} of ${count(points.data.length / points.dimensions, "point")}`
  );
}

function subtitlesOf({ result, ignored }: Figure): string[] {
  const costs = [`K = ${result.centers.length}`, `distortion ${short(result.distortion)}`];
  if (ignored) costs.push(`ignoring autonomy costs ${percent(ignored.excessPercent)}% more`);
  return [describe(result.autonomy), costs.join("  \u00b7  ")];
}

/** What the marks mean; items stand in one row. */
function legend({ points, result, ignored }: Figure, colors: Rgb[], y: number): string {
  const stride = strideOf(points.data.length / points.dimensions);
  const colored = result.policy ? "colored by the mix of its policy" : "colored by its label";
  const items: [mark: (x: number) => string, words: string][] = [
    [
      (x) => tag("path", { d: `M${x} ${y - 4}h.01`, stroke: "#777777", "stroke-width": 7, "stroke-linecap": "round" }),
      stride === 1 ? `point, ${colored}` : `point (every ${ordinal(stride)} drawn), ${colored}`,
    ],
    [(x) => marker(x, y - 4, colors[0], "0"), "center"],
  ];
  if (ignored) items.push([(x) => ignoredMark([x, y - 4]), "center if autonomy is ignored"]);
  let x = LEFT + MARKER_RADIUS;
  return items
    .map(([mark, words]) => {
      const item = mark(x) + text(x + 16, y, words, { class: "legend" });
      x += 16 + 6.6 * words.length + 34;
      return item;
    })
    .join("");
}

function ordinal(count: number): string {
  return `${count}${count === 2 ? "nd" : count === 3 ? "rd" : "th"}`;
}
