// What the cases are made of: numbers that are the same everywhere, by integer arithmetic alone.
import { hashOf } from "../hash.js";

export function* integers(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

/** `count` numbers in [low, high). */
export function numbers(count, low, high, seed) {
  const source = integers(seed);
  return Float64Array.from({ length: count }, () => low + ((high - low) * source.next().value) / 4294967296);
}

/** `count` numbers around 0 with variance 1/3: sums of four uniform ones stand for a bell curve. */
export function bells(count, seed) {
  const parts = numbers(4 * count, -0.5, 0.5, seed);
  return Float64Array.from({ length: count }, (_, index) => {
    const at = 4 * index;
    return parts[at] + parts[at + 1] + parts[at + 2] + parts[at + 3];
  });
}

/** Five uneven blobs. */
export function blobs(rows, dimensions, seed) {
  const data = bells(rows * dimensions, seed).map((noise, index) => {
    const row = Math.floor(index / dimensions);
    const blob = (row * row) % 5;
    return ((blob * (index % dimensions === 0 ? 3 : 7)) % 5) * 1.7 + noise;
  });
  return { data, dimensions };
}

/** A row-stochastic table without any symmetry, as rows; the larger `loyalty`, the more obey. */
export function table(clusters, seed, loyalty = 9000) {
  const source = integers(seed);
  return Array.from({ length: clusters }, (_, row) => {
    const raw = Array.from(
      { length: clusters },
      (_, column) => 1 + (source.next().value >>> 20) + (row === column) * loyalty,
    );
    const sum = raw.reduce((total, entry) => total + entry, 0);
    return raw.map((entry) => entry / sum);
  });
}

/** What expected failures say: class, code and sentence of each. */
export async function failures(actions) {
  const told = [];
  for (const action of actions) {
    const error = await attempt(action);
    if (error === null) throw new Error(`expected an error, got none: ${action}`);
    told.push({ name: error.name, code: error.code, message: error.message });
  }
  return told;
}

async function attempt(action) {
  try {
    await action();
    return null;
  } catch (error) {
    return error;
  }
}

/** The value, if an interrupted run ended with the same bits as the straight one. */
export function sameBits(interrupted, straight) {
  const [actual, expected] = [hashOf(interrupted), hashOf(straight)];
  if (actual !== expected) throw new Error(`restored ${actual}, straight ${expected}`);
  return interrupted;
}
