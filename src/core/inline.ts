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

/** By hand, stream by stream: `Response` would do it in a line, but Node takes 40 ms to load it. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const reader = readable.getReader();
  const chunks: Uint8Array[] = [];
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) chunks.push(value!);
  await written;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export const loadModule = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await inflate(decode(base64 as string)));
