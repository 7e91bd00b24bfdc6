import { HttpError } from "./answers.js";

/**
 * What one request may ask for. Work is bounded so that it fits the 10 ms of CPU of Cloudflare's free plan, and
 * state so that it fits one value of a Durable Object's storage (2 MiB). On a paid plan, raise them.
 */
export const LIMITS = {
  json: { bytes: 1_048_576, depth: 8 },
  drained: { bytes: 4_194_304 },
  bandit: { arms: 1000, dimensions: 32, clusters: 64, batch: 100 },
  /** `pairs` is rows x clusters. */
  anneal: { rows: 500, dimensions: 8, clusters: 8, pairs: 1500, tables: 4 },
  network: { bytes: 2_000_000 },
  /** `products` is rows x (clusters + 1) x weights, about the multiplications of a forward pass. */
  assign: { rows: 1000, products: 1e8 },
} as const;

/** @throws HttpError 400 `limit`, naming the value and the limit */
export function expectAtMost(what: string, actual: unknown, most: number): void {
  if (typeof actual !== "number" || actual <= most) return;
  throw new HttpError(400, "limit", `${what} is ${actual}, expected at most ${most} in this service`);
}
