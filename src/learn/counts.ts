import type { Core } from "../core/memory.js";
import type { GroupsAutonomy, TableAutonomy } from "../types.js";
import type { CheckedLog } from "./log.js";

type Rows = Pick<CheckedLog, "entities" | "prescribed" | "realized">;

/** As in assembly/learn/counts.ts. */
const RECORD = 12;
/** Records are added in fours, so that memory stays 16-aligned and the array contiguous. */
const STEP = 4;
const PENDING = 8192;
const CHUNK = 1024;
/** Candidates for the concentration, and one more. */
const EVIDENCE = 16;

/** What the counts say when shrunk: one table a group, and how far an entity's own counts are trusted. */
export interface Shrunken {
  /** groupCount x K x K. */
  means: Float64Array;
  /** Infinity: all entities of a group behave alike. */
  own: number;
}

/**
 * Sparse counts n(i, j, k) in a core of their own, whose memory they grow at the end: 12 bytes a triple
 * that was seen, 64 kB waiting to be merged, and K^2 numbers a group.
 */
export class Counts {
  readonly #core: Core;
  readonly #rows: number;
  readonly #clusters: number;
  readonly #groupCount: number;
  readonly #at: Record<"groups" | "pools" | "overall" | "means" | "evidence" | "row" | "batch" | "pending", number>;
  readonly #tables: number;
  readonly #records: number;
  #capacity = 0;
  #length = 0;
  #waiting = 0;
  /** Concentrations: of groups around all, of entities around their group. */
  #between = Number.POSITIVE_INFINITY;
  #own = Number.POSITIVE_INFINITY;

  constructor(core: Core, rows: number, clusters: number, groups: Int32Array | null) {
    this.#core = core;
    this.#rows = rows;
    this.#clusters = clusters;
    this.#groupCount = groups ? groups.reduce((most, group) => Math.max(most, group), 0) + 1 : 1;
    const square = 8 * clusters * clusters;
    const groupsAt = groups ? core.reserve(4 * rows) : 0;
    this.#at = {
      groups: groupsAt,
      pools: core.reserve(square * this.#groupCount),
      overall: core.reserve(2 * square),
      means: core.reserve(square * this.#groupCount),
      evidence: core.reserve(8 * EVIDENCE),
      row: core.reserve(8 * clusters),
      batch: core.reserve(20 * CHUNK),
      pending: core.reserve(8 * PENDING),
    };
    this.#tables = core.reserve(square * Math.min(rows, CHUNK));
    this.#records = core.reserve(0);
    if (groups) core.i32(groupsAt, rows).set(groups);
    this.#means().fill(1 / clusters);
  }

  /** Triples seen, those that wait included at most once. */
  get length(): number {
    this.#flush();
    return this.#length;
  }

  add(rows: Rows): void {
    this.#inChunks(rows, (count, entities, prescribed, realized) => {
      if (this.#waiting + count > PENDING) this.#flush();
      const at = this.#at.pending + 8 * this.#waiting;
      this.#core.run((x) => x.countsStage(at, count, this.#clusters, entities, prescribed, realized));
      this.#waiting += count;
    });
  }

  /** Fades everything by a factor below 1. */
  forget(factor: number): void {
    this.#flush();
    this.#length = this.#core.run((x) => x.countsForget(this.#records, this.#length, factor));
  }

  /** Pools the counts and finds how strongly to shrink; everything below goes by the last fit. */
  fit(perEntity = true): Shrunken {
    this.#flush();
    const { pools, overall, means, evidence, row, groups } = this.#at;
    const K = this.#clusters;
    const square = K * K;
    const G = this.#groupCount;
    this.#core.f64(pools, G * square).fill(0);
    this.#core.f64(overall, 2 * square).fill(0);
    const sums = overall + 8 * square;
    this.#core.run((x) => {
      x.countsPool(this.#records, this.#length, K, groups, pools);
      x.countsPool(this.#records, this.#length, K, 0, sums);
      x.countsShrink(sums, K, K, 0, 1, K / 2, overall); // Jeffreys' prior: half an observation a cell
      this.#between = G > 1 ? x.countsConcentration(pools, G * K, K, overall, K, evidence) : Number.POSITIVE_INFINITY;
      x.countsShrink(pools, G * K, K, overall, K, this.#between, means);
      if (!perEntity) this.#own = Number.POSITIVE_INFINITY;
      else this.#own = x.countsOwnConcentration(this.#records, this.#length, K, groups, means, evidence, row);
    });
    return { means: this.#means().slice(), own: this.#own };
  }

  /** Standard error of every entry of the tables: of a proportion out of the row's own and borrowed observations. */
  standardErrors(): Float64Array {
    const K = this.#clusters;
    const square = K * K;
    const pools = this.#core.f64(this.#at.pools, this.#groupCount * square);
    const all = this.#core.f64(this.#at.overall + 8 * square, square);
    const totalAt = (counts: Float64Array, row: number) => {
      return counts.subarray(row * K, (row + 1) * K).reduce((a, b) => a + b, 0);
    };
    return this.#means().map((p, index) => {
      const row = Math.floor(index / K);
      const everywhere = totalAt(all, row % K) + K / 2;
      const own = this.#groupCount > 1 ? totalAt(pools, row) + Math.min(this.#between, everywhere) : everywhere;
      const observations = Math.min(own, everywhere);
      return Math.sqrt((p * (1 - p)) / (observations + 1));
    });
  }

