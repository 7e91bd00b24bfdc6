// Nobody knows how these entities will move, and it depends on where each one is: those in the north-east
// and south-west often override their prescription, the others rarely. ADEN learns it while it places four
// centers, from realized clusters alone. Needs onnxruntime-web: npm install onnxruntime-web
//   node examples/entity-world.mjs
import { createSolver } from "wayward";
import { createAden } from "wayward/aden";

/** Uniform numbers in [0, 1) (mulberry32). */
function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(1);
const towns = [
  [-1, -0.7],
  [1.1, -0.8],
  [-0.9, 0.8],
  [0.8, 1],
];
const points = Array.from({ length: 1200 }, (_, i) => towns[i % 4].map((c) => c + random() + random() - 1));

const squared = (a, b) => a.reduce((total, value, column) => total + (value - b[column]) ** 2, 0);

/** The truth, which only the world knows: p(k | j, x) as a row over k. */
function probabilities(x, centers, j) {
  const override = 0.1 + 0.5 / (1 + Math.exp(-(3 * x[0] * x[1] + 2 * Math.sin(3 * x[1]))));
  const pull = centers.map((y, k) => (k === j ? 0 : Math.exp(-(squared(centers[j], y) + 0.5 * squared(x, y)))));
  const total = pull.reduce((sum, value) => sum + value, 0);
  return pull.map((value, k) => 0.95 * (k === j ? 1 - override : (override * value) / total) + 0.05 / centers.length);
}

/** Prescribes as asked, and tells where each entity went. */
function world({ entities, prescribed, sets, centers, realizations }) {
  const realized = [];
  entities.forEach((entity, e) => {
    const row = probabilities(points[entity], centers[sets[e]], prescribed[e]);
    for (let draw = 0; draw < realizations; draw++) {
      let rest = random();
      let k = 0;
      while (k < row.length - 1 && rest >= row[k]) rest -= row[k++];
      realized.push(k);
    }
  });
  return { realized };
}

/** What a plan truly costs; without labels, each entity is prescribed what is best for it. */
function cost(centers, labels) {
  let total = 0;
  points.forEach((x, i) => {
    const distances = centers.map((y) => squared(x, y));
    const price = (j) => probabilities(x, centers, j).reduce((sum, p, k) => sum + p * distances[k], 0);
    total += labels ? price(labels[i]) : Math.min(...centers.map((_, j) => price(j)));
  });
  return total / points.length;
}

const solver = await createSolver();
const obedient = solver.anneal(points, { clusters: 4 });
const aden = await createAden({ solver, dimensions: 2 });
const onStep = ({ round, rounds, beta, loss, interactions }) => {
  if (round % 30 === 0) {
    console.log(
      `round ${round} of ${rounds}: beta ${beta.toFixed(1)}, loss ${loss.toFixed(3)}, ${interactions} interactions`,
    );
  }
};
const result = await aden.learner(points, { clusters: 4, seed: 1 }).run(world, { onStep });

const learned = await aden.transitions(points, result.centers);
console.log(`\ncost if all are taken for obedient: ${cost(obedient.centers).toFixed(4)}`);
console.log(
  `cost with what ADEN learned:        ${cost(result.centers, result.labels).toFixed(4)} (${result.provider})`,
);
const show = (row) => row.map((p) => p.toFixed(2)).join(" ");
for (const i of [0, 1]) {
  const x = points[i];
  const j = result.labels[i];
  console.log(`entity ${i} at ${x.map((value) => value.toFixed(1)).join(", ")}, prescribed ${j}:`);
  console.log(`  learned p(k)  ${show(Array.from(learned.slice((i * 4 + j) * 4, (i * 4 + j + 1) * 4)))}`);
  console.log(`  true p(k)     ${show(probabilities(x, result.centers, j))}`);
}
await aden.dispose();
