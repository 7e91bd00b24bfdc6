// `wayward shard` and what drives it: processes, files, faults.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Children } from "../../src/hosts/children.js";
import type { AnnealResult } from "../../src/types.js";
import { library, workshop } from "./cli.helpers.js";
import { BLOCK, clouds } from "./shards.helpers.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const SHARD = [process.execPath, cli, "shard"] as const;
const shop = workshop();
afterAll(shop.remove);

const ROWS = 3 * BLOCK + 517;
const data = clouds(ROWS, 2, 4, 5);
const weightOf = (row: number) => 1 + (row % 3);
const csv = (rows: number, header = "x,y,w\n") =>
  header + Array.from({ length: rows }, (_, i) => `${data[2 * i]},${data[2 * i + 1]},${weightOf(i)}\n`).join("");

beforeAll(() => {
  shop.file("big.csv", csv(ROWS));
  writeFileSync(shop.path("big.f64"), data);
});

const options = ["--clusters", "4", "--effort", "high", "--json"];
const bits = (stdout: string) => {
  const { seconds, threads, fallback, ...result } = JSON.parse(stdout);
  return JSON.stringify(result);
};
const one = () => bits(shop.run(["anneal", "big.csv", "--weight", "w", ...options]).stdout);

describe("wayward anneal --shards", () => {
  test("the result of one process, labels and all, for 1 to 5 shards", () => {
    const expected = one();
    for (const shards of ["1", "2", "3", "5"]) {
      const told = shop.run(["anneal", "big.csv", "--weight", "w", ...options, "--shards", shards]);
      expect(told.stderr).toBe("");
      expect(bits(told.stdout)).toBe(expected);
    }
  });

  test("softmax with gamma, a binary file, threads", () => {
    const autonomy = ["--kappa", "0.4", "--temperature", "0.5", "--gamma", "0.3"];
    const args = ["anneal", "big.csv", "--columns", "x,y", ...options, ...autonomy];
    const expected = bits(shop.run(args).stdout);
    expect(bits(shop.run([...args, "--threads", "2"]).stdout)).toBe(expected);
    const binary = [
      "anneal",
      "big.f64",
      "--format",
      "f64",
      "--dimensions",
      "2",
      "--shards",
      "3",
      ...options,
      ...autonomy,
    ];
    expect(bits(shop.run(binary).stdout)).toBe(expected);
  });

  test("labels by every shard beside itself: one after the other, those of all rows", () => {
    const { labels } = JSON.parse(one()) as AnnealResult;
    const args = ["anneal", "big.csv", "--weight", "w", ...options.slice(0, 4), "--shards", "2"];
    expect(shop.run([...args, "--labels", "labels-{shard}.csv"]).status).toBe(0);
    const parts = ["labels-shard-0.csv", "labels-shard-1.csv"].map(shop.read);
    expect(parts.join("")).toBe(`${Array.from(labels).join("\n")}\n`);
    expect(shop.run([...args, "--labels", "labels.csv"]).status).toBe(0);
    expect(shop.read("labels.csv")).toBe(`label\n${parts.join("")}`);
  });

  test("a thousand million shards are too many", () => {
    const { status, stdout, stderr } = shop.run(["anneal", "big.csv", ...options, "--shards", "1000000000"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^wayward: shards: 1000000000, expected at most 1024\n$/);
  });

  test("labels by every shard do not replace the points", () => {
    writeFileSync(shop.path("shard-1.csv"), csv(20));
    const { status, stderr } = shop.run([
      "anneal",
      "shard-1.csv",
      ...options,
      "--shards",
      "2",
      "--labels",
      "{shard}.csv",
    ]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "wayward: shard-1.csv: cannot be written: it is an input\n",
    });
    expect(shop.read("shard-1.csv")).toBe(csv(20));
  });

  test("the summary says how many shards", () => {
    const { stdout } = shop.run(["anneal", "big.csv", "--weight", "w", "--clusters", "2", "--shards", "2"]);
    expect(stdout).toMatch(/^big\.csv, 2 shards: 12,805 points, 2 dimensions \(x, y\)\n2 clusters/);
  });

  test.each<[string, string[], string]>([
    ["0 shards", ["--shards", "0"], "--shards is 0, expected at least 1"],
    ["a plot", ["--shards", "2", "--plot", "p.svg"], "--plot cannot be used with --shards"],
    ["a comparison", ["--shards", "2", "--compare-ignored"], "--compare-ignored cannot be used with --shards"],
    ["both", ["--shards", "2", "--sweeper", "stdio"], "--shards and --sweeper exclude each other"],
    ["a format alone", ["--format", "f64"], "--format needs --shards"],
    ["no dimensions", ["--shards", "2", "--format", "f64"], "need each other"],
    ["a sweeper with a file", ["--sweeper", "stdio", "--out", "r.json"], "--sweeper takes no file"],
  ])("misuse: %s", (_name, flags, message) => {
    const told = shop.run(["anneal", "big.csv", "--clusters", "2", ...flags]);
    expect(told).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("bad rows name shard, file and row", () => {
  const refused = (name: string, text: string, shards: number, message: string, ...flags: string[]) => {
    shop.file(name, text);
    const told = shop.run(["anneal", name, "--clusters", "2", "--shards", String(shards), ...flags]);
    expect(told).toMatchObject({ status: 1, stdout: "" });
    expect(told.stderr).toBe(`wayward: ${message}\n`);
  };

  test("a poisoned row in the first and in the second shard", () => {
    const lines = ["x,y", ...Array.from({ length: 200 }, (_, i) => `${i % 9},${i % 7}`)];
    const poisoned = (row: number) => lines.map((line, i) => (i === row ? "1,oops" : line)).join("\n");
    const half = poisoned(3).length / 2;
    refused(
      "poisoned.csv",
      poisoned(3),
      2,
      `shard 0: poisoned.csv (bytes 0 to ${Math.floor(half)}): row 3, column 2 (y) is "oops", expected a number`,
    );
    const told = shop.run(["anneal", shop.file("late.csv", poisoned(180)), "--clusters", "2", "--shards", "2"]);
    expect(told.stderr).toMatch(/^wayward: shard 1: late\.csv \(bytes \d+ to \d+\): row \d+, column 2 \(y\) is "oops"/);
    expect(told.stderr).toContain("it is row 180 of all");
  });

  test("an empty shard, an empty file, no file", () => {
    refused("tiny.csv", "1,2\n3,4\n", 5, "shard 1: tiny.csv: 0 rows, expected at least 1");
    refused("empty.csv", "", 1, "shard 0: empty.csv: is empty, expected at least 1 row");
    const told = shop.run(["anneal", "missing.csv", "--clusters", "2", "--shards", "2"]);
    expect(told.stderr).toContain("missing.csv: cannot be read");
  });

  test("a binary file that is cut short, or holds NaN", () => {
    writeFileSync(shop.path("short.f64"), new Uint8Array(100));
    const flags = ["--format", "f64", "--dimensions", "2", "--clusters", "2", "--shards", "1"];
    expect(shop.run(["anneal", "short.f64", ...flags]).stderr).toBe(
      "wayward: short.f64: 100 bytes, expected a multiple of 16, a row\n",
    );
    writeFileSync(shop.path("nan.f64"), Float64Array.of(1, 2, 3, Number.NaN, 5, 6));
    expect(shop.run(["anneal", "nan.f64", ...flags]).stderr).toBe(
      "wayward: shard 0: nan.f64: row 2 of bytes 0 to 48, column 2 is NaN, expected a finite number\n",
    );
  });
});

/** A shard and its lines. */
function talk(command: readonly [string, ...string[]] = SHARD) {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], cwd: shop.folder });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const hear = async () => JSON.parse((await lines.next()).value);
  return {
    child,
    hear,
    say: (text: string) => child.stdin!.write(`${text}\n`),
    ask: (line: object) => {
      child.stdin!.write(`${JSON.stringify(line)}\n`);
      return hear();
    },
  };
}

describe("the line protocol", () => {
  test("any byte ranges cover every line once", async () => {
    const shard = talk();
    await shard.hear();
    let asked = 0;
    const rowsOf = async (name: string, from: number, to: number, header: boolean) => {
      const { rows, error } = await shard.ask({ id: asked++, op: "load", source: { csv: name, bytes: [from, to] } });
      if (error) expect(error.message).toMatch(/0 rows, expected at least 1/);
      return error || header === undefined ? 0 : rows;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: -99, max: 9999 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n"),
        fc.constantFrom("\n", "\r\n"),
        fc.constantFrom("", "\n\n", "\r\n  \r\n", "\ufeff", "\ufeff\n"),
        fc.array(fc.nat({ max: 400 }), { maxLength: 4 }),
        async (rows, header, last, end, headerEnd, blank, cuts) => {
          const head = blank + (header ? `größe,y${headerEnd}` : "");
          const text = head + rows.map((row) => row.join(",")).join(end) + (last ? end : "");
          const name = shop.file("ranges.csv", text);
          const size = Buffer.byteLength(text);
          const bounds = [0, ...cuts.map((cut) => Math.min(cut, size)), size].sort((a, b) => a - b);
          let total = 0;
          for (let i = 1; i < bounds.length; i++) total += await rowsOf(name, bounds[i - 1], bounds[i], header);
          expect(total).toBe(rows.length);
        },
      ),
      { numRuns: 60 },
    );
    shard.child.kill();
  });

  test.each<[string, string]>([
    ["CR alone", "x,y\r1,2\r3,4\r5,6\r"],
    ["CRLF behind the header, LF behind the rows", "x,y\r\n1,2\n3,4\n5,6\n"],
    ["CR behind the header, LF behind the rows", "x,y\r1,2\n3,4\n5,6\n"],
    ["LF, then CRLF, then CR", "x,y\n1,2\r\n3,4\r5,6"],
    ["blank lines before the header", "\r\n\n  \nx,y\n1,2\n3,4\n5,6\n"],
  ])("a file read whole and the same file read by shards: %s", async (_name, text) => {
    const name = shop.file("ends.csv", text);
    const args = ["anneal", name, "--clusters", "2", "--json"];
    const whole = shop.run(args);
    expect(JSON.parse(whole.stdout).labels.length).toBe(3);
    expect(bits(shop.run([...args, "--shards", "1"]).stdout)).toBe(bits(whole.stdout));
    const shard = talk();
    await shard.hear();
    for (let cut = 0; cut <= text.length; cut++) {
      let total = 0;
      for (const bytes of [
        [0, cut],
        [cut, text.length],
      ]) {
        const { rows, error } = await shard.ask({ id: 1, op: "load", source: { csv: name, bytes } });
        const isWhole = bytes[1] - bytes[0] === text.length;
        if (error && !text.includes("\n") && !isWhole)
          expect(error.message).toContain(
            "its lines end in CR alone, expected LF or CRLF in a file that is read by ranges",
          );
        else if (error) expect(error.message).toContain("0 rows, expected at least 1");
        total += rows ?? 0;
      }
      if (text.includes("\n")) expect(total).toBe(3);
    }
    shard.child.kill();
  });

  test("garbage is answered with an error, and the shard goes on", async () => {
    const shard = talk();
    expect(await shard.hear()).toEqual({ wayward: "shard", protocol: 1, abi: 2 });
    for (const garbage of ["hello", "[1]", "null", '{"id":', "\u0000\u0001", "x".repeat(100_000)]) {
      shard.say(garbage);
      expect(await shard.hear()).toMatchObject({ id: null, error: { code: "input" } });
    }
    const error = async (line: object) => (await shard.ask({ id: 1, ...line })).error.message as string;
    expect(await error({ op: "dance" })).toContain('op is "dance", expected one of load');
    expect(await error({})).toContain("op is missing");
    expect(await error({ op: "place", first: 0 })).toContain("place: nothing is loaded");
    expect(await error({ op: "sweep", request: "" })).toContain("not open");
    expect(await error({ op: "load" })).toContain("expected one of csv, binary, inline");
    expect(await error({ op: "load", source: { inline: "@@@", dimensions: 2 } })).toContain("inline: is not base64");
    expect(await error({ op: "load", source: { inline: "AAAA", dimensions: 2 } })).toContain("3 bytes");
    const file = { binary: shop.path("big.f64"), dimensions: 2 };
    for (const bytes of [5, null, "all", [16, 0], [0.5, 16]])
      expect(await error({ op: "load", source: { ...file, bytes } })).toContain("expected [from, to) with from <= to");
    const beyond = { ...file, bytes: [2 ** 40, 2 ** 41] };
    expect(await error({ op: "load", source: beyond })).toContain("0 rows, expected at least 1");
    const rows = Buffer.from(Float64Array.of(1, 2, 3, 4).buffer).toString("base64");
    expect(await error({ op: "load", source: { inline: rows, dimensions: 3 } })).toContain("multiple of 3");
    const loaded = await shard.ask({ id: 7, op: "load", name: "shard 9", source: { inline: rows, dimensions: 2 } });
    expect(loaded).toMatchObject({ id: 7, rows: 2, dimensions: 2, weighted: false, grouped: false });
    expect(await error({ op: "place", first: -1 })).toBe(
      "shard 9: place: first is -1, expected an integer from 0 to 8796093018112",
    );
    expect(await error({ op: "place", first: 2 ** 53 - 1 })).toContain("first is 9007199254740991, expected an");
    expect(await error({ op: "append", rows: { rows: 1.5, data: inline([1, 2, 3], 2).inline } })).toBe(
      "shard 9: append: 1.5 rows do not fit 3 numbers",
    );
    const weighted = { rows: 1, data: inline([1, 2], 2).inline, weights: inline([1], 1).inline };
    expect(await error({ op: "append", rows: weighted })).toBe("shard 9: append: weights, expected none");
    expect(await error({ op: "open", problem: null })).toBe("shard 9: problem: is missing");
    const problem = { clusters: 1, kind: "none", groupCount: 1, tables: "" };
    expect(await shard.ask({ id: 8, op: "open", problem })).toEqual({ id: 8, rows: 2 });
    expect(await error({ op: "open", problem })).toContain(
      "open: nothing is loaded any more: it was opened, expected `load` first",
    );
    expect(await error({ op: "sweep", request: "AAAA" })).toContain("no request for this problem");
    await shard.ask({ id: 10, op: "load", name: "shard 9", source: { inline: rows, dimensions: 1 } });
    expect(await shard.ask({ id: 11, op: "open", problem })).toEqual({ id: 11, rows: 4 });
    expect(await shard.ask({ id: 9, op: "close" })).toEqual({ id: 9, closed: true });
    expect(await new Promise((resolve) => shard.child.on("exit", resolve))).toBe(0);
  });

  test("a source that is none, and a directory, are bad input", async () => {
    const shard = talk();
    await shard.hear();
    const load = async (source: object) => (await shard.ask({ id: 1, op: "load", source })).error;
    const cases: [object, string][] = [
      [{ csv: "big.csv", columns: "x" }, 'columns is "x", expected a list of names or numbers'],
      [{ csv: "big.csv", columns: 5 }, "columns is 5, expected a list of names or numbers"],
      [{ csv: "big.csv", columns: ["x", null] }, "columns: entry 2 is null, expected the name or number of a column"],
      [{ csv: "big.csv", weight: {} }, "weight is {}, expected the name or number of a column"],
      [{ csv: "big.csv", group: true }, "group is true, expected the name or number of a column"],
      [{ csv: "." }, ".: cannot be read: EISDIR"],
      [{ binary: ".", dimensions: 1, bytes: [0, 8] }, "."],
    ];
    for (const [source, message] of cases)
      expect(await load(source)).toMatchObject({
        code: "input",
        message: expect.stringContaining(`shard: ${message}`),
      });
    expect(await load({ csv: "big.csv", columns: [1, "y"] })).toBe(undefined);
    shard.child.kill();
    const told = shop.run(["anneal", ".", "--clusters", "2", "--shards", "1"]);
    expect(told).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^wayward: shard 0: \.: cannot be read: EISDIR/),
    });
  });

  test("a group that is none is refused with its row, wherever it comes from", async () => {
    const shard = talk();
    await shard.hear();
    const load = async (source: object) => (await shard.ask({ id: 1, op: "load", source })).error;
    const expected = "expected a group, an integer from 0 to 2147483647";
    for (const group of [-1, 1.7, 2 ** 31, 2 ** 32]) {
      shop.file("groups.csv", `1,0\n2,${group}\n`);
      expect(await load({ csv: "groups.csv", group: "2" })).toMatchObject({
        code: "input",
        message: `shard: groups.csv: row 2, column 2 is ${group}, ${expected}`,
        row: 2,
      });
    }
    for (const group of [-1, 1.7, 2 ** 31, 2 ** 32, Number.NaN]) {
      writeFileSync(shop.path("groups.f64"), Float64Array.of(1, 0, 2, group));
      expect(await load({ binary: "groups.f64", dimensions: 1, grouped: true })).toMatchObject({
        code: "input",
        message: `shard: groups.f64: row 2 of bytes 0 to 32, the group is ${group}, ${expected}`,
        row: 2,
      });
    }
    const groups = Buffer.from(Int32Array.of(0, -1).buffer).toString("base64");
    expect(await load({ ...inline([1, 2], 1), groups })).toMatchObject({
      code: "input",
      message: `shard: groups: row 2 is -1, ${expected}`,
    });
    shard.child.kill();
  });

  /** A shard written for the occasion. */
  const fake = (body: string) => [process.execPath, "--input-type=module", "--eval", body] as const;
  const inline = (values: number[], dimensions: number) => ({
    inline: Buffer.from(Float64Array.from(values).buffer).toString("base64"),
    dimensions,
  });
  const hello = `console.log(JSON.stringify({ wayward: "shard", protocol: 1, abi: 2 }));
const answer = (make) => { let text = ""; process.stdin.on("data", (d) => { text += d; let at;
  while ((at = text.indexOf("\\n")) >= 0) { const line = JSON.parse(text.slice(0, at)); text = text.slice(at + 1); make(line); } }); };
const say = (line) => console.log(JSON.stringify(line));`;

  test.each<[string, string, string, string]>([
    [
      "another version",
      `console.log('{"wayward":"shard","protocol":2,"abi":2}'); setInterval(() => {}, 1e6)`,
      "environment",
      "shard 0: protocol is 2, expected 1",
    ],
    [
      "another core",
      `console.log('{"wayward":"shard","protocol":1,"abi":1}'); setInterval(() => {}, 1e6)`,
      "environment",
      "shard 0: abi is 1, expected 2",
    ],
    [
      "another program",
      `console.log("Welcome!"); setInterval(() => {}, 1e6)`,
      "input",
      'shard 0: "Welcome!" is no line of the protocol',
    ],
    [
      "one that ends at once",
      "console.error('no license'); process.exit(3)",
      "environment",
      "shard 0: ended 3 times over one request: no license",
    ],
    [
      "one that answers twice",
      `${hello} answer(({ id }) => { say({ id, rows: 1, dimensions: 1 }); say({ id, rows: 1, dimensions: 1 }); })`,
      "order",
      "shard 0: answered request 0, expected",
    ],
    [
      "one that answers another question",
      `${hello} answer(({ id }) => say({ id: id + 5 }))`,
      "order",
      "shard 0: answered request 5, expected 0",
    ],
    [
      "one that talks garbage",
      `${hello} answer(() => console.log("ok"))`,
      "input",
      'shard 0: "ok" is no line of the protocol',
    ],
  ])("%s is refused", async (_name, body, code, message) => {
    await expect(Children.start(fake(body), [inline([1, 2], 1)])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  /** Writes down what it is asked, and dies within its first labels. */
  const dying = (log: string) => `import { appendFileSync, readFileSync, writeSync } from "node:fs";
${hello} answer(({ id, op }) => {
  appendFileSync(${JSON.stringify(log)}, op + " ");
  if (op === "labels" && readFileSync(${JSON.stringify(log)}, "utf8").split("labels").length === 2) {
    writeSync(1, \`{"id":\${id},"labels":"AAAA\`);
    process.kill(process.pid, "SIGKILL");
  }
  say({ id, rows: 2, dimensions: 1, head: null, labels: "AQAAAAIAAAA=" });
})`;

  test("half an answer is none: a shard killed over it is started anew and asked again", async () => {
    shop.file("dying.log", "");
    const children = await Children.start(fake(dying(shop.path("dying.log"))), [inline([1, 2], 1)]);
    try {
      expect(await children.labels(new Uint8Array(0))).toEqual(Int32Array.of(1, 2));
      expect(shop.read("dying.log")).toBe("load place labels load place labels ");
    } finally {
      children.close();
    }
  });

  test("an answer in pieces, cut within a character, and one of 64 MB", async () => {
    const body = `import { writeSync } from "node:fs";
${hello} answer(({ id, op }) => {
  if (op !== "load") return say({ id, head: null, labels: "AAAA".repeat(1 << 24) });
  const bytes = Buffer.from(JSON.stringify({ id, rows: 1, dimensions: 1, names: ["größe"] }) + "\\n");
  const within = bytes.indexOf("ö") + 1;
  writeSync(1, bytes.subarray(0, within));
  setTimeout(() => writeSync(1, bytes.subarray(within)), 50);
})`;
    const children = await Children.start(fake(body), [inline([1], 1)]);
    try {
      expect(children.names).toEqual(["größe"]);
      expect((await children.labels(new Uint8Array(0)))!.length).toBe(3 << 22);
    } finally {
      children.close();
    }
  });

  test("zero shards, too many, and shards that disagree on d", async () => {
    await expect(Children.start(SHARD, [])).rejects.toThrow("shards: 0, expected at least 1");
    await expect(Children.start(SHARD, Array(1025).fill(inline([1], 1)))).rejects.toMatchObject({
      code: "input",
      message: "shards: 1025, expected at most 1024",
    });
    await expect(Children.start(SHARD, [inline([1, 2], 2), inline([1, 2, 3], 3)])).rejects.toThrow(
      "shard 1: 3 dimensions, expected 2 as in shard 0",
    );
  });
});

describe("faults", () => {
  const sources = () => {
    const cut = 2 * (BLOCK + 1000); // rows move to the shard before
    const encoded = (from: number, end?: number) => Buffer.from(data.slice(from, end).buffer).toString("base64");
    return [
      { inline: encoded(0, cut), dimensions: 2 },
      { inline: encoded(cut, cut + 60), dimensions: 2 }, // gives all of them away
      { inline: encoded(cut + 60), dimensions: 2 },
    ];
  };
  const given = { clusters: 4, effort: "high" as const, seed: 3 };

  test("kill -9 of a shard after every step: the same bits", async () => {
    const solver = await library.createSolver();
    const children = await Children.start(SHARD, sources());
    try {
      const run = solver.annealerAsync(children, given);
      for (let victim = 0; (await run.step()) !== null; victim = (victim + 1) % 3) {
        process.kill(children.pids[victim]!, "SIGKILL");
      }
      const { threads, fallback, ...result } = await run.result();
      expect(result).toEqual(solver.anneal({ data, dimensions: 2 }, given));
    } finally {
      children.close();
    }
  });

  test("kill -9 of a shard whose file has changed: the run ends and says so", async () => {
    const half = Math.floor(csv(ROWS).length / 2);
    const rewritten: [string, (text: string) => string, RegExp][] = [
      ["other values", (text) => text.replaceAll("0.", "1."), /checksum is \w{32}, expected \w{32}$/],
      ["other weights", (text) => text.replace(/,1\n$/, ",2\n"), /checksum is/],
      ["fewer rows", (text) => text.replace(/.*\n.*\n$/, ""), /rows is \d+, expected \d+$/],
    ];
    for (const [what, change, reason] of rewritten) {
      const name = shop.path("changing.csv");
      const text = csv(ROWS);
      writeFileSync(name, text);
      const sources = [
        [0, half],
        [half, text.length],
      ].map((bytes) => ({ csv: name, bytes, weight: "w" }));
      const children = await Children.start(SHARD, sources);
      try {
        const run = (await library.createSolver()).annealerAsync(children, given);
        await run.step();
        writeFileSync(name, change(text));
        process.kill(children.pids[1]!, "SIGKILL");
        const rest = async () => {
          while ((await run.step()) !== null);
        };
        const refusal = {
          code: "input",
          message: expect.stringMatching(/^shard 1: .*changing\.csv has changed since it was loaded: /),
        };
        await expect(rest(), what).rejects.toMatchObject(refusal);
        await expect(children.labels(new Uint8Array(0)), what).rejects.toMatchObject({
          ...refusal,
          message: expect.stringMatching(reason),
        });
      } finally {
        children.close();
      }
    }
  });

  test("kill -9 in the middle of sweeps, and a slow shard: the same bits", async () => {
    const solver = await library.createSolver();
    const children = await Children.start(SHARD, sources());
    const killer = setInterval(() => {
      const pid = children.pids[2];
      if (pid) process.kill(pid, "SIGKILL");
    }, 700);
    const stopped = children.pids[0]!;
    process.kill(stopped, "SIGSTOP");
    setTimeout(() => process.kill(stopped, "SIGCONT"), 400);
    setTimeout(() => clearInterval(killer), 2200);
    try {
      const { threads, fallback, ...result } = await solver.annealAsync(children, given);
      expect(result).toEqual(solver.anneal({ data, dimensions: 2 }, given));
    } finally {
      clearInterval(killer);
      children.close();
    }
  });

  test("kill -9 of the driver, resumed from its checkpoint: the same bits; no shard is left behind", async () => {
    const expected = one();
    const args = ["anneal", "big.csv", "--weight", "w", ...options, "--shards", "2", "--checkpoint", "run.state"];
    const driver: ChildProcess = spawn(process.execPath, [cli, ...args], { cwd: shop.folder, stdio: "ignore" });
    while (!existsSync(shop.path("run.state"))) await new Promise((resolve) => setTimeout(resolve, 5));
    driver.kill("SIGKILL");
    await new Promise((resolve) => driver.on("exit", resolve));
    const steps = JSON.parse(/^\{.*?\}\n/s.exec(readFileSync(shop.path("run.state"), "latin1"))![0]);
    expect(steps).toMatchObject({ clusters: 4, effort: "high" });
    const resumed = shop.run(args);
    expect(resumed.stderr).toBe("");
    expect(bits(resumed.stdout)).toBe(expected);
    const again = shop.run(args); // nothing is left to do
    expect(bits(again.stdout)).toBe(expected);
    const other = shop.run([...args, "--seed", "5"]);
    expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining("remove it to start anew") });
  });
});

