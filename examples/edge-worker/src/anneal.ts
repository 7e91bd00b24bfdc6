import type { AnnealOptions, Points } from "wayward";
import { HttpError } from "./answers.js";
import { type JsonObject, readJson } from "./body.js";
import { expectAtMost, LIMITS } from "./limits.js";
import { solver } from "./solver.js";

/** The options that cannot make a run longer than the data do. */
const OPTIONS = ["clusters", "autonomy", "weights", "seed"];

/** POST /anneal: { points, clusters, autonomy?, weights?, seed? } -> centers, labels, costs. */
export async function anneal(request: Request): Promise<unknown> {
  const { points, ...options } = await readJson(request);
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new HttpError(400, "input", `${unknown} is not an option, expected ${OPTIONS.join(", ")}`);
  expectSmall(points, options);
  const result = solver.anneal(points as Points, options as unknown as AnnealOptions);
  const { labels, policy: _policy, steps, autonomy: _autonomy, ...rest } = result;
  return { labels: Array.from(labels), ...rest, steps: steps.length };
}

/** What is no list is none of these checks' business: wayward refuses it. */
function expectSmall(points: unknown, { clusters, autonomy }: JsonObject): void {
  const { rows, dimensions, pairs, tables } = LIMITS.anneal;
  expectAtMost("clusters", clusters, LIMITS.anneal.clusters);
  if (Array.isArray(points)) {
    expectAtMost("the number of points", points.length, rows);
    expectAtMost("the number of coordinates", points[0]?.length, dimensions);
    expectAtMost("points x clusters", points.length * Number(clusters), pairs);
  }
  const probabilities = (autonomy as JsonObject | undefined)?.probabilities;
  if (Array.isArray(probabilities)) {
    expectAtMost("the number of tables", probabilities.flat(2).length / Number(clusters) ** 2, tables);
  }
}
