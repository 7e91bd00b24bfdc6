// The kernels that every result rests on, called in a bare instance of wayward/core.wasm.
import { numbers } from "./inputs.js";

/** Runs a unary array kernel over `input`. */
function mapped(core, kernel, input) {
  const { memory } = core;
  const start = Math.ceil(core.heapBase() / 16) * 16;
  const missing = start + 2 * input.byteLength - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  new Float64Array(memory.buffer, start, input.length).set(input);
  core[kernel](start, start + input.byteLength, input.length);
  return new Float64Array(memory.buffer, start + input.byteLength, input.length).slice();
}

export const core = {
  exp: ({ core }) => mapped(core, "expArray", numbers(4000, -720, 709, 1)),
  log: ({ core }) => mapped(core, "logArray", numbers(4000, 1e-9, 1e3, 2)),
  uniform: ({ core }) => Array.from({ length: 500 }, (_, index) => core.uniform(7n, 3, BigInt(index) << 20n)),
  normal: ({ core }) => Array.from({ length: 500 }, (_, index) => core.normal(11n, 5, BigInt(index) << 20n)),
};
