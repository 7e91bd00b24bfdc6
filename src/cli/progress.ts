import { Presets, SingleBar } from "cli-progress";
import type { AnnealStep } from "../index.js";

const WHAT: Record<AnnealStep["phase"], string> = {
  anneal: "annealing",
  polish: "polishing",
  relocate: "relocating centers",
  restart: "restarting",
};

/** What makes steps, here or elsewhere. */
interface Steps {
  step(): AnnealStep | null | Promise<AnnealStep | null>;
}

/**
 * Makes all steps, drawing a bar on stderr while they come; draws nothing where stderr is no terminal.
 *
 * @param onStep called after each
 */
export async function followSteps(run: Steps, clusters: number, onStep: () => void = () => {}): Promise<void> {
  const bar = process.stderr.isTTY ? openBar(clusters) : null;
  try {
    for (let step = await run.step(); step !== null; step = await run.step()) {
      onStep();
      bar?.show(step);
    }
  } finally {
    bar?.stop();
  }
}

function openBar(clusters: number) {
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: "{bar} {value} of {total} centers, {what}, beta {beta}, {sweeps} sweeps",
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let sweeps = 0;
  bar.start(clusters, 0, { what: WHAT.anneal, beta: "-", sweeps });
  return {
    show(step: AnnealStep): void {
      sweeps += step.sweeps;
      bar.update(step.distinctCenters, { what: WHAT[step.phase], beta: step.beta.toPrecision(3), sweeps });
    },
    stop: () => bar.stop(),
  };
}
