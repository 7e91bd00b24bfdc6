// Where the runtimes come from: npm, and Debian where the machine is one and this is allowed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
/** Package -> a file that tells that it is here. The drivers are Vulkan in software, for WebGPU in Deno. */
const DEBIAN = {
  chromium: "/usr/bin/chromium",
  "firefox-esr": "/usr/bin/firefox-esr",
  "mesa-vulkan-drivers": "/usr/share/doc/mesa-vulkan-drivers",
  "python3-distributed": "/usr/lib/python3/dist-packages/distributed",
  "python3-numpy": "/usr/lib/python3/dist-packages/numpy",
};

/** Installs all of them. @returns whether it went through; what did not is printed */
export function installRuntimes() {
  const attempt = (command, ...args) => {
    const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0)
      console.log(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
    return status === 0;
  };
  const fromNpm = attempt("npm", "ci", "--prefix", here, "--ignore-scripts", "--no-audit", "--no-fund");
  const missing = Object.keys(DEBIAN).filter((name) => !existsSync(DEBIAN[name]));
  if (missing.length === 0) return fromNpm;
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  const fromDebian =
    existsSync("/usr/bin/apt-get") &&
    (attempt("apt-get", ...install) || (attempt("apt-get", "update") && attempt("apt-get", ...install)));
  return fromNpm && fromDebian;
}
