/** The export list of core.wasm and its ABI version; nothing else. */
export { expArray, logArray } from "./vector";
export { normal, philoxWords, uniform } from "./random";

/** Raised whenever an export changes its meaning; src/core/exports.ts asserts it. */
export function abiVersion(): i32 {
  return 1;
}

/** First byte that the host may use: everything below is the core's own. */
export function heapBase(): usize {
  return __heap_base;
}

// Bandit clustering
export { banditAddRule, banditAsk, banditBytes, banditCreate, banditRestart, banditTell } from "./bandit/loop";
export {
  banditCounts,
  banditLimits,
  banditObservations,
  banditOracleLabels,
  banditOracleSizes,
  banditOracleWeights,
  banditPending,
  banditPulls,
  banditReportCenters,
  banditReportLabels,
  banditState,
  banditWhitening,
  ruleCorrect,
  ruleLevelThreshold,
  ruleStopped,
} from "./bandit/host";
export { banditReport } from "./bandit/report";
export { banditLoad, banditSave, banditStateLength } from "./bandit/save";
export { banditSimulate } from "./bandit/simulate";
export {
  instanceAllocation,
  instanceBytes,
  instanceCenters,
  instanceCreate,
  instanceHardness,
  instanceKMeans,
  instanceLabels,
  instancePoints,
  instanceSeparation,
  instanceWeights,
} from "./bandit/instance";
export { bernoulliDivergence, exactConstant } from "./bandit/thresholds";
