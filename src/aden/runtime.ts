import { WaywardError } from "../errors.js";
import { type Graph, sizeOf } from "./onnx/graph.js";
import { encodeModel } from "./onnx/model.js";

/** As much of onnxruntime-web (or -node) as is used here; hand one in as `createAden({ ort })`. */
export interface OnnxRuntime {
  env: { wasm?: { numThreads?: number }; logLevel?: string };
  Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OnnxTensor;
  InferenceSession: { create(model: Uint8Array, options?: object): Promise<OnnxSession> };
}
export interface OnnxTensor {
  readonly data: unknown;
}
export interface OnnxSession {
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

export type ExecutionProvider = "webgpu" | "wasm";

/** Sessions kept ready; the least recently used one beyond this goes. */
const CACHED_SESSIONS = 12;

/**
 * Runs graphs on an ONNX runtime: one session a graph, kept by key, on the first provider that works.
 *
 * A provider that fails to start, or fails later (a lost GPU device), is given up for the next one;
 * the run that failed is repeated there. No run changes state outside its outputs, so nothing is lost.
 */
export class GraphRunner {
  readonly #ort: OnnxRuntime;
  readonly #providers: ExecutionProvider[];
  readonly #graphs = new Map<string, Graph>();
  #sessions = new Map<string, Promise<OnnxSession>>();
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;
  /** Why an earlier provider was given up; null if none was. */
  fallback: string | null = null;

  constructor(ort: OnnxRuntime, providers: readonly ExecutionProvider[]) {
    this.#ort = ort;
    this.#providers = [...providers];
  }

  /** The provider in use. */
  get provider(): ExecutionProvider {
    return this.#providers[0];
  }

  /** Runs the graph that `build` makes (once a key) and returns its outputs. One run at a time, in order. */
  run(key: string, build: () => Graph, feeds: Record<string, Float32Array>): Promise<Record<string, Float32Array>> {
    const result = this.#last.then(() => this.#run(key, build, feeds));
    this.#last = result.catch(() => {}); // a failed run does not stop the next one
    return result;
  }

  async #run(
    key: string,
    build: () => Graph,
    feeds: Record<string, Float32Array>,
  ): Promise<Record<string, Float32Array>> {
    if (this.#disposed) throw new WaywardError("order", "this Aden has been disposed of");
    const graph = this.#graphs.get(key) ?? build();
    this.#graphs.set(key, graph);
    try {
      const session = await this.#session(key, graph);
      const tensors = graph.inputs.map(({ name, shape }) => [name, this.#tensor(name, feeds[name], shape)]);
      const outputs = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
    } catch (cause) {
      if (cause instanceof WaywardError) throw cause;
      await this.#giveUpProvider(cause as Error);
      return this.#run(key, build, feeds);
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#last;
    await this.#releaseAll();
  }

  #tensor(name: string, data: Float32Array | undefined, shape: readonly number[]): OnnxTensor {
    if (data?.length !== sizeOf(shape)) {
      throw new WaywardError("internal", `${name}: ${data?.length ?? "no"} values, expected ${shape.join(" x ")}`);
    }
    return new this.#ort.Tensor("float32", data, shape);
  }

  async #session(key: string, graph: Graph): Promise<OnnxSession> {
    const known = this.#sessions.get(key);
    const entry = known ?? this.#create(graph);
    this.#sessions.delete(key);
    this.#sessions.set(key, entry); // the most recently used is last
    if (this.#sessions.size > CACHED_SESSIONS) {
      const [oldest, stale] = this.#sessions.entries().next().value!;
      this.#sessions.delete(oldest);
      this.#graphs.delete(oldest);
      await stale.then((session) => session.release());
    }
    try {
      return await entry;
    } catch (cause) {
      this.#sessions.delete(key); // a failure is not remembered
      throw cause;
    }
  }

  #create(graph: Graph): Promise<OnnxSession> {
    const model = encodeModel(graph);
    // Severity 3 = errors: the runtime warns whenever it places shape arithmetic on the CPU, as it should.
    const options = { executionProviders: [this.provider], logSeverityLevel: 3 };
    return this.#ort.InferenceSession.create(model, options);
  }

  /** Without another provider the caller is told, and may try again: on fresh sessions, since these may be dead. */
  async #giveUpProvider(cause: Error): Promise<void> {
    const failed = this.#providers[0];
    const reason = `${failed}: ${cause?.message ?? cause}`;
    await this.#releaseAll();
    if (this.#providers.length === 1) {
      throw new WaywardError("environment", `the ONNX runtime failed on ${reason}`, { cause });
    }
    this.fallback = reason;
    this.#providers.shift();
  }

  async #releaseAll(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions = new Map();
    for (const entry of sessions) {
      await entry.then((session) => session.release()).catch(() => {}); // a dead session has nothing to release
    }
  }
}

/**
 * Loads onnxruntime-web, the build that fits this runtime (the package's `#ort` imports map).
 *
 * @throws WaywardError `environment` if it is not installed
 */
export async function loadOrt(): Promise<OnnxRuntime> {
  let module: { default?: OnnxRuntime } & OnnxRuntime;
  try {
    module = (await import("#ort")) as unknown as typeof module;
  } catch (cause) {
    throw new WaywardError(
      "environment",
      `wayward/aden needs onnxruntime-web, which could not be loaded (${(cause as Error).message}): npm install onnxruntime-web@1.30.0, or hand in your own as createAden({ ort })`,
      { cause },
    );
  }
  const ort = module.InferenceSession ? module : module.default!;
  if (ort.env.wasm && ort.env.wasm.numThreads === undefined) ort.env.wasm.numThreads = 1; // threads cost more than they give at these sizes
  return ort;
}

/**
 * The providers worth trying here: WebGPU only where there is a GPU object at all.
 *
 * @throws WaywardError `environment` if that leaves none
 */
export function usableProviders(wanted: readonly ExecutionProvider[]): ExecutionProvider[] {
  const hasGpu = (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu !== undefined;
  const usable = wanted.filter((provider) => provider !== "webgpu" || hasGpu);
  if (usable.length > 0) return usable;
  throw new WaywardError("environment", 'this runtime has no WebGPU (navigator.gpu), expected one, or provider "wasm"');
}
