import { autonomyOf } from "../anneal/options.js";
import { request } from "../client.js";
import { rowsOf } from "../data/dataset.js";
import type { Problem } from "../problem.js";
import { METHODS, type State } from "../state.js";
import type { Store } from "../store.js";
import { byId, h, oncePerFrame } from "../view/dom.js";
import { takeButtons } from "../view/take.js";
import { learnControls } from "./form.js";
import { LearnLane } from "./lane.js";
import type { LearnEvent } from "./messages.js";
import { budgetOf } from "./options.js";
import { learnProgram } from "./program.js";
import { LearnView } from "./view.js";

const PROBLEM: readonly (keyof State)[] = ["clusters", "kappa", "zeta", "gamma", "temperature", "seed", "interactions"];
export type Known = Extract<LearnEvent, { kind: "known" }>;

/** The Learn tab: learners that do not know the autonomy, beside one who does. */
export class LearnTab {
  readonly #store: Store;
  readonly #problem: Problem;
  readonly #lanes: LearnLane[];
  readonly #view: LearnView;
  readonly #go = h(
    "button",
    { type: "button", class: "primary", id: "learn-go", disabled: true, onclick: () => this.#onGo() },
    "Start",
  );
  readonly #again = h("button", { type: "button", id: "learn-again", onclick: () => this.#reset() }, "Start over");
  readonly #status = h("p", { class: "status", role: "status", id: "learn-status" });
  readonly #drawSoon: () => void;
  #known: Known | null = null;
  /** What `#known` was solved for. */
  #solved = "";

  constructor(store: Store, problem: Problem) {
    this.#store = store;
    this.#problem = problem;
    this.#drawSoon = oncePerFrame(() => this.#draw());
    this.#lanes = METHODS.map((method) => new LearnLane(method, this.#drawSoon));
    this.#view = new LearnView();
    byId("learn-transport").append(h("div", { class: "transport-row" }, this.#go, this.#again), this.#status);
    learnControls(store, problem);
    takeButtons(byId("learn-take"), {
      name: "wayward-learn",
      sheet: () => this.#view.sheet(this.#chosen, this.#known, problem.dataset),
      json: () => this.#json(),
      program: () => learnProgram(store.state),
      hint: "The first table learner. Save it as program.mjs beside points.csv (Points), npm install wayward, node program.mjs.",
      dataset: () => problem.dataset,
    });
    problem.onData(() => this.#onProblem());
    store.onChange((_, changed) => {
      if (PROBLEM.some((name) => changed.has(name))) this.#onProblem();
      if (changed.has("methods")) this.#drawSoon();
      if (changed.has("tab")) this.shown();
    });
  }

  /** Its panel became visible. */
  shown(): void {
    if (this.#store.state.tab !== "learn" || !this.#problem.dataset) return;
    this.#view.layout(this.#problem.dataset);
    void this.#solveKnown();
    this.#drawSoon();
  }

  get #chosen(): LearnLane[] {
    return this.#lanes.filter(({ method }) => this.#store.state.methods.includes(method));
  }

  get #running(): boolean {
    return this.#lanes.some(({ phase }) => phase === "running");
  }

  /** Another problem: what was learned does not belong to it. */
  #onProblem(): void {
    for (const lane of this.#lanes) lane.reset();
    this.#known = null;
    this.#solved = "";
    this.shown();
  }

  #reset(): void {
    for (const lane of this.#lanes) lane.reset();
    this.#drawSoon();
  }

  /** Starts, stops, or goes on, whichever is next. */
  #onGo(): void {
    if (this.#running) {
      for (const lane of this.#lanes) lane.stop();
      return;
    }
    const input = this.#input();
    if (!input) return;
    if (this.#chosen.every(({ phase }) => phase === "done" || phase === "failed")) this.#reset();
    for (const lane of this.#chosen) {
      if (lane.phase === "done") continue;
      lane.start({ ...input, budget: budgetOf(lane.method, this.#store.state) });
    }
  }

  #input() {
    const { dataset } = this.#problem;
    const { state } = this.#store;
    const { clusters, seed } = state;
    if (!dataset || dataset.key !== state.data || clusters > rowsOf(dataset)) return null;
    return {
      points: { data: dataset.data, dimensions: dataset.dimensions },
      clusters,
      autonomy: autonomyOf(state),
      seed,
    };
  }

  async #solveKnown(): Promise<void> {
    const input = this.#input();
    if (!input) return;
    const { points: _, ...rest } = input;
    const wanted = JSON.stringify([this.#store.state.data, rowsOf(this.#problem.dataset!), rest]);
    if (this.#solved === wanted) return;
    this.#solved = wanted;
    const known = (await request("learn", { ...input, method: "known", budget: 0, saved: null })) as Known;
    if (this.#solved !== wanted) return;
    this.#known = known;
    this.#drawSoon();
  }

  #draw(): void {
    const chosen = this.#chosen;
    this.#view.draw(chosen, this.#known);
    const { clusters } = this.#store.state;
    const phases = new Set(chosen.map(({ phase }) => phase));
    const running = this.#running;
    this.#go.textContent = running ? "Stop" : phases.has("stopped") ? "Resume" : "Start";
    this.#go.disabled = chosen.length === 0 || clusters < 2 || !this.#known;
    this.#again.disabled = running || chosen.every(({ phase }) => phase === "idle");
    const words = statusWords(chosen, clusters);
    if (this.#status.textContent !== words) this.#status.textContent = words;
    const allDone = chosen.length > 0 && chosen.every(({ phase }) => phase === "done");
    document.body.dataset.learn = running ? "running" : allDone ? "done" : [...phases].join(" ");
  }

  #json(): unknown {
    const learners = this.#lanes
      .filter(({ last }) => last !== null)
      .map(({ method, phase, points, losses, backend, labels }) => ({
        method,
        phase,
        backend,
        points,
        losses,
        labels,
      }));
    return this.#known && { known: this.#known, learners };
  }
}

/** What can be done now, or what is going on. */
function statusWords(chosen: readonly LearnLane[], clusters: number): string {
  if (clusters < 2) return "With one cluster there is nothing to learn.";
  if (chosen.length === 0) return "Choose at least one learner.";
  const failed = chosen.find(({ phase }) => phase === "failed");
  if (failed) return `${failed.method}: ${failed.error}`;
  if (chosen.some(({ phase }) => phase === "running")) return "Learning from what entities do…";
  const saved = chosen.reduce((sum, { savedBytes, phase }) => sum + (phase === "stopped" ? savedBytes : 0), 0);
  if (saved > 0)
    return `Stopped; the learners are saved in ${Math.ceil(saved / 1024).toLocaleString("en")} kB and go on from there.`;
  if (chosen.every(({ phase }) => phase === "done")) return "Done: every learner has spent its budget.";
  return "Nothing is known yet.";
}
