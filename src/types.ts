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
 * table; one table a group; one table an entity, shrunk towards its group's.
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
  /** Ready for `anneal`. */
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
  /** The simplest model within one standard error of the best held-out likelihood. */
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
  entities: ArrayLike<number>;
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
  /** Known groups of entities that behave alike: one integer from 0 an entity. Counts are shrunk towards them. */
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
  round: number;
  /** Row indices of the points; an entity may come more than once. */
  entities: Int32Array;
  prescribed: Int32Array;
  /** K x d centers in force. */
  centers: number[][];
}

/**
 * What happened, one number an entry of the ask: the clusters realized, or, where only those are seen, the
 * costs (squared distances to the realized centers, in squared data units).
 */
export type LearnerAnswer = { realized: ArrayLike<number> } | { costs: ArrayLike<number> };

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
export interface LearnedResult {
  /** K arrays of d coordinates. */
  centers: number[][];
  /** N prescribed clusters: argmin_j of the learned average distance, ties to the lowest index. */
  labels: Int32Array;
  /** The learned estimate of the distortion at `centers` and `labels`, in squared data units. */
  distortion: number;
  /** The learned autonomy, ready for `anneal` and `predict`; null with `qlearning`, which learns costs only. */
  autonomy: Autonomy | null;
  /** The method that the solution is from. */
  method: Exclude<LearningMethod, "auto">;
  /** `auto`: mean log-likelihood of recent realizations under each model, before it had seen them; null until known. */
  heldOut: { counts: number; parametric: number } | null;
  /** Realizations or costs told to asks. */
  interactions: number;
  /** Rows that came by `observe`. */
  observed: number;
  rounds: number;
  seed: number;
}
