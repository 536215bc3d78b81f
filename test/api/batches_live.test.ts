// Tables that a back end brings, on a whole node: uploaded, made into events, and given back with what became of every row.

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { foldZip } from "../../src/base/zip.ts";
import { fileForm, formHeaders } from "../support/file_form.ts";
import { aPerson, AUDIENCE, change, fresh, OWN, read, worldOfFile } from "../contract/server/world.ts";
import type { Reply } from "./front_fixture.ts";

const world = worldOfFile();

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly success_rows: number;
  readonly failed_rows: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

async function uploads(table: string, filename = "table.csv"): Promise<Reply> {
  const body = fileForm(fresh("file"), table, {}, filename);
  return world().ask("/v6/files", { method: "POST", headers: formHeaders, body });
}

async function fileOf(table: string, filename = "table.csv"): Promise<string> {
  const reply = await uploads(table, filename);
  if (reply.status !== 200) throw new Error(reply.text);
  return (reply.body as { id: string }).id;
}

async function orders(source: object, more: object = {}): Promise<Batch> {
  const made = await change(world(), "POST", "/v6/batches", { data_source: source, ...more }, OWN);
  for (let tries = 0; tries < 500; tries++) {
    const { body } = await world().ask(`/v6/batches/${String(made["id"])}`);
    const batch = body as Batch;
    if (!["PENDING", "QUEUED", "IN_PROGRESS"].includes(batch.status)) return batch;
    await pause(10);
  }
  throw new Error("the batch does not end");
}

const ordersFile = async (table: string, more: object = {}, filename = "table.csv"): Promise<Batch> =>
  orders({ type: "FILE_ASSET", file_asset_id: await fileOf(table, filename) }, more);

