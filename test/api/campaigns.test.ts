// Campaigns over HTTP: built from nothing, published, changed, taken back.

import { expect, test } from "vitest";
import { configurationOf } from "../../src/management/program.ts";
import { demoProgram } from "../simulation/simulation.ts";
import { type Body, Operator } from "./campaign_operator.ts";
import { ask, CLIENT, expectEnvelope, OTHER_ADMIN_TOKEN, TOKEN } from "./front_fixture.ts";

test("a campaign built from nothing is what partitions run by once it is published", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const campaign = await operator.does("GET", `/v2/campaigns/${id}`);
  expect(campaign).toMatchObject({
    campaign_id: id,
    name: "Refer a friend",
    state: "LIVE",
    is_published: true,
    version: 5,
    parent_version: 4,
    steps: [{ id: controller, triggers: [{ trigger_type: "EVENT" }], actions: [{ action_type: "EARN_REWARD" }] }],
  });
  expect(operator.front.configuration.program(CLIENT)?.campaigns).toMatchObject([
    { campaign_id: id, state: "LIVE", program_label: "refer", version: 5, steps: [{ name: "converted" }] },
  ]);
});

test("what is not published has no effect, and can be discarded", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const before = operator.front.configuration.program(CLIENT);
  await operator.does("PUT", `/v2/campaigns/${id}/controllers/${controller}`, { name: "bought" });
  expect(operator.front.configuration.program(CLIENT)).toEqual(before);
  expect(await operator.does("GET", `/v2/campaigns/${id}`)).toMatchObject({
    is_published: false,
    steps: [{ name: "bought" }],
  });
  const discarded = await operator.does("POST", `/v2/campaigns/${id}/discard`);
  expect(discarded).toMatchObject({ steps: [{ name: "converted" }] });
});

test("rules that do not compile are refused with their place, and nothing changes", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const before = operator.front.configuration.program(CLIENT);
  const trigger = { expression: "javascript@runtime:context.noSuch()", data: {}, trigger_phase: "QUALIFYING" };
  const triggerId = await operator.adds(id, `/controllers/${controller}/triggers/expressions`, trigger, "trigger_id");
  const refused = await operator.send("POST", `/v2/campaigns/${id}/publish`);
  const { parameters } = expectEnvelope(refused, "campaign_build_failed") as { parameters: Body };
  expect(parameters).toMatchObject({ campaign: id, controller, trigger: triggerId, parameter: "expression", line: 1 });
  expect(operator.front.configuration.program(CLIENT)).toEqual(before);
});

test("versions: each change is one, the newest alone can be changed, and an old one can be made the newest", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  await operator.does("PUT", `/v2/campaigns/${id}`, { name: "Refer two friends", message: "renamed" });
  const versions = (await operator.send("GET", `/v2/campaigns/${id}/versions`)).body as Body[];
  expect(versions.map(({ version }) => version)).toEqual(["6", "5", "4", "3", "2", "1"]);
  expect(versions[0]).toMatchObject({ message: "renamed", parent_version: "5" });
  expect(await operator.does("GET", `/v2/campaigns/${id}/version/5`)).toMatchObject({
    name: "Refer a friend",
    version: 5,
  });
  expectEnvelope(await operator.send("PUT", `/v2/campaigns/${id}/version/5`, { name: "x" }), "campaign_stale_version");
  expectEnvelope(
    await operator.send("PUT", `/v2/campaigns/${id}/version/9`, { name: "x" }),
    "invalid_campaign_version",
  );
  expectEnvelope(
    await operator.send("PUT", `/v2/campaigns/${id}/version/x`, { name: "x" }),
    "campaign_version_malformed",
  );
  const rolledBack = await operator.does("POST", `/v2/campaigns/${id}/make-latest-published`, { version: "5" });
  expect(rolledBack).toMatchObject({ name: "Refer a friend", version: 7, is_published: true });
});

