import { Annealer } from "../anneal/annealer.js";
import { checkAutonomy } from "../autonomy.js";
import type { Core } from "../core/memory.js";
import type { CheckedPoints } from "../points.js";
import type { AnnealOptions, Autonomy } from "../types.js";
import { Choice } from "./choice.js";
import { Counts } from "./counts.js";
import { IMPOSSIBLE } from "./fit.js";
import { History } from "./history.js";
import type { CheckedLog } from "./log.js";
import type { LearnerSettings } from "./settings.js";
import { World } from "./world.js";

/** The problem is solved anew when the data have grown by this factor. */
const GROWTH = 1.4;
/** Share of the evidence for or against a model that is kept at every new solution: what counts is recent. */
const KEPT = 0.5;
/** Fresh centers replace the old ones, polished, when they cost less by this share: people have got used to those. */
const WORTH = 1e-4;
/** beta of a polish, over 1 / D. */
const HARD = 1e4;

type Rows = Pick<CheckedLog, "entities" | "prescribed" | "realized">;

/** Centers and labels in force, and the autonomy they were annealed for. */
export interface Solution {
  centers: number[][];
  labels: number[];
  distortion: number;
  autonomy: Autonomy;
  method: "counts" | "parametric";
  /** Of the policy that asks. */
  beta: number;
}

/** What the models said of realizations that they had not seen: sums over rows, old ones fading. */
interface Scores {
  rows: number;
  counts: number;
  parametric: number;
  /** Of the difference, counts - parametric. */
  squares: number;
}

/** Learning by a model of the autonomy: learn it from rows, anneal with it, now and then. */
export class Model {
  readonly #freshCore: () => Core;
  readonly #points: CheckedPoints;
  readonly #settings: LearnerSettings;
  readonly #counts: Counts | null;
  readonly #history: History | null;
  #world: World | null = null;
  #parametric: Autonomy | null = null;
  #scores: Scores = { rows: 0, counts: 0, parametric: 0, squares: 0 };
  #rows = 0;
  #solves = 0;
  #solveAt: number;
  solution: Solution;

  constructor(freshCore: () => Core, points: CheckedPoints, settings: LearnerSettings, solution?: Solution) {
    const { method, clusters, groups, memory } = settings;
    this.#freshCore = freshCore;
    this.#points = points;
    this.#settings = settings;
    this.#counts = method === "parametric" ? null : new Counts(freshCore(), points.rows, clusters, groups);
    this.#history = method === "counts" ? null : new History(memory, clusters * points.dimensions);
    this.#solveAt = Math.max(4 * clusters * clusters, 64);
    this.solution = solution ?? this.#anneal({ kind: "none" }, method === "counts" ? "counts" : "parametric");
  }

