/** A simulated world inside the core: noise by Philox, one whole trial a call. */
import { normal } from "../random";
import { banditAsk, banditRestart, banditTell } from "./loop";
import { EXHAUSTED, Bandit, RUNNING, ruleAt } from "./state";
import { reportLabels } from "./report";

/**
 * Runs one trial until every rule has stopped, or `maxPulls`. `truth` (i32 an arm) and `centers`
 * (clusters x dimensions) are the instance in whitened units.
 *
 * The n-th reward of an arm depends on (seed, trial, arm, n) alone: every allocation and every
 * rule meets the same stack of rewards.
 */
export function banditSimulate(pointer: usize, truth: usize, centers: usize, seed: u64, trial: i32): i32 {
  const bandit = changetype<Bandit>(pointer);
  banditRestart(pointer);
  let closed = 0;
  while (bandit.openRules > 0 && bandit.pulls < bandit.maxPulls) {
    bandit.state = RUNNING;
    const count = banditAsk(pointer);
    const rowBytes = <usize>bandit.dimensions << 3;
    for (let index = 0; index < count; index++) {
      reward(bandit, index, truth, centers, seed, trial, bandit.observations + <usize>index * rowBytes);
    }
    banditTell(pointer);
    if (bandit.rules - bandit.openRules > closed) {
      closed = bandit.rules - bandit.openRules;
      judge(bandit, truth);
    }
  }
  bandit.state = bandit.openRules > 0 ? EXHAUSTED : bandit.state;
  return bandit.openRules;
}

/** The next reward of the pull at `index` of the ask. */
function reward(
  bandit: Bandit,
  index: i32,
  truth: usize,
  centers: usize,
  seed: u64,
  trial: i32,
  to: usize,
): void {
  const dimensions = bandit.dimensions;
  const arm = load<i32>(bandit.pending + (<usize>index << 2));
  let earlier = 0;
  for (let before = 0; before < index; before++) {
    if (load<i32>(bandit.pending + (<usize>before << 2)) === arm) earlier++;
  }
  const number = <u64>load<f64>(bandit.counts + (<usize>arm << 3)) + <u64>earlier;
  const first = (<u64>trial << 40) + number * <u64>dimensions;
  const center = centers + ((<usize>load<i32>(truth + (<usize>arm << 2)) * <usize>dimensions) << 3);
  for (let coordinate = 0; coordinate < dimensions; coordinate++) {
    const offset = <usize>coordinate << 3;
    store<f64>(to + offset, load<f64>(center + offset) + normal(seed, <u32>arm, first + <u64>coordinate));
  }
}

/** Marks the rules that closed at this pull with whether their partition is the true one. */
function judge(bandit: Bandit, truth: usize): void {
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    if (rule.stopped !== bandit.pulls) continue;
    reportLabels(bandit, index);
    rule.correct = samePartition(bandit, truth) ? 1 : 0;
  }
}

/** Whether `reportLabels` and `truth` differ by a renaming of clusters only. */
function samePartition(bandit: Bandit, truth: usize): bool {
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    // The arms of true cluster `cluster` share one label, and no other arm has it.
    let label = -1;
    for (let arm = 0; arm < bandit.arms; arm++) {
      if (load<i32>(truth + (<usize>arm << 2)) !== cluster) continue;
      const reported = load<i32>(bandit.reportLabels + (<usize>arm << 2));
      if (label < 0) label = reported;
      else if (label !== reported) return false;
    }
    for (let arm = 0; arm < bandit.arms; arm++) {
      if (load<i32>(truth + (<usize>arm << 2)) === cluster) continue;
      if (load<i32>(bandit.reportLabels + (<usize>arm << 2)) === label) return false;
    }
  }
  return true;
}
