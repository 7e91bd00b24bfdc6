/** Own data in a link: deflated, then base64 with the letters that an address allows. */

/** Browsers and chat programs cut longer addresses. */
const MOST_LETTERS = 6000;

/** @returns null where the text is too long for a link */
export async function packText(text: string): Promise<string | null> {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const packed = btoa(String.fromCharCode(...bytes.subarray(0, MOST_LETTERS)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  return packed.length <= MOST_LETTERS ? packed : null;
}

/** @throws Error where the link was cut or altered */
export async function unpackText(packed: string): Promise<string> {
  try {
    const letters = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  } catch (cause) {
    throw new Error("The data in this link are cut or damaged", { cause });
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, transform: CompressionStream | DecompressionStream) {
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
