import { scaleLinear } from "d3-scale";
import type { Dataset } from "../data/dataset.js";
import { rowsOf } from "../data/dataset.js";
import { type Projection, projectionOf } from "../data/project.js";
import { hex, inkOn, type Rgb } from "./colors.js";
import { oncePerFrame } from "./dom.js";
import { drawDots, radiusFor, stampOf } from "./dots.js";
import { short } from "./numbers.js";
import { pathThrough, set, svg } from "./svg.js";

type Place = [number, number];

/** A disc with a word in it. */
export interface Disc {
  row: ArrayLike<number>;
  color: Rgb;
  label: string;
  /** Says what it is, to screen readers and under the pointer. */
  title: string;
}

const MARGIN = { left: 46, right: 12, top: 12, bottom: 40 };
/** Centers nearer than this on the screen are shown as one. */
export const TOUCHING = 5;

/**
 * The scatter: grid and borders behind, points as pixels, everything that has a name in SVG above them.
 */
export class Scene {
  readonly element: HTMLElement;
  /** Layers of the SVG above the points, lowest first. */
  readonly layers = { trails: svg("g"), journeys: svg("g"), crosses: svg("g"), discs: svg("g"), hover: svg("g") };
  /** Called after every change of size: whatever was placed in pixels must be placed anew. */
  onLayout: () => void = () => {};

  readonly #back = svg("svg", { class: "scene-back", "aria-hidden": "true" });
  readonly #canvas = document.createElement("canvas");
  readonly #front = svg("svg", { class: "scene-front" });
  #dataset: Dataset | null = null;
  #projection: Projection = { place: () => [0, 0], xLabel: "", yLabel: null };
  /** N x 2 in units of the projection. */
  #places = new Float64Array(0);
  /** N x 2 in device pixels. */
  #pixels = new Float32Array(0);
  #colors: Uint8Array = new Uint8Array(0);
  /** Null until there is a size. */
  #image: ImageData | null = null;
  #stamp = stampOf(1);
  #x = scaleLinear();
  #y = scaleLinear();
  #size = { width: 0, height: 0, ratio: 1 };
  readonly #redraw = oncePerFrame(() => this.#drawDots());