  /** Learns rows made under these centers; true if the solution was renewed. */
  learn(rows: Rows, centers: Float64Array, last: boolean): boolean {
    if (this.#settings.method === "auto" && this.#parametric) this.#score(rows, centers);
    this.#counts?.add(rows);
    this.#history?.add(rows, centers);
    this.#rows += rows.entities.length;
    if (!last && this.#rows < this.#solveAt) return false;
    this.#solve();
    this.#solveAt = Math.ceil(GROWTH * this.#rows);
    return true;
  }

  /** dbar_ij under the learned autonomy at the centers in force, N x K. */
  prices(): Float64Array {
    const { clusters } = this.#settings;
    const { autonomy, centers } = this.solution;
    const world = new World(
      this.#freshCore(),
      this.#points,
      clusters,
      checkAutonomy(autonomy, clusters, this.#points.rows),
    );
    world.setCenters(centers.flat());
    return world.prices(clusters);
  }

  /** Mean log-likelihood of recent rows before they were learned. */
  get heldOut(): { counts: number; parametric: number } | null {
    const { rows, counts, parametric } = this.#scores;
    return rows > 0 ? { counts: counts / rows, parametric: parametric / rows } : null;
  }

  save(): { json: unknown; numbers: number[] } {
    return {
      json: {
        solution: this.solution,
        parametric: this.#parametric,
        scores: this.#scores,
        rows: this.#rows,
        solveAt: this.#solveAt,
        solves: this.#solves,
      },
      numbers: [...(this.#counts?.save() ?? []), ...(this.#history?.save() ?? [])],
    };
  }

  static restore(
    freshCore: () => Core,
    points: CheckedPoints,
    settings: LearnerSettings,
    json: unknown,
    numbers: Float64Array,
  ): Model {
    const state = json as {
      solution: Solution;
      parametric: Autonomy | null;
      scores: Scores;
      rows: number;
      solveAt: number;
      solves: number;
    };
    const solution = { ...state.solution, autonomy: typed(state.solution.autonomy) };
    const model = new Model(freshCore, points, settings, solution);
    model.#parametric = state.parametric;
    model.#scores = state.scores;
    model.#rows = state.rows;
    model.#solveAt = state.solveAt;
    model.#solves = state.solves;
    const used = model.#counts?.restore(numbers) ?? 0;
    model.#history?.restore(numbers.subarray(used));
    return model;
  }

  #score(rows: Rows, centers: Float64Array): void {
    const counts = this.#counts!.logLikelihood(rows);
    const parametric = this.#parametricLikelihood(rows, centers);
    const scores = this.#scores;
    counts.forEach((value, n) => {
      const byCounts = Math.max(value, IMPOSSIBLE);
      scores.rows++;
      scores.counts += byCounts;
      scores.parametric += parametric[n];
      scores.squares += (byCounts - parametric[n]) ** 2;
    });
  }

  #parametricLikelihood(rows: Rows, centers: Float64Array): Float64Array {
    const { clusters } = this.#settings;
    const autonomy = checkAutonomy(this.#parametric!, clusters, this.#points.rows);
    this.#world ??= new World(this.#freshCore(), this.#points, clusters, autonomy);
    this.#world.setAutonomy(autonomy);
    this.#world.setCenters(centers);
    return this.#world.logLikelihood(rows).map((value) => Math.max(value, IMPOSSIBLE));
  }

  #solve(): void {
    const { clusters, method, forgetting } = this.#settings;
    this.#counts?.fit();
    if (this.#history) {
      const { dimensions } = this.#points;
      const choice = new Choice(this.#freshCore(), this.#history.log(), clusters, dimensions, this.#points);
      this.#parametric = choice.autonomy();
    }
    const chosen = method === "auto" ? this.#better() : method === "counts" ? "counts" : "parametric";
    const autonomy = chosen === "counts" ? this.#counts!.autonomy() : this.#parametric!;
    const before = this.solution.centers;
    const kept = this.#anneal(autonomy, chosen, before);
    this.#solves++;
    const fresh = this.#anneal(autonomy, chosen);
    if (autonomy.kind === "softmax" || autonomy.kind === "none") align(fresh, before);
    this.solution = fresh.distortion < kept.distortion * (1 - WORTH) ? fresh : kept;
    if (forgetting > 0) this.#counts?.forget(1 - forgetting);
    for (const name of ["rows", "counts", "parametric", "squares"] as const) this.#scores[name] *= KEPT;
  }

  /** The parametric model has fewer parameters: counts must predict better by a standard error. */
  #better(): "counts" | "parametric" {
    const { rows, counts, parametric, squares } = this.#scores;
    if (rows === 0) return "parametric";
    const gain = (counts - parametric) / rows;
    const error = Math.sqrt(Math.max(squares / rows - gain * gain, 0) / rows);
    return gain > error ? "counts" : "parametric";
  }

  /** Anneals anew, each time from another seed, or only polishes the centers given. */
  #anneal(autonomy: Autonomy, method: Solution["method"], from?: number[][]): Solution {
    const { clusters, weights, effort, seed } = this.#settings;
    const hard = HARD / Math.max(this.solution?.distortion ?? 1, 1e-200);
    const options: AnnealOptions = {
      clusters,
      autonomy,
      seed: seed + this.#solves,
      ...(weights && { weights }),
      ...(from
        ? { schedule: "geometric", initialCenters: from, betaStart: hard, betaEnd: hard, sensitivity: false }
        : { effort }),
    };
    const annealer = new Annealer(this.#freshCore(), this.#points, options);
    while (annealer.step() !== null);
    const { centers, labels, distortion } = annealer.result();
    return {
      centers,
      labels: Array.from(labels),
      distortion,
      autonomy,
      method,
      beta: this.#explorationBeta(distortion),
    };
  }

  /**
   * Prescriptions are tried that might be the best, as far as data can tell: with n rows a pair, dbar is known
   * to about 1.5 D / sqrt(n), and beta is the inverse of that.
   */
  #explorationBeta(distortion: number): number {
    const perPair = this.#rows / (this.#points.rows * this.#settings.clusters);
    return Math.sqrt(1 + perPair) / (1.5 * Math.max(distortion, 1e-200));
  }
}

/** Where only distances matter, a cluster's number is free: each new center takes that of a near old one. */
function align(solution: Solution, before: number[][]): void {
  const K = before.length;
  const pairs = solution.centers.flatMap((y, k) =>
    before.map((z, l) => ({ k, l, distance: y.reduce((sum, value, c) => sum + (value - z[c]) ** 2, 0) })),
  );
  pairs.sort((p, q) => p.distance - q.distance);
  const numberOf = new Array<number>(K).fill(-1);
  const taken = new Set<number>();
  for (const { k, l } of pairs) {
    if (numberOf[k] >= 0 || taken.has(l)) continue;
    numberOf[k] = l;
    taken.add(l);
  }
  const centers = solution.centers.slice();
  numberOf.forEach((l, k) => {
    solution.centers[l] = centers[k];
  });
  solution.labels = solution.labels.map((label) => numberOf[label]);
}

/** JSON knows no typed arrays. */
function typed(autonomy: Autonomy): Autonomy {
  if (autonomy.kind === "table") {
    return { kind: "table", probabilities: Float64Array.from(autonomy.probabilities as number[]) };
  }
  if (autonomy.kind !== "groups") return autonomy;
  const probabilities = Float64Array.from(autonomy.probabilities as number[]);
  return { kind: "groups", groups: Int32Array.from(autonomy.groups), probabilities };
}
