/** The export list of core.wasm and its ABI version; nothing else. */
export { expArray, logArray } from "./vector";
export { normal, philoxWords, uniform } from "./random";

/** Raised whenever an export changes its meaning; src/core/exports.ts asserts it. */
export function abiVersion(): i32 {
  return 1;
}

/** First byte that the host may use: everything below is the core's own. */
export function heapBase(): usize {
  return __heap_base;
}
