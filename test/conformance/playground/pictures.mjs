import { expectAccessible, TABS } from "./everywhere.mjs";

const LOOKS = {
  light: { colorScheme: "light", width: 1280 },
  dark: { colorScheme: "dark", width: 1280 },
  phone: { colorScheme: "light", width: 390 },
};

/** Every tab in light, dark and at a phone's width, into out/playground/. @param visitor who has learned something */
export async function takeScreenshots({ checks, out }, { page }) {
  for (const [look, { colorScheme, width }] of Object.entries(LOOKS)) {
    await checks.check(`Screenshots, and nothing serious for axe with results: ${look}`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const tab of TABS) {
        await page.locator(`#tab-${tab}`).click();
        if (tab === "bandit") await endOfRace(page);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${out}${tab}-${look}.png`, fullPage: true });
        await expectAccessible(page, `${tab} with results`);
      }
    });
  }
}

/** The race plays by itself when the tab is opened; its picture is of the end, with the certificates. */
async function endOfRace(page) {
  await page.waitForFunction(() => document.body.dataset.bandit === "solved");
  await page.locator("#bandit-scrub").evaluate((input) => {
    input.value = input.max;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.waitForFunction(() => document.querySelectorAll(".badge.certified").length === 3);
}

/** The README's picture: the Anneal tab on the airports, with the crosses of those who ignore autonomy. */
export async function takePicture({ visit, checks, root }) {
  await checks.check("the README's picture", async () => {
    const visitor = await visit({
      hash: "#anneal?data=airports&at=1&ignored=1",
      viewport: { width: 1240, height: 760 },
      colorScheme: "light",
    });
    await visitor.solved();
    await visitor.page.waitForTimeout(300);
    await visitor.page.screenshot({ path: `${root}docs/playground.png` });
    await visitor.leave();
  });
}
