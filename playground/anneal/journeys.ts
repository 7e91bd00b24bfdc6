import { request } from "../client.js";
import type { Dataset } from "../data/dataset.js";
import { rowsOf } from "../data/dataset.js";
import { uniforms } from "../data/random.js";
import { hex, type Rgb } from "../view/colors.js";
import type { Scene } from "../view/scene.js";
import { svg } from "../view/svg.js";
import type { AnnealRun } from "./messages.js";

const TRAVELERS = 100;

/** Sends a hundred entities out, each told its label, and draws where they really go. @returns what happened */
export async function sendOut(
  scene: Scene,
  dataset: Dataset,
  { result }: AnnealRun,
  colors: readonly Rgb[],
  seed: number,
): Promise<string> {
  const uniform = uniforms(seed);
  const count = Math.min(TRAVELERS, rowsOf(dataset));
  const entities = Int32Array.from({ length: count }, () => Math.floor(uniform() * rowsOf(dataset)));
  const prescribed = entities.map((entity) => result.labels[entity]);
  const { centers, autonomy } = result;
  const points = { data: dataset.data, dimensions: dataset.dimensions };
  const realized = await request("journeys", { points, centers, autonomy, entities, prescribed, seed });
  const lines = Array.from(entities, (entity, index) => {
    const strayed = realized[index] !== prescribed[index];
    const [x1, y1] = scene.pixelOf(entity);
    const [x2, y2] = scene.toPixels(centers[realized[index]]);
    const line = svg("line", { class: `journey${strayed ? " strayed" : ""}`, x1, y1, x2, y2, pathLength: 1 });
    if (!strayed) line.setAttribute("stroke", hex(colors[prescribed[index]]));
    line.style.animationDelay = `${Math.round(8 * index)}ms`;
    return { line, strayed };
  });
  lines.sort((a, b) => Number(a.strayed) - Number(b.strayed)); // who strays is drawn on top
  scene.layers.journeys.replaceChildren(...lines.map(({ line }) => line));
  const strayed = lines.filter((line) => line.strayed).length;
  return `${strayed} of ${count} did not go where they were told (red lines).`;
}
