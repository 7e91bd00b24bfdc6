import { start, type Task } from "../client.js";
import type { State } from "../state.js";
import type { Store } from "../store.js";
import { CHART_HEIGHT, Chart } from "../view/chart.js";
import { seed, slider } from "../view/controls.js";
import { byId, h, oncePerFrame } from "../view/dom.js";
import type { Sheet } from "../view/export.js";
import { percent, short, whole } from "../view/numbers.js";
import { Player } from "../view/player.js";
import { takeButtons } from "../view/take.js";
import { Transport } from "../view/transport.js";
import { certificates } from "./certificates.js";
import { LANE_WORDS, LaneView } from "./lane.js";
import { LANES, type LaneRun } from "./messages.js";
import { MOST_PULLS } from "./options.js";
import { banditProgram } from "./program.js";
import { type World, worldOf } from "./world.js";

const PROBLEM: readonly (keyof State)[] = ["arms", "groups", "gap", "noise", "delta", "banditSeed"];

/** The Bandit tab: three ways of pulling race on the same noise. */
export class BanditTab {
  readonly #store: Store;
  readonly #views = LANES.map((lane) => new LaneView(lane));
  readonly #chart = new Chart(byId("bandit-chart"), "How much of the threshold each method has reached, against pulls");
  readonly #player: Player;
  readonly #transport: Transport;
  readonly #solveSoon: () => void;
  #task: Task | null = null;
  #world: World | null = null;
  #lanes: LaneRun[] = [];
  #lowerBound = 0;
  /** Lanes whose certificates are shown. */
  #ended = -1;
  /** What the lanes were solved for. */
  #solved = "";
  /** The first race plays by itself when the tab is opened. */
  #greet = true;

