import type { SoftmaxAutonomy } from "wayward";
import { hex, type Rgb } from "../view/colors.js";
import { h } from "../view/dom.js";
import { percent, short } from "../view/numbers.js";
import { chances } from "./autonomy.js";

/** What is shown beside an entity. */
export interface Entity {
  index: number;
  columns: readonly string[];
  row: readonly number[];
  /** pi(j | i). */
  policy: readonly number[];
  centers: readonly number[][];
  autonomy: SoftmaxAutonomy;
  beta: number;
  colors: readonly Rgb[];
}

/** More rows than this make no tooltip. */
const MOST_CENTERS = 6;

/** One entity's policy and autonomy as a small table. */
export function entityCard(entity: Entity): HTMLElement {
  const { index, columns, row, policy, centers, autonomy, beta, colors } = entity;
  const told = policy.indexOf(Math.max(...policy));
  const ends = chances(autonomy, row, centers, told);
  const weight = (k: number) => Math.max(policy[k], ends[k]);
  const shown = centers
    .map((_, k) => k)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, MOST_CENTERS);
  const where = columns.slice(0, 4).map((name, axis) => `${name} ${short(row[axis])}`);
  const betaWords = Number.isFinite(beta) ? `at β = ${short(beta)}` : "at the end";
  return h(
    "div",
    {},
    h("p", { class: "entity-title" }, h("strong", {}, `Entity ${index}`), ` ${where.join(", ")}`),
    h(
      "table",
      {},
      h("caption", {}, `Policy and autonomy ${betaWords}`),
      h("thead", {}, h("tr", {}, ...["Center", "Told to go", `Goes, told ${told}`].map(heading))),
      h("tbody", {}, ...shown.map((k) => line(k, policy[k], ends[k], colors[k]))),
    ),
  );
}

/** The same in one sentence, for a screen reader. */
export function entityWords({ index, row, policy, centers, autonomy }: Entity): string {
  const told = policy.indexOf(Math.max(...policy));
  const ends = chances(autonomy, row, centers, told);
  const strays = ends
    .map((chance, k) => ({ chance, k }))
    .filter(({ chance, k }) => k !== told && chance >= 0.005)
    .sort((a, b) => b.chance - a.chance)
    .slice(0, 3)
    .map(({ chance, k }) => `${percent(chance)} to ${k}`);
  const obeys = `obeys in ${percent(ends[told])}`;
  return `Entity ${index} is told center ${told} with ${percent(policy[told])}; it ${obeys}${strays.length > 0 ? ` and goes ${strays.join(", ")}` : ""}.`;
}

const heading = (words: string): HTMLElement => h("th", { scope: "col" }, words);

function line(k: number, told: number, goes: number, color: Rgb): HTMLElement {
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = hex(color);
  return h("tr", {}, h("th", { scope: "row" }, swatch, String(k)), bar(told, color), bar(goes, color));
}

function bar(share: number, color: Rgb): HTMLElement {
  const fill = h("span", { class: "bar" });
  fill.style.width = percent(share);
  fill.style.background = hex(color);
  return h("td", {}, h("span", { class: "bar-box" }, fill), h("span", { class: "bar-number" }, percent(share)));
}
