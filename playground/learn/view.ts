import type { Dataset } from "../data/dataset.js";
import { METHODS } from "../state.js";
import { CHART_HEIGHT, Chart } from "../view/chart.js";
import { byId, h } from "../view/dom.js";
import type { Sheet } from "../view/export.js";
import { exact, percent, whole } from "../view/numbers.js";
import { Scene } from "../view/scene.js";
import { svg } from "../view/svg.js";
import { type LearnLane, METHOD_WORDS } from "./lane.js";
import type { Known } from "./tab.js";

/** A shape of each learner's own, so that color is not all that tells them apart. */
const SHAPES = ["M-7 -7h14v14h-14z", "M0 -9l8.5 15h-17z", "M0 -9l9 9l-9 9l-9 -9z", "M0 7l-8.5 -13h17z"];
const colorOf = (lane: LearnLane): string => `var(--series-${METHODS.indexOf(lane.method)})`;

/** The curves, the table, the map and the loss of the Learn tab. */
export class LearnView {
  readonly #chart = new Chart(byId("learn-chart"), "Distortion in the true world against interactions");
  readonly #loss = new Chart(byId("learn-loss"), "ADEN's loss against rounds");
  readonly #scene = new Scene(byId("learn-scene"), "Where each learner puts the centers");
  #placed: { lanes: readonly LearnLane[]; known: Known | null } = { lanes: [], known: null };

  constructor() {
    this.#scene.onLayout = () => this.#drawCenters();
  }

  layout(dataset: Dataset): void {
    if (this.#scene.dataset !== dataset) {
      this.#placed = { lanes: [], known: null };
      this.#scene.setData(dataset);
    } else this.#scene.layout();
  }

  draw(lanes: readonly LearnLane[], known: Known | null): void {
    this.#placed = { lanes, known };
    this.#drawLegend(lanes);
    this.#drawCurves(lanes, known);
    this.#drawTable(lanes, known);
    this.#drawCenters();
    this.#drawLoss(lanes);
  }

