import { start, type Task } from "../client.js";
import { rowsOf } from "../data/dataset.js";
import type { Problem } from "../problem.js";
import type { State } from "../state.js";
import type { Store } from "../store.js";
import { CHART_HEIGHT } from "../view/chart.js";
import { assignColors, type Rgb } from "../view/colors.js";
import { byId, h, oncePerFrame, prefersLessMotion } from "../view/dom.js";
import type { Sheet } from "../view/export.js";
import { exact, short } from "../view/numbers.js";
import { Player } from "../view/player.js";
import { Scene } from "../view/scene.js";
import { takeButtons } from "../view/take.js";
import { Transport } from "../view/transport.js";
import { BetaChart } from "./beta-chart.js";
import { forgetCosts, showCosts } from "./costs.js";
import { Explorer } from "./explorer.js";
import { annealControls } from "./form.js";
import { sendOut } from "./journeys.js";
import { nearestOneToOne } from "./lineage.js";
import type { AnnealRun, Solution } from "./messages.js";
import { annealOptions, autonomyOf, playedOptions } from "./options.js";
import { annealProgram } from "./program.js";
import { Stage } from "./stage.js";
import { momentWords, resultWords } from "./words.js";

/** Anything that changes the run itself. */
const PROBLEM: readonly (keyof State)[] = [
  "clusters",
  "kappa",
  "zeta",
  "gamma",
  "temperature",
  "schedule",
  "growth",
  "seed",
];

/** The Anneal tab: the run is computed in the worker, then played back here. */
export class AnnealTab {
  readonly scene: Scene;
  readonly chart: BetaChart;
  readonly #store: Store;
  readonly #problem: Problem;
  readonly #stage: Stage;
  readonly #player: Player;
  readonly #transport: Transport;
  readonly #explorer: Explorer;
  readonly #solveSoon: () => void;
  #task: Task | null = null;
  #run: AnnealRun | null = null;
  #colors: readonly Rgb[] = [];
  /** Whether the first run should play by itself: only for who comes without a link. */
  #greet: boolean;
  #sendings = 0;

