import { DurableObject } from "cloudflare:workers";
import type { Bandit, BanditOptions, BanditProgress } from "wayward";
import { answer, HttpError, json } from "./answers.js";
import { notFound } from "./objects.js";
import { solver } from "./solver.js";

/** A tell as it was taken in: what was sent, and what was answered. */
interface Told {
  observations: string;
  progress: BanditProgress;
}

/**
 * One bandit. Its storage holds the truth: the saved state, and every tell by its round. The live object is a cache
 * of it, so that a request between two evictions does not restore.
 *
 * Methods never await between reading and writing, so no other request comes in between; and the runtime holds an
 * answer back until what was written before it is on disk.
 */
export class BanditObject extends DurableObject<Env> {
  #live: Bandit | undefined;

  create(options: BanditOptions): Promise<Response> {
    return answer(() => {
      const bandit = solver.bandit(options);
      this.ctx.storage.kv.put("state", bandit.save());
      this.#live = bandit;
      const id = this.ctx.id.toString();
      return json({ id, ...bandit.options }, 201, { location: `/bandits/${id}` });
    });
  }

  /** Draws nothing at random: the same arms until told, so nothing is written. */
  ask(): Promise<Response> {
    return answer(() => {
      const bandit = this.#bandit();
      const ask = bandit.ask();
      if (ask) return { state: "running", ...ask };
      const { state, round } = bandit.status();
      return { state, round, arms: [] };
    });
  }

  /** Compare and set on the round: it is taken in once, and the same tell again gets the same answer. */
  tell(round: number, observations: number[][]): Promise<Response> {
    return answer(() => {
      const bandit = this.#bandit();
      const sent = JSON.stringify(observations);
      const told = this.ctx.storage.kv.get<Told>(`tell ${round}`);
      if (told && told.observations === sent) return { ...told.progress, repeated: true };
      this.#expectPresent(bandit, round);
      const progress = bandit.tell(round, observations);
      this.#keep(bandit, round, { observations: sent, progress });
      return { ...progress, repeated: false };
    });
  }

  status(): Promise<Response> {
    return answer(() => this.#bandit().status());
  }

  delete(): Promise<Response> {
    return answer(async () => {
      this.#bandit();
      this.#live = undefined;
      await this.ctx.storage.deleteAll();
      return new Response(null, { status: 204 });
    });
  }

  #bandit(): Bandit {
    if (this.#live) return this.#live;
    const state = this.ctx.storage.kv.get<Uint8Array>("state");
    if (!state) throw notFound("bandit");
    this.#live = solver.restoreBandit(state);
    return this.#live;
  }

  /** Also opens the ask, which a tell needs: after an eviction nobody may have asked yet. */
  #expectPresent(bandit: Bandit, round: number): void {
    const ask = bandit.ask();
    if (ask?.round === round) return;
    const { state, round: present } = bandit.status();
    const expected = ask ? `the present round is ${present}` : `no round is open: it is ${state}`;
    throw new HttpError(409, "order", `tell for round ${round}, but ${expected}`, { round: present, state });
  }

  /** Both or none. If it fails, the live object is ahead of the truth, and is given up. */
  #keep(bandit: Bandit, round: number, told: Told): void {
    try {
      this.ctx.storage.transactionSync(() => {
        this.ctx.storage.kv.put(`tell ${round}`, told);
        this.ctx.storage.kv.put("state", bandit.save());
      });
    } catch (error) {
      this.#live = undefined;
      throw error;
    }
  }
}
