import { fromFragment, type State, toFragment } from "./state.js";

/** The one place that holds the state; the address follows it. */
export class Store {
  #state: State;
  readonly #listeners: ((state: State, changed: ReadonlySet<keyof State>) => void)[] = [];
  #writing = 0;

  constructor() {
    this.#state = fromFragment(location.hash);
    addEventListener("hashchange", () => {
      if (location.hash !== toFragment(this.#state)) this.set(fromFragment(location.hash));
    });
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  onChange(listener: (state: State, changed: ReadonlySet<keyof State>) => void): void {
    this.#listeners.push(listener);
  }

  set(change: Partial<State>): void {
    const names = Object.keys(change) as (keyof State)[];
    const changed = new Set(names.filter((name) => String(change[name]) !== String(this.#state[name])));
    if (changed.size === 0) return;
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state, changed);
    this.#writeAddress();
  }

  /** The present address, up to date. */
  link(): string {
    history.replaceState(null, "", toFragment(this.#state));
    return location.href;
  }

  /** Browsers allow about 100 changes in 30 seconds; a slider makes more. */
  #writeAddress(): void {
    clearTimeout(this.#writing);
    this.#writing = window.setTimeout(() => this.link(), 300);
  }
}
