// What CI runs on a bare machine with Node and npm: the README's test command, then the conformance run.
// Ends with the one line "N passed, N failed".
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";

process.chdir(new URL("..", import.meta.url).pathname);
rmSync("out", { recursive: true, force: true });

function run(command, ...args) {
  console.log(`\n$ ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}
const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null);

const VITEST = "out/vitest.json";
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST}`];
const steps = {
  "npm ci": () => run("npm", "ci", "--no-audit", "--no-fund"),
  "npm test": () => run("npm", "test", "--", ...reporters),
  "npm run conformance": () => run("npm", "run", "conformance", "--silent", "--", "--install"),
};
const failedSteps = Object.entries(steps)
  .filter(([, step]) => !step())
  .map(([name]) => name);

const vitest = read(VITEST);
const conformance = read("out/conformance.json");
const passed = (vitest?.numPassedTests ?? 0) + (conformance?.passed ?? 0);
let failed = (vitest?.numFailedTests ?? 0) + (conformance?.failed ?? 0);
// A step can fail before it counts anything: a build, a lint, an installation, a test file that does not load.
if (failed === 0) failed = failedSteps.length;

console.log();
if (failedSteps.length > 0) console.log(`failed: ${failedSteps.join(", ")}`);
if (vitest?.numPendingTests) console.log(`skipped tests: ${vitest.numPendingTests} (reasons above)`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
