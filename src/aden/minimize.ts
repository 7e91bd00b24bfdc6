/** A function's value and gradient, and the scale that makes the gradient a good step. */
export interface Evaluated {
  energy: number;
  gradient: Float64Array;
  /** Inverse diagonal of a rough Hessian, one number a coordinate. */
  scale: Float64Array;
}

export interface MinimizeOptions {
  /** Most evaluations. */
  evaluations: number;
  /** Stops when the promised fall is below this share of the value. */
  tolerance: number;
  /** Projects a point onto the feasible box, in place. */
  project: (x: Float64Array) => Float64Array;
}

interface Pair {
  step: Float64Array;
  change: Float64Array;
  curvature: number;
}

const MEMORY = 7;
const SUFFICIENT = 1e-4;

/** L-BFGS with Armijo's rule for a function that is computed asynchronously. */
export async function minimize(
  evaluate: (x: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  options: MinimizeOptions,
): Promise<{ x: Float64Array; energy: number; evaluations: number }> {
  let x: Float64Array = start.slice();
  let current = await evaluate(x);
  let evaluations = 1;
  const pairs: Pair[] = [];
  while (evaluations < options.evaluations) {
    const direction = descentDirection(current, pairs);
    const slope = dot(direction, current.gradient);
    if (-slope <= options.tolerance * Math.abs(current.energy)) break;
    let accepted: { x: Float64Array; value: Evaluated } | undefined;
    for (let size = 1; !accepted && size > 1e-3 && evaluations < options.evaluations; size *= 0.3) {
      const tried = options.project(x.map((value, index) => value + size * direction[index]));
      const value = await evaluate(tried);
      evaluations++;
      if (value.energy <= current.energy + SUFFICIENT * size * slope) accepted = { x: tried, value };
    }
    if (!accepted) break; // float32 has no more to give
    remember(pairs, x, accepted.x, current, accepted.value);
    x = accepted.x;
    current = accepted.value;
  }
  return { x, energy: current.energy, evaluations };
}

function remember(pairs: Pair[], from: Float64Array, to: Float64Array, before: Evaluated, after: Evaluated): void {
  const step = to.map((value, index) => value - from[index]);
  const change = after.gradient.map((value, index) => value - before.gradient[index]);
  const curvature = dot(step, change);
  if (curvature <= 1e-12) return; // not convex here: the pair would spoil the direction
  pairs.push({ step, change, curvature });
  if (pairs.length > MEMORY) pairs.shift();
}

/** The two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) with a diagonal start. */
function descentDirection({ gradient, scale }: Evaluated, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const weights: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const weight = dot(step, direction) / curvature;
    weights.unshift(weight);
    addScaled(direction, change, -weight);
  }
  for (let index = 0; index < direction.length; index++) direction[index] *= scale[index];
  pairs.forEach(({ step, change, curvature }, index) => {
    addScaled(direction, step, weights[index] - dot(change, direction) / curvature);
  });
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += a[index] * b[index];
  return total;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++) target[index] += factor * source[index];
}
