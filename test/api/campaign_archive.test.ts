// Campaigns and creatives as files over HTTP: what is read back is what can be written, and what is no campaign is refused.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { replacementOf } from "../../src/management/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { ADMIN_TOKEN, ask, CLIENT, expectEnvelope, openFront, READER_TOKEN, type Reply } from "./front_fixture.ts";
import { send } from "./operator.ts";

type Body = Record<string, unknown>;

class Operator {
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  static async open(): Promise<Operator> {
    const { port, configuration } = await openFront();
    const document = { id: "CREDIT", name: "Credit", reward_supplier_type: "CUSTOM_REWARD", face_value: 25 };
    configuration.put(CLIENT, [{ collection: "supplier", id: "CREDIT", document }]);
    return new Operator(port);
  }

  async does(method: string, path: string, body?: object): Promise<Body> {
    const reply = await send(this, method, path, body);
    expect(reply.status, `${method} ${path} ${reply.text}`).toBe(200);
    return reply.body as Body;
  }

  async uploads(method: string, path: string, file: Uint8Array, token = ADMIN_TOKEN): Promise<Reply> {
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(file)]), "campaign.zip");
    const encoded = new Response(form);
    const type = encoded.headers.get("content-type") ?? "";
    const body = new Uint8Array(await encoded.arrayBuffer());
    return ask(this.port, path, { method, token, body, headers: { "content-type": type } });
  }

  async downloads(path: string): Promise<Uint8Array> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/zip");
    return new Uint8Array(await response.arrayBuffer());
  }

  /** A campaign with a part of several kinds. */
  async makes(): Promise<{ path: string; controller: string; creative: string }> {
    const path = `/v2/campaigns/${idOf(await this.does("POST", "/v2/campaigns", { name: "First", tags: ["a"] }), "campaign_id")}`;
    await this.does("POST", `${path}/controllers`, { type: "JOURNEY_ENTRY", journey_name: "FRIEND", priority: "1.2" });
    const data = [{ name: "order_id", value: "javascript@runtime:1", key_type: "PARTNER_EVENT_KEY" }];
    const step = await this.does("POST", `${path}/controllers`, { type: "CONTROLLER", name: "converted", data });
    const controller = `${path}/controllers/${idOf(step, "id")}`;
    const group = { operator: "OR", trigger_name: "any", trigger_phase: "QUALIFYING" };
    await this.does("POST", `${controller}/triggers/groups`, group);
    const member = { parent_trigger_group_name: "any", trigger_phase: "QUALIFYING" };
    await this.does("POST", `${controller}/triggers/has-identities`, member);
    await this.does("POST", `${controller}/triggers/events`, { event_names: ["converted"], event_type: "INPUT" });
    const reward = { reward_supplier_id: "CREDIT", reward_name: "credit", tags: ["t"], data: { a: 1 } };
    await this.does("POST", `${controller}/actions/earn-rewards`, reward);
    const zone = await this.does("POST", `${path}/controllers`, { type: "FRONTEND_CONTROLLER", name: "banner" });
    const creative = await this.does("POST", `${path}/controllers/${idOf(zone, "id")}/actions/creatives`, {});
    const metrics = [{ name: "people", expression: "count", unit: "people", tags: ["a"] }];
    await this.does("POST", `${path}/flow-steps`, {
      flow_path: "/main",
      sequence: 1,
      step_name: "converted",
      icon_type: "star",
      metrics,
    });
    const creativePath = `${path}/controllers/${idOf(zone, "id")}/actions/creatives/${idOf(creative, "action_id")}`;
    return { path, controller, creative: creativePath };
  }
}

function idOf(body: Body, name: string): string {
  const id = body[name];
  return typeof id === "string" ? id : "";
}

function campaignIn(archive: Uint8Array): JsonObject {
  return JSON.parse(strFromU8(unzipSync(archive)["campaign.json"] ?? new Uint8Array())) as JsonObject;
}

function archiveOf(campaign: JsonObject, more: Record<string, Uint8Array> = {}): Uint8Array {
  return zipSync({ "campaign.json": strToU8(JSON.stringify(campaign)), ...more });
}

/** What two campaigns have in common, whoever they are. */
function content(body: Body): unknown {
  const text = JSON.stringify({ steps: body["steps"], flow_steps: body["flow_steps"] });
  return JSON.parse(text, (name, value: unknown) =>
    /(?:^|_)id$/.test(name) && name !== "reward_supplier_id" ? "" : value,
  );
}

test("an archive makes a campaign of the same content, with parts of its own", async () => {
  const operator = await Operator.open();
  const { path } = await operator.makes();
  const archive = await operator.downloads(`${path}.zip`);
  expectEnvelope(await operator.uploads("POST", "/v2/campaigns", archive), "campaign_name_already_used");
  const copied = archiveOf({ ...campaignIn(archive), name: "Second", program_label: "second", labels: [] });
  const made = (await operator.uploads("POST", "/v2/campaigns", copied)).body as Body;
  expect(made).toMatchObject({ name: "Second", version: 1, state: "NOT_LAUNCHED", is_published: false });
  const first = await operator.does("GET", path);
  expect(content(made)).toEqual(content(first));
  expect(JSON.stringify(made["steps"])).not.toContain(idOf((first["steps"] as Body[])[1] ?? {}, "id"));
});

