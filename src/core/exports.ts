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

  problemBytes(...shape: ProblemShape): number;
  problemInit(problem: number, ...shape: ProblemShape): void;
  blockRows(): number;
  problemLoadBlock(problem: number, block: number, count: number): void;
  scaleNext(problem: number): number;
  requestBegin(problem: number, mode: number, beta: number): number;
  requestRead(problem: number, from: number, length: number): number;
  requestWrite(problem: number, to: number): void;
  nextNode(problem: number): number;
  pushNode(problem: number, first: number, blocks: number): number;
  sweep(problem: number, mode: number, beta: number): number;
  sweepBegin(problem: number, mode: number, beta: number): void;
  sweepBlocks(problem: number, first: number, end: number): void;
  sweepEnd(problem: number): number;
  labelsOfBlock(problem: number, block: number): void;
  policyOfBlock(problem: number, block: number): void;
  firstCriticalBeta(problem: number): number;
  startLumped(problem: number): void;
  startSpread(problem: number, amplitude: number): void;
  groupCriticalBetas(problem: number): number;
  splitGroups(problem: number, beta: number): number;
  mergeGroups(problem: number): number;
  expandGroups(problem: number): void;
  distinctCenters(problem: number): number;
  startMinimizer(
    problem: number,
    tolerance: number,
    maxIterations: number,
    pairs: number,
    rival: number,
    patience: number,
  ): void;
  nextTrial(problem: number, value: number): number;
  findUnits(problem: number): number;
  relocationBegin(problem: number, byUnits: number): void;
  relocationAxes(problem: number): void;
  relocationScores(problem: number): void;
  perturb(problem: number, deviation: number): void;
  curvatureBegin(problem: number): void;
  hasAffineResponse(problem: number): number;
  responseToDirection(problem: number): void;
  responseToBeta(problem: number): void;
  takeResponse(problem: number): void;
  stiffnessOfDirection(problem: number): void;
  shiftFromBase(problem: number, side: number): void;
  freezeBase(problem: number): void;
  keepGradient(problem: number, frozen: number): void;
  takeDifference(problem: number, frozen: number): void;
  responseFromHessian(problem: number, beta: number): void;
  scaledResponseNorm(problem: number): number;
  smallestScale(problem: number): number;
  lanczosBegin(problem: number, warm: number): void;
  lanczosNext(problem: number, beta: number): number;
  rayleigh(problem: number): number;
  eigenvalues(matrix: number, size: number, vectors: number): void;

  // Learning.
  worldBytes(rows: number, dimensions: number, clusters: number, groupCount: number): number;
  worldInit(world: number, rows: number, dimensions: number, clusters: number, kind: number, groupCount: number): void;
  worldFollow(world: number): void;
  worldRealize(
    world: number,
    round: number,
    count: number,
    entities: number,
    prescribed: number,
    realized: number,
  ): void;
  worldLogLikelihood(
    world: number,
    count: number,
    entities: number,
    prescribed: number,
    realized: number,
    output: number,
  ): void;
  worldDistortion(world: number, labels: number): number;
  worldPrices(world: number, first: number, end: number, stride: number, output: number): void;
  tabularBytes(rows: number, dimensions: number, clusters: number, capacity: number, learns: number): number;
  tabularInit(
    tabular: number,
    rows: number,
    dimensions: number,
    clusters: number,
    capacity: number,
    learns: number,
  ): void;
  tabularStart(tabular: number): void;
  tabularAsk(tabular: number, count: number): void;
  tabularInfer(tabular: number): void;
  tabularTell(tabular: number, costsSeen: number, moving: number): void;
  tabularSimulate(tabular: number, world: number, count: number, rounds: number): void;
  tabularLabels(tabular: number): void;
  choiceBytes(capacity: number, dimensions: number, clusters: number, sets: number): number;
  choiceInit(choice: number, capacity: number, dimensions: number, clusters: number, sets: number): void;
  choicePrepare(choice: number, overrides: number): void;
  choiceFit(choice: number, freeA: number, freeB: number): number;
  choiceValue(choice: number): number;
  countsStage(
    pending: number,
    count: number,
    clusters: number,
    entities: number,
    prescribed: number,
    realized: number,
  ): void;
  countsNew(records: number, length: number, pending: number, count: number): number;
  countsMerge(records: number, length: number, pending: number, count: number, fresh: number): void;
  countsForget(records: number, length: number, factor: number): number;
  groupsBytes(clusters: number, most: number, found: number): number;
  groupsInit(groups: number, clusters: number, most: number, groupOf: number): void;
  groupsFit(groups: number, records: number, length: number, perEntity: number): void;
  followTables(groups: number): void;
  groupsTables(
    groups: number,
    records: number,
    length: number,
    first: number,
    end: number,
    tables: number,
    only: number,
  ): void;
  groupsLogLikelihood(
    groups: number,
    records: number,
    length: number,
    count: number,
    entities: number,
    prescribed: number,
    realized: number,
    output: number,
  ): void;
  logGamma(x: number): number;

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

  adenBytes(...shape: AdenShape): number;
  adenCenters(network: number): void;
  adenCentersAt(network: number): number;
  adenDistances(network: number, points: number, rows: number, output: number): void;
  adenStart(...shape: AdenShape): number;
}

