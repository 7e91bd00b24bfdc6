// npm run conformance [-- --install] [-- --update] [-- --only Deno] [-- --picture]
// One list of cases, every runtime, the packed tarball: the same bits everywhere, or this exits with 1.
// Then the suites: what needs a runtime, a browser or a service and has no hash, one file each in suites/.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { hashOf } from "./hash.js";
import { installRuntimes } from "./install.mjs";

const { values: flags } = parseArgs({
  options: {
    install: { type: "boolean" },
    update: { type: "boolean" },
    only: { type: "string" },
    picture: { type: "boolean" },
  },
});
const goldenFile = new URL("golden.json", import.meta.url);
const readmeFile = new URL("../../README.md", import.meta.url);

/** A reason that points here, after an installation that went through, is no reason: CI may not skip what it can have. */
const INSTALL = "npm run conformance -- --install";
const couldInstall = flags.install === true && installRuntimes();

const { installWithCases } = await import("./project.mjs");
const { processes } = await import("./processes.mjs");
const { edges } = await import("./edge.mjs");
const { browsers } = await import("./browsers.mjs");

const suiteFiles = readdirSync(new URL("suites/", import.meta.url)).filter((file) => file.endsWith(".mjs"));
const suites = await Promise.all(suiteFiles.map(async (file) => (await import(`./suites/${file}`)).suite));
const isWanted = ({ name }) => flags.only === undefined || name.toLowerCase().includes(flags.only.toLowerCase());
const runtimes = [...processes, ...edges, ...browsers].filter(isWanted);
let golden = JSON.parse(readFileSync(goldenFile, "utf8"));
const project = installWithCases();
const total = { passed: 0, failed: 0, skipped: 0 };
try {
  if (flags.update) golden = await updateGolden();
  console.log(line("runtime", "version", "cases", "hash of all bits"));
  for (const runtime of runtimes) await visit(runtime);
  for (const suite of suites.filter(isWanted)) await visitSuite(suite);
} finally {
  project.remove();
}
console.log(`published hash: ${combined(golden)} over ${Object.keys(golden).length} cases`);
console.log(`conformance: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
mkdirSync(new URL("../../out/", import.meta.url), { recursive: true });
writeFileSync(new URL("../../out/conformance.json", import.meta.url), JSON.stringify(total));
process.exitCode = total.failed === 0 ? 0 : 1;

async function visit(runtime) {
  if (isSkipped(runtime)) return;
  let results;
  try {
    results = await runtime.run(project);
  } catch (error) {
    total.failed += Object.keys(golden).length;
    console.log(line(runtime.name, await runtime.version().catch(() => "?"), "failed", "did not run"));
    console.log(indent(error.message));
    return;
  }
  const faults = faultsOf(results);
  const count = new Set([...Object.keys(results), ...Object.keys(golden)]).size;
  total.failed += faults.length;
  total.passed += count - faults.length;
  const hashes = Object.fromEntries(Object.keys(golden).map((name) => [name, results[name]?.hash]));
  console.log(line(runtime.name, await runtime.version(), `${count - faults.length}/${count}`, combined(hashes)));
  for (const fault of faults) console.log(indent(fault));
}

/**
 * A suite is `{ name, skip(), run(project) }`: `skip` returns null or the reason, `run` the outcome of every check
 * by its title: null, the fault, or `{ skipped: reason }`.
 */
async function visitSuite(suite) {
  if (isSkipped(suite)) return;
  const outcomes = await suite
    .run({ ...project, picture: flags.picture })
    .catch((error) => ({ "runs at all": error.stack }));
  const isReason = (outcome) => outcome?.skipped !== undefined && !isProvided(outcome.skipped);
  const skips = Object.entries(outcomes).filter(([, outcome]) => isReason(outcome));
  const faults = Object.entries(outcomes).filter(([, outcome]) => outcome !== null && !isReason(outcome));
  const count = Object.keys(outcomes).length - skips.length;
  if (count === 0) faults.push(["checks", "none ran"]);
  total.failed += faults.length;
  total.skipped += skips.length;
  total.passed += Math.max(count - faults.length, 0);
  console.log(line(suite.name, "-", `${count - faults.length}/${count}`));
  for (const [title, fault] of faults) console.log(indent(`${title}: ${fault.skipped ?? fault}`));
  for (const [title, { skipped }] of skips) console.log(indent(`${title}: skipped, ${skipped}`));
}

/** Counts and prints a runtime or a suite that is not here; a fault where it should be. */
function isSkipped({ name, skip }) {
  const reason = skip();
  if (reason === null) return false;
  const isFault = isProvided(reason);
  total[isFault ? "failed" : "skipped"]++;
  console.log(line(name, "-", isFault ? "failed" : "skipped", reason));
  return true;
}

function isProvided(reason) {
  return couldInstall && reason.includes(INSTALL);
}

/** Every case must be there, ran through, and gave the published bits. */
function faultsOf(results) {
  const faults = [];
  for (const name of new Set([...Object.keys(golden), ...Object.keys(results)])) {
    const result = results[name];
    if (result === undefined) faults.push(`${name}: did not run`);
    else if (result.error) faults.push(`${name}: ${result.error}`);
    else if (result.hash && golden[name] === undefined)
      faults.push(`${name}: has no published hash; --update writes it`);
    else if (result.hash && result.hash !== golden[name])
      faults.push(`${name}: hash ${result.hash}, expected ${golden[name]}`);
  }
  return faults;
}

/** Publishes what this Node computes. Only for a change that is meant to change results. */
async function updateGolden() {
  const results = await processes[0].run(project);
  const broken = Object.entries(results).filter(([, { error }]) => error);
  if (broken.length > 0)
    throw new Error(`not published: ${broken.map(([name, { error }]) => `${name}: ${error}`).join("\n")}`);
  const hashes = Object.fromEntries(Object.entries(results).map(([name, { hash }]) => [name, hash]));
  writeFileSync(goldenFile, `${JSON.stringify(hashes, null, 2)}\n`);
  const readme = readFileSync(readmeFile, "utf8");
  writeFileSync(readmeFile, readme.replace(combined(golden), combined(hashes)));
  return hashes;
}

function combined(hashes) {
  return hashOf(Object.values(hashes).map((hash) => hash ?? "missing"));
}

function line(...columns) {
  const widths = [21, 16, 9];
  return columns.map((text, index) => String(text).padEnd(widths[index] ?? 0)).join(" ");
}

function indent(text) {
  return text
    .split("\n")
    .slice(0, 6)
    .map((row) => `    ${row}`)
    .join("\n");
}