  constructor(host: HTMLElement, label: string) {
    this.element = host;
    host.classList.add("scene");
    set(this.#front, { role: "img", "aria-label": label });
    this.#front.append(...Object.values(this.layers));
    host.append(this.#back, this.#canvas, this.#front);
    new ResizeObserver(() => {
      if (host.clientWidth !== this.#size.width) this.layout();
    }).observe(host);
  }

  get dataset(): Dataset | null {
    return this.#dataset;
  }

  get size(): { width: number; height: number } {
    return this.#size;
  }

  describe(label: string): void {
    set(this.#front, { "aria-label": label });
  }

  setData(dataset: Dataset): void {
    this.#dataset = dataset;
    this.#projection = projectionOf(dataset);
    const rows = rowsOf(dataset);
    this.#places = new Float64Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      const place = this.#projection.place(dataset.data, row * dataset.dimensions);
      // Points on a line are spread over the height by multiples of the golden ratio, which fill it evenly.
      if (this.#projection.yLabel === null) place[1] = ((row * 0.6180339887498949) % 1) - 0.5;
      this.#places.set(place, 2 * row);
    }
    this.#colors = new Uint8Array(3 * rows).fill(140);
    for (const layer of Object.values(this.layers)) layer.replaceChildren();
    this.layout();
  }

  /** Red, green, blue of every point. */
  setColors(colors: Uint8Array): void {
    this.#colors = colors;
    this.#redraw();
  }

  /** Where a row of the data's coordinates lies, in CSS pixels. */
  toPixels(row: ArrayLike<number>): Place {
    const [x, y] = this.#projection.place(row);
    return [this.#x(x), this.#y(y)];
  }

  /** Where point `index` lies, in CSS pixels. */
  pixelOf(index: number): Place {
    return [this.#x(this.#places[2 * index]), this.#y(this.#places[2 * index + 1])];
  }

  /** The nearest point within `reach` CSS pixels, or null. */
  pointAt(x: number, y: number, reach = 14): number | null {
    const { ratio } = this.#size;
    let best: number | null = null;
    let least = (reach * ratio) ** 2;
    for (let index = 0; 2 * index < this.#pixels.length; index++) {
      const distance = (this.#pixels[2 * index] - x * ratio) ** 2 + (this.#pixels[2 * index + 1] - y * ratio) ** 2;
      if (distance >= least) continue;
      least = distance;
      best = index;
    }
    return best;
  }

  drawDiscs(discs: readonly Disc[]): void {
    const layer = this.layers.discs;
    while (layer.childElementCount > discs.length) layer.lastElementChild!.remove();
    while (layer.childElementCount < discs.length) layer.append(newDisc());
    discs.forEach((disc, index) => {
      updateDisc(layer.children[index], disc, this.toPixels(disc.row));
    });
  }

  /** Everything as one SVG, the points as paths, for a file. Two elements: behind and above the points go along. */
  parts(): { back: SVGElement; dots: SVGElement; front: SVGElement } {
    const radius = radiusFor(this.#places.length / 2);
    const paths = new Map<string, string>();
    for (let index = 0; 2 * index < this.#places.length; index++) {
      const color = hex([this.#colors[3 * index], this.#colors[3 * index + 1], this.#colors[3 * index + 2]]);
      const [x, y] = this.pixelOf(index);
      paths.set(color, `${paths.get(color) ?? ""}M${x.toFixed(1)} ${y.toFixed(1)}h0`);
    }
    const dots = svg("g", { "stroke-linecap": "round", "stroke-width": 2 * radius, fill: "none" });
    for (const [stroke, d] of paths) dots.append(svg("path", { stroke, d }));
    return { back: this.#back, dots, front: this.#front };
  }

  layout(): void {
    const width = this.element.clientWidth;
    if (!this.#dataset || width === 0) return;
    const domain = this.#domain();
    const aspect = (domain.y[1] - domain.y[0]) / (domain.x[1] - domain.x[0]);
    const inner = width - MARGIN.left - MARGIN.right;
    const flat = this.#projection.yLabel === null;
    const most = Math.max(300, Math.min(560, window.innerHeight - 260));
    const height = flat ? 220 : Math.min(Math.max(inner * aspect, 260), most) + MARGIN.top + MARGIN.bottom;
    this.#size = { width, height, ratio: Math.min(window.devicePixelRatio || 1, 2) };
    this.#setScales(domain, inner, height - MARGIN.top - MARGIN.bottom, flat);
    this.element.style.height = `${height}px`;
    const viewBox = `0 0 ${width} ${height}`;
    for (const layer of [this.#back, this.#front]) set(layer, { viewBox, width, height });
    this.#back.replaceChildren(...this.#grid(), ...this.#outline());
    this.#placeDots();
    this.onLayout();
  }

  /** Equal scales on both axes, since distance is Euclidean; the rest of the box is room. */
  #setScales(domain: { x: Place; y: Place }, width: number, height: number, flat: boolean): void {
    const { x, y } = domain;
    if (!flat) {
      const unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height);
      for (const [range, length] of [
        [x, width],
        [y, height],
      ] as const) {
        const room = (unit * length - (range[1] - range[0])) / 2;
        range[0] -= room;
        range[1] += room;
      }
    }
    this.#x = scaleLinear(x, [MARGIN.left, MARGIN.left + width]);
    this.#y = scaleLinear(y, [MARGIN.top + height, MARGIN.top]);
  }

  #domain(): { x: Place; y: Place } {
    const range = (axis: 0 | 1): Place => {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const take = (value: number) => {
        low = Math.min(low, value);
        high = Math.max(high, value);
      };
      for (let at = axis; at < this.#places.length; at += 2) take(this.#places[at]);
      for (const line of this.#dataset!.outline) for (const place of line) take(place[axis]);
      const room = high > low ? 0.04 * (high - low) : 1;
      return [low - room, high + room];
    };
    return { x: range(0), y: range(1) };
  }

  #placeDots(): void {
    const { width, height, ratio } = this.#size;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.height = `${height}px`;
    this.#image = new ImageData(this.#canvas.width, this.#canvas.height);
    this.#stamp = stampOf(radiusFor(this.#places.length / 2) * ratio);
    this.#pixels = new Float32Array(this.#places.length);
    for (let at = 0; at < this.#places.length; at += 2) {
      this.#pixels[at] = this.#x(this.#places[at]) * ratio;
      this.#pixels[at + 1] = this.#y(this.#places[at + 1]) * ratio;
    }
    this.#drawDots();
  }

  #drawDots(): void {
    if (!this.#image) return;
    drawDots(this.#image, this.#stamp, this.#pixels, this.#colors);
    this.#canvas.getContext("2d")!.putImageData(this.#image, 0, 0);
  }

  #grid(): SVGElement[] {
    const { width, height } = this.#size;
    const [left, right] = [MARGIN.left, width - MARGIN.right];
    const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
    const columns = this.#x
      .ticks(Math.max(3, Math.floor(width / 110)))
      .flatMap((tick) => [
        svg("line", { class: "grid", x1: this.#x(tick), x2: this.#x(tick), y1: top, y2: bottom }),
        svg("text", { class: "tick", x: this.#x(tick), y: bottom + 16, "text-anchor": "middle" }, short(tick)),
      ]);
    const { xLabel, yLabel } = this.#projection;
    const middle = (left + right) / 2;
    columns.push(svg("text", { class: "label", x: middle, y: bottom + 34, "text-anchor": "middle" }, xLabel));
    if (yLabel === null) return columns;
    const turned = { transform: `rotate(-90 12 ${(top + bottom) / 2})`, "text-anchor": "middle" };
    const rows = this.#y
      .ticks(5)
      .flatMap((tick) => [
        svg("line", { class: "grid", x1: left, x2: right, y1: this.#y(tick), y2: this.#y(tick) }),
        svg("text", { class: "tick", x: left - 6, y: this.#y(tick) + 4, "text-anchor": "end" }, short(tick)),
      ]);
    return [...columns, ...rows, svg("text", { class: "label", x: 12, y: (top + bottom) / 2, ...turned }, yLabel)];
  }

  #outline(): SVGElement[] {
    const lines = this.#dataset!.outline.map((line) =>
      pathThrough(line.map(([x, y]): Place => [this.#x(x), this.#y(y)])),
    );
    return lines.length > 0 ? [svg("path", { class: "outline", d: lines.join("") })] : [];
  }
}

function newDisc(): SVGElement {
  return svg(
    "g",
    { class: "disc" },
    svg("circle", { class: "ring", r: 12.5 }),
    svg("circle", { class: "fill", r: 10 }),
    svg("text", { y: 4, "text-anchor": "middle" }),
    svg("title"),
  );
}

function updateDisc(element: Element, { color, label, title }: Disc, [x, y]: Place): void {
  const [, fill, text, name] = element.children;
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  fill.setAttribute("fill", hex(color));
  if (text.textContent !== label) text.textContent = label;
  text.setAttribute("fill", inkOn(color));
  if (name.textContent !== title) name.textContent = title;
}
