import { prefersLessMotion } from "./dom.js";

/** Seconds that a whole playback takes, within reason. */
const durationFor = (steps: number): number => Math.min(Math.max(0.11 * steps, 5), 9);

/** A position in a run, from 0 (first beta) to `last` (beta = infinity), and its motion. */
export class Player {
  #last = 0;
  #at = 0;
  #playing = false;
  #before = 0;
  /** The position that the clock has come to; `at` is what is shown of it. */
  #clock = 0;
  readonly #onMove: () => void;

  constructor(onMove: () => void) {
    this.#onMove = onMove;
  }

  get at(): number {
    return this.#at;
  }
  get last(): number {
    return this.#last;
  }
  get playing(): boolean {
    return this.#playing;
  }

  /** @param share where in the new run to stand, 0 to 1 */
  reset(last: number, share: number): void {
    this.#last = last;
    this.#at = share * last;
    this.#playing = false;
    this.#onMove();
  }

  moveTo(at: number): void {
    this.#at = Math.min(Math.max(at, 0), this.#last);
    this.#onMove();
  }

  /** To the next step of the solver in that direction. */
  step(direction: 1 | -1): void {
    this.pause();
    this.moveTo(direction > 0 ? Math.floor(this.#at + 1.001) : Math.ceil(this.#at - 1.001));
  }

  /** From the start when it stands at the end. */
  play(): void {
    if (this.#last === 0) return;
    if (this.#at >= this.#last) this.#at = 0;
    this.#playing = true;
    this.#clock = this.#at;
    this.#before = performance.now();
    this.#onMove();
    requestAnimationFrame(this.#tick);
  }

  pause(): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.#onMove();
  }

  readonly #tick = (now: number): void => {
    if (!this.#playing) return;
    const seconds = Math.max(now - this.#before, 0) / 1000;
    this.#before = now;
    this.#clock += (seconds * this.#last) / durationFor(this.#last);
    if (this.#clock >= this.#last) this.#playing = false;
    // Whoever prefers less motion sees one step after the other, without the way between.
    this.#at = Math.min(prefersLessMotion() ? Math.floor(this.#clock) : this.#clock, this.#last);
    this.#onMove();
    requestAnimationFrame(this.#tick);
  };
}
