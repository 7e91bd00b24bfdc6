import { request } from "./client.js";
import type { Dataset } from "./data/dataset.js";
import { rowsOf, toCsv } from "./data/dataset.js";
import { packText, unpackText } from "./data/link.js";
import { PRESET_DEFAULTS, type Preset } from "./data/presets.js";
import { defaultsFor, FIELDS, type State } from "./state.js";
import type { Store } from "./store.js";

/** The data in use, shared by the tabs that cluster points. */
export class Problem {
  readonly #store: Store;
  readonly #listeners: ((dataset: Dataset) => void)[] = [];
  #dataset: Dataset | null = null;
  /** What was asked for last: an older answer that comes late is dropped. */
  #wanted = "";

  constructor(store: Store) {
    this.#store = store;
    store.onChange((_, changed) => {
      if (changed.has("data") || changed.has("csv")) void this.load();
    });
  }

  get dataset(): Dataset | null {
    return this.#dataset;
  }

  onData(listener: (dataset: Dataset) => void): void {
    this.#listeners.push(listener);
  }

  /** Called when something about the data goes wrong. */
  onError: (message: string) => void = () => {};

  /** A preset with the autonomy that suits it. */
  choose(data: Preset): void {
    this.#store.set({ data, csv: "", at: 1, ...PRESET_DEFAULTS[data] });
  }

  /**
   * Own data. The settings stay, but for the temperature, which has the data's units.
   *
   * @throws Error naming row and column
   */
  async useText(text: string, title: string): Promise<void> {
    const dataset = await request("load", { csv: text, title });
    const csv = (await packText(toCsv(dataset))) ?? "";
    const { clusters, kappa } = this.#store.state;
    this.#wanted = `csv ${csv}`;
    this.#take(dataset, {
      data: "csv",
      csv,
      at: 1,
      clusters: Math.min(clusters > 1 ? clusters : 4, rowsOf(dataset)),
      kappa,
      temperature: Number((0.2 * (dataset.variance || 1)).toPrecision(3)),
    });
  }

  /** What the state says, from a link or a choice. */
  async load(): Promise<void> {
    const { data, csv } = this.#store.state;
    const wanted = `${data} ${csv}`;
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    try {
      if (data === "csv" && csv === "") throw new Error("This link is to data that did not fit into it");
      const input = data === "csv" ? { csv: await unpackText(csv), title: "Shared data" } : { preset: data };
      const dataset = await request("load", input);
      if (this.#wanted === wanted)
        this.#take(dataset, { clusters: Math.min(this.#store.state.clusters, rowsOf(dataset)) });
    } catch (error) {
      if (this.#wanted !== wanted) return;
      this.onError((error as Error).message);
      this.#store.set({ ...defaultsFor("blobs4"), tab: this.#store.state.tab });
    }
  }

  #take(dataset: Dataset, change: Partial<State>): void {
    this.#dataset = dataset;
    this.#store.set(change);
    for (const listener of this.#listeners) listener(dataset);
  }

  /** The most clusters that the data allow. */
  get mostClusters(): number {
    const { max } = FIELDS.clusters as { max: number };
    return this.#dataset ? Math.min(max, rowsOf(this.#dataset)) : max;
  }
}
