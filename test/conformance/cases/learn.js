// Learning an unknown autonomy by every method, and fitting one to a log.
import { blobs, failures, sameBits, table } from "./inputs.js";

const points = blobs(90, 2, 71);
const groups = Array.from({ length: 90 }, (_, row) => row % 2);
const truth = {
  table: { kind: "table", probabilities: table(3, 72) },
  groups: { kind: "groups", groups, probabilities: [table(3, 73), table(3, 74, 2000)] },
  softmax: { kind: "softmax", kappa: 0.3, gamma: 0.2, temperature: 2 },
};
const options = { clusters: 3, interactions: 1500, batch: 50, seed: 6 };

/** Answers an ask by the core's own draws. */
const answer = (solver, autonomy, ask) => ({
  realized: solver.simulate(points, ask.centers, autonomy, { ...ask, seed: 75 }),
});

/** Runs a learner to its end; `between` may exchange it after every tell. */
function run(solver, learner, autonomy, between = (same) => same) {
  for (let ask = learner.ask(); ask; ask = learner.ask()) {
    learner.tell(ask.round, answer(solver, autonomy, ask));
    learner = between(learner);
  }
  return learner.result();
}

/** What one realization costs: the squared distance to the center that was realized. */
function costsOf(ask, realized) {
  return Array.from(ask.entities, (entity, index) => {
    const center = ask.centers[realized[index]];
    const at = 2 * entity;
    return (points.data[at] - center[0]) ** 2 + (points.data[at + 1] - center[1]) ** 2;
  });
}

/** A log of `parts` rounds, every entity prescribed every cluster in turn, the centers moving from part to part. */
function log(solver, autonomy, parts) {
  return Array.from({ length: parts }, (_, round) => {
    const centers = [[0.5, 1 + round / 8], [3, 4 - round / 8], [5, 2]]; // biome-ignore format: rows of a matrix
    const entities = Int32Array.from({ length: 180 }, (_, index) => (index * 7 + round) % 90);
    const prescribed = entities.map((entity, index) => (entity + index + round) % 3);
    const realized = solver.simulate(points, centers, autonomy, { entities, prescribed, seed: 76, round });
    return { entities, prescribed, realized, centers };
  });
}

export const learn = {
  "learner: Q-learning": ({ solver }) =>
    run(solver, solver.learner(points, { ...options, method: "qlearning" }), truth.softmax),
  "learner: counts": ({ solver }) =>
    run(solver, solver.learner(points, { ...options, method: "counts", groups, forgetting: 0.1 }), truth.groups),
  "learner: parametric": ({ solver }) =>
    run(solver, solver.learner(points, { ...options, method: "parametric", memory: 1000 }), truth.softmax),
  "learner: auto": ({ solver }) => run(solver, solver.learner(points, options), truth.table),
  "learner: told only costs": ({ solver }) => {
    const learner = solver.learner(points, { ...options, method: "qlearning" });
    for (let ask = learner.ask(); ask; ask = learner.ask())
      learner.tell(ask.round, { costs: costsOf(ask, answer(solver, truth.table, ask).realized) });
    return learner.result();
  },
  "learner: observes a log": ({ solver }) => {
    const learner = solver.learner(points, { ...options, interactions: 200 });
    learner.observe(log(solver, truth.softmax, 3));
    return run(solver, learner, truth.softmax);
  },
  "learner: saved after each tell, restored": ({ solver }) =>
    ["qlearning", "counts", "parametric", "auto"].map((method) => {
      const settings = { ...options, interactions: 600, method };
      let bytes = null;
      const saved = run(solver, solver.learner(points, settings), truth.softmax, (learner) => {
        bytes = learner.save();
        return solver.restoreLearner(points, bytes);
      });
      return [sameBits(saved, run(solver, solver.learner(points, settings), truth.softmax)), bytes];
    }),
  "learn: a simulated world": async ({ solver }) => [
    await solver.learn(points, { ...options, method: "qlearning", world: { simulate: truth.groups, seed: 2 } }),
    await solver.learn(points, { ...options, method: "auto", world: { simulate: truth.softmax, seed: 3 } }),
  ],
  "fitAutonomy: every model": ({ solver }) => [
    solver.fitAutonomy(log(solver, truth.softmax, 6), { points, groups }),
    solver.fitAutonomy(log(solver, truth.groups, 6), { points, groups, seed: 1 }),
    solver.fitAutonomy(log(solver, { kind: "none" }, 1)),
  ],
  "learner: errors": ({ solver }) => {
    const refused = (changes) => () => solver.learner(points, { ...options, ...changes });
    const tell = (round, told) => () => solver.learner(points, { ...options, batch: 2 }).tell(round, told);
    const saved = solver.learner(points, options).save();
    const rows = { entities: [0, 1], prescribed: [0, 1], realized: [0, 1] };
    return failures([
      refused({ clusters: 91 }),
      refused({ method: "guess" }),
      refused({ batch: 0 }),
      refused({ budget: 5 }),
      refused({ groups: [0, 1] }),
      tell(1, { realized: [0, 1] }),
      tell(0, { realized: [0] }),
      tell(0, { realized: [0, 3] }),
      tell(0, { costs: [0, -1] }),
      tell(0, {}),
      () => solver.restoreLearner(points, saved.slice(0, 64)),
      () => solver.restoreLearner(blobs(90, 2, 77), saved),
      () => solver.fitAutonomy({ ...rows, realized: [0, 4] }, { clusters: 3 }),
      () => solver.fitAutonomy({ ...rows, realized: [0] }, { clusters: 3 }),
      () => solver.fitAutonomy(rows),
      () => solver.fitAutonomy(rows, { clusters: 2, models: ["softmax"] }),
      () => solver.simulate(points, [[1, 2]], { kind: "none" }, { entities: [90], prescribed: [0] }),
      () => solver.learn(points, { ...options, world: () => ({ realized: [0] }) }),
    ]);
  },
};
