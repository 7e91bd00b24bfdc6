// The default entry: core.wasm travels inside the JavaScript, so nothing is fetched and no path is configured.
import base64 from "../../dist/core.wasm";

interface Decoders {
  Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}

/** The runtime's own decoder where there is one: at start-up, a loop in JavaScript is not yet compiled. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as Decoders;
  return Buffer ? Buffer.from(text, "base64") : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export const loadModule = (): Promise<WebAssembly.Module> => WebAssembly.compile(decode(base64 as string));
