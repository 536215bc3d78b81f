// Random calls of all operations, one after the other and some at once, over objects that they share, with restarts in between. Laws of any history:
//
//   L1. No call is answered by a failure of ours or by nothing, every refusal has its envelope, and nothing of it is an error in the log.
//   L2. What was refused changed nothing; what was taken is answered as sent, read as answered, and is there after a restart.
//   L3. Lists hold what is there, whole and in pages.
//   L4. The reads of a person agree.
//   L5. Changes of one object at once end as one of the orders.
//
// One seed of 40 calls; soaked, 40 of 400. A seed that fails is run alone with LAUREL_SEED, and tells what was called before.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { randomOf, seedsOf } from "../simulation/simulation.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { watch, wrongAfter, wrongRace } from "./surface/call_laws.ts";
import { operationsOf } from "./surface/operations.ts";
import { Session } from "./surface/session.ts";
import { setUp } from "./surface/setting_up.ts";
import { changedReads, readAll, readSettled, wrongLists, wrongPersons } from "./surface/state_laws.ts";
import { chance } from "./surface/values.ts";

const seeds = seedsOf(isSoak ? 40 : 1);
const CALLS = isSoak ? 400 : 40;
const CALLS_BETWEEN_RESTARTS = isSoak ? 200 : 40;
const ERROR_LEVEL = 50;
const TOLD_CALLS = 30;

test.each(seeds)(
  "seed %i",
  async (seed) => {
    const node = new RestartedNode();
    const session = new Session(await node.start(), await node.operations(), randomOf(seed));
    await setUp(session);
    for (let calls = 1; calls <= CALLS; calls++) {
      expect(await wrongOfNext(session), toldBefore(session)).toEqual([]);
      if (calls % CALLS_BETWEEN_RESTARTS !== 0) continue;
      const before = await readSettled(session);
      expect([...(await wrongLists(session)), ...(await wrongPersons(session))], toldBefore(session)).toEqual([]);
      session.url = await node.start();
      expect(changedReads(before, await readAll(session)), `after a restart\n${toldBefore(session)}`).toEqual([]);
    }
    expect(node.errors()).toEqual([]);
  },
  isSoak ? 180_000 : 60_000,
);

/** Mostly one call, whose effects are looked at; now and then several at once. */
async function wrongOfNext(session: Session): Promise<string[]> {
  if (chance(session.random, 7)) return wrongRace(session);
  if (chance(session.random, 7)) {
    await Promise.all([session.call(), session.call(), session.call()].map((call) => session.send(call)));
    return [];
  }
  const call = session.call();
  const watched = await watch(session, call);
  const answer = await session.send(call);
  return watched === null ? [] : wrongAfter(session, call, answer, watched);
}

function toldBefore({ history }: Session): string {
  return history.slice(-TOLD_CALLS).join("\n");
}

/** A node on a directory of its own, whose log is listened to. */
class RestartedNode {
  readonly #directory = mkdtempSync(join(tmpdir(), "laurel-surface-"));
  readonly #lines: string[] = [];
  #node: NodeHere | null = null;

  constructor() {
    onTestFinished(async () => {
      await this.#node?.stop();
      rmSync(this.#directory, { recursive: true, force: true });
    });
  }

  /** Anew where it runs already; its address. */
  async start(): Promise<string> {
    await this.#node?.stop();
    const logger = pino({ level: "error" }, { write: (line: string) => void this.#lines.push(line) });
    const environment = { LAUREL_CONSUMER_CLIENT: "demo" };
    this.#node = await startHere({ dataDirectory: this.#directory, logger, environment });
    return this.#node.url;
  }

  operations(): ReturnType<typeof operationsOf> {
    if (this.#node === null) throw new Error("the node is started before it is asked");
    return operationsOf(this.#node);
  }

  errors(): string[] {
    return this.#lines.filter((line) => Number(Reflect.get(Object(JSON.parse(line)), "level")) >= ERROR_LEVEL);
  }
}
