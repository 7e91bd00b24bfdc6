import { extent } from "d3-array";
import { type ScaleLogarithmic, scaleLinear, scaleLog } from "d3-scale";
import type { AnnealResult, AnnealStep, PhaseTransition } from "../../index.js";
import { hex, type Rgb, squaredDistance } from "./colors.js";
import type { Box } from "./points.js";
import type { Projection } from "./project.js";
import { pathThrough, round, tag, text } from "./svg.js";

/** Room at the right for beta = infinity: the polish and the relocations. */
const END_ZONE = 74;
/** Two transition labels nearer than this become one. */
const LABEL_WIDTH = 60;

/** The centers' way down: their place on the data's main axis against beta, and where they split. */
export function pathsPanel(result: AnnealResult, colors: Rgb[], projection: Projection, box: Box): string {
  const steps = result.steps.filter(({ beta }) => Number.isFinite(beta) && beta > 0);
  const bottom = box.top + box.height;
  if (steps.length < 2)
    return text(box.left, box.top + 24, "No annealing was needed: there is one answer at every beta.", {
      class: "label",
    });
  const first = steps[0].beta;
  const last = steps[steps.length - 1].beta;
  const x = scaleLog([first, last], [box.left + 10, box.left + box.width - END_ZONE]);
  const ways = lineages(steps).map((way) => way.map((center) => projection.alongMainAxis(center)));
  const final = result.centers.map((center) => projection.alongMainAxis(center));
  const [low, high] = extent([...ways.flat(), ...final]) as [number, number];
  const room = high > low ? 0.06 * (high - low) : 1;
  const y = scaleLinear([low - room, high + room], [bottom, box.top]);
  const endX = box.left + box.width - END_ZONE / 3;
  const lines = final.map((place, cluster) => {
    const way = steps.map(({ beta }, step): [number, number] => [x(beta), y(ways[cluster][step])]);
    const color = hex(colors[cluster]);
    const end = way[way.length - 1];
    return (
      tag("path", { d: pathThrough(way), class: "way", stroke: color }) +
      tag("path", { d: pathThrough([end, [endX, y(place)]]), class: "leap", stroke: color }) +
      tag("circle", { cx: endX, cy: y(place), r: 3.5, fill: color })
    );
  });
  return [
    tag("line", { x1: box.left, x2: box.left + box.width, y1: bottom, y2: bottom, class: "axis" }),
    ...betaTicks(x, bottom),
    text(endX, bottom + 17, "\u221e", { class: "tick", "text-anchor": "middle" }),
    ...transitions(result.phaseTransitions, x, box),
    ...lines,
  ].join("\n");
}

/**
 * For each center of the last step, the center it came from at every step: going back, the nearest one.
 * An index alone does not tell, since a split may number the centers anew.
 */
function lineages(steps: readonly AnnealStep[]): number[][][] {
  const last = steps[steps.length - 1].centers;
  return last.map((center) => {
    const way = [center];
    for (let step = steps.length - 2; step >= 0; step--) way.unshift(nearest(way[0], steps[step].centers));
    return way;
  });
}

function nearest(center: readonly number[], others: number[][]): number[] {
  return others.reduce((best, other) =>
    squaredDistance(center, other) < squaredDistance(center, best) ? other : best,
  );
}

/** Powers of ten, or 1, 2, 5 where there are few of them. */
function betaTicks(x: ScaleLogarithmic<number, number>, bottom: number): string[] {
  const all = x.ticks(10).map((value) => ({ value, digits: value.toExponential().split("e") }));
  const tens = all.filter(({ digits }) => digits[0] === "1");
  const shown = tens.length >= 3 ? tens : all.filter(({ digits }) => ["1", "2", "5"].includes(digits[0]));
  return shown.map(({ value, digits: [mantissa, exponent] }) => {
    const at = x(value);
    const power = Number(exponent);
    const plain = Math.abs(power) <= 3;
    const label = plain
      ? String(Number(value.toPrecision(1)))
      : `${mantissa === "1" ? "" : `${mantissa}\u00b7`}10${tag("tspan", { dy: -5, "font-size": 9 }, String(power).replace("-", "\u2212"))}`;
    return (
      tag("line", { x1: at, x2: at, y1: bottom, y2: bottom + 5, class: "axis" }) +
      tag("text", { x: at, y: bottom + 17, class: "tick", "text-anchor": "middle" }, label)
    );
  });
}

/** A dashed line at each phase transition, "before → after" above it, a wedge where it was predicted. */
function transitions(list: readonly PhaseTransition[], x: ScaleLogarithmic<number, number>, box: Box): string[] {
  const [start, end] = x.range();
  const inside = (at: number) => at >= start - 1 && at <= end + 1;
  const marks = list.map(({ beta, predicted }) => {
    const at = x(beta);
    const wedge = predicted > 0 && Number.isFinite(predicted) ? x(predicted) : Number.NaN;
    const bottom = box.top + box.height;
    return (
      tag("line", { x1: at, x2: at, y1: box.top - 6, y2: bottom, class: "transition" }) +
      (inside(wedge) ? tag("path", { d: `M${round(wedge)} ${round(bottom - 1)}l-4.5 -8h9z`, class: "wedge" }) : "")
    );
  });
  const groups: { at: number; last: number; before: number; after: number }[] = [];
  for (const { beta, before, after } of list) {
    const at = x(beta);
    const open = groups[groups.length - 1];
    if (open && at - open.last < LABEL_WIDTH) Object.assign(open, { last: at, after });
    else groups.push({ at, last: at, before, after });
  }
  const labels = groups.map(({ at, last, before, after }) =>
    text((at + last) / 2, box.top - 12, `${before} \u2192 ${after}`, { class: "split", "text-anchor": "middle" }),
  );
  return [...marks, ...labels];
}
