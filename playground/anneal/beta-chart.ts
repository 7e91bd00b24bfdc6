import { Chart } from "../view/chart.js";
import type { AnnealRun } from "./messages.js";

/** Distinct centers and their movement against log beta; phase transitions, and where they were predicted. */
export class BetaChart {
  readonly #chart: Chart;

  constructor(host: HTMLElement) {
    this.#chart = new Chart(host, "Distinct centers and how far they moved at each step, against beta");
  }

  get element(): SVGElement {
    return this.#chart.element;
  }

  setRun({ frames, result, transitions }: AnnealRun): void {
    const most = result.centers.length;
    const finite = transitions.filter(({ beta }) => Number.isFinite(beta));
    this.#chart.draw({
      x: { label: "β, inverse temperature of the annealing (log scale)", scale: "log" },
      y: { label: "distinct centers", scale: "linear", domain: [0, most + 0.5], whole: true },
      right: { label: "mean movement", scale: "linear" },
      series: [
        { name: "distinct centers", points: frames.map((frame) => [frame.beta, frame.distinctCenters]), steps: true },
        { name: "mean movement", points: frames.map((frame) => [frame.beta, frame.movement]), right: true },
      ],
      marks: finite.map(({ beta, before, after }) => ({ x: beta, label: `${before}→${after}` })),
      wedges: finite
        .map(({ predicted }) => predicted ?? Number.NaN)
        .filter((beta) => beta > 0 && Number.isFinite(beta)),
    });
  }

  moveTo({ frames }: AnnealRun, at: number): void {
    if (frames.length === 0) return;
    const step = Math.min(Math.floor(at), frames.length - 1);
    const next = frames[Math.min(step + 1, frames.length - 1)].beta;
    this.#chart.moveCursor(frames[step].beta * (next / frames[step].beta) ** (at - step));
  }
}