describe("wayward anneal --sweeper stdio", () => {
  test.each([
    ["labels come home", []],
    ["labels are written beside the shards", ["--labels", shop.path("{shard}.labels")]],
  ])("forwarding lines is all that a transport does: %s", async (_where, labelsFlags) => {
    const { labels, ...expected } = JSON.parse(one()) as AnnealResult;
    const text = csv(ROWS);
    const cut = text.indexOf("\n", 200_000) - 3;
    const shards = [talk(), talk()];
    const greetings = await Promise.all(shards.map((shard) => shard.hear()));
    const loads = [];
    for (const [index, bytes] of [
      [0, cut],
      [cut, text.length],
    ].entries()) {
      loads.push(
        await shards[index].ask({
          id: 0,
          op: "load",
          name: `shard ${index}`,
          source: { csv: "big.csv", bytes, weight: "w" },
        }),
      );
    }
    const { head } = await shards[1].ask({ id: 1, op: "place", first: loads[0].rows });
    await shards[0].ask({ id: 1, op: "append", rows: head });
    await shards[0].ask({ id: 2, op: "place", first: 0 });

    const args = ["anneal", "--sweeper", "stdio", ...options.slice(0, 4), "--out", "stdio.json", ...labelsFlags];
    const driver = talk([process.execPath, cli, ...args]);
    expect(await driver.hear()).toEqual({ ...greetings[0], wayward: "driver" });
    driver.say(JSON.stringify({ ...greetings[0], wayward: "sweeper", rows: ROWS, dimensions: 2, name: "test" }));
    for (;;) {
      const line = await driver.hear();
      if (line.op === "close") {
        driver.say(JSON.stringify({ id: line.id }));
        break;
      }
      const answers = await Promise.all(shards.map((shard) => shard.ask(line)));
      const key = line.op === "sweep" ? "nodes" : line.op;
      const whole = Buffer.concat(answers.map((answer) => Buffer.from(answer[key] ?? "", "base64")));
      driver.say(JSON.stringify({ id: line.id, [key]: answers[0][key] === null ? null : whole.toString("base64") }));
    }
    await new Promise((resolve) => driver.child.on("exit", resolve));
    for (const shard of shards) shard.child.kill();
    const { labels: home, ...told } = JSON.parse(bits(shop.read("stdio.json")));
    expect(told).toEqual(expected);
    const beside = () =>
      ["0", "1"].flatMap((shard) => shop.read(`shard-${shard}.labels`).trim().split("\n")).map(Number);
    expect(home ?? beside()).toEqual(labels);
  });

  test("it ends after an error, although its stdin stays open", async () => {
    const driver = talk([process.execPath, cli, "anneal", "--sweeper", "stdio", "--clusters", "2", "--out", "no.json"]);
    const ended = new Promise((resolve) => driver.child.on("exit", resolve));
    const { protocol, abi } = await driver.hear();
    driver.say(JSON.stringify({ wayward: "sweeper", protocol, abi, rows: 100, dimensions: 2 }));
    const { id } = await driver.hear();
    driver.say(JSON.stringify({ id, error: { code: "input", message: "row 9 is bad" } }));
    expect(await ended).toBe(1);
  });

  test("an error of a shard, a version, an end: each ends it with its reason", () => {
    const args = ["anneal", "--sweeper", "stdio", "--clusters", "2", "--out", "no.json"];
    const hello = { wayward: "sweeper", protocol: 1, abi: 2, rows: 100, dimensions: 2 };
    const refused = (lines: object[], message: string) => {
      const told = shop.run(args, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      expect(told).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
      expect(existsSync(shop.path("no.json"))).toBe(false);
    };
    refused([], "sweeper: stdin ended, expected an answer");
    refused([{ ...hello, protocol: 9 }], "sweeper: protocol is 9, expected 1");
    refused([{ ...hello, rows: 0 }], "sweeper: rows is 0, expected at least 1");
    refused([{ ...hello, rows: 1 }], "clusters is 2, expected at most the number of rows, 1");
    refused(
      [hello, { id: 0, error: { code: "input", message: "shard 3: part.csv: row 9 is bad" } }],
      "shard 3: part.csv: row 9 is bad",
    );
    refused([hello, { id: 4 }], "sweeper: answered request 4, expected 0");
    refused([hello, { id: 0 }, { id: 1, nodes: "AAAA" }], "nodes: 3 bytes, expected a multiple of 8");
    refused([hello, { id: 0 }, { id: 1 }], "nodes: is not base64");
  });
});
