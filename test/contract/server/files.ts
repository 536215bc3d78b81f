// Files and batches of a tenant, for the calls that work on them.

import { setTimeout as pause } from "node:timers/promises";
import { fileForm, formHeaders, TABLE } from "../../support/file_form.ts";
import { change, fresh, type OWN, type FOREIGN, type World } from "./world.ts";

type Tenant = typeof OWN | typeof FOREIGN;

export async function aFile(world: World, of: Tenant): Promise<{ id: string; name: string }> {
  const name = fresh("file");
  const asked = { method: "POST", token: of.token, headers: formHeaders, body: fileForm(name, TABLE) };
  const reply = await world.ask("/v6/files", asked);
  if (reply.status !== 200) throw new Error(reply.text);
  return { id: String((reply.body as { id: string }).id), name };
}

export function batchOf(fileId: string): object {
  return {
    name: "nightly",
    event_name: "registered",
    default_event_name: "registered",
    event_columns: ["email"],
    event_data: { source: "file" },
    columns: [{ type: "FULL_NAME_MATCH", name: "email", prefix: "", validation_policy: "REQUIRED_VALUE" }],
    data_source: { type: "FILE_ASSET", file_asset_id: fileId },
    scopes: ["CLIENT_ADMIN", "CLIENT_SUPERUSER"],
    tags: ["t"],
  };
}

/** One that is done. */
export async function aBatch(world: World, of: Tenant): Promise<string> {
  const made = await change(world, "POST", "/v6/batches", batchOf((await aFile(world, of)).id), of);
  const id = String(made["id"]);
  for (let tries = 0; tries < 200; tries++) {
    const reply = await world.ask(`/v6/batches/${id}`, { token: of.token });
    if ((reply.body as { status?: string }).status === "DONE") return id;
    await pause(20);
  }
  throw new Error(`batch ${id} is not done`);
}
