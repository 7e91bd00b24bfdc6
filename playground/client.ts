import type { JobName, Jobs, Reply, Request } from "./protocol.js";

/** A job that the worker is doing for the page. */
export interface Task {
  /** Resolves when the job has ended; rejects with what went wrong. Stays open if cancelled. */
  done: Promise<void>;
  /** Asks the job to save its state and end. */
  stop(): void;
  /** Hears no more of it. */
  cancel(): void;
}

interface Listener {
  event(event: unknown): void;
  resolve(): void;
  reject(error: Error): void;
}

const listeners = new Map<number, Listener>();
let worker: Worker | null = null;
let lastId = 0;

/** Starts the worker: the page calls it after its first paint. */
export function startWorker(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const listener = listeners.get(data.id);
    if (!listener) return;
    if (data.kind === "event") return listener.event(data.event);
    listeners.delete(data.id);
    if (data.kind === "done") listener.resolve();
    else listener.reject(new Error(data.message));
  };
  worker.onerror = ({ message }) => {
    const error = new Error(`the worker could not go on: ${message || "its script did not load"}`);
    for (const { reject } of listeners.values()) reject(error);
    listeners.clear();
  };
  return worker;
}

export function start<Name extends JobName>(
  job: Name,
  input: Jobs[Name]["input"],
  onEvent: (event: Jobs[Name]["event"]) => void,
): Task {
  const id = ++lastId;
  const tell = (request: Request) => startWorker().postMessage(request);
  const done = new Promise<void>((resolve, reject) => {
    listeners.set(id, { event: (event) => onEvent(event as Jobs[Name]["event"]), resolve, reject });
  });
  tell({ kind: "start", id, job, input });
  return {
    done,
    stop: () => tell({ kind: "stop", id }),
    cancel: () => {
      listeners.delete(id);
      tell({ kind: "cancel", id });
    },
  };
}

/** A job with one answer. */
export async function request<Name extends JobName>(
  job: Name,
  input: Jobs[Name]["input"],
): Promise<Jobs[Name]["event"]> {
  let answer: Jobs[Name]["event"] | undefined;
  await start(job, input, (event) => {
    answer = event;
  }).done;
  return answer!;
}
