// Chromium and Firefox, headless: in a page and in a worker, free and under the strictest policy that the core can
// live with. Nothing inline but the import map, which the policy names by its hash.
import { createHash } from "node:crypto";
import { missing, withBrowser, withServer } from "./launch.mjs";

const IMPORT_MAP = `{ "imports": { "wayward": "/node_modules/wayward/dist/index.js" } }`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>conformance</title>
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/page.js"></script>`;
const policy = (...more) => {
  const hash = createHash("sha256").update(IMPORT_MAP).digest("base64");
  return ["default-src 'none'; connect-src 'self'; script-src 'self'", `'sha256-${hash}'`, ...more].join(" ");
};
const POLICIES = { free: null, strict: policy("'wasm-unsafe-eval'"), forbidding: policy() };

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

function runtime(name, place, kind) {
  let version = "";
  return {
    name: `${name} ${place}${kind === "strict" ? ", CSP" : ""}`,
    skip: () => missing(name),
    version: async () => version,
    run: ({ folder }) =>
      withBrowser(name, async (browser) => {
        version = /[\d.]+/.exec(await browser.version())[0];
        const ask = (question, policyKind) => evaluate(browser, folder, question, POLICIES[policyKind]);
        const results = JSON.parse(await ask(place === "page" ? "inPage()" : "inWorker()", kind));
        if (place === "page" && kind === "strict") {
          const told = await ask("startOnly()", "forbidding");
          results["without 'wasm-unsafe-eval' the error says so"] = /^environment: .*'wasm-unsafe-eval'/.test(told)
            ? { check: "passed" }
            : { error: told };
        }
        return results;
      }),
  };
}

/** Opens the page under a policy and evaluates one expression in it. */
function evaluate(browser, folder, expression, policyText) {
  const headers = policyText === null ? {} : { "content-security-policy": policyText };
  const scripts = Object.entries(SCRIPTS).map(([path, body]) => [path, { body, headers: JAVASCRIPT }]);
  const routes = { "/": { body: PAGE }, ...Object.fromEntries(scripts) };
  return withServer(
    folder,
    async (url) => {
      const page = await browser.newPage();
      await page.goto(`${url}/`, { waitUntil: "load" });
      try {
        return await page.evaluate(expression);
      } finally {
        await page.close();
      }
    },
    { routes, headers },
  );
}

const JAVASCRIPT = { "content-type": "text/javascript" };

export const browsers = ["Chromium", "Firefox"].flatMap((name) =>
  ["free", "strict"].flatMap((kind) => ["page", "worker"].map((place) => runtime(name, place, kind))),
);
