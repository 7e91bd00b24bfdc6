import { hex, mix, mixRows, type Rgb } from "../view/colors.js";
import { type Disc, type Scene, TOUCHING } from "../view/scene.js";
import { pathThrough, set, svg } from "../view/svg.js";
import { nearest } from "./lineage.js";
import type { AnnealRun } from "./messages.js";

/** A run's state between two of its steps, as it is shown. */
export interface Moment {
  /** K x d. */
  centers: number[][];
  beta: number;
  /** Which step it is nearest to; `frames.length` is the end, beta = infinity. */
  step: number;
}

/** Draws a run at any position: points in the mix of their policy's colors, centers, their trails. */
export class Stage {
  readonly #scene: Scene;
  #run: AnnealRun | null = null;
  #colors: readonly Rgb[] = [];
  #policies: Uint8Array[] = [];
  /** Centers at every step, the end included. */
  #ways: number[][][] = [];
  /** For each center the length of its trail up to each step, in pixels. */
  #lengths: number[][] = [];
  #pointColors = new Uint8Array(0);
  #showIgnored = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    scene.onLayout = () => {
      if (this.#run) this.#place();
    };
  }

  get colors(): readonly Rgb[] {
    return this.#colors;
  }

  /** Forgets the run: its centers mean nothing in other data. */
  clear(): void {
    this.#run = null;
  }

  setRun(run: AnnealRun, colors: readonly Rgb[]): void {
    this.#run = run;
    this.#colors = colors;
    const { frames, result } = run;
    this.#policies = [...frames.map(({ policy }) => policy), oneHot(result.labels, result.centers.length)];
    this.#ways = [...frames.map(({ centers }) => centers), result.centers];
    this.#pointColors = new Uint8Array(3 * result.labels.length);
    this.#place();
  }

  showIgnored(show: boolean): void {
    this.#showIgnored = show;
    if (this.#run) this.#drawCrosses(this.#run);
  }

  momentAt(at: number): Moment {
    const { frames } = this.#run!;
    const step = Math.floor(at);
    const along = at - step;
    const [from, to] = [this.#ways[step], this.#ways[Math.min(step + 1, frames.length)]];
    const centers = from.map((center, k) => center.map((value, axis) => value + (to[k][axis] - value) * along));
    const beta = (index: number) => frames[index]?.beta ?? Number.POSITIVE_INFINITY;
    const next = beta(step + 1);
    const between = Number.isFinite(next) ? beta(step) * (next / beta(step)) ** along : beta(step);
    return { centers, beta: between, step: Math.round(at) };
  }

  /** The policy of one entity at the step nearest to a position, one share a center. */
  policyAt(at: number, entity: number): number[] {
    const clusters = this.#colors.length;
    const policy = this.#policies[Math.round(at)].subarray(entity * clusters, (entity + 1) * clusters);
    return Array.from(policy, (share) => share / 255);
  }

  draw(at: number): void {
    const step = Math.floor(at);
    const next = Math.min(step + 1, this.#policies.length - 1);
    mixRows(this.#colors, this.#policies[step], this.#policies[next], at - step, this.#pointColors);
    this.#scene.setColors(this.#pointColors);
    this.#scene.drawDiscs(this.#discs(this.momentAt(at).centers));
    this.#revealTrails(at);
  }

  /** Centers on one spot are one disc in the mix of their colors, with their number. */
  #discs(centers: number[][]): Disc[] {
    const groups: { at: [number, number]; members: number[] }[] = [];
    centers.forEach((center, index) => {
      const [x, y] = this.#scene.toPixels(center);
      const near = groups.find(({ at }) => Math.hypot(at[0] - x, at[1] - y) < TOUCHING);
      if (near) near.members.push(index);
      else groups.push({ at: [x, y], members: [index] });
    });
    return groups.map(({ members }): Disc => {
      const shares = this.#colors.map((_, index) => (members.includes(index) ? 1 : 0));
      const one = members.length === 1;
      return {
        row: centers[members[0]],
        color: mix(this.#colors, shares),
        label: one ? String(members[0]) : `${members.length}×`,
        title: one ? `center ${members[0]}` : `centers ${members.join(", ")} on one spot`,
      };
    });
  }

  #place(): void {
    const { trails } = this.#scene.layers;
    trails.replaceChildren();
    this.#lengths = this.#colors.map((color, k) => {
      const places = this.#ways.map((centers) => this.#scene.toPixels(centers[k]));
      const d = pathThrough(places);
      trails.append(svg("path", { class: "trail-halo", d }), svg("path", { class: "trail", d, stroke: hex(color) }));
      let length = 0;
      return places.map(([x, y], step) => {
        if (step > 0) length += Math.hypot(x - places[step - 1][0], y - places[step - 1][1]);
        return length;
      });
    });
    this.#drawCrosses(this.#run!);
  }

  #revealTrails(at: number): void {
    const step = Math.floor(at);
    const { children } = this.#scene.layers.trails;
    this.#lengths.forEach((lengths, k) => {
      const next = lengths[Math.min(step + 1, lengths.length - 1)];
      const shown = lengths[step] + (next - lengths[step]) * (at - step);
      // A dash of length 0 would still show its round end.
      const style = shown < 0.5 ? { visibility: "hidden" } : { visibility: "visible" };
      for (const path of [children[2 * k], children[2 * k + 1]]) {
        set(path, { "stroke-dasharray": `${shown.toFixed(1)} 99999`, ...style });
      }
    });
  }

  /** Crosses where centers would be, and how far that is from the nearest center that knows better. */
  #drawCrosses({ ignored, result }: AnnealRun): void {
    const layer = this.#scene.layers.crosses;
    layer.replaceChildren();
    if (!this.#showIgnored) return;
    for (const center of ignored.centers) {
      const [x, y] = this.#scene.toPixels(center);
      const [a, b] = this.#scene.toPixels(nearest(center, result.centers));
      const d = `M${x - 6} ${y - 6}l12 12m0 -12l-12 12`;
      layer.append(
        svg("line", { class: "shift", x1: x, y1: y, x2: a, y2: b }),
        svg("path", { class: "cross-halo", d }),
        svg("path", { class: "cross", d }, svg("title", {}, "a center placed as if everyone obeyed")),
      );
    }
  }
}

function oneHot(labels: Int32Array, clusters: number): Uint8Array {
  const policy = new Uint8Array(labels.length * clusters);
  labels.forEach((label, row) => {
    policy[row * clusters + label] = 255;
  });
  return policy;
}
