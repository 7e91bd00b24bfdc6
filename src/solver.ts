import { Core } from "./core/memory.js";
import { WaywardError } from "./errors.js";

/** How `createSolver` finds the core; nothing needs to be set. */
export interface SolverOptions {
  /** The core to use instead of the packaged one: `wayward/core.wasm`, compiled or as bytes. */
  wasm?: WebAssembly.Module | BufferSource;
}

/** The one door to every solver; made by `createSolver`. */
export class Solver {
  readonly #module: WebAssembly.Module;

  /** @internal */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#core(); // a wrong module fails here, not in the middle of the work
  }

  /** @internal A fresh instance of the core, for a room above this one. */
  newCore(): Core {
    return this.#core();
  }

  /** A fresh instance of the core; every stateful object owns one. */
  #core(): Core {
    return new Core(this.#module);
  }
}

/** Makes `createSolver` for an entry that loads the packaged core its own way. */
export function solverFactory(loadPackaged: () => Promise<WebAssembly.Module>) {
  let packaged: Promise<WebAssembly.Module> | undefined;
  return async (options: SolverOptions = {}): Promise<Solver> => {
    const { wasm } = options;
    if (wasm instanceof WebAssembly.Module) return new Solver(wasm);
    try {
      if (wasm !== undefined) return new Solver(await WebAssembly.compile(wasm));
      packaged ??= loadPackaged();
      return new Solver(await packaged);
    } catch (cause) {
      packaged = undefined; // a failure is not remembered: the next call tries again
      if (cause instanceof WaywardError) throw cause;
      throw new WaywardError(
        "environment",
        `core.wasm could not be compiled: ${(cause as Error).message}. In a page, the Content-Security-Policy needs 'wasm-unsafe-eval'; on edge runtimes, import wayward through the "workerd" or "edge-light" condition`,
        { cause },
      );
    }
  };
}
