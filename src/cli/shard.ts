import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import {
  BLOCK_ROWS as BLOCK,
  decodeBytes,
  decodeF64,
  decodeI32,
  decodeProblem,
  type EncodedRows,
  encode,
  encodeError,
  hello,
  joined,
  type Line,
  nodeAt,
  parseLine,
} from "../hosts/protocol.js";
import { createSolver, type Shard, type Solver, WaywardError } from "../index.js";
import { writeOutput } from "./output.js";
import { readSource, type Source } from "./source.js";

/** Adds `wayward shard` to the program. */
export function addShard(program: Command): void {
  program
    .command("shard")
    .description(
      "Holds a shard of the points and answers a driver's requests: one JSON object a line, see docs/shards.md.",
    )
    .action(serve);
}

/** Answers line by line until stdin ends or `close` comes. */
async function serve(): Promise<void> {
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const server = new ShardServer(await createSolver());
  say(hello("shard"));
  for await (const text of createInterface({ input: process.stdin })) {
    if (text.trim() === "") continue;
    let id: unknown = null;
    try {
      const line = parseLine(text, "request");
      id = line.id ?? null;
      say({ id, ...(await server.answer(line)) });
      if (line.op === "close") break;
    } catch (error) {
      say({ id, error: encodeError(error, server.name) });
    }
  }
  process.stdin.destroy();
}

/** One shard behind the protocol. */
class ShardServer {
  name = "shard";
  readonly #solver: Solver;
  /** Until `open`. */
  #source: Source | null = null;
  #first = 0;
  #rows = 0;
  #shard: Pick<Shard, "sweep" | "labels" | "policy"> | null = null;

  constructor(solver: Solver) {
    this.#solver = solver;
  }

