import { KIND } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import { expectInput, expectObject, expectOptions, WaywardError } from "../errors.js";
import { type CheckedPoints, checkClusters, checkIndices, checkPoints, checkWeights } from "../points.js";
import type { Points, ShardOptions, ShardProblem } from "../types.js";
import { BLOCK_ROWS, nodeAt } from "./blocks.js";
import { Rows } from "./rows.js";

/** The core counts blocks in 32 bits. */
const MOST_ROWS = (2 ** 31 - 1) * BLOCK_ROWS;
/** More centers fill what a core addresses. */
const MOST_CLUSTERS = 2 ** 29;

/**
 * Some of the rows of a problem, and the answers to a driver's requests: the other end of a `Sweeper`.
 * Answers depend on the request and the rows alone, so a shard may be made anew at any time.
 */
export class Shard {
  readonly #newCore: () => Core;
  readonly #firstBlock: number;
  readonly #held: { rows: number; dimensions: number };
  /** Until `open`; from then on the core has them. */
  #input: { points: CheckedPoints; weights: Float64Array | null; groups: Int32Array | null } | null;
  #rows: Rows | null = null;
  #inbox = { at: 0, bytes: 0 };

  /** @internal */
  constructor(newCore: () => Core, points: Points, options: ShardOptions = {}) {
    expectOptions(options, ["first", "weights", "groups"]);
    const { first = 0, weights, groups } = options;
    const checked = checkPoints(points);
    expectInput(
      Number.isSafeInteger(first) && first >= 0 && first % BLOCK_ROWS === 0,
      () => `first is ${first}, expected a multiple of ${BLOCK_ROWS}: a shard begins with a block`,
    );
    expectInput(
      first + checked.rows <= MOST_ROWS,
      () => `first is ${first}, expected at most ${MOST_ROWS} rows with the ${checked.rows} of this shard`,
    );
    const checkedGroups = groups === undefined ? null : checkIndices(groups, 2 ** 31, "groups");
    expectInput(
      checkedGroups === null || checkedGroups.length === checked.rows,
      () => `groups has ${checkedGroups?.length} entries, expected ${checked.rows}, one a row`,
    );
    this.#newCore = newCore;
    this.#firstBlock = first / BLOCK_ROWS;
    this.#held = { rows: checked.rows, dimensions: checked.dimensions };
    this.#input = {
      points: checked,
      weights: weights === undefined ? null : checkWeights(weights, checked.rows),
      groups: checkedGroups,
    };
  }

  /** Number of its first row. */
  get first(): number {
    return this.#firstBlock * BLOCK_ROWS;
  }

  get rows(): number {
    return this.#held.rows;
  }

  /** Takes the problem and moves its rows into a core; once. */
  open(problem: ShardProblem): void {
    checkProblem(problem);
    const { clusters, kind, groupCount, tables } = problem;
    if (!this.#input)
      throw new WaywardError("order", "open: this shard is open already; make it anew for another problem");
    const { points, weights, groups } = this.#input;
    const { rows, dimensions } = this.#held;
    if (kind === "groups") checkGroups(groups, groupCount);
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const extent = { rows, dimensions, clusters, kind: KIND[kind], groupCount, firstBlock: this.#firstBlock, blocks };
    const opened = new Rows(this.#newCore(), extent);
    opened.array("tables", tables.length).set(tables);
    opened.load(points, weights, kind === "groups" ? groups : null);
    this.#rows = opened;
    this.#input = null;
  }

  /**
   * One pass over the rows.
   *
   * @returns for each node its first block, its number of blocks, and its sums; nodes in order
   * @throws WaywardError `order` before `open`, `input` if these bytes are no request for this problem
   */
  sweep(request: Uint8Array): Float64Array {
    const rows = this.#begin(request);
    const blocks = Math.ceil(rows.rows / BLOCK_ROWS);
    rows.core.run((x) => x.sweepBlocks(rows.pointer, 0, blocks));
    const length = rows.integer("sumsLength");
    const count = rows.integer("level");
    const sums = rows.array("stack", count * length);
    const nodes = new Float64Array(count * (2 + length));
    const end = this.#firstBlock + blocks;
    for (let node = 0, first = this.#firstBlock; node < count; node++) {
      const size = nodeAt(first, end);
      const at = node * (2 + length);
      nodes[at] = first;
      nodes[at + 1] = size;
      nodes.set(sums.subarray(node * length, (node + 1) * length), at + 2);
      first += size;
    }
    return nodes;
  }

  /** A label for every row held, at the request's centers. */
  labels(request: Uint8Array): Int32Array {
    return this.#begin(request).labels();
  }

  /** K numbers for every row held: the soft policy at the request's centers and beta. */
  policy(request: Uint8Array): Float64Array {
    return this.#begin(request).policy();
  }

  #begin(request: Uint8Array): Rows {
    const rows = this.#rows;
    if (!rows) throw new WaywardError("order", "sweep: this shard is not open, expected `open` first");
    const { core, pointer } = rows;
    const bytes = request.length;
    if (bytes > this.#inbox.bytes) this.#inbox = { at: core.reserve(bytes), bytes };
    core.u8(this.#inbox.at, bytes).set(request);
    const status = core.run((x) => x.requestRead(pointer, this.#inbox.at, bytes));
    expectInput(status !== 1, () => `request: these ${bytes} bytes are no request for this problem`);
    if (status === 2) throw new WaywardError("order", "request: the rows are scaled already; make the shard anew");
    return rows;
  }
}

function checkProblem(problem: ShardProblem): void {
  expectObject(problem, "problem");
  const { clusters, kind, groupCount, tables } = problem;
  checkClusters(clusters, Number.MAX_SAFE_INTEGER);
  expectInput(clusters <= MOST_CLUSTERS, () => `clusters is ${clusters}, expected at most ${MOST_CLUSTERS}`);
  expectInput(
    Object.hasOwn(KIND, kind),
    () => `kind is ${JSON.stringify(kind)}, expected one of ${Object.keys(KIND).join(", ")}`,
  );
  const isCount = kind === "groups" ? Number.isInteger(groupCount) && groupCount >= 1 : groupCount === 1;
  expectInput(
    isCount,
    () => `groupCount is ${groupCount}, expected ${kind === "groups" ? "an integer of at least 1" : `1 with ${kind}`}`,
  );
  const size = kind === "table" || kind === "groups" ? groupCount * clusters ** 2 : 0;
  expectInput(tables instanceof Float64Array, () => `tables: got ${typeof tables}, expected a Float64Array`);
  expectInput(tables.length === size, () => `tables has ${tables.length} entries, expected ${size}`);
  const wrong = tables.findIndex((probability) => !(probability >= 0 && Number.isFinite(probability)));
  expectInput(
    wrong < 0,
    () =>
      `tables: row ${Math.floor(wrong / clusters)}, column ${wrong % clusters} is ${tables[wrong]}, expected a probability in [0, 1]`,
  );
}

function checkGroups(groups: Int32Array | null, groupCount: number): asserts groups is Int32Array {
  expectInput(
    groups !== null,
    () => "groups is missing, expected a group for every row: the autonomy has several tables",
  );
  const row = groups.findIndex((group) => !(group >= 0 && group < groupCount));
  expectInput(row < 0, () => `groups: row ${row} is ${groups[row]}, expected an integer from 0 to ${groupCount - 1}`);
}