test("states: paused, ended and stopped; scheduled; archived and brought back; deleted and brought back", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  const stateAfter = async (verb: string, body?: object) =>
    (await operator.does("POST", `/v2/campaigns/${id}/${verb}`, body))["state"];
  expect(await stateAfter("pause")).toBe("PAUSED");
  expect(await stateAfter("live")).toBe("LIVE");
  expect(await stateAfter("end")).toBe("ENDED");
  expect(await stateAfter("stop")).toBe("STOPPED");
  expect(await stateAfter("archive")).toBe("ARCHIVED");
  expect(operator.front.configuration.program(CLIENT)?.campaigns).toEqual([]);
  expectEnvelope(await operator.send("PUT", `/v2/campaigns/${id}`, { name: "x" }), "invalid_campaign_state");
  expect(await stateAfter("unarchive")).toBe("STOPPED");
  await operator.does("DELETE", `/v2/campaigns/${id}`);
  expect(await operator.does("GET", "/v2/campaigns")).toEqual([]);
  expect(await operator.does("GET", "/v2/campaigns/deleted")).toMatchObject([{ campaign_id: id }]);
  expect(await stateAfter("undelete")).toBe("STOPPED");
});

test("dates lie in their order and not in the past", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  const schedule = (dates: object) => operator.send("POST", `/v2/campaigns/${id}/schedule`, dates);
  expectEnvelope(await schedule({ start_date: "2020-01-01T00:00:00Z" }), "backdated_start_date");
  expectEnvelope(await schedule({ start_date: "soon" }), "date_invalid");
  expectEnvelope(await schedule({ start_date: "2031-02-30T00:00:00Z" }), "date_invalid");
  const [early, late] = ["2026-06-01T00:00:00Z", "2026-07-01T00:00:00+02:00"];
  expectEnvelope(await schedule({ start_date: late, stop_date: early }), "start_date_after_stop_date");
  expectEnvelope(await schedule({ start_date: late, end_date: early }), "date_before_start_date");
  expectEnvelope(await schedule({ stop_date: early, end_date: late }), "date_after_stop_date");
  const answer = await operator.does("POST", `/v2/campaigns/${id}/schedule`, { start_date: early, stop_date: late });
  expect(answer).toMatchObject({ start_date: "2026-06-01T00:00:00.000Z", stop_date: "2026-06-30T22:00:00.000Z" });
});

test("launch-burst pauses the program's other live campaigns", async () => {
  const operator = await Operator.open();
  const { id: old } = await operator.launches("Refer a friend");
  const copy = await operator.does("POST", `/v2/campaigns/${old}/duplicate`, { name: "Refer more" });
  expect(copy).toMatchObject({ state: "NOT_LAUNCHED", program_label: "refer", version: 1 });
  expect(copy["campaign_id"]).not.toBe(old);
  await operator.does("POST", `/v2/campaigns/${String(copy["campaign_id"])}/launch-burst`);
  expect(await operator.does("GET", `/v2/campaigns/${old}`)).toMatchObject({ state: "PAUSED" });
  expect(await operator.does("GET", `/v2/campaigns?states=LIVE`)).toMatchObject([{ name: "Refer more" }]);
});

test("a copy has parts of its own", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const copy = await operator.does("POST", `/v2/campaigns/${id}/duplicate`);
  expect(copy).toMatchObject({ name: "Copy of Refer a friend", steps: [{ name: "converted" }] });
  expect(JSON.stringify(copy["steps"])).not.toContain(controller);
});

test("locks keep changes and copies out", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  expectEnvelope(
    await operator.send("POST", `/v2/campaigns/${id}/lock`, { lock_types: [] }),
    "lock_missing_lock_types",
  );
  await operator.does("POST", `/v2/campaigns/${id}/lock`, { lock_types: ["EDIT", "DUPLICATE"] });
  expectEnvelope(await operator.send("PUT", `/v2/campaigns/${id}`, { name: "x" }), "campaign_locked");
  for (const verb of ["duplicate", "stop", "archive"])
    expectEnvelope(await operator.send("POST", `/v2/campaigns/${id}/${verb}`), "campaign_locked");
  await operator.does("POST", `/v2/campaigns/${id}/unlock`, { lock_types: ["EDIT"] });
  expect(await operator.does("PUT", `/v2/campaigns/${id}`, { name: "Free" })).toMatchObject({
    campaign_locks: ["DUPLICATE"],
  });
});

