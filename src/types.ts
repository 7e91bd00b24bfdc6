/** The public types of wayward. All plain data: every one survives `structuredClone`. */

/** Rows of coordinates: row-major in one array, or one array a row. */
export type Points = { data: Float64Array | Float32Array; dimensions: number } | readonly (readonly number[])[];

/** Entities always obey: p(k|j,i) = 1 when k = j. */
export interface NoAutonomy {
  kind: "none";
}

/** One table for all entities. */
export interface TableAutonomy {
  kind: "table";
  /** K x K, row = prescribed cluster, column = realized cluster; every row sums to 1. Row-major, or one array a row. */
  probabilities: ArrayLike<number> | readonly (readonly number[])[];
}

/** Several tables, each entity names its own; one group per entity is the fully general p(k|j,i). */
export interface GroupsAutonomy {
  kind: "groups";
  /** One entry per entity: the index of its table. With a `Sweeper`, whose shards hold them: `[]`. */
  groups: ArrayLike<number>;
  /** One K x K table per group: concatenated row-major, or one table (in either form) a group. */
  probabilities: ArrayLike<number> | readonly TableAutonomy["probabilities"][];
}

/**
 * With probability `kappa` an entity overrides its prescription j and picks k != j with
 * probability softmax over k of -(zeta d(y_j, y_k) + gamma d(x_i, y_k)) / temperature.
 */
export interface SoftmaxAutonomy {
  kind: "softmax";
  /** Probability of overriding the prescription, in [0, 1]. */
  kappa: number;
  /** Weight of the distance from the prescribed center to the realized one; default 1. */
  zeta?: number;
  /** Weight of the distance from the entity to the realized center; default 0. */
  gamma?: number;
  /** The autonomy's temperature, in squared data units; positive. Not 1 / beta. */
  temperature: number;
}

export type Autonomy = NoAutonomy | TableAutonomy | GroupsAutonomy | SoftmaxAutonomy;

/** Options of `anneal`, `annealer` and `criticalBeta`. */
export interface AnnealOptions {
  /** K, the number of clusters: 1 <= K <= N. */
  clusters: number;
  /** How entities treat their prescription; default `{ kind: "none" }`. */
  autonomy?: Autonomy;
  /** rho: one positive weight an entity, any scale; default all equal. */
  weights?: ArrayLike<number>;
  /** The distance between a point and a center; squared Euclidean is the only one so far. */
  distance?: "squaredEuclidean";
  /** `exact` (default) descends on the true gradient, dp/dY included; `fixedPoint` iterates eq. 2 of the paper. */
  gradient?: "exact" | "fixedPoint";
  /** `auto` (default) needs no knob; `geometric` multiplies beta by `betaGrowth` from `betaStart` to `betaEnd`. */
  schedule?: "auto" | "geometric";
  /** First beta, in 1 / squared data units; geometric only. Default: 0.9 of the first critical beta. */
  betaStart?: number;
  /** Last beta; geometric only. Default: until the policy is hard to 0.1%. */
  betaEnd?: number;
  /** Factor between two betas, above 1; geometric only. Default 1.1. */
  betaGrowth?: number;
  /** `high` adds k-means++ starts and relocates the best of them: about three times the work. Default `normal`. */
  effort?: "normal" | "high";
  /** Relative tolerance of the minimization at each beta. Default 1e-3 (`auto`), 1e-10 (`geometric`). */
  tolerance?: number;
  /** Most iterations at one beta. Default 60 (`auto`), 100 (`geometric`). */
  maxIterations?: number;
  /** K x d centers to start from, as points; `geometric` only. Default: the mean. */
  initialCenters?: Points;
  /** Any integer from 0 to 2^53 - 1; default 0. Same seed, same bits, in every runtime. */
  seed?: number;
  /** Record delta and the bound on ||dY/dbeta|| (theorem 3) at each step; default only with `geometric`. */
  sensitivity?: boolean;
  /** Return the soft policy, N x K, at the last beta; default false. */
  policy?: boolean;
}

/** Options of `annealAsync` and `annealerAsync`: those of `anneal`, where it runs, and how to end it. */
export interface AnnealAsyncOptions extends AnnealOptions {
  /** Worker threads for points; default: one a core, and at most one for every 4,096 rows. Not with a `Sweeper`. */
  threads?: number;
  /** Ends the run with a WaywardError `aborted`, in the middle of a sweep if need be. */
  signal?: AbortSignal;
}

