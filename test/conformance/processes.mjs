// Runtimes that are a program and run a file as it is: Node, Deno, Bun.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TIMEOUT = 120_000;

export const notInstalled = "not installed: npm run conformance -- --install";
export const installed = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
export const firstNumber = (text) => /\d+(\.\d+)+|\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? text.trim();

/**
 * Runs a program to its end.
 *
 * @param options of execFile; `mayTalk` allows text on stderr, which is an error otherwise
 * @returns its stdout
 */
export function execute(path, args, { mayTalk = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    execFile(path, args, { timeout: TIMEOUT, maxBuffer: 2 ** 26, ...options }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}`));
      else if (stderr.trim() !== "" && !mayTalk) reject(new Error(`stderr is not empty: ${stderr}`));
      else resolve(stdout);
    });
  });
}

const platform = `${process.platform}-${process.arch}`;
const nodeMissing = platform === "linux-x64" ? notInstalled : `no npm package of this Node for ${platform}`;
const bunBinary = `@oven/bun-${platform.replace("arm64", "aarch64")}/bin/bun`;

const [ownMajor] = process.versions.node.split(".");
const node = (major, path, without) => ({ name: `Node ${major}`, path, args: [], mayRead: [], without });

/**
 * This Node comes first, and Node 20, 22 and 24 are all among them. `args` come before the file, `mayRead` where the
 * file's libraries read files of their own.
 */
export const programs = [
  node(ownMajor, process.execPath, ""),
  ...["20", "22", "24"]
    .filter((major) => major !== ownMajor)
    .map((major) => node(major, installed(`node${major}/bin/node`), nodeMissing)),
  {
    name: "Deno",
    path: installed(".bin/deno"),
    args: ["run", "--no-prompt"],
    mayRead: ["--allow-read"],
    without: notInstalled,
  },
  { name: "Bun", path: installed(bunBinary), args: [], mayRead: [], without: notInstalled },
];

/** Why this program cannot be run, or null. */
export const missingProgram = ({ path, without }) => (existsSync(path) ? null : without);

export const processes = programs.map((program) => ({
  name: program.name,
  skip: () => missingProgram(program),
  version: async () => firstNumber(await execute(program.path, ["--version"])),
  run: async ({ folder }) => JSON.parse(await execute(program.path, [...program.args, "entry.js"], { cwd: folder })),
}));
