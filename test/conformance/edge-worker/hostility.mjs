// 10,000 hostile requests: each is answered in JSON with 2xx or 4xx, and the service goes on serving.
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { finish } from "./bandits.mjs";
import { INSTANCE, ok } from "./client.mjs";
import { hostileRequests } from "./hostile.mjs";

const REQUESTS = 10_000;
const AT_ONCE = 8;
const SEED = 20_261_125;
const STACK = /\n\s*at |\.js\b|\.ts\b|RuntimeError|RangeError|undefined is not|cannot read/i;

export const checks = {
  [`${REQUESTS} hostile requests: each answered in JSON with 2xx or 4xx, no stack, no NaN`]: async (context) => {
    const { service } = context;
    const targets = await makeTargets(context);
    const requests = fc.sample(hostileRequests(targets), { numRuns: REQUESTS, seed: SEED });
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const counts = {};
    const faults = [];
    let next = 0;
    const worker = async () => {
      while (next < requests.length && faults.length < 5) {
        const each = requests[next++];
        const answer = await raw(service, agent, each).catch((error) => ({ error }));
        counts[answer.status ?? "none"] = (counts[answer.status ?? "none"] ?? 0) + 1;
        const fault = faultOf(each, answer);
        if (fault) faults.push(`${fault}\n  ${describe(each)} -> ${answer.status} ${answer.text?.slice(0, 300)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    agent.destroy();
    const table = Object.entries(counts).map(([status, count]) => `${count} x ${status}`);
    console.log(`  edge-worker: ${next} hostile requests: ${table.join(", ")}`);
    if (faults.length > 0) throw new Error(faults.join("\n"));
    if (!service.isRunning()) throw new Error("workerd has ended");
  },

  "what is no HTTP, and bodies that break off, do not stop it": async ({ service }) => {
    const head = "POST /anneal HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    const broken = [
      "\r\n\r\n",
      "\0\0\0\0",
      "GET / HTTP/9.9\r\n\r\n",
      "GET /a b c HTTP/1.1\r\nhost: x\r\n\r\n",
      `${head}content-length: 1000\r\n\r\n{"points":[[1,2],`,
      `${head}content-length: -1\r\n\r\n{}`,
      `${head}content-length: 99999999999999999999\r\n\r\n{}`,
      `${head}transfer-encoding: chunked\r\n\r\nZZZ\r\n{}\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\n10\r\n{"points":`,
      `${head}x: ${"y".repeat(200_000)}\r\n\r\n`,
    ];
    for (const text of broken) for (let copy = 0; copy < 10; copy++) await breakOff(service, text);
    if (!service.isRunning()) throw new Error(`workerd has ended: ${service.log()}`);
  },

  "afterwards it serves as before": async (context) => {
    const { service } = context;
    const { id } = await ok(service, "POST", "/bandits", INSTANCE);
    const { certified, polluted } = JSON.parse(await finish(service, `/bandits/${id}`));
    if (!certified || polluted !== undefined) throw new Error(`certified is ${certified}, polluted ${polluted}`);
  },
};

async function makeTargets({ service, weights }) {
  const create = () => ok(service, "POST", "/bandits", { ...INSTANCE, dimensions: 2, delta: 1e-300 });
  const bandits = await Promise.all(Array.from({ length: 40 }, create));
  const network = await ok(service, "POST", "/networks", weights);
  return { bandits: bandits.map(({ id }) => `/bandits/${id}`), network: `/networks/${network.id}`, weights };
}

/** Sent as it is: fetch would mend paths and methods. */
function raw({ port }, agent, { method, path, type, bytes }) {
  const headers = { ...(type ? { "content-type": type } : {}), ...(bytes ? { "content-length": bytes.length } : {}) };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, agent, method, path, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode, type: response.headers["content-type"], text });
      });
    });
    request.on("error", reject);
    request.end(bytes);
  });
}

function faultOf({ method, path }, { error, status, type, text }) {
  if (error) return `no answer: ${error.message}`;
  if (!(status >= 200 && status < 300) && !(status >= 400 && status < 500)) return `status ${status}`;
  if (STACK.test(text)) return "the answer shows the inside";
  if (status === 204 || method === "HEAD") return null;
  if (type !== (status < 300 ? "application/json" : "application/problem+json")) return `content type ${type}`;
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return "the answer is not JSON";
  }
  if (status >= 400)
    return body.status === status && body.code && body.detail ? null : "not a problem with its details";
  // JSON writes NaN as null.
  const numbers = path.startsWith("/anneal") ? { ...body, steps: 0 } : { ...body.distances };
  return JSON.stringify(numbers).includes("null") ? "a number is missing" : null;
}

function describe({ method, path, type, bytes }) {
  const shown = bytes === undefined ? "no body" : JSON.stringify(Buffer.from(bytes).toString("latin1").slice(0, 400));
  return `${method} ${path.slice(0, 80)} (${type}, ${bytes?.length ?? 0} bytes) ${shown}`;
}

/** Sends, waits for an answer for a moment, and hangs up. */
function breakOff({ port }, text) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const hangUp = () => socket.destroy();
    socket.on("data", hangUp);
    socket.on("error", hangUp);
    socket.on("close", resolve);
    setTimeout(hangUp, 20);
  });
}
