import { normals, uniforms } from "../data/random.js";
import type { State } from "../state.js";

/** The truth that a bandit is after: which arms share a mean, and where the means are. */
export interface World {
  /** One group an arm. */
  labels: number[];
  /** K means in the plane. */
  means: [number, number][];
  /** Standard deviation of a pull in each coordinate. */
  noise: number;
  seed: number;
}

/** How many times farther apart than the two nearest groups the others are. */
const WIDER = 2;

/** Groups at the corners of a polygon, the first two nearer to each other than the rest; arms dealt out at random. */
export function worldOf({ arms, groups, gap, noise, banditSeed }: State): World {
  const uniform = uniforms(banditSeed);
  const labels = Array.from({ length: arms }, (_, arm) => arm % groups);
  for (let last = arms - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    [labels[last], labels[other]] = [labels[other], labels[last]];
  }
  const side = groups > 2 ? WIDER * gap : gap;
  const radius = side / (2 * Math.sin(Math.PI / groups));
  const means = Array.from({ length: groups }, (_, group): [number, number] => {
    const angle = (2 * Math.PI * group) / groups + Math.PI / 2;
    return [rounded(radius * Math.cos(angle)), rounded(radius * Math.sin(angle))];
  });
  // The second group comes along the side, up to the gap from the first.
  means[1] = means[1].map((value, axis) => rounded(means[0][axis] + ((value - means[0][axis]) * gap) / side)) as [
    number,
    number,
  ];
  return { labels, means, noise, seed: banditSeed };
}

/** In every engine the same: they may differ in the last bit of a cosine. */
const rounded = (value: number): number => Math.round(1e6 * value) / 1e6;

/** Pulls arms. The n-th pull of an arm shows the same, whoever asks and when: the noise is a stack for each arm. */
export function pullsOf({ labels, means, noise, seed }: World): (arm: number) => number[] {
  const stacks = labels.map((_, arm) => normals(1009 * seed + arm));
  return (arm) => means[labels[arm]].map((mean) => mean + noise * stacks[arm]());
}
