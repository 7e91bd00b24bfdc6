/** The export list of core.wasm and its ABI version; nothing else. */
export { expArray, logArray } from "./vector";
export { normal, philoxWords, uniform } from "./random";

/** Raised whenever an export changes its meaning; src/core/exports.ts asserts it. */
export function abiVersion(): i32 {
  return 2;
}

/** First byte that the host may use: everything below is the core's own. */
export function heapBase(): usize {
  return __heap_base;
}

export { problemBytes, problemInit } from "./anneal/problem";
export { blockRows, problemLoadBlock } from "./anneal/load";
export { scaleNext } from "./anneal/scale";
export { requestBegin, requestRead, requestWrite } from "./anneal/request";
export { nextNode, pushNode } from "./anneal/reduce";
export { labelsOfBlock, policyOfBlock, sweep, sweepBegin, sweepBlocks, sweepEnd } from "./anneal/objective";
export {
  distinctCenters,
  expandGroups,
  firstCriticalBeta,
  groupCriticalBetas,
  mergeGroups,
  splitGroups,
  nextTrial,
  startMinimizer,
} from "./anneal/schedule";
export { findUnits, relocationAxes, relocationBegin, relocationScores } from "./anneal/relocate";
export {
  curvatureBegin,
  freezeBase,
  hasAffineResponse,
  keepGradient,
  responseFromHessian,
  responseToBeta,
  responseToDirection,
  scaledResponseNorm,
  shiftFromBase,
  smallestScale,
  stiffnessOfDirection,
  takeDifference,
  takeResponse,
} from "./anneal/curvature";
export { perturb, startLumped, startSpread } from "./anneal/start";
export { lanczosBegin, lanczosNext, rayleigh } from "./anneal/lanczos";

export {
  worldBytes,
  worldDistortion,
  worldFollow,
  worldInit,
  worldLogLikelihood,
  worldPrices,
  worldRealize,
} from "./learn/world";
export {
  tabularAsk,
  tabularBytes,
  tabularInfer,
  tabularInit,
  tabularLabels,
  tabularSimulate,
  tabularStart,
  tabularTell,
} from "./learn/tabular";
export { choiceBytes, choiceFit, choiceInit, choicePrepare, choiceValue } from "./learn/choice";
export { countsForget, countsMerge, countsNew, countsStage } from "./learn/counts";
export { logGamma } from "./learn/evidence";
export { followTables, groupsBytes, groupsFit, groupsInit, groupsLogLikelihood, groupsTables } from "./learn/groups";
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
export { adenBytes, adenCenters, adenCentersAt, adenDistances, adenStart } from "./aden/forward";