  sheet(lanes: readonly LearnLane[], known: Known | null, dataset: Dataset | null): Sheet | null {
    if (!known || !dataset) return null;
    const { width, height } = this.#scene.size;
    const { back, dots, front } = this.#scene.parts();
    const reached = lanes.map(
      (lane) => `${METHOD_WORDS[lane.method].title} ${lane.last ? exact(lane.last.distortion) : "–"}`,
    );
    return {
      title: `${dataset.title}: learning an unknown autonomy`,
      subtitle: `known model ${exact(known.distortion)}; ${reached.join(", ")}`,
      width,
      panels: [
        { height: CHART_HEIGHT, parts: [this.#chart.element] },
        { height, parts: [back, dots, front] },
      ],
    };
  }

  #drawLegend(lanes: readonly LearnLane[]): void {
    byId("learn-legend").replaceChildren(
      ...lanes.map((lane) => {
        const shape = SHAPES[METHODS.indexOf(lane.method)];
        const mark = svg("svg", { viewBox: "-11 -11 22 22", width: 14, height: 14, "aria-hidden": "true" });
        const path = svg("path", { d: shape });
        path.style.fill = colorOf(lane);
        mark.append(path);
        return h("span", { class: "shape-key" }, mark as unknown as Node, METHOD_WORDS[lane.method].title);
      }),
      h("span", { class: "key dash-key" }, "reached by who knows the autonomy, or ignores it"),
    );
  }

  #drawCurves(lanes: readonly LearnLane[], known: Known | null): void {
    const most = Math.max(1e4, ...lanes.flatMap(({ points }) => points.map(({ interactions }) => interactions)));
    const levels = known
      ? [
          { y: known.distortion, label: "autonomy known", side: "left" as const },
          { y: known.ignored, label: "autonomy ignored", side: "left" as const },
        ]
      : [];
    this.#chart.draw({
      x: { label: "interactions (log scale)", scale: "log", domain: [200, most] },
      y: { label: "distortion in the true world", scale: "linear" },
      series: lanes.map((lane) => ({
        name: METHOD_WORDS[lane.method].title,
        color: colorOf(lane),
        points: lane.points.map(({ interactions, distortion }) => [interactions, distortion] as const),
      })),
      levels,
    });
  }

  #drawTable(lanes: readonly LearnLane[], known: Known | null): void {
    const head = ["Learner", "Interactions", "Distortion", "Above known", "Where"].map((words) =>
      h("th", { scope: "col" }, words),
    );
    byId("learn-table").replaceChildren(
      h("thead", {}, h("tr", {}, ...head)),
      h("tbody", {}, ...lanes.map((lane) => row(lane, known)), ...(known ? knownRows(known) : [])),
    );
  }

  #drawCenters(): void {
    const { lanes, known } = this.#placed;
    const { crosses } = this.#scene.layers;
    crosses.replaceChildren();
    if (!known || this.#scene.size.width === 0) return;
    this.#scene.drawDiscs(
      known.centers.map((center, index) => ({
        row: center,
        color: [0x3a, 0x40, 0x4b] as const,
        label: String(index),
        title: `center ${index} of who knows the autonomy`,
      })),
    );
    for (const lane of lanes) {
      for (const center of lane.last?.centers ?? []) {
        const [x, y] = this.#scene.toPixels(center);
        const shape = svg("path", {
          class: "learned",
          d: SHAPES[METHODS.indexOf(lane.method)],
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
        });
        shape.style.fill = colorOf(lane);
        shape.append(svg("title", {}, `a center of ${METHOD_WORDS[lane.method].title}`));
        crosses.append(shape);
      }
    }
  }

  #drawLoss(lanes: readonly LearnLane[]): void {
    const aden = lanes.find(({ method }) => method === "aden");
    byId("learn-loss-card").hidden = !aden || aden.losses.length === 0;
    if (!aden || aden.losses.length === 0) return;
    const { provider, fallback } = aden.backend ?? { provider: "", fallback: null };
    const backend = byId("learn-backend");
    backend.textContent = `Runs on ${provider === "webgpu" ? "WebGPU" : "WASM"}${fallback ? "; WebGPU did not start here" : ""}.`;
    backend.title = fallback ?? "";
    this.#loss.draw({
      x: { label: "round", scale: "linear" },
      y: { label: "cross-entropy of what entities did, in nats", scale: "linear" },
      series: [
        {
          name: "loss",
          color: colorOf(aden),
          points: aden.losses.map(({ round, loss }) => [round, loss] as const),
        },
      ],
    });
  }
}

function row(lane: LearnLane, known: Known | null): HTMLElement {
  const { last, phase, backend } = lane;
  const excess = last && known ? last.distortion / known.distortion - 1 : null;
  const place = backend ? (backend.provider === "webgpu" ? "WebGPU" : "WASM") : last ? "core.wasm" : "–";
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = colorOf(lane);
  return h(
    "tr",
    { "data-method": lane.method },
    h("th", { scope: "row" }, swatch, METHOD_WORDS[lane.method].title),
    h("td", {}, last ? whole(last.interactions) : "–"),
    h("td", {}, last ? exact(last.distortion) : "–"),
    h("td", {}, excess === null ? "–" : percent(excess, 2)),
    h("td", {}, `${place}${phase === "running" ? ", learning" : phase === "stopped" ? ", stopped" : ""}`),
  );
}

function knownRows(known: Known): HTMLElement[] {
  const line = (words: string, distortion: number) =>
    h(
      "tr",
      { class: "reference" },
      h("th", { scope: "row" }, words),
      h("td", {}, "–"),
      h("td", {}, exact(distortion)),
      h("td", {}, percent(distortion / known.distortion - 1, distortion === known.distortion ? 0 : 2)),
      h("td", {}, ""),
    );
  return [line("Autonomy known", known.distortion), line("Autonomy ignored", known.ignored)];
}
