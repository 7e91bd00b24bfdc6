// A service on workerd and Cloudflare Workers: certified bandits, annealing, and networks trained elsewhere.
import { anneal } from "./anneal.js";
import { ask, createBandit, deleteBandit, status, tell } from "./bandits.js";
import { assign, createNetwork, deleteNetwork } from "./networks.js";
import { createRouter } from "./router.js";

export { BanditObject } from "./bandit-object.js";
export { NetworkObject } from "./network-object.js";

const fetch = createRouter({
  "/anneal": { POST: anneal },
  "/bandits": { POST: createBandit },
  "/bandits/:id": { GET: status, DELETE: deleteBandit },
  "/bandits/:id/ask": { GET: ask },
  "/bandits/:id/tell": { POST: tell },
  "/networks": { POST: createNetwork },
  "/networks/:id": { DELETE: deleteNetwork },
  "/networks/:id/assign": { POST: assign },
});

export default { fetch } satisfies ExportedHandler<Env>;
