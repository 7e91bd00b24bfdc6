// distributed/dask against real clusters of worker processes on this machine: the bits of one process for any number
// of shards and after kill -9 of workers, shards and the driver; errors that say which shard, file and row.
// `npm run conformance -- --only Dask` runs it alone.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { hashOf } from "../hash.js";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const ADAPTER = path("../../../distributed/dask/anneal.py");
const FAULTY = path("../dask/faulty.mjs");
const python = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, ["-c", "import distributed.client, numpy"], { timeout: 60_000 }).status === 0,
);
const TIMEOUT = 60_000;
const OPTIONS = ["--clusters", "6", "--kappa", "0.2", "--temperature", "1"];

/** A scheduler and three workers, each with a nanny, until stdin ends. */
const CLUSTER = `
import logging, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                      worker_dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
`;

/** Nodes in on stdin, as JSON of [first, blocks, a, b]; merged ones out in hexadecimal, where no bit can hide. */
const MERGE = `
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy
from lines import merge_nodes
nodes, how = numpy.array(json.load(sys.stdin)), sys.argv[2]
print(json.dumps([[value.hex() for value in row] for row in merge_nodes([nodes[:5], nodes[5:]], how).tolist()]))
`;

/** A shard and its branch without a cluster: what they answer to late lines, and whether killing the dead raises. */
const LATE = `
import asyncio, json, subprocess, sys
sys.path.insert(0, sys.argv[1])
import shard
shard.get_worker = lambda: None

class Alone(shard.Shard):
    async def _tell(self, line):
        return {"seconds": 1.0}

class Unreaped:
    """A process that has ended, while asyncio does not know yet."""
    returncode = None
    def __init__(self):
        ended = subprocess.Popen(["true"], start_new_session=True)
        self.pid = ended.pid
        ended.wait()

async def main():
    root, branch = Alone("shard 0", [], 1), Alone("shard 1", [], 1)
    root._branches = [branch]
    line = json.dumps({"op": "sweep", "merge": "sum"})
    answers = [await root.answer(1, line)]
    await branch.tell(3, line)  # over the root's head
    answers += [await root.answer(2, line), await root.answer(3, line), await root.answer(2, line)]
    root._process = Unreaped()
    await root.stop()
    print(json.dumps(answers))
asyncio.run(main())
`;

export const suite = {
  name: "Dask",
  skip: () => (python ? null : "no python3 with distributed and numpy: npm run conformance -- --install"),
  run: async ({ folder }) => {
    const bench = await Bench.open(join(folder, "dask"), join(folder, "node_modules/wayward/dist/cli.js"));
    try {
      return {
        ...merges(),
        ...late(),
        ...(await bench.sameBits()),
        ...(await bench.faults()),
        ...(await bench.errors()),
      };
    } finally {
      bench.close();
    }
  },
};

