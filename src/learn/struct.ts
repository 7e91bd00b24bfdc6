import type { Core } from "../core/memory.js";

interface Fields {
  readonly numbers: readonly string[];
  readonly integers: readonly string[];
}

/** A struct of the core by the names of its fields: f64 numbers first, then i32 integers and pointers. */
export class Struct<F extends Fields> {
  readonly core: Core;
  readonly pointer: number;
  readonly #fields: F;

  constructor(core: Core, fields: F, bytes: number) {
    this.core = core;
    this.#fields = fields;
    this.pointer = core.reserve(bytes);
  }

  get(field: F["numbers"][number]): number {
    return this.#numbers()[this.#fields.numbers.indexOf(field)];
  }

  set(values: Partial<Record<F["numbers"][number], number>>): void {
    const numbers = this.#numbers();
    this.#fields.numbers.forEach((name, index) => {
      const value = (values as Record<string, number | undefined>)[name];
      if (value !== undefined) numbers[index] = value;
    });
  }

  integer(field: F["integers"][number]): number {
    return this.#integers()[this.#fields.integers.indexOf(field)] >>> 0;
  }

  setInteger(field: F["integers"][number], value: number): void {
    this.#integers()[this.#fields.integers.indexOf(field)] = value;
  }

  /** Live views of the arrays that pointers lead to. */
  f64(field: F["integers"][number], length: number): Float64Array {
    return this.core.f64(this.integer(field), length);
  }

  i32(field: F["integers"][number], length: number): Int32Array {
    return this.core.i32(this.integer(field), length);
  }

  #numbers(): Float64Array {
    return this.core.f64(this.pointer, this.#fields.numbers.length);
  }

  #integers(): Int32Array {
    return this.core.i32(this.pointer + 8 * this.#fields.numbers.length, this.#fields.integers.length);
  }
}
