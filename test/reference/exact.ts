/** exp and log to 100 bits in BigInt fixed point, rounded to the nearest double: the judge of one ulp. */
const BITS = 140n;
const ONE = 1n << BITS;

const buffer = new DataView(new ArrayBuffer(8));

/** A positive or negative double as fixed point; exact, since BITS is large enough for the ranges tested. */
function toFixed(x: number): bigint {
  buffer.setFloat64(0, Math.abs(x));
  const bits = buffer.getBigUint64(0);
  const exponent = Number(bits >> 52n) - 1075;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  const shift = BigInt(exponent) + BITS;
  const value = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -value : value;
}

const multiply = (a: bigint, b: bigint): bigint => (a * b) >> BITS;

/** ln 2 by 2 atanh(1/3). */
const LN2 = (() => {
  let sum = 0n;
  let power = ONE / 3n;
  for (let n = 1n; power > 0n; n += 2n) {
    sum += power / n;
    power /= 9n;
  }
  return 2n * sum;
})();

/** The distance between a double and the true exp(x), in units of the double's last place. */
export function ulpsFromExp(x: number, actual: number): number {
  const fixed = toFixed(x);
  let n = fixed / LN2;
  let r = fixed - n * LN2;
  if (r < 0n) {
    r += LN2;
    n -= 1n;
  }
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n; k++) {
    term = multiply(term, r) / k;
    sum += term;
  }
  return ulpsBetween(sum, Number(n), actual);
}

/** The distance between a double and the true log(x), in units of the double's last place. */
export function ulpsFromLog(x: number, actual: number): number {
  // x = m 2^e with m in [1, 2); log m = 2 atanh((m - 1) / (m + 1)).
  buffer.setFloat64(0, x);
  const bits = buffer.getBigUint64(0);
  const exponent = (bits >> 52n) - 1023n;
  const m = ((bits & ((1n << 52n) - 1n)) | (1n << 52n)) << (BITS - 52n);
  const z = ((m - ONE) << BITS) / (m + ONE);
  const square = multiply(z, z);
  let power = z;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = multiply(power, square);
  }
  return ulpsBetween(2n * sum + exponent * LN2, 0, actual);
}

/** |value 2^scale - actual| in ulps of `actual`. */
function ulpsBetween(value: bigint, scale: number, actual: number): number {
  buffer.setFloat64(0, Math.abs(actual));
  const exponent = Number(buffer.getBigUint64(0) >> 52n) - 1075;
  // Compare at the scale of one ulp with 40 bits to spare.
  const shift = BigInt(exponent - scale - 40) + BITS;
  const inUlps = shift >= 0n ? value >> shift : value << -shift;
  buffer.setFloat64(0, actual);
  const mantissa = (buffer.getBigUint64(0) & ((1n << 52n) - 1n)) | (1n << 52n);
  const signed = actual < 0 ? -mantissa : mantissa;
  return Math.abs(Number(inUlps - (signed << 40n))) / 2 ** 40;
}
