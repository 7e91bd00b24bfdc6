import { autonomyOf } from "../anneal/options.js";
import type { State } from "../state.js";
import { budgetOf, learnerOptions } from "./options.js";

/** Twelve lines that do in Node what the page's first table learner did. */
export function learnProgram(state: State): string {
  const method = state.methods.find((name) => name !== "aden") ?? "counts";
  const { clusters, seed } = state;
  const autonomy = autonomyOf(state);
  const options = learnerOptions({ method, clusters, autonomy, budget: budgetOf(method, state), seed, saved: null });
  const text = (value: object) =>
    Object.entries(value)
      .map(([name, entry]) => `${name}: ${JSON.stringify(entry)}`)
      .join(", ");
  return `import { readFileSync } from "node:fs";
import { createSolver } from "wayward";
const [, ...rows] = readFileSync("points.csv", "utf8").trim().split("\\n");
const points = rows.map((row) => row.split(",").map(Number));
const hidden = { ${text(autonomy)} };
const solver = await createSolver();
const learner = solver.learner(points, { ${text(options)} });
for (let ask; (ask = learner.ask()); )
  learner.tell(ask.round, { realized: solver.simulate(points, ask.centers, hidden, { ...ask, seed: ${seed} }) });
const { centers, labels, interactions } = learner.result();
console.log("distortion", solver.distortion(points, centers, hidden, { labels }), "after", interactions);
console.log("known model", solver.anneal(points, { clusters: ${clusters}, autonomy: hidden, seed: ${seed} }).distortion);
`;
}
