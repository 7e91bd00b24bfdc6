import { DurableObject } from "cloudflare:workers";
import type { Points } from "wayward";
import { type AdenForward, createAdenForward } from "wayward/aden";
import { answer, json } from "./answers.js";
import { expectAtMost, LIMITS } from "./limits.js";
import { notFound } from "./objects.js";
import { solver } from "./solver.js";

/** One network that was trained elsewhere, by wayward/aden. It never changes: what is stored is what was sent. */
export class NetworkObject extends DurableObject<Env> {
  #live: { forward: AdenForward; weights: number } | undefined;

  create(bytes: Uint8Array): Promise<Response> {
    return answer(() => {
      const { architecture } = this.#load(bytes);
      this.ctx.storage.kv.put("network", bytes);
      const id = this.ctx.id.toString();
      return json({ id, ...architecture }, 201, { location: `/networks/${id}` });
    });
  }

  assign(points: Points, centers: Points): Promise<Response> {
    return answer(() => {
      const { forward, weights } = this.#network();
      if (Array.isArray(points) && Array.isArray(centers)) {
        const products = points.length * (centers.length + 1) * weights;
        expectAtMost("points x (centers + 1) x weights", products, LIMITS.assign.products);
      }
      const distances = rowsOf(forward.distances(points, centers), (centers as number[][]).length);
      return { labels: distances.map((row) => row.indexOf(Math.min(...row))), distances };
    });
  }

  delete(): Promise<Response> {
    return answer(async () => {
      this.#network();
      this.#live = undefined;
      await this.ctx.storage.deleteAll();
      return new Response(null, { status: 204 });
    });
  }

  #network() {
    if (this.#live) return this.#live;
    const bytes = this.ctx.storage.kv.get<Uint8Array>("network");
    if (!bytes) throw notFound("network");
    this.#load(bytes);
    return this.#live!;
  }

  #load(bytes: Uint8Array): AdenForward {
    const forward = createAdenForward({ solver, weights: bytes });
    this.#live = { forward, weights: bytes.length / Float64Array.BYTES_PER_ELEMENT };
    return forward;
  }
}

function rowsOf(flat: Float64Array, columns: number): number[][] {
  return Array.from({ length: flat.length / columns }, (_, row) =>
    Array.from(flat.subarray(row * columns, (row + 1) * columns)),
  );
}
