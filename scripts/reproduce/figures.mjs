// The paper's figures 1 (b to d), 2, 3 (b) and 5, solved and drawn anew: npm run reproduce -- figures [data folder]
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scaleLinear, scaleLog } from "d3-scale";
import { dataFolder, readPoints, wayward } from "../../bench/tools.mjs";
import { assignColors, pathThrough, picture, rangeOf, round, scatter, tag, text } from "./panel.mjs";

const OUT = fileURLToPath(new URL("../../out/figures/", import.meta.url));
const FIGURES = { figure1, figure2, figure3b, figure5 };

export async function run([argument]) {
  const folder = dataFolder(argument);
  if (!folder) {
    console.log("figures: skipped, no data folder with figure1.csv (give it as an argument, or in WAYWARD_DATA)");
    return;
  }
  mkdirSync(OUT, { recursive: true });
  const solver = await wayward.createSolver();
  for (const [name, draw] of Object.entries(FIGURES)) {
    writeFileSync(`${OUT}${name}.svg`, draw(solver, folder));
    console.log(`out/figures/${name}.svg`);
  }
}

const softmax = (kappa, gamma, temperature) => ({ kind: "softmax", kappa, zeta: 1, gamma, temperature });
const cost = (x) => x.toPrecision(4);
const excess = (ignored, aware) => `+${(100 * (ignored / aware - 1)).toFixed(1)}%`;

/** Solved with the autonomy, and what centers that ignore it cost. */
function solve(solver, points, clusters, autonomy, effort) {
  const result = solver.anneal(points, { clusters, autonomy, effort, policy: true });
  const plain = solver.anneal(points, { clusters, effort });
  const ignored = solver.distortion(points, plain.centers, autonomy);
  return { result, plain, ignored };
}

function* permutations(items) {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((other) => other !== item))) yield [item, ...rest];
  }
}

/** Numbers the centers of a small problem as the nearest ones of the reference, so that panels agree. */
function renumber(result, reference) {
  const K = result.centers.length;
  const squared = (a, b) => a.reduce((sum, x, c) => sum + (x - b[c]) ** 2, 0);
  let best = { total: Number.POSITIVE_INFINITY };
  for (const order of permutations(reference.map((_, k) => k))) {
    const total = order.reduce((sum, from, to) => sum + squared(result.centers[from], reference[to]), 0);
    if (total < best.total) best = { total, order };
  }
  const { order } = best;
  const policy = result.policy?.map((_, index) => result.policy[index - (index % K) + order[index % K]]);
  return {
    ...result,
    policy,
    labels: result.labels.map((k) => order.indexOf(k)),
    centers: order.map((k) => result.centers[k]),
  };
}

function figure1(solver, folder) {
  const points = readPoints(`${folder}/figure1.csv`);
  const range = rangeOf(points);
  const plain = solver.anneal(points, { clusters: 4, policy: true });
  const colors = assignColors(plain.centers);
  const settings = [
    ["(c) with autonomy that stays near", 0.4, 0, 0.01],
    ["(d) with autonomy that goes anywhere", 0.4, 0, 100],
  ];
  const panels = settings.map(([heading, kappa, gamma, temperature]) => {
    const { result, ignored } = solve(solver, points, 4, softmax(kappa, gamma, temperature));
    const note = `T = ${temperature}: D = ${cost(result.distortion)}, ignoring it ${cost(ignored)} (${excess(ignored, result.distortion)})`;
    return { heading, note, result: renumber(result, plain.centers), ignored: plain.centers };
  });
  panels.unshift({ heading: "(b) autonomy ignored", note: `all obey: D = ${cost(plain.distortion)}`, result: plain });
  return picture(
    1080,
    520,
    "Where centers go when entities do not always obey",
    [
      "Figure 1 (b to d): 1,800 points, K = 4. Two in five go elsewhere (kappa = 0.4). Crosses: centers that ignore autonomy.",
    ],
    ...panels.map((panel, index) =>
      scatter(
        { points, range, colors, size: 3.4, ...panel },
        { left: 30 + 345 * index, top: 140, width: 330, height: 350 },
      ),
    ),
  );
}

