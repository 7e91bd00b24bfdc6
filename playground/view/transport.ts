import { h } from "./dom.js";
import { icon } from "./icons.js";
import type { Player } from "./player.js";

/** Play, pause, step and scrub for a player, and two lines of words: where it stands, and what happened. */
export class Transport {
  readonly #player: Player;
  readonly #play: HTMLButtonElement;
  readonly #scrub: HTMLInputElement;
  readonly #readout = h("p", { class: "readout" });
  readonly #status: HTMLElement;

  /** @param name prefix of the elements' ids */
  constructor(host: HTMLElement, player: Player, name: string, scrubLabel: string, ...more: HTMLElement[]) {
    this.#player = player;
    this.#status = h("p", { class: "status", role: "status", id: `${name}-status` });
    const button = (label: string, picture: Parameters<typeof icon>[0], onclick: () => void) =>
      h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick }, icon(picture));
    this.#play = button("Play", "play", () => (player.playing ? player.pause() : player.play()));
    this.#play.classList.add("primary");
    this.#scrub = h("input", {
      type: "range",
      id: `${name}-scrub`,
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": scrubLabel,
      oninput: () => {
        player.pause();
        player.moveTo(Number(this.#scrub.value));
      },
    });
    this.#scrub.addEventListener("keydown", (event) => this.#onKey(event));
    const row = h(
      "div",
      { class: "transport-row" },
      button("Step back", "back", () => player.step(-1)),
      this.#play,
      button("Step forward", "forward", () => player.step(1)),
      this.#scrub,
      ...more,
    );
    host.append(row, this.#readout, this.#status);
  }

  showProgress(words: string): void {
    this.#readout.textContent = words;
  }

  showError(message: string): void {
    this.#readout.textContent = "";
    this.#status.textContent = message;
    this.#status.classList.add("error");
  }

  /** What happened, also for screen readers. */
  say(words: string): void {
    this.#status.classList.remove("error");
    this.#status.textContent = words;
  }

  /** Where it stands, in a few parts; the first two go with the slider. */
  show(parts: readonly string[]): void {
    const { at, last, playing } = this.#player;
    this.#scrub.max = String(last);
    this.#scrub.value = String(at);
    this.#scrub.setAttribute("aria-valuetext", `step ${Math.round(at)} of ${last}, ${parts.slice(0, 2).join(", ")}`);
    this.#readout.textContent = parts.join(" · ");
    const label = playing ? "Pause" : "Play";
    if (this.#play.title === label) return;
    this.#play.title = label;
    this.#play.setAttribute("aria-label", label);
    this.#play.replaceChildren(icon(playing ? "pause" : "play"));
  }

  /** Arrow keys go from step to step, not by hundredths of one. */
  #onKey(event: KeyboardEvent): void {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    this.#player.step(direction as 1 | -1);
  }
}
