import { Presets, SingleBar } from "cli-progress";
import type { AnnealStep } from "../index.js";

const WHAT: Record<AnnealStep["phase"], string> = {
  anneal: "annealing",
  polish: "polishing",
  relocate: "relocating centers",
  restart: "restarting",
};

/** Hands the steps on, drawing a bar on stderr while they come; draws nothing where stderr is no terminal. */
export function* withProgress(steps: Iterable<AnnealStep>, clusters: number): Generator<AnnealStep> {
  if (!process.stderr.isTTY) {
    yield* steps;
    return;
  }
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
  try {
    for (const step of steps) {
      sweeps += step.sweeps;
      bar.update(step.distinctCenters, { what: WHAT[step.phase], beta: step.beta.toPrecision(3), sweeps });
      yield step;
    }
  } finally {
    bar.stop();
  }
}