/** What `annealAsync` returns. */
export interface AnnealAsyncResult extends AnnealResult {
  /** How many worker threads made the sweeps; 0: this thread, or a `Sweeper`. */
  threads: number;
  /** Why no worker threads were had where they were wanted; else null. */
  fallback: string | null;
}

/**
 * Points that live elsewhere: in threads, processes, on a cluster. All shards get the same request, and the nodes
 * that they answer (`Shard.sweep`) come back one shard after the other, merged or not: see docs/shards.md.
 */
export interface Sweeper {
  /** N, over all shards. */
  rows: number;
  dimensions: number;
  /** Before the first sweep. */
  open(problem: ShardProblem): Promise<unknown>;
  /**
   * One pass over the points. `merge` says how two neighbors may be made one: by adding, or by taking the smaller,
   * number by number; or that they must stay as they are.
   */
  sweep(request: Uint8Array, merge: "sum" | "min" | "none"): Promise<Float64Array>;
  /** N labels at the centers of the request; null if they are kept elsewhere. */
  labels(request: Uint8Array): Promise<Int32Array | null>;
  /** N x K soft policy at its centers and beta; null if it is kept elsewhere. */
  policy(request: Uint8Array): Promise<Float64Array | null>;
}

/** What a shard has to know of the problem before it can sweep; made by the driver. */
export interface ShardProblem {
  clusters: number;
  kind: "none" | "table" | "groups" | "softmax" | "softmaxEntity";
  /** How many tables: 1 but for `groups`. */
  groupCount: number;
  /** All tables, K x K each; empty for kinds without. */
  tables: Float64Array;
}

/** Options of `shard`. */
export interface ShardOptions {
  /** Number of its first row among all: a multiple of 4,096, where a block begins. Default 0. */
  first?: number;
  /** rho of its rows; default all 1. */
  weights?: ArrayLike<number>;
  /** The table of each of its rows, with `groups` autonomy. */
  groups?: ArrayLike<number>;
}

/** Options of `criticalBeta`: the problem and the state. */
export interface CriticalBetaOptions
  extends Pick<AnnealOptions, "clusters" | "autonomy" | "weights" | "distance" | "seed"> {
  /** K x d centers, as points. Default: all at the mean, where annealing starts. */
  centers?: Points;
  /** The beta whose policy is taken, in 1 / squared data units. */
  beta?: number;
}

/** What one step of annealing did. Lengths and betas are in the data's units. */
export interface AnnealStep {
  /** One beta, fresh starts (k-means++, or pairs of centers), a polish at beta = infinity, or a relocation of centers. */
  phase: "anneal" | "restart" | "polish" | "relocate";
  /** Inverse temperature of this step; Infinity for all but `anneal`. */
  beta: number;
  /** F at this beta, in squared data units. */
  freeEnergy: number;
  /** Soft distortion at this beta, sum over i, j of rho_i pi(j|i) dbar_ij; with beta = Infinity the hard one. */
  distortion: number;
  /** How many centers are distinct: farther apart than a hundredth of the data's standard deviation. */
  distinctCenters: number;
  /** K x d centers at the end of the step. */
  centers: number[][];
  /** Passes over the points that the step took. */
  sweeps: number;
  /** Mean distance that the centers moved. */
  movement: number;
  /** The critical beta seen from here: where these centers stop being stable; null if not computed. */
  criticalBeta: number | null;
  /** Theorem 3: the smallest eigenvalue of I - 2 beta P^(-1/2) Delta P^(-1/2); null if not computed. */
  delta: number | null;
  /** Theorem 3: an upper bound on ||dY/dbeta||; Infinity where delta <= 0, null if not computed. */
  sensitivityBound: number | null;
}

/** Centers that split as beta grew. */
export interface PhaseTransition {
  /** The beta at which the split was first seen. */
  beta: number;
  /** Distinct centers before and after. */
  before: number;
  after: number;
  /** The critical beta predicted from the state just before; null if not computed (`sensitivity: false`). */
  predicted: number | null;
}