/** Must equal `abiVersion()` of the module; a mismatch means two builds were mixed. */
export const ABI_VERSION = 2;

/** Fields of the core's `Problem`: f64 first, then i32 and pointers, in the order of assembly/anneal/problem.ts. */
export const PROBLEM_NUMBERS = [
  "beta",
  "freeEnergy",
  "distortion",
  "hardDistortion",
  "kappa",
  "zeta",
  "gamma",
  "temperature",
  "scale",
  "spread",
  "firstBeta",
  "totalWeight",
  "criticalBeta",
  "delta",
  "sensitivityBound",
  "seed",
  "draws",
  "target",
] as const;
export const PROBLEM_INTEGERS = [
  "rows",
  "dimensions",
  "clusters",
  "padded",
  "kind",
  "groupCount",
  "active",
  "even",
  "exact",
  "mode",
  "units",
  "stage",
  "drawFirst",
  "drawEnd",
  "held",
  "step",
  "varied",
  "drawn",
  "firstBlock",
  "endBlock",
  "blocks",
  "sumsLength",
  "level",
  "pushed",
  "krylovSize",
  "staging",
  "groupOf",
  "mean",
  "covariance",
  "axis",
  "box",
  "centers",
  "multiplicity",
  "gradient",
  "masses",
  "prescribed",
  "tables",
  "stack",
  "sums",
  "axes",
  "deviations",
  "critical",
  "regionMeans",
  "unitOf",
  "removal",
  "gains",
  "shifts",
  "direction",
  "base",
  "stiffness",
  "response",
] as const;

/** Rows held, d, K, kind, groups, first block and end of the blocks that are summed. */
export type ProblemShape = [number, number, number, number, number, number, number];

/** Kinds of autonomy, as the core numbers them. */
export const KIND = { none: 0, table: 1, groups: 2, softmax: 3, softmaxEntity: 4 } as const;

/** Modes of a sweep, as the core numbers them. */
export const MODE = {
  ...{ soft: 0, hard: 1, softMoments: 2, hardMoments: 3, hardCut: 4, response: 5, frozen: 6 },
  ...{ box: 7, draw: 11, take: 12 },
} as const;

/** What `nextTrial` answers. */
export const TRIAL = { evaluate: 0, converged: 1, exhausted: 2, givenUp: 3 } as const;

/** Fields of the core's structs for learning, as in assembly/learn. */
export const WORLD = {
  numbers: ["kappa", "centerRate", "entityRate", "seed"],
  integers: [
    "rows",
    "dimensions",
    "clusters",
    "kind",
    "groupCount",
    "points",
    "rho",
    "centers",
    "groupOf",
    "tables",
    "distances",
    "row",
  ],
} as const;

export const TABULAR = {
  numbers: [
    "beta",
    "betaStart",
    "betaEnd",
    "betaSettle",
    "chainLength",
    "settleLength",
    "chainStart",
    "costSum",
    "costCount",
    "lowest",
    "epsilon",
    "pairGain",
    "centerGain",
    "interactions",
    "round",
    "seed",
  ],
  integers: [
    "rows",
    "dimensions",
    "clusters",
    "padded",
    "chains",
    "chain",
    "learns",
    "capacity",
    "count",
    "points",
    "keep",
    "alias",
    "labels",
    "centers",
    "bestCenters",
    "arrivals",
    "entities",
    "prescribed",
    "realized",
    "costs",
    "weights",
    "visits",
    "q",
  ],
} as const;

export const GROUPS = {
  numbers: ["between", "own"],
  integers: ["count", "overall", "tables", "pools", "weights"],
} as const;

export const CHOICE = {
  numbers: ["a", "b", "value", "slopeA", "slopeB", "curveAA", "curveAB", "curveBB", "unit"],
  integers: [
    "overrides",
    "dimensions",
    "clusters",
    "withEntity",
    "capacity",
    "points",
    "sets",
    "centers",
    "prescribed",
    "realized",
    "features",
  ],
} as const;

/** Kinds of simulated world, as the core numbers them. */
export const WORLD_KIND = { obedient: 0, tables: 1, follows: 2, followsEntity: 3 } as const;

/** Where (or 256 bytes of scratch), d, hidden, feedForward, layers, heads, K, 1 for the residual head. */
export type AdenShape = [number, number, number, number, number, number, number, number];
