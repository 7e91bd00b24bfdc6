// What a user of the service writes: requests, and a run of a bandit against a world.

/** @returns status, headers and the parsed answer, which must be JSON unless it is empty */
export async function send(service, method, path, body) {
  const isBytes = body instanceof Uint8Array;
  const response = await fetch(service.url + path, {
    method,
    headers: body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : "application/json" },
    body: body === undefined || isBytes ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === "" ? null : JSON.parse(text) };
}

/** The answer of a request that must be served. */
export async function ok(service, method, path, body) {
  const { status, text, json } = await send(service, method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return json;
}

export const INSTANCE = { arms: 12, dimensions: 2, clusters: 3, delta: 0.01 };

/** One observation of each arm asked: the same in every run, whatever happened in between. */
export function observe(round, arms) {
  return arms.map((arm, index) => {
    const center = arm % INSTANCE.clusters;
    return [0, 1].map((column) => 2 * ((center + column) % 3) + noise(((round * 64 + index) * 2 + column) | 0));
  });
}

/** About standard normal: the sum of 12 uniform hashes, less 6. */
function noise(index) {
  let sum = -6;
  for (let part = 0; part < 12; part++) {
    let mixed = Math.imul(index * 12 + part + 1, 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    sum += ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  }
  return sum;
}
