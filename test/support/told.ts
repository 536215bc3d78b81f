// What is told of each order by webhooks, and whether it was told once: for tests that kill whoever tells.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { exchange } from "./exchange.ts";
import { isSoak } from "./profile.ts";
import type { Answer, Received } from "./receiver.ts";
import { TOKEN } from "./server_process.ts";
import { action, earn, fromEvent, on, programme, supplier } from "./story.ts";

/** Longer than every retry that may be under way at the end: for so long nothing more is told when all is. */
export const CATCH_UP_MS = 30_000;

/** Between an answer and the next order of a sender: fewer are told, and there are always some to be told when somebody dies. */
const SENDER_PACE_MS = isSoak ? 5 : 20;

export interface Told {
  readonly keys: Set<string>;
  readonly bodies: Set<string>;
  isTaken: boolean;
}

/** Takes most calls, at once or late; the others it refuses, or takes and hangs up on. */
export function moody(told: Map<string, Told>): Answer {
  return (call, response) => {
    const key = String(call.headers["webhook-id"]);
    const { subject, known } = subjectOf(told, call);
    known.keys.add(key);
    known.bodies.add(call.body);
    told.set(subject, known);
    const mood = Math.random();
    if (mood < 0.1) return void response.writeHead(500).end("not now");
    known.isTaken = true;
    if (mood < 0.2) return void response.socket?.destroy();
    if (mood < 0.3) return void setTimeout(() => response.writeHead(200).end(), 100);
    response.writeHead(200).end();
  };
}

function subjectOf(told: ReadonlyMap<string, Told>, { path, body }: Received): { subject: string; known: Told } {
  const payload = JSON.parse(body) as { type?: string; order?: string; data?: { order?: string } };
  const subject = `${path} ${payload.type ?? "action"} ${payload.order ?? payload.data?.order ?? ""}`;
  return { subject, known: told.get(subject) ?? { keys: new Set(), bodies: new Set(), isTaken: false } };
}

export function programsWith(url: string): string {
  const retry_intervals = Array.from({ length: 50 }, () => 1);
  const document = programme(
    [
      on("bought", {
        actions: [
          earn("CREDIT", { data: { order: fromEvent("order_id") } }),
          action("WEBHOOK", { webhook_id: "W", data: { order: fromEvent("order_id") } }),
        ],
      }),
    ],
    {
      client: "demo",
      suppliers: [supplier("CREDIT")],
      webhooks: [
        { id: "R", name: "rewards", type: "REWARD", url: `${url}/rewards`, retry_intervals },
        { id: "W", name: "orders", url: `${url}/orders`, retry_intervals },
      ],
    },
  );
  const directory = mkdtempSync(join(tmpdir(), "laurel-programs-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "demo.json"), JSON.stringify(document));
  return directory;
}

/** Sends orders until the server is gone, or it is over. Those that were acknowledged are noted. */
export async function sends(
  url: string,
  acknowledged: Set<string>,
  name: string,
  over: AbortSignal | null = null,
): Promise<void> {
  for (let n = 0; over?.aborted !== true; n++) {
    const order_id = `${name}-${n}`;
    const body = JSON.stringify({ event_name: "bought", data: { email: `${name}-p${n % 50}@x.com`, order_id } });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    try {
      const response = await exchange(`${url}/v6/async-events`, { method: "POST", headers, body });
      if (response.status === 200) acknowledged.add(order_id);
      else await pause(20);
    } catch {
      // Killed.
      return;
    }
    await pause(SENDER_PACE_MS);
  }
}

/** Nothing is lost: every acknowledged order was taken by both webhooks; and nothing was told under two keys, or in two ways. */
export async function expectAllTold(told: ReadonlyMap<string, Told>, acknowledged: ReadonlySet<string>): Promise<void> {
  const wanted = [...acknowledged].flatMap((order) => [`/rewards reward_earned ${order}`, `/orders action ${order}`]);
  const lost = (): string[] => wanted.filter((subject) => told.get(subject)?.isTaken !== true);
  let left = lost().length;
  for (let progressMs = Date.now(); left > 0 && Date.now() - progressMs < CATCH_UP_MS; await pause(100)) {
    const before = left;
    left = lost().length;
    if (left < before) progressMs = Date.now();
  }
  expect(lost(), `${lost().length} of ${wanted.length} lost`).toEqual([]);
  for (const [subject, { keys, bodies }] of told) {
    expect([...keys], subject).toHaveLength(1);
    expect([...bodies], subject).toHaveLength(1);
  }
}