  /** Log of each row's shrunken probability, by the counts merged so far. */
  logLikelihood(rows: Rows): Float64Array {
    const output = new Float64Array(rows.entities.length);
    const values = this.#at.batch + 12 * CHUNK;
    this.#inChunks(rows, (count, entities, prescribed, realized, start) => {
      this.#core.run((x) =>
        x.countsLogLikelihood(
          this.#records,
          this.#length,
          this.#clusters,
          this.#at.groups,
          this.#at.means,
          this.#own,
          count,
          entities,
          prescribed,
          realized,
          values,
        ),
      );
      output.set(this.#core.f64(values, count), start);
    });
    return output;
  }

  /** The last fit as an autonomy: one table, one a group, or one an entity. */
  autonomy(): TableAutonomy | GroupsAutonomy {
    if (this.#own < Number.POSITIVE_INFINITY) {
      return {
        kind: "groups",
        groups: Int32Array.from({ length: this.#rows }, (_, i) => i),
        probabilities: this.#entityTables(),
      };
    }
    const probabilities = this.#means().slice();
    if (this.#at.groups === 0) return { kind: "table", probabilities };
    return { kind: "groups", groups: this.#core.i32(this.#at.groups, this.#rows).slice(), probabilities };
  }

  /** Every entity's table, N x K x K. */
  #entityTables(): Float64Array {
    const K = this.#clusters;
    const square = K * K;
    const tables = new Float64Array(this.#rows * square);
    for (let first = 0; first < this.#rows; first += CHUNK) {
      const end = Math.min(first + CHUNK, this.#rows);
      const { groups, means, row } = this.#at;
      this.#core.run((x) =>
        x.countsTables(this.#records, this.#length, K, groups, means, this.#own, first, end, row, this.#tables),
      );
      tables.set(this.#core.f64(this.#tables, (end - first) * square), first * square);
    }
    return tables;
  }

  /** State: concentrations, lengths, means, records, pending keys. */
  save(): number[] {
    const words = (at: number, count: number) => Array.from(this.#core.i32(at, count), (word) => word >>> 0);
    return [
      this.#between,
      this.#own,
      this.#length,
      this.#waiting,
      ...this.#means(),
      ...words(this.#records, (this.#length * RECORD) / 4),
      ...words(this.#at.pending, 2 * this.#waiting),
    ];
  }

  /** Takes back what `save` gave, from `numbers` on; returns how many numbers that was. */
  restore(numbers: Float64Array): number {
    const [between, own, length, waiting] = numbers;
    this.#between = between;
    this.#own = own;
    this.#grow(length);
    this.#length = length;
    this.#waiting = waiting;
    let at = 4;
    const take = (count: number) => {
      at += count;
      return numbers.subarray(at - count, at);
    };
    const means = this.#means();
    means.set(take(means.length));
    const words = (length * RECORD) / 4;
    this.#core.i32(this.#records, words).set(Int32Array.from(take(words), (word) => word | 0));
    this.#core.i32(this.#at.pending, 2 * waiting).set(Int32Array.from(take(2 * waiting), (word) => word | 0));
    return at;
  }

  #means(): Float64Array {
    return this.#core.f64(this.#at.means, this.#groupCount * this.#clusters ** 2);
  }

  #inChunks(
    { entities, prescribed, realized }: Rows,
    visit: (count: number, entities: number, prescribed: number, realized: number, start: number) => void,
  ): void {
    const pointers = [0, 1, 2].map((column) => this.#at.batch + 4 * CHUNK * column);
    for (let start = 0; start < entities.length; start += CHUNK) {
      const count = Math.min(CHUNK, entities.length - start);
      [entities, prescribed, realized].forEach((column, index) => {
        this.#core.i32(pointers[index], count).set(column.subarray(start, start + count));
      });
      visit(count, pointers[0], pointers[1], pointers[2], start);
    }
  }

  #flush(): void {
    if (this.#waiting === 0) return;
    const { pending } = this.#at;
    const fresh = this.#core.run((x) => x.countsNew(this.#records, this.#length, pending, this.#waiting));
    this.#grow(this.#length + fresh);
    this.#core.run((x) => x.countsMerge(this.#records, this.#length, pending, this.#waiting, fresh));
    this.#length += fresh;
    this.#waiting = 0;
  }

  /** Makes room for so many records, right behind those that are there. */
  #grow(length: number): void {
    if (length <= this.#capacity) return;
    const capacity = Math.ceil(length / STEP) * STEP;
    this.#core.reserve((capacity - this.#capacity) * RECORD);
    this.#capacity = capacity;
  }
}
