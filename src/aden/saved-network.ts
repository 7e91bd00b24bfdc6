import { WaywardError } from "../errors.js";
import { decodeState, encodeState } from "../state.js";
import { type Architecture, checkArchitecture, weightCount } from "./parameters.js";
import type { Units } from "./problem.js";

/** A trained network as `save` writes it. */
export interface SavedNetwork {
  architecture: Architecture;
  units: Units;
  weights: Float64Array;
  /** Training steps behind it. */
  steps: number;
}

export function packNetwork({ weights, ...json }: SavedNetwork): Uint8Array {
  return encodeState("aden", { kind: "network", ...json }, weights);
}

/**
 * Trusts nothing in the bytes: they may come from anywhere, and a checksum is easily made.
 *
 * @throws WaywardError `state` if they are no saved network
 */
export function unpackNetwork(bytes: Uint8Array): SavedNetwork {
  const { json, numbers: weights } = decodeState("aden", bytes);
  const { kind, architecture, units, steps } = (json ?? {}) as Partial<SavedNetwork> & { kind?: unknown };
  if (kind !== "network") refuse(`holds a ${kind}, expected a network`);
  const checked = architectureOf(architecture);
  const expected = weightCount(checked);
  if (weights.length !== expected) refuse(`${weights.length} weights, expected ${expected}`);
  const wrong = weights.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0) refuse(`weight ${wrong} is ${weights[wrong]}, expected a finite number`);
  if (!(Number.isSafeInteger(steps) && steps! >= 0))
    refuse(`${steps} training steps, expected an integer of at least 0`);
  return { architecture: checked, units: unitsOf(units, checked.dimensions), weights, steps: steps! };
}

function architectureOf(architecture: unknown): Architecture {
  try {
    return checkArchitecture((architecture ?? {}) as Partial<Architecture>);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function unitsOf(units: Partial<Units> | undefined, dimensions: number): Units {
  const { mean, scale } = units ?? {};
  if (!(Array.isArray(mean) && mean.length === dimensions && mean.every(Number.isFinite))) {
    return refuse(`the units' mean is ${mean}, expected ${dimensions} finite numbers`);
  }
  if (!(typeof scale === "number" && scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    return refuse(`the units' scale is ${scale}, expected a positive number`);
  }
  return { mean, scale };
}

function refuse(reason: string): never {
  throw new WaywardError("state", `saved state: ${reason}`);
}
