// Scenarios in which something leaves the process: files that a product person can read, against the built node and a receiver.

import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { answers, startReceiver } from "../support/receiver.ts";
import { startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";

interface Scenario {
  readonly title: string;
  readonly program: string;
  readonly key: { readonly key: string };
  readonly webhook: object;
  readonly filter: object;
  readonly receiverAnswers: readonly number[];
  readonly event: object;
  readonly calls: { readonly count: number; readonly payload: object };
  readonly then: readonly {
    readonly post: string;
    readonly body: object;
    readonly status?: number;
    readonly code?: string;
  }[];
  readonly history: readonly string[];
  readonly listedAs: string;
  readonly summary: object;
}

type Body = Record<string, unknown>;

const folder = join(import.meta.dirname, "deliveries");
const scenarios = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Scenario);
/** Longer than every retry of a scenario. */
const CATCH_UP_MS = 20_000;

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "%s",
  { timeout: 90_000 },
  async (_title, scenario) => {
    const receiver = await startReceiver((call, response) => {
      const status = scenario.receiverAnswers[receiver.received.length - 1] ?? 200;
      answers(status)(call, response);
    });
    const server = await startHere({
      environment: {
        LAUREL_PROGRAMS: join(import.meta.dirname, "programs", scenario.program.replace(/\.json$/, "")),
        LAUREL_OUTGOING_ALLOW: "127.0.0.1",
      },
    });
    onTestFinished(async () => {
      await server.abandon();
      await receiver.stop();
    });
    const api = async (method: string, path: string, body?: object): Promise<{ status: number; body: Body }> => {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Body };
    };

    const list = async (path: string): Promise<Body[]> => {
      const { body } = await api("GET", path);
      return Array.isArray(body) ? (body as Body[]) : [];
    };

    const key = await api("POST", "/v2/settings/security/keys", scenario.key);
    const target = { url: `${receiver.url}/hook`, client_key_id: key.body["id"] };
    const webhook = await api("POST", "/v6/webhooks", { ...scenario.webhook, ...target });
    expect(webhook.status, JSON.stringify(webhook.body)).toBe(200);
    const filters = `/v4/webhooks/reward/${String(webhook.body["id"])}/filters/state`;
    expect((await api("POST", filters, scenario.filter)).status).toBe(200);
    expect((await api("POST", "/v6/events", scenario.event)).status).toBe(200);

    const { count, payload } = scenario.calls;
    for (const untilMs = Date.now() + CATCH_UP_MS; Date.now() < untilMs && receiver.received.length < count; )
      await pause(50);
    expect(receiver.received).toHaveLength(count);
    for (const { headers, body } of receiver.received) {
      expect(JSON.parse(body)).toMatchObject(payload);
      expect(headers["x-extole-signature"]).toBe(createHmac("sha256", scenario.key.key).update(body).digest("hex"));
    }
    expect(new Set(receiver.received.map(({ headers, body }) => `${String(headers["webhook-id"])} ${body}`)).size).toBe(
      1,
    );

    const rewardId = String((JSON.parse(receiver.received[0]?.body ?? "{}") as Body)["reward_id"]);
    for (const { post, body, status, code } of scenario.then) {
      const answered = await api("POST", `/v2/rewards/custom-reward/${rewardId}/${post}`, body);
      if (status !== undefined) expect(answered.status, JSON.stringify(answered.body)).toBe(status);
      if (code !== undefined) expect(answered.body["code"]).toBe(code);
    }
    const history = await list(`/v2/rewards/${rewardId}/history`);
    expect(history.map(({ state_type }) => state_type)).toEqual(scenario.history);
    const listed = await list(`/v2/rewards?state=${scenario.listedAs}`);
    expect(listed.map(({ reward_id }) => reward_id)).toContain(rewardId);
    const summary = await list("/v2/rewards/state_summary?period=DAY&period_count=2");
    expect(summary).toContainEqual(expect.objectContaining(scenario.summary));

    const deliveries = await list(`/v6/webhooks/${String(webhook.body["id"])}/deliveries`);
    expect(deliveries).toMatchObject([{ status: "DONE", attempts: [{ http_status: 500 }, { http_status: 200 }] }]);
  },
);
