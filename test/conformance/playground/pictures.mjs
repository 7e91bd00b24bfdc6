import { TABS } from "./everywhere.mjs";

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** Every tab in light, dark and on a phone, into out/playground/. */
export async function takeScreenshots({ visit, checks, out }) {
  for (const [look, options] of Object.entries(LOOKS)) {
    await checks.check(`Screenshots: ${look}`, async () => {
      const visitor = await visit({ ...options, hash: "#anneal?at=1&ignored=1" });
      await visitor.solved();
      for (const tab of TABS) {
        await visitor.page.locator(`#tab-${tab}`).click();
        await visitor.page.waitForTimeout(300);
        await visitor.page.screenshot({ path: `${out}${tab}-${look}.png`, fullPage: true });
      }
      await visitor.leave();
    });
  }
}

export async function takePicture() {}