test("names are legal and nobody else's; programs are renamed as a whole", async () => {
  const operator = await Operator.open();
  await operator.creates("First");
  expectEnvelope(await operator.send("POST", "/v2/campaigns", { name: "first" }), "campaign_name_already_used");
  expectEnvelope(await operator.send("POST", "/v2/campaigns", { name: "a\u0001b" }), "campaign_name_illegal_character");
  expectEnvelope(await operator.send("POST", "/v2/campaigns", {}), "campaign_name_is_missing");
  expectEnvelope(await operator.send("POST", "/v2/campaigns", { name: "Other", nonsense: 1 }), "validation_error");
  await operator.does("POST", "/v2/campaigns/program/refer/rename", { program_label: "invite" });
  expect(await operator.does("GET", "/v2/campaigns?program_label=invite")).toMatchObject([{ name: "First" }]);
  expectEnvelope(
    await operator.send("POST", "/v2/campaigns/program/refer/rename", { program_label: "x" }),
    "program_label_not_found",
  );
  // Letters that are written with marks, and those that some keyboards take apart.
  await operator.creates("रेफ़रल अभियान");
  await operator.creates("e\u0301te\u0301");
});

test("a renamed program has its former labels, as long as nobody else takes them", async () => {
  const operator = await Operator.open();
  const first = await operator.launches("First");
  const rename = (from: string, to: string): Promise<Body> =>
    operator.does("POST", `/v2/campaigns/program/${from}/rename`, { program_label: to });
  const labels = (): unknown[] =>
    (operator.front.configuration.program(CLIENT)?.campaigns ?? [])
      .filter(({ name }) => name === "First")
      .map(({ program_label, former_program_labels }) => [program_label, former_program_labels]);
  expect(labels()).toEqual([["refer", undefined]]);
  await rename("refer", "invite");
  expect(labels()).toEqual([["invite", ["refer"]]]);
  await rename("invite", "invite");
  await rename("invite", "tell");
  expect(labels()).toEqual([["tell", ["invite", "refer"]]]);
  const second = await operator.launches("Second");
  await rename("tell", "say");
  expect(labels(), "another program has the label").toEqual([["say", ["invite", "tell"]]]);
  await rename("say", "invite");
  expect(labels(), "the label is the program's again").toEqual([["invite", ["say", "tell"]]]);
  await operator.does("POST", `/v2/campaigns/${second.id}/archive`);
  expect(labels(), "what was published under it keeps it").toEqual([["invite", ["say", "tell"]]]);
  await operator.creates("Third");
  expect(labels(), "a draft changes nothing").toEqual([["invite", ["say", "tell"]]]);
  await operator.does("PUT", `/v2/campaigns/${first.id}`, { program_label: "drafted" });
  await rename("drafted", "final");
  expect(labels(), "what was published bore another label than the draft").toEqual([
    ["final", ["drafted", "invite", "say", "tell"]],
  ]);
});

test("a campaign that is alone in its program and published under another label renames it", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("First");
  const publish = async (campaign: string, program_label: string): Promise<void> => {
    await operator.does("PUT", `/v2/campaigns/${campaign}`, { program_label });
    await operator.does("POST", `/v2/campaigns/${campaign}/publish`);
  };
  const labels = (): unknown[] =>
    (operator.front.configuration.program(CLIENT)?.campaigns ?? []).map(
      ({ program_label, former_program_labels = [] }) => [program_label, ...former_program_labels],
    );
  await publish(id, "invite");
  expect(labels()).toEqual([["invite", "refer"]]);
  const other = await operator.launches("Other");
  await publish(other.id, "invite");
  expect(labels(), "it came to a program that there was").toEqual([
    ["invite", "refer"],
    ["invite", "refer"],
  ]);
  await publish(other.id, "own");
  expect(labels(), "it left the program").toEqual([["invite", "refer"], ["own"]]);
});

test("parts: read by type, changed in part, removed; groups hang together", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const triggers = `/v2/campaigns/${id}/controllers/${controller}/triggers`;
  const group = await operator.does("POST", `${triggers}/groups`, {
    trigger_name: "any",
    operator: "OR",
    trigger_phase: "QUALITY",
  });
  const member = { parent_trigger_group_name: "any", trigger_phase: "QUALITY", count_min: 1, filter_names: ["shared"] };
  const prior = await operator.does("POST", `${triggers}/has-prior-steps`, member);
  expectEnvelope(
    await operator.send("POST", `${triggers}/has-identities`, { parent_trigger_group_name: "none" }),
    "parent_trigger_group_name_does_not_exist",
  );
  const groupPath = `${triggers}/groups/${String(group["trigger_id"])}`;
  expectEnvelope(await operator.send("DELETE", groupPath), "trigger_group_is_not_empty");
  const priorPath = `${triggers}/has-prior-steps/${String(prior["trigger_id"])}`;
  expectEnvelope(
    await operator.send("GET", priorPath.replace("has-prior-steps", "events")),
    "trigger_type_not_supported",
  );
  expect(await operator.does("PUT", priorPath, { count_min: null, count_max: 3 })).toMatchObject({ count_max: 3 });
  expect(await operator.does("GET", priorPath)).not.toHaveProperty("count_min");
  expectEnvelope(await operator.send("PUT", priorPath, { count_min: "many" }), "validation_error");
  await operator.does("DELETE", priorPath);
  await operator.does("DELETE", groupPath);
  expect(await operator.does("GET", triggers)).toHaveLength(1);
  expectEnvelope(await operator.send("GET", priorPath), "invalid_controller_trigger_id");
});

