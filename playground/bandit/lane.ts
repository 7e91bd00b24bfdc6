import { hex, PALETTE, type Rgb } from "../view/colors.js";
import { h } from "../view/dom.js";
import { percent, whole } from "../view/numbers.js";
import { set, svg } from "../view/svg.js";
import type { Lane, LaneRun, Sample } from "./messages.js";
import type { World } from "./world.js";

export const LANE_WORDS: Record<Lane, { title: string; about: string }> = {
  representatives: {
    title: "Representatives",
    about: "wayward’s default: finds one arm a group, then asks who belongs to whom",
  },
  tracking: { title: "BOC", about: "the paper’s algorithm 1: tracks the optimal shares" },
  uniform: { title: "Uniform", about: "every arm in turn" },
};

/** Side of an arm's plot, in its own units. */
const SIDE = 80;
/** Dots shown of an arm: the last ones. */
const MOST_DOTS = 80;
const UNKNOWN: Rgb = [0x8a, 0x90, 0x9c];

export const groupColor = (group: number | undefined): Rgb =>
  group === undefined ? UNKNOWN : PALETTE[group % PALETTE.length];

interface Cell {
  element: HTMLElement;
  dots: SVGElement;
  mean: SVGElement;
  count: HTMLElement;
  bar: HTMLElement;
}

/** One lane: its arms as small multiples, at any number of pulls. */
export class LaneView {
  readonly element: HTMLElement;
  readonly #badge = h("p", { class: "badge" });
  readonly #cells: Cell[] = [];
  readonly #grid = h("ol", { class: "arms" });
  #run: LaneRun | null = null;
  #reach = 1;

  constructor(lane: Lane) {
    const { title, about } = LANE_WORDS[lane];
    this.element = h(
      "section",
      { class: "lane", "aria-label": title },
      h("h3", {}, title),
      h("p", { class: "hint" }, about),
      this.#badge,
      this.#grid,
    );
  }

  setRun(run: LaneRun, { labels, means, noise }: World): void {
    this.#run = run;
    this.#reach = Math.max(...means.flat().map(Math.abs)) + 2.6 * noise;
    this.#cells.length = 0;
    this.#grid.replaceChildren();
    for (const [arm, label] of labels.entries()) {
      const cell = newCell(arm, this.#place(means[label]));
      this.#cells.push(cell);
      this.#grid.append(cell.element);
    }
  }

  /** Shows the lane after `pulls` pulls. */
  draw(pulls: number): void {
    const run = this.#run;
    if (!run) return;
    const made = Math.min(Math.floor(pulls), run.arms.length);
    const sample = lastSample(run.samples, made);
    const seen = this.#cells.map((): number[] => []);
    for (let pull = 0; pull < made; pull++) seen[run.arms[pull]].push(pull);
    const most = Math.max(1, ...seen.map((list) => list.length));
    this.#cells.forEach((cell, arm) => {
      this.#drawCell(cell, seen[arm], groupColor(sample?.groups?.[arm]), seen[arm].length / most);
    });
    this.#showBadge(run, made, sample);
  }

  #drawCell({ dots, mean, count, bar, element }: Cell, seen: readonly number[], color: Rgb, share: number): void {
    const { observations } = this.#run!;
    let [x, y] = [0, 0];
    for (const pull of seen) {
      x += observations[2 * pull] / seen.length;
      y += observations[2 * pull + 1] / seen.length;
    }
    const marks = seen.slice(-MOST_DOTS).map((pull) => {
      const [left, top] = this.#place([observations[2 * pull], observations[2 * pull + 1]]);
      return `M${left.toFixed(1)} ${top.toFixed(1)}h0`;
    });
    const [left, top] = this.#place([x, y]);
    set(dots, { d: marks.join(""), stroke: hex(color) });
    set(mean, { cx: left, cy: top, fill: hex(color), visibility: seen.length > 0 ? "visible" : "hidden" });
    element.style.setProperty("--group", hex(color));
    bar.style.width = percent(share, 1);
    count.textContent = whole(seen.length);
  }

  #showBadge({ arms, status }: LaneRun, made: number, sample: Sample | null): void {
    const ended = made === arms.length;
    const words = !ended
      ? `${whole(made)} pulls · ${percent(sample?.statistic ?? 0)} of the threshold`
      : status.certified
        ? `certified after ${whole(made)} pulls`
        : `gave up after ${whole(made)} pulls`;
    this.#badge.textContent = words;
    this.#badge.className = `badge${ended ? (status.certified ? " certified" : " failed") : ""}`;
  }

  #place([x, y]: readonly number[]): [number, number] {
    const scale = SIDE / 2 / this.#reach;
    return [SIDE / 2 + x * scale, SIDE / 2 - y * scale];
  }
}

function newCell(arm: number, [x, y]: [number, number]): Cell {
  const dots = svg("path", { class: "pulls" });
  const mean = svg("circle", { class: "arm-mean", r: 4.5 });
  const truth = svg("path", { class: "truth", d: `M${x - 4} ${y}h8M${x} ${y - 4}v8` });
  const picture = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, dots, truth, mean);
  const count = h("span", { class: "pull-count" });
  const bar = h("span", {});
  const caption = h("p", {}, h("span", {}, `arm ${arm}`), count);
  const element = h("li", { class: "arm" }, picture as unknown as Node, caption, h("div", { class: "pull-bar" }, bar));
  return { element, dots, mean, count, bar };
}

/** The last look at or before that many pulls. */
export function lastSample(samples: readonly Sample[], pulls: number): Sample | null {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle].pulls <= pulls) low = middle + 1;
    else high = middle;
  }
  return samples[low - 1] ?? null;
}
