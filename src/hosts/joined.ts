/** Parts of all shards, one after the other. */
export function joined<T extends Float64Array | Int32Array>(Type: new (length: number) => T, parts: T[]): T {
  if (parts.length === 1) return parts[0];
  const whole = new Type(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
