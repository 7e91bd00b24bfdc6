import type { State } from "../state.js";
import { banditOptions } from "./options.js";
import { worldOf } from "./world.js";

/** Twelve lines that do in Node what the page's first lane did, on the same noise. */
export function banditProgram(state: State): string {
  const { labels, means, noise, seed } = worldOf(state);
  const { allocation: _, stopping: __, ...options } = banditOptions(worldOf(state), state.delta, "representatives");
  const settings = Object.entries(options).map(([name, value]) => `${name}: ${value}`);
  return `import { createSolver } from "wayward";
const labels = ${JSON.stringify(labels)}; // the truth, which only the world knows
const means = ${JSON.stringify(means)};
const uniforms = (s) => () => { s = (s + 0x6d2b79f5) >>> 0; let m = Math.imul(s ^ (s >>> 15), s | 1); m ^= m + Math.imul(m ^ (m >>> 7), m | 61); return ((m ^ (m >>> 14)) >>> 0) / 2 ** 32; };
const normals = (u) => () => Math.round(1e6 * Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u())) / 1e6;
const stacks = labels.map((_, arm) => normals(uniforms(${1009 * seed} + arm)));
const pull = (arm) => means[labels[arm]].map((mean) => mean + ${noise} * stacks[arm]()); // put your own trial here
const solver = await createSolver();
const bandit = solver.bandit({ ${settings.join(", ")} });
for (let ask; (ask = bandit.ask()); ) bandit.tell(ask.round, ask.arms.map(pull));
const status = bandit.status();
console.log(\`groups \${status.labels.join(" ")} after \${status.pulls} pulls, certified: \${status.certified}\`);
`;
}
