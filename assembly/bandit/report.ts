/** What the status shows: labels, centers, statistic and threshold, hardness. */
import { Allocation, solveAllocation } from "./allocation";
import { Thresholds } from "./grid";
import { Certificate, lastNearest, pairsOf, secondRatio, weakestPair } from "./pairs";
import { samplerLabel, samplerStatistic, selectSampler } from "./representatives";
import { Bandit, clusterMeans, PAIRWISE, REPRESENTATIVES, ruleAt } from "./state";
import { ruleThreshold } from "./loop";
import { kmeansOf } from "./tracking";
import { weighClusters } from "./separation";

/** Where `banditReport` leaves statistic, threshold, hardness and whether there are labels. */
const numbers: usize = memory.data(32, 16);

/** Labels of one rule into `reportLabels`; false before there are any. */
export function reportLabels(bandit: Bandit, index: i32): bool {
  const rule = ruleAt(bandit, index);
  if (rule.kind !== PAIRWISE) {
    if (!bandit.hasPartition) return false;
    memory.copy(bandit.reportLabels, kmeansOf(bandit).labels, <usize>bandit.arms << 2);
    return true;
  }
  if (!pairsOf(bandit).chosen) return false;
  const thresholds = changetype<Thresholds>(changetype<Certificate>(rule.certificate).thresholds);
  selectSampler(bandit.sampler);
  for (let arm = 0; arm < bandit.arms; arm++) {
    let label: i32;
    if (bandit.allocation === REPRESENTATIVES) {
      label = samplerLabel(bandit, arm);
    } else {
      secondRatio(bandit, thresholds, arm);
      label = lastNearest();
    }
    store<i32>(bandit.reportLabels + (<usize>arm << 2), label);
  }
  return true;
}

/** The pairwise statistic: the smallest G over threshold among the tests that the lemma needs. */
function pairwiseStatistic(bandit: Bandit, certificate: usize): f64 {
  if (bandit.allocation === REPRESENTATIVES) {
    selectSampler(bandit.sampler);
    return samplerStatistic(bandit);
  }
  if (!pairsOf(bandit).chosen) return 0;
  const thresholds = changetype<Thresholds>(changetype<Certificate>(certificate).thresholds);
  let weakest = weakestPair(bandit, thresholds);
  for (let arm = 0; arm < bandit.arms; arm++) weakest = min(weakest, secondRatio(bandit, thresholds, arm));
  return weakest;
}

/**
 * Fills `reportLabels`, `reportCenters` (whitened, origin added) and the four numbers returned:
 * statistic, threshold, hardness at these centers, 1 if there are labels.
 *
 * With two rules ("either") the statistic is the larger share of its threshold, and the threshold 1.
 */
export function banditReport(pointer: usize): usize {
  const bandit = changetype<Bandit>(pointer);
  let statistic = 0.0;
  let bound = 0.0;
  for (let index = 0; index < bandit.rules; index++) {
    const rule = ruleAt(bandit, index);
    let value: f64 = bandit.statistic;
    let needed = 1.0;
    if (rule.kind === PAIRWISE) value = pairwiseStatistic(bandit, rule.certificate);
    else needed = ruleThreshold(bandit, rule.kind, rule.constant);
    if (index === 0) {
      statistic = value;
      bound = needed;
    } else {
      statistic = max(statistic / bound, value / needed);
      bound = 1.0;
    }
  }
  const known = reportLabels(bandit, max(bandit.winner, 0));
  store<f64>(numbers, statistic);
  store<f64>(numbers, bound, 8);
  store<f64>(numbers, 0, 16);
  store<f64>(numbers, known ? 1.0 : 0.0, 24);
  if (known) reportCenters(bandit);
  return numbers;
}

/** Pull-weighted means under the reported labels, and the hardness of that instance. */
function reportCenters(bandit: Bandit): void {
  clusterMeans(bandit, bandit.reportLabels, bandit.reportCenters);
  // A solver of its own: the guesses of the tracking's solver must not depend on who looks.
  const solver = changetype<Allocation>(bandit.reporter);
  weighClusters(
    bandit.arms,
    bandit.clusters,
    bandit.reportLabels,
    bandit.counts,
    bandit.smallest,
    bandit.whole,
    solver.sizes,
  );
  solver.activeCount = 0;
  solveAllocation(solver, bandit.reportCenters);
  store<f64>(numbers, solver.hardness, 16);
  for (let cluster = 0; cluster < bandit.clusters; cluster++) {
    const center = bandit.reportCenters + <usize>cluster * bandit.bytes;
    for (let coordinate = 0; coordinate < bandit.dimensions; coordinate++) {
      const at = center + (<usize>coordinate << 3);
      store<f64>(at, load<f64>(at) + load<f64>(bandit.origin + (<usize>coordinate << 3)));
    }
  }
}
