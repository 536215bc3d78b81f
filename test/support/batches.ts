// A batch of sign-ups by a table, as a back end would order and follow it, and what there must be when it is done.

import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { fileForm, formHeaders } from "./file_form.ts";
import { TOKEN } from "./server_process.ts";

const bearer = { authorization: `Bearer ${TOKEN}` };
const LOOKED_AT = 25;

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly success_rows: number;
  readonly failed_rows: number;
}

/** Each of so many people signs up several times: nothing but its event tells one row of a person from another. The id of the batch. */
export async function beginBatch(url: string, rows: number, people: number): Promise<string> {
  const lines = Array.from({ length: rows }, (_, n) => `row${n % people}@x.example,${n}`);
  const form = fileForm("sign-ups", `email,n\n${lines.join("\n")}\n`);
  const file = await asked<{ id: string }>(url, "/v6/files", { method: "POST", headers: formHeaders, body: form });
  const order = { event_name: "signed_up", data_source: { type: "FILE_ASSET", file_asset_id: file.id } };
  const headers = { "content-type": "application/json" };
  const batch = await asked<Batch>(url, "/v6/batches", { method: "POST", headers, body: JSON.stringify(order) });
  return batch.id;
}

/** Every row was an event, once. */
export async function expectEachRowOnce(url: string, id: string, rows: number, people: number): Promise<void> {
  const isGoing = (batch: Batch): boolean => batch.status === "IN_PROGRESS";
  let batch = await asked<Batch>(url, `/v6/batches/${id}`);
  for (; isGoing(batch); batch = await asked<Batch>(url, `/v6/batches/${id}`)) await pause(50);
  expect(batch).toMatchObject({ status: "DONE", success_rows: rows, failed_rows: 0 });
  for (let n = 0; n < LOOKED_AT; n++) {
    const [person] = await asked<{ id: string }[]>(url, `/v5/persons?identity_key_value=row${n}@x.example`);
    const path = `/v5/persons/${person?.id ?? ""}/steps?names=signed_up&limit=1000`;
    expect(await asked<unknown[]>(url, path)).toHaveLength(rows / people);
  }
}

async function asked<T>(url: string, path: string, init: RequestInit = {}): Promise<T> {
  const reply = await fetch(`${url}${path}`, { ...init, headers: { ...bearer, ...(init.headers as object) } });
  const text = await reply.text();
  expect(reply.status, text).toBe(200);
  return JSON.parse(text) as T;
}
