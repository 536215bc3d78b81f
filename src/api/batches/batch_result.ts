// The result of a batch: its rows as the events that they became, with what became of each, as a file.

import { setImmediate as turn } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import type { Batch, RowEnd } from "../../model/batch.ts";
import { errorCatalogue, isErrorCode } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { objectOf } from "../server/bodies.ts";
import { tableText } from "../tables/table_text.ts";
import { batchPart } from "./file_desk.ts";

/** Stand before the columns of the rows. */
const endColumns = ["result_status", "result_code", "result_message", "result_event_id", "result_person_id"];

/** Null: the rows are there no more. Rows that were not handed out are not in it. */
export async function resultOf(runtime: RuntimeClient, client: string, batch: Batch): Promise<string | null> {
  if (batch.status === "EXPIRED") return null;
  const names = new Set<string>();
  const parts: JsonObject[][] = [];
  for (let part = 0; part < batch.next; part++) {
    const { bodies, ends } = await batchPart(runtime, { client, batchId: batch.id, part });
    const rows = ends.map((end, at) => ({ ...rowIn(bodies[at]), ...endView(end) }));
    for (const row of rows) for (const name of Object.keys(row)) names.add(name);
    parts.push(rows);
  }
  return textOf([...new Set([...endColumns, ...names])], parts);
}

/** A part at a time, with others in between. */
async function textOf(columns: readonly string[], parts: readonly JsonObject[][]): Promise<string> {
  const head = tableText(columns, [], "CSV");
  const texts = [head];
  for (const rows of parts) {
    texts.push(tableText(columns, rows, "CSV").slice(head.length));
    await turn();
  }
  return texts.join("");
}

function rowIn(body: string | undefined): JsonObject {
  const event: unknown = JSON.parse(body ?? "{}");
  assert(isJsonObject(event), "a row was kept as an event");
  const { event_name = "", event_time = "", data } = event;
  return { event_name, event_time, ...objectOf(data) };
}

function endView({ eventId, personId, errorCode, detail }: RowEnd): JsonObject {
  return {
    result_status: errorCode !== null ? "failure" : personId !== null ? "success" : "on its way",
    result_code: errorCode ?? "",
    result_message: messageOf(errorCode, detail),
    result_event_id: eventId ?? "",
    result_person_id: personId ?? "",
  };
}

function messageOf(code: string | null, detail: string): string {
  const message = code !== null && isErrorCode(code) ? errorCatalogue[code].message : "";
  return detail === "" ? message : `${message} (${detail})`;
}