test("a changed step takes what its type has", async () => {
  const operator = await Operator.open();
  const steps = `/v2/campaigns/${await operator.creates("Refer a friend")}/controllers`;
  const entry = await operator.does("POST", steps, { type: "JOURNEY_ENTRY", journey_name: "FRIEND" });
  const entryPath = `${steps}/${String(entry["id"])}`;
  for (const foreign of [{ aliases: ["bought"] }, { data: [{ value: "1" }] }, { category: "PAGE" }]) {
    expectEnvelope(await operator.send("PUT", entryPath, { priority: 2, ...foreign }), "validation_error");
  }
  expect(await operator.does("GET", entryPath)).toEqual(await operator.does("PUT", entryPath, { aliases: null }));
  expect(await operator.does("GET", entryPath)).not.toHaveProperty("priority");
});

test("what is replaced by a list has ids, and keeps that of its name", async () => {
  const operator = await Operator.open();
  const campaign = `/v2/campaigns/${await operator.creates("Refer a friend")}`;
  const steps = `${campaign}/controllers`;
  const data = [{ name: "order_id", value: "1" }];
  const step = await operator.does("POST", steps, { type: "CONTROLLER", name: "converted", data });
  const kept = { ...data[0], id: (step["data"] as Body[])[0]?.["id"], key_type: "VALUE" };
  const changed = await operator.does("PUT", `${steps}/${String(step["id"])}`, {
    data: [
      { name: "total", value: "2" },
      { ...data[0], key_type: "VALUE" },
    ],
  });
  const [added, same] = changed["data"] as Body[];
  expect(same).toMatchObject(kept);
  expect(added?.["id"]).toMatch(/^\d{19}$/);
  expect(added?.["id"]).not.toBe(kept.id);

  const metric = { name: "people", expression: "count(people)", unit: "people", tags: [] };
  const head = { flow_path: "/refer", sequence: 1, step_name: "shared", icon_type: "star" };
  const flowStep = await operator.does("POST", `${campaign}/flow-steps`, { ...head, metrics: [metric] });
  const path = `${campaign}/flow-steps/${String(flowStep["flow_step_id"])}`;
  const app = { name: "shop", type: { name: "web" } };
  const replaced = await operator.does("PUT", path, { apps: [app], metrics: [{ ...metric, unit: "heads" }] });
  const [sameMetric] = replaced["metrics"] as Body[];
  const metricId = (flowStep["metrics"] as Body[])[0]?.["flow_step_metric_id"];
  expect(sameMetric).toMatchObject({ flow_step_metric_id: metricId, unit: "heads" });
  const appId = String((replaced["apps"] as Body[])[0]?.["flow_step_app_id"]);
  expect(await operator.does("GET", `${path}/apps/${appId}`)).toMatchObject(app);
});

test("flow steps have apps and metrics", async () => {
  const operator = await Operator.open();
  const id = await operator.creates("First");
  const flowStep = {
    flow_path: "/main/first",
    sequence: 1,
    step_name: "shared",
    name: "Share",
    icon_type: "star",
    tags: [],
  };
  const flowStepId = await operator.adds(id, "/flow-steps", flowStep, "flow_step_id");
  const metric = { name: "people", expression: "count(people)", unit: "people", tags: [] };
  await operator.adds(id, `/flow-steps/${flowStepId}/metrics`, metric, "flow_step_metric_id");
  expectEnvelope(
    await operator.send("POST", `/v2/campaigns/${id}/flow-steps/${flowStepId}/metrics`, metric),
    "campaign_flow_step_metric_duplicate_exists",
  );
  expect(await operator.does("GET", `/v2/campaigns/${id}/flow-steps/${flowStepId}`)).toMatchObject({
    ...flowStep,
    metrics: [metric],
  });
});

