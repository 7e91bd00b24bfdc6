import type { Core } from "../core/memory.js";
import { expectInput, expectOptions } from "../errors.js";
import { checkSeed } from "../points.js";
import type { BanditOptions, BanditOutcome, BanditSimulationOptions } from "../types.js";
import {
  type CheckedInstance,
  checkCount,
  checkDelta,
  checkInstance,
  checkName,
  checkOptions,
  NAMES,
  STOPPINGS,
} from "./options.js";
import { createRun, type Rule, whiten } from "./run.js";

const MOST_RULES = 64;
const MOST_TRIALS = 2 ** 23;

/** A rule of the simulation, and which core rules it consists of. */
interface Watched {
  stopping: BanditOutcome["stopping"];
  delta: number;
  rules: number[];
}

/**
 * Runs trials on a simulated instance, inside the core; yields one trial's outcomes at a time.
 *
 * One run serves every rule and every delta, since only the representatives' sampling depends on delta.
 */
export function* simulateBandit(
  freshCore: () => Core,
  options: BanditSimulationOptions,
): Generator<BanditOutcome[], void, undefined> {
  expectOptions(options, [...NAMES, "deltas", "trials", "firstTrial"]);
  const { trials = 256, firstTrial = 0, allocation = "representatives", stopping = ["pairwise"], seed = 0 } = options;
  const instance = checkInstance(options.instance);
  checkCount("trials", trials, MOST_TRIALS);
  expectInput(
    Number.isInteger(firstTrial) && firstTrial >= 0 && firstTrial + trials <= MOST_TRIALS,
    () => `firstTrial is ${firstTrial}, expected an integer from 0 to ${MOST_TRIALS - trials}`,
  );
  for (const name of ["deltas", "stopping"] as const) {
    const list: unknown = options[name] ?? (name === "stopping" ? stopping : null);
    expectInput(Array.isArray(list) && list.length > 0, () => `${name}: got ${list}, expected an array of at least 1`);
  }
  for (const name of stopping) checkName("stopping", name, [...STOPPINGS, "printed"]);
  for (const delta of options.deltas) checkDelta(delta);
  const deltaGroups = allocation === "representatives" ? options.deltas.map((delta) => [delta]) : [options.deltas];
  // As printed means sampled as printed, too: a run of its own.
  const printed = stopping.filter((name) => name === "printed");
  const repaired = stopping.filter((name) => name !== "printed");
  const runs = [repaired, printed]
    .filter((names) => names.length > 0)
    .flatMap((names) =>
      deltaGroups.map((deltas) => createSimulation(freshCore, { ...options, stopping: names }, instance, deltas)),
    );
  for (let trial = firstTrial; trial < firstTrial + trials; trial++) {
    yield runs.flatMap((run) => run(checkSeed(seed), trial));
  }
}

function createSimulation(
  freshCore: () => Core,
  options: BanditSimulationOptions,
  instance: CheckedInstance,
  deltas: readonly number[],
): (seed: bigint, trial: number) => BanditOutcome[] {
  const { arms, dimensions, clusters } = instance;
  const { stopping = ["pairwise"] } = options;
  const { rules, watched } = watch(stopping, deltas);
  expectInput(rules.length <= MOST_RULES, () => `${rules.length} rules at once, expected at most ${MOST_RULES}`);
  const asPrinted = stopping[0] === "printed";
  const first = stopping[0] === "printed" ? "exact" : stopping[0];
  const { deltas: _deltas, trials: _trials, firstTrial: _firstTrial, ...shared } = options;
  const plain: BanditOptions = { ...shared, arms, dimensions, clusters, delta: deltas[0], stopping: first, asPrinted };
  const checked = checkOptions(plain);
  if (clusters === 1 || clusters === arms) {
    return (_seed, trial) =>
      watched.map(({ stopping, delta }) => ({ trial, stopping, delta, pulls: 0, correct: true }));
  }
  const core = freshCore();
  const pointer = createRun(core, checked, rules, freshCore);
  const truth = core.reserve(4 * arms);
  const centers = core.reserve(8 * instance.centers.length);
  core.i32(truth, arms).set(instance.labels);
  const whitened = checked.whitening ? whiten(instance.centers, checked.whitening, dimensions) : instance.centers;
  core.f64(centers, whitened.length).set(whitened);
  return (seed, trial) => {
    core.run((exports) => exports.banditSimulate(pointer, truth, centers, seed, trial));
    return watched.map((each) => outcome(core, pointer, trial, each));
  };
}

/** The core's rules for these stopping rules and deltas: "either" is two of them at half of delta. */
function watch(
  stopping: readonly BanditOutcome["stopping"][],
  deltas: readonly number[],
): { rules: Rule[]; watched: Watched[] } {
  const rules: Rule[] = [];
  const watched: Watched[] = [];
  for (const name of stopping) {
    for (const delta of deltas) {
      const first = rules.length;
      if (name === "either") {
        rules.push({ kind: "exact", delta: delta / 2 }, { kind: "pairwise", delta: delta / 2 });
        watched.push({ stopping: name, delta, rules: [first, first + 1] });
      } else {
        rules.push({ kind: name, delta });
        watched.push({ stopping: name, delta, rules: [first] });
      }
    }
  }
  return { rules, watched };
}

/** The earliest of the rules that it consists of. */
function outcome(core: Core, pointer: number, trial: number, { stopping, delta, rules }: Watched): BanditOutcome {
  let pulls: number | null = null;
  let correct = false;
  for (const rule of rules) {
    const stopped = core.exports.ruleStopped(pointer, rule);
    if (stopped === 0 || (pulls !== null && stopped >= pulls)) continue;
    pulls = stopped;
    correct = core.exports.ruleCorrect(pointer, rule) === 1;
  }
  return { trial, stopping, delta, pulls, correct };
}
