import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { AnnealResult } from "../../index.js";
import { hex, inkOn, mix, type Rgb } from "./colors.js";
import type { Projection } from "./project.js";
import { pathThrough, round, tag, text } from "./svg.js";

/** Pixels of a panel inside the figure. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface PointsPanel {
  points: { data: Float64Array; dimensions: number };
  result: AnnealResult;
  colors: Rgb[];
  projection: Projection;
  /** Lines behind the points, in the data's units. */
  outline: [number, number][][];
  /** Centers that ignore autonomy, if they were compared. */
  ignoredCenters: number[][];
}

/** So that a picture stays under 2 MB. */
const MOST_POINTS = 60_000;
export const MARKER_RADIUS = 9.5;

/** Every n-th point is drawn; 1 means all. */
export const strideOf = (rows: number): number => Math.ceil(rows / MOST_POINTS);

/** How tall the panel must be for equal scales on both axes, within reason. */
export function heightFor(panel: PointsPanel, width: number): number {
  if (panel.projection.yLabel === null) return 190;
  const { x, y } = domains(panel);
  const aspect = (y[1] - y[0]) / (x[1] - x[0]);
  return Math.round(Math.min(480, Math.max(300, width * aspect)));
}

/** The scatter of the points, the centers on it, and the axes around it. */
export function pointsPanel(panel: PointsPanel, box: Box): string {
  const scales = scalesOf(panel, box);
  const toPixels: ToPixels = ([x, y]) => [scales.x(x), scales.y(y)];
  return [
    ...axes(panel.projection, scales, box),
    ...panel.outline.map((line) => tag("path", { d: pathThrough(line.map(toPixels)), class: "outline" })),
    dots(panel, toPixels),
    ...panel.ignoredCenters.map((center) => ignoredMark(toPixels(placeCenter(panel, center)))),
    ...markers(panel, toPixels),
  ].join("\n");
}

type ToPixels = (place: [number, number]) => [number, number];

/** Light grid lines, ticks and labels; no vertical axis for points on a line. */
function axes({ xLabel, yLabel }: Projection, { x, y }: ReturnType<typeof scalesOf>, box: Box): string[] {
  const right = box.left + box.width;
  const bottom = box.top + box.height;
  const parts = x.ticks(7).map((tick) => {
    const at = x(tick);
    return (
      tag("line", { x1: at, x2: at, y1: box.top, y2: bottom, class: "grid" }) +
      text(at, bottom + 17, x.tickFormat(7)(tick), { class: "tick", "text-anchor": "middle" })
    );
  });
  parts.push(text(box.left + box.width / 2, bottom + 37, xLabel, { class: "label", "text-anchor": "middle" }));
  if (yLabel === null) return parts;
  for (const tick of y.ticks(5)) {
    const at = y(tick);
    parts.push(
      tag("line", { x1: box.left, x2: right, y1: at, y2: at, class: "grid" }) +
        text(box.left - 8, at + 4, y.tickFormat(5)(tick), { class: "tick", "text-anchor": "end" }),
    );
  }
  const middle = box.top + box.height / 2;
  const turned = { class: "label", "text-anchor": "middle", transform: `rotate(-90 18 ${round(middle)})` };
  parts.push(text(18, middle, yLabel, turned));
  return parts;
}

/** All points of one color are one path of zero-length strokes with round ends: a dozen bytes a point. */
function dots({ points, result, colors, projection }: PointsPanel, toPixels: ToPixels): string {
  const clusters = colors.length;
  const { data, dimensions } = points;
  const rows = data.length / dimensions;
  const stride = strideOf(rows);
  const paths = new Map<string, string[]>();
  for (let row = 0; row < rows; row += stride) {
    const place = projection.place(data, row * dimensions);
    if (dimensions === 1) place[1] = spread(row);
    const { policy } = result;
    const shares = policy?.subarray(row * clusters, (row + 1) * clusters);
    const color = hex(shares ? mix(colors, shares) : colors[result.labels[row]]);
    const [x, y] = toPixels(place);
    const path = paths.get(color) ?? paths.set(color, []).get(color)!;
    path.push(`M${round(x)} ${round(y)}h.01`);
  }
  const drawn = rows / stride;
  const size = drawn <= 500 ? 6 : drawn <= 2500 ? 4.6 : drawn <= 8000 ? 3.4 : drawn <= 25_000 ? 2.4 : 1.8;
  const all = [...paths].map(([stroke, path]) => tag("path", { d: path.join(""), stroke }));
  return tag("g", { class: "dots", "stroke-width": size }, ...all);
}

