import { expectSame } from "./checks.mjs";

/** The main path of each tab in Firefox. */
export async function firefoxChecks({ checks, path, url }) {
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: path, headless: true });
  try {
    const faults = [];
    const page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(error.message));
    await checks.check("Firefox: Anneal solves and plays", async () => {
      await page.goto(`${url}#anneal?at=1`);
      await until(page, () => document.body.dataset.anneal === "solved");
      await page.click("#anneal-transport .primary");
      await until(page, () => Number(document.getElementById("anneal-scrub").value) > 1);
    });
    await checks.check("Firefox: Bandit races to three certificates", async () => {
      await page.click("#tab-bandit");
      await until(page, () => document.querySelectorAll(".badge.certified").length === 3);
    });
    await checks.check("Firefox: Learn learns by counts and by ADEN", async () => {
      await page.goto("about:blank");
      await page.goto(`${url}#learn?methods=counts,aden&interactions=2000`);
      await until(page, () => document.querySelectorAll("#learn-table tr").length > 3);
      await page.click("#learn-go");
      await until(page, () => document.body.dataset.learn === "done", 90);
    });
    await checks.check("Firefox: nothing went wrong on the way", async () => expectSame(faults, [], "faults"));
  } finally {
    await browser.close();
  }
}

/** The driver's own waiting needs 'unsafe-eval', which the page forbids. */
async function until(page, condition, seconds = 30) {
  for (let tries = 0; tries < 10 * seconds; tries++) {
    if (await page.evaluate(condition)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${seconds} seconds: ${condition}`);
}
