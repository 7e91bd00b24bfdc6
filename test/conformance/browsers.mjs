// Chromium and Firefox, headless, on a page that imports the package with a content security policy as strict as allowed.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const PAGE = `<!doctype html><meta charset="utf-8"><title>conformance</title>
<script type="importmap">{ "imports": { "wayward": "/node_modules/wayward/dist/index.js" } }</script>`;
// Inline scripts are for the import map and the driver; the core itself needs 'wasm-unsafe-eval' and nothing else.
const policy = (script) => `default-src 'self'; script-src 'self' 'unsafe-inline'${script}`;
const IN_PAGE = `(async () => {
  const [wayward, { runCases }, core] = await Promise.all([
    import("wayward"), import("/cases.js"), import("/core.js")]);
  return JSON.stringify(await runCases(wayward, core.default));
})()`;
const START_ONLY = `(async () => {
  const { createSolver } = await import("wayward");
  return createSolver().then(() => "started", (error) => error.code + ": " + error.message);
})()`;

/** Serves the project's folder on a free port of this machine. */
function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = join(folder, normalize(pathname));
    if (pathname === "/page" || pathname === "/strict") {
      const script = pathname === "/page" ? " 'wasm-unsafe-eval'" : "";
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy(script) });
      return response.end(PAGE);
    }
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(readFileSync(path));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() });
    });
  });
}

function browser(name, candidates, launch) {
  const path = candidates.find((candidate) => existsSync(candidate));
  let version = "";
  return {
    name,
    skip: () => (path ? null : `none of ${candidates.join(", ")} is here: npm run conformance -- --install`),
    version: async () => version,
    run: async ({ folder }) => {
      const server = await serve(folder);
      const opened = await launch(path);
      try {
        version = /[\d.]+/.exec(await opened.version())[0];
        const page = await opened.newPage();
        await page.goto(`${server.url}/page`);
        const results = JSON.parse(await page.evaluate(IN_PAGE));
        await page.goto(`${server.url}/strict`);
        const told = await page.evaluate(START_ONLY);
        results["without 'wasm-unsafe-eval' the error says so"] = /^environment: .*'wasm-unsafe-eval'/.test(told)
          ? { check: "passed" }
          : { error: `without 'wasm-unsafe-eval': ${told}` };
        return results;
      } finally {
        await opened.close();
        server.close();
      }
    },
  };
}

export const browsers = [
  browser("Chromium", ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], async (path) => {
    const { chromium } = await import("playwright-core");
    return chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
  }),
  browser("Firefox", ["/usr/bin/firefox-esr", "/usr/bin/firefox"], async (path) => {
    const { default: puppeteer } = await import("puppeteer-core");
    return puppeteer.launch({ browser: "firefox", executablePath: path, headless: true });
  }),
];
