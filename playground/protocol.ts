import type { AnnealEvent, AnnealInput, JourneyEvent, JourneyInput } from "./anneal/messages.js";
import type { BanditEvent, BanditInput } from "./bandit/messages.js";
import type { Dataset } from "./data/dataset.js";
import type { LearnEvent, LearnInput } from "./learn/messages.js";

/** What the page can ask of its worker, and what comes back, event by event. */
export interface Jobs {
  load: { input: { preset: string } | { csv: string; title: string }; event: Dataset };
  anneal: { input: AnnealInput; event: AnnealEvent };
  journeys: { input: JourneyInput; event: JourneyEvent };
  bandit: { input: BanditInput; event: BanditEvent };
  learn: { input: LearnInput; event: LearnEvent };
}
export type JobName = keyof Jobs;

/** Page to worker. `stop` asks a job to save and end; `cancel` wants to hear no more of it. */
export type Request =
  | { kind: "start"; id: number; job: JobName; input: unknown }
  | { kind: "stop" | "cancel"; id: number };

/** Worker to page. */
export type Reply =
  | { kind: "event"; id: number; event: unknown }
  | { kind: "done"; id: number }
  | { kind: "failed"; id: number; message: string };