class Bench {
  static async open(folder, wayward) {
    mkdirSync(folder);
    writeFileSync(join(folder, "cluster.py"), CLUSTER);
    const cluster = spawn(python, ["cluster.py"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    const [scheduler] = await once(createInterface({ input: cluster.stdout }), "line");
    writeInputs(folder);
    return Object.assign(new Bench(), { folder, wayward, cluster, scheduler });
  }

  close() {
    this.cluster.stdin.end();
  }

  /** Result of one process. */
  one(...args) {
    const { status, stderr } = spawnSync(process.execPath, [this.wayward, "anneal", ...args, "--out", "one.json"], {
      cwd: this.folder,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return this.hash("one.json");
  }

  /** The adapter on the shared cluster; `ours` are its arguments, `theirs` those of `wayward anneal`. */
  start(ours, theirs = OPTIONS, cluster = ["--scheduler", this.scheduler]) {
    const args = [ADAPTER, "--wayward", `node ${this.wayward}`, ...cluster, ...ours, "--", ...theirs];
    const child = spawn(python, args, { cwd: this.folder, timeout: TIMEOUT, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, stderr }));
    return { child, ended };
  }

  async run(out, ours, theirs = OPTIONS, cluster = undefined) {
    const { code, stderr } = await this.start(ours, [...theirs, "--out", `${out}.json`], cluster).ended;
    return { code, stderr, hash: code === 0 ? this.hash(`${out}.json`) : null };
  }

  /** With a fault in shard 1. */
  faulty(fault) {
    const marker = join(this.folder, `${fault.replaceAll(/\W+/g, "-")}.happened`);
    return ["--wayward", `node ${FAULTY} '${fault}' ${this.wayward} ${marker}`];
  }

  hash(file) {
    const { seconds, threads, fallback, ...result } = JSON.parse(readFileSync(join(this.folder, file), "utf8"));
    return hashOf(result);
  }

  async sameBits() {
    const expected = this.one("points.csv", ...OPTIONS);
    const weighted = this.one("weighted.csv", "--weight", "w", ...OPTIONS);
    const outcomes = {};
    const compare = (title, { code, stderr, hash }, wanted = expected) => {
      outcomes[title] =
        code === 0 && hash === wanted ? null : `exit code ${code}, hash ${hash}, not ${wanted}: ${stderr}`;
    };
    compare("the same bits on 1 shard", await this.run("s1", ["points.csv", "--shards", "1"]));
    compare("the same bits on 2 shards", await this.run("s2", ["points.csv", "--shards", "2"]));
    compare(
      "the same bits on 3 workers of their own, with one command",
      await this.run("s3", ["points.csv"], OPTIONS, ["--workers", "3"]),
    );
    compare("the same bits on more shards than blocks", await this.run("s7", ["points.csv", "--shards", "7"]));
    compare("the same bits from two files", await this.run("two", ["head.csv", "tail.csv", "--shards", "2"]));
    compare(
      "the same bits from a weighted binary file",
      await this.run("f64", ["weighted.f64", "--format", "f64", "--dimensions", "2", "--weighted"]),
      weighted,
    );
    this.expected = expected;
    return outcomes;
  }

  async faults() {
    const outcomes = {};
    for (const [fault, note] of [
      ["kill its worker", /shard 1.* lost with a worker[\s\S]*rebuilt in/],
      ["kill itself", null],
      ["slow", null],
    ]) {
      const { code, stderr, hash } = await this.run(fault.replaceAll(" ", "-"), [
        "points.csv",
        "--shards",
        "3",
        ...this.faulty(fault),
      ]);
      const marked = fault === "slow" || existsSync(join(this.folder, `${fault.replaceAll(" ", "-")}.happened`));
      const right = code === 0 && hash === this.expected && marked && (note === null || note.test(stderr));
      outcomes[`the same bits with a shard that is to ${fault}`] = right
        ? null
        : `exit code ${code}, hash ${hash}: ${stderr}`;
    }
    outcomes["the same bits after kill -9 of the command, from its checkpoint"] = await this.resume();
    return outcomes;
  }

  /** Kills a slow run once it has saved a few steps, and finishes it with another number of shards. */
  async resume() {
    const checkpoint = join(this.folder, "run.checkpoint");
    const theirs = [...OPTIONS, "--checkpoint", checkpoint];
    const { child, ended } = this.start(
      ["points.csv", "--shards", "2", ...this.faulty("slow")],
      [...theirs, "--out", "killed.json"],
    );
    let writes = 0;
    let written = 0;
    while (writes < 3 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const time = existsSync(checkpoint) ? statSync(checkpoint).mtimeMs : 0;
      if (time > written) [written, writes] = [time, writes + 1];
    }
    child.kill("SIGKILL");
    const { code, stderr } = await ended;
    if (code !== "SIGKILL") return `it ended before it could be killed: ${code} ${stderr}`;
    if (existsSync(join(this.folder, "killed.json"))) return "it had written its result already";
    const resumed = await this.run("resumed", ["points.csv", "--shards", "3"], theirs);
    return resumed.hash === this.expected ? null : `exit code ${resumed.code}, hash ${resumed.hash}: ${resumed.stderr}`;
  }

  async errors() {
    const shards = (count, file = "points.csv") => [file, "--shards", String(count)];
    const changed =
      /^wayward: shard 1: .*points\.csv has changed since it was loaded: checksum is other, expected \w{32}$/m;
    const cases = {
      "kill its worker, and its file changes": [1, null, changed],
      "kill itself, and its file changes": [1, null, changed],
      "a bad row: shard, file and row": [
        1,
        shards(3, "bad.csv"),
        /^wayward: shard 1: .*bad\.csv.*row 2000, .*"oops".*row 5334 of all/,
      ],
      "no such file": [1, ["missing.csv"], /^wayward: .*missing\.csv: cannot be read/],
      "zero shards": [2, shards(0), /--shards: is 0, expected an integer of at least 1/],
      "an empty shard": [1, shards(50, "tiny.csv"), /^wayward: shard \d+: .*tiny\.csv.*0 rows, expected at least 1/],
      "shards that disagree on d": [1, ["points.csv", "three.csv"], /^wayward: shard 1: dimensions is 3, expected 2/],
      "another protocol": [1, null, /^wayward: shard \d: protocol is 2, expected 1/],
      "another build": [1, null, /^wayward: shard \d: abi is 99, expected \d/],
      garbage: [1, null, /^wayward: shard 1: "<html>502 Bad Gateway<\/html>" is no line of the protocol/],
      "half a node": [1, null, /^wayward: shard 1: \d+ numbers, expected nodes of 1002/],
      "answers twice": [1, null, /^wayward: shard 1: answered request \d+, expected \d+/],
      "kill itself always": [1, null, /^wayward: shard 1: .* ended 3 times/],
      "timings that cannot be written, told before the work": [
        1,
        ["missing.csv", "--timings", "no/such/folder.json"],
        /^wayward: no\/such\/folder\.json: cannot be written: No such file or directory/,
      ],
      "wrong usage of the driver": [2, ["points.csv"], /error: .*--clusters/, []],
    };
    const outcomes = {};
    for (const [title, [wanted, ours, message, theirs]] of Object.entries(cases)) {
      const { code, stderr } = await this.run("failed", ours ?? [...shards(3), ...this.faulty(title)], theirs);
      const right = code === wanted && message.test(stderr) && !stderr.includes("Traceback");
      outcomes[`error: ${title}`] = right ? null : `exit code ${code}, expected ${wanted} and ${message}: ${stderr}`;
    }
    return outcomes;
  }
}

/** numpy's addition and minimum give the bits that JavaScript's give, -0 and subnormal numbers among them. */
function merges() {
  const values = [0.1, 0.2, 1e308, 1e308, -0, 0, 0, -0, 5e-324, 1.5e-323, -1 / 3, 2 ** 53, 1, 1e-16, 3, -0];
  const nodes = Array.from({ length: 8 }, (_, index) => [index + 1, 1, values[2 * index], values[2 * index + 1]]);
  const outcomes = {};
  for (const [how, combine] of [
    ["sum", (a, b) => a + b],
    ["min", Math.min],
  ]) {
    const of = (...parts) => [
      parts[0][0],
      parts.length,
      ...[2, 3].map((at) =>
        fold(
          parts.map((part) => part[at]),
          combine,
        ),
      ),
    ];
    // Blocks 1 to 8: nodes (1, 1), (2, 2), (4, 4), (8, 1).
    const expected = [of(nodes[0]), of(nodes[1], nodes[2]), of(...nodes.slice(3, 7)), of(nodes[7])];
    const ran = spawnSync(python, ["-c", MERGE, path("../../../distributed/dask"), how], {
      // JSON has no -0 when JavaScript writes it.
      input: `[${nodes.map((node) => `[${node.map((x) => (Object.is(x, -0) ? "-0.0" : x.toString()))}]`)}]`,
      encoding: "utf8",
    });
    const actual = ran.status === 0 ? JSON.parse(ran.stdout).map((node) => node.map(fromHex)) : ran.stderr;
    const right = hashOf(actual) === hashOf(expected);
    outcomes[`numpy merges by ${how} to the same bits`] = right
      ? null
      : `${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`;
  }
  return outcomes;
}

/** A line that comes late is no news, at the root or behind it. */
function late() {
  const ran = spawnSync(python, ["-c", LATE, path("../../../distributed/dask")], { encoding: "utf8" });
  const told = ran.stdout.trim();
  const right = ran.status === 0 && told === '[{"seconds": 1.0}, {}, {"seconds": 1.0}, {}]';
  return { "late lines and dead processes do no harm": right ? null : `${told} ${ran.stderr}` };
}

/** Adds up as the tree does: halves first. */
function fold(numbers, combine) {
  if (numbers.length === 1) return numbers[0];
  const half = numbers.length / 2;
  return combine(fold(numbers.slice(0, half), combine), fold(numbers.slice(half), combine));
}

/** Python's float.hex(). */
function fromHex(text) {
  const [, sign, whole, fraction = "", exponent] = /^(-?)0x([01])\.?([0-9a-f]*)p([+-]\d+)$/.exec(text) ?? [];
  if (sign === undefined) return Number(text.replace("inf", "Infinity"));
  const mantissa = Number(whole) + (fraction === "" ? 0 : Number.parseInt(fraction, 16) / 16 ** fraction.length);
  // In two steps, since 2 ** -1074 alone would not hold the mantissa of the least numbers.
  const half = Math.trunc(Number(exponent) / 2);
  return (sign ? -1 : 1) * mantissa * 2 ** half * 2 ** (Number(exponent) - half);
}

/** 10,000 rows are three blocks, the last one short. */
function writeInputs(folder) {
  const file = (name) => join(folder, name);
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const rows = Array.from({ length: 10_000 }, () => [
    3 * Math.floor(3 * random()) + random(),
    2 * Math.floor(2 * random()) + random(),
  ]);
  const weights = rows.map(() => 0.5 + random());
  const csv = (header, lines) => `${[header, ...lines].join("\n")}\n`;
  const text = rows.map((row) => row.join(","));
  writeFileSync(file("points.csv"), csv("x,y", text));
  writeFileSync(file("head.csv"), csv("x,y", text.slice(0, 3333)));
  writeFileSync(file("tail.csv"), csv("x,y", text.slice(3333)));
  writeFileSync(
    file("weighted.csv"),
    csv(
      "x,y,w",
      text.map((row, index) => `${row},${weights[index]}`),
    ),
  );
  writeFileSync(file("weighted.f64"), Float64Array.from(rows.flatMap((row, index) => [...row, weights[index]])));
  writeFileSync(
    file("three.csv"),
    csv(
      "x,y,z",
      text.map((row) => `${row},1`),
    ),
  );
  writeFileSync(file("bad.csv"), csv("x,y", text.with(5333, "1,oops")));
  writeFileSync(file("tiny.csv"), csv("x,y", text.slice(0, 3)));
}

function once(emitter, event) {
  return new Promise((resolve, reject) => {
    emitter.once(event, (...values) => resolve(values));
    emitter.once("error", reject);
  });
}
