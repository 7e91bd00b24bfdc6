import { createSolver, type Solver } from "wayward";

/** The page is no longer interested in a job. */
export class Cancelled extends Error {}

/** What a job in the worker may use. */
export class Context {
  #cancelled = false;
  #stopping = false;
  #since = performance.now();

  /** Compiled once, when the first job asks. */
  readonly solver: () => Promise<Solver> = createSolver;

  /** True once the page wants the job to save its state and end. */
  get stopping(): boolean {
    return this.#stopping;
  }

  stop(): void {
    this.#stopping = true;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  /**
   * Lets messages in, at most every 12 ms: a new slider position must not wait for the old one's run.
   *
   * @throws Cancelled
   */
  async breathe(): Promise<void> {
    if (performance.now() - this.#since < 12) return;
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel(); // setTimeout would wait 4 ms
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
    this.#since = performance.now();
    this.expectWanted();
  }

  /** @throws Cancelled */
  expectWanted(): void {
    if (this.#cancelled) throw new Cancelled();
  }
}
