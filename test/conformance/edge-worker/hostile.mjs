// What a public service is sent: requests that are almost right, and requests that mean harm.
import fc from "fast-check";
import { edited, encode, forged, keyed, nested, oversized, rawReplaced, replaced } from "./spoil.mjs";

/** Values where something else is expected. */
const STRANGE = [
  ...[
    undefined,
    null,
    true,
    "",
    "NaN",
    "Infinity",
    "12",
    [],
    {},
    [[]],
    [null],
    [[null]],
    [["1"]],
    [[1], [1, 2]],
    { length: 3 },
    { length: 2 ** 40 },
  ],
  ...[0, -1, 0.5, -0, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, -(2 ** 31)],
  ...[{ __proto__: null, kind: "softmax" }, { kind: "__proto__" }, { kind: "table", probabilities: [[1]] }],
  ...[
    { kind: "softmax", kappa: 1e308, temperature: 5e-324 },
    { kind: "groups", groups: {}, probabilities: [1] },
  ],
  ...[
    [
      [1e308, -1e308],
      [1e308, 1e308],
    ],
    [[5e-324]],
    Array(500).fill([1, 2]),
    Array(2000).fill([0]),
    [Array(40).fill(1)],
  ],
];
/** Texts that JSON.stringify would not write. */
const RAW = [
  "NaN",
  "-Infinity",
  "1e999",
  "-1e999",
  "1e-999",
  "01",
  "+1",
  "0x10",
  "9".repeat(400),
  '"\\ud800"',
  "undefined",
];
const KEYS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "then", "toJSON", ""];
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];
const TYPES = [
  ...[
    "application/json",
    "application/json; charset=utf-16",
    "APPLICATION/JSON",
    "text/plain",
    "",
    "application/json2",
  ],
  ...["application/octet-stream", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ";;;", "*/*"],
];
const TRICKS = [
  ...["/", "//bandits", "/bandits/", "/BANDITS", "/bandits/../anneal", "/bandits/%2e%2e/anneal", "/%62andits", "/%ff"],
  ...["/bandits/__proto__", "/bandits/__proto__/ask", "/bandits/%00/ask", "/bandits/../../etc/passwd", "/.git/config"],
  ...[
    "/anneal?points=1",
    "/anneal#x",
    "/bandits/:id/ask",
    "/bandits/*/tell",
    "/networks//assign",
    "/%",
    "/a%zz",
    "/\\..\\",
  ],
  `/bandits/${"0".repeat(64)}/ask`,
  `/bandits/${"f".repeat(64)}/tell`,
  `/networks/${"a".repeat(4000)}/assign`,
];

const POINTS = [0, 1, 2, 3, 4, 5].map((i) => [i % 3, (i * i) % 5]);
const TABLE = { kind: "table", probabilities: [0.9, 0.1, 0.2, 0.8] };
const SOFTMAX = { kind: "softmax", kappa: 0.3, temperature: 2, gamma: 0.5 };
const GROUPS = { kind: "groups", groups: [0, 0, 1, 1, 0, 1], probabilities: [1, 0, 0, 1, 0.5, 0.5, 0.5, 0.5] };
const PLAIN = { arms: 6, dimensions: 2, clusters: 2, delta: 0.1, covariance: 2, batch: 3, maxPulls: 60, seed: 1 };
const LAZY = { arms: 6, dimensions: 1, clusters: 2, delta: 1e-9, allocation: "lazy", stopping: "either", refresh: 2 };

/** Requests that would be served. */
function servable({ bandits, network, weights }) {
  const json = (path, body) => ({ method: "POST", path, type: "application/json", body });
  return {
    withJson: [
      json("/bandits", PLAIN),
      json("/bandits", LAZY),
      json("/anneal", { points: POINTS, clusters: 2, autonomy: SOFTMAX, weights: [1, 2, 3, 4, 5, 6], seed: 3 }),
      json("/anneal", { points: POINTS, clusters: 2, autonomy: TABLE }),
      json("/anneal", { points: POINTS, clusters: 2, autonomy: GROUPS }),
      json(`${network}/assign`, { points: POINTS, centers: POINTS.slice(0, 2) }),
      ...bandits.map((path, index) => json(`${path}/tell`, { round: index % 2, observations: [[0.5, 0.5]] })),
    ],
    withBytes: [{ method: "POST", path: "/networks", type: "application/octet-stream", body: weights }],
    without: [
      { method: "GET", path: `${bandits[0]}/ask` },
      { method: "GET", path: bandits[1] },
    ],
  };
}

/** Yields { method, path, type, bytes }. */
export function hostileRequests(targets) {
  const { withJson, withBytes, without } = servable(targets);
  const json = fc.constantFrom(...withJson);
  const body = fc.constantFrom(...withJson, ...withBytes);
  const any = fc.constantFrom(...withJson, ...withBytes, ...without);
  const strange = fc.oneof(fc.constantFrom(...STRANGE), fc.jsonValue(), fc.double());
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
  const path = fc.oneof(fc.constantFrom(...TRICKS), fc.webPath({ minLength: 1 }));
  const kinds = [
    [6, json, [strange, fc.nat()], (base, value, at) => encode(replaced(base.body, value, at))],
    [3, json, [fc.constantFrom(...RAW), fc.nat()], (base, raw, at) => rawReplaced(base.body, raw, at)],
    [3, json, [fc.constantFrom(...KEYS), strange], (base, key, value) => keyed(base.body, key, value)],
    [4, body, [edits], (base, changes) => edited(encode(base.body), changes)],
    [2, body, [fc.nat()], (base, at) => encode(base.body).slice(0, at % encode(base.body).length)],
    [2, any, [fc.uint8Array({ maxLength: 300 })], (_, random) => random],
    [1, json, [fc.integer({ min: 5, max: 100_000 }), fc.boolean()], (_, depth, isArray) => nested(depth, isArray)],
    [1, any, [fc.nat(3)], oversized],
  ];
  const spoiled = kinds.map(([weight, base, values, spoil]) => ({
    weight,
    arbitrary: fc.tuple(base, ...values).map(([request, ...rest]) => ({ ...request, bytes: spoil(request, ...rest) })),
  }));
  const misdirected = fc
    .record({ method: fc.constantFrom(...METHODS), type: fc.constantFrom(...TYPES), path }, { requiredKeys: [] })
    // What is there to be deleted is a target of other requests.
    .filter((change) => change.method !== "DELETE" || "path" in change);
  return fc.oneof(
    ...spoiled,
    {
      weight: 5,
      arbitrary: fc.tuple(any, misdirected).map(([base, change]) => {
        const { body, ...request } = { ...base, ...change };
        return { ...request, bytes: request.method === "DELETE" ? undefined : encode(body) };
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(), fc.constantFrom(...STRANGE), fc.double())
        .map((parts) => ({ ...withBytes[0], bytes: forged(targets.weights, ...parts) })),
    },
  );
}
