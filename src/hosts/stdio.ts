// A sweeper at the other end of this process's stdin and stdout: whatever forwards lines to shards somewhere.
import { createInterface } from "node:readline";
import { WaywardError } from "../errors.js";
import type { Sweeper } from "../types.js";
import {
  checkHello,
  decodeError,
  decodeF64,
  decodeI32,
  encode,
  encodeProblem,
  hello,
  type Line,
  parseLine,
} from "./protocol.js";

/** The transport, met on stdin: see docs/shards.md. */
export class Stdio implements Sweeper {
  readonly name: string;
  readonly rows: number;
  readonly dimensions: number;
  readonly #lines: AsyncIterator<string>;
  readonly #labelsFile: string | undefined;
  #questions = 0;

  private constructor(lines: AsyncIterator<string>, labelsFile: string | undefined, { name, rows, dimensions }: Line) {
    this.#lines = lines;
    this.#labelsFile = labelsFile;
    this.name = typeof name === "string" ? name : "sweeper";
    this.rows = count(rows, "rows");
    this.dimensions = count(dimensions, "dimensions");
  }

  /**
   * @param labelsFile has each shard write its labels beside itself
   * @throws WaywardError `environment` if the transport is of another version, `input` for what it says else
   */
  static async meet(labelsFile?: string): Promise<Stdio> {
    say(hello("driver"));
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    try {
      return new Stdio(lines, labelsFile, checkHello(await nextLine(lines), "sweeper", "sweeper"));
    } catch (error) {
      process.stdin.destroy();
      throw error;
    }
  }

  open(problem: Parameters<Sweeper["open"]>[0]): Promise<unknown> {
    return this.#ask({ op: "open", problem: encodeProblem(problem) });
  }

  async sweep(request: Uint8Array, merge: string): Promise<Float64Array> {
    return decodeF64((await this.#ask({ op: "sweep", merge, request: encode(request) })).nodes, "nodes");
  }

  async labels(request: Uint8Array): Promise<Int32Array | null> {
    const { labels } = await this.#ask({ op: "labels", request: encode(request), file: this.#labelsFile });
    return labels == null ? null : decodeI32(labels, "labels");
  }

  async policy(request: Uint8Array): Promise<Float64Array | null> {
    const { policy } = await this.#ask({ op: "policy", request: encode(request) });
    return policy == null ? null : decodeF64(policy, "policy");
  }

  /** Tells the transport that no more will be asked. */
  async finish(): Promise<void> {
    await this.#ask({ op: "close" });
  }

  /** Listens no longer: an open stdin would keep this process alive, also after an error. */
  close(): void {
    process.stdin.destroy();
  }

  async #ask(line: Line): Promise<Line> {
    const id = this.#questions++;
    say({ id, ...line });
    const answer = parseLine(await nextLine(this.#lines), "sweeper");
    if (answer.id !== id) throw new WaywardError("order", `sweeper: answered request ${answer.id}, expected ${id}`);
    if (answer.error) throw decodeError(answer.error, "sweeper");
    return answer;
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new WaywardError("environment", "sweeper: stdin ended, expected an answer");
  return value;
}

function count(value: unknown, what: string): number {
  if (!(Number.isSafeInteger(value) && (value as number) >= 1))
    throw new WaywardError("input", `sweeper: ${what} is ${JSON.stringify(value) ?? "missing"}, expected at least 1`);
  return value as number;
}
