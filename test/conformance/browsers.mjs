// Chromium and Firefox, headless: in a page and in a worker, free and under the strictest policy that the core can
// live with.
import { missing, strictPage, withBrowser, withServer } from "./launch.mjs";

// A worker has no import map: it names the file.
const SCRIPTS = {
  "/page.js": `import * as wayward from "wayward";
globalThis.inPage = async () => {
  const [{ runCases }, core] = await Promise.all([import("/cases/index.js"), import("/core.js")]);
  return JSON.stringify(await runCases(wayward, core.default));
};
globalThis.inWorker = () => new Promise((resolve, reject) => {
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error("worker: " + message));
});
globalThis.startOnly = () =>
  wayward.createSolver().then(() => "started", (error) => error.code + ": " + error.message);`,
  "/worker.js": `import * as wayward from "/node_modules/wayward/dist/index.js";
import { runCases } from "/cases/index.js";
import core from "/core.js";
postMessage(JSON.stringify(await runCases(wayward, core)));`,
};
const { routes, policy, withoutWasm } = strictPage({
  imports: { wayward: "/node_modules/wayward/dist/index.js" },
  start: ["/page.js"],
  scripts: SCRIPTS,
});
const HEADERS = { free: {}, strict: policy, forbidding: withoutWasm };

function runtime(name, place, kind) {
  let version = "";
  return {
    name: `${name} ${place}${kind === "strict" ? ", CSP" : ""}`,
    skip: () => missing(name),
    version: async () => version,
    run: ({ folder }) =>
      withBrowser(name, async (browser) => {
        version = /[\d.]+/.exec(await browser.version())[0];
        const ask = (question, headers) => evaluate(browser, folder, question, headers);
        const results = JSON.parse(await ask(place === "page" ? "inPage()" : "inWorker()", HEADERS[kind]));
        if (place === "page" && kind === "strict") {
          const told = await ask("startOnly()", HEADERS.forbidding);
          results["without 'wasm-unsafe-eval' the error says so"] = /^environment: .*'wasm-unsafe-eval'/.test(told)
            ? { check: "passed" }
            : { error: told };
        }
        return results;
      }),
  };
}

/** Opens the page as it comes with these headers, and evaluates one expression in it. */
function evaluate(browser, folder, expression, headers) {
  const ask = async (url) => {
    const page = await browser.newPage();
    await page.goto(`${url}/`, { waitUntil: "load" });
    try {
      return await page.evaluate(expression);
    } finally {
      await page.close();
    }
  };
  return withServer(folder, ask, { routes, headers });
}

export const browsers = ["Chromium", "Firefox"].flatMap((name) =>
  ["free", "strict"].flatMap((kind) => ["page", "worker"].map((place) => runtime(name, place, kind))),
);
