# The same service on workerd alone: npm start
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "storage", disk = (path = "storage", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "dist/worker.js"),
    (name = "core.wasm", wasm = embed "dist/core.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [
    (className = "BanditObject", uniqueKey = "bandits", enableSql = true),
    (className = "NetworkObject", uniqueKey = "networks", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "BANDITS", durableObjectNamespace = "BanditObject"),
    (name = "NETWORKS", durableObjectNamespace = "NetworkObject"),
  ],
);
