import type { Bandit, BanditStatus } from "wayward";
import { nearestOneToOne } from "../anneal/lineage.js";
import type { Context } from "../context.js";
import { type BanditEvent, type BanditInput, LANES, type Lane, type LaneRun, type Sample } from "./messages.js";
import { banditOptions } from "./options.js";
import { pullsOf, type World } from "./world.js";

/** Each lane to its end, on the same noise; the page plays them back side by side. */
export async function* bandit({ world, delta }: BanditInput, context: Context): AsyncGenerator<BanditEvent> {
  const solver = await context.solver();
  const lanes: LaneRun[] = [];
  for (const lane of LANES) {
    const runner = solver.bandit(banditOptions(world, delta, lane));
    lanes.push(yield* race(lane, runner, world, context));
  }
  const { labels, means, noise } = world;
  const unit = means.map((mean) => mean.map((value) => value / noise));
  const { hardness } = solver.hardness({ labels, centers: unit });
  yield { kind: "race", lanes, lowerBound: solver.lowerBound(hardness, delta) };
}

async function* race(lane: Lane, bandit: Bandit, world: World, context: Context): AsyncGenerator<BanditEvent, LaneRun> {
  const pull = pullsOf(world);
  const arms: number[] = [];
  const observations: number[] = [];
  const samples: Sample[] = [];
  for (let ask = bandit.ask(); ask; ask = bandit.ask()) {
    const rows = ask.arms.map(pull);
    const { pulls, state } = bandit.tell(ask.round, rows);
    arms.push(...ask.arms);
    observations.push(...rows.flat());
    // Thousands of pulls need no thousands of looks.
    if (state !== "running" || pulls % (pulls < 1000 ? 1 : 10) === 0) samples.push(look(bandit.status(), world));
    if (pulls % 500 === 0) yield { kind: "progress", lane, pulls };
    await context.breathe();
  }
  const status = bandit.status();
  const correct = status.labels && samePartition(status.labels, world.labels);
  return { lane, arms: Int32Array.from(arms), observations: Float64Array.from(observations), samples, status, correct };
}

function look({ pulls, statistic, labels, centers }: BanditStatus, { means }: World): Sample {
  if (!labels || !centers) return { pulls, statistic: 0, groups: null };
  const groups = nearestOneToOne(centers, means);
  return { pulls, statistic, groups: labels.map((label) => groups[label]) };
}

/** Groups may be numbered in any order. */
export function samePartition(a: readonly number[], b: readonly number[]): boolean {
  const pairs = new Set(a.map((label, arm) => `${label} ${b[arm]}`));
  return pairs.size === new Set(a).size && pairs.size === new Set(b).size;
}
