// Deno: which of eight variants are the same? Pulls arms until the groups are certain, without any permission.
//   deno add npm:wayward && deno run deno.ts
import { type BanditAsk, createSolver } from "wayward";

/** The truth, which a real test does not know: (clicks, minutes) of each variant. */
const means = [
  [0, 0],
  [4, 1],
  [0, 0],
  [4, 1],
  [1, 5],
  [0, 0],
  [1, 5],
  [4, 1],
];

/** One noisy observation of each arm asked about: normal noise of variance 1, by Box and Muller. */
function pull({ arms }: BanditAsk): number[][] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return arms.map((arm) => means[arm].map((mean) => mean + normal()));
}

const solver = await createSolver();
const bandit = solver.bandit({ arms: 8, dimensions: 2, clusters: 3, delta: 1e-6 });
for (let ask = bandit.ask(); ask; ask = bandit.ask()) bandit.tell(ask.round, pull(ask));

const { labels, pulls, certified } = bandit.status();
console.log(`groups ${labels?.join(" ")}`);
console.log(certified ? `wrong with a chance of at most 1e-6, after ${pulls} pulls` : "not certain");
