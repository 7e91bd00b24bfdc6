// Writes docs/api.md and docs/api-aden.md from the docstrings; with --check, only tells whether they are current.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PAGES = [
  { target: "docs/api.md", entry: "src/index.ts", name: "The API of wayward" },
  // It speaks of types that docs/api.md describes.
  { target: "docs/api-aden.md", entry: "src/aden/index.ts", name: "The API of wayward/aden", apart: true },
];
const NOTE = "<!-- Generated from the docstrings of src/ by npm run docs; edit them, not this file. -->\n\n";

process.chdir(new URL("..", import.meta.url).pathname);
for (const { target, ...page } of PAGES) {
  const text = NOTE + pageOf(page);
  if (!process.argv.includes("--check")) {
    writeFileSync(target, text);
  } else if (readFileSync(target, "utf8") !== text) {
    console.error(`${target} is not what the docstrings say now: npm run docs`);
    process.exitCode = 1;
  }
}

function pageOf({ entry, name, apart = false }) {
  const folder = mkdtempSync(join(tmpdir(), "wayward-docs-"));
  const args = ["--entryPoints", entry, "--name", name, "--out", folder, "--logLevel", "Warn"];
  if (apart) args.push("--validation.notExported", "false");
  try {
    execFileSync(process.execPath, ["node_modules/typedoc/bin/typedoc", ...args], { stdio: "inherit" });
    return readFileSync(join(folder, "api.md"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
