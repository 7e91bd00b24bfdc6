import type { CheckedLog } from "./log.js";

type Rows = Pick<CheckedLog, "entities" | "prescribed" | "realized">;
const COLUMNS = ["entities", "prescribed", "realized", "sets"] as const;

/**
 * The latest rows, each with the centers it was made under: at most `limit` rows of 16 bytes, and the sets
 * of centers that they still need. When full, the oldest quarter goes.
 */
export class History {
  readonly #limit: number;
  readonly #size: number;
  #columns = {
    entities: new Int32Array(0),
    prescribed: new Int32Array(0),
    realized: new Int32Array(0),
    sets: new Int32Array(0),
  };
  #length = 0;
  #sets: Float64Array[] = [];

  /** @param size K x d */
  constructor(limit: number, size: number) {
    this.#limit = limit;
    this.#size = size;
  }

  add(rows: Rows, centers: Float64Array): void {
    const last = this.#sets.at(-1);
    if (!last?.every((value, index) => value === centers[index])) this.#sets.push(centers);
    const count = Math.min(rows.entities.length, this.#limit);
    const from = rows.entities.length - count;
    this.#makeRoom(count);
    for (const name of ["entities", "prescribed", "realized"] as const) {
      this.#columns[name].set(rows[name].subarray(from), this.#length);
    }
    this.#columns.sets.fill(this.#sets.length - 1, this.#length, this.#length + count);
    this.#length += count;
  }

  log(): CheckedLog {
    const [entities, prescribed, realized, sets] = COLUMNS.map((name) => this.#columns[name].subarray(0, this.#length));
    const centers = new Float64Array(this.#sets.length * this.#size);
    this.#sets.forEach((set, index) => {
      centers.set(set, index * this.#size);
    });
    return { rows: this.#length, entities, prescribed, realized, sets, centers, setCount: this.#sets.length };
  }

  save(): number[] {
    const { rows, entities, prescribed, realized, sets, centers, setCount } = this.log();
    return [rows, setCount, ...entities, ...prescribed, ...realized, ...sets, ...centers];
  }

  /** Takes back what `save` gave, from `numbers` on; returns how many numbers that was. */
  restore(numbers: Float64Array): number {
    const [rows, setCount] = numbers;
    let at = 2;
    const take = (count: number) => {
      at += count;
      return numbers.subarray(at - count, at);
    };
    for (const name of COLUMNS) this.#columns[name] = Int32Array.from(take(rows));
    this.#length = rows;
    this.#sets = Array.from({ length: setCount }, () => Float64Array.from(take(this.#size)));
    return at;
  }

  #makeRoom(count: number): void {
    if (this.#length + count > this.#limit) {
      this.#drop(Math.min(Math.max(this.#length + count - this.#limit, Math.ceil(this.#limit / 4)), this.#length));
    }
    const needed = this.#length + count;
    if (needed <= this.#columns.entities.length) return;
    const capacity = Math.min(Math.max(2 * this.#columns.entities.length, needed, 1024), Math.max(this.#limit, needed));
    for (const name of COLUMNS) {
      const grown = new Int32Array(capacity);
      grown.set(this.#columns[name].subarray(0, this.#length));
      this.#columns[name] = grown;
    }
  }

  /** Forgets the oldest rows, and the centers that no row needs any more. */
  #drop(count: number): void {
    for (const name of COLUMNS) this.#columns[name].copyWithin(0, count, this.#length);
    this.#length -= count;
    const first = this.#length > 0 ? this.#columns.sets[0] : this.#sets.length - 1;
    this.#sets.splice(0, first);
    for (let row = 0; row < this.#length; row++) this.#columns.sets[row] -= first;
  }
}
