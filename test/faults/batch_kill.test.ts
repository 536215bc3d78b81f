// kill -9 in the middle of a batch: it goes on where it was, and each row is an event once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { fileForm, formHeaders } from "../contract/server/files.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { startServer, TOKEN } from "../support/server_process.ts";
import { expectSameReplayed } from "../support/verdict.ts";

const kills = isSoak ? 20 : 1;
const ROWS = 1_000 * (kills + 1);
const PEOPLE = 250;
const LOOKED_AT = 25;

const bearer = { authorization: `Bearer ${TOKEN}` };

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly success_rows: number;
  readonly failed_rows: number;
}

async function asked<T>(url: string, path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`${url}${path}`, { ...init, headers: { ...bearer, ...(init.headers as object) } });
  const text = await reply.text();
  expect(reply.status, text).toBe(200);
  return JSON.parse(text) as T;
}

async function begins(url: string): Promise<string> {
  const lines = Array.from({ length: ROWS }, (_, n) => `p${n % PEOPLE}@x.example,o-${n},5`);
  const form = fileForm("orders", `email,order_id,cart_value\n${lines.join("\n")}\n`);
  const file = await asked<{ id: string }>(url, "/v6/files", { method: "POST", headers: formHeaders, body: form });
  const order = { event_name: "converted", data_source: { type: "FILE_ASSET", file_asset_id: file.id } };
  const headers = { "content-type": "application/json" };
  const batch = await asked<Batch>(url, "/v6/batches", { method: "POST", headers, body: JSON.stringify(order) });
  return batch.id;
}

/** Follows the batch until as many rows are done. */
async function until(url: string, id: string, rows: number): Promise<Batch> {
  for (;;) {
    const batch = await asked<Batch>(url, `/v6/batches/${id}`);
    if (batch.success_rows + batch.failed_rows >= rows) return batch;
    await pause(10);
  }
}

test(`${kills} kills in the middle of a batch`, { timeout: 60_000 + kills * 30_000 }, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-batch-"));
  let id = "";
  for (let kill = 0; kill < kills; kill++) {
    const environment = { LAUREL_CHECKPOINT_INTERVAL_MS: "150", LAUREL_WORKERS: "2" };
    const server = await startServer({ dataDirectory, environment });
    if (kill === 0) id = await begins(server.url);
    const { success_rows } = await until(server.url, id, 1);
    await until(server.url, id, success_rows + 100);
    await server.kill();
  }
  const server = await startHere({ dataDirectory });
  const batch = await until(server.url, id, ROWS);
  expect(batch).toMatchObject({ status: "DONE", success_rows: ROWS, failed_rows: 0 });
  for (let n = 0; n < LOOKED_AT; n++) {
    const [person] = await asked<{ id: string }[]>(server.url, `/v5/persons?identity_key_value=p${n}@x.example`);
    const path = `/v5/persons/${person?.id ?? ""}/steps?names=converted&limit=1000`;
    expect(await asked<unknown[]>(server.url, path)).toHaveLength(ROWS / PEOPLE);
  }
  await server.stop();
  expectSameReplayed(dataDirectory);
  rmSync(dataDirectory, { recursive: true, force: true });
});
