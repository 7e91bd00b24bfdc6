// The service as HTTP: routes, status codes, headers, limits; and annealing to the last bit.
import { INSTANCE, ok, send } from "./client.mjs";

const POINTS = Array.from({ length: 60 }, (_, i) => [3 * (i % 3) + Math.sin(i), Math.cos(i * i)]);
const NO_ID = "0".repeat(64);

/** Title: the request, what its answer must be. */
const REFUSALS = [
  ["404 for a path that is none", "GET", "/bandit", undefined, 404, "path"],
  ["404 for a bandit that is none", "GET", `/bandits/${NO_ID}`, undefined, 404, "path"],
  [
    "404 for a network that is none",
    "POST",
    `/networks/${NO_ID}/assign`,
    { points: [[1]], centers: [[1]] },
    404,
    "path",
  ],
  ["405 for a method that is none", "PUT", "/bandits", INSTANCE, 405, "method"],
  [
    "413 for a body past the limit",
    "POST",
    "/anneal",
    { points: Array(300_000).fill([1, 2]), clusters: 2 },
    413,
    "size",
  ],
  ["415 for another content type", "POST", "/anneal", new Uint8Array(3), 415, "type"],
  ["415 for weights in JSON", "POST", "/networks", {}, 415, "type"],
  ["400 for a list where an object belongs", "POST", "/anneal", [], 400, "json"],
  ["400 for more arms than the limit", "POST", "/bandits", { ...INSTANCE, arms: 1001 }, 400, "limit"],
  [
    "400 for more points than the limit",
    "POST",
    "/anneal",
    { points: Array(1001).fill([1]), clusters: 1 },
    400,
    "limit",
  ],
  [
    "400 for an option that could run for long",
    "POST",
    "/anneal",
    { points: POINTS, clusters: 2, effort: "high" },
    400,
    "input",
  ],
  ["400 for what wayward refuses", "POST", "/bandits", { ...INSTANCE, delta: 2 }, 400, "input"],
  ["400 for bytes that are no network", "POST", "/networks", new Uint8Array(100), 400, "state"],
];

const refusals = REFUSALS.map(([title, method, path, body, status, code]) => [
  title,
  async ({ service }) => {
    const answer = await send(service, method, path, body);
    if (answer.status !== status || answer.json.code !== code) throw new Error(`${answer.status} ${answer.text}`);
    const type = answer.headers.get("content-type");
    if (type !== "application/problem+json") throw new Error(`content type ${type}`);
    if (status === 405 && answer.headers.get("allow") !== "POST") throw new Error("no Allow header");
  },
]);

export const checks = {
  ...Object.fromEntries(refusals),

  "201 with the address of what was created; 204 when it is deleted, then 404": async ({ service, weights }) => {
    for (const [path, body, use] of [
      ["/bandits", INSTANCE, ["GET", "/ask"]],
      ["/networks", weights, ["POST", "/assign", { points: [[1, 2]], centers: [[1, 2]] }]],
    ]) {
      const { status, headers, json } = await send(service, "POST", path, body);
      const address = headers.get("location");
      if (status !== 201 || address !== `${path}/${json.id}`) throw new Error(`${status}, location ${address}`);
      const [method, tail, sent] = use;
      await ok(service, method, address + tail, sent);
      const deleted = await send(service, "DELETE", address);
      if (deleted.status !== 204) throw new Error(`DELETE: ${deleted.status} ${deleted.text}`);
      const after = await send(service, method, address + tail, sent);
      if (after.status !== 404) throw new Error(`after DELETE: ${after.status} ${after.text}`);
    }
  },

  "a tell of the wrong shape is refused by row and arm, and nothing is taken in": async ({ service }) => {
    const { id } = await ok(service, "POST", "/bandits", INSTANCE);
    const tell = (body) => send(service, "POST", `/bandits/${id}/tell`, body);
    for (const [body, message] of [
      [{ round: 0, observations: [[1]] }, "row 0 (arm 0) has 1 coordinates, expected 2"],
      [{ round: 0, observations: [[1, null]] }, "coordinate 1 is null, expected a finite number"],
      [{ round: 0 }, "undefined rows, expected 1"],
      [{ round: "0", observations: [[1, 2]] }, 'round is "0", expected an integer'],
    ]) {
      const { status, json } = await tell(body);
      if (status !== 400 || !json.detail.includes(message)) throw new Error(`${status} ${json.detail}`);
    }
    const { pulls } = await ok(service, "GET", `/bandits/${id}`);
    if (pulls !== 0) throw new Error(`${pulls} pulls, expected 0`);
  },

  "annealing: the numbers of this process, to the last bit": async ({ service, wayward }) => {
    const options = { clusters: 3, autonomy: { kind: "softmax", kappa: 0.2, temperature: 2 }, seed: 5 };
    const expected = (await wayward.createSolver()).anneal(POINTS, options);
    const actual = await ok(service, "POST", "/anneal", { points: POINTS, ...options });
    for (const name of ["centers", "distortion", "masses", "phaseTransitions", "beta"]) {
      const [here, there] = [expected[name], actual[name]].map((value) => JSON.stringify(value));
      if (here !== there) throw new Error(`${name}: ${there}, expected ${here}`);
    }
    if (actual.labels.join() !== expected.labels.join()) throw new Error(`labels: ${actual.labels}`);
  },
};
