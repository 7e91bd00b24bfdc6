// npm run reproduce -- NAME [data folder] [flags]: a paper's tables and figures beside ours; each file says its flags.
import { existsSync } from "node:fs";

const NAMES = ["known-model", "figures", "bandit", "learning", "table1", "aden"];
const [name, ...args] = process.argv.slice(2);
if (!NAMES.includes(name)) {
  console.error(`usage: npm run reproduce -- ${NAMES.join(" | ")} [data folder]`);
  process.exit(2);
}
if (!existsSync(new URL("../dist/index.js", import.meta.url))) {
  console.error("reproduce: dist/ is missing; run `npm run build` first");
  process.exit(1);
}
const { run } = await import(new URL(`reproduce/${name}.mjs`, import.meta.url).href);
process.exitCode = (await run(args)) ?? 0;
