import { GROUPS } from "../core/exports.js";
import { joined } from "../core/joined.js";
import type { Core } from "../core/memory.js";
import type { GroupsAutonomy, TableAutonomy } from "../types.js";
import type { CheckedLog } from "./log.js";
import { Struct } from "./struct.js";

type Rows = Pick<CheckedLog, "entities" | "prescribed" | "realized">;

/** As in assembly/learn/counts.ts. */
const RECORD = 12;
/** Records are added in fours, so that memory stays 16-aligned and the array contiguous. */
const STEP = 4;
const PENDING = 8192;
const CHUNK = 1024;
/** Groups that may be found where none are given. */
const MOST_FOUND = 32;

/**
 * Sparse counts n(i, j, k) in a core of their own, whose memory they grow at the end: 12 bytes a triple that
 * was seen, 64 kB waiting to be merged, 3 K^2 numbers a group (room for 32; given ones: 2 K^2), and K^2 for each of up to
 * `CHUNK` entities, whose tables are read out at once.
 */
export class Counts {
  readonly #core: Core;
  readonly #rows: number;
  readonly #clusters: number;
  readonly #groups: Int32Array | null;
  readonly #struct: Struct<typeof GROUPS>;
  readonly #batch: number;
  readonly #pending: number;
  readonly #tables: number;
  readonly #records: number;
  #capacity = 0;
  #length = 0;
  #waiting = 0;

  constructor(core: Core, rows: number, clusters: number, groups: Int32Array | null) {
    this.#core = core;
    this.#rows = rows;
    this.#clusters = clusters;
    this.#groups = groups;
    const most = groups
      ? groups.reduce((largest, group) => Math.max(largest, group), 0) + 1
      : Math.min(MOST_FOUND, rows);
    const groupsAt = groups ? core.reserve(4 * rows) : 0;
    if (groups) core.i32(groupsAt, rows).set(groups);
    this.#struct = new Struct(
      core,
      GROUPS,
      core.run((x) => x.groupsBytes(clusters, most, groups ? 0 : 1)),
    );
    core.run((x) => x.groupsInit(this.#struct.pointer, clusters, most, groupsAt));
    this.#batch = core.reserve(20 * CHUNK);
    this.#pending = core.reserve(8 * PENDING);
    this.#tables = core.reserve(8 * clusters ** 2 * Math.min(rows, CHUNK));
    this.#records = core.reserve(0);
  }

  add(rows: Rows): void {
    this.#inChunks(rows, (count, entities, prescribed, realized) => {
      if (this.#waiting + count > PENDING) this.#flush();
      const at = this.#pending + 8 * this.#waiting;
      this.#core.run((x) => x.countsStage(at, count, this.#clusters, entities, prescribed, realized));
      this.#waiting += count;
    });
  }

  /** Fades everything by a factor below 1. */
  forget(factor: number): void {
    this.#flush();
    this.#length = this.#core.run((x) => x.countsForget(this.#records, this.#length, factor));
  }

  /** Finds the groups' tables, and the groups if none are given; everything below goes by the last fit. */
  fit(perEntity = true): void {
    this.#flush();
    this.#core.run((x) => x.groupsFit(this.#struct.pointer, this.#records, this.#length, perEntity ? 1 : 0));
  }

