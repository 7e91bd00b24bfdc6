import type { Crew } from "../anneal/driver.js";
import type { Input } from "../anneal/here.js";
import { joined } from "../core/joined.js";
import { WaywardError } from "../errors.js";
import type { FromWorker, ToWorker, Unnumbered } from "./messages.js";

/** What Node's workers and the web's have in common, after `adapt`. */
interface Thread {
  post(message: ToWorker, transfer: ArrayBufferLike[]): void;
  onMessage: (message: FromWorker) => void;
  onFailure: (reason: string) => void;
  /** Holds the process open while an answer is awaited, where that is the thread's to say. */
  hold(open: boolean): void;
  end(): void;
}

/** A worker says nothing until it is loaded; where its script cannot be had, some runtimes never say so. */
const START_TIMEOUT = 20_000;

/**
 * Worker threads, each with a core of its own and its share of the blocks.
 *
 * @param wanted how many; default one a core
 * @returns how many it is: no more than there are blocks
 * @throws WaywardError `environment` where this runtime gives no workers
 */
export async function hireThreads(module: WebAssembly.Module, input: Input, wanted?: number): Promise<Crew> {
  const { rows, dimensions } = input.points;
  const { blockRows } = input;
  const blocks = Math.ceil(rows / blockRows);
  const count = Math.min(wanted ?? cores(), blocks);
  const shards: RemoteShard[] = [];
  const close = () => {
    for (const shard of shards) shard.end();
  };
  try {
    for (let index = 0; index < count; index++) shards.push(new RemoteShard(startThread()));
    await Promise.all(
      shards.map((shard, index) => {
        const first = Math.floor((blocks * index) / count) * blockRows;
        const end = Math.min(Math.floor((blocks * (index + 1)) / count) * blockRows, rows);
        const { message, transfer } = loadMessage(module, input, first, end);
        return shard.ask(message, transfer, START_TIMEOUT);
      }),
    );
  } catch (cause) {
    close();
    throw cause instanceof WaywardError ? cause : unavailable((cause as Error).message, cause);
  }
  const all = <T>(message: Unnumbered<ToWorker>) =>
    Promise.all(shards.map((shard) => shard.ask(message) as Promise<T>));
  return {
    sweeper: {
      rows,
      dimensions,
      open: (problem) => all({ op: "open", problem }),
      sweep: async (request) => joined(Float64Array, await all<Float64Array>({ op: "sweep", request })),
      labels: async (request) => joined(Int32Array, await all<Int32Array>({ op: "labels", request })),
      policy: async (request) => joined(Float64Array, await all<Float64Array>({ op: "policy", request })),
    },
    threads: count,
    fallback: null,
    close,
  };
}

function loadMessage(module: WebAssembly.Module, { points, weights, groups }: Input, first: number, end: number) {
  const { data, dimensions } = points;
  const message = {
    op: "load" as const,
    module,
    dimensions,
    first,
    data: data.slice(first * dimensions, end * dimensions),
    weights: weights?.slice(first, end) ?? null,
    groups: groups?.slice(first, end) ?? null,
  };
  const transfer = [message.data, message.weights, message.groups].flatMap((array) => (array ? [array.buffer] : []));
  return { message, transfer };
}

/** One worker's end of the messages: an answer for every question, or the reason why there is none. */
class RemoteShard {
  readonly #thread: Thread;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: WaywardError): void }>();
  #questions = 0;
  #failure: WaywardError | null = null;

  constructor(thread: Thread) {
    this.#thread = thread;
    thread.hold(false);
    thread.onFailure = (reason) => this.#fail(unavailable(reason));
    thread.onMessage = (message) => {
      const asked = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (this.#waiting.size === 0) thread.hold(false);
      if ("error" in message) asked?.reject(new WaywardError(message.error.code, message.error.message));
      else asked?.resolve(message.value);
    };
  }

  ask(message: Unnumbered<ToWorker>, transfer: ArrayBufferLike[] = [], timeout?: number): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      const timer = timeout && setTimeout(() => this.#fail(unavailable("its script did not start")), timeout);
      const settle =
        <T>(settled: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settled(value);
        };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#thread.hold(true);
      this.#thread.post({ id, ...message } as ToWorker, transfer);
    });
  }

  end(): void {
    this.#fail(new WaywardError("order", "this run is closed, expected no more calls"));
    this.#thread.end();
  }

  #fail(error: WaywardError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#thread.hold(false);
  }
}

function unavailable(reason: string, cause?: unknown): WaywardError {
  return new WaywardError("environment", `a worker thread failed: ${reason}`, { cause });
}

interface Builtins {
  "node:worker_threads": {
    Worker: new (
      url: URL,
    ) => {
      postMessage(message: ToWorker, transfer: ArrayBufferLike[]): void;
      on(event: string, listener: (value: never) => void): void;
      ref(): void;
      unref(): void;
      terminate(): void;
    };
  };
  "node:os": { availableParallelism(): number };
}
const runtime = globalThis as {
  process?: { getBuiltinModule?<K extends keyof Builtins>(name: K): Builtins[K] | undefined };
  navigator?: { hardwareConcurrency?: number };
};
const builtin = <K extends keyof Builtins>(name: K) => runtime.process?.getBuiltinModule?.(name);

function cores(): number {
  return runtime.navigator?.hardwareConcurrency ?? builtin("node:os")?.availableParallelism() ?? 1;
}

/** The web's Worker where there is one (its URL spelled as bundlers look for it), else Node's. */
function startThread(): Thread {
  return typeof Worker === "function" ? webThread() : nodeThread();
}

function webThread(): Thread {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const { ref, unref } = worker as { ref?(): void; unref?(): void };
  const thread: Thread = {
    post: (message, transfer) => worker.postMessage(message, transfer as Transferable[]),
    onMessage: () => {},
    onFailure: () => {},
    hold: (open) => (open ? ref : unref)?.call(worker),
    end: () => worker.terminate(),
  };
  worker.onmessage = ({ data }) => thread.onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    thread.onFailure(event.message ?? `${new URL("./worker.js", import.meta.url)} could not be loaded`);
  };
  return thread;
}

function nodeThread(): Thread {
  const threads = builtin("node:worker_threads");
  if (!threads) throw unavailable("this runtime has no Worker");
  const worker = new threads.Worker(new URL("./worker.js", import.meta.url));
  const thread: Thread = {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: () => {},
    onFailure: () => {},
    hold: (open) => (open ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  };
  worker.on("message", (message: FromWorker) => thread.onMessage(message));
  worker.on("error", (error: Error) => thread.onFailure(error.message));
  worker.on("exit", (code: number) => thread.onFailure(`it exited with ${code}`));
  return thread;
}
