// One all-reduce over two local Dask workers, beyond what the slowest shard itself takes: distributed/dask.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findPython, generator, heading, median, OUT, short, table, verdict } from "./tools.mjs";

const TARGET = 15;
const CLUSTERS = 25;
const ROWS = 20_000;
const ADAPTER = fileURLToPath(new URL("../distributed/dask/anneal.py", import.meta.url));

export async function run() {
  heading(`One all-reduce on 2 local Dask workers, K = ${CLUSTERS}, d = 2, ${ROWS.toLocaleString("en")} rows`);
  // Not "distributed" alone: seen from the repository's root, its folder of that name is a module too.
  const python = findPython("distributed.client", "numpy");
  if (!python) return console.log("skipped: no python3 with distributed and numpy here (Debian: python3-distributed)");
  const random = generator(1);
  const rows = Array.from({ length: ROWS }, () => `${Math.floor(5 * random()) + random()},${5 * random()}`);
  writeFileSync(`${OUT}dask.csv`, `x,y\n${rows.join("\n")}\n`);
  const ours = [`${OUT}dask.csv`, "--workers", "2", "--shards", "2", "--timings", `${OUT}dask.json`];
  const theirs = [
    "--clusters",
    String(CLUSTERS),
    "--kappa",
    "0.1",
    "--temperature",
    "0.1",
    "--out",
    `${OUT}result.json`,
  ];
  const { status, stderr } = spawnSync(python, [ADAPTER, ...ours, "--", ...theirs], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);

  const { sweeps } = JSON.parse(readFileSync(`${OUT}dask.json`, "utf8"));
  const row = (what, seconds) => [what, ...[median(seconds), percentile(seconds, 0.95)].map((x) => short(1000 * x))];
  const overhead = sweeps.map(([whole, shard]) => whole - shard);
  table(
    [`${sweeps.length} sweeps`, "median ms", "p95 ms"],
    [
      row(
        "request to answer",
        sweeps.map(([whole]) => whole),
      ),
      row(
        "of that, the slowest shard",
        sweeps.map(([, shard]) => shard),
      ),
      row("overhead", overhead),
    ],
  );
  console.log(`overhead under ${TARGET} ms, median: ${verdict(1000 * median(overhead) < TARGET)}`);
}

function percentile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}
