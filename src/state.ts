import { WaywardError } from "./errors.js";

/**
 * Saved state: a header that says whose it is, a JSON part, a binary part, a checksum. Little-endian.
 *
 *   0  "WAYW"            8  solver id, 8 bytes of ASCII       20  u32 length of the JSON part
 *   4  u32 layout        16 u32 total length                  24  JSON (UTF-8), f64 numbers, u32 checksum
 */
const MAGIC = 0x57594157; // "WAYW", little-endian
const LAYOUT = 1;
const HEADER = 24;

export type SolverId = "anneal" | "bandit" | "learn" | "aden";

/** Packs a state. `json` must be plain data; `numbers` keeps every bit. */
export function encodeState(solver: SolverId, json: unknown, numbers: Float64Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json, toPlain));
  const bytes = new Uint8Array(HEADER + text.length + numbers.byteLength + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, LAYOUT, true);
  bytes.set(new TextEncoder().encode(solver.padEnd(8)), 8);
  view.setUint32(16, bytes.length, true);
  view.setUint32(20, text.length, true);
  bytes.set(text, HEADER);
  let offset = HEADER + text.length;
  for (const number of numbers) {
    view.setFloat64(offset, number, true);
    offset += 8;
  }
  view.setUint32(offset, checksum(bytes.subarray(0, offset)), true);
  return bytes;
}

/**
 * Unpacks a state.
 *
 * @throws WaywardError `state`, saying why: not a state, another layout, another solver, truncated, damaged
 */
export function decodeState(solver: SolverId, bytes: Uint8Array): { json: unknown; numbers: Float64Array } {
  const refuse = (reason: string): never => {
    throw new WaywardError("state", `saved state: ${reason}`);
  };
  if (!(bytes instanceof Uint8Array)) refuse(`got ${typeof bytes}, expected a Uint8Array`);
  if (bytes.length < HEADER + 4) refuse(`${bytes.length} bytes, expected at least ${HEADER + 4}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) refuse("does not begin with WAYW, so it is not a state of wayward");
  const layout = view.getUint32(4, true);
  if (layout !== LAYOUT) refuse(`layout version ${layout}, expected ${LAYOUT}`);
  const id = new TextDecoder().decode(bytes.subarray(8, 16)).trimEnd();
  if (id !== solver) refuse(`belongs to solver "${id}", expected "${solver}"`);
  const total = view.getUint32(16, true);
  if (total !== bytes.length) refuse(`${bytes.length} bytes, expected ${total}: truncated or padded`);
  const end = bytes.length - 4;
  if (view.getUint32(end, true) !== checksum(bytes.subarray(0, end))) refuse("checksum differs: damaged");
  const textEnd = HEADER + view.getUint32(20, true);
  if (textEnd > end || (end - textEnd) % 8 !== 0) refuse("its parts do not add up: damaged");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER, textEnd)), fromPlain);
  } catch (error) {
    refuse(`its JSON part cannot be read: ${(error as Error).message}`);
  }
  const numbers = new Float64Array((end - textEnd) / 8);
  for (let index = 0; index < numbers.length; index++) numbers[index] = view.getFloat64(textEnd + 8 * index, true);
  if (numbers.some(Number.isNaN)) refuse("holds NaN: damaged");
  return { json, numbers };
}

/** Whatever fails while a state is taken up is the state's fault, unless there is no memory for it. */
export function restoring<T>(restore: () => T): T {
  try {
    return restore();
  } catch (cause) {
    if (cause instanceof WaywardError && (cause.code === "state" || cause.code === "memory")) throw cause;
    throw new WaywardError("state", `saved state: damaged: ${(cause as Error).message}`, { cause });
  }
}

/** JSON knows neither Infinity nor typed arrays. */
function toPlain(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
}

function fromPlain(_key: string, value: unknown): unknown {
  const spelled = (value as { number?: string } | null)?.number;
  return typeof spelled === "string" ? Number(spelled) : value;
}

/** FNV-1a over bytes: guards against accidents, not against malice. */
export function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index++) {
    hash = Math.imul(hash ^ bytes[index], 0x01000193);
  }
  return hash >>> 0;
}
