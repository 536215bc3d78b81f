// One of everything that operators make, for tests that walk all operations.

import { expect } from "vitest";
import type { AudienceOperation } from "../../../src/model/audience.ts";
import type { CouponOperation } from "../../../src/model/coupon.ts";
import { ADMIN_TOKEN, ask, type TestFront } from "../../api/front_fixture.ts";
import { aPerson, personIdIn } from "../../api/people.ts";

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
      return { kind: "coupons", coupons: [{ code: "C-1", expiresMs: 1 }], skipped: 0, next: null };
    case "coupon_stats":
      return { kind: "coupon_stats", available: 1, issued: 1 };
    default:
      return { kind: "coupon_operations", operations: [aCouponOperation] };
  }
};

/** A campaign with one part of several kinds, and what lies beside campaigns; returns values for the names in paths. */
export async function makeEverything({ port, runtime }: TestFront): Promise<Record<string, string>> {
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
        return { kind: "members", persons: [aPerson(personIdIn(0))], ids: [personIdIn(0)], looked: 1, lastId: null };
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
