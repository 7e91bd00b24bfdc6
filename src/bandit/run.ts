import type { Core } from "../core/memory.js";
import { expectRoom, hardness, paddedWidth } from "./instance.js";
import { ALLOCATIONS, type CheckedOptions } from "./options.js";

/** The core's numbering of stopping rules: assembly/bandit/state.ts. */
const RULES = { pairwise: 0, exact: 1, heuristic: 2, printed: 3 } as const;

/** One stopping rule, as the core knows them. */
export interface Rule {
  kind: keyof typeof RULES;
  delta: number;
}

/**
 * Lays a bandit out in a fresh core, with its rules, ready for the first ask.
 *
 * @param spare a second core, for solving the oracle's instance
 * @returns its pointer
 */
export function createRun(core: Core, options: CheckedOptions, rules: readonly Rule[], spare: () => Core): number {
  const { arms, dimensions, clusters, batch } = options;
  const allocation = ALLOCATIONS.indexOf(options.allocation);
  const certificates = rules.filter((rule) => rule.kind === "pairwise").length;
  expectRoom(core, arms, dimensions, clusters, batch);
  const bytes = core.exports.banditBytes(arms, dimensions, clusters, allocation, batch, certificates);
  const start = core.reserve(bytes >>> 0);
  const pointer = core.run((exports) =>
    exports.banditCreate(start, arms, dimensions, clusters, allocation, batch, certificates),
  );
  for (const { kind, delta } of rules) core.run((exports) => exports.banditAddRule(pointer, RULES[kind], delta));
  core.run((exports) => exports.banditLimits(pointer, options.maxPulls, options.refresh, options.seed % arms));
  if (options.whitening) {
    core.f64(core.exports.banditWhitening(pointer), dimensions * dimensions).set(options.whitening);
  }
  if (options.instance) writeOracle(core, pointer, options, spare());
  core.run((exports) => exports.banditRestart(pointer));
  return pointer;
}

function writeOracle(core: Core, pointer: number, options: CheckedOptions, spare: Core): void {
  const { instance, arms, clusters, dimensions, whitening } = options;
  if (!instance) return;
  const { labels } = instance;
  const centers = whitening ? whiten(instance.centers, whitening, dimensions) : instance.centers;
  const { clusterAllocation } = hardness(spare, { labels, centers: { data: centers, dimensions } });
  const sizes = new Float64Array(clusters);
  for (const label of labels) sizes[label]++;
  core.i32(core.exports.banditOracleLabels(pointer), arms).set(labels);
  core.f64(core.exports.banditOracleWeights(pointer), clusters).set(clusterAllocation);
  core.f64(core.exports.banditOracleSizes(pointer), clusters).set(sizes);
}

/** L^-1 of every row. */
export function whiten(rows: Float64Array, factor: Float64Array, dimensions: number): Float64Array {
  const whitened = Float64Array.from(rows);
  for (let start = 0; start < rows.length; start += dimensions) {
    for (let row = 0; row < dimensions; row++) {
      let value = whitened[start + row];
      for (let column = 0; column < row; column++)
        value -= factor[row * dimensions + column] * whitened[start + column];
      whitened[start + row] = value / factor[row * dimensions + row];
    }
  }
  return whitened;
}

/** L of a row: back to the units of the data. */
function unwhiten(row: readonly number[], factor: Float64Array | undefined): number[] {
  if (!factor) return [...row];
  const dimensions = row.length;
  return row.map((_, index) => {
    let value = 0;
    for (let column = 0; column <= index; column++) value += factor[index * dimensions + column] * row[column];
    return value;
  });
}

/** K x d centers of the last report, in units of the data. */
export function readCenters(core: Core, pointer: number, options: CheckedOptions): number[][] {
  const { clusters, dimensions, whitening } = options;
  const width = paddedWidth(dimensions);
  const data = core.f64(core.exports.banditReportCenters(pointer), clusters * width);
  return Array.from({ length: clusters }, (_, cluster) =>
    unwhiten(Array.from(data.subarray(cluster * width, cluster * width + dimensions)), whitening),
  );
}