function figure2(solver, folder) {
  const points = readPoints(`${folder}/utd19_london.csv`);
  const range = rangeOf(points);
  const settings = [
    [0.1, 0.01],
    [0.1, 0.1],
    [0.5, 0.01],
    [0.5, 0.1],
  ];
  const panels = settings.map(([kappa, temperature], index) => {
    const { result, plain, ignored } = solve(solver, points, 25, softmax(kappa, 0, temperature), "high");
    const heading = `(${"abcd"[index]}) kappa = ${kappa}, T = ${temperature}`;
    const note = `D = ${result.distortion.toPrecision(5)}; ignoring autonomy ${ignored.toPrecision(5)} (${excess(ignored, result.distortion)})`;
    return { heading, note, result, colors: assignColors(result.centers), ignored: plain.centers };
  });
  return picture(
    1080,
    1150,
    "25 centers for London's traffic sensors",
    [
      "Figure 2: 5,719 sensors, softmax autonomy (zeta = 1, gamma = 0). Discs: centers. Crosses: centers that ignore autonomy.",
    ],
    ...panels.map((panel, index) => {
      const box = { left: 30 + 520 * (index % 2), top: 140 + 515 * Math.floor(index / 2), width: 500, height: 450 };
      return scatter({ points, range, size: 2.2, discs: false, ...panel }, box);
    }),
  );
}

function figure5(solver, folder) {
  const points = readPoints(`${folder}/figure1.csv`);
  const range = rangeOf(points);
  const plain = solver.anneal(points, { clusters: 4 });
  const colors = assignColors(plain.centers);
  const columns = [
    [0, 0.01],
    [0.5, 0.01],
    [0, 100],
    [0.5, 100],
  ];
  const panels = [0.2, 0.3, 0.4, 0.5].flatMap((kappa, row) =>
    columns.map(([gamma, temperature], column) => {
      const { result, ignored } = solve(solver, points, 4, softmax(kappa, gamma, temperature));
      const heading = `\u03ba = ${kappa}, \u03b3 = ${gamma}, T = ${temperature}`;
      const note = `D = ${cost(result.distortion)}, ignoring ${excess(ignored, result.distortion)}`;
      const panel = { points, range, colors, size: 2.4, heading, note, result: renumber(result, plain.centers) };
      return scatter(
        { ...panel, ignored: plain.centers },
        { left: 30 + 260 * column, top: 140 + 295 * row, width: 245, height: 235 },
      );
    }),
  );
  return picture(
    1080,
    1290,
    "Sixteen autonomies of the same points",
    ["Figure 5: 1,800 points, K = 4, zeta = 1. Discs: centers. Crosses: centers that ignore autonomy."],
    ...panels,
  );
}

