// Coupons against the built node: files in, codes to rewards, stock-out and refill, withdrawal; all of it outlives a restart.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { get, post, quiet } from "../support/load.ts";
import { book } from "../support/workbook.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";

const text = (code: string): string => `<row><c t="inlineStr"><is><t>${code}</t></is></c></row>`;

type Body = Record<string, unknown>;

const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-coupons-"));
/** One for all tests, each of which has suppliers of its own. */
let node: NodeHere | null = null;
afterAll(async () => {
  await node?.abandon();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function running(): Promise<NodeHere> {
  node ??= await startHere({ dataDirectory });
  return node;
}

async function restarted(): Promise<NodeHere> {
  await node?.stop();
  node = null;
  return running();
}

async function send(server: NodeHere, path: string, body: object): Promise<Body> {
  const answer = await post(server.url, path, body);
  expect(answer.status, `${path} ${await answer.clone().text()}`).toBe(200);
  return (await answer.json()) as Body;
}

async function upload(server: NodeHere, path: string, file: string | Buffer, name = "codes.csv"): Promise<Body> {
  const form = new FormData();
  form.append("file", new File([typeof file === "string" ? file : new Uint8Array(file)], name));
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(`${server.url}${path}`, { method: "POST", headers, body: form });
  return (await answer.json()) as Body;
}

async function rewardOf(server: NodeHere, email: string): Promise<Body> {
  const [person] = (await get(server.url, `/v5/persons?identity_key_value=${email}`)) as { id: string }[];
  await quiet(server.url);
  const rewards = (await get(server.url, `/v2/rewards?success_only=false&person_id=${person?.id}`)) as Body[];
  expect(rewards).toHaveLength(1);
  return rewards[0] ?? {};
}

/** A live campaign: whoever sends the event earns a coupon. */
async function rewards(server: NodeHere, { supplier, event }: { supplier: Body; event: string }): Promise<void> {
  const campaign = `/v2/campaigns/${String((await send(server, "/v2/campaigns", { name: event }))["campaign_id"])}`;
  const step = await send(server, `${campaign}/controllers`, { type: "CONTROLLER", name: event });
  const controller = `${campaign}/controllers/${String(step["id"])}`;
  await send(server, `${controller}/triggers/events`, { event_names: [event], event_type: "INPUT" });
  await send(server, `${controller}/actions/earn-rewards`, { reward_name: "gift", reward_supplier_id: supplier["id"] });
  await send(server, `${campaign}/publish`, { launch: true });
}

test("codes are uploaded, handed out in order, run out, and come again", { timeout: 120_000 }, async () => {
  let server = await running();
  const supplier = await send(server, "/v6/reward-suppliers", {
    reward_supplier_type: "MANUAL_COUPON",
    name: "Codes",
    face_value: 10,
    face_value_type: "PERCENT_OFF",
    coupon_count_warn_limit: 1,
  });
  await rewards(server, { supplier, event: "joined" });
  const pool = `/v2/reward-suppliers/manual-coupons/${String(supplier["id"])}`;
  const coupons = `${pool}/coupons`;

  const first = await upload(server, coupons, "coupon_code,expires_at\nC-1\nC-2,2001-01-01T00:00:00Z\n");
  expect(first).toMatchObject({ code: "invalid_expiration_date", parameters: { row: 3 } });
  expect(await get(server.url, `${pool}/stats`)).toEqual({
    number_of_available_coupons: 0,
    number_of_issued_coupons: 0,
  });
  expect(await upload(server, coupons, "C-1\nC-1\n")).toMatchObject({
    code: "duplicate_coupon_code_in_list",
    parameters: { coupon_code: "C-1" },
  });
  const good = await upload(server, coupons, 'C-1\n"C-2",2099-01-01T00:00:00+01:00[Europe/Zurich]\n');
  expect(good).toMatchObject({
    operation_type: "COUPON_UPLOAD",
    status: "SUCCESS",
    filename: "codes.csv",
    coupons: ["C-1", "C-2"],
    uploaded_coupons: [{ expires_at: null }, { expires_at: "2098-12-31T23:00:00.000Z" }],
  });
  expect(await upload(server, coupons, "C-2\nC-3\n")).toMatchObject({ code: "existing_coupon_code" });
  for (const [sheet, code] of [
    ["", "coupons_missing"],
    [`${text("D-1")}${text("a b")}`, "coupon_code_invalid"],
    ["<row><c>", "corrupted_uploaded_file"],
  ] as const)
    expect(await upload(server, coupons, book({ sheet }), "codes.xlsx"), sheet).toMatchObject({ code });
  for (const [lines, code] of [
    ["", "coupons_missing"],
    ["\n\nC-9", "coupon_code_blank"],
    ["a b", "coupon_code_invalid"],
    ["x".repeat(256), "coupon_code_too_long"],
    ["a,b,c", "invalid_file_line"],
    ["a\u0000b", "corrupted_uploaded_file"],
  ] as const)
    expect(await upload(server, coupons, lines), lines).toMatchObject({ code });

  for (const n of [1, 2, 3]) await send(server, "/v6/events", { event_name: "joined", data: { email: `p${n}@x.com` } });
  expect(await rewardOf(server, "p1@x.com")).toMatchObject({ state: "FULFILLED", partner_reward_id: "C-1" });
  expect(await rewardOf(server, "p2@x.com")).toMatchObject({ state: "FULFILLED", partner_reward_id: "C-2" });
  const waiting = await rewardOf(server, "p3@x.com");
  expect(waiting).toMatchObject({ state: "EARNED" });
  expect(await get(server.url, `${pool}/stats`)).toEqual({
    number_of_available_coupons: 0,
    number_of_issued_coupons: 2,
  });
  await quiet(server.url);

  server = await restarted();
  const more = await upload(
    server,
    `${coupons}?discard_duplicated=true&allow_restricted_characters=true`,
    book({ sheet: `<row><c t="s"><v>0</v></c></row>${text("C 3")}${text("C-4")}`, shared: "<si><t>C-1</t></si>" }),
    "codes.xlsx",
  );
  expect(more).toMatchObject({ status: "SUCCESS", coupons: ["C 3", "C-4"], number_of_coupons_to_upload: 3 });
  expect(
    (await post(server.url, `/v2/rewards/${String(waiting["reward_id"] ?? waiting["id"])}/retry`, {})).status,
  ).toBe(200);
  expect(await rewardOf(server, "p3@x.com")).toMatchObject({ state: "FULFILLED", partner_reward_id: "C 3" });
  expect(await get(server.url, `${coupons}?issued=false`)).toMatchObject({ coupons: ["C-4"] });
  expect(await get(server.url, `${coupons}?issued=true&operation_id=${String(good["id"])}`)).toMatchObject({
    coupons: ["C-1", "C-2"],
  });
  const withdrawn = await fetch(`${server.url}${coupons}?operation_id=${String(more["id"])}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(await withdrawn.json()).toMatchObject({
    operation_type: "COUPON_DELETE",
    result_message: "1 coupons withdrawn",
  });
  expect(await get(server.url, `${pool}/stats`)).toEqual({
    number_of_available_coupons: 0,
    number_of_issued_coupons: 3,
  });
  const operations = (await get(server.url, `${pool}/operations`)) as Body[];
  expect(operations.slice(0, 2).map(({ operation_type }) => operation_type)).toEqual([
    "COUPON_DELETE",
    "COUPON_UPLOAD",
  ]);
  const file = await fetch(`${server.url}${coupons}.csv?issued=true`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(await file.text()).toBe("coupon_code,expires_at\r\nC-1,\r\nC-2,2098-12-31T23:00:00.000Z\r\nC 3,\r\n");
  expect(await upload(server, coupons, "C-4\n")).toMatchObject({ status: "SUCCESS" });
});

test("a large file is loaded in parts, while other requests are answered", { timeout: 120_000 }, async () => {
  const server = await running();
  const supplier = await send(server, "/v6/reward-suppliers", {
    reward_supplier_type: "MANUAL_COUPON",
    name: "Many",
    face_value: 10,
    face_value_type: "PERCENT_OFF",
    coupon_count_warn_limit: 1,
  });
  const pool = `/v2/reward-suppliers/manual-coupons/${String(supplier["id"])}`;
  const codeOf = (n: number): string => `LAUREL-${n.toString(36).padStart(6, "0")}`;
  const lines = Array.from({ length: 100_000 }, (_, n) => codeOf(n)).join("\n");
  let answered = 0;
  let isLoading = true;
  const loading = upload(server, `${pool}/coupons`, lines).finally(() => {
    isLoading = false;
  });
  while (isLoading) {
    const stats = (await get(server.url, `${pool}/stats`)) as Body;
    expect([0, 100_000]).toContain(stats["number_of_available_coupons"]);
    answered++;
  }
  expect(await loading).toMatchObject({ status: "SUCCESS", number_of_coupons_to_upload: 100_000 });
  expect(answered).toBeGreaterThan(3);
  expect(await get(server.url, `${pool}/stats`)).toMatchObject({ number_of_available_coupons: 100_000 });
  expect(await get(server.url, `${pool}/coupons?limit=1&offset=99999`)).toMatchObject({ coupons: [codeOf(99_999)] });
});

test("what partitions hand out of a large pool is counted at once, listed a second later, and called back", {
  timeout: 120_000,
}, async () => {
  let server = await running();
  const supplier = await send(server, "/v6/reward-suppliers", {
    reward_supplier_type: "MANUAL_COUPON",
    name: "Lent",
    face_value: 10,
    face_value_type: "PERCENT_OFF",
    coupon_count_warn_limit: 1,
  });
  await rewards(server, { supplier, event: "arrived" });
  const pool = `/v2/reward-suppliers/manual-coupons/${String(supplier["id"])}`;
  const codes = Array.from({ length: 20_000 }, (_, n) => `L-${n}`);
  const loaded = await upload(server, `${pool}/coupons`, codes.join("\n"));
  const join = (n: number): Promise<Body> =>
    send(server, "/v6/events", { event_name: "arrived", data: { email: `lent${n}@x.com` } });
  for (let n = 0; n < 600; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => join(n + i)));
  const counts = { number_of_available_coupons: 19_400, number_of_issued_coupons: 600 };
  // Those that came before their partition was lent any have jobs, which are no records in flight.
  await expect.poll(() => get(server.url, `${pool}/stats`), { timeout: 10_000 }).toEqual(counts);
  const issued = async (): Promise<number> =>
    ((await get(server.url, `${pool}/coupons?issued=true&limit=1000`)) as { coupons: string[] }).coupons.length;
  await expect.poll(issued, { timeout: 10_000 }).toBe(600);
  await join(600);
  await quiet(server.url);

  server = await restarted();
  const { state, partner_reward_id: code } = await rewardOf(server, "lent600@x.com");
  expect([state, codes.includes(String(code))]).toEqual(["FULFILLED", true]);
  const withdrawn = await fetch(`${server.url}${pool}/coupons?operation_id=${String(loaded["id"])}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(await withdrawn.json()).toMatchObject({ result_message: "19399 coupons withdrawn" });
  const rest = { number_of_available_coupons: 0, number_of_issued_coupons: 601 };
  expect(await get(server.url, `${pool}/stats`)).toEqual(rest);
  await join(601);
  await quiet(server.url);
  expect(await rewardOf(server, "lent601@x.com")).toMatchObject({ state: "EARNED" });
});
