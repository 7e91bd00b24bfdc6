import { scaleLinear, scaleLog } from "d3-scale";
import { pathThrough, tag, text } from "./plot/svg.js";
import { short } from "./words.js";

/** Distortion in the true world after so many interactions. */
export interface CurvePoint {
  interactions: number;
  distortion: number;
}

const WIDTH = 760;
const HEIGHT = 440;
const BOX = { left: 80, right: 600, top: 30, bottom: 380 };
// Okabe and Ito: told apart by the color-blind.
const LEARNED = "#0072b2";
const KNOWN = "#000";
const IGNORED = "#d55e00";

/** Distortion against interactions, with what knowing and what ignoring the autonomy would give: an SVG. */
export function drawCurve(curve: readonly CurvePoint[], known: number, ignored: number): string {
  const last = curve[curve.length - 1];
  const x = scaleLog(
    [curve[0].interactions, Math.max(last.interactions, curve[0].interactions + 1)],
    [BOX.left, BOX.right],
  );
  const values = [known, ignored, ...curve.map(({ distortion }) => distortion)];
  const y = scaleLinear([0.97 * Math.min(...values), 1.02 * Math.max(...values)], [BOX.bottom, BOX.top]);
  const level = (value: number, color: string) =>
    tag("path", { d: `M${BOX.left} ${y(value)}H${BOX.right}`, stroke: color, "stroke-dasharray": "5 4", fill: "none" });
  const name = (value: number, content: string, color: string) =>
    text(BOX.right + 8, y(value) + 4, content, { fill: color });
  const parts = [
    ...y.ticks(6).map((value) => horizontal(y(value), value)),
    ...x
      .ticks(5)
      .filter((value) => Number.isInteger(Math.log10(value)))
      .map((value) => vertical(x(value), value)),
    level(known, KNOWN),
    level(ignored, IGNORED),
    tag("path", {
      d: pathThrough(curve.map(({ interactions, distortion }) => [x(interactions), y(distortion)] as const)),
      stroke: LEARNED,
      "stroke-width": 2,
      fill: "none",
    }),
    name(known, "autonomy known", KNOWN),
    name(ignored, "autonomy ignored", IGNORED),
    text(BOX.left + 6, BOX.top - 10, "learned", { fill: LEARNED }),
    text((BOX.left + BOX.right) / 2, HEIGHT - 14, "interactions", { "text-anchor": "middle" }),
    text(12, 16, "distortion", {}),
  ];
  const frame = {
    xmlns: "http://www.w3.org/2000/svg",
    width: WIDTH,
    height: HEIGHT,
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
  };
  const title = tag("title", {}, "Distortion against interactions");
  const paper = tag("rect", { width: "100%", height: "100%", fill: "#fff" });
  return `${tag("svg", { ...frame, "font-family": "sans-serif", "font-size": 13 }, title, paper, ...parts)}\n`;
}

function horizontal(at: number, value: number): string {
  const line = tag("path", { d: `M${BOX.left} ${at}H${BOX.right}`, stroke: "#eee", fill: "none" });
  return line + text(BOX.left - 8, at + 4, short(value), { "text-anchor": "end" });
}

function vertical(at: number, value: number): string {
  const line = tag("path", { d: `M${at} ${BOX.top}V${BOX.bottom}`, stroke: "#eee", fill: "none" });
  return line + text(at, BOX.bottom + 20, short(value), { "text-anchor": "middle" });
}
