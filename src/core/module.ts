// The edge entry: runtimes that forbid compiling bytes hand over an imported module, already compiled.
import module from "../../dist/core.wasm";

export const loadModule = (): Promise<WebAssembly.Module> => Promise.resolve(module as WebAssembly.Module);
