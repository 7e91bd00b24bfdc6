// Shards in child processes of this machine, each a `wayward shard`: the line protocol's driver side.
import { type ChildProcess, spawn } from "node:child_process";
import { joined } from "../core/joined.js";
import { WaywardError } from "../errors.js";
import type { Sweeper } from "../types.js";
import {
  checkHello,
  decodeError,
  decodeF64,
  decodeI32,
  type EncodedRows,
  encode,
  encodeProblem,
  type Line,
  parseLine,
} from "./protocol.js";

/** A shard that ends this often without an answer in between is not started again. */
const ATTEMPTS = 3;

/** Processes of one machine: more would not start, or make it swap. */
const MOST_SHARDS = 1024;

/** @throws WaywardError `input` unless one machine can have so many; before anything is made for each of them */
export function checkShards(count: number): void {
  if (!(count >= 1)) throw new WaywardError("input", `shards: ${count}, expected at least 1`);
  if (count > MOST_SHARDS) throw new WaywardError("input", `shards: ${count}, expected at most ${MOST_SHARDS}`);
}

/** What all shards hold together. */
export interface Loaded {
  rows: number;
  dimensions: number;
  names: string[];
  hasHeader: boolean;
}

/** The command that starts a shard. */
export type Command = readonly [program: string, ...args: string[]];

/** Shards in child processes, loaded and placed; `labelsFile` has each write its labels beside itself. */
export class Children implements Sweeper, Loaded {
  readonly rows: number;
  readonly dimensions: number;
  readonly names: string[];
  readonly hasHeader: boolean;
  readonly #shards: Child[];
  readonly #labelsFile: string | undefined;

  private constructor(shards: Child[], loaded: Loaded, labelsFile: string | undefined) {
    this.#shards = shards;
    this.rows = loaded.rows;
    this.dimensions = loaded.dimensions;
    this.names = loaded.names;
    this.hasHeader = loaded.hasHeader;
    this.#labelsFile = labelsFile;
  }

  /**
   * One child for each source, in order of their rows.
   *
   * @throws WaywardError `input` for a bad row (with shard, file and row), no row, or another number of columns
   */
  static async start(command: Command, sources: readonly Line[], labelsFile?: string): Promise<Children> {
    checkShards(sources.length);
    const shards = sources.map((_, index) => new Child(command, `shard ${index}`));
    try {
      const loaded = await loadAll(shards, sources);
      await placeAll(shards, loaded.counts);
      return new Children(shards, loaded, labelsFile);
    } catch (error) {
      for (const shard of shards) shard.end();
      throw error;
    }
  }

  /** Their process ids, in order. */
  get pids(): (number | undefined)[] {
    return this.#shards.map(({ pid }) => pid);
  }

  open(problem: Parameters<Sweeper["open"]>[0]): Promise<unknown> {
    return this.#all({ op: "open", problem: encodeProblem(problem) });
  }

  async sweep(request: Uint8Array, merge: string): Promise<Float64Array> {
    const answers = await this.#all({ op: "sweep", request: encode(request), merge });
    return joined(
      Float64Array,
      answers.map(({ nodes }) => decodeF64(nodes, "nodes")),
    );
  }

  async labels(request: Uint8Array): Promise<Int32Array | null> {
    const file = this.#labelsFile;
    const answers = await this.#all({ op: "labels", request: encode(request), file });
    if (file !== undefined) return null;
    return joined(
      Int32Array,
      answers.map(({ labels }) => decodeI32(labels, "labels")),
    );
  }

  async policy(request: Uint8Array): Promise<Float64Array> {
    const answers = await this.#all({ op: "policy", request: encode(request) });
    return joined(
      Float64Array,
      answers.map(({ policy }) => decodeF64(policy, "policy")),
    );
  }

  /** Ends the processes. */
  close(): void {
    for (const shard of this.#shards) shard.end();
  }

  #all(line: Line): Promise<Line[]> {
    return Promise.all(this.#shards.map((shard) => shard.ask(line)));
  }
}

async function loadAll(shards: Child[], sources: readonly Line[]): Promise<Loaded & { counts: number[] }> {
  const answers = await Promise.allSettled(
    shards.map((shard, index) => shard.ask({ op: "load", source: sources[index], name: shard.name })),
  );
  const counts: number[] = [];
  let first: Line | null = null;
  for (const [index, answer] of answers.entries()) {
    const before = counts.reduce((sum, count) => sum + count, 0);
    if (answer.status === "rejected") throw withRow(answer.reason, before);
    const { rows, dimensions } = answer.value;
    first ??= answer.value;
    if (dimensions !== first.dimensions) {
      throw new WaywardError(
        "input",
        `shard ${index}: ${dimensions} dimensions, expected ${first.dimensions} as in shard 0`,
      );
    }
    counts.push(rows as number);
  }
  const { dimensions, names, hasHeader } = first as unknown as Loaded;
  return { counts, rows: counts.reduce((sum, count) => sum + count, 0), dimensions, names, hasHeader };
}

/** Says which row it is among all, now that it is known how many come before. */
function withRow(error: WaywardError & { row?: number }, before: number): WaywardError {
  if (error.row === undefined || before === 0) return error;
  return new WaywardError(error.code, `${error.message}; it is row ${before + error.row} of all`);
}

/** From the last shard to the first, since each takes what its successor gives up. */
async function placeAll(shards: Child[], counts: number[]): Promise<void> {
  let first = counts.reduce((sum, count) => sum + count, 0);
  for (let index = shards.length - 1; index >= 0; index--) {
    first -= counts[index];
    const { head } = await shards[index].ask({ op: "place", first });
    if (head && index > 0) await shards[index - 1].ask({ op: "append", rows: head as EncodedRows });
  }
}

/** What rebuilds a shard; each comes to it at most once. */
const REBUILDS = ["load", "append", "place", "open"];

/** One child process: answers to questions, and a new process when the old one dies. */
class Child {
  readonly name: string;
  readonly #command: Command;
  #process: ChildProcess | null = null;
  /** The lines that rebuild it, and what it answered. */
  readonly #log: { line: Line; answer: Line }[] = [];
  #asked: { id: number; resolve(answer: Line): void; reject(error: Error): void } | null = null;
  #questions = 0;
  #failures = 0;
  #ended = false;
  #stderr = "";
  #turn: Promise<unknown> = Promise.resolve();
  /** What it said out of turn: the next question hears of it. */
  #broken: Error | null = null;

