// One problem, handed to the core and, in the core's scaled units, to every rival.
import { writeFileSync } from "node:fs";
import { OUT } from "./tools.mjs";

/** Numbers of the kinds of autonomy, in rivals as in the core. */
export const KINDS = { none: 0, table: 1, softmax: 3, softmaxEntity: 4 };

/**
 * @param inner what `internals` gives
 * @param input X (N d), Y (K d), K, d, beta, autonomy, table (K K; any if unused)
 * @returns the rivals' problem; `sweep()` of the core; `value(exact)`: F and gradient, scaled; `Problem`
 */
export function shareProblem(inner, { X, Y, K, d, beta, autonomy, table = new Float64Array(K * K) }) {
  const { Core, Problem, checkAutonomy, checkPoints, MODE, module } = inner;
  const N = X.length / d;
  const core = new Problem(
    new Core(module),
    checkPoints({ data: X, dimensions: d }),
    null,
    K,
    checkAutonomy(autonomy, K, N),
  );
  core.setCenters(core.scaled(Y));
  const unit = core.squaredScale;
  const { kappa = 0, zeta = 1, gamma = 0, temperature = 1 } = autonomy;
  const kind = gamma > 0 ? KINDS.softmaxEntity : KINDS[autonomy.kind];
  const problem = {
    ...{ N, K, d, kind, table, kappa, zeta, gamma },
    beta: beta * unit,
    temperature: temperature / unit,
    X: core.scaled(X),
    Y: core.scaled(Y),
    rho: new Float64Array(N).fill(1 / N),
  };
  const sweep = () => core.sweep(MODE.soft, problem.beta);
  const value = (exact) => {
    core.setInteger("exact", exact);
    return [sweep(), ...core.array("gradient", K * d)];
  };
  return { problem, sweep, value, core };
}

/** Everything as bytes, for rivals in other processes: the layout that rivals/sweep.c documents. */
export function writeProblem(problem, name) {
  const { N, K, d, kind, beta, kappa, zeta, gamma, temperature, X, rho, Y, table } = problem;
  const parts = [
    new BigInt64Array([N, K, d, kind].map(BigInt)),
    new Float64Array([beta, kappa, zeta, gamma, temperature]),
    ...[X, rho, Y, table],
  ];
  const path = `${OUT}${name}.bin`;
  writeFileSync(path, Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));
  return path;
}
