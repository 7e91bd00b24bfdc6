// The README's program is run as it stands, against the packed tarball, and its commands are the ones it promises.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashOf } from "../conformance/hash.js";
import { install, type Project } from "../conformance/project.mjs";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const scripts: Record<string, string> = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).scripts;

/** The first code block of a language. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme);
  expect(found, `a block of ${language}`).not.toBeNull();
  return found![1];
}

let project: Project;
beforeAll(() => {
  project = install();
}, 60_000);
afterAll(() => project?.remove());

test("the program has twelve lines and prints what the README says", () => {
  const program = block("js");
  expect(program.split("\n").filter((line) => line.trim() !== "")).toHaveLength(12);
  writeFileSync(join(project.folder, "readme.js"), program);
  const { stdout, stderr } = spawnSync(process.execPath, ["readme.js"], { cwd: project.folder, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe(block("text"));
});

test("the quick start is two commands", () => {
  const commands = block("sh")
    .trim()
    .split("\n")
    .map((line) => line.replace(/\s+#.*/, ""));
  expect(commands).toEqual(["npm ci && npm start", "npm ci && npm test"]);
});

test("the published hash is that of golden.json, and the number of cases too", () => {
  const golden = JSON.parse(readFileSync(new URL("../conformance/golden.json", import.meta.url), "utf8"));
  const hashes = Object.values(golden);
  expect(readme).toContain(`\`${hashOf(hashes)}\``);
  expect(readme).toContain(`${hashes.length} cases`);
});

test("every npm script that it names is there", () => {
  const named = [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[\w-]+)/g)].map(([, name]) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
