// The management side of campaigns against the public contract: every operation is there, refuses what is no body, and answers in its shape.

import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import type { AudienceOperation } from "../../src/model/audience.ts";
import type { CouponOperation } from "../../src/model/coupon.ts";
import { errorAreas } from "../../src/model/errors.ts";
import { ADMIN_TOKEN, ask, openFront, type TestFront } from "../api/front_fixture.ts";
import { aPerson, personIdIn } from "../api/people.ts";
import { loosened } from "./parts/loosened.ts";

const folder = new URL("../../../shared/contract/", import.meta.url);
const isHere = existsSync(folder);
if (!isHere) process.stderr.write("contract not found, not checked\n");

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}
interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const served: readonly (readonly [string, RegExp])[] = [
  ["management.json", /^Campaigns$/],
  ["management.json", /^Blocks$/],
  ["management.json", /^Audiences$/],
  ["management.json", /^Reward Suppliers$/],
  ["management.json", /^Security Keys$/],
  ["management.json", /^Webhooks$/],
  ["management-expert.json", /^Campaign (Controllers|Flow Steps)/],
  ["management-expert.json", /^Event Prehandlers$/],
];

function read(file: string): Contract {
  // An object without any further word is how the contract's generator writes "any value".
  return JSON.parse(readFileSync(new URL(file, folder), "utf8"), (_name, value: unknown) =>
    isAnyValue(value) ? {} : value,
  ) as Contract;
}

function isAnyValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "object") return false;
  return Object.keys(value).every((name) => name === "type" || name === "nullable");
}

function operationsOf(contract: Contract, tags: RegExp): { method: string; path: string; operation: Operation }[] {
  return Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags: own }]) => own.some((tag) => tags.test(tag)))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** A path of the contract with something in place of each name; the version left out. */
function pathWith(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll("{version}", "").replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? "1");
}

test("no error code stands in two areas", () => {
  const codes = Object.values(errorAreas).flatMap((area) => Object.keys(area));
  expect(new Set(codes).size).toBe(codes.length);
});

test("codes have the contract's statuses", () => {
  if (!isHere) return;
  const rows = readFileSync(new URL("errors.tsv", folder), "utf8").split("\n").slice(1);
  const statuses = new Map(rows.map((row) => [row.split("\t")[0] ?? "", row.split("\t")[1] ?? ""]));
  for (const [code, { status }] of Object.entries({
    ...errorAreas.management,
    ...errorAreas.outgoing,
    ...errorAreas.supplier,
  })) {
    expect(statuses.get(code)?.split(","), code).toContain(String(status));
  }
});

