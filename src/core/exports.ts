/** The exports of core.wasm, by hand, in the order of assembly/index.ts. Pointers are byte offsets. */
export interface CoreExports {
  memory: WebAssembly.Memory;
  abiVersion(): number;
  heapBase(): number;

  expArray(source: number, destination: number, count: number): void;
  logArray(source: number, destination: number, count: number): void;
  uniform(seed: bigint, stream: number, index: bigint): number;
  normal(seed: bigint, stream: number, index: bigint): number;
  philoxWords(seed: bigint, stream: number, index: bigint): number;
}

/** Must equal `abiVersion()` of the module; a mismatch means two builds were mixed. */
export const ABI_VERSION = 1;
