// What answers at the front's port while a node starts.

import { expect, test } from "vitest";
import { openStartDoor } from "../../src/api/mod.ts";
import { freePort } from "../support/free_port.ts";

const HOST = "127.0.0.1";

test("while a node starts its port says that it is up, what it is at, and refuses all else as temporary", async () => {
  const port = await freePort();
  let reason = "starting: stores are opened";
  const options = { host: HOST, port, connectionsMax: 0, reason: () => reason };
  const door = await openStartDoor(options);
  const ask = async (
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; retry: string | null; body: unknown }> => {
    const response = await fetch(`http://${HOST}:${port}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      retry: response.headers.get("retry-after"),
      body: text === "" ? null : JSON.parse(text),
    };
  };
  expect(await ask("/healthz")).toMatchObject({ status: 200, body: { status: "up" } });
  expect(await ask("/healthz", { method: "HEAD" })).toMatchObject({ status: 200, body: null });
  expect(await ask("/readyz")).toMatchObject({ status: 503, body: { parameters: { reason } } });
  reason = "starting: the log's tail is applied";
  expect(await ask("/readyz")).toMatchObject({ status: 503, body: { parameters: { reason } } });
  expect(await ask("/readyz", { method: "HEAD" })).toMatchObject({ status: 503, body: null });
  const event = { method: "POST", body: JSON.stringify({ event_name: "bought", data: {} }) };
  for (const [path, init] of [
    ["/v6/events", event],
    ["/v2/rewards", {}],
    ["/nowhere", {}],
    ["/healthz", event],
  ] as const) {
    expect(await ask(path, init)).toMatchObject({ status: 503, retry: "2", body: { code: "service_unavailable" } });
  }
  expect(await openStartDoor(options)).toBeNull();
  door?.close();
  // Left to whoever listens in the same turn, whatever connections there were.
  const next = await openStartDoor(options);
  expect(next).not.toBeNull();
  next?.close();
  await expect(ask("/healthz")).rejects.toThrow("fetch failed");
});