/** A height for points on a line: the golden ratio's multiples fill [0, 1] evenly. */
function spread(row: number): number {
  return (row * 0.6180339887498949) % 1;
}

/** Centers of points on a line stand in the middle of the strip. */
function placeCenter({ projection }: PointsPanel, center: number[]): [number, number] {
  const [x, y] = projection.place(center, 0);
  return [x, projection.yLabel === null ? 0.5 : y];
}

/** Numbered discs. Centers on the same spot (twins) stand side by side. */
function markers(panel: PointsPanel, toPixels: ToPixels): string[] {
  const { result, colors } = panel;
  const places = result.centers.map((center) => toPixels(placeCenter(panel, center)));
  return places.map(([x, y], cluster) => {
    const near = places.slice(0, cluster).filter(([a, b]) => (a - x) ** 2 + (b - y) ** 2 < MARKER_RADIUS ** 2);
    const [left, top] = near[0] ?? [x, y];
    return marker(left + near.length * 2 * (MARKER_RADIUS + 1), top, colors[cluster], String(cluster));
  });
}

/** A center: its color in two rings that stand off any background, its number. */
export function marker(x: number, y: number, color: Rgb, label: string): string {
  return (
    tag("circle", { cx: x, cy: y, r: MARKER_RADIUS + 2.5, class: "ring" }) +
    tag("circle", { cx: x, cy: y, r: MARKER_RADIUS, fill: hex(color), class: "center" }) +
    text(x, y + 4, label, { class: "number", style: `fill: ${inkOn(color)}` })
  );
}

/** A cross: where a center would go if autonomy were ignored. */
export function ignoredMark([x, y]: readonly [number, number]): string {
  const arm = 5;
  const at = (sign: number): string =>
    `M${round(x - arm)} ${round(y - sign * arm)}L${round(x + arm)} ${round(y + sign * arm)}`;
  const d = at(1) + at(-1);
  return tag("path", { d, class: "halo" }) + tag("path", { d, class: "ignored" });
}

/** The data's range, the outline's and the centers', a little wider. */
function domains({ points, projection, result, outline, ignoredCenters }: PointsPanel) {
  const { data, dimensions } = points;
  const places: [number, number][] = outline.flat();
  for (let offset = 0; offset < data.length; offset += dimensions) places.push(projection.place(data, offset));
  for (const center of [...result.centers, ...ignoredCenters]) places.push(projection.place(center, 0));
  const wide = (index: 0 | 1): [number, number] => {
    const [low, high] = extent(places, (place) => place[index]) as [number, number];
    const room = high > low ? 0.03 * (high - low) : 1;
    return [low - room, high + room];
  };
  return { x: wide(0), y: projection.yLabel === null ? ([-0.15, 1.15] as [number, number]) : wide(1) };
}

/** Equal scales on both axes, since distance is Euclidean, unless one axis would shrink to a line. */
function scalesOf(panel: PointsPanel, box: Box) {
  const { x, y } = domains(panel);
  if (panel.projection.yLabel !== null) {
    const perPixelX = (x[1] - x[0]) / box.width;
    const perPixelY = (y[1] - y[0]) / box.height;
    if (perPixelX < perPixelY && perPixelY < 4 * perPixelX) widen(x, perPixelY * box.width);
    if (perPixelY < perPixelX && perPixelX < 4 * perPixelY) widen(y, perPixelX * box.height);
  }
  return {
    x: scaleLinear(x, [box.left, box.left + box.width]),
    y: scaleLinear(y, [box.top + box.height, box.top]),
  };
}

function widen(domain: [number, number], length: number): void {
  const room = (length - (domain[1] - domain[0])) / 2;
  domain[0] -= room;
  domain[1] += room;
}
