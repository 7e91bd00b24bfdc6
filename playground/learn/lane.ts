import { start, type Task } from "../client.js";
import type { Method } from "../state.js";
import type { LearnInput, LearnPoint } from "./messages.js";

export const METHOD_WORDS: Record<Method, { title: string; about: string }> = {
  counts: { title: "Counts", about: "counts who went where; half is forgotten when centers move" },
  qlearning: {
    title: "Q-learning",
    about: "learns costs without a model: 20 times the budget, in up to eight runs of which the best goes on",
  },
  aden: { title: "ADEN", about: "an attention network trained in the page; loads the ONNX runtime (27 MB)" },
  auto: { title: "Auto", about: "the library’s default: counts or the softmax family, whichever predicts better" },
};

export type Phase = "idle" | "running" | "stopped" | "done" | "failed";

/** One learner's run: started, stopped to bytes, resumed from them. */
export class LearnLane {
  readonly method: Method;
  phase: Phase = "idle";
  points: LearnPoint[] = [];
  losses: { round: number; loss: number }[] = [];
  backend: LearnPoint["backend"] = null;
  labels: Int32Array | null = null;
  error = "";
  #saved: Uint8Array | null = null;
  #task: Task | null = null;
  readonly #onChange: () => void;

  constructor(method: Method, onChange: () => void) {
    this.method = method;
    this.#onChange = onChange;
  }

  get last(): LearnPoint | null {
    return this.points[this.points.length - 1] ?? null;
  }

  /** Bytes of the state it was stopped in. */
  get savedBytes(): number {
    return this.#saved?.length ?? 0;
  }

  start(input: Omit<LearnInput, "method" | "saved">): void {
    this.phase = "running";
    const saved = this.#saved;
    this.#task = start("learn", { ...input, method: this.method, saved }, (event) => {
      if (event.kind === "step" || event.kind === "result") this.#take(event.point);
      if (event.kind === "result") {
        this.labels = event.labels;
        this.phase = "done";
      }
      if (event.kind === "saved") {
        this.#saved = event.bytes;
        this.phase = "stopped";
      }
      this.#onChange();
    });
    this.#task.done.catch((error: Error) => {
      this.phase = "failed";
      this.error = error.message;
      this.#onChange();
    });
    this.#onChange();
  }

  /** Asks the worker to save the learner and end it. */
  stop(): void {
    if (this.phase === "running") this.#task?.stop();
  }

  reset(): void {
    this.#task?.cancel();
    this.#task = null;
    this.#saved = null;
    this.phase = "idle";
    this.points = [];
    this.losses = [];
    this.backend = null;
    this.labels = null;
    this.error = "";
  }

  #take(point: LearnPoint): void {
    this.points.push(point);
    if (point.loss) this.losses.push(...point.loss);
    this.backend = point.backend;
  }
}