describe.each(served)("%s %s", (file, tags) => {
  const operations = isHere ? operationsOf(read(file), tags) : [];

  test("every operation is served", async () => {
    const { port } = await openFront();
    for (const { method, path, operation } of operations) {
      const reply = await ask(port, pathWith(path, {}), {
        method,
        token: ADMIN_TOKEN,
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      const code = (reply.body as { code?: string }).code;
      expect(["not_found", "method_not_allowed"], `${method} ${path} ${operation.operationId}`).not.toContain(code);
    }
    if (isHere) expect(operations.length).toBeGreaterThan(5);
  });

  test("every operation that takes a body refuses what is none", async () => {
    const { port } = await openFront();
    const writing = operations.filter(
      ({ method, operation }) => method !== "GET" && operation.requestBody !== undefined,
    );
    for (const { method, path } of writing) {
      for (const body of ["[1", '{"no_such_member":1}']) {
        const reply = await ask(port, pathWith(path, {}), { method, token: ADMIN_TOKEN, body });
        expect(reply.status, `${method} ${path}`).toBe(400);
      }
    }
  });

  test("answers follow the schemas", async () => {
    if (!isHere) return;
    const { components } = read(file);
    const ajv = new Ajv({ strict: false, validateSchema: false, allowUnionTypes: true });
    ajv.addSchema({ $id: "contract", components: loosened(components) });
    const front = await openFront();
    const made = await makeEverything(front);
    const checked: string[] = [];
    for (const { method, path, operation } of operations.filter(({ method: own }) => own === "GET")) {
      const reply = await ask(front.port, pathWith(path, made), { method, token: ADMIN_TOKEN });
      if (reply.status !== 200) continue;
      const validate = validatorOf(ajv, operation);
      if (validate === null) continue;
      expect(validate(reply.body), `${operation.operationId}: ${JSON.stringify(validate.errors?.slice(0, 3))}`).toBe(
        true,
      );
      checked.push(operation.operationId);
    }
    expect(checked.length).toBeGreaterThan(1);
  });
});

function validatorOf(ajv: Ajv, { responses }: Operation): ValidateFunction | null {
  const schema = responses["200"]?.content?.["application/json"]?.schema;
  if (schema === undefined) return null;
  const text = JSON.stringify(loosened(schema)).replaceAll('"#/components', '"contract#/components');
  return ajv.compile(JSON.parse(text) as object);
}

const anOperation: AudienceOperation = {
  id: "7078000000000000009",
  type: "ADD",
  tags: ["spring"],
  members: [{ email: "ann@example.com", data: { city: "Bern" } }],
  event: null,
  createdMs: 1,
  state: "READY",
  stateMs: 2,
  updatedMs: 2,
  retryCount: 0,
  next: 1,
  isListDone: true,
  sweeps: [],
  sweeping: 0,
  sent: 1,
  done: 1,
  processed: 1,
  refused: 0,
};

const aCouponOperation: CouponOperation = {
  id: "7078000000000000010",
  type: "COUPON_UPLOAD",
  filename: "codes.csv",
  createdMs: 1,
  requested: 2,
  first: 0,
  end: 2,
  status: "SUCCESS",
  message: "2 coupons uploaded",
  discarded: 0,
  deletes: null,
  deletedBy: null,
  isDiscarding: false,
};

const answerAboutCoupons: TestFront["runtime"]["coupons"] = (query) => {
  switch (query.kind) {
    case "coupons":
      return { kind: "coupons", coupons: [{ code: "C-1", expiresMs: 1 }], next: null };
    case "coupon_stats":
      return { kind: "coupon_stats", available: 1, issued: 1 };
    default:
      return { kind: "coupon_operations", operations: [aCouponOperation] };
  }
};

/** A campaign with one part of several kinds; returns values for the names in paths. */
async function makeEverything({ port, runtime }: TestFront): Promise<Record<string, string>> {
  const send = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const reply = await ask(port, path, { method: "POST", token: ADMIN_TOKEN, body: JSON.stringify(body) });
    expect(reply.status, `${path} ${reply.text}`).toBe(200);
    return reply.body as Record<string, unknown>;
  };
  const campaign = `/v2/campaigns/${String((await send("/v2/campaigns", { name: "First" }))["campaign_id"])}`;
  const step = await send(`${campaign}/controllers`, { type: "CONTROLLER", name: "converted" });
  const controller = `${campaign}/controllers/${String(step["id"])}`;
  const trigger = await send(`${controller}/triggers/events`, { event_names: ["converted"], event_type: "INPUT" });
  const action = await send(`${controller}/actions/fire-as-person`, { event_name: "thanked", person_id: "1" });
  const flowStep = await send(`${campaign}/flow-steps`, {
    flow_path: "/main",
    sequence: 1,
    step_name: "converted",
    icon_type: "star",
    metrics: [{ name: "people", expression: "count", unit: "people", tags: ["a"] }],
  });
  const block = await send("/v2/blocks", { filter_type: "BLACK", list_type: "CIDR", value: "192.0.2.0/24" });
  const audience = await send("/v1/audiences", { name: "Gold" });
  const supplier = await send("/v6/reward-suppliers", {
    reward_supplier_type: "MANUAL_COUPON",
    name: "Codes",
    face_value: 10,
    face_value_type: "PERCENT_OFF",
    coupon_count_warn_limit: 5,
    display_type: "Codes",
  });
  runtime.coupons = answerAboutCoupons;
  const prehandler = await send("/v6/prehandlers", {
    name: "map-orders",
    conditions: [{ type: "HTTP_HEADER_MATCH", http_header_names: ["X-Shop"] }],
    actions: [
      { type: "SET_DATA", data: { channel: "shop" } },
      { type: "JAVASCRIPT_V1", javascript: "context.addLogMessage('seen')" },
    ],
  });
  const key = await send("/v2/settings/security/keys", {
    name: "signing",
    type: "WEBHOOK",
    algorithm: "HS256",
    key: "thirty-two bytes, at the very least",
  });
  const webhook = await send("/v6/webhooks", {
    name: "rewards",
    type: "REWARD",
    url: "https://hooks.example.com/rewards",
    client_key_id: String(key["id"]),
    retry_intervals: [60, "PT5M"],
  });
  await send(`/v4/webhooks/reward/${String(webhook["id"])}/filters/state`, { states: ["EARNED"] });
  runtime.audiences = (query) => {
    switch (query.kind) {
      case "members":
        return { kind: "members", persons: [aPerson(personIdIn(0))], lastKey: null };
      case "member_count":
        return { kind: "member_count", count: 1 };
      default:
        return { kind: "audience_operations", operations: [anOperation] };
    }
  };
  return {
    reward_supplier_id: String(supplier["id"]),
    extension: ".csv",
    prehandlerId: String(prehandler["id"]),
    audience_id: String(audience["id"]),
    key_id: String(key["id"]),
    webhook_id: String(webhook["id"]),
    operation_id: anOperation.id,
    format: ".json",
    blockId: String(block["block_id"]),
    campaignId: campaign.slice(campaign.lastIndexOf("/") + 1),
    campaignVersion: "1",
    controllerId: String(step["id"]),
    triggerId: String(trigger["trigger_id"]),
    actionId: String(action["action_id"]),
    flowStepId: String(flowStep["flow_step_id"]),
  };
}
