/** The exports of core.wasm, by hand, in the order of assembly/index.ts. Pointers are byte offsets. */
export interface CoreExports {
  memory: WebAssembly.Memory;
  abiVersion(): number;
  heapBase(): number;

  expArray(source: number, destination: number, count: number): void;
  logArray(source: number, destination: number, count: number): void;
  uniform(seed: bigint, stream: number, index: bigint): number;
  normal(seed: bigint, stream: number, index: bigint): number;
  philoxWords(seed: bigint, stream: number, index: bigint): number;

  // Bandit clustering
  banditBytes(
    arms: number,
    dimensions: number,
    clusters: number,
    allocation: number,
    batch: number,
    certificates: number,
  ): number;
  banditCreate(
    start: number,
    arms: number,
    dimensions: number,
    clusters: number,
    allocation: number,
    batch: number,
    certificates: number,
  ): number;
  banditAddRule(bandit: number, kind: number, delta: number): void;
  banditRestart(bandit: number): void;
  banditAsk(bandit: number): number;
  banditTell(bandit: number): number;
  banditLimits(bandit: number, maxPulls: number, refresh: number, first: number): void;
  banditWhitening(bandit: number): number;
  banditPending(bandit: number): number;
  banditObservations(bandit: number): number;
  banditCounts(bandit: number): number;
  banditPulls(bandit: number): number;
  banditState(bandit: number): number;
  banditReportLabels(bandit: number): number;
  banditReportCenters(bandit: number): number;
  banditOracleLabels(bandit: number): number;
  banditOracleWeights(bandit: number): number;
  banditOracleSizes(bandit: number): number;
  ruleStopped(bandit: number, rule: number): number;
  ruleCorrect(bandit: number, rule: number): number;
  ruleLevelThreshold(bandit: number, rule: number, a: number, b: number): number;
  banditReport(bandit: number): number;
  banditStateLength(bandit: number): number;
  banditSave(bandit: number, to: number): void;
  banditLoad(bandit: number, from: number, length: number): number;
  banditSimulate(bandit: number, truth: number, centers: number, seed: bigint, trial: number): number;
  instanceBytes(arms: number, dimensions: number, clusters: number): number;
  instanceCreate(start: number, arms: number, dimensions: number, clusters: number): number;
  instanceLabels(instance: number): number;
  instanceWeights(instance: number): number;
  instanceCenters(instance: number): number;
  instancePoints(instance: number): number;
  instanceHardness(instance: number, asPrinted: number): number;
  instanceAllocation(instance: number): number;
  instanceSeparation(instance: number, asPrinted: number): number;
  instanceKMeans(instance: number, first: number): number;
  bernoulliDivergence(delta: number): number;
  exactConstant(arms: number, dimensions: number, delta: number): number;
}

/** Must equal `abiVersion()` of the module; a mismatch means two builds were mixed. */
export const ABI_VERSION = 1;
