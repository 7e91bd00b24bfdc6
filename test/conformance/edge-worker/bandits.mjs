// Bandits over HTTP: one tell of a round is taken in, a retry is safe, and nothing acknowledged is ever lost.
import { INSTANCE, observe, ok, send } from "./client.mjs";
import { start } from "./service.mjs";

const RIVALS = 200;
const KILLS = 12;

/** Runs a bandit to its end. @returns the text of its certificate */
export async function finish(service, path) {
  for (;;) {
    const { round, arms } = await ok(service, "GET", `${path}/ask`);
    if (arms.length === 0) break;
    await ok(service, "POST", `${path}/tell`, { round, observations: observe(round, arms) });
  }
  return (await send(service, "GET", path)).text;
}

async function create(service, options = INSTANCE) {
  const { id } = await ok(service, "POST", "/bandits", options);
  return `/bandits/${id}`;
}

export const checks = {
  "a bandit from POST to its certificate, the same as in this process": async ({ service, wayward }) => {
    const bandit = (await wayward.createSolver()).bandit(INSTANCE);
    for (let ask = bandit.ask(); ask; ask = bandit.ask()) bandit.tell(ask.round, observe(ask.round, ask.arms));
    const told = await finish(service, await create(service));
    expectEqual(told, JSON.stringify(bandit.status()), "certificate");
  },

  [`${RIVALS} concurrent tells of one round that differ: one is taken in, the rest told the present round`]: async ({
    service,
  }) => {
    const path = await create(service);
    for (let round = 0; round < 3; round++) {
      await ok(service, "GET", `${path}/ask`);
      const answers = await Promise.all(
        Array.from({ length: RIVALS }, (_, rival) =>
          send(service, "POST", `${path}/tell`, { round, observations: [[rival, round]] }),
        ),
      );
      const refused = answers.filter(({ status }) => status === 409);
      expectEqual(answers.filter(({ status }) => status === 200).length, 1, "accepted");
      expectEqual(refused.length, RIVALS - 1, "refused with 409");
      expectEqual(refused.filter(({ json }) => json.round === round + 1).length, RIVALS - 1, "told the present round");
      expectEqual((await ok(service, "GET", path)).pulls, round + 1, "pulls");
    }
  },

  [`${RIVALS} concurrent copies of one tell: all get its answer, it counts once`]: async ({ service }) => {
    const path = await create(service);
    const body = { round: 0, observations: [[0.1, 0.2]] };
    const answers = await Promise.all(Array.from({ length: RIVALS }, () => ok(service, "POST", `${path}/tell`, body)));
    expectEqual(answers.filter(({ repeated }) => !repeated).length, 1, "taken in");
    await ok(service, "POST", `${path}/tell`, { round: 1, observations: [[1, 2]] });
    // However late: the answer is that of the first time.
    answers.push(await ok(service, "POST", `${path}/tell`, body));
    const distinct = new Set(answers.map(({ repeated: _, ...progress }) => JSON.stringify(progress)));
    expectEqual(
      [...distinct].join(" "),
      JSON.stringify({ state: "running", round: 1, pulls: 1, certified: false }),
      "answers",
    );
    expectEqual((await ok(service, "GET", path)).pulls, 2, "pulls");
  },

  [`killed ${KILLS} times in the middle of a tell: nothing acknowledged is lost, the certificate has the same bits`]:
    async ({ service, copy }) => {
      const uninterrupted = await finish(service, await create(service));
      const { certificate, kills, lost } = await runUnderFire(copy);
      console.log(`  edge-worker: ${kills} kills, of the tells then in flight ${lost} were not yet taken in`);
      expectEqual(kills, KILLS, "kills");
      expectEqual(certificate, uninterrupted, "certificate");
    },
};

/** The same run while the process is killed again and again, shortly after it was sent a tell. */
async function runUnderFire(copy) {
  let service = await start(copy);
  const path = await create(service);
  let acknowledged = -1;
  let kills = 0;
  let lost = 0;
  try {
    for (;;) {
      const { round, arms } = await ok(service, "GET", `${path}/ask`);
      expectEqual(round, acknowledged + 1, "round asked after the last one acknowledged");
      if (arms.length === 0) break;
      const request = () => ok(service, "POST", `${path}/tell`, { round, observations: observe(round, arms) });
      if (kills < KILLS && round % 4 === 3) {
        const answer = request().catch(() => null);
        // From before it arrives to after it was answered.
        await new Promise((resolve) => setTimeout(resolve, kills % 6));
        await service.kill();
        kills++;
        const acknowledgedBefore = await answer;
        service = await start(copy, service.storage);
        const present = (await ok(service, "GET", `${path}/ask`)).round;
        if (acknowledgedBefore) expectEqual(present, round + 1, "round after a restart");
        if (present === round) lost++;
      }
      await request(); // the client cannot know: it sends it again
      acknowledged = round;
    }
    return { certificate: (await send(service, "GET", path)).text, kills, lost };
  } finally {
    await service.stop();
  }
}

function expectEqual(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`);
}
