import type { State } from "../state.js";
import { annealOptions } from "./options.js";

/** Twelve lines that do in Node what the page did; points.csv is one of the downloads. */
export function annealProgram(state: State): string {
  const { clusters, autonomy, seed } = annealOptions(state);
  const { kappa, zeta, gamma, temperature } = autonomy;
  return `import { readFileSync } from "node:fs";
import { createSolver } from "wayward";

const [, ...rows] = readFileSync("points.csv", "utf8").trim().split("\\n");
const points = rows.map((row) => row.split(",").map(Number));
const autonomy = { kind: "softmax", kappa: ${kappa}, zeta: ${zeta}, gamma: ${gamma}, temperature: ${temperature} };
const solver = await createSolver();
const result = solver.anneal(points, { clusters: ${clusters}, autonomy, seed: ${seed} });
const ignored = solver.compareIgnored(points, result);
for (const center of result.centers) console.log(center.join(", "));
console.log("distortion", result.distortion);
console.log("if autonomy is ignored", ignored.distortion);
`;
}
