import type { SoftmaxAutonomy } from "wayward";
import { rowsOf } from "../data/dataset.js";
import { byId } from "../view/dom.js";
import type { Player } from "../view/player.js";
import type { Scene } from "../view/scene.js";
import { svg } from "../view/svg.js";
import { type Entity, entityCard, entityWords } from "./hover.js";
import type { Stage } from "./stage.js";

/** Looks at one entity: under the pointer, or by a slider from left to right. */
export class Explorer {
  readonly #scene: Scene;
  readonly #stage: Stage;
  readonly #player: Player;
  readonly #autonomy: () => SoftmaxAutonomy;
  readonly #tip = byId("entity");
  readonly #slider = byId<HTMLInputElement>("entity-pick");
  #selected: number | null = null;
  /** Entities by their place from left to right; null until the slider needs it. */
  #order: number[] | null = null;

  constructor(scene: Scene, stage: Stage, player: Player, autonomy: () => SoftmaxAutonomy) {
    this.#scene = scene;
    this.#stage = stage;
    this.#player = player;
    this.#autonomy = autonomy;
    const { element } = scene;
    const look = ({ clientX, clientY }: PointerEvent) => {
      const box = element.getBoundingClientRect();
      this.#select(scene.pointAt(clientX - box.left, clientY - box.top));
    };
    element.addEventListener("pointermove", look);
    element.addEventListener("pointerdown", look);
    element.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse") this.#select(null); // a finger leaves as soon as it has pointed
    });
    this.#slider.addEventListener("focus", () => this.#pick());
    this.#slider.addEventListener("input", () => this.#pick());
    this.#slider.addEventListener("blur", () => this.#select(null));
  }

  /** New data or a new run. */
  clear(): void {
    this.#order = null;
    this.#slider.max = String(this.#scene.dataset ? rowsOf(this.#scene.dataset) - 1 : 0);
    this.#select(null);
  }

  /** The playback moved on under the pointer. */
  refresh(): void {
    if (this.#selected !== null) this.#show(this.#selected);
  }

  /** The keyboard's way: a slider over the entities. */
  #pick(): void {
    const { dataset } = this.#scene;
    if (!dataset) return;
    this.#order ??= Array.from({ length: rowsOf(dataset) }, (_, index) => index).sort(
      (a, b) => this.#scene.pixelOf(a)[0] - this.#scene.pixelOf(b)[0],
    );
    const index = this.#order[Number(this.#slider.value)];
    this.#select(index);
    this.#slider.setAttribute("aria-valuetext", entityWords(this.#entity(index)));
  }

  #select(index: number | null): void {
    if (index === this.#selected) return;
    this.#selected = index;
    if (index === null) {
      this.#tip.hidden = true;
      this.#scene.layers.hover.replaceChildren();
    } else this.#show(index);
  }

  #entity(index: number): Entity {
    const { columns, data, dimensions } = this.#scene.dataset!;
    const { centers, beta } = this.#stage.momentAt(Math.round(this.#player.at));
    const row = Array.from(data.subarray(index * dimensions, (index + 1) * dimensions));
    const policy = this.#stage.policyAt(this.#player.at, index);
    return { index, columns, row, policy, centers, autonomy: this.#autonomy(), beta, colors: this.#stage.colors };
  }

  #show(index: number): void {
    if (this.#stage.colors.length === 0) return;
    const [x, y] = this.#scene.pixelOf(index);
    this.#scene.layers.hover.replaceChildren(svg("circle", { class: "hovered", cx: x, cy: y, r: 7 }));
    this.#tip.replaceChildren(entityCard(this.#entity(index)));
    this.#tip.hidden = false;
    const { width, height } = this.#scene.size;
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = x + 16 + offsetWidth > width ? Math.max(x - 16 - offsetWidth, 0) : x + 16;
    this.#tip.style.left = `${Math.min(left, Math.max(width - offsetWidth, 0))}px`;
    this.#tip.style.top = `${Math.min(Math.max(y - offsetHeight / 2, 0), Math.max(height - offsetHeight, 0))}px`;
  }
}
