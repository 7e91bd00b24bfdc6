// Node: two depots for nine homes where some people drive to the other one, annealed step by step.
//   npm install wayward && node node.mjs
import { createSolver } from "wayward";

const homes = [
  [1, 1],
  [1, 2],
  [2, 1],
  [8, 8],
  [8, 9],
  [9, 8],
  [1, 9],
  [2, 9],
  [1, 8],
];
const solver = await createSolver();
const annealer = solver.annealer(homes, {
  clusters: 2,
  autonomy: { kind: "softmax", kappa: 0.2, temperature: 30 }, // one in five goes elsewhere, rather nearby than far
});
for (const { beta, distortion } of annealer) {
  console.log(`beta ${beta.toFixed(4)}  distortion ${distortion.toFixed(3)}`);
}
const { centers, labels } = annealer.result();
for (const [x, y] of centers) console.log(`depot at ${x.toFixed(2)}, ${y.toFixed(2)}`);
console.log(`prescribed ${labels.join(" ")}`);
