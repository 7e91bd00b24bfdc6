// npm run bench [-- section ...]: comparisons with rivals, each timed in turns with it in one run.
import { existsSync } from "node:fs";

const SECTIONS = [
  "sweep",
  "annealing",
  "rivals",
  "growth",
  "cold",
  "request",
  "bandit",
  "aden",
  "threads",
  "shards",
  "dask",
  "playground",
];
const [chosen, ...args] = process.argv.slice(2);
if (chosen && !SECTIONS.includes(chosen)) {
  console.error(`bench: no section "${chosen}", expected one of ${SECTIONS.join(", ")}`);
  process.exit(2);
}
if (!existsSync(new URL("../dist/index.js", import.meta.url))) {
  console.error("bench: dist/ is missing; run `npm run build` first");
  process.exit(1);
}
for (const section of chosen ? [chosen] : SECTIONS) {
  const file = new URL(`${section}.mjs`, import.meta.url);
  if (!existsSync(file)) continue;
  const { run } = await import(file.href);
  await run(args);
}