/** Distinct centers and their movement as beta grows by 1%, each beta solved to rounding. */
function figure3b(solver, folder) {
  const points = readPoints(`${folder}/phase16.csv`);
  const K = 16;
  const probabilities = Array.from({ length: K }, (_, j) =>
    Array.from({ length: K }, (_, k) => (k === j ? 15 / 16 : 1 / 240)),
  );
  const ladder = {
    schedule: "geometric",
    betaGrowth: 1.01,
    betaEnd: 0.4,
    tolerance: 1e-12,
    maxIterations: 400,
    sensitivity: true,
  };
  const { steps, phaseTransitions } = solver.anneal(points, {
    clusters: K,
    autonomy: { kind: "table", probabilities },
    ...ladder,
  });
  const box = { left: 80, width: 960 };
  const upper = { ...box, top: 150, height: 230 };
  const lower = { ...box, top: 470, height: 150 };
  const x = scaleLog([steps[0].beta, steps.at(-1).beta], [box.left, box.left + box.width]);
  const count = scaleLinear([0, 17], [upper.top + upper.height, upper.top]);
  // Below the noise that lets centers leave a saddle there is nothing to see.
  const least = 1e-4;
  const most = Math.max(...steps.map((step) => step.movement));
  const moved = scaleLog([least, 2 * most], [lower.top + lower.height, lower.top]);
  const staircase = steps.flatMap(({ beta, distinctCenters }, index) => {
    const before = steps[index - 1]?.distinctCenters ?? distinctCenters;
    return [
      [x(beta), count(before)],
      [x(beta), count(distinctCenters)],
    ];
  });
  const movement = steps.slice(1).map((step) => [x(step.beta), moved(Math.max(least, step.movement))]);
  return picture(
    1080,
    690,
    "Phase transitions: centers split at the predicted critical betas",
    [
      "Figure 3 (b): 3,200 points in 16 clusters, K = 16, a table that accepts 15/16. beta grows by 1% a step.",
      "Wedges: the critical beta predicted from the solution just before each split.",
    ],
    ...axes(x, count, [1, 2, 4, 8, 16], (tick) => String(tick), upper, "distinct centers"),
    ...axes(
      x,
      moved,
      moved.ticks(4).filter((tick) => /^1e/.test(tick.toExponential())),
      power,
      lower,
      "movement of a center",
    ),
    ...phaseTransitions.map((transition) => mark(transition, x, upper, lower)),
    ...splitLabels(phaseTransitions, x, upper.top - 12),
    tag("path", { d: pathThrough(staircase), fill: "none", stroke: "#0072b2", "stroke-width": 2.4 }),
    tag("path", { d: pathThrough(movement), fill: "none", stroke: "#d55e00", "stroke-width": 1.6 }),
    text(box.left + box.width / 2, 676, "beta, 1 / squared data unit (logarithmic)", {
      class: "label",
      "text-anchor": "middle",
    }),
  );
}

function axes(x, y, ticks, format, box, label) {
  const bottom = box.top + box.height;
  const turned = `rotate(-90 28 ${round(box.top + box.height / 2)})`;
  const betas = [0.02, 0.05, 0.1, 0.2, 0.4].filter((tick) => tick >= x.domain()[0] && tick <= 1.001 * x.domain()[1]);
  return [
    ...ticks.map((tick) =>
      tag("line", { x1: box.left, x2: box.left + box.width, y1: y(tick), y2: y(tick), class: "grid" }),
    ),
    ...ticks.map((tick) => text(box.left - 9, y(tick) + 4, format(tick), { class: "tick", "text-anchor": "end" })),
    tag("line", { x1: box.left, x2: box.left + box.width, y1: bottom, y2: bottom, class: "axis" }),
    ...betas.map((tick) => tag("line", { x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 5, class: "axis" })),
    ...betas.map((tick) => text(x(tick), bottom + 19, String(tick), { class: "tick", "text-anchor": "middle" })),
    text(28, box.top + box.height / 2, label, { class: "label", "text-anchor": "middle", transform: turned }),
  ];
}

const power = (tick) => (tick >= 0.01 && tick < 1000 ? String(tick) : tick.toExponential().replace("e", " e"));

/** A dashed line through both panels, and a wedge where the split was predicted. */
function mark({ beta, predicted }, x, upper, lower) {
  const at = x(beta);
  const foot = upper.top + upper.height - 1;
  return (
    tag("line", { x1: at, x2: at, y1: upper.top - 6, y2: lower.top + lower.height, class: "transition" }) +
    tag("path", { d: `M${round(x(predicted))} ${round(foot)}l-4.5 -8h9z`, class: "wedge" })
  );
}

/** "1 to 2" above each split; splits close together become one chain. */
function splitLabels(transitions, x, y) {
  const chains = [];
  for (const { beta, before, after } of transitions) {
    const at = x(beta);
    const chain = chains.at(-1);
    if (chain && at - chain.last < 60) Object.assign(chain, { last: at, counts: [...chain.counts, after] });
    else chains.push({ first: at, last: at, counts: [before, after] });
  }
  return chains.map(({ first, last, counts }) =>
    text((first + last) / 2, y, counts.join(" \u2192 "), { class: "split", "text-anchor": "middle" }),
  );
}
