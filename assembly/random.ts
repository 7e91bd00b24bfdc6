/**
 * Philox4x32-10 (Salmon et al. 2011): counter-based, so a draw depends on
 * (seed, stream, index) alone. No state to save, no order to respect, any number of workers.
 */
import { log } from "./vector";

const MULTIPLY_0: u64 = 0xd2511f53;
const MULTIPLY_1: u64 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;

/** Where `philox` leaves its four words. */
const words: usize = memory.data(16, 16);

/** Fills `words` with the block of counter (index, stream) under the key `seed`. */
function philox(seed: u64, stream: u32, index: u64): void {
  let c0 = <u32>index;
  let c1 = <u32>(index >> 32);
  let c2 = stream;
  let c3: u32 = 0;
  let k0 = <u32>seed;
  let k1 = <u32>(seed >> 32);
  for (let round = 0; round < 10; round++) {
    const p0 = MULTIPLY_0 * <u64>c0;
    const p1 = MULTIPLY_1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  store<u32>(words, c0);
  store<u32>(words, c1, 4);
  store<u32>(words, c2, 8);
  store<u32>(words, c3, 12);
}

/** 52 random bits in (0, 1): the middle of one of 2^52 equal cells, so never 0 or 1. */
@inline
function unit(high: u32, low: u32): f64 {
  return (<f64>((<u64>(high >> 6) << 26) | <u64>(low >> 6)) + 0.5) * (1.0 / 4503599627370496.0);
}

/** A uniform draw in (0, 1). */
export function uniform(seed: u64, stream: u32, index: u64): f64 {
  philox(seed, stream, index);
  return unit(load<u32>(words), load<u32>(words, 4));
}

/** A standard normal draw: the quantile function of a uniform one. */
export function normal(seed: u64, stream: u32, index: u64): f64 {
  return normalQuantile(uniform(seed, stream, index));
}

/** The four words themselves, for the published test vectors. */
export function philoxWords(seed: u64, stream: u32, index: u64): usize {
  philox(seed, stream, index);
  return words;
}

/** Quantile of the standard normal: algorithm AS 241 (Wichura 1988), about 1e-16 relative. */
export function normalQuantile(p: f64): f64 {
  const q = p - 0.5;
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q *
        (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r +
          13731.693765509461125) *
          r +
          1971.5909503065514427) *
          r +
          133.14166789178437745) *
          r +
          3.387132872796366608)) /
      (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r +
        5394.1960214247511077) *
        r +
        687.1870074920579083) *
        r +
        42.313330701600911252) *
        r +
        1.0)
    );
  }
  let r = sqrt(-log(q < 0 ? p : 1.0 - p));
  let x: f64;
  if (r <= 5.0) {
    r -= 1.6;
    x =
      (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r +
        3.64784832476320460504) *
        r +
        5.7694972214606914055) *
        r +
        4.6303378461565452959) *
        r +
        1.42343711074968357734) /
      (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r +
        0.68976733498510000455) *
        r +
        1.6763848301838038494) *
        r +
        2.05319162663775882187) *
        r +
        1.0);
  } else {
    r -= 5.0;
    x =
      (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r +
        0.29656057182850489123) *
        r +
        1.7848265399172913358) *
        r +
        5.4637849111641143699) *
        r +
        6.6579046435011037772) /
      (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r +
        0.0148753612908506148525) *
        r +
        0.13692988092273580531) *
        r +
        0.59983220655588793769) *
        r +
        1.0);
  }
  return q < 0 ? -x : x;
}
