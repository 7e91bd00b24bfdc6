import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, expectSame } from "./checks.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const TABS = ["anneal", "bandit", "learn"];

/** What holds on every tab: first paint, accessibility, keyboard. */
export async function everywhereChecks({ visit, checks, root }) {
  const check = (title, work) => checks.check(`Page: ${title}`, work);

  await check("paints before the worker and WebAssembly are there", async () => {
    const hold = (context) => context.route(/worker\.js|\.wasm/, () => {}); // never answered
    const visitor = await visit({ before: hold });
    await visitor.page.getByRole("heading", { level: 1 }).first().waitFor();
    await visitor.page.getByLabel("Disobedience κ").first().waitFor();
    expectSame(visitor.faults, [], "faults");
    await visitor.leave();
    const script = readFileSync(`${root}dist/playground/main.js`, "utf8");
    expect(!/WebAssembly/.test(script), "main.js speaks of WebAssembly");
  });

  for (const colorScheme of ["light", "dark"]) {
    await check(`axe finds nothing serious, ${colorScheme}`, async () => {
      const visitor = await visit({ colorScheme, hash: "#anneal?at=1", bypassCSP: true });
      const { page } = visitor;
      await visitor.solved();
      for (const tab of TABS) {
        await page.locator(`#tab-${tab}`).click();
        await page.waitForTimeout(200);
        await expectAccessible(page, tab);
      }
      await page.locator("#tab-anneal").click();
      await visitor.button("Use your own CSV…").click();
      await expectAccessible(page, "the dialog");
      await visitor.leave();
    });
  }

  await check("the keyboard reaches and works everything", async () => {
    const visitor = await visit({ hash: "#anneal?at=1" });
    await keyboard(visitor);
    expectSame(visitor.faults, [], "faults");
    await visitor.leave();
  });

  await check("less motion: the annealing jumps from step to step, nothing plays by itself", async () => {
    const visitor = await visit({ reducedMotion: "reduce" });
    await visitor.solved();
    const scrub = visitor.page.locator("#anneal-scrub");
    expectSame(await scrub.inputValue(), await scrub.getAttribute("max"), "the position");
    await visitor.page.getByRole("button", { name: "Play", exact: true }).click();
    const seen = await visitor.page.evaluate(watchScrub);
    expect(seen.length > 0 && seen.every((value) => Number.isInteger(value)), `positions ${seen.join(" ")}`);
    await visitor.leave();
  });

  await check("no page is wider than a phone", async () => {
    const visitor = await visit({ viewport: { width: 360, height: 740 }, hash: "#anneal?at=1" });
    for (const tab of TABS) {
      await visitor.page.locator(`#tab-${tab}`).click();
      const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide <= 360, `${tab} is ${wide} pixels wide`);
    }
    await visitor.leave();
  });
}

export async function expectAccessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => `${id} at ${nodes.map(({ html }) => html.slice(0, 120)).join(" and ")}`);
  expectSame(told, [], where);
}

/** Tab list, sliders, transport, the entities and a dialog, without a pointer. */
async function keyboard({ page }) {
  await page.waitForFunction(() => document.body.dataset.anneal === "solved");
  const focused = () => page.evaluate(() => document.activeElement?.id);
  await page.locator("#tab-anneal").focus();
  await page.keyboard.press("ArrowRight");
  expectSame(await focused(), "tab-bandit", "focus after an arrow key in the tab list");
  expect(await page.locator("#panel-bandit").isVisible(), "the bandit's panel is hidden");
  await page.keyboard.press("Home");
  expectSame(await focused(), "tab-anneal", "focus after Home");
  await page.locator("#entity-pick").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator("#entity").waitFor({ state: "visible" });
  const words = await page.locator("#entity-pick").getAttribute("aria-valuetext");
  expect(/^Entity \d+ is told center \d/.test(words), `a screen reader hears ${words}`);
  await page.locator("#anneal-scrub").focus();
  const last = await page.locator("#anneal-scrub").inputValue();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(
    (before) => Number(document.getElementById("anneal-scrub").value) === Number(before) - 1,
    last,
  );
  await page.locator("#control-kappa").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => location.hash.includes("kappa=0.41"));
  await page.getByRole("button", { name: "Use your own CSV…" }).first().focus();
  await page.keyboard.press("Enter");
  await page.locator("#csv-dialog").waitFor({ state: "visible" });
  await page.keyboard.press("Escape");
  await page.locator("#csv-dialog").waitFor({ state: "hidden" });
}

/** Runs in the page: the scrubber's positions in the next second. */
async function watchScrub() {
  const seen = [];
  const end = performance.now() + 1000;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    seen.push(Number(document.getElementById("anneal-scrub").value));
  }
  return seen;
}
