/** The worker: every number on the page is computed here, by the package. */
import { anneal, journeys } from "./anneal/job.js";
import { bandit } from "./bandit/job.js";
import { Cancelled, Context } from "./context.js";
import { load } from "./data/load.js";
import { learn } from "./learn/job.js";
import type { JobName, Jobs, Reply, Request } from "./protocol.js";

type Job<Name extends JobName> = (input: Jobs[Name]["input"], context: Context) => AsyncGenerator<Jobs[Name]["event"]>;
const jobs: { [Name in JobName]: Job<Name> } = { load, anneal, journeys, bandit, learn };
const running = new Map<number, Context>();
const send = (reply: Reply): void => postMessage(reply);

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.kind === "start") void run(data.id, data.job, data.input);
  else running.get(data.id)?.[data.kind]();
});

async function run(id: number, name: JobName, input: unknown): Promise<void> {
  const context = new Context();
  running.set(id, context);
  try {
    const events = (jobs[name] as (input: unknown, context: Context) => AsyncGenerator<unknown>)(input, context);
    for await (const event of events) {
      context.expectWanted();
      send({ kind: "event", id, event });
    }
    send({ kind: "done", id });
  } catch (error) {
    if (!(error instanceof Cancelled)) send({ kind: "failed", id, message: (error as Error).message });
  } finally {
    running.delete(id);
  }
}
