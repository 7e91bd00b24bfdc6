// Ways to spoil a request that would be served.
const TEXT = new TextEncoder();

/** A body as it is sent. */
export function encode(body) {
  return body === undefined || body instanceof Uint8Array ? body : TEXT.encode(JSON.stringify(body));
}

/** One value, anywhere in the body, gives way; undefined removes it. */
export function replaced(body, value, at) {
  const copy = structuredClone(body);
  const places = [];
  const walk = (node) => {
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      if (typeof node[key] === "object" && node[key] !== null) walk(node[key]);
    }
  };
  walk(copy);
  const [node, key] = places[at % places.length];
  node[key] = value;
  return copy;
}

const MARK = "\u0000mark";

/** The same, by text that JSON.stringify would not write. */
export function rawReplaced(body, raw, at) {
  return TEXT.encode(JSON.stringify(replaced(body, MARK, at)).replace(JSON.stringify(MARK), raw));
}

/** JSON.parse makes `__proto__` an own property; an object literal would not. */
export function keyed(body, key, value) {
  return TEXT.encode(`{${JSON.stringify(key)}:${JSON.stringify(value)},${JSON.stringify(body).slice(1)}`);
}

/** Some bytes overwritten: text that is no UTF-8, or no JSON, or another number. */
export function edited(bytes, edits) {
  const copy = bytes.slice();
  for (const [at, value] of edits) copy[at % copy.length] = value;
  return copy;
}

/** Brackets to any depth. */
export function nested(depth, isArray) {
  const [open, close] = isArray ? ["[", "]"] : ['{"points":', "}"];
  return TEXT.encode(`{"points":${open.repeat(depth)}1${close.repeat(depth)},"clusters":1}`);
}

/** Bodies just past the limits. */
export function oversized({ path }, over) {
  if (path === "/networks") return new Uint8Array(2_000_001 + over);
  return TEXT.encode(`{"points":[${"[1,2],".repeat(175_000)}[1,2]],"clusters":${over}}`);
}

/** A saved network with one part of its JSON or one weight replaced, under a right checksum. */
export function forged(bytes, at, value, weight) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const textEnd = 24 + view.getUint32(20, true);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(24, textEnd)));
  const text = TEXT.encode(JSON.stringify(at % 2 ? replaced(json, value, at >> 1) : json));
  const copy = new Uint8Array(bytes.length - textEnd + 24 + text.length);
  copy.set(bytes.subarray(0, 24));
  copy.set(text, 24);
  copy.set(bytes.subarray(textEnd), 24 + text.length);
  const out = new DataView(copy.buffer);
  if (at % 2 === 0) out.setFloat64(24 + text.length + 8 * (at % ((bytes.length - 4 - textEnd) / 8)), weight, true);
  out.setUint32(16, copy.length, true);
  out.setUint32(20, text.length, true);
  let hash = 0x811c9dc5; // FNV-1a
  for (const byte of copy.subarray(0, -4)) hash = Math.imul(hash ^ byte, 0x01000193);
  out.setUint32(copy.length - 4, hash >>> 0, true);
  return copy;
}