test("only administrators of the client see and change its campaigns", async () => {
  const operator = await Operator.open();
  const id = await operator.creates("First");
  const { port } = operator.front;
  expectEnvelope(await ask(port, `/v2/campaigns/${id}`, { token: OTHER_ADMIN_TOKEN }), "campaign_not_found");
  expectEnvelope(
    await ask(port, `/v2/campaigns/${id}/publish`, { method: "POST", token: OTHER_ADMIN_TOKEN }),
    "campaign_not_found",
  );
  expectEnvelope(await ask(port, `/v2/campaigns/${id}`, { method: "DELETE", token: TOKEN }), "access_denied");
});

test("a publish that not every partition has followed yet says so", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  operator.front.configuration.isInEffect = false;
  expect(await operator.does("POST", `/v2/campaigns/${id}/publish`)).toMatchObject({ is_in_effect: false });
});

test("built forms have what expressions of build time yield, and say where one yields nothing", async () => {
  const operator = await Operator.open();
  const { id, controller } = await operator.launches("Refer a friend");
  const built = {
    trigger_name: "javascript@buildtime:'has ' + context.getProgramLabel()",
    trigger_phase: "QUALIFYING",
  };
  const below = `/controllers/${controller}/triggers`;
  const triggerId = await operator.adds(id, `${below}/has-identities`, built, "trigger_id");
  const path = `/v2/campaigns/${id}`;
  expect(await operator.does("GET", `${path}${below}/${triggerId}`)).toMatchObject({
    trigger_name: built.trigger_name,
  });
  expect(await operator.does("GET", `${path}${below}/${triggerId}/built`)).toMatchObject({ trigger_name: "has refer" });
  const whole = await operator.does("GET", `${path}/built`);
  expect(JSON.stringify(whole["steps"])).toContain('"trigger_name":"has refer"');
  expect(JSON.stringify(await operator.does("GET", `${path}/controllers/built`))).toContain(
    '"trigger_name":"has refer"',
  );
  const broken = { trigger_description: "javascript@buildtime:context.getPerson()", trigger_phase: "QUALIFYING" };
  await operator.adds(id, `${below}/has-identities`, broken, "trigger_id");
  const refused = await operator.send("GET", `${path}/controllers/built`);
  const { parameters } = expectEnvelope(refused, "controller_build_failed") as { parameters: Body };
  expect(parameters).toMatchObject({ controller, parameter: "triggers", line: 1 });
  expect(await operator.does("GET", "/v2/campaigns/built")).toHaveLength(1);
});

test("an old version is made the newest as a draft, published, or as the campaign's state has it; the state stays", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  const path = `/v2/campaigns/${id}`;
  await operator.does("PUT", path, { name: "Refer two friends" });
  await operator.does("POST", `${path}/publish`);
  await operator.does("POST", `${path}/pause`);
  const nameLive = (): unknown => operator.front.configuration.program(CLIENT)?.campaigns[0]?.name;
  const draft = await operator.does("POST", `${path}/make-latest-draft`, { version: "5" });
  expect(draft).toMatchObject({ name: "Refer a friend", state: "PAUSED", is_published: false });
  expect(nameLive()).toBe("Refer two friends");
  const kept = await operator.does("POST", `${path}/make-latest-preserve-state`, { version: "5" });
  expect(kept).toMatchObject({ name: "Refer a friend", state: "PAUSED", is_published: true });
  expect(nameLive()).toBe("Refer a friend");
  expect(operator.front.configuration.program(CLIENT)?.campaigns[0]?.state).toBe("PAUSED");

  const other = await operator.creates("Never published");
  await operator.does("PUT", `/v2/campaigns/${other}`, { name: "Renamed" });
  const unpublished = await operator.does("POST", `/v2/campaigns/${other}/make-latest-preserve-state`, {
    version: "1",
  });
  expect(unpublished).toMatchObject({ name: "Never published", state: "NOT_LAUNCHED", is_published: false });

  for (const mode of ["draft", "published", "preserve-state"]) {
    const verb = `${path}/make-latest-${mode}`;
    expectEnvelope(await operator.send("POST", verb, { version: "99" }), "invalid_campaign_version");
    expectEnvelope(await operator.send("POST", verb, { version: "first" }), "campaign_version_malformed");
  }
  await operator.does("POST", `${path}/lock`, { lock_types: ["EDIT"] });
  expectEnvelope(await operator.send("POST", `${path}/make-latest-draft`, { version: "1" }), "campaign_locked");
});

