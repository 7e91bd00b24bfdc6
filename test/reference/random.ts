/** Philox4x32-10 as its paper has it (Salmon et al. 2011), on plain numbers. */
export function philox(counter: number[], key: number[]): number[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const p0 = BigInt(0xd2511f53) * BigInt(c0);
    const p1 = BigInt(0xcd9e8d57) * BigInt(c2);
    const high = (p: bigint) => Number(p >> 32n);
    const low = (p: bigint) => Number(p & 0xffffffffn);
    [c0, c1, c2, c3] = [(high(p1) ^ c1 ^ k0) >>> 0, low(p1), (high(p0) ^ c3 ^ k1) >>> 0, low(p0)];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Distribution function of the standard normal, by the series of erf; good to about 1e-15 for |x| < 6. */
export function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