  constructor(command: Command, name: string) {
    this.#command = command;
    this.name = name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** One question at a time; a process that dies over it is replaced, rebuilt, and asked again. */
  ask(line: Line): Promise<Line> {
    const turn = this.#turn.then(() => this.#ask(line));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  end(): void {
    this.#ended = true;
    this.#process?.kill();
    this.#asked?.reject(new WaywardError("order", `${this.name}: is closed`));
    this.#asked = null;
  }

  async #ask(line: Line): Promise<Line> {
    for (;;) {
      if (this.#broken) throw this.#broken;
      try {
        if (!this.#process) await this.#start();
        const answer = await this.#send(line);
        this.#failures = 0;
        if (REBUILDS.includes(line.op as string)) this.#log.push({ line, answer: rowsIn(answer) });
        return answer;
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        if (++this.#failures >= ATTEMPTS) {
          const last = this.#stderr.trim().split("\n").at(-1) || error.message;
          throw new WaywardError("environment", `${this.name}: ended ${ATTEMPTS} times over one request: ${last}`);
        }
      }
    }
  }

  /** A process, and in it what the one before had. */
  async #start(): Promise<void> {
    if (this.#ended) throw new WaywardError("order", `${this.name}: is closed`);
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    this.#stderr = "";
    child.stderr.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    child.stdin.on("error", () => {}); // its exit tells
    const gone = (message: string) => {
      if (this.#process !== child) return;
      this.#process = null;
      this.#asked?.reject(new Gone(message));
      this.#asked = null;
    };
    child.on("error", (error) => gone(error.message));
    // Its last words come before "close", but may come after "exit".
    child.on("close", (code, signal) => gone(`exit code ${code ?? signal}`));
    const receive = (line: Buffer) => {
      if (this.#process === child) this.#receive(line);
    };
    child.stdout.on("data", lineSplitter(receive));
    await new Promise<void>((resolve, reject) => {
      this.#asked = { id: -1, resolve: () => resolve(), reject };
    });
    await this.#rebuild();
  }

  async #rebuild(): Promise<void> {
    try {
      for (const { line, answer } of this.#log) this.#expectSame(line, await this.#send(line), answer);
    } catch (error) {
      if (!(error instanceof Gone)) this.#broken = error as Error; // it is half built: nothing may be asked of it
      throw error;
    }
  }

  /** A file may have been written anew since: other rows would mix with those already summed. */
  #expectSame(line: Line, answer: Line, before: Line): void {
    const now = rowsIn(answer);
    const differs = Object.keys(now).find((what) => now[what] !== before[what]);
    if (differs === undefined) return;
    const { csv, binary } = (line.source ?? {}) as Line;
    throw new WaywardError(
      "input",
      `${this.name}: ${csv ?? binary ?? line.op} has changed since it was loaded: ${differs} is ${now[differs]}, expected ${before[differs]}`,
    );
  }

  #send(line: Line): Promise<Line> {
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      if (!this.#process?.stdin) return reject(new Gone("it has ended"));
      this.#asked = { id, resolve, reject };
      this.#process.stdin.write(`${JSON.stringify({ id, ...line })}\n`);
    });
  }

  #receive(line: Buffer): void {
    const asked = this.#asked;
    try {
      const text = line.toString(); // throws if there is no string that long
      if (asked?.id === -1) {
        this.#asked = null;
        checkHello(text, "shard", this.name);
        asked.resolve({});
        return;
      }
      const answer = parseLine(text, this.name);
      if (!asked || answer.id !== asked.id) {
        throw new WaywardError(
          "order",
          `${this.name}: answered request ${answer.id}, expected ${asked?.id ?? "silence"}`,
        );
      }
      this.#asked = null;
      if (answer.error) asked.reject(decodeError(answer.error, this.name));
      else asked.resolve(answer);
    } catch (error) {
      this.#asked = null;
      this.#broken ??= error as Error;
      asked?.reject(error as Error);
    }
  }
}

/** What an answer says of the rows. */
function rowsIn({ rows, checksum }: Line): Line {
  return { rows, checksum };
}

/** Takes chunks, gives whole lines: what follows the last "\n" is none, since a process may die over it. */
function lineSplitter(give: (line: Buffer) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
      const line = Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      start = end + 1;
      give(line);
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  };
}

/** The process is gone: not an answer, but a reason to ask another one. */
class Gone extends Error {}