test("the campaign that comes with us, which is a file, comes back from its archive", async () => {
  const { port, configuration } = await openFront();
  const operator = new Operator(port);
  const file = join(import.meta.dirname, "../../config/programs/demo.json");
  const program = JSON.parse(readFileSync(file, "utf8")) as ProgramDocument;
  configuration.put(CLIENT, replacementOf(await configuration.read(CLIENT), program, "hash"));
  for (const { campaign_id } of program.campaigns) {
    const path = `/v2/campaigns/${campaign_id}`;
    const replace = async (): Promise<Body> => {
      const replaced = await operator.uploads("PUT", path, await operator.downloads(`${path}.zip`));
      expect(replaced.status, replaced.text).toBe(200);
      return replaced.body as Body;
    };
    const { steps } = await operator.does("GET", path);
    const once = await replace();
    expect(once["steps"]).toHaveLength((steps as Body[]).length);
    expect(content(await replace())).toEqual(content(once));
  }
});

test("L3 what is wrong with a part is told by the id that the archive has", async () => {
  const operator = await Operator.open();
  const trigger = {
    trigger_id: "t-5",
    trigger_type: "AUDIENCE_MEMBERSHIP",
    trigger_phase: "QUALIFYING",
    having_any_audience_id: ["of-another-installation"],
  };
  const steps = [{ id: "s-1", type: "CONTROLLER", name: "converted", triggers: [trigger] }];
  const reply = await operator.uploads("POST", "/v2/campaigns", archiveOf({ name: "First", steps }));
  expect(expectEnvelope(reply, "audience_not_found")).toMatchObject({ parameters: { part: "t-5" } });
});

test("the path of uploads takes archives, and nothing else", async () => {
  const operator = await Operator.open();
  const made = await operator.uploads("POST", "/v2/campaigns/upload-bundle", archiveOf({ name: "Bundled" }));
  expect(made.body).toMatchObject({ name: "Bundled", steps: [] });
  const json = await ask(operator.port, "/v2/campaigns/upload-bundle", {
    method: "POST",
    token: ADMIN_TOKEN,
    body: "{}",
  });
  expectEnvelope(json, "unsupported_media_type");
  expectEnvelope(
    await operator.uploads("POST", "/v2/campaigns", archiveOf({ name: "Third" }), READER_TOKEN),
    "access_denied",
  );
});

test("an archive over a campaign replaces it as one version, and parts keep the ids that it gave them", async () => {
  const operator = await Operator.open();
  const { path } = await operator.makes();
  const before = await operator.does("GET", path);
  const archive = await operator.downloads(`${path}.zip`);
  const stale = await operator.uploads("PUT", `${path}/version/1`, archive);
  expectEnvelope(stale, "campaign_stale_version");
  const after = (await operator.uploads("PUT", `${path}/version/${String(before["version"] as number)}`, archive))
    .body as Body;
  expect(after["version"]).toBe((before["version"] as number) + 1);
  const ids = (body: Body): unknown =>
    (body["steps"] as Body[]).map(({ id, triggers, actions }) => [id, triggers, actions]);
  expect(ids(after)).toEqual(ids(before));
  const steps = (campaignIn(archive)["steps"] as JsonObject[]).slice(0, 1);
  const shorter = archiveOf({ ...campaignIn(archive), steps });
  expect(((await operator.uploads("PUT", `${path}/upload-bundle`, shorter)).body as Body)["steps"]).toHaveLength(1);
  expect(campaignIn(await operator.downloads(`${path}/version/1.zip`))["steps"]).toEqual([]);
});

