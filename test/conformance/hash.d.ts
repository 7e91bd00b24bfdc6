/** FNV-1a, 64 bits, in hexadecimal. */
export function hashOf(value: unknown): string;
