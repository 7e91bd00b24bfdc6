// Worlds for the learning tables: fixed tables on figure1.csv and Iris, and logs of the paper's scenarios.
import { readFileSync } from "node:fs";
import { generator, readPoints } from "../../bench/tools.mjs";

export const softmax = ({ kappa, zeta, gamma, temperature }) => ({ kind: "softmax", kappa, zeta, gamma, temperature });

/** A random row-stochastic table: obeys with a probability from `low` to `high`, else goes unevenly elsewhere. */
function randomTable(K, random, low, high) {
  return Array.from({ length: K }, (_, j) => {
    const obey = low + (high - low) * random();
    const shares = Array.from({ length: K }, (_, k) => (k === j ? 0 : random() ** 2 + 0.02));
    const total = shares.reduce((a, b) => a + b);
    return shares.map((share, k) => (k === j ? obey : ((1 - obey) * share) / total));
  });
}

function evenTable(K, kappa) {
  return Array.from({ length: K }, (_, j) =>
    Array.from({ length: K }, (_, k) => (k === j ? 1 - kappa : kappa / (K - 1))),
  );
}

/** Twelve: even, uneven and ten groups of entities, two of each, on both data sets. */
export function fixedWorlds(folder) {
  const sets = [
    { name: "figure1", points: readPoints(`${folder}/figure1.csv`), clusters: 4 },
    { name: "iris", points: readPoints(`${folder}/iris.csv`, 4), clusters: 3 },
  ];
  return sets.flatMap(({ name, points, clusters }) =>
    [0, 1].flatMap((variant) => {
      const random = generator(11 + variant);
      const kappa = [0.2, 0.4][variant];
      const uneven = randomTable(clusters, random, 0.45, 0.95);
      const groups = points.map(() => Math.floor(10 * random()));
      const tables = Array.from({ length: 10 }, () => randomTable(clusters, random, 0.3, 0.95));
      const world = (kind, autonomy) => ({ name: `${name} ${kind} ${variant + 1}`, points, clusters, autonomy });
      return [
        world("even", { kind: "table", probabilities: evenTable(clusters, kappa) }),
        world("uneven", { kind: "table", probabilities: uneven }),
        world("ten groups", { kind: "groups", groups, probabilities: tables }),
      ];
    }),
  );
}

/** The 20 scenarios of table 1. */
export function scenariosOf(folder) {
  const { scenarios } = JSON.parse(readFileSync(`${folder}/table1.json`, "utf8"));
  return scenarios.map((scenario) => ({
    ...scenario,
    autonomy: softmax(scenario),
    name: `${scenario.kappa} ${scenario.gamma} ${scenario.temperature}`,
  }));
}

/** `rows` rows of a scenario, in parts of 100 under centers jittered by up to 0.05 a coordinate. */
export function jitteredLog(solver, points, { centers_best_known: base, autonomy }, rows, seed) {
  const random = generator(seed + 1);
  return Array.from({ length: rows / 100 }, (_, round) => {
    const centers = base.map((y) => y.map((coordinate) => coordinate + 0.1 * (random() - 0.5)));
    const entities = Int32Array.from({ length: 100 }, () => Math.floor(points.length * random()));
    const prescribed = Int32Array.from({ length: 100 }, () => Math.floor(base.length * random()));
    const realized = solver.simulate(points, centers, autonomy, { entities, prescribed, seed, round });
    return { entities, prescribed, realized, centers };
  });
}
