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
  /** One entry per entity: the index of its table. */
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
  /** Relative tolerance of the minimization at each beta. Default 1e-3 (`auto`), 1e-6 (`geometric`). */
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
  /** One beta, a fresh k-means++ start (`effort: "high"`), a polish at beta = infinity, or a relocation of centers. */
  phase: "anneal" | "restart" | "polish" | "relocate";
  /** Inverse temperature of this step; Infinity for all but `anneal`. */
  beta: number;
  /** F at this beta, in squared data units. */
  freeEnergy: number;
  /** Soft distortion at this beta: sum over i, j of rho_i pi(j|i) dbar_ij. */
  distortion: number;
  /** How many centers are distinct. */
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
  /** The critical beta predicted from the state just before. */
  predicted: number;
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
  /** Why it stopped. */
  stopped: "hard" | "betaEnd" | "trivial";
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

// Learning: shared by solver.learner and wayward/aden.

/** A question to the world: prescribe these clusters to these entities, and tell what happened. */
export interface LearnerAsk {
  /** Pass it to `tell`. `ask()` repeats the same question until it is told. */
  round: number;
  /** Rows of the points; may repeat. */
  entities: Int32Array;
  /** The cluster prescribed to each entry of `entities`. */
  prescribed: Int32Array;
  /** The center set in force for each entry: an index into `centers`. */
  sets: Int32Array;
  /** Center sets, each K x d. One for Q-learning; ADEN asks about several at once. */
  centers: number[][][];
  /** How many independent realizations of each entry are wanted. */
  realizations: number;
}

/**
 * The world's answer: `realizations` numbers an entry, entry by entry. Realized clusters, or what
 * each realization cost (squared data units); for costs one mean an entry will do.
 */
export type LearnerTell = { realized: ArrayLike<number> } | { costs: ArrayLike<number> };

/** Unsolicited data: one row each time an entity was prescribed a cluster. */
export interface LearnerObservation {
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
export interface LearnerStep {
  round: number;
  /** Rounds in all, if no budget ends them sooner. */
  rounds: number;
  phase: "warmup" | "learn" | "check";
  /** Inverse temperature in 1 / squared data units. */
  beta: number;
  /** Loss of the round's training step, before the step. */
  loss: number;
  /** Realizations or costs observed so far. */
  interactions: number;
  /** K x d centers of the best guess so far. */
  centers: number[][];
}

/** What a learner returns. */
export interface LearnedResult {
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