/** By column. */
async function resultOf({ id }: Batch): Promise<Record<string, string>[]> {
  const { text } = await world().ask(`/v6/batches/${id}/download`);
  const [head = "", ...lines] = text.trim().split("\r\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, at) => [names[at] ?? "", cell])));
}

async function stepsOf(email: string, name: string): Promise<Record<string, unknown>[]> {
  const [person] = await read(world(), OWN, `/v5/persons?identity_key_value=${encodeURIComponent(email)}`);
  return person === undefined ? [] : read(world(), OWN, `/v5/persons/${String(person["id"])}/steps?names=${name}`);
}

describe("a batch", () => {
  test("makes an event of every row, and gives the rows back with what became of them", async () => {
    const [ann, bob] = [`${fresh("ann")}@x.example`, `${fresh("bob")}@x.example`];
    const order = fresh("o");
    const batch = await ordersFile(
      `event_name,email,order_id,cart_value\nbought,${ann},${order},30\n,${bob},${fresh("o")},40\nregistered,${bob},,\n`,
    );
    expect(batch).toMatchObject({ status: "DONE", rows: 3, success_rows: 2, failed_rows: 1 });
    const rows = await resultOf(batch);
    expect(rows.map((row) => [row["result_status"], row["result_code"], row["email"]])).toEqual([
      ["success", "", ann],
      ["failure", "missing_event_name", bob],
      ["success", "", bob],
    ]);
    const [bought] = await stepsOf(ann, "bought");
    expect(bought).toMatchObject({ cause_event_id: rows[0]?.["result_event_id"] });
    const person = rows[0]?.["result_person_id"] ?? "";
    const why = await world().ask(`/v5/persons/${person}/explain?event_id=${rows[0]?.["result_event_id"] ?? ""}`);
    expect(why.status, why.text).toBe(200);
    expect(await stepsOf(bob, "bought")).toEqual([]);
  });

  test("reads each form of table alike", async () => {
    const emails = ["csv", "psv", "json", "jsonl", "xlsx"].map((form) => `${fresh(form)}@x.example`);
    const [csv = "", psv = "", json = "", jsonl = "", xlsx = ""] = emails;
    const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheet = `<worksheet><sheetData><row>${cell("email")}</row><row>${cell(xlsx)}</row></sheetData></worksheet>`;
    const book = foldZip({
      "xl/workbook.xml": Buffer.from('<workbook><sheets><sheet name="s" r:id="r1"/></sheets></workbook>'),
      "xl/_rels/workbook.xml.rels": Buffer.from(
        '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
      ),
      "xl/worksheets/sheet1.xml": Buffer.from(sheet),
    });
    const more = { event_name: "registered" };
    const batches = [
      await ordersFile(`email\n${csv}\n`, more),
      await ordersFile(`email|tier\n${psv}|gold\n`, more, "table.psv"),
      await ordersFile(JSON.stringify([{ email: json }]), more, "table.json"),
      await ordersFile(`{"email":"${jsonl}"}\n`, more, "table.jsonl"),
    ];
    const body = Buffer.concat([
      Buffer.from(fileForm(fresh("book"), "BOOK", {}, "table.xlsx").split("BOOK")[0] ?? ""),
      book,
      Buffer.from(fileForm("", "BOOK").split("BOOK")[1] ?? ""),
    ]);
    const sent = await fetch(`http://127.0.0.1:${world().port}/v6/files`, {
      method: "POST",
      headers: { ...formHeaders, authorization: `Bearer ${OWN.token}` },
      body,
    });
    expect(sent.status).toBe(200);
    const { id } = (await sent.json()) as { id: string };
    batches.push(await orders({ type: "FILE_ASSET", file_asset_id: id }, more));
    expect(batches.map(({ success_rows }) => success_rows)).toEqual([1, 1, 1, 1, 1]);
    for (const email of emails) expect(await stepsOf(email, "registered"), email).toHaveLength(1);
  });

  test("takes the columns that are asked for, under the names that are asked for, and says the same of all", async () => {
    const email = `${fresh("col")}@x.example`;
    const batch = await ordersFile(`email,tier,city,event_time\n${email},gold,Rome,2026-01-02T03:04:05Z\n`, {
      default_event_name: "registered",
      event_columns: ["tier"],
      event_data: { channel: "file" },
      columns: [{ type: "PATTERN_NAME_MATCH", name_pattern: "ci.*", prefix: "home_", validation_policy: "OPTIONAL" }],
    });
    const [row = {}] = await resultOf(batch);
    expect(row).toMatchObject({ email, tier: "gold", home_city: "Rome", channel: "file" });
    const [step] = await stepsOf(email, "registered");
    expect(step).toMatchObject({ event_date: "2026-01-02T03:04:05.000Z" });
  });

  test("fails as a whole without a column that must be there, and refuses a row without such a value", async () => {
    const email = `${fresh("req")}@x.example`;
    const tier = { type: "FULL_NAME_MATCH", name: "tier", prefix: "", validation_policy: "REQUIRED_VALUE" };
    const more = { event_name: "registered", columns: [tier] };
    const without = await ordersFile(`email\n${email}\n`, more);
    expect(without).toMatchObject({ status: "FAILED", error_code: "missing_column", success_rows: 0 });
    expect(await stepsOf(email, "registered")).toEqual([]);
    const some = await ordersFile(`email,tier\n${email},\n${email},gold\n`, more);
    expect(some).toMatchObject({ status: "DONE", success_rows: 1, failed_rows: 1 });
    expect((await resultOf(some))[0]?.["result_message"]).toContain("(name: tier)");
  });

  test("refuses a row whose sender is blocked, when it is made", async () => {
    const host = `${fresh("spam")}.example`;
    await change(world(), "POST", "/v2/blocks", { filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value: host }, OWN);
    const batch = await ordersFile(`email\na@${host}\n`, { event_name: "registered" });
    const [row] = await resultOf(batch);
    expect(row).toMatchObject({ result_status: "failure", result_code: "event_blocked" });
  });

  test("makes an event for every member of an audience, with their data that are asked for", async () => {
    const { email } = await aPerson(world());
    const source = { type: "AUDIENCE_LIST", audience_list_id: AUDIENCE };
    const batch = await orders(source, { event_name: "asked_for_coupon", event_columns: ["tier"] });
    expect(batch.status).toBe("DONE");
    expect(batch.success_rows).toBe(batch.rows);
    expect((await resultOf(batch)).map((row) => row["tier"])).toContain("gold");
    expect(await stepsOf(email, "asked_for_coupon")).toHaveLength(1);
  });

  test("is refused when it asks for columns without a name, or by a pattern that is none, or by too many", async () => {
    const data_source = { type: "FILE_ASSET", file_asset_id: await fileOf("email\na@x.example\n") };
    const asksFor = async (...columns: object[]): Promise<unknown> =>
      (await world().ask("/v6/batches", { method: "POST", body: JSON.stringify({ data_source, columns }) })).body;
    const pattern = (name_pattern: string): object => ({ type: "PATTERN_NAME_MATCH", name_pattern });
    const refused = { code: "invalid_parameter" };
    expect(await asksFor({ type: "FULL_NAME_MATCH" })).toMatchObject(refused);
    expect(await asksFor(pattern("(a"))).toMatchObject(refused);
    expect(await asksFor(...Array.from({ length: 11 }, () => pattern("a.*")))).toMatchObject(refused);
    expect(await asksFor(...Array.from({ length: 10 }, () => pattern("a.*")))).toMatchObject({ rows: 1 });
  });

  test("of some scopes is there for nobody without them", async () => {
    const batch = await ordersFile("email\na@x.example\n", { event_name: "registered", scopes: ["CLIENT_SUPERUSER"] });
    const weaker = await change(world(), "POST", "/v4/tokens", { scopes: ["BACKEND"], duration_seconds: 60 }, OWN);
    const token = String(weaker["access_token"]);
    expect((await world().ask(`/v6/batches/${batch.id}`)).status).toBe(200);
    expect((await world().ask(`/v6/batches/${batch.id}`, { token })).status).toBe(404);
    const listed = (await world().ask("/v6/batches?limit=1000", { token })).body as Batch[];
    expect(listed.map(({ id }) => id)).not.toContain(batch.id);
  });
});

describe("a file", () => {
  test("is refused with its first row that cannot be read", async () => {
    const reply = await uploads("email,tier\na@x.example,gold\nb@x.example,gold,too much\n");
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: "file_asset_file_processing_error", parameters: { row: 2 } });
  });

  test("is given back as it was brought, or some of its rows", async () => {
    const table = "email,tier\r\na@x.example,gold\r\nb@x.example,silver\r\nc@x.example,\r\n";
    const id = await fileOf(table);
    expect((await world().ask(`/v6/files/${id}/download`)).text).toBe(table);
    expect((await world().ask(`/v6/files/${id}/download?offset=1&limit=1`)).text).toBe(
      "email,tier\r\nb@x.example,silver\r\n",
    );
  });

  test("of members joins an audience", async () => {
    const audience = await change(world(), "POST", "/v1/audiences", { name: fresh("list ") }, OWN);
    const emails = [`${fresh("m")}@x.example`, `${fresh("m")}@x.example`];
    const id = await fileOf(`Email,city\n${emails.join(",Rome\n")},Paris\n`);
    const path = `/v1/audiences/${String(audience["id"])}`;
    const wanted = { type: "ADD", data_source: { type: "FILE_ASSET", file_asset_id: id } };
    const operation = await change(world(), "POST", `${path}/operations`, wanted, OWN);
    const isReady = async (): Promise<boolean> =>
      ((await world().ask(`${path}/operations/${String(operation["id"])}/state`)).body as { state: string }).state ===
      "READY";
    for (let tries = 0; tries < 300 && !(await isReady()); tries++) await pause(10);
    const members = await read(world(), OWN, `${path}/members/view/details`);
    expect(members.map((member) => String(member["email"])).toSorted()).toEqual(emails.toSorted());
    const tableOf = async (table: string): Promise<object> => ({
      type: "ADD",
      data_source: { type: "FILE_ASSET", file_asset_id: await fileOf(table) },
    });
    const body = JSON.stringify(await tableOf("name\nann\n"));
    const reply = await world().ask(`${path}/operations`, { method: "POST", body });
    expect(reply.body).toMatchObject({
      code: "modification_audience_operation_file_asset_data_source_unsupported_file_asset_format",
    });
    const none = await world().ask(`${path}/operations`, {
      method: "POST",
      body: JSON.stringify(await tableOf("email\n")),
    });
    expect(none.body).toMatchObject({
      code: "modification_audience_operation_file_asset_data_source_empty_file_asset",
    });
  });
});
