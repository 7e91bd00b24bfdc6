// Writes docs/api.md from the docstrings; with --check, only tells whether it is current.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.chdir(new URL("..", import.meta.url).pathname);
const target = "docs/api.md";
const folder = mkdtempSync(join(tmpdir(), "wayward-docs-"));
let text;
try {
  execFileSync(process.execPath, ["node_modules/typedoc/bin/typedoc", "--out", folder, "--logLevel", "Warn"], {
    stdio: "inherit",
  });
  const note = "<!-- Generated from the docstrings of src/ by npm run docs; edit them, not this file. -->\n\n";
  text = note + readFileSync(join(folder, "api.md"), "utf8");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error(`${target} is not what the docstrings say now: npm run docs`);
  process.exitCode = 1;
}
