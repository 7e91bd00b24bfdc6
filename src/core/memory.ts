import { instantiateSync } from "@assemblyscript/loader";
import { WaywardError } from "../errors.js";
import { ABI_VERSION, type CoreExports } from "./exports.js";

const PAGE = 65_536;
const MAX_BYTES = 4 * 1024 ** 3;
const ALIGNMENT = 16;

/**
 * One instance of core.wasm and its memory: the only place that grows memory and makes views.
 *
 * Every stateful object (an annealing run, a bandit) owns a core of its own. Instantiating takes
 * a tenth of a millisecond, nothing is ever freed by hand, and a core that trapped takes only its
 * owner with it: the next call starts from a fresh one.
 */
export class Core {
  readonly exports: CoreExports;
  #end: number;
  #trapped = false;

  constructor(module: WebAssembly.Module) {
    this.exports = instantiateSync<CoreExports & Record<string, unknown>>(module, {}).exports;
    if (this.exports.abiVersion() !== ABI_VERSION) {
      throw new WaywardError(
        "environment",
        `core.wasm has ABI version ${this.exports.abiVersion()}, expected ${ABI_VERSION}: the module and the JavaScript are from two builds`,
      );
    }
    this.#end = this.exports.heapBase();
  }

  /**
   * Reserves zeroed bytes, growing memory once if needed.
   *
   * @returns their offset, a multiple of 16
   * @throws WaywardError `memory` past 4 GiB, or when the host has no more
   */
  reserve(bytes: number): number {
    const start = this.expectRoom(bytes);
    const end = start + bytes;
    const missing = end - this.exports.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.exports.memory.grow(Math.ceil(missing / PAGE));
      } catch (cause) {
        throw new WaywardError("memory", `the host refused ${gibibytes(end)} GiB of WebAssembly memory`, { cause });
      }
    }
    this.#end = end;
    return start;
  }

  /**
   * Where so many bytes would begin.
   *
   * @throws WaywardError `memory` if they would end past 4 GiB
   */
  expectRoom(bytes: number): number {
    const start = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    // The last page stays unused, so that no end pointer wraps to 0.
    if (start + bytes <= MAX_BYTES - PAGE) return start;
    throw new WaywardError(
      "memory",
      `this problem needs ${gibibytes(start + bytes)} GiB of WebAssembly memory, which addresses at most 4 GiB; use fewer rows, or split them over several processes`,
    );
  }

  /** Bytes of WebAssembly memory held. */
  get bytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** A live view; take it anew after every `reserve`, since growing detaches the old ones. */
  f64(offset: number, length: number): Float64Array {
    return new Float64Array(this.exports.memory.buffer, offset, length);
  }

  i32(offset: number, length: number): Int32Array {
    return new Int32Array(this.exports.memory.buffer, offset, length);
  }

  u8(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, offset, length);
  }

  /**
   * Runs core code. A trap is a defect, comes out as a WaywardError and retires this core.
   *
   * @throws WaywardError `internal` on a trap, now and at every later call
   */
  run<T>(call: (exports: CoreExports) => T): T {
    if (this.#trapped) {
      throw new WaywardError("internal", "this run ended in an earlier trap of core.wasm; start a new one");
    }
    try {
      return call(this.exports);
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) {
        this.#trapped = true;
        throw new WaywardError("internal", `core.wasm trapped: ${cause.message}`, { cause });
      }
      throw cause;
    }
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(2);
}
