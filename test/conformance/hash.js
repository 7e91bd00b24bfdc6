// FNV-1a, 64 bits, over the bytes of whatever a case returns: equal hashes mean equal bits.
const PRIME = 0x100000001b3n;
const OFFSET = 0xcbf29ce484222325n;

/** Hashes numbers (as float64), strings (UTF-8), typed arrays, and arrays and plain objects of them, in their order. */
export function hashOf(value) {
  return update(OFFSET, value).toString(16).padStart(16, "0");
}

function update(hash, value) {
  if (typeof value === "number") return bytes(hash, new Uint8Array(Float64Array.of(value).buffer));
  if (typeof value === "string") return bytes(hash, new TextEncoder().encode(`${value}\0`));
  if (value === null || value === undefined || typeof value === "boolean") return update(hash, String(value));
  if (ArrayBuffer.isView(value)) return bytes(hash, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (Array.isArray(value)) return value.reduce(update, update(hash, value.length));
  return Object.entries(value).reduce((sum, [key, entry]) => update(update(sum, key), entry), hash);
}

function bytes(hash, list) {
  for (const byte of list) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  return hash;
}
