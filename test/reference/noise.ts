/** Random numbers for tests: seeded, and nothing to do with the core's own. */

/** Uniform in (0, 1): mulberry32. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Standard normal by Box and Muller. */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A stack of rewards: the n-th observation of an arm is the same for whoever asks. */
export function rewardStack(labels: ArrayLike<number>, centers: number[][], seed: number) {
  const draw = Array.from(labels, (_, arm) => normals(seed * 1009 + arm));
  const stacks = Array.from(labels, () => [] as number[][]);
  return (arm: number, n: number): number[] => {
    const stack = stacks[arm];
    while (stack.length <= n) stack.push(centers[labels[arm]].map((x) => x + draw[arm]()));
    return stack[n];
  };
}
