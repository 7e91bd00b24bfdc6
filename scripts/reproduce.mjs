// npm run reproduce -- known-model [data folder] | figures [data folder] | table1 [data folder] [flags] | aden [data folder] [part] | learning [data folder] [flags]
import { existsSync } from "node:fs";

const [what, ...args] = process.argv.slice(2);
const file = new URL(`reproduce/${what}.mjs`, import.meta.url);
if (!what || !/^[a-z0-9-]+$/.test(what) || !existsSync(file)) {
  console.error("usage: npm run reproduce -- known-model | figures | table1 | aden | learning [data folder]");
  process.exit(2);
}
if (!existsSync(new URL("../dist/index.js", import.meta.url))) {
  console.error("reproduce: dist/ is missing; run `npm run build` first");
  process.exit(1);
}
const { run } = await import(file.href);
process.exitCode = (await run(args)) ?? 0;
