import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, expectSame } from "./checks.mjs";

/** The Bandit tab, used as a person would. */
export async function banditChecks({ visit, checks, folder }) {
  const visitor = await visit({ hash: "#bandit" });
  const { page } = visitor;
  const check = (title, work) => checks.check(`Bandit: ${title}`, work);
  const badges = () => page.locator("#panel-bandit .badge").allTextContents();
  const solved = async () => {
    await page.waitForTimeout(60);
    await page.waitForFunction(() => document.body.dataset.bandit === "solved");
  };

  await check("the race plays from the first pull to three certificates", async () => {
    await solved();
    await page.waitForFunction(() => /of the threshold/.test(document.querySelector(".badge").textContent));
    await page.getByRole("tabpanel", { name: "Bandit" }).getByRole("button", { name: "Pause" }).click();
    await scrubTo(page, 1e6);
    await page.waitForFunction(() => document.querySelectorAll(".badge.certified").length === 3);
    for (const badge of await badges()) expect(/^certified after \d+ pulls$/.test(badge), badge);
  });

  await check("every lane is the library's, pull for pull, on the same noise", async () => {
    const { lanes } = await visitor.json("bandit");
    expectSame(
      lanes.map(({ lane }) => lane),
      ["representatives", "tracking", "uniform"],
      "lanes",
    );
    await expectLanes(lanes);
  });

  await check("arms, groups, gap, noise, delta and seed change the race", async () => {
    await visitor.slide("Arms M", 9, "bandit");
    await visitor.slide("Groups K", 3, "bandit");
    await visitor.slide("Gap", 2.5, "bandit");
    await visitor.slide("Noise σ", 0.8, "bandit");
    await visitor.slide("Accepted error δ", -3, "bandit");
    await page.locator("#panel-bandit").getByRole("button", { name: "Next seed" }).click();
    await solved();
    const { world, lanes } = await visitor.json("bandit");
    expectSame([world.labels.length, world.means.length, world.noise, world.seed], [9, 3, 0.8, 2], "the world");
    for (const { delta, certified } of lanes) expectSame([delta, certified], [0.001, true], "delta, certified");
    expectSame(await page.locator("#panel-bandit .lane").first().locator(".arm").count(), 9, "arms shown");
    await expectLanes(lanes);
  });

  await check("step by step, and back", async () => {
    await scrubTo(page, 20);
    const count = () => page.locator("#panel-bandit .readout").textContent();
    await page.waitForFunction(() =>
      document.querySelector("#bandit-transport .readout").textContent.startsWith("20 "),
    );
    await page.locator("#panel-bandit").getByRole("button", { name: "Step forward" }).click();
    await page.waitForFunction(() =>
      document.querySelector("#bandit-transport .readout").textContent.startsWith("21 "),
    );
    await page.locator("#panel-bandit").getByRole("button", { name: "Step back" }).click();
    await page.waitForFunction(() =>
      document.querySelector("#bandit-transport .readout").textContent.startsWith("20 "),
    );
    expect(/3 of 3 still asking/.test(await count()), await count());
    const pulls = await page.locator("#panel-bandit .lane").first().locator(".pull-count").allTextContents();
    expectSame(
      pulls.reduce((sum, text) => sum + Number(text), 0),
      20,
      "pulls of all arms",
    );
  });

  await check("a race that is too hard gives up, and says so", async () => {
    await visitor.follow("#bandit?gap=0.5&noise=3&arms=24&groups=6&delta=0.000001");
    await solved();
    const early = await visitor.text("#bandit-result");
    expect(/still asking/.test(early) && !/gives up/.test(early), `before the end: ${early}`);
    await scrubTo(page, 1e6);
    await page.waitForFunction(() => !/still asking/.test(document.querySelector("#bandit-result").textContent));
    const verdict = await visitor.text("#bandit-result");
    expect(/gives up, and promises nothing/.test(verdict), verdict);
    expect((await page.locator("#panel-bandit .badge").count()) === 3, "badges are missing");
  });

  await check("nothing went wrong on the way", async () => expectSame(visitor.faults, [], "faults"));
  await visitor.leave();

  /** The shown program, once for each lane, in Node. */
  async function expectLanes(lanes) {
    const program = await visitor.program("bandit");
    for (const { lane, labels, pulls, certified } of lanes) {
      const options = `solver.bandit({ allocation: "${lane}", stopping: "pairwise",`;
      writeFileSync(`${folder}/bandit.mjs`, program.replace("solver.bandit({", options));
      const told = execFileSync(process.execPath, ["bandit.mjs"], { cwd: folder, encoding: "utf8" });
      expectSame(told.trim(), `groups ${labels.join(" ")} after ${pulls} pulls, certified: ${certified}`, lane);
    }
  }
}

async function scrubTo(page, pulls) {
  await page.locator("#bandit-scrub").evaluate((input, value) => {
    input.value = String(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, pulls);
}
