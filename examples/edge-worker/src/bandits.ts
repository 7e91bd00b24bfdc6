import type { BanditOptions } from "wayward";
import { HttpError } from "./answers.js";
import { type JsonObject, readJson } from "./body.js";
import { expectAtMost, LIMITS } from "./limits.js";
import { objectAt } from "./objects.js";

/** POST /bandits: options of `solver.bandit` -> 201, id. */
export async function createBandit(request: Request, { BANDITS }: Env): Promise<Response> {
  const options = await readJson(request);
  for (const [name, most] of Object.entries(LIMITS.bandit)) expectAtMost(name, options[name], most);
  // wayward checks them, inside the object.
  return BANDITS.get(BANDITS.newUniqueId()).create(options as unknown as BanditOptions);
}

/** GET /bandits/ID/ask: the round and the arms to pull; no arms once it has stopped. */
export function ask(_request: Request, env: Env, id: string): Promise<Response> {
  return banditAt(env, id).ask();
}

/** POST /bandits/ID/tell: { round, observations } -> progress. 409 for another round than the present one. */
export async function tell(request: Request, env: Env, id: string): Promise<Response> {
  const bandit = banditAt(env, id);
  const body = await readJson(request);
  return bandit.tell(roundOf(body), body.observations as number[][]);
}

/** GET /bandits/ID: the status; with `certified: true` it is the certificate. */
export function status(_request: Request, env: Env, id: string): Promise<Response> {
  return banditAt(env, id).status();
}

/** DELETE /bandits/ID: forgets it. */
export function deleteBandit(_request: Request, env: Env, id: string): Promise<Response> {
  return banditAt(env, id).delete();
}

function banditAt({ BANDITS }: Env, id: string) {
  return objectAt(BANDITS, id, "bandit");
}

function roundOf({ round }: JsonObject): number {
  if (Number.isSafeInteger(round) && (round as number) >= 0) return round as number;
  throw new HttpError(400, "input", `round is ${JSON.stringify(round)}, expected an integer of at least 0`);
}
