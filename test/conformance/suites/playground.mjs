// The playground in real browsers, used as a person would: `npm run conformance -- --only playground` runs it alone,
// with --picture it also renews docs/playground.png. Screenshots of every tab are left in out/playground/.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "../../../scripts/playground/serve.mjs";
import { annealChecks } from "../playground/anneal.mjs";
import { banditChecks } from "../playground/bandit.mjs";
import { Checks } from "../playground/checks.mjs";
import { everywhereChecks } from "../playground/everywhere.mjs";
import { firefoxChecks } from "../playground/firefox.mjs";
import { learnChecks } from "../playground/learn.mjs";
import { takePicture, takeScreenshots } from "../playground/pictures.mjs";
import { Visitor } from "../playground/visitor.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const OUT = `${root}out/playground/`;
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const firefox = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);

export const suite = {
  name: "Playground",
  skip: () => (chromium ? null : "no Chromium: npm run conformance -- --install"),
  run: async ({ folder, picture }) => {
    execFileSync(process.execPath, ["scripts/playground.mjs", "--build"], { cwd: root, stdio: "pipe" });
    mkdirSync(OUT, { recursive: true });
    const server = await serve(`${root}dist/playground/`);
    const { chromium: driver } = await import("playwright-core");
    const browser = await driver.launch({ executablePath: chromium, args: ["--no-sandbox"] });
    const checks = new Checks();
    try {
      const visit = (options) => Visitor.arrive(browser, server.url, options);
      const context = { visit, checks, folder, root, url: server.url, out: OUT };
      for (const part of [annealChecks, banditChecks, everywhereChecks]) await part(context);
      const learned = await learnChecks(context);
      await takeScreenshots(context, learned);
      if (picture) await takePicture(context);
      await browser.close();
      if (firefox) await firefoxChecks({ ...context, path: firefox });
    } finally {
      await browser.close();
      server.close();
    }
    return checks.outcomes;
  },
};
