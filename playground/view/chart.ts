import { extent } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { short } from "./numbers.js";
import { pathThrough, set, svg } from "./svg.js";

export interface Axis {
  label: string;
  scale: "linear" | "log";
  /** Default: what the series need. */
  domain?: [number, number];
  /** Ticks at whole numbers only. */
  whole?: boolean;
}

export interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
  /** A CSS color; default by position, from the style sheet. */
  color?: string;
  /** Measured on the right axis. */
  right?: boolean;
  /** Holds its value until the next point. */
  steps?: boolean;
  dashed?: boolean;
}

interface Level {
  y: number;
  label: string;
  /** Where the word stands; default right. */
  side?: "left" | "right";
}

export interface ChartData {
  x: Axis;
  y: Axis;
  right?: Axis;
  series: Series[];
  /** Vertical dashed lines with a word on top. */
  marks?: { x: number; label: string }[];
  /** Triangles on the x axis: where something was predicted. */
  wedges?: number[];
  /** Horizontal lines with a word above. */
  levels?: Level[];
}

type Scale = { (value: number): number; ticks(count: number): number[] };
export const CHART_HEIGHT = 236;
const LABEL_WIDTH = 46;
/** So that every chart's clip has a name of its own. */
let charts = 0;

/** A line chart in SVG: crisp at any size, styled by the page's style sheet, exported as it is. */
export class Chart {
  readonly element: SVGElement;
  readonly #cursor = svg("line", { class: "cursor" });
  readonly #clip = svg("rect", { x: 0, y: 0, height: CHART_HEIGHT });
  readonly #clipId = `clip-${++charts}`;
  #x: Scale = scaleLinear();
  #data: ChartData | null = null;
  #width = 0;