/** What `anneal` returns. */
export interface AnnealResult {
  /** K arrays of d coordinates. */
  centers: number[][];
  /** N prescribed clusters: argmin_j dbar_ij, ties to the lowest index. */
  labels: Int32Array;
  /** N x K row-major, pi(j|i) at `beta`; only when asked for. */
  policy?: Float64Array;
  /** sum_i rho_i dbar(i, label_i) at the returned centers, in squared data units. */
  distortion: number;
  /** F at `beta`. */
  freeEnergy: number;
  /** The last finite beta; the policy belongs to it. */
  beta: number;
  /** Realized mass of each cluster: sum_i rho_i p(k | label_i, i). */
  masses: number[];
  /** Prescribed mass of each cluster: sum of rho_i over label_i = j. May be 0 (twins at high kappa). */
  prescribedMasses: number[];
  phaseTransitions: PhaseTransition[];
  steps: AnnealStep[];
  /** Passes over the points, all together. */
  sweeps: number;
  /** Why it stopped: the policy is hard, `betaEnd` is reached, or there was nothing to anneal; `running` midway. */
  stopped: "hard" | "betaEnd" | "trivial" | "running";
  /** The autonomy it was solved for, so that `predict` needs nothing else. */
  autonomy: Autonomy;
  seed: number;
}

/** Distortion with and without knowledge of the autonomy: what it costs to ignore it. */
export interface IgnoredComparison {
  /** Distortion under the true autonomy at centers solved for obedient entities, labels chosen anew. */
  distortion: number;
  /** Those centers. */
  centers: number[][];
  /** distortion / aware distortion - 1, in percent. */
  excessPercent: number;
}

// Bandit clustering

/** How a bandit chooses the arms to pull. */
export type BanditAllocation = "representatives" | "tracking" | "lazy" | "uniform" | "oracle";

/** When a bandit stops. */
export type BanditStopping = "pairwise" | "exact" | "heuristic" | "either";

/** Arms, their clusters and the clusters' mean vectors. */
export interface BanditInstance {
  /** One entry an arm, 0..K-1, every cluster at least once. */
  labels: ArrayLike<number>;
  /** K rows of d coordinates. */
  centers: Points;
}

/** Options of `bandit`. */
export interface BanditOptions {
  /** M, the number of arms. */
  arms: number;
  /** d, the number of coordinates of an observation. */
  dimensions: number;
  /** K, the number of clusters, 1 <= K <= M: known, and none of them empty. */
  clusters: number;
  /** The chance of a wrong partition that you accept, in (0, 1). */
  delta: number;
  /**
   * - `representatives` (default): sampling made for the pairwise certificate, by far the fewest pulls.
   * - `tracking`: algorithm 1 of Yang, Zhong and Tan, asymptotically optimal.
   * - `lazy`: tracking that re-solves only when the pulls have grown by `refresh`.
   * - `uniform`: each arm in turn. `oracle`: the optimal shares of a known `instance`, for comparison.
   */
  allocation?: BanditAllocation;
  /**
   * - `pairwise` (default): the low-dimensional certificate; the only rule for `representatives`.
   * - `exact`: eq. 8 of the paper, over all ordered pairs of clusters. `either`: both, at delta / 2 each.
   * - `heuristic`: the paper's experiments; it carries no guarantee, and the status says so.
   */
  stopping?: BanditStopping;
  /** With `exact` only: leave out clusters of one arm, as the paper prints it. Wrong with two or more of them. */
  asPrinted?: boolean;
  /** The instance that `oracle` knows. */
  instance?: BanditInstance;
  /** Noise covariance in squared units of the data: one variance for every coordinate, or d x d. Default 1. */
  covariance?: number | readonly (readonly number[])[];
  /** Most pulls of one ask. Default 1. Larger batches keep the guarantee and cost some pulls. */
  batch?: number;
  /** Pulls after which it gives up, at least M. Default: none. */
  maxPulls?: number;
  /** With `lazy` only: the growth of the pulls between two refreshes, above 1. Default 1.05. */
  refresh?: number;
  /** The bandit draws nothing at random: the seed picks the arm that Maximin starts from, seed mod M. Default 0. */
  seed?: number;
}

/**
 * The options that say what a bandit is, defaults filled in: `maxPulls` is Infinity without a budget. `covariance` is
 * one variance where it is the same for every coordinate, to 15 digits.
 */
