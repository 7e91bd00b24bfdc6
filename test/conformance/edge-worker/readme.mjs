// The example's README: its commands are run as they stand, one shell for all.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

export const checks = {
  [hasCurl ? "the README's curl lines work" : "the README's curl lines: skipped, no curl here"]: async (context) => {
    const { service, copy, weights } = context;
    const readme = readFileSync(join(copy, "README.md"), "utf8");
    const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
    if (blocks.length !== 5) throw new Error(`${blocks.length} blocks of sh, expected 5`);
    if (!hasCurl) return;
    const folder = mkdtempSync(join(copy, "readme-"));
    writeFileSync(join(folder, "network.bin"), weights);
    const script = blocks
      .join("echo\n")
      .replaceAll("http://127.0.0.1:8787", service.url)
      .replaceAll("curl -s", "curl -sSf");
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${stderr}${stdout}`);
    for (const expected of ['"arms":[0]', '"repeated":false', '"pulls":1', '"distortion":', '"labels":[0,']) {
      if (!stdout.includes(expected)) throw new Error(`${expected} is not in ${stdout}`);
    }
  },
};
