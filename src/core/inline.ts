// The default entry: core.wasm travels inside the JavaScript, so nothing is fetched and no path is configured.
import bytes from "../../dist/core.wasm";

export const loadModule = (): Promise<WebAssembly.Module> => WebAssembly.compile(bytes as BufferSource);
