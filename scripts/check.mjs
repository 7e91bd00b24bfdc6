// The quick checks: format and lint (Biome), types (tsc), arrows between rooms.
import { spawnSync } from "node:child_process";

process.chdir(new URL("..", import.meta.url).pathname);
const steps = [
  ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings"],
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
  ["scripts/arrows.mjs"],
];
const failed = steps.filter(
  ([tool, ...args]) => spawnSync(process.execPath, [tool, ...args], { stdio: "inherit" }).status !== 0,
);
if (failed.length > 0) console.error(`check: ${failed.map(([tool]) => tool).join(", ")} failed`);
process.exit(failed.length === 0 ? 0 : 1);