  constructor(host: HTMLElement, title: string) {
    this.element = svg("svg", { class: "chart", role: "img", "aria-label": title });
    host.append(this.element);
    new ResizeObserver(() => {
      if (host.clientWidth !== this.#width && this.#data) this.draw(this.#data);
    }).observe(host);
  }

  draw(data: ChartData): void {
    this.#data = data;
    this.#width = this.element.parentElement!.clientWidth;
    if (this.#width === 0) return; // its tab is not shown
    const box = { left: 46, right: this.#width - (data.right ? 52 : 14), top: 36, bottom: CHART_HEIGHT - 42 };
    const left = data.series.filter(({ right }) => !right);
    const x = scaleFor(data.x, left.length > 0 ? left : data.series, 0, [box.left, box.right]);
    const y = scaleFor(
      data.y,
      left,
      1,
      [box.bottom, box.top],
      data.levels?.map((level) => level.y),
    );
    const right = data.right
      ? scaleFor(
          data.right,
          data.series.filter((series) => series.right),
          1,
          [box.bottom, box.top],
        )
      : y;
    this.#x = x;
    set(this.element, { viewBox: `0 0 ${this.#width} ${CHART_HEIGHT}`, width: this.#width, height: CHART_HEIGHT });
    set(this.#clip, { width: this.#width });
    set(this.#cursor, { y1: box.top, y2: box.bottom, visibility: "hidden" });
    this.element.replaceChildren(
      ...xAxis(data.x, x, box),
      ...yAxis(data.y, y, box, "left"),
      ...(data.right ? yAxis(data.right, right, box, "right") : []),
      ...(data.marks ?? []).flatMap((mark, index, all) => markLine(mark, x, box, all[index - 1])),
      ...(data.wedges ?? []).filter((at) => x(at) >= box.left && x(at) <= box.right).map((at) => wedge(x(at), box)),
      ...(data.levels ?? []).flatMap((level) => levelLine(level, y, box)),
      svg("clipPath", { id: this.#clipId }, this.#clip),
      svg(
        "g",
        { "clip-path": `url(#${this.#clipId})` },
        ...data.series.map((series, index) => line(series, index, x, series.right ? right : y)),
      ),
      this.#cursor,
    );
  }

  /** Shows the vertical line that says where the playback stands. */
  moveCursor(at: number): void {
    const place = this.#x(at);
    set(this.#cursor, { x1: place, x2: place, visibility: "visible" });
  }

  /** Shows the series up to there only. */
  reveal(to: number): void {
    set(this.#clip, { width: this.#x(to) });
    this.moveCursor(to);
  }
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function scaleFor(axis: Axis, series: readonly Series[], index: 0 | 1, range: [number, number], more: number[] = []) {
  const values = [...series.flatMap(({ points }) => points.map((point) => point[index])), ...more];
  const usable = values.filter((value) => Number.isFinite(value) && (axis.scale === "linear" || value > 0));
  let [low, high] = axis.domain ?? (extent(usable) as [number, number]);
  if (low === undefined) [low, high] = [1, 10];
  if (low === high) [low, high] = axis.scale === "log" ? [low / 2, high * 2] : [low - 1, high + 1];
  if (axis.scale === "log") return scaleLog([low, high], range).clamp(true) as Scale;
  const scale = scaleLinear([low, high], range);
  return (axis.domain || axis.whole ? scale : scale.nice(5)) as Scale;
}

function xAxis({ label, scale }: Axis, x: Scale, box: Box): SVGElement[] {
  const ticks = scale === "log" ? logTicks(x) : x.ticks(Math.max(3, Math.floor((box.right - box.left) / 90)));
  return [
    svg("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
    ...ticks.flatMap((tick) => [
      svg("line", { class: "axis", x1: x(tick), x2: x(tick), y1: box.bottom, y2: box.bottom + 4 }),
      svg("text", { class: "tick", x: x(tick), y: box.bottom + 17, "text-anchor": "middle" }, short(tick)),
    ]),
    svg("text", { class: "label", x: (box.left + box.right) / 2, y: box.bottom + 36, "text-anchor": "middle" }, label),
  ];
}

/** Powers of ten; where there are fewer than three, 2 and 5 times them as well. */
function logTicks(x: Scale): number[] {
  const all = x.ticks(10);
  const leading = (value: number) => value.toExponential()[0];
  const tens = all.filter((value) => leading(value) === "1");
  return tens.length >= 3 ? tens : all.filter((value) => "125".includes(leading(value)));
}

function yAxis(axis: Axis, y: Scale, box: Box, side: "left" | "right"): SVGElement[] {
  const count = 4;
  const ticks = axis.scale === "log" ? logTicks(y) : y.ticks(count).filter((tick) => !axis.whole || tick % 1 === 0);
  const at = side === "left" ? box.left - 7 : box.right + 7;
  const anchor = side === "left" ? "end" : "start";
  const titleAt = side === "left" ? 2 : box.right + 50;
  return [
    ...ticks.flatMap((tick) => [
      ...(side === "left"
        ? [svg("line", { class: "grid", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) })]
        : []),
      svg("text", { class: "tick", x: at, y: y(tick) + 4, "text-anchor": anchor }, short(tick)),
    ]),
    svg("text", { class: "label", x: titleAt, y: 12, "text-anchor": side === "left" ? "start" : "end" }, axis.label),
  ];
}

function line({ name, points, color, steps, dashed }: Series, index: number, x: Scale, y: Scale): SVGElement {
  const places: [number, number][] = [];
  for (const [atX, atY] of points) {
    if (!Number.isFinite(atY)) continue;
    const place: [number, number] = [x(atX), y(atY)];
    if (steps && places.length > 0) places.push([place[0], places[places.length - 1][1]]);
    places.push(place);
  }
  const element = svg("path", { class: `series series-${index}${dashed ? " dashed" : ""}`, d: pathThrough(places) });
  if (color) element.style.stroke = color;
  element.append(svg("title", {}, name));
  return element;
}

/** Words that would overlap the one before are left out. */
function markLine(mark: { x: number; label: string }, x: Scale, box: Box, before?: { x: number }): SVGElement[] {
  const at = x(mark.x);
  const crowded = before !== undefined && at - x(before.x) < LABEL_WIDTH;
  return [
    svg("line", { class: "transition", x1: at, x2: at, y1: box.top - 4, y2: box.bottom }),
    ...(crowded ? [] : [svg("text", { class: "mark", x: at, y: box.top - 7, "text-anchor": "middle" }, mark.label)]),
  ];
}

function wedge(at: number, { bottom }: Box): SVGElement {
  return svg("path", { class: "wedge", d: `M${at.toFixed(1)} ${bottom - 1}l-5 -9h10z` });
}

function levelLine({ y: value, label, side }: Level, y: Scale, box: Box): SVGElement[] {
  const at = side === "left" ? { x: box.left + 4, "text-anchor": "start" } : { x: box.right - 4, "text-anchor": "end" };
  return [
    svg("line", { class: "level", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }),
    svg("text", { class: "level-label", y: y(value) - 5, ...at }, label),
  ];
}