  async answer(line: Line): Promise<Line> {
    switch (line.op) {
      case "load":
        return this.#load(line);
      case "append":
        return this.#append(line.rows);
      case "place":
        return this.#place(line.first);
      case "open":
        return this.#open(line.problem);
      case "sweep": {
        const nodes = this.#opened().sweep(decodeBytes(line.request, "request"));
        return { nodes: encode(nodes), length: lengthOf(nodes, this.#first / BLOCK, Math.ceil(this.#rows / BLOCK)) };
      }
      case "labels":
        return this.#labels(line);
      case "policy":
        return { policy: encode(this.#opened().policy(decodeBytes(line.request, "request"))), first: this.#first };
      case "close":
        return { closed: true };
      default:
        throw new WaywardError(
          "input",
          `op is ${JSON.stringify(line.op) ?? "missing"}, expected one of load, append, place, open, sweep, labels, policy, close`,
        );
    }
  }

  async #load({ source, name }: Line): Promise<Line> {
    this.name = typeof name === "string" ? name : "shard";
    const read = await readSource(source);
    this.#source = read;
    this.#shard = null;
    this.#first = 0;
    const { dimensions, names, hasHeader, weights, groups } = read;
    const rows = read.data.length / dimensions;
    const checksum = checksumOf(read);
    return { rows, dimensions, weighted: weights !== null, grouped: groups !== null, names, hasHeader, checksum };
  }

  #append(rows: unknown): Line {
    const source = this.#loaded("append");
    const head = (typeof rows === "object" && rows !== null ? rows : {}) as Partial<EncodedRows>;
    const data = decodeF64(head.data, "rows.data");
    const weights = source.weights && decodeF64(head.weights, "rows.weights");
    const groups = source.groups && decodeI32(head.groups, "rows.groups");
    const count = data.length / source.dimensions;
    for (const name of ["weights", "groups"] as const) {
      if (head[name] != null && !source[name]) throw new WaywardError("input", `append: ${name}, expected none`);
    }
    if (
      !Number.isInteger(count) ||
      head.rows !== count ||
      (weights && weights.length !== count) ||
      (groups && groups.length !== count)
    )
      throw new WaywardError("input", `append: ${head.rows} rows do not fit ${data.length} numbers`);
    source.data = joined(Float64Array, [source.data, data]);
    if (weights) source.weights = joined(Float64Array, [source.weights!, weights]);
    if (groups) source.groups = joined(Int32Array, [source.groups!, groups]);
    return { rows: source.data.length / source.dimensions };
  }

  /** Learns where the rows begin, and gives up those before the first block. */
  #place(first: unknown): Line {
    const source = this.#loaded("place");
    if (!(Number.isSafeInteger(first) && (first as number) >= 0 && (first as number) <= LAST_START))
      throw new WaywardError(
        "input",
        `place: first is ${JSON.stringify(first)}, expected an integer from 0 to ${LAST_START}`,
      );
    const { dimensions: d } = source;
    const start = Math.ceil((first as number) / BLOCK) * BLOCK;
    const count = Math.min(start - (first as number), source.data.length / d);
    const head: EncodedRows | null =
      count === 0
        ? null
        : {
            rows: count,
            data: encode(source.data.subarray(0, count * d)),
            weights: source.weights && encode(source.weights.subarray(0, count)),
            groups: source.groups && encode(source.groups.subarray(0, count)),
          };
    source.data = source.data.subarray(count * d);
    source.weights &&= source.weights.subarray(count);
    source.groups &&= source.groups.subarray(count);
    this.#first = start;
    return { head, rows: source.data.length / d, first: start };
  }

  async #open(problem: unknown): Promise<Line> {
    const { data, dimensions, weights, groups } = this.#loaded("open");
    const decoded = decodeProblem(problem);
    const rows = data.length / dimensions;
    const given = { first: this.#first, weights: weights ?? undefined, groups: groups ?? undefined };
    if (rows === 0) this.#shard = NOTHING;
    else {
      const shard = await this.#solver.shard({ data, dimensions }, given);
      shard.open(decoded);
      this.#shard = shard;
    }
    this.#rows = rows;
    this.#source = null;
    return { rows };
  }

  async #labels({ request, file }: Line): Promise<Line> {
    const labels = this.#opened().labels(decodeBytes(request, "request"));
    if (typeof file !== "string") return { labels: encode(labels), first: this.#first };
    const path = file.replaceAll("{shard}", this.name.replaceAll(" ", "-"));
    writeOutput(path, labels.length === 0 ? "" : `${labels.join("\n")}\n`);
    return { labels: null, first: this.#first, file: path };
  }

  #loaded(op: string): Source {
    if (this.#source) return this.#source;
    const why = this.#shard ? " any more: it was opened" : "";
    throw new WaywardError("order", `${op}: nothing is loaded${why}, expected \`load\` first`);
  }

  #opened(): Pick<Shard, "sweep" | "labels" | "policy"> {
    if (this.#shard) return this.#shard;
    throw new WaywardError("order", "this shard is not open, expected `open` first");
  }
}

/** The core counts blocks in 32 bits. */
const LAST_START = (2 ** 31 - 1) * BLOCK;

/** Of the rows, with their weights and groups. */
function checksumOf({ dimensions, data, weights, groups }: Source): string {
  const hash = createHash("sha256");
  for (const array of [data, weights, groups]) {
    hash.update(`${dimensions} ${array?.byteLength} `);
    for (let at = 0; array && at < array.byteLength; at += HASHED)
      hash.update(new Uint8Array(array.buffer, array.byteOffset + at, Math.min(HASHED, array.byteLength - at)));
  }
  return hash.digest("hex").slice(0, 32);
}

/** Bytes that a hash takes at once: it refuses 2 GiB. */
const HASHED = 1 << 30;

/** Of a shard that gave all its rows away. */
const NOTHING = {
  sweep: () => new Float64Array(0),
  labels: () => new Int32Array(0),
  policy: () => new Float64Array(0),
};

/** Sums of a node: all have as many, and how many nodes there are follows from the blocks. */
function lengthOf(nodes: Float64Array, first: number, blocks: number): number {
  let count = 0;
  for (let at = first; at < first + blocks; at += nodeAt(at, first + blocks)) count++;
  return count === 0 ? 0 : nodes.length / count - 2;
}
