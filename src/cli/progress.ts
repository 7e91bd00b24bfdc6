import { Presets, SingleBar } from "cli-progress";
import type { AnnealStep } from "../index.js";

/** A bar on stderr that is wiped when it stops; draws nothing where stderr is no terminal. */
export class Progress {
  readonly #format: string;
  #bar: SingleBar | null = null;

  /** @param format {bar}, {value}, {total}, and the names of what is told with each `show` */
  constructor(format: string) {
    this.#format = format;
  }

  show(value: number, total: number, told: Record<string, string | number> = {}): void {
    if (!process.stderr.isTTY) return;
    if (this.#bar) {
      this.#bar.setTotal(total);
      this.#bar.update(value, told);
      return;
    }
    const options = { stream: process.stderr, format: this.#format, clearOnComplete: true, hideCursor: true };
    this.#bar = new SingleBar(options, Presets.shades_classic);
    this.#bar.start(total, value, told);
  }

  stop(): void {
    this.#bar?.stop();
  }
}

const WHAT: Record<AnnealStep["phase"], string> = {
  anneal: "annealing",
  polish: "polishing",
  relocate: "relocating centers",
  restart: "restarting",
};

/** What makes steps, here or elsewhere. */
export interface Steps {
  step(): AnnealStep | null | Promise<AnnealStep | null>;
}

/**
 * Makes all steps, with a bar on stderr.
 *
 * @param onStep called after each
 */
export async function followSteps(run: Steps, clusters: number, onStep: () => void = () => {}): Promise<void> {
  const progress = new Progress("{bar} {value} of {total} centers, {what}, beta {beta}, {sweeps} sweeps");
  let sweeps = 0;
  progress.show(0, clusters, { what: WHAT.anneal, beta: "-", sweeps });
  try {
    for (let step = await run.step(); step !== null; step = await run.step()) {
      onStep();
      sweeps += step.sweeps;
      const { phase, beta, distinctCenters } = step;
      progress.show(distinctCenters, clusters, { what: WHAT[phase], beta: beta.toPrecision(3), sweeps });
    }
  } finally {
    progress.stop();
  }
}
