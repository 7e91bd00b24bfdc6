// wayward/aden with one of its values replaced by something that does not belong there: a WaywardError, and no NaN.
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aden, type AdenLearner, createAden, createAdenForward } from "../../src/aden/index.js";
import { createSolver, type Solver } from "../../src/index.js";
import { type Call, faultsOf } from "./hostile.helpers.js";

const POINTS = [
  [0, 1],
  [1, 0.5],
  [2, 4],
  [0, 0.2],
];
const CENTERS = [
  [0, 1],
  [2, 3],
];
const SMALL = { hidden: 8, feedForward: 8, heads: 2, layers: 1 };
const SIZES = { sets: 2, freshSets: 2, rows: 2, realizations: 1, centerRows: 2, chains: 2 };
const RECIPE = { ...SIZES, warmup: 1, rounds: 2, check: 1, extensions: 0, polish: 1, sigmaEnd: 0.1, hold: 0.3 };
const ROW = { entity: 0, prescribed: 1, realized: 1, centers: CENTERS };

let solver: Solver;
let aden: Aden;
let saved: Uint8Array;
let weights: Uint8Array;
beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  solver = await createSolver({ wasm: readFileSync(new URL("../../dist/core.wasm", import.meta.url)) });
  aden = await createAden({ solver, ort, dimensions: 2, executionProviders: ["wasm"], ...SMALL });
  const learner = aden.learner(POINTS, { clusters: 2, recipe: RECIPE });
  learner.ask();
  saved = await learner.save();
  await learner.run(({ prescribed }) => ({ realized: prescribed }));
  weights = await aden.save();
});
afterAll(() => aden.dispose());

const learn = (): AdenLearner => aden.fresh().learner(POINTS, { clusters: 2, recipe: RECIPE });
const make = () => createAden({ solver, ort, dimensions: 2, executionProviders: ["wasm"], ...SMALL });

/** Title, call, and arguments that it takes, which may hang on what `beforeAll` makes. */
const CALLS: [string, Call, () => unknown[]][] = [
  [
    "createAden",
    async (options) => (await createAden(options)).architecture,
    () => [{ solver, ort, dimensions: 2, preset: "paper", dropout: 0.1, executionProviders: ["wasm"], ...SMALL }],
  ],
  [
    "learner",
    (points, options) => aden.fresh().learner(points, options).ask(),
    () => [
      POINTS,
      {
        clusters: 2,
        feedback: "costs",
        weights: [1, 2, 3, 4],
        seed: 1,
        interactions: 900,
        effort: "high",
        recipe: SIZES,
      },
    ],
  ],
  ["recipe", (recipe) => aden.fresh().learner(POINTS, { clusters: 2, recipe }).ask(), () => [RECIPE]],
  [
    "a learner that starts warm",
    (points) => aden.learner(points, { clusters: 2, recipe: RECIPE }).ask(),
    () => [POINTS],
  ],
  [
    "tell",
    (round, answer) => {
      const learner = learn();
      learner.ask();
      return learner.tell(round, answer);
    },
    () => [1, { realized: [0, 1, 0, 1] }],
  ],
  ["observe", (rows) => learn().observe(rows), () => [[ROW, { ...ROW, centers: undefined }]]],
  ["run", (world) => learn().run(world), () => [null]],
  [
    "restoreLearner",
    async (points, bytes, options) => (await aden.restoreLearner(points, bytes, options)).ask(),
    () => [POINTS, saved, { weights: [1, 1, 1, 1] }],
  ],
  ["load", async (bytes) => (await make()).load(bytes), () => [weights]],
  ["distances", (points, centers) => aden.distances(points, centers), () => [POINTS, CENTERS]],
  ["transitions", (points, centers) => aden.transitions(points, centers), () => [POINTS, CENTERS]],
  ["exportOnnx", async (extents) => (await aden.exportOnnx(extents)).length, () => [{ rows: 4, clusters: 2 }]],
  [
    "createAdenForward",
    (options, points, centers) => createAdenForward(options).distances(points, centers),
    () => [{ solver, weights }, POINTS, CENTERS],
  ],
];

test.each(CALLS)("%s", async (_, call, args) => {
  expect(await faultsOf(call, args())).toEqual([]);
});

test("misspelled options are refused by name", async () => {
  await expect(createAden({ solver, dimensions: 2, layer: 2 } as never)).rejects.toThrow(
    "options: layer is not an option",
  );
  const learner = (options: object) => () => aden.learner(POINTS, { clusters: 2, ...options });
  expect(learner({ sede: 3 })).toThrow("options: sede is not an option");
  expect(learner({ recipe: { round: 3 } })).toThrow("recipe: round is not an option");
  expect(learner({ recipe: { sets: 0 } })).toThrow("recipe: sets is 0, expected an integer from 1 to 1048576");
});
