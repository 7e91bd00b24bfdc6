// `wayward`, but the shard named "shard 1" has the fault named first: node faulty.mjs FAULT WAYWARD MARKER shard
// The marker is a file that says that the fault happened, for those that happen once.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [fault, wayward, marker, ...args] = process.argv.slice(2);
const isShard = args[0] === "shard";
const child = spawn(process.execPath, [wayward, ...args], { stdio: isShard ? ["pipe", "pipe", "inherit"] : "inherit" });
child.on("exit", (code) => process.exit(code ?? 1));
if (isShard) {
  let isFaulty = false;
  let sweeps = 0;
  const requests = [];

  const once = (act) => {
    if (existsSync(marker)) return;
    writeFileSync(marker, "");
    act();
  };
  const changed = (line) => (existsSync(marker) ? line.replace(/"checksum":"\w+"/, '"checksum":"other"') : line);
  const beforeSweep = {
    "kill its worker, and its file changes": () => beforeSweep["kill its worker"](),
    "kill itself, and its file changes": () => beforeSweep["kill itself"](),
    "kill its worker": () => sweeps === 20 && once(() => process.kill(process.ppid, "SIGKILL")),
    "kill itself": () => sweeps === 20 && once(() => child.kill("SIGKILL")),
    "kill itself always": () => child.kill("SIGKILL"),
  };
  const change = {
    "kill its worker, and its file changes": changed,
    "kill itself, and its file changes": changed,
    "another protocol": (line) => line.replace('"protocol":1', '"protocol":2'),
    "another build": (line) => line.replace(/"abi":\d+/, '"abi":99'),
    garbage: (line) => (sweeps === 3 ? "<html>502 Bad Gateway</html>" : line),
    "answers twice": (line) => (sweeps === 3 ? `${line}\n${line}` : line),
    "half a node": (line) => (sweeps === 3 ? line.replace(/"length":\d+/, '"length":1000') : line),
  };
  const slow = fault === "slow" ? 40 : 0;

  createInterface({ input: process.stdin }).on("line", (line) => {
    const { op, name } = JSON.parse(line);
    if (op === "load") isFaulty = name === "shard 1";
    if (op === "sweep") sweeps++;
    requests.push(op);
    if (isFaulty && op === "sweep") beforeSweep[fault]?.();
    child.stdin.write(`${line}\n`);
  });
  process.stdin.on("end", () => child.stdin.end());
  process.stdout.on("error", () => process.exit()); // whoever listened was killed
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    // Before `load` no shard knows its name: the hello is wrong everywhere.
    const isHello = line.startsWith('{"wayward"');
    const said = isFaulty || isHello ? (change[fault]?.(line) ?? line) : line;
    setTimeout(() => process.stdout.write(`${said}\n`), isFaulty && requests.at(-1) === "sweep" ? slow : 0);
  });
}
