import { HttpError } from "./answers.js";
import { LIMITS } from "./limits.js";

export type JsonObject = Record<string, unknown>;

/** A JSON object, within the limits on bytes and nesting. */
export async function readJson(request: Request): Promise<JsonObject> {
  const bytes = await readBytes(request, "application/json", LIMITS.json.bytes);
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "json", "the body is not a JSON object");
  }
  expectShallow(value, LIMITS.json.depth);
  return value as JsonObject;
}

/** The body, read no further than the limit, whatever its headers promise. */
export async function readBytes(request: Request, type: string, most: number): Promise<Uint8Array> {
  const actual = request.headers.get("content-type") ?? "none";
  if (actual.split(";")[0].trim().toLowerCase() !== type) {
    throw new HttpError(415, "type", `content type is ${actual}, expected ${type}`);
  }
  const tooLarge = new HttpError(413, "size", `the body has more than ${most} bytes`);
  if (Number(request.headers.get("content-length")) > most) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length;
      if (length > most) break;
      chunks.push(chunk);
    }
  } catch {
    throw new HttpError(400, "size", "the body broke off");
  }
  if (length > most) throw tooLarge;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * Reads what an answered request is still sending: a client whose body nobody reads sees a broken pipe instead of its
 * answer. What is far past any limit, or does not say its length, is left unread.
 */
export async function drain(request: Request): Promise<void> {
  const length = Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
  if (request.bodyUsed || request.body === null || length > LIMITS.drained.bytes) return;
  try {
    await request.body.pipeTo(new WritableStream());
  } catch {
    // It broke off: then nobody waits for the answer.
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (error) {
    throw new HttpError(400, "json", `the body is not JSON: ${(error as Error).message}`);
  }
}

/** Values nested deeper than any field needs would overflow the stack of whoever walks them. */
function expectShallow(value: object, levels: number): void {
  if (levels === 0) throw new HttpError(400, "json", `the body is nested deeper than ${LIMITS.json.depth} levels`);
  for (const entry of Object.values(value)) {
    if (typeof entry === "object" && entry !== null) expectShallow(entry, levels - 1);
  }
}
