import type { Summary } from "./bandit-simulate.js";

const WIDTH = 720;
const HEIGHT = 480;
const LEFT = 80;
const RIGHT = 190;
const TOP = 24;
const BOTTOM = 56;
// Okabe and Ito: told apart by the color-blind.
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"];

interface Line {
  name: string;
  color: string;
  dashed: boolean;
  points: [number, number][];
}

/** Mean pulls against log(1 / delta) with the lower bound, as figure 6.1 of the paper: an SVG. */
export function drawPulls(summaries: readonly Summary[], bound: (delta: number) => number): string {
  const lines = toLines(summaries, bound);
  const points = lines.flatMap((line) => line.points);
  const [left, right] = extent(points.map(([x]) => x));
  const top = Math.max(...points.map(([, y]) => y)) * 1.05;
  const x = (value: number) => LEFT + ((value - left) / (right - left)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    ...ticks(left, right).map((tick) => vertical(x(tick), tick)),
    ...ticks(0, top).map((tick) => horizontal(y(tick), tick)),
    ...lines.map((line) => path(line, x, y)),
    ...lines.map(legend),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">log(1 / delta)</text>`,
    `<text transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">mean pulls</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">
<title>Mean pulls until stopping</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function toLines(summaries: readonly Summary[], bound: (delta: number) => number): Line[] {
  const names = [...new Set(summaries.map((each) => `${each.allocation}, ${each.stopping}`))];
  const lines = names.map((name, index): Line => {
    const group = summaries.filter((each) => `${each.allocation}, ${each.stopping}` === name);
    const points = group.map(({ delta, mean }): [number, number] => [-Math.log(delta), mean]);
    return { name, color: COLORS[index % COLORS.length], dashed: false, points: sorted(points) };
  });
  const deltas = [...new Set(summaries.map((each) => each.delta))];
  const points = sorted(deltas.map((delta) => [-Math.log(delta), bound(delta)]));
  return [...lines, { name: "lower bound", color: "#000", dashed: true, points }];
}

const sorted = (points: [number, number][]) => points.filter(([, y]) => Number.isFinite(y)).sort((a, b) => a[0] - b[0]);

function extent(values: number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high > low ? [low, high] : [low - 1, high + 1];
}

/** About six round numbers. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 6;
  let power = 1;
  while (power > rough) power /= 10;
  while (power * 10 <= rough) power *= 10;
  const step = power * (rough > 5 * power ? 10 : rough > 2 * power ? 5 : 2);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

const label = (value: number) => Number(value.toPrecision(6)).toLocaleString("en-US");

function vertical(at: number, value: number): string {
  return `<path d="M${at.toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#eee"/><text x="${at.toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${label(value)}</text>`;
}

function horizontal(at: number, value: number): string {
  return `<path d="M${LEFT} ${at.toFixed(1)}H${WIDTH - RIGHT}" stroke="#eee"/><text x="${LEFT - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${label(value)}</text>`;
}

function path({ points, color, dashed }: Line, x: (value: number) => number, y: (value: number) => number): string {
  const d = points.map(([a, b], index) => `${index ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
  const dash = dashed ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="2"${dash}/>`;
}

function legend({ name, color, dashed }: Line, index: number): string {
  const y = TOP + 16 + 20 * index;
  const x = WIDTH - RIGHT + 12;
  const dash = dashed ? ' stroke-dasharray="5 4"' : "";
  return `<path d="M${x} ${y}h24" stroke="${color}" stroke-width="2"${dash}/><text x="${x + 30}" y="${y + 4}">${name}</text>`;
}
