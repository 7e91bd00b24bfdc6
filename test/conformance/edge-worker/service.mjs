// examples/edge-worker as its user has it: built by its own command from the packed tarball, served by workerd,
// its Durable Objects on disk.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const conformance = fileURLToPath(new URL("../", import.meta.url));
const example = join(root, "examples/edge-worker");
const tools = join(root, "node_modules/.bin");
const CLOCK_TICK_MS = 10; // of /proc/PID/stat

/** Copies, type-checks and builds it. @returns its folder */
export function build(folder) {
  const copy = join(folder, "edge-worker");
  cpSync(example, copy, { recursive: true, filter: (path) => !/\/(node_modules|dist|storage|\.wrangler)$/.test(path) });
  mkdirSync(join(copy, "node_modules/@cloudflare"), { recursive: true });
  const types = "node_modules/@cloudflare/workers-types";
  symlinkSync(join(conformance, types), join(copy, types));
  const env = { ...process.env, PATH: [tools, process.env.PATH].join(delimiter) };
  for (const script of ["check", "build"]) {
    try {
      execFileSync("npm", ["run", script, "--silent"], { cwd: copy, env, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      throw new Error(`npm run ${script} in the example: ${error.stdout}${error.stderr}`);
    }
  }
  return copy;
}

/** Starts workerd on a port that is free. @returns where it answers, and how to end it */
export async function start(copy, storage = mkdtempSync(join(copy, "storage-"))) {
  // The binary itself: a signal to the npm package's wrapper would not reach it.
  const binary = createRequire(import.meta.url)("workerd").default;
  const options = ["--socket-addr=http=127.0.0.1:0", `--directory-path=storage=${storage}`, "--control-fd=3"];
  const child = spawn(binary, ["serve", "config.capnp", ...options], {
    cwd: copy,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (data) => {
    log += data;
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const end = async (signal) => {
    child.kill(signal);
    await exited;
  };
  const port = await listening(child, () => log);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    storage,
    log: () => log,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    /** CPU of the whole process so far; null where there is no /proc. */
    cpuMilliseconds: () => cpuOf(child.pid),
  };
}

function listening(child, log) {
  return new Promise((resolve, reject) => {
    let told = "";
    child.once("exit", (code) => reject(new Error(`workerd ended with ${code}: ${log()}`)));
    child.stdio[3].on("data", (data) => {
      told += data;
      for (const line of told.split("\n").filter((text) => text.endsWith("}"))) {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen" && socket === "http") resolve(port);
      }
    });
  });
}

function cpuOf(pid) {
  if (process.platform !== "linux") return null;
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return CLOCK_TICK_MS * (Number(fields[11]) + Number(fields[12])); // utime + stime
}
