import { h } from "../view/dom.js";
import { icon } from "../view/icons.js";
import { exact, short } from "../view/numbers.js";
import type { AnnealRun } from "./messages.js";
import type { Player } from "./player.js";
import type { Moment } from "./stage.js";

/** Play, pause, step, scrub; and the words about where the run stands. */
export class Transport {
  readonly #player: Player;
  readonly #play: HTMLButtonElement;
  readonly #scrub: HTMLInputElement;
  readonly #readout = h("p", { class: "readout" });
  readonly #status = h("p", { class: "status", role: "status", id: "anneal-status" });

  constructor(host: HTMLElement, player: Player, onSend: () => void) {
    this.#player = player;
    const button = (label: string, name: Parameters<typeof icon>[0], onclick: () => void) =>
      h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick }, icon(name));
    this.#play = button("Play", "play", () => (player.playing ? player.pause() : player.play()));
    this.#play.classList.add("primary");
    this.#scrub = h("input", {
      type: "range",
      id: "anneal-scrub",
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "Position in the annealing, from the first beta to infinity",
      oninput: () => {
        player.pause();
        player.moveTo(Number(this.#scrub.value));
      },
    });
    this.#scrub.addEventListener("keydown", (event) => this.#onKey(event));
    host.append(
      h(
        "div",
        { class: "transport-row" },
        button("Step back", "back", () => player.step(-1)),
        this.#play,
        button("Step forward", "forward", () => player.step(1)),
        this.#scrub,
        h("button", { type: "button", id: "send-out", onclick: onSend }, "Send 100 out"),
      ),
      this.#readout,
      this.#status,
    );
  }

  showProgress(steps: number, beta: number): void {
    this.#readout.textContent = `Solving: step ${steps}, β = ${short(beta)}`;
  }

  showError(message: string): void {
    this.#readout.textContent = "";
    this.#status.textContent = message;
    this.#status.classList.add("error");
  }

  showResult({ frames, result }: AnnealRun): void {
    this.#scrub.max = String(frames.length);
    this.#status.classList.remove("error");
    this.say(
      `Solved in ${result.steps.length} steps and ${result.sweeps} passes over the points: distortion ${exact(result.distortion)}.`,
    );
  }

  say(words: string): void {
    this.#status.textContent = words;
  }

  show({ frames, result }: AnnealRun, { beta, step }: Moment): void {
    const { at, playing } = this.#player;
    this.#scrub.value = String(at);
    const label = playing ? "Pause" : "Play";
    if (this.#play.title !== label) {
      this.#play.title = label;
      this.#play.setAttribute("aria-label", label);
      this.#play.replaceChildren(icon(playing ? "pause" : "play"));
    }
    const frame = frames[step];
    const parts = frame
      ? [
          `β = ${short(beta)}`,
          `${frame.distinctCenters} of ${result.centers.length} centers distinct`,
          `soft distortion ${short(frame.distortion)}`,
          ...(frame.criticalBeta !== null && Number.isFinite(frame.criticalBeta) && frame.criticalBeta > beta
            ? [`next split predicted at β = ${short(frame.criticalBeta)}`]
            : []),
        ]
      : ["β = ∞", "everyone has one label", `distortion ${exact(result.distortion)}`];
    this.#readout.textContent = parts.join(" · ");
    this.#scrub.setAttribute("aria-valuetext", `step ${step} of ${frames.length}, ${parts.slice(0, 2).join(", ")}`);
  }

  /** Arrow keys go from step to step of the solver, not by hundredths of one. */
  #onKey(event: KeyboardEvent): void {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    this.#player.step(direction as 1 | -1);
  }
}
