// kill -9 at random moments while webhooks go out, against a receiver that records every call and fails, hangs up and dawdles itself.
//
// Nothing is lost: every reward of every acknowledged event is told, and taken. Nothing is told under two keys: whatever is repeated is the same call.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, type Received, startReceiver } from "../support/receiver.ts";
import { builtMain, startServer, TOKEN } from "../support/server_process.ts";
import { action, earn, fromEvent, on, programme, supplier } from "../support/story.ts";

const rounds = process.env["LAUREL_TEST_PROFILE"] === "soak" ? 100 : 10;
const EVENTS_AT_ONCE = 8;
/** Longer than every retry that may be under way at the end. */
const CATCH_UP_MS = 30_000;

interface Told {
  readonly keys: Set<string>;
  readonly bodies: Set<string>;
  isTaken: boolean;
}

/** Takes most calls, at once or late; the others it refuses, or takes and hangs up on. */
function moody(told: Map<string, Told>): Answer {
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

function programsWith(url: string): string {
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

/** Sends orders until the server is gone. Those that were acknowledged are noted. */
async function sends(url: string, acknowledged: Set<string>, name: string): Promise<void> {
  for (let n = 0; ; n++) {
    const order_id = `${name}-${n}`;
    const body = JSON.stringify({ event_name: "bought", data: { email: `${name}-p${n % 50}@x.com`, order_id } });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    try {
      const response = await fetch(`${url}/v6/async-events`, { method: "POST", headers, body });
      if (response.status === 200) acknowledged.add(order_id);
      else await pause(20);
    } catch {
      // Killed.
      return;
    }
    await pause(5);
  }
}

test(`${rounds} kills while webhooks go out lose nothing and tell nothing under two keys`, {
  timeout: rounds * 20_000 + CATCH_UP_MS,
}, async () => {
  const told = new Map<string, Told>();
  const receiver = await startReceiver(moody(told));
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-fulfilment-"));
  onTestFinished(async () => {
    await receiver.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  const environment = {
    LAUREL_PROGRAMS: programsWith(receiver.url),
    LAUREL_OUTGOING_ALLOW: "127.0.0.1",
    LAUREL_CHECKPOINT_INTERVAL_MS: "150",
    LAUREL_PARTITIONS: "4",
    LAUREL_DELIVERY_TIMEOUT_MS: "2000",
  };
  const acknowledged = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const server = await startServer({ dataDirectory, environment });
    const senders = Array.from({ length: EVENTS_AT_ONCE }, (_, n) => sends(server.url, acknowledged, `r${round}-${n}`));
    await pause(100 + Math.random() * 500);
    await server.kill();
    await Promise.all(senders);
  }
  const server = await startServer({ dataDirectory, environment });
  const wanted = [...acknowledged].flatMap((order) => [`/rewards reward_earned ${order}`, `/orders action ${order}`]);
  const isAllTaken = (): boolean => wanted.every((subject) => told.get(subject)?.isTaken === true);
  for (const untilMs = Date.now() + CATCH_UP_MS; Date.now() < untilMs && !isAllTaken(); ) await pause(100);
  const lost = wanted.filter((subject) => told.get(subject)?.isTaken !== true);
  expect(lost, `${lost.length} of ${wanted.length} lost`).toEqual([]);
  for (const [subject, { keys, bodies }] of told) {
    expect([...keys], subject).toHaveLength(1);
    expect([...bodies], subject).toHaveLength(1);
  }
  expect(wanted.length).toBeGreaterThan(rounds * 4);
  expect(await server.stop()).toBe(0);
  const verdict: unknown = JSON.parse(
    execFileSync(process.execPath, [builtMain, "replay", "--verify", "--json"], {
      env: { PATH: process.env["PATH"], LAUREL_DATA: dataDirectory },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    }),
  );
  expect(verdict).toMatchObject({ isEqual: true });
});
