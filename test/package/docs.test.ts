import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("docs/api.md and docs/api-aden.md say what the docstrings say (npm run docs writes it)", () => {
  const script = fileURLToPath(new URL("../../scripts/docs.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(status, stdout + stderr).toBe(0);
});
