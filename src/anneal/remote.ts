import { KIND, MODE } from "../core/exports.js";
import { WaywardError } from "../errors.js";
import type { ShardProblem, Sweeper } from "../types.js";
import { narrow } from "./nodes.js";
import type { Problem } from "./problem.js";
import type { Sweeps } from "./sweeps.js";

/** A driver's end of the sweeps: requests out, nodes in, and the work goes on with what they add up to. */
export class Remote {
  readonly problem: Problem;
  readonly sweeper: Sweeper;
  #outbox = { at: 0, bytes: 0 };

  constructor(problem: Problem, sweeper: Sweeper) {
    this.problem = problem;
    this.sweeper = sweeper;
  }

  /** What every shard must know of the problem. */
  get shardProblem(): ShardProblem {
    const { clusters, autonomy } = this.problem;
    const kind = Object.keys(KIND)[this.problem.integer("kind")] as ShardProblem["kind"];
    if (autonomy.kind === "table" || autonomy.kind === "groups") {
      return { clusters, kind, groupCount: this.problem.integer("groupCount"), tables: autonomy.tables };
    }
    return { clusters, kind, groupCount: 1, tables: new Float64Array(0) };
  }

  /** Runs work whose sweeps the sweeper makes; `wait` may give up waiting. */
  async run<T>(work: Sweeps<T>, wait: <V>(answer: Promise<V>) => Promise<V>): Promise<T> {
    let nodes: Float64Array = new Float64Array(0);
    let turn = work.next();
    while (!turn.done) {
      const { mode, beta } = turn.value;
      if (mode === MODE.take) narrow(this.problem, nodes);
      nodes = await wait(this.sweeper.sweep(this.request(mode, beta), mergeOf(mode)));
      turn = work.next(this.#merge(nodes));
    }
    return turn.value;
  }

  /** Begins a sweep whose sums shards will make: the bytes that go to each of them. */
  request(mode: number, beta: number): Uint8Array {
    const { core, pointer } = this.problem;
    const bytes = core.run((x) => x.requestBegin(pointer, mode, beta));
    if (bytes > this.#outbox.bytes) this.#outbox = { at: core.reserve(bytes), bytes };
    core.run((x) => x.requestWrite(pointer, this.#outbox.at));
    return core.u8(this.#outbox.at, bytes).slice();
  }

  /**
   * Ends that sweep with the nodes of all shards in order; returns F or D, scaled.
   *
   * @throws WaywardError `order` unless they cover every block once
   */
  #merge(nodes: Float64Array): number {
    const { problem } = this;
    const { core, pointer } = problem;
    const length = problem.integer("sumsLength");
    const end = problem.integer("endBlock");
    if (!(nodes instanceof Float64Array) || nodes.length % (2 + length) !== 0) {
      throw new WaywardError(
        "order",
        `sweep: ${nodes?.length} numbers answered, expected a Float64Array of ${2 + length} for every node`,
      );
    }
    for (let at = 0; at < nodes.length; at += 2 + length) {
      const next = core.run((x) => x.nextNode(pointer));
      core.f64(next, length).set(nodes.subarray(at + 2, at + 2 + length));
      const [first, blocks] = nodes.subarray(at, at + 2);
      const expected = problem.integer("pushed");
      if (first !== expected || core.run((x) => x.pushNode(pointer, first, blocks)) === 0) {
        throw new WaywardError(
          "order",
          `sweep: ${blocks} blocks from ${first} answered, expected block ${expected} of ${end}`,
        );
      }
    }
    const blocks = problem.integer("pushed");
    if (blocks !== end) throw new WaywardError("order", `sweep: ${blocks} blocks answered, expected ${end}`);
    return core.run((x) => x.sweepEnd(pointer));
  }
}

/** A draw has to find its way back to the shard that holds it. */
function mergeOf(mode: number): "sum" | "min" | "none" {
  return mode === MODE.box ? "min" : mode === MODE.draw ? "none" : "sum";
}
