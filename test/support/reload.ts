// Rules that change in the middle of a firehose: an operator who publishes, customers who buy, and the verdict on what they got.

import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { exchanged } from "./exchange.ts";
import { get, post } from "./load.ts";
import { isSoak } from "./profile.ts";
import { TOKEN } from "./server_process.ts";

const SENDERS = 6;
/** More than ten changes a second. */
const BETWEEN_PUBLISHES_MS = 30;
const CUSTOMERS = 40;
/** Between an answer and the next event of a sender: several events go by while a version is published, and leave the cores time to publish it. */
const SENDER_PACE_MS = isSoak ? 0 : 40;

export interface Sent {
  readonly eventId: string;
  readonly personId: string;
  /** The newest version that was in effect everywhere when the event was sent, and the newest that anybody had begun to publish when it was answered. */
  readonly from: number;
  readonly to: number;
}

/** Publishes as many versions, one after the other, while each node is sent events; resolves to what was answered. */
export async function publishUnderLoad(
  operator: Operator,
  urls: readonly string[],
  publishes: number,
): Promise<readonly Sent[]> {
  await operator.begin();
  const sent: Sent[] = [];
  let isRunning = true;
  const sender = async (n: number): Promise<void> => {
    for (let i = 0; isRunning; i++) {
      const from = operator.inEffect;
      const email = `c${(n * 7 + i) % CUSTOMERS}@reload.example`;
      const url = urls[(n + i) % urls.length] ?? "";
      const answer = await untilTaken(() => post(url, "/v6/events", { event_name: "bought_it", data: { email } }));
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { event_id: string; person_id: string };
      sent.push({ eventId: body.event_id, personId: body.person_id, from, to: operator.begun });
      await pause(SENDER_PACE_MS);
    }
  };
  const senders = Array.from({ length: SENDERS }, (_, n) => sender(n));
  for (let version = 2; version <= publishes; version++) {
    await operator.publish(version);
    await pause(Math.random() * BETWEEN_PUBLISHES_MS);
  }
  isRunning = false;
  await Promise.all(senders);
  return sent;
}

const TEMPORARY_MS = 30_000;
const RETRY_MS = 50;

/** What was refused as temporary was not stored: a partition changes its owner. */
async function untilTaken(ask: () => Promise<Response>): Promise<Response> {
  const deadlineMs = Date.now() + TEMPORARY_MS;
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || Date.now() > deadlineMs) return answer;
    await pause(RETRY_MS);
  }
}

/** Each reward bears the version that gave it. */
export async function expectEachDecidedOnce(url: string, sent: readonly Sent[]): Promise<void> {
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

/** Changes the campaign's only action and publishes it, each time at the next of several nodes. */
export class Operator {
  readonly #urls: readonly string[];
  #turn = 0;
  /** The newest version whose publishing was begun, and the newest that was answered. */
  begun = 0;
  inEffect = 0;
  #campaign = "";
  #action = "";

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  get campaign(): string {
    return this.#campaign;
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
    // Said when a partition is still on its way to it, as one that changes its owner is.
    if (this.#urls.length === 1) expect(answer).not.toHaveProperty("is_in_effect");
    if (!("is_in_effect" in answer)) this.inEffect = version;
  }

  async #send(method: string, path: string, body: object): Promise<Record<string, string>> {
    const url = this.#urls[this.#turn++ % this.#urls.length] ?? "";
    const answer = await untilTaken(() =>
      exchanged(url + path, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    expect(answer.status, `${method} ${path}`).toBe(200);
    return (await answer.json()) as Record<string, string>;
  }
}