test("members that are none of the contract's are refused, and what is shown is always of its shape", async () => {
  const operator = await Operator.open();
  const id = await operator.creates("First");
  const refused: [object, string][] = [
    [{ variants: "red" }, "validation_error"],
    [{ variants: "javascript@runtime:['red']" }, "validation_error"],
    [{ variant_selector: "javascript@installtime:1" }, "validation_error"],
    [{ incentive: { quality_rules: "none" } }, "validation_error"],
    [{ incentive: { other: 1 } }, "validation_error"],
    [{ labels: [{ name: "l".repeat(256), type: "DATA" }] }, "campaign_label_name_out_of_range"],
  ];
  for (const [members, code] of refused) {
    expectEnvelope(await operator.send("PUT", `/v2/campaigns/${id}`, members), code);
    expectEnvelope(await operator.send("POST", "/v2/campaigns", { name: "Second", ...members }), code);
  }
  const written = { variants: "javascript@buildtime:['red']", incentive: { id: "mine", quality_rules: [] } };
  expect(await operator.does("PUT", `/v2/campaigns/${id}`, written)).toMatchObject({
    variants: written.variants,
    incentive: { id, quality_rules: [] },
  });
  const cleared = { variants: null, incentive: null, tags: null, description: null };
  expect(await operator.does("PUT", `/v2/campaigns/${id}`, cleared)).toMatchObject({ variants: [], description: "" });
});

test("an old version is summed up as it was, and versions come page by page", async () => {
  const operator = await Operator.open();
  const id = await operator.creates("First");
  await operator.does("PUT", `/v2/campaigns/${id}`, { name: "Second", tags: ["new"] });
  await operator.does("PUT", `/v2/campaigns/${id}`, { name: "Third" });
  const summary = await operator.does("GET", `/v2/campaign-summaries/${id}/version/1`);
  expect(summary).toMatchObject({ name: "First", tags: [] });
  const page = async (query: string) =>
    ((await operator.send("GET", `/v2/campaigns/${id}/versions${query}`)).body as Body[]).map(({ version }) => version);
  expect(await page("?limit=2")).toEqual(["3", "2"]);
  expect(await page("?limit=1&offset=1")).toEqual(["2"]);
  expect(await page("?offset=2")).toEqual(["1"]);
  expect(await page("?offset=3")).toEqual([]);
  expectEnvelope(await operator.send("GET", `/v2/campaigns/${id}/versions?limit=0`), "invalid_limit");
  expectEnvelope(await operator.send("GET", `/v2/campaigns/${id}/versions?offset=x`), "invalid_offset");
});

test("the type of a program is as long as that of a campaign may be", async () => {
  const operator = await Operator.open();
  await operator.creates("First");
  const set = (length: number) =>
    operator.send("PUT", "/v2/campaigns/program/refer/update", { program_type: "t".repeat(length) });
  expectEnvelope(await set(129), "invalid_program_type");
  expect((await set(128)).status).toBe(200);
});

test("a change of state leaves nothing to publish, a discarded draft neither", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  const after = async (verb: string, body?: object): Promise<unknown> =>
    (await operator.does("POST", `/v2/campaigns/${id}/${verb}`, body))["is_published"];
  for (const verb of ["pause", "live", "archive", "unarchive"]) expect(await after(verb), verb).toBe(true);
  expect(await after("lock", { lock_types: ["DUPLICATE"] })).toBe(true);
  const edited = await operator.does("PUT", `/v2/campaigns/${id}`, { description: "Another" });
  expect(edited).toMatchObject({ is_published: false });
  expect(await after("pause")).toBe(false);
  expect(await operator.does("GET", `/v2/campaign-summaries/${id}`)).toMatchObject({ is_published: false });
  expect(await after("discard")).toBe(true);
  await operator.does("POST", "/v2/campaigns/program/refer/rename", { program_label: "invite" });
  expect(await operator.does("GET", `/v2/campaigns/${id}`)).toMatchObject({ is_published: true });
});

test("a campaign that came from a file shows the label of its programme, as one that was made here", async () => {
  const operator = await Operator.open();
  const demo = demoProgram();
  const [campaign] = demo.campaigns;
  expect(campaign).not.toHaveProperty("labels");
  operator.front.configuration.put(CLIENT, configurationOf({ ...demo, client: CLIENT }));
  expect(await operator.does("GET", `/v2/campaigns/${campaign?.campaign_id}`)).toMatchObject({
    labels: [{ name: campaign?.program_label, type: "PROGRAM" }],
  });
});