  constructor(store: Store) {
    this.#store = store;
    const draw = oncePerFrame(() => this.#draw());
    this.#player = new Player(draw);
    this.#transport = new Transport(byId("bandit-transport"), this.#player, "bandit", "Pulls made");
    this.#solveSoon = oncePerFrame(() => this.#solve());
    byId("bandit-lanes").append(...this.#views.map(({ element }) => element));
    byId("bandit-legend").append(
      ...LANES.map((lane, index) => h("span", { class: `key series-key-${index}` }, LANE_WORDS[lane].title)),
      h("span", { class: "key dash-key" }, "threshold"),
    );
    this.#controls();
    takeButtons(byId("bandit-take"), {
      name: "wayward-bandit",
      sheet: () => this.#sheet(),
      json: () => this.#json(),
      program: () => banditProgram(store.state),
      hint: "The first lane. Save it as program.mjs, npm install wayward, node program.mjs.",
    });
    store.onChange((state, changed) => {
      if (state.tab === "bandit" && (changed.has("tab") || PROBLEM.some((name) => changed.has(name)))) this.shown();
    });
  }

  /** Its panel is visible: solves what has not been solved yet. */
  shown(): void {
    const world = JSON.stringify([worldOf(this.#store.state), this.#store.state.delta]);
    if (this.#lanes.length > 0 && world === this.#solved) this.#drawChart();
    else this.#solveSoon();
  }

  #controls(): void {
    const { state } = this.#store;
    const groups = slider(this.#store, { name: "groups", label: "Groups K", step: 1 });
    byId("bandit-world").append(
      slider(this.#store, { name: "arms", label: "Arms M", step: 1 }),
      groups,
      slider(this.#store, {
        name: "gap",
        label: "Gap",
        hint: "Distance between the two nearest groups; the others are twice as far apart.",
        step: 0.05,
        format: short,
      }),
      slider(this.#store, {
        name: "noise",
        label: "Noise σ",
        hint: "Standard deviation of a pull, in each coordinate.",
        step: 0.05,
        format: short,
      }),
      slider(this.#store, {
        name: "delta",
        label: "Accepted error δ",
        hint: "The chance of a wrong partition that you accept.",
        step: 0.1,
        log: true,
        format: short,
      }),
      seed(this.#store, "banditSeed"),
    );
    const limit = ({ arms }: State) => groups.limit(2, Math.min(6, arms - 1));
    this.#store.onChange((now, changed) => {
      if (!changed.has("arms")) return;
      limit(now);
      if (now.groups > now.arms - 1) this.#store.set({ groups: now.arms - 1 });
    });
    limit(state);
  }

  #solve(): void {
    const { state } = this.#store;
    this.#task?.cancel();
    const world = worldOf(state);
    document.body.dataset.bandit = "solving";
    this.#task = start("bandit", { world, delta: state.delta }, (event) => {
      if (event.kind === "progress") {
        this.#transport.showProgress(`${LANE_WORDS[event.lane].title}: ${whole(event.pulls)} pulls`);
      } else this.#take(world, state.delta, event.lanes, event.lowerBound);
    });
    this.#task.done.catch((error: Error) => {
      document.body.dataset.bandit = "failed";
      this.#transport.showError(error.message);
    });
  }

  #take(world: World, delta: number, lanes: LaneRun[], lowerBound: number): void {
    this.#world = world;
    this.#solved = JSON.stringify([world, delta]);
    this.#lanes = lanes;
    this.#lowerBound = lowerBound;
    this.#views.forEach((view, index) => {
      view.setRun(lanes[index], world);
    });
    this.#drawChart();
    const longest = Math.max(...lanes.map(({ arms }) => arms.length));
    this.#ended = -1;
    const plays = this.#greet && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#greet = false;
    this.#player.reset(longest, plays ? 0 : 1);
    if (plays) this.#player.play();
    document.body.dataset.bandit = "solved";
  }

  #drawChart(): void {
    this.#chart.draw({
      x: { label: "pulls", scale: "linear", domain: [0, Math.max(...this.#lanes.map(({ arms }) => arms.length))] },
      y: { label: "share of the threshold", scale: "linear", domain: [0, 1.1] },
      series: this.#lanes.map(({ lane, samples }) => ({
        name: LANE_WORDS[lane].title,
        points: samples.map(({ pulls, statistic }) => [pulls, Math.min(statistic, 1.1)] as const),
      })),
      levels: [{ y: 1, label: "sure enough" }],
    });
    this.#chart.reveal(this.#player.at);
  }

  #draw(): void {
    if (this.#lanes.length === 0) return;
    const { at } = this.#player;
    for (const view of this.#views) view.draw(at);
    this.#chart.reveal(at);
    const running = this.#lanes.filter(({ arms }) => arms.length > at).length;
    this.#showEnded(at, this.#lanes.length - running);
    this.#transport.show([
      `${whole(Math.floor(at))} pulls each`,
      running > 0 ? `${running} of 3 still asking` : "all are done",
    ]);
  }

  /** Certificates come when their lane is done, not before. */
  #showEnded(at: number, ended: number): void {
    if (ended === this.#ended) return;
    this.#ended = ended;
    const { delta } = this.#store.state;
    byId("bandit-result").replaceChildren(...certificates(this.#lanes, delta, this.#lowerBound, MOST_PULLS, at));
    const [best, boc, uniform] = this.#lanes.map(({ arms }) => whole(arms.length));
    const sure = percent(1 - delta, Math.max(0, Math.ceil(-Math.log10(delta)) - 2));
    const words = this.#lanes.every(({ status }) => status.certified)
      ? `To be ${sure} sure: representatives ${best} pulls, BOC ${boc}, uniform ${uniform}.`
      : `Not all of them could be ${sure} sure within ${whole(MOST_PULLS)} pulls.`;
    this.#transport.say(ended === this.#lanes.length ? words : "");
  }

  #json(): unknown {
    if (!this.#world) return null;
    const lanes = this.#lanes.map(({ lane, status, correct, arms }) => ({ lane, correct, ...status, order: arms }));
    return { world: this.#world, lowerBound: this.#lowerBound, lanes };
  }

  #sheet(): Sheet | null {
    if (!this.#world) return null;
    const { arms, groups, gap, noise, delta } = this.#store.state;
    const pulls = this.#lanes.map(({ lane, arms: made }) => `${LANE_WORDS[lane].title} ${whole(made.length)}`);
    return {
      title: `${arms} arms in ${groups} groups: pulls until certain`,
      subtitle: `gap ${gap}, noise ${noise}, δ = ${short(delta)}: ${pulls.join(", ")}`,
      width: Number(this.#chart.element.getAttribute("width")),
      panels: [{ height: CHART_HEIGHT, parts: [this.#chart.element] }],
    };
  }
}
