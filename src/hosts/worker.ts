// The script of a worker thread: one shard, with a core of its own, and messages in and out.
import { Shard } from "../anneal/shard.js";
import { Core } from "../core/memory.js";
import { WaywardError } from "../errors.js";
import type { FromWorker, ToWorker } from "./messages.js";

interface Port {
  postMessage(message: FromWorker, transfer: ArrayBufferLike[]): void;
}

let shard: Shard | null = null;

function answer(message: ToWorker): Float64Array | Int32Array | null {
  if (message.op === "load") {
    const { module, data, dimensions, first, weights, groups } = message;
    const options = { first, weights: weights ?? undefined, groups: groups ?? undefined };
    shard = new Shard(() => new Core(module), { data, dimensions }, options);
    return null;
  }
  if (!shard) throw new WaywardError("order", `${message.op}: nothing is loaded`);
  if (message.op === "open") {
    shard.open(message.problem);
    return null;
  }
  return shard[message.op](message.request);
}

function receive(message: ToWorker, port: Port): void {
  const { id } = message;
  try {
    const value = answer(message);
    port.postMessage({ id, value }, value ? [value.buffer] : []);
  } catch (error) {
    const code = error instanceof WaywardError ? error.code : "internal";
    port.postMessage({ id, error: { code, message: (error as Error).message } }, []);
  }
}

interface NodePort extends Port {
  on(event: "message", listener: (message: ToWorker) => void): void;
}
type Scope = Port & { onmessage: ((event: { data: ToWorker }) => void) | null };

/** Node has no `self` in a worker thread, all others do. */
const nodePort = (
  globalThis as { process?: { getBuiltinModule?(name: string): { parentPort: NodePort | null } | undefined } }
).process?.getBuiltinModule?.("node:worker_threads")?.parentPort;
const scope = globalThis as unknown as Scope;
if (nodePort) nodePort.on("message", (message) => receive(message, nodePort));
else scope.onmessage = ({ data }) => receive(data, scope);
