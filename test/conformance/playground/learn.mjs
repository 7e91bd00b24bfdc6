import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, expectSame } from "./checks.mjs";

const BUDGET = 10_000;
const HIDDEN = { kind: "softmax", kappa: 0.4, zeta: 1, gamma: 0, temperature: 0.1 };

/** The Learn tab, used as a person would. @returns the visitor, before whom everything has been learned */
export async function learnChecks({ visit, checks, folder, root }) {
  const { createSolver } = await import(`${root}dist/index.js`);
  const solver = await createSolver();
  const visitor = await visit({ hash: `#learn?interactions=${BUDGET}` });
  const { page } = visitor;
  const check = (title, work) => checks.check(`Learn: ${title}`, work);
  const phase = (wanted) =>
    page.waitForFunction((text) => document.body.dataset.learn === text, wanted, { timeout: 90_000 });

  await check("nothing of the ONNX runtime is loaded before ADEN starts", async () => {
    await page.getByRole("rowheader", { name: "Autonomy known" }).waitFor();
    await visitor.solved();
    const early = visitor.requests.filter((path) => /ort|onnx/.test(path));
    expectSame(early, [], "requests");
    expectSame(await page.locator("#learn-loss-card").isVisible(), false, "a loss chart without a loss");
  });

  await check("start, stop and resume: every learner is saved and goes on", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const progress = () => /WASM|WebGPU/.test(document.querySelector("tr[data-method=aden]").textContent);
    await page.waitForFunction(progress, null, { timeout: 60_000 });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.waitForFunction(() =>
      /^Stopped; .* kB and go on/.test(document.getElementById("learn-status").textContent),
    );
    const before = await visitor.text("tr[data-method=aden]");
    await page.waitForTimeout(200);
    expectSame(await visitor.text("tr[data-method=aden]"), before, "interactions after the stop");
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await phase("done");
  });

  await check("counts and Q-learning end where the library ends without a pause, to the last bit", async () => {
    const { known, learners } = await visitor.json("learn");
    const points = readCsv(String(await visitor.download(visitor.button("Download Points", "learn"))));
    expectSame(known.distortion, solver.anneal(points, { clusters: 4, autonomy: HIDDEN }).distortion, "known model");
    for (const [method, options] of [
      ["counts", { interactions: BUDGET, batch: 256, forgetting: 0.5 }],
      ["qlearning", { interactions: 20 * BUDGET, batch: 256 }],
    ]) {
      const { labels, points: path } = learners.find((learner) => learner.method === method);
      const expected = learnInNode(points, { method, clusters: 4, seed: 0, ...options });
      expectSame(path.at(-1).centers, expected.centers, `${method}: centers`);
      expectSame(labels, Array.from(expected.labels), `${method}: labels`);
    }
  });

  await check("ADEN: backend, loss curve, and far below the cost of ignoring", async () => {
    const { known, learners } = await visitor.json("learn");
    const aden = learners.find(({ method }) => method === "aden");
    const { distortion } = aden.points.at(-1);
    expect(distortion < 0.5 * (known.distortion + known.ignored), `${distortion}; known ${known.distortion}`);
    expect(/^(wasm|webgpu)$/.test(aden.backend.provider), `backend ${aden.backend.provider}`);
    expect(
      /^Runs on (WASM|WebGPU)/.test(await visitor.text("#learn-backend")),
      "the page does not say where ADEN runs",
    );
    const curve = await page.locator("#learn-loss path.series").getAttribute("d");
    expect(curve.split("L").length > 50, "the loss curve is short");
    const [first, last] = [aden.losses[0].loss, aden.losses.at(-1).loss];
    expect(last < first, `the loss went from ${first} to ${last}`);
    expect(
      visitor.requests.some((path) => /ort-wasm.*\.wasm$/.test(path)),
      "no ONNX runtime was loaded",
    );
  });

  await check("the program does the same in Node", async () => {
    const { known, learners } = await visitor.json("learn");
    writeFileSync(`${folder}/points.csv`, await visitor.download(visitor.button("Download Points", "learn")));
    writeFileSync(`${folder}/learn.mjs`, await visitor.program("learn"));
    const told = execFileSync(process.execPath, ["learn.mjs"], { cwd: folder, encoding: "utf8" });
    const { distortion, interactions } = learners.find(({ method }) => method === "counts").points.at(-1);
    expectSame(told, `distortion ${distortion} after ${interactions}\nknown model ${known.distortion}\n`, "it says");
  });

  await check("another hidden autonomy forgets what was learned", async () => {
    await page.getByLabel("Auto", { exact: true }).check();
    await page.waitForFunction(() => document.querySelector("tr[data-method=auto]") !== null);
    await page.getByLabel("Auto", { exact: true }).uncheck();
    const other = await visit({ hash: "#learn?methods=auto&interactions=5000" });
    await other.page.getByRole("rowheader", { name: "Autonomy known" }).waitFor();
    await other.page.getByRole("button", { name: "Start", exact: true }).click();
    await other.page.waitForFunction(() => document.body.dataset.learn === "done");
    await other.slide("Disobedience κ", 0.2, "learn");
    await other.page.waitForFunction(() => document.querySelector("tr[data-method=auto] td").textContent === "–");
    expectSame(other.faults, [], "faults");
    await other.leave();
  });

  await check("nothing went wrong on the way", async () => expectSame(visitor.faults, [], "faults"));
  return visitor;

  function learnInNode(points, options) {
    const learner = solver.learner(points, options);
    for (let ask = learner.ask(); ask; ask = learner.ask()) {
      learner.tell(ask.round, { realized: solver.simulate(points, ask.centers, HIDDEN, ask) });
    }
    return learner.result();
  }
}

function readCsv(text) {
  const [, ...rows] = text.trim().split("\n");
  return rows.map((row) => row.split(",").map(Number));
}
