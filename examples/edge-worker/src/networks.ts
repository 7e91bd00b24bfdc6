import type { Points } from "wayward";
import { readBytes, readJson } from "./body.js";
import { expectAtMost, LIMITS } from "./limits.js";
import { objectAt } from "./objects.js";

/** POST /networks: the bytes of `aden.save()` -> 201, id and architecture. */
export async function createNetwork(request: Request, { NETWORKS }: Env): Promise<Response> {
  const bytes = await readBytes(request, "application/octet-stream", LIMITS.network.bytes);
  return NETWORKS.get(NETWORKS.newUniqueId()).create(bytes);
}

/** POST /networks/ID/assign: { points, centers } -> label and expected distances of every point. */
export async function assign(request: Request, env: Env, id: string): Promise<Response> {
  const network = networkAt(env, id);
  const { points, centers } = await readJson(request);
  if (Array.isArray(points)) expectAtMost("the number of points", points.length, LIMITS.assign.rows);
  return network.assign(points as Points, centers as Points);
}

/** DELETE /networks/ID: forgets it. */
export function deleteNetwork(_request: Request, env: Env, id: string): Promise<Response> {
  return networkAt(env, id).delete();
}

function networkAt({ NETWORKS }: Env, id: string) {
  return objectAt(NETWORKS, id, "network");
}
