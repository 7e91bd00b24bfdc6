/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32): the playground's data are the same for everyone. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Standard normal numbers by Box and Muller, rounded to six decimals: engines may differ in the last bit of a
 * logarithm, and a link should show the same page in all of them.
 */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return Math.round(1e6 * radius * Math.cos(2 * Math.PI * uniform())) / 1e6;
  };
}
