// A fresh project outside the repository with the packed tarball installed: what a user has after `npm install wayward`.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const ORT = devDependencies["onnxruntime-web"];
const npm = (cwd, ...args) => execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Packs the repository as it stands (dist/ must be built). @returns the path of the tarball and its list of files */
export function pack(destination) {
  const [{ filename, files }] = JSON.parse(
    npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", destination),
  );
  return { tarball: join(destination, filename), files: files.map(({ path }) => path) };
}

/** Packs and installs into a temporary project. @returns its folder, the tarball, its files, and how to remove it all */
export function install() {
  const folder = mkdtempSync(join(tmpdir(), "wayward-"));
  const packed = pack(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  npm(folder, "install", "--no-audit", "--no-fund", "--ignore-scripts", packed.tarball);
  return { folder, ...packed, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Adds onnxruntime-web to a project, as a user of wayward/aden does. */
export function addOnnxRuntime({ folder }) {
  npm(folder, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", `onnxruntime-web@${ORT}`);
}

/** Copies the cases into a project. */
export function addCases({ folder }) {
  for (const name of ["cases", "hash.js"]) cpSync(join(here, name), join(folder, name), { recursive: true });
}

/** The same, with the cases beside it and an entry that prints their results as one line of JSON. */
export function installWithCases() {
  const project = install();
  const file = (name) => join(project.folder, name);
  addCases(project);
  const core = readFileSync(file("node_modules/wayward/dist/core.wasm"));
  // As text, so that no runtime needs a permission to read a file.
  writeFileSync(
    file("core.js"),
    `const text = atob("${core.toString("base64")}");
export default await WebAssembly.compile(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));\n`,
  );
  writeFileSync(
    file("entry.js"),
    `import * as wayward from "wayward";
import { runCases } from "./cases/index.js";
import core from "./core.js";
console.log(JSON.stringify(await runCases(wayward, core)));\n`,
  );
  return project;
}
