// Values that do not belong where they are put, and what may come of it.

const circle: unknown[] = [];
circle.push(circle);
let deep: unknown = 1;
for (let level = 0; level < 20_000; level++) deep = [deep];

/** By the name that a fault is reported under. */
const HOSTILE: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  "empty text": "",
  "text of a number": "12",
  "text NaN": "NaN",
  __proto__: "__proto__",
  constructor: "constructor",
  "a list": [],
  "an object": {},
  "nested lists": [[]],
  "list of null": [null],
  "list of text": [["1"]],
  "ragged rows": [[1], [1, 2]],
  "six ones": [1, 1, 1, 1, 1, 1],
  "six of 1e308": Array(6).fill(1e308),
  "an object with a length": { length: 3 },
  "an object with a huge length": { length: 2 ** 40 },
  "an object with a negative length": { length: -1 },
  zero: 0,
  "minus one": -1,
  half: 0.5,
  "1e308": 1e308,
  "-1e308": -1e308,
  "5e-324": 5e-324,
  "2^32": 2 ** 32,
  "2^53": 2 ** 53,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "a bigint": 10n,
  "a symbol": Symbol("s"),
  "a function": () => 1,
  "a date": new Date(0),
  "a circle": circle,
  "20,000 levels": deep,
  "typed array": new Float64Array(3),
  "NaN in a typed array": Float32Array.of(1, Number.NaN),
  "bigint array": new BigInt64Array(2),
  "flat points of a list": { data: [1, 2], dimensions: 1 },
  "flat points without dimensions": { data: new Float64Array(2), dimensions: Number.NaN },
  "a kind that is a method": { kind: "toString" },
  "a table that is a circle": { kind: "table", probabilities: circle },
};

// biome-ignore lint/suspicious/noExplicitAny: what is handed in is wrong on purpose.
export type Call = (...args: any[]) => unknown;

/** What is wrong with the outcomes of a call, each of its values in turn replaced by every hostile one. */
export async function faultsOf(call: Call, args: unknown[]): Promise<string[]> {
  const faults: string[] = [];
  for (const path of placesIn(args)) {
    for (const [name, value] of Object.entries(HOSTILE)) {
      const fault = await faultOf(() => call(...(replaced(args, path, value) as unknown[])));
      if (fault) faults.push(`${path.join(".")} = ${name}: ${fault}`);
    }
  }
  return faults;
}

async function faultOf(action: () => unknown): Promise<string | null> {
  try {
    const place = nanIn(await action());
    return place === null ? null : `NaN at ${place}`;
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return name === "WaywardError" && code !== "internal" ? null : `${name}: ${message}`;
  }
}

/** Every place in the arguments; of lists, the first and the last entry. */
function placesIn(node: unknown): string[][] {
  if (node === null || typeof node !== "object" || ArrayBuffer.isView(node)) return [];
  const keys = Object.keys(node);
  const visited = Array.isArray(node) && keys.length > 3 ? [keys[0], keys[keys.length - 1]] : keys;
  return visited.flatMap((key) => [
    [key],
    ...placesIn((node as Record<string, unknown>)[key]).map((path) => [key, ...path]),
  ]);
}

/** A copy with another value at that place. */
function replaced(node: unknown, [key, ...rest]: string[], value: unknown): unknown {
  const copy = Array.isArray(node) ? [...node] : { ...(node as object) };
  const parent = copy as Record<string, unknown>;
  parent[key] = rest.length === 0 ? value : replaced(parent[key], rest, value);
  return copy;
}

function nanIn(value: unknown, place = "the result"): string | null {
  if (typeof value === "number") return Number.isNaN(value) ? place : null;
  if (value === null || typeof value !== "object") return null;
  for (const [key, entry] of Object.entries(value)) {
    const found = nanIn(entry, `${place}.${key}`);
    if (found) return found;
  }
  return null;
}
