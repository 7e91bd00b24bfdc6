/** The bindings that wrangler.jsonc and config.capnp name. */
interface Env {
  BANDITS: DurableObjectNamespace<import("./bandit-object.js").BanditObject>;
  NETWORKS: DurableObjectNamespace<import("./network-object.js").NetworkObject>;
}