  /** Standard error of every entry of the tables: of a proportion out of the row's own and borrowed observations. */
  standardErrors(): Float64Array {
    const K = this.#clusters;
    const groupCount = this.#struct.integer("count");
    const pools = this.#struct.f64("pools", groupCount * K * K);
    const all = this.#struct.f64("overall", K * K);
    const between = this.#struct.get("between");
    const totalAt = (counts: Float64Array, row: number) => {
      return counts.subarray(row * K, (row + 1) * K).reduce((a, b) => a + b, 0);
    };
    return this.#means().map((p, index) => {
      const row = Math.floor(index / K);
      const everywhere = totalAt(all, row % K) + K / 2;
      const own = groupCount > 1 ? totalAt(pools, row) + Math.min(between, everywhere) : everywhere;
      const observations = Math.min(own, everywhere);
      return Math.sqrt((p * (1 - p)) / (observations + 1));
    });
  }

  /** Log of each row's shrunken probability, by the counts merged so far. */
  logLikelihood(rows: Rows): Float64Array {
    const output = new Float64Array(rows.entities.length);
    const values = this.#batch + 12 * CHUNK;
    const { pointer } = this.#struct;
    this.#inChunks(rows, (count, entities, prescribed, realized, start) => {
      this.#core.run((x) =>
        x.groupsLogLikelihood(pointer, this.#records, this.#length, count, entities, prescribed, realized, values),
      );
      output.set(this.#core.f64(values, count), start);
    });
    return output;
  }

  /** The last fit as an autonomy: one table; or one a group, and one for each entity that is of no group alone. */
  autonomy(): TableAutonomy | GroupsAutonomy {
    const alike = this.#struct.get("own") === Number.POSITIVE_INFINITY;
    const tables = this.#means().slice();
    if (alike && this.#groups) return { kind: "groups", groups: this.#groups.slice(), probabilities: tables };
    const square = this.#clusters ** 2;
    if (alike && tables.length === square) return { kind: "table", probabilities: tables };
    return this.#entityTables(alike ? tables : new Float64Array(0));
  }

  /** Groups whose tables are these, then the tables of the entities that follow none of them. */
  #entityTables(tables: Float64Array): GroupsAutonomy {
    const square = this.#clusters ** 2;
    const groups = new Int32Array(this.#rows);
    const probabilities = [tables];
    let count = tables.length / square;
    for (let first = 0; first < this.#rows; first += CHUNK) {
      const end = Math.min(first + CHUNK, this.#rows);
      const { pointer } = this.#struct;
      this.#core.run((x) =>
        x.groupsTables(pointer, this.#records, this.#length, first, end, this.#tables, this.#batch),
      );
      const only = this.#core.i32(this.#batch, end - first);
      only.forEach((group, n) => {
        groups[first + n] = group < 0 ? count++ : group;
        if (group < 0) probabilities.push(this.#core.f64(this.#tables + 8 * n * square, square).slice());
      });
    }
    return { kind: "groups", groups, probabilities: joined(Float64Array, probabilities) };
  }

  /** State: groups, concentrations, lengths, tables, records, pending keys. */
  save(): number[] {
    const words = (at: number, count: number) => Array.from(this.#core.i32(at, count), (word) => word >>> 0);
    return [
      this.#struct.integer("count"),
      this.#struct.get("between"),
      this.#struct.get("own"),
      this.#length,
      this.#waiting,
      ...this.#means(),
      ...this.#weights(),
      ...words(this.#records, (this.#length * RECORD) / 4),
      ...words(this.#pending, 2 * this.#waiting),
    ];
  }

  /** Takes back what `save` gave, from `numbers` on; returns how many numbers that was. */
  restore(numbers: Float64Array): number {
    const [count, between, own, length, waiting] = numbers;
    this.#struct.setInteger("count", count);
    this.#struct.set({ between, own });
    this.#grow(length);
    this.#length = length;
    this.#waiting = waiting;
    let at = 5;
    const take = (size: number) => {
      at += size;
      return numbers.subarray(at - size, at);
    };
    for (const array of [this.#means(), this.#weights()]) array.set(take(array.length));
    this.#core.run((x) => x.followTables(this.#struct.pointer));
    const words = (length * RECORD) / 4;
    this.#core.i32(this.#records, words).set(Int32Array.from(take(words), (word) => word | 0));
    this.#core.i32(this.#pending, 2 * waiting).set(Int32Array.from(take(2 * waiting), (word) => word | 0));
    return at;
  }

  #means(): Float64Array {
    return this.#struct.f64("tables", this.#struct.integer("count") * this.#clusters ** 2);
  }

  /** Of groups that were found. */
  #weights(): Float64Array {
    return this.#struct.f64("weights", this.#groups ? 0 : this.#struct.integer("count"));
  }

  #inChunks(
    { entities, prescribed, realized }: Rows,
    visit: (count: number, entities: number, prescribed: number, realized: number, start: number) => void,
  ): void {
    const pointers = [0, 1, 2].map((column) => this.#batch + 4 * CHUNK * column);
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
    const pending = this.#pending;
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
