// Bun: how do people behave? Fits every model of autonomy to a log, then places the centers for the best of them.
//   bun add wayward && bun bun.ts
import { createSolver, type LogRows } from "wayward";

const shops = [
  [0, 0],
  [6, 0],
  [3, 5],
];
const customers = Array.from({ length: 120 }, (_, i) => [
  shops[i % 3][0] + 1.5 * Math.sin(7 * i),
  shops[i % 3][1] + 1.5 * Math.cos(11 * i),
]);
const solver = await createSolver();

// A log of 3,000 visits: each customer was sent to a shop, and one in four went to another. Yours comes from a file.
const entities = Array.from({ length: 3000 }, (_, visit) => visit % 120);
const prescribed = entities.map((entity) => entity % 3);
const truth = { kind: "softmax", kappa: 0.25, temperature: 20 } as const;
const realized = solver.simulate(customers, shops, truth, { entities, prescribed });
const log: LogRows = { entities, prescribed, realized, centers: shops };

const { recommended, autonomy, models } = solver.fitAutonomy(log, { points: customers });
for (const { name, heldOut } of models) console.log(`${name}: ${heldOut.toFixed(4)} nats a visit`);
const kappa = models.find(({ name }) => name === "softmax")?.parameters?.kappa;
console.log(`recommended ${recommended}, kappa ${kappa?.estimate.toFixed(2)} +- ${kappa?.standardError.toFixed(2)}`);

const { centers } = solver.anneal(customers, { clusters: 3, autonomy });
for (const [x, y] of centers) console.log(`shop at ${x.toFixed(2)}, ${y.toFixed(2)}`);
