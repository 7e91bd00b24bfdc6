/** The host's doors to a bandit: its settings and the addresses of what it reads and writes. */
import { Certificate } from "./pairs";
import { Thresholds, threshold } from "./grid";
import { Bandit, ruleAt } from "./state";
import { kmeansOf } from "./tracking";

/** `first` is the arm that Maximin starts from. */
export function banditLimits(pointer: usize, maxPulls: f64, refresh: f64, first: i32): void {
  const bandit = changetype<Bandit>(pointer);
  bandit.maxPulls = maxPulls;
  bandit.refresh = refresh;
  kmeansOf(bandit).first = first;
}

/** d x d row-major Cholesky factor of the noise covariance, to be filled by the host. */
export function banditWhitening(pointer: usize): usize {
  const bandit = changetype<Bandit>(pointer);
  bandit.isWhite = 0;
  return bandit.whitening;
}

export function banditPending(pointer: usize): usize {
  return changetype<Bandit>(pointer).pending;
}

export function banditObservations(pointer: usize): usize {
  return changetype<Bandit>(pointer).observations;
}

export function banditCounts(pointer: usize): usize {
  return changetype<Bandit>(pointer).counts;
}

export function banditPulls(pointer: usize): f64 {
  return changetype<Bandit>(pointer).pulls;
}

export function banditState(pointer: usize): i32 {
  return changetype<Bandit>(pointer).state;
}

export function banditReportLabels(pointer: usize): usize {
  return changetype<Bandit>(pointer).reportLabels;
}

export function banditReportCenters(pointer: usize): usize {
  return changetype<Bandit>(pointer).reportCenters;
}

export function banditOracleLabels(pointer: usize): usize {
  return changetype<Bandit>(pointer).oracleLabels;
}

export function banditOracleWeights(pointer: usize): usize {
  return changetype<Bandit>(pointer).oracleWeights;
}

export function banditOracleSizes(pointer: usize): usize {
  return changetype<Bandit>(pointer).oracleSizes;
}

/** Pull at which a rule stopped, 0 if it has not. */
export function ruleStopped(pointer: usize, index: i32): f64 {
  return ruleAt(changetype<Bandit>(pointer), index).stopped;
}

/** In a simulation: whether its partition was the true one. */
export function ruleCorrect(pointer: usize, index: i32): i32 {
  return ruleAt(changetype<Bandit>(pointer), index).correct;
}

/** The pairwise threshold of a rule at two levels of the grid, levels from 0. */
export function ruleLevelThreshold(pointer: usize, index: i32, a: i32, b: i32): f64 {
  const certificate = changetype<Certificate>(ruleAt(changetype<Bandit>(pointer), index).certificate);
  return threshold(changetype<Thresholds>(certificate.thresholds), a, b);
}

