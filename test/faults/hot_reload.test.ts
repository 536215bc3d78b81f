// Rules change in the middle of a firehose: nothing is dropped, nothing is decided by half a version, and each reward is of a version that was current.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { get, post } from "../support/load.ts";
import { type ServerProcess, startServer, TOKEN } from "../support/server_process.ts";

const publishes = process.env["LAUREL_TEST_PROFILE"] === "soak" ? 500 : 100;
const SENDERS = 6;
/** More than ten changes a second. */
const BETWEEN_PUBLISHES_MS = 30;
const CUSTOMERS = 40;

let server: ServerProcess | null = null;
afterEach(async () => {
  await server?.kill();
  server = null;
});

interface Sent {
  readonly eventId: string;
  readonly personId: string;
  /** The newest version that was in effect everywhere when the event was sent, and the newest that anybody had begun to publish when it was answered. */
  readonly from: number;
  readonly to: number;
}

test(`${publishes} versions published under load: each event is decided by one that was current`, {
  timeout: 60_000 + publishes * 500,
}, async () => {
  server = await startServer();
  const operator = new Operator(server.url);
  await operator.begin();
  const sent: Sent[] = [];
  let isRunning = true;
  const sender = async (n: number): Promise<void> => {
    for (let i = 0; isRunning; i++) {
      const from = operator.inEffect;
      const email = `c${(n * 7 + i) % CUSTOMERS}@reload.example`;
      const answer = await post(operator.url, "/v6/events", { event_name: "bought_it", data: { email } });
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { event_id: string; person_id: string };
      sent.push({ eventId: body.event_id, personId: body.person_id, from, to: operator.begun });
    }
  };
  const senders = Array.from({ length: SENDERS }, (_, n) => sender(n));
  for (let version = 2; version <= publishes; version++) {
    await operator.publish(version);
    await pause(Math.random() * BETWEEN_PUBLISHES_MS);
  }
  isRunning = false;
  await Promise.all(senders);
  await expectEachDecidedOnce(operator.url, sent);
  const seen = new Set(sent.map(({ from }) => from));
  expect(seen.size, "events between most versions").toBeGreaterThan(publishes / 4);
});

/** Each reward bears the version that gave it. */
async function expectEachDecidedOnce(url: string, sent: readonly Sent[]): Promise<void> {
  const versions = new Map<string, number[]>();
  for (const personId of new Set(sent.map((each) => each.personId))) {
    for (let offset = 0; ; offset += PAGE) {
      const page = (await get(url, `/v2/rewards?person_id=${personId}&limit=${PAGE}&offset=${offset}`)) as Reward[];
      for (const { root_event_id, data } of page) {
        versions.set(root_event_id, [...(versions.get(root_event_id) ?? []), Number(data["version"])]);
      }
      if (page.length < PAGE) break;
    }
  }
  for (const { eventId, from, to } of sent) {
    const own = versions.get(eventId) ?? [];
    expect(own, `rewards of ${eventId}`).toHaveLength(1);
    expect(own[0]).toBeGreaterThanOrEqual(from);
    expect(own[0]).toBeLessThanOrEqual(to);
  }
}

const PAGE = 1000;

interface Reward {
  readonly root_event_id: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Changes the campaign's only action and publishes it. */
class Operator {
  readonly url: string;
  /** The newest version whose publishing was begun, and the newest that was answered. */
  begun = 0;
  inEffect = 0;
  #campaign = "";
  #action = "";

  constructor(url: string) {
    this.url = url;
  }

  async begin(): Promise<void> {
    const { campaign_id } = await this.#send("POST", "/v2/campaigns", { name: "Hot", program_label: "hot" });
    this.#campaign = `/v2/campaigns/${campaign_id}`;
    const { id } = await this.#send("POST", `${this.#campaign}/controllers`, { type: "CONTROLLER", name: "bought_it" });
    const controller = `${this.#campaign}/controllers/${id}`;
    await this.#send("POST", `${controller}/triggers/events`, { event_names: ["bought_it"], event_type: "INPUT" });
    const action = { reward_supplier_id: "CREDIT", reward_name: "hot", tags: ["hot"], data: { version: "1" } };
    const { action_id } = await this.#send("POST", `${controller}/actions/earn-rewards`, action);
    this.#action = `${controller}/actions/earn-rewards/${action_id}`;
    this.begun = 1;
    await this.#send("POST", `${this.#campaign}/publish`, { launch: true });
    this.inEffect = 1;
  }

  async publish(version: number): Promise<void> {
    await this.#send("PUT", this.#action, { data: { version: String(version) } });
    this.begun = version;
    const answer = await this.#send("POST", `${this.#campaign}/publish`, {});
    expect(answer).not.toHaveProperty("is_in_effect");
    this.inEffect = version;
  }

  async #send(method: string, path: string, body: object): Promise<Record<string, string>> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status, `${method} ${path}`).toBe(200);
    return (await answer.json()) as Record<string, string>;
  }
}
