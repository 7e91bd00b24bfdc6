// The examples, each in the runtime that it is for, in a project with the tarball installed.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { missing, withBrowser, withServer } from "../launch.mjs";
import { execute, missingProgram, programs } from "../processes.mjs";
import { install } from "../project.mjs";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const PROGRAMS = [
  { file: "node.mjs", runtime: programs[0].name, says: /^depot at \d+\.\d\d, \d+\.\d\d\nprescribed( [01]){9}$/m },
  {
    file: "deno.ts",
    runtime: "Deno",
    says: /^groups ([012]) ([012]) \1 \2 ([012]) \1 \3 \2\nwrong with a chance of at most 1e-6, after \d+/,
  },
  { file: "bun.ts", runtime: "Bun", says: /^recommended softmax, kappa 0\.2\d \+- 0\.01\n(shop at -?\d.+\n){3}$/m },
];
const PAGES = [
  { file: "browser.html", show: "document.querySelectorAll('circle').length", says: /^204$/ },
  {
    file: "web-worker/index.html",
    show: "document.querySelector('#step').textContent",
    says: /^done: 5 centers, distortion \d/,
  },
];

export const suite = {
  name: "Examples",
  skip: () => null,
  run: async () => {
    const project = install();
    try {
      cpSync(EXAMPLES, project.folder, { recursive: true });
      const outcomes = {};
      for (const example of PROGRAMS) outcomes[example.file] = await runProgram(project.folder, example);
      for (const example of PAGES) {
        for (const browser of ["Chromium", "Firefox"])
          outcomes[`${example.file} in ${browser}`] = await openPage(project.folder, example, browser);
      }
      return outcomes;
    } finally {
      project.remove();
    }
  },
};

async function runProgram(folder, { file, runtime, says }) {
  const program = programs.find(({ name }) => name === runtime);
  const reason = missingProgram(program);
  if (reason !== null) return { skipped: reason };
  try {
    const stdout = await execute(program.path, [...program.args, file], { cwd: folder });
    return says.test(stdout) ? null : `printed ${stdout}`;
  } catch (error) {
    return error.message;
  }
}

async function openPage(folder, { file, show, says }, name) {
  const reason = missing(name);
  if (reason !== null) return { skipped: reason };
  return withServer(folder, (url) =>
    withBrowser(name, async (browser) => {
      const page = await browser.newPage();
      const errors = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(`${url}/${file}`);
      const shown = await waitFor(page, show, says);
      return says.test(shown) && errors.length === 0 ? null : `showed ${shown} ${errors.join(", ")}`;
    }),
  );
}

/** What the page shows once it is what is expected, or after ten seconds. */
async function waitFor(page, show, says) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const shown = String(await page.evaluate(show));
    if (says.test(shown) || Date.now() > deadline) return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
