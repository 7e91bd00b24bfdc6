// Starts browsers and a server of files, for the matrix and for the suites.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const PATHS = {
  Chromium: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  Firefox: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
};
const pathOf = (name) => PATHS[name].find((candidate) => existsSync(candidate));

/** Why this browser cannot be started, or null. */
export const missing = (name) =>
  pathOf(name) ? null : `none of ${PATHS[name].join(", ")} is here: npm run conformance -- --install`;

/**
 * Starts a browser without a window, lets `use` work with it, and closes it whatever happens.
 *
 * @param use is given a Playwright or a Puppeteer browser; both have `newPage` and `version`, and pages `goto`,
 *   `evaluate`, `on`
 */
export async function withBrowser(name, use, args = []) {
  const browser = await start(name, args);
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

async function start(name, args) {
  if (name === "Chromium") {
    const { chromium } = await import("playwright-core");
    return chromium.launch({ executablePath: pathOf(name), args: ["--no-sandbox", ...args] });
  }
  const { default: puppeteer } = await import("puppeteer-core");
  return puppeteer.launch({ browser: "firefox", executablePath: pathOf(name), headless: true, args });
}

/**
 * A page with an import map, and the strictest policy under which it can use the package: nothing inline but the map,
 * which the policy names by its hash.
 *
 * @param scripts path -> the text of a module; the page loads those it names in `start`
 */
export function strictPage({ imports, start = [], scripts = {} }) {
  const map = JSON.stringify({ imports });
  const tags = start.map((path) => `<script type="module" src="${path}"></script>`).join("\n");
  const body = `<!doctype html><meta charset="utf-8"><title>page</title>
<script type="importmap">${map}</script>\n${tags}`;
  const headers = { "content-type": "text/javascript" };
  const files = Object.entries(scripts).map(([path, text]) => [path, { body: text, headers }]);
  const hash = createHash("sha256").update(map).digest("base64");
  const withoutWasm = `default-src 'none'; connect-src 'self'; script-src 'self' 'sha256-${hash}'`;
  return {
    routes: { "/": { body }, ...Object.fromEntries(files) },
    withoutWasm: { "content-security-policy": withoutWasm },
    policy: { "content-security-policy": `${withoutWasm} 'wasm-unsafe-eval'` },
  };
}

/**
 * Serves a folder on a free port of this machine while `use` runs.
 *
 * @param routes path -> { body, type, headers }, before the folder's own files
 * @param headers sent with every answer
 */
export async function withServer(folder, use, { routes = {}, headers = {} } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const route = routes[pathname];
    const path = join(folder, normalize(pathname));
    if (route) {
      response.writeHead(200, { "content-type": "text/html", ...headers, ...route.headers });
      return response.end(route.body);
    }
    if (!existsSync(path) || !extname(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", ...headers });
    response.end(readFileSync(path));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
