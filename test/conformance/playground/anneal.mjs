import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, expectSame } from "./checks.mjs";

const softmax = (kappa, temperature, zeta = 1, gamma = 0) => ({ kind: "softmax", kappa, zeta, gamma, temperature });
const slow = { schedule: "geometric", betaGrowth: 1.06 };

/** The Anneal tab, used as a person would. */
export async function annealChecks({ visit, checks, folder, root }) {
  const { createSolver } = await import(`${root}dist/index.js`);
  const solver = await createSolver();
  const visitor = await visit({ hash: "#anneal?at=1&seed=0" });
  const { page } = visitor;
  const check = (title, work) => checks.check(`Anneal: ${title}`, work);
  const points = async () => readCsv(String(await visitor.download(visitor.button("Download Points"))));

  await check("the four blobs: JSON equals the library's to the last bit", async () => {
    await visitor.solved();
    await expectLibrary(await points(), { clusters: 4, autonomy: softmax(0.4, 0.1), seed: 0 }, slow);
    expect(/costs \d+% more/.test(await visitor.text("#cost-excess")), await visitor.text("#cost-excess"));
  });

  await check("every slider and choice changes the run as it would in code", async () => {
    await visitor.slide("Clusters K", 5);
    await visitor.slide("Disobedience κ", 0.25);
    await visitor.slide("From the told center ζ", 0.5);
    await visitor.slide("From where it is γ", 0.3);
    await visitor.slide("Temperature T", -1);
    await page.getByLabel("Playback").selectOption("auto");
    await page.getByRole("button", { name: "Next seed" }).first().click();
    await visitor.solved();
    const options = { clusters: 5, autonomy: softmax(0.25, 0.1, 0.5, 0.3), seed: 1 };
    await expectLibrary(await points(), options, {});
  });

  await check("presets: sixteen blobs, airports, Iris, each as the library has it", async () => {
    for (const [name, dimensions, clusters, autonomy] of [
      ["blobs16", 2, 16, softmax(0.3, 20)],
      ["airports", 2, 8, softmax(0.25, 250_000)],
      ["iris", 4, 3, softmax(0.2, 5)],
    ]) {
      await visitor.follow(`#anneal?at=1&data=${name}`);
      await visitor.solved();
      const rows = await points();
      expectSame(rows[0].length, dimensions, `${name}: dimensions`);
      await expectLibrary(rows, { clusters, autonomy, seed: 0 }, slow);
    }
  });

  await check("a preset is chosen by its name, with autonomy that suits it", async () => {
    await page.getByRole("combobox", { name: "Points" }).selectOption("airports");
    await page.waitForFunction(() => document.querySelector("#anneal-data .hint").textContent.includes("airports"));
    await visitor.solved();
    expect((await page.locator(".scene-back .outline").count()) > 0, "no state borders are drawn");
    await page.getByRole("combobox", { name: "Points" }).selectOption("blobs4");
    await visitor.solved();
  });

  await check("own data, pasted; a bad cell is named by row and column", async () => {
    await visitor.button("Use your own CSV…").click();
    await page.getByLabel("CSV", { exact: true }).fill("x,y\n1,1\n2,oops\n");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.waitForFunction(() => document.getElementById("csv-error").textContent !== "");
    expectSame(
      await visitor.text("#csv-error"),
      'Pasted data: row 3, column 2 (y) is "oops", expected a number',
      "the error",
    );
    await page.getByLabel("CSV", { exact: true }).fill("x,y\n1,1\n2,1\n1,2\n8,8\n9,8\n8,9\n");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.waitForFunction(() => !document.getElementById("csv-dialog").open);
    await visitor.solved();
    const { centers } = await visitor.json();
    expect(centers.length === 4, `${centers.length} centers`);
  });

  await check("a link to own data shows the same to someone else", async () => {
    await page.getByRole("button", { name: "Copy link" }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const other = await visit({ hash: new URL(link).hash });
    await other.solved();
    expectSame(await other.json(), await visitor.json(), "the other's result");
    expectSame(other.faults, [], "faults");
    await other.leave();
  });

  await check("a file dropped on the page", async () => {
    const text = "a;b;c\n1;1;2\n2;1;0\n1;2;5\n8;8;1\n9;8;1\n8;9;3\n";
    await page.evaluate((content) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], "dropped.csv", { type: "text/csv" }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
    }, text);
    await page.waitForFunction(() => document.querySelector("#anneal-data .hint").textContent.includes("dropped.csv"));
    await visitor.solved();
    expect((await visitor.json()).centers[0].length === 3, "the third column is missing");
    const label = await page.locator(".scene-back .label").first().textContent();
    expect(label.startsWith("principal component 1"), `the axis says ${label}`);
  });

  await check("play, pause, step and scrub", () => playback(visitor));

  await check("pointing at an entity shows its policy and its autonomy", async () => {
    await page.getByRole("combobox", { name: "Points" }).selectOption("blobs4");
    await visitor.solved();
    const dot = await page.evaluate(() => {
      const { width, height } = document.querySelector("#anneal-scene canvas").getBoundingClientRect();
      return { x: width * 0.28, y: height * 0.36 };
    });
    await page.locator("#anneal-scene").hover({ position: dot });
    await page.locator("#entity").waitFor({ state: "visible" });
    const card = await visitor.text("#entity");
    expect(/^Entity \d+.*Told to go.*60%/s.test(card), `the card says ${card}`);
  });

  await check("the switch overlays the solution that ignores autonomy", async () => {
    await page.getByLabel("Show where centers would go").check();
    expectSame(await page.locator(".scene-front .cross").count(), 4, "crosses");
    await page.getByLabel("Show where centers would go").uncheck();
    expectSame(await page.locator(".scene-front .cross").count(), 0, "crosses");
  });

  await check("sending 100 out shows who strayed, as the library draws it", async () => {
    await page.getByRole("button", { name: "Send 100 out" }).click();
    await page.locator(".journey").first().waitFor();
    const strayed = await page.locator(".journey.strayed").count();
    expect(strayed > 20 && strayed < 60, `${strayed} of 100 strayed at kappa = 0.4`);
    expect(
      (await visitor.text("#anneal-status")).startsWith(`${strayed} of 100`),
      await visitor.text("#anneal-status"),
    );
  });

  await check("the program does the same in Node, from the points on the page", async () => {
    const { distortion, ignored } = await visitor.json();
    writeFileSync(`${folder}/points.csv`, await visitor.download(visitor.button("Download Points")));
    writeFileSync(`${folder}/program.mjs`, await visitor.program("anneal"));
    const told = execFileSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
    expect(told.includes(`distortion ${distortion}\n`), `it says ${told}`);
    expect(told.includes(`if autonomy is ignored ${ignored.distortion}\n`), `it says ${told}`);
  });

  await check("pictures: SVG and PNG", async () => {
    const svg = String(await visitor.download(visitor.button("Download SVG")));
    expect(svg.startsWith("<svg") && svg.includes('class="series series-0"'), "the SVG lacks the chart");
    expect(!svg.includes("var(--") || svg.includes("--ink:"), "the SVG has colors of nowhere");
    const png = await visitor.download(visitor.button("Download PNG"));
    expectSame(png.subarray(1, 4).toString(), "PNG", "the signature");
    expect(png.length > 20_000, `${png.length} bytes`);
  });

  await check("nothing went wrong on the way", async () => expectSame(visitor.faults, [], "faults"));
  await visitor.leave();

  async function expectLibrary(rows, options, played) {
    const { ignored, played: way, ...shown } = await visitor.json();
    const expected = solver.anneal(rows, options);
    expectSame(shown.centers, expected.centers, "centers");
    expectSame(shown.labels, Array.from(expected.labels), "labels");
    expectSame(shown.distortion, expected.distortion, "distortion");
    const { phaseTransitions } = solver.anneal(rows, { ...options, ...played });
    expectSame(way.phaseTransitions, phaseTransitions, "phase transitions of what is played");
    expectSame(ignored, solver.compareIgnored(rows, expected), "the comparison");
  }
}

/** Reads what the page says about where the run stands. */
async function playback({ page }) {
  const readout = () => page.locator("#anneal-transport .readout").textContent();
  const scrub = page.locator("#anneal-scrub");
  await scrub.evaluate((input) => {
    input.value = "0";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.waitForFunction(() => /1 of \d+ centers distinct/.test(document.querySelector(".readout").textContent));
  const first = await readout();
  await page.getByRole("button", { name: "Step forward" }).click();
  await page.waitForFunction((before) => document.querySelector(".readout").textContent !== before, first);
  await page.getByRole("button", { name: "Step back" }).click();
  await page.waitForFunction((before) => document.querySelector(".readout").textContent === before, first);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => Number(document.getElementById("anneal-scrub").value) > 2);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.waitForTimeout(60);
  const stopped = await scrub.inputValue();
  await page.waitForTimeout(120);
  expectSame(await scrub.inputValue(), stopped, "the position after a pause");
}

function readCsv(text) {
  const [, ...rows] = text.trim().split("\n");
  return rows.map((row) => row.split(",").map(Number));
}