test.each<readonly [string, Uint8Array, string]>([
  ["no archive", strToU8("not a zip"), "invalid_campaign_archive"],
  ["an archive of something else", zipSync({ "readme.txt": strToU8("x") }), "missing_campaign_json"],
  ["no JSON", zipSync({ "campaign.json": strToU8("{") }), "invalid_campaign_archive"],
  ["a list", zipSync({ "campaign.json": strToU8("[]") }), "invalid_campaign_archive"],
  ["a hostile name", zipSync({ "campaign.json": strToU8('{"name":"x","__proto__":{}}') }), "invalid_campaign_archive"],
  ["an unknown member", archiveOf({ name: "x", colour: "red" }), "invalid_campaign_archive"],
  ["a name that is none", archiveOf({ name: 7 }), "invalid_campaign_archive"],
  ["no name", archiveOf({}), "campaign_name_is_missing"],
  ["a step of no type", archiveOf({ name: "x", steps: [{ type: "DREAM" }] }), "invalid_campaign_archive"],
  [
    "a part that breaks a rule",
    archiveOf({
      name: "x",
      steps: [{ type: "CONTROLLER", name: "converted", actions: [{ action_type: "CANCEL_REWARD" }] }],
    }),
    "campaign_controller_action_cancel_reward_empty_reward_id",
  ],
  [
    "a trigger of no type",
    archiveOf({ name: "x", steps: [{ type: "CONTROLLER", name: "converted", triggers: [{ trigger_type: "DREAM" }] }] }),
    "invalid_campaign_archive",
  ],
  [
    "a member of another type",
    archiveOf({
      name: "x",
      steps: [
        { type: "CONTROLLER", name: "converted", triggers: [{ trigger_type: "HAS_PRIOR_STEP", count_min: "3" }] },
      ],
    }),
    "invalid_campaign_archive",
  ],
  [
    "more than may be unfolded",
    archiveOf({ name: "x" }, { "bomb.bin": new Uint8Array(5 * 1024 * 1024) }),
    "invalid_campaign_archive",
  ],
])("%s is refused", async (_what, file, code) => {
  const operator = await Operator.open();
  expectEnvelope(await operator.uploads("POST", "/v2/campaigns", file), code as "invalid_campaign_archive");
});

test("a form without a file, and a form that is none, bring nothing", async () => {
  const operator = await Operator.open();
  for (const body of ["--x\r\ncontent-disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n", "nonsense"]) {
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const reply = await ask(operator.port, "/v2/campaigns", { method: "POST", token: ADMIN_TOKEN, body, headers });
    expectEnvelope(reply, "missing_request_body");
  }
});

test("a creative is a file of its action, travels with its campaign, and is never shown as text", async () => {
  const operator = await Operator.open();
  const { path, creative } = await operator.makes();
  const reading = await ask(operator.port, `${creative}.zip`, { token: ADMIN_TOKEN });
  expectEnvelope(reading, "campaign_controller_action_creative_missing_archive");
  const file = zipSync({ "page.hbs": strToU8("hello") });
  const given = (await operator.uploads("POST", creative, file)).body as Body;
  expect(given).toMatchObject({ action_type: "CREATIVE", has_creative: true, latest_version: 1 });
  expect(given).not.toHaveProperty("archive");
  expect([...(await operator.downloads(`${creative}.zip`))]).toEqual([...file]);
  const archive = await operator.downloads(`${path}.zip`);
  const copied = archiveOf(
    { ...campaignIn(archive), name: "Copy" },
    unzipSync(archive, { filter: ({ name }) => name.startsWith("creatives/") }),
  );
  const made = (await operator.uploads("POST", "/v2/campaigns", copied)).body as { campaign_id: string; steps: Body[] };
  const zone = made.steps.find(({ name }) => name === "banner") as { id: string; actions: Body[] };
  const place = `/v2/campaigns/${made.campaign_id}/controllers/${zone.id}/actions/creatives/${idOf(zone.actions[0] ?? {}, "action_id")}.zip`;
  expect([...(await operator.downloads(place))]).toEqual([...file]);
  expectEnvelope(
    await operator.uploads("POST", creative, strToU8("x")),
    "campaign_controller_action_creative_archive_error",
  );
  const large = zipSync({
    a: crypto.getRandomValues(new Uint8Array(60_000)),
    b: crypto.getRandomValues(new Uint8Array(10_000)),
  });
  expectEnvelope(await operator.uploads("POST", creative, large), "creative_archive_size_too_big");
});

test.each<JsonObject>([
  { tags: [5] },
  { tags: [null] },
  { labels: [null] },
  { labels: [{}] },
  { labels: [{ name: 5, type: "DATA" }] },
  { labels: [{ name: "a", type: "OTHER" }] },
  { variants: 5 },
  { variants: [1] },
  { variants: "red" },
  { variant_selector: {} },
  { incentive: "x" },
  { incentive: { quality_rules: 5 } },
  { steps: {} },
  { steps: [5] },
  { steps: [{ type: "CONTROLLER", name: "converted", triggers: [5] }] },
  { steps: [{ type: "CONTROLLER", name: "converted", actions: {} }] },
  { steps: [{ type: "CONTROLLER", name: "converted", data: [5] }] },
  { flow_steps: "x" },
  { flow_steps: [{ flow_path: "/main", sequence: 1, step_name: "a", icon_type: "star", apps: [5] }] },
])("an archive whose campaign has %j is refused", async (members) => {
  const operator = await Operator.open();
  const campaign = strToU8(JSON.stringify({ name: "First", ...members }));
  const reply = await operator.uploads("POST", "/v2/campaigns", zipSync({ "campaign.json": campaign }));
  expectEnvelope(reply, "invalid_campaign_archive");
  expect(await operator.does("GET", "/v2/campaigns")).toEqual([]);
});