export type BanditSettings = Required<Omit<BanditOptions, "asPrinted" | "instance">>;

/** What a bandit wants to know next. */
export interface BanditAsk {
  /** Number of this ask, from 0. */
  round: number;
  /** Arms to pull, in order; an arm may repeat. */
  arms: number[];
}

/** Running; stopped by its rule; out of `maxPulls`. */
export type BanditState = "running" | "stopped" | "budget exhausted";

/** What `tell` returns. */
export interface BanditProgress {
  state: BanditState;
  /** Asks told so far. */
  round: number;
  /** Observations told so far. */
  pulls: number;
  /** True once the partition is right with probability at least 1 - delta. */
  certified: boolean;
}

/** The certificate. */
export interface BanditStatus extends BanditProgress {
  allocation: BanditAllocation;
  stopping: BanditStopping;
  delta: number;
  /** `delta`: a wrong partition has at most this chance. `none`: the rule (heuristic, or as printed) promises nothing. */
  guarantee: "delta" | "none";
  /**
   * What the rule looks at. Under `pairwise`, the smallest share of its threshold among the tests still
   * needed; under `exact` and `heuristic`, Z of the last test; under `either`, the larger share of the two.
   */
  statistic: number;
  /** It stops when `statistic` reaches this: 1 under `pairwise` and `either`. */
  threshold: number;
  /** Pulls of every arm. */
  pullCounts: number[];
  /** The partition as it stands, 0..K-1 an arm; null while it has none. */
  labels: number[] | null;
  /** Pull-weighted means under these labels, in units of the data; null while there are no labels. */
  centers: number[][] | null;
  /** D* estimated at these centers; Infinity where two of them coincide, null while there are no labels. */
  hardness: number | null;
  /** Pulls that any method needs on average at that hardness and this delta. */
  lowerBound: number | null;
}

/** What `hardness` returns. */
export interface BanditHardness {
  /** D*: every method needs at least d_KL(delta, 1 - delta) D* pulls on average. */
  hardness: number;
  /** lambda*: the optimal share of the pulls, one an arm, summing to 1. */
  allocation: number[];
  /** w*: the same, summed over each cluster. */
  clusterAllocation: number[];
}

/** What `kmeans` returns. */
export interface KMeansResult {
  /** One an entity, 0..K-1; no cluster is empty. */
  labels: Int32Array;
  /** K weighted means. */
  centers: number[][];
  /** Passes of Lloyd's iteration. */
  iterations: number;
}

/** Options of `simulateBandit`. */
export interface BanditSimulationOptions {
  /** The true instance. */
  instance: BanditInstance;
  /** Every delta to record; one run serves all of them, except with `representatives`. */
  deltas: readonly number[];
  allocation?: BanditAllocation;
  /** Every rule to record, "printed" being `exact` as the paper prints it. Default `["pairwise"]`. */
  stopping?: readonly (BanditStopping | "printed")[];
  trials?: number;
  /** The first trial's number, for splitting a simulation. Default 0. */
  firstTrial?: number;
  covariance?: number | readonly (readonly number[])[];
  batch?: number;
  maxPulls?: number;
  refresh?: number;
  seed?: number;
}

/** One stopping time of one trial. */
export interface BanditOutcome {
  trial: number;
  stopping: BanditStopping | "printed";
  delta: number;
  /** Pulls until it stopped, or null: not within `maxPulls`. */
  pulls: number | null;
  /** Whether its partition was the true one. */
  correct: boolean;
}

// Learning: the questions of wayward/aden, and answers, which solver.learner takes too.

/** A question to the world: prescribe these clusters to these entities, and tell what happened. */
export interface AdenAsk {
  /** Pass it to `tell`. `ask()` repeats the same question until it is told. */
  round: number;
  /** Rows of the points; may repeat. */
  entities: Int32Array;
  /** The cluster prescribed to each entry of `entities`. */
  prescribed: Int32Array;
  /** The center set in force for each entry: an index into `centers`. */
  sets: Int32Array;
  /** Center sets, each K x d: ADEN asks about several at once. */
  centers: number[][][];
  /** How many independent realizations of each entry are wanted. */
  realizations: number;
}

