import { type CheckedAutonomy, checkAutonomy } from "../autonomy.js";
import { expectInput, expectOptions } from "../errors.js";
import { type CheckedPoints, checkClusters, checkPoints, checkSeed, checkWeights } from "../points.js";
import type { AnnealOptions } from "../types.js";

/** Options after the check, defaults filled in. */
export interface Settings {
  clusters: number;
  autonomy: CheckedAutonomy;
  weights: Float64Array | null;
  exact: boolean;
  schedule: "auto" | "geometric";
  betaStart: number | null;
  betaEnd: number | null;
  betaGrowth: number;
  effort: "normal" | "high";
  tolerance: number;
  maxIterations: number;
  initialCenters: Float64Array | null;
  seed: number;
  sensitivity: boolean;
  policy: boolean;
}

const NAMES: readonly string[] = [
  "clusters",
  "autonomy",
  "weights",
  "distance",
  "gradient",
  "schedule",
  "betaStart",
  "betaEnd",
  "betaGrowth",
  "effort",
  "tolerance",
  "maxIterations",
  "initialCenters",
  "seed",
  "sensitivity",
  "policy",
] satisfies (keyof AnnealOptions)[];

/**
 * @param shards they hold weights and groups, not the caller
 * @param anyRows fewer rows than clusters will do: nothing is to be solved
 * @throws WaywardError `input` naming the option, its value and what was expected
 */
export function checkOptions(
  options: AnnealOptions,
  points: Omit<CheckedPoints, "data">,
  { shards = false, anyRows = false } = {},
): Settings {
  expectOptions(options, NAMES);
  const { clusters, schedule = "auto", seed = 0 } = options;
  checkClusters(clusters, anyRows ? Number.MAX_SAFE_INTEGER : points.rows);
  expectInput(
    !shards || options.weights === undefined,
    () => "weights are given, expected none: the shards hold their own",
  );
  oneOf("schedule", schedule, ["auto", "geometric"]);
  oneOf("gradient", options.gradient ?? "exact", ["exact", "fixedPoint"]);
  oneOf("effort", options.effort ?? "normal", ["normal", "high"]);
  oneOf("distance", options.distance ?? "squaredEuclidean", ["squaredEuclidean"]);
  checkSeed(seed);
  const geometric = schedule === "geometric";
  for (const name of ["betaStart", "betaEnd", "betaGrowth", "initialCenters"] as const) {
    expectInput(
      geometric || options[name] === undefined,
      () => `${name} is set, expected schedule: "geometric" with it (schedule is "auto", which needs no knob)`,
    );
  }
  positive("betaStart", options.betaStart);
  positive("betaEnd", options.betaEnd);
  positive("tolerance", options.tolerance);
  for (const name of ["sensitivity", "policy"] as const) oneOf(name, options[name] ?? false, [true, false]);
  const { betaStart = null, betaEnd = null, betaGrowth = 1.1 } = options;
  expectInput(
    Number.isFinite(betaGrowth) && betaGrowth > 1,
    () => `betaGrowth is ${betaGrowth}, expected a finite number above 1`,
  );
  expectInput(
    betaStart === null || betaEnd === null || betaEnd >= betaStart,
    () => `betaEnd is ${betaEnd}, expected at least betaStart = ${betaStart}`,
  );
  const { maxIterations = geometric ? 100 : 60 } = options;
  expectInput(
    Number.isInteger(maxIterations) && maxIterations >= 1,
    () => `maxIterations is ${maxIterations}, expected an integer of at least 1`,
  );
  return {
    clusters,
    autonomy: checkAutonomy(options.autonomy, clusters, shards ? 0 : points.rows),
    weights: options.weights === undefined ? null : checkWeights(options.weights, points.rows),
    exact: options.gradient !== "fixedPoint",
    schedule,
    betaStart,
    betaEnd,
    betaGrowth,
    effort: options.effort ?? "normal",
    tolerance: options.tolerance ?? (geometric ? 1e-10 : 1e-3),
    maxIterations,
    initialCenters: options.initialCenters ? checkCenters(options.initialCenters, clusters, points.dimensions) : null,
    seed,
    sensitivity: options.sensitivity ?? geometric,
    policy: options.policy ?? false,
  };
}

/** Centers as points, K x d. */
export function checkCenters(
  centers: NonNullable<AnnealOptions["initialCenters"]>,
  clusters: number | null,
  dimensions: number,
): Float64Array {
  const checked = checkPoints(centers, "centers");
  expectInput(
    clusters === null || checked.rows === clusters,
    () => `centers: ${checked.rows} rows, expected ${clusters}, one a cluster`,
  );
  expectInput(
    checked.dimensions === dimensions,
    () => `centers: ${checked.dimensions} columns, expected ${dimensions} as the points have`,
  );
  return Float64Array.from(checked.data);
}

function oneOf<T extends string | boolean>(name: string, value: T, allowed: readonly T[]): void {
  expectInput(
    allowed.includes(value),
    () => `${name} is ${JSON.stringify(value)}, expected ${allowed.map((v) => JSON.stringify(v)).join(" or ")}`,
  );
}

function positive(name: string, value: number | undefined): void {
  expectInput(
    value === undefined || (Number.isFinite(value) && value > 0),
    () => `${name} is ${value}, expected a positive finite number`,
  );
}
