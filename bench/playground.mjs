// The playground in Chromium with 5,000 points: how long a frame of the playback takes, and how drawing the points
// straight into pixels compares with the canvas's own paths. Needs the conformance run's driver and a Chromium.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { serve } from "../scripts/playground/serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const conformance = createRequire(`${root}test/conformance/package.json`);
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const POINTS = 5000;
const ROUNDS = 60;

export async function run() {
  if (!chromium) return console.log("playground: skipped, no Chromium: npm run conformance -- --install");
  execFileSync(process.execPath, ["scripts/playground.mjs", "--build"], { cwd: root, stdio: "pipe" });
  const server = await serve(`${root}dist/playground/`);
  const browser = await conformance("playwright-core").chromium.launch({
    executablePath: chromium,
    args: ["--no-sandbox"],
  });
  try {
    await frames(await browser.newPage({ viewport: { width: 1280, height: 900 } }), server.url);
    await dots(await browser.newPage());
  } finally {
    await browser.close();
    server.close();
  }
}

/** Plays a run of 5,000 points and K = 8 back, and looks at the clock at every frame. */
async function frames(page, url) {
  await page.goto(`${url}#anneal?at=1&clusters=8`);
  const solved = () => page.waitForFunction(() => document.body.dataset.anneal === "solved");
  await solved();
  await page.evaluate(dropPoints, POINTS);
  await page.waitForFunction(() => document.querySelector("#anneal-data .hint").textContent.includes("5,000"));
  await page.waitForTimeout(100);
  await solved();
  const times = (await page.evaluate(playback)).sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
  const rate = (1000 * times.length) / times.reduce((sum, time) => sum + time, 0);
  console.log(`\nplayback of ${POINTS} points, K = 8, in Chromium without a GPU:`);
  console.log(`  ${rate.toFixed(1)} frames a second; a frame: median ${at(0.5)} ms, 95% within ${at(0.95)} ms`);
}

/** Both ways of drawing 5,000 discs, each in a color of its own, in turns. */
async function dots(page) {
  const { outputFiles } = await build({
    entryPoints: [`${root}playground/view/dots.ts`],
    bundle: true,
    format: "iife",
    globalName: "dots",
    write: false,
  });
  await page.addScriptTag({ content: outputFiles[0].text });
  const { pixels, paths } = await page.evaluate(drawBoth, [POINTS, ROUNDS]);
  console.log(`drawing ${POINTS} discs in 900 x 500 pixels, medians of ${ROUNDS} rounds:`);
  console.log(
    `  into pixels ${pixels.toFixed(2)} ms, as paths ${paths.toFixed(2)} ms: ${(paths / pixels).toFixed(1)} times as fast`,
  );
}

/* What follows runs in the page. */

function dropPoints(count) {
  let state = 1;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const rows = Array.from({ length: count }, (_, row) => {
    return [(row % 8) * 3 + random() + random(), ((7 * row) % 5) * 3 + random() + random()].join();
  });
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([rows.join("\n")], "points.csv", { type: "text/csv" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
}

async function playback() {
  document.querySelector("#anneal-transport .primary").click();
  const times = [];
  let before = await new Promise(requestAnimationFrame);
  for (const end = before + 5000; before < end; ) {
    const now = await new Promise(requestAnimationFrame);
    times.push(now - before);
    before = now;
  }
  return times;
}

function drawBoth([count, rounds]) {
  const { drawDots, stampOf } = globalThis.dots;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [900, 500];
  const context = canvas.getContext("2d");
  const places = Float32Array.from({ length: 2 * count }, (_, index) => (index % 2 ? 500 : 900) * Math.random());
  const colors = Uint8Array.from({ length: 3 * count }, () => 256 * Math.random());
  const finish = () => context.getImageData(0, 0, 1, 1); // waits for what the canvas has put off
  const inPixels = () => {
    const image = new ImageData(900, 500);
    drawDots(image, stampOf(2), places, colors);
    context.putImageData(image, 0, 0);
    finish();
  };
  const asPaths = () => {
    context.clearRect(0, 0, 900, 500);
    for (let dot = 0; dot < count; dot++) {
      context.fillStyle = `rgb(${colors[3 * dot]} ${colors[3 * dot + 1]} ${colors[3 * dot + 2]})`;
      context.beginPath();
      context.arc(places[2 * dot], places[2 * dot + 1], 2, 0, 2 * Math.PI);
      context.fill();
    }
    finish();
  };
  const timesOf = { pixels: [], paths: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, draw] of Object.entries({ pixels: inPixels, paths: asPaths })) {
      const before = performance.now();
      draw();
      timesOf[name].push(performance.now() - before);
    }
  }
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  return { pixels: median(timesOf.pixels), paths: median(timesOf.paths) };
}