/**
 * The world's answer, one number an entry of `entities`; to ADEN `realizations` numbers for entry 0, then for
 * entry 1, and so on. Realized clusters, or what each realization cost (squared data units); ADEN takes one mean
 * cost an entry, too.
 */
export type LearnerAnswer = { realized: ArrayLike<number> } | { costs: ArrayLike<number> };

/** Unsolicited data: one row each time an entity was prescribed a cluster. */
export interface AdenObservation {
  entity: number;
  prescribed: number;
  /** The cluster it realized, if seen. */
  realized?: number;
  /** What that cost, if the cluster was not seen. */
  cost?: number;
  /** K x d centers in force at the time; default: the learner's current ones. */
  centers?: readonly (readonly number[])[];
}

/** What one round of learning did. */
export interface AdenStep {
  round: number;
  /** Rounds in all; more once fresh asks have contradicted the network and training goes on. */
  rounds: number;
  phase: "warmup" | "learn" | "check";
  /** Inverse temperature in 1 / squared data units. */
  beta: number;
  /** Loss of the round's training step, before the step; 0 while checking. */
  loss: number;
  /** Lowest learned free energy of any chain, in squared data units; null before the centers first move. */
  freeEnergy: number | null;
  /** Realizations or costs observed so far. */
  interactions: number;
  /** K x d centers of the best guess so far. */
  centers: number[][];
}

/** What a learner returns. */
export interface LearnedSolution {
  /** K arrays of d coordinates. */
  centers: number[][];
  /** N prescribed clusters: argmin_j of the learned average distance, ties to the lowest index. */
  labels: Int32Array;
  /** The learned estimate of the distortion at `centers` and `labels`, in squared data units. */
  distortion: number;
  /** Realizations or costs observed. */
  interactions: number;
  rounds: number;
  seed: number;
}

/*
 * Learning: the autonomy is unknown.
 */

/** Rows of a log: what entities were prescribed and what they realized, while one set of centers was in force. */
export interface LogRows {
  /** Row indices of the points, 0..N-1. */
  entities: ArrayLike<number>;
  /** The cluster that each was prescribed, 0..K-1. */
  prescribed: ArrayLike<number>;
  /** The cluster that each realized, 0..K-1. */
  realized: ArrayLike<number>;
  /** K x d centers that were in force; needed for autonomy that depends on them. */
  centers?: Points;
}

/** Options of `fitAutonomy`. */
export interface FitOptions {
  /** K; may be left out if the log has centers. */
  clusters?: number;
  /** The entities' points, N x d; without them gamma cannot be estimated. */
  points?: Points;
  /** Known groups: one integer from 0 an entity. Adds the model `groups`. */
  groups?: ArrayLike<number>;
  /** Models to fit; default: all that the log allows. */
  models?: readonly FittedModelName[];
  /** Share of rows kept out of the fit to compare models; default 0.2. */
  heldOut?: number;
  /** Draws the held-out rows; default 0. */
  seed?: number;
}

/**
 * What a log can be explained by, from the fewest parameters to the most: obedience; the softmax family; one
 * table; one table a group; one table an entity, shrunk towards its group's, or where none are given, towards
 * those of groups that the log reveals.
 */
export type FittedModelName = "none" | "softmax" | "table" | "groups" | "entities";

/** An estimate with its 95% interval. */
export interface FittedParameter {
  /** Maximum likelihood; may be slightly negative where the truth is 0. */
  estimate: number;
  /** From the observed information; Infinity where the log says nothing. */
  standardError: number;
  /** 95% interval. Where one end is 0 or Infinity, the other is a one-sided 95% bound. */
  interval: [number, number];
  /** False if the log bounds it from one side only, or not at all. */
  identified: boolean;
}

/** One model of the autonomy, fitted to a log. */
export interface FittedModel {
  name: FittedModelName;
  /** Ready for `anneal`. Where all other clusters are chosen alike, a very high temperature stands for that. */
  autonomy: Autonomy;
  /** Mean log-likelihood of a held-out row, in nats, fitted without those rows. */
  heldOut: number;
  /** By how much it falls short of the best model's, and the standard error of that difference. */
  deficit: number;
  deficitError: number;
  /** `softmax`: kappa, centerRate = zeta / T, entityRate = gamma / T, and T with zeta = 1. */
  parameters?: Record<"kappa" | "centerRate" | "entityRate" | "temperature", FittedParameter>;
  /** `table`, `groups`: one an entry of `autonomy.probabilities`. */
  standardErrors?: Float64Array;
}

