import { readFileSync } from "node:fs";

/** A person in front of the page, in Chromium, who also sees the console and every request. */
export class Visitor {
  /** Whatever should not happen. */
  faults = [];
  /** Paths of all requests. */
  requests = [];

  /** @param hash the fragment of the link that was followed */
  static async arrive(browser, url, { hash = "", before, ...options } = {}) {
    const visitor = new Visitor();
    visitor.origin = url;
    visitor.context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    const page = await visitor.context.newPage();
    visitor.page = page;
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") visitor.faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => visitor.faults.push(`error: ${error.message}`));
    visitor.context.on("request", (request) => visitor.#onRequest(request.url(), url));
    await before?.(visitor.context);
    await page.goto(url + hash);
    return visitor;
  }

  #onRequest(address, origin) {
    if (/^(blob|data):/.test(address)) return;
    if (address.startsWith(origin)) this.requests.push(new URL(address).pathname);
    else this.faults.push(`request to ${address}`);
  }

  /** Comes by another link, to a fresh page. */
  async follow(hash) {
    await this.page.goto("about:blank");
    await this.page.goto(this.origin + hash);
  }

  async leave() {
    await this.context.close();
  }

  /** Until the Anneal tab shows the solution of its present settings. */
  async solved() {
    await this.page.waitForTimeout(60); // a frame, so that a change has been heard
    await this.page.waitForFunction(() => document.body.dataset.anneal === "solved");
  }

  /** Moves a slider as the keyboard or the pointer would. */
  async slide(label, value, panel = "anneal") {
    const slider = this.page.locator(`#panel-${panel}`).getByLabel(label, { exact: true });
    await slider.evaluate((input, wanted) => {
      input.value = String(wanted);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, value);
  }

  text(selector) {
    return this.page.locator(selector).textContent();
  }

  /** Clicks a button that downloads, and reads the file. */
  async download(button) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), button.click()]);
    return readFileSync(await download.path());
  }

  button(name, panel = "anneal") {
    return this.page.locator(`#panel-${panel}`).getByRole("button", { name, exact: true });
  }

  async json(panel) {
    return JSON.parse(await this.download(this.button("Download JSON", panel)));
  }

  /** The program that a tab shows. */
  async program(panel) {
    await this.button("The same in code", panel).click();
    const program = await this.page.locator("#program-text").inputValue();
    await this.page.keyboard.press("Escape");
    return program;
  }
}