  constructor(store: Store, problem: Problem) {
    this.#store = store;
    this.#problem = problem;
    this.#greet = !location.hash.includes("?") && !prefersLessMotion();
    this.scene = new Scene(byId("anneal-scene"), "Entities and centers");
    this.chart = new BetaChart(byId("anneal-chart"));
    this.#stage = new Stage(this.scene);
    const draw = oncePerFrame(() => this.#draw());
    this.#player = new Player(draw);
    const scrub = "Position in the annealing, from the first beta to infinity";
    const send = h("button", { type: "button", id: "send-out", onclick: () => void this.#sendOut() }, "Send 100 out");
    this.#transport = new Transport(byId("anneal-transport"), this.#player, "anneal", scrub, send);
    this.#explorer = new Explorer(this.scene, this.#stage, this.#player, () => autonomyOf(store.state));
    this.#solveSoon = oncePerFrame(() => this.#solve());
    annealControls(store, problem);
    takeButtons(byId("anneal-take"), {
      name: "wayward-anneal",
      sheet: () => this.#sheet(),
      json: () => this.#json(),
      program: () => annealProgram(store.state),
      hint: "Save it as program.mjs beside points.csv (the download named Points), npm install wayward, node program.mjs.",
      dataset: () => problem.dataset,
    });
    problem.onData(() => {
      this.#colors = [];
      this.#solveSoon();
    });
    store.onChange((state, changed) => {
      if (PROBLEM.some((name) => changed.has(name))) this.#solveSoon();
      if (changed.has("ignored")) this.#stage.showIgnored(state.ignored);
      if (changed.has("tab") && state.tab === "anneal") this.shown();
      if (changed.has("at") && Math.abs(state.at - this.#share) > 1e-3)
        this.#player.moveTo(state.at * this.#player.last);
    });
  }

  get run(): AnnealRun | null {
    return this.#run;
  }

  /** Its panel became visible: what needs a width is drawn now. */
  shown(): void {
    this.scene.layout();
    if (!this.#run) return;
    this.chart.setRun(this.#run);
    this.#draw();
  }

  get #share(): number {
    return this.#player.last === 0 ? 1 : this.#player.at / this.#player.last;
  }

  #solve(): void {
    const { dataset } = this.#problem;
    const { state } = this.#store;
    if (!dataset || dataset.key !== state.data || state.clusters > rowsOf(dataset)) return;
    this.#task?.cancel();
    const points = { data: dataset.data, dimensions: dataset.dimensions };
    document.body.dataset.anneal = "solving";
    const played = playedOptions(state, rowsOf(dataset));
    this.#task = start("anneal", { points, options: annealOptions(state), played }, (event) => {
      if (event.kind === "solution") this.#takeSolution(event.solution);
      else if (event.kind === "run") this.#take(event.run);
      else this.#transport.showProgress(`Preparing the playback: step ${event.steps}, β = ${short(event.beta)}`);
    });
    this.#task.done.catch((error: Error) => {
      document.body.dataset.anneal = "failed";
      this.#transport.showError(error.message);
      forgetCosts();
    });
  }

  /** The costs at once; the picture as well, unless the playback stands elsewhere. */
  #takeSolution(solution: Solution): void {
    showCosts(solution, this.#store.state);
    this.#transport.say(resultWords(solution));
    if (!this.#greet && this.#store.state.at === 1) this.#show({ ...solution, frames: [], transitions: [] });
  }

  #take(run: AnnealRun): void {
    this.#show(run);
    this.chart.setRun(run);
    document.body.dataset.anneal = "solved";
    if (this.#greet) this.#player.play();
    this.#greet = false;
  }

  #show(run: AnnealRun): void {
    const { dataset } = this.#problem;
    if (!dataset) return;
    const sameData = this.scene.dataset === dataset;
    this.#colors = this.#colorsFor(run, sameData);
    this.#run = run;
    if (!sameData) {
      this.#stage.clear();
      this.scene.setData(dataset);
    }
    this.scene.layers.journeys.replaceChildren();
    this.#stage.setRun(run, this.#colors);
    this.#stage.showIgnored(this.#store.state.ignored);
    this.#explorer.clear();
    this.#player.reset(run.frames.length, this.#greet ? 0 : this.#store.state.at);
  }

  /** A center keeps its color while a slider moves it about. */
  #colorsFor({ result }: AnnealRun, sameData: boolean): readonly Rgb[] {
    const before = this.#run;
    if (!before || !sameData || before.result.centers.length !== result.centers.length) {
      return assignColors(result.centers);
    }
    const partners = nearestOneToOne(result.centers, before.result.centers);
    return partners.map((partner) => this.#colors[partner] ?? this.#colors[0]);
  }

  #draw(): void {
    const run = this.#run;
    if (!run) return;
    const { at, playing } = this.#player;
    const moment = this.#stage.momentAt(at);
    this.#stage.draw(at);
    this.chart.moveTo(run, at);
    if (run.frames.length > 0 || document.body.dataset.anneal === "solved")
      this.#transport.show(momentWords(run, moment));
    this.#explorer.refresh();
    if (!playing && run.frames.length > 0) this.#store.set({ at: Number(this.#share.toFixed(4)) });
    if (at < this.#player.last) this.scene.layers.journeys.replaceChildren();
  }

  #json(): unknown {
    if (!this.#run) return null;
    const { result, ignored, transitions } = this.#run;
    const { schedule, growth } = this.#store.state;
    return { ...result, ignored, played: { schedule, betaGrowth: growth, phaseTransitions: transitions } };
  }

  #sheet(): Sheet | null {
    const { dataset } = this.#problem;
    if (!this.#run || !dataset) return null;
    const { result, ignored } = this.#run;
    const { width, height } = this.scene.size;
    const { back, dots, front } = this.scene.parts();
    const { kappa, temperature } = this.#store.state;
    return {
      title: `${dataset.title}: ${result.centers.length} centers for entities that disobey`,
      subtitle: `κ = ${kappa}, T = ${short(temperature)}: distortion ${exact(result.distortion)}; ${exact(ignored.distortion)} if autonomy is ignored`,
      width,
      panels: [
        { height, parts: [back, dots, front] },
        { height: CHART_HEIGHT, parts: [this.chart.element] },
      ],
    };
  }

  /** From the final placement: there the labels are what is prescribed. */
  async #sendOut(): Promise<void> {
    const { dataset } = this.#problem;
    if (!this.#run || !dataset) return;
    this.#player.pause();
    this.#player.moveTo(this.#player.last);
    this.#draw();
    const seed = this.#store.state.seed + this.#sendings++;
    this.#transport.say(await sendOut(this.scene, dataset, this.#run, this.#colors, seed));
  }
}