/** What `fitAutonomy` returns. */
export interface FittedAutonomy {
  /** The simplest model within two standard errors of the best held-out likelihood. */
  recommended: FittedModelName;
  /** Its autonomy. */
  autonomy: Autonomy;
  /** Every model that was fitted, simplest first. */
  models: FittedModel[];
  /** Rows in the log. */
  rows: number;
  /** Prescriptions that never occur in the log: their rows are uniform, with the widest error. */
  unseen: number[];
}

/** Which realizations `simulate` draws. */
export interface SimulateOptions {
  /** Rows of the points, from 0; may repeat. */
  entities: ArrayLike<number>;
  /** The cluster prescribed to each of them, from 0 to K - 1. */
  prescribed: ArrayLike<number>;
  /** Draw n of a call depends on (seed, round, n) alone; both default to 0. */
  seed?: number;
  round?: number;
}

/** `auto` learns by counts and parametrically, and goes by the one that predicts better. */
export type LearningMethod = "auto" | "counts" | "parametric" | "qlearning";

/** Options of `learner` and `learn`. */
export interface LearnerOptions {
  /** K, the number of clusters: 1 <= K <= N. */
  clusters: number;
  /** Default `auto`. */
  method?: LearningMethod;
  /** Budget: realizations to ask for; default 100 N. `ask` returns null once it is spent. */
  interactions?: number;
  /** Entities in a round; default 256. */
  batch?: number;
  /** Share of asks whose prescription is drawn uniformly; default 0.1, with `qlearning` 0. */
  epsilon?: number;
  /** rho: one positive weight an entity; entities are drawn by it. Default all equal. */
  weights?: ArrayLike<number>;
  /** Known groups of entities that behave alike: one integer from 0 an entity. Default: up to 32 are found by `counts`. */
  groups?: ArrayLike<number>;
  /** Share of the counts forgotten whenever the centers are renewed; default 0. For worlds that change. */
  forgetting?: number;
  /** Most rows that `parametric` remembers; default 200,000. The oldest rounds go first. */
  memory?: number;
  /** Effort of each annealing; default `normal`. */
  effort?: "normal" | "high";
  /** Default 0. */
  seed?: number;
}

/** What the learner wants to know: prescribe these entities these clusters, under these centers. */
export interface LearnerAsk {
  /** Pass it to `tell`. `ask()` repeats the same question until it is told. */
  round: number;
  /** Row indices of the points; an entity may come more than once. */
  entities: Int32Array;
  /** The cluster prescribed to each of them. */
  prescribed: Int32Array;
  /** K x d centers in force. */
  centers: number[][];
}

/** The world as a callback: people, a service, a simulator. */
export type World = (ask: LearnerAsk, context: { signal?: AbortSignal }) => LearnerAnswer | Promise<LearnerAnswer>;

/** A world inside the core: realizations are drawn from this autonomy. */
export interface SimulatedWorld {
  simulate: Autonomy;
  /** Default 0. */
  seed?: number;
}

/** Options of `learn`. */
export interface LearnOptions extends LearnerOptions {
  world: World | SimulatedWorld;
  signal?: AbortSignal;
  /** Called after every round; a simulated world may make many rounds at once. */
  onStep?: (step: LearnerStep) => void;
}

/** Where learning stands after a round. */
export interface LearnerStep {
  /** Rounds told. */
  round: number;
  /** Realizations or costs told. */
  interactions: number;
  /** Which method the centers are from. */
  method: Exclude<LearningMethod, "auto">;
  /** K x d centers in force. */
  centers: number[][];
}

/** What a learner knows. */
export interface LearnedResult extends LearnedSolution {
  /** The learned autonomy, ready for `anneal` and `predict`; null with `qlearning`, which learns costs only. */
  autonomy: Autonomy | null;
  /** The method that the solution is from. */
  method: Exclude<LearningMethod, "auto">;
  /** `auto`: mean log-likelihood of recent realizations under each model, before it had seen them; null until known. */
  heldOut: { counts: number; parametric: number } | null;
  /** Rows that came by `observe`. */
  observed: number;
}
