import { WaywardError } from "../errors.js";
import type { CheckedPoints } from "../points.js";
import { checksum, decodeState, encodeState } from "../state.js";
import type { ToldSet } from "./batches.js";
import type { Candidate } from "./candidates.js";
import type { Direction } from "./field.js";
import type { Feedback } from "./graphs.js";
import type { Architecture } from "./parameters.js";
import type { Units } from "./problem.js";
import type { Recipe } from "./recipe.js";

/** Everything that a learner's next ask and tell depend on. Its numbers are kept in full. */
export interface LearnerState {
  architecture: Architecture;
  units: Units;
  clusters: number;
  feedback: Feedback;
  recipe: Recipe;
  dropout: number;
  seed: number;
  draws: number;
  round: number;
  step: number;
  asked: number;
  observed: number;
  /** Most interactions; null: no bound. */
  budget: number | null;
  /** How often training went on. */
  extensions: number;
  direction: Direction | null;
  trainingSteps: number;
  /** Training steps of the network before this learner. */
  stepsBefore: number;
  chainSteps: number;
  /** weights, first, second, average. */
  training: Float32Array[];
  /** centers, first, second of the chains. */
  chains: Float64Array[];
  memory: readonly ToldSet[];
  memoryNext: number;
  candidates: Pick<Candidate, "polish" | "centers" | "count" | "excess" | "squares">[] | null;
}

/** Which part of the number block each vector is, in order. */
type Lengths = number[];

export function packLearner(state: LearnerState, pointsHash: number): Uint8Array {
  const { training, chains, memory, candidates, ...plain } = state;
  const vectors: ArrayLike<number>[] = [...training, ...chains];
  for (const set of memory) vectors.push(set.centers, set.entities, set.prescribed, set.target);
  for (const candidate of candidates ?? []) vectors.push(candidate.centers);
  const lengths: Lengths = vectors.map(({ length }) => length);
  const numbers = new Float64Array(lengths.reduce((total, length) => total + length, 0));
  let offset = 0;
  for (const vector of vectors) {
    numbers.set(vector, offset);
    offset += vector.length;
  }
  const ends = candidates?.map(({ centers: _, ...evidence }) => evidence) ?? null;
  return encodeState("aden", { kind: "learner", pointsHash, lengths, ends, sets: memory.length, ...plain }, numbers);
}

/** @throws WaywardError `state` if the bytes are no learner's, or another problem's */
export function unpackLearner(bytes: Uint8Array, pointsHash: number): LearnerState {
  const { json, numbers } = decodeState("aden", bytes);
  const { kind, pointsHash: saved, lengths, ends, sets, ...plain } = json as Record<string, never> & { kind: string };
  if (kind !== "learner") throw new WaywardError("state", `saved state: holds a ${kind}, expected a learner`);
  if (saved !== pointsHash) {
    throw new WaywardError("state", "saved state: belongs to other points or weights; restore it with its own");
  }
  let offset = 0;
  const vectors = (lengths as Lengths).map((length) => {
    offset += length;
    return numbers.slice(offset - length, offset);
  });
  const take = (count: number) => vectors.splice(0, count);
  const training = take(4).map((vector) => Float32Array.from(vector));
  const chains = take(3);
  const memory = Array.from({ length: sets as number }, () => {
    const [centers, entities, prescribed, target] = take(4);
    return {
      centers: Float32Array.from(centers),
      entities: Int32Array.from(entities),
      prescribed: Int32Array.from(prescribed),
      target: Float32Array.from(target),
    };
  });
  const candidates =
    (ends as Omit<Candidate, "centers">[] | null)?.map((end) => ({ ...end, centers: take(1)[0] })) ?? null;
  return { ...(plain as unknown as LearnerState), training, chains, memory, candidates };
}

/** Says whether a state belongs to these points and weights. */
export function hashProblem({ data, rows, dimensions }: CheckedPoints, rho: Float64Array): number {
  const bytes = (view: Float64Array | Float32Array) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const parts = Uint32Array.of(checksum(bytes(Float64Array.from(data))), checksum(bytes(rho)), rows, dimensions);
  return checksum(new Uint8Array(parts.buffer));
}
