import type { WaywardErrorCode } from "../errors.js";
import type { ShardProblem } from "../types.js";

/** What a worker thread is sent; every message has an id, which its answer repeats. */
export type ToWorker = { id: number } & (
  | {
      op: "load";
      module: WebAssembly.Module;
      data: Float64Array | Float32Array;
      dimensions: number;
      first: number;
      weights: Float64Array | null;
      groups: Int32Array | null;
    }
  | { op: "open"; problem: ShardProblem }
  | { op: "sweep" | "labels" | "policy"; request: Uint8Array }
);

export type FromWorker =
  | { id: number; value: Float64Array | Int32Array | null }
  | { id: number; error: { code: WaywardErrorCode; message: string } };

/** A message without its id. */
export type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;
