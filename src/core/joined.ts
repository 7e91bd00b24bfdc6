/** Parts one after the other, in one array; a single part of this type is itself the answer. */
export function joined<T extends Float64Array | Int32Array>(
  Type: new (length: number) => T,
  parts: readonly (T | ArrayLike<number>)[],
): T {
  if (parts.length === 1 && parts[0] instanceof Type) return parts[0];
  const whole = new Type(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
