// Bodies that a schema alone does not lead to: parts of campaigns that belong together, so that events come to steps, rewards and messages.

import { goodActions, goodTriggers } from "../../contract/parts/good_parts.ts";
import { TOKEN } from "../../support/server_process.ts";
import type { Ids } from "./places.ts";
import type { Session } from "./session.ts";
import { isObject } from "./differences.ts";
import type { Operation } from "./operations.ts";
import { chance, emails, eventNames, type Json, type Means, pick } from "./values.ts";

type Maker = (means: Means) => Json;

const fromEvent = (name: string): string =>
  `javascript@runtime:context.getCauseEvent().getData()[${JSON.stringify(name)}]`;

function data({ random }: Means): Record<string, Json> {
  return {
    email: pick(random, emails),
    ...(chance(random, 50) ? { order_id: `o${random(20)}`, cart_value: `${random(200)}.${random(100)}` } : {}),
    ...(chance(random, 40) ? { advocate_code: `code${random(8)}` } : {}),
    ...(chance(random, 20) ? { partner_user_id: `u${random(6)}` } : {}),
    ...(chance(random, 20) ? { "share.channel": "EMAIL", "share.recipients": pick(random, emails) } : {}),
  };
}

const event: Maker = (means) => ({ event_name: pick(means.random, eventNames), data: data(means) });

/** By method and path. */
const makers: Readonly<Record<string, Maker>> = {
  "POST /v6/events": event,
  "POST /v6/async-events": event,
  "POST /v6/events/{event_name}": data,
  "POST /v6/async-events/{event_name}": data,
  "POST /v5/zones": (means) => ({ zone_name: "welcome", data: data(means) }),
  "POST /api/v6/zones": (means) => ({ event_name: "welcome", data: data(means) }),
  "POST /api/v6/events": event,
  "POST /v5/persons": ({ random }) => ({ identity_key_value: pick(random, emails) }),
  "POST /v2/campaigns": ({ random }) => ({
    name: `Campaign ${random(40)}`,
    program_label: pick(random, ["refer", "gold"]),
  }),
  "POST /v2/campaigns/{campaign_id}/controllers": ({ random }) => ({
    type: pick(random, ["CONTROLLER", "CONTROLLER", "FRONTEND_CONTROLLER", "JOURNEY_ENTRY"]),
    ...pick<Record<string, Json>>(random, [
      { name: pick(random, eventNames) },
      { name: pick(random, eventNames), journey_names: ["ADVOCATE"] },
      { journey_name: pick(random, ["ADVOCATE", "FRIEND"]) },
      {
        name: pick(random, eventNames),
        data: [
          {
            name: "advocate_code",
            value: fromEvent("advocate_code"),
            key_type: "PARTNER_PROFILE_KEY",
            persist_types: ["STEP", "PROFILE"],
          },
          { name: "order_id", value: fromEvent("order_id"), key_type: "UNIQUE_PARTNER_EVENT_KEY" },
        ],
      },
    ]),
  }),
  "POST /v2/campaigns/{campaign_id}/controllers/{controller_id}/triggers/events": ({ random }) => ({
    event_names: [pick(random, eventNames)],
    event_type: "INPUT",
  }),
  "POST /v2/campaigns/{campaign_id}/controllers/{controller_id}/actions/earn-rewards": ({ random, places }) => ({
    reward_supplier_id: places.id("reward_supplier_id", random),
    reward_name: "credit",
  }),
  "POST /v2/campaigns/{campaign_id}/publish": ({ random }) => ({ launch: chance(random, 80) }),
  "POST /v6/reward-suppliers": ({ random }) => ({
    reward_supplier_type: pick(random, ["CUSTOM_REWARD", "CUSTOM_REWARD", "MANUAL_COUPON"]),
    name: `Supplier ${random(30)}`,
    face_value: 10,
    face_value_type: pick(random, ["USD", "POINTS"]),
    ...(chance(random, 50) ? { display_type: "Codes" } : {}),
  }),
  "POST /v1/audiences": ({ random }) => ({ name: `Audience ${random(30)}` }),
  "POST /v6/webhooks": ({ random }) => ({
    name: `Webhook ${random(30)}`,
    type: pick(random, ["REWARD", "GENERIC"]),
    url: "https://hooks.example.com/rewards",
  }),
  "POST /v6/prehandlers": ({ random }) => ({
    name: `Prehandler ${random(30)}`,
    conditions: [
      { type: "JAVASCRIPT_V1", javascript: pick(random, ["true", "false", "null.a", "context.getRawEvent()"]) },
    ],
    actions: [{ type: "SET_DATA", data: { channel: "shop" } }],
  }),
  "POST /v2/settings/security/keys": ({ random }) => ({
    name: `Key ${random(30)}`,
    type: "WEBHOOK",
    algorithm: "HS256",
    key: "thirty-two bytes, at the very least",
  }),
  "POST /v2/promotion-links": ({ random }) => ({ code: `promo${random(8)}`, key: `k${random(8)}`, label: "refer" }),
  "POST /v1/audiences/{audience_id}/operations": (means) => ({
    type: pick(means.random, ["ADD", "REMOVE", "REPLACE"]),
    data_source: { type: "PERSON_LIST", audience_members: [{ email: pick(means.random, emails) }] },
  }),
  "POST /v5/persons/{person_id}/shareables": ({ random }) => ({
    label: "refer",
    code: `code${random(8)}`,
    key: `k${random(3)}`,
  }),
  "POST /v5/persons/{person_id}/points/spend": ({ random }) => ({ points_type: "POINTS", amount: 1 + random(4) }),
};

/** Null: its schema is enough. */
export function madeBody(means: Means, { method, path }: Operation): Json | undefined {
  const part = /\/(triggers|actions)\/([a-z-]+)$/.exec(path);
  const maker = makers[`${method} ${path.replace("/version/{version}", "")}`];
  if (maker !== undefined) return maker(means);
  if (method !== "POST" || part === null) return undefined;
  const known: Readonly<Record<string, object>> = part[1] === "triggers" ? goodTriggers : goodActions;
  const type = (part[2] ?? "").replaceAll("-", "_").toUpperCase();
  const body = known[type] ?? known[type.replace(/S$/, "")];
  return body === undefined ? undefined : (JSON.parse(JSON.stringify(body)) as Json);
}

/** A live campaign of referrals, persons, their share links and rewards, so that what follows has something to meet. */
export async function setUp(session: Session): Promise<void> {
  await post(session, "/api/v5/token", {});
  await post(session, "/api/v5/token", { email: "ann@example.com" });
  const money = { face_value: 10, reward_supplier_type: "CUSTOM_REWARD", type: "ACCOUNT_CREDIT" };
  const credit = await post(session, "/v6/reward-suppliers", { ...money, name: "Credit", face_value_type: "USD" });
  const points = await post(session, "/v6/reward-suppliers", { ...money, name: "Points", face_value_type: "POINTS" });
  await setUpCampaign(session, [String(credit["id"]), String(points["id"])]);
  for (const [index, email] of emails.slice(0, 3).entries()) {
    await post(session, "/v6/events", { event_name: "registered", data: { email, advocate_code: `code${index}` } });
  }
  const order = { email: emails[3] ?? "", advocate_code: "code0", order_id: "o1", cart_value: "10" };
  await post(session, "/v6/events", { event_name: "converted", data: order });
  const rewards = session.operations.find(({ method, path }) => method === "GET" && path === "/v2/rewards");
  if (rewards === undefined) throw new Error("rewards are not listed");
  await session.send({ operation: rewards, ids: {}, target: rewards.path, body: undefined, token: TOKEN });
}

async function setUpCampaign(session: Session, suppliers: readonly string[]): Promise<void> {
  const head = { name: "Refer", program_label: "refer" };
  const ids = { campaign_id: String((await post(session, "/v2/campaigns", head))["campaign_id"]) };
  const below = "/v2/campaigns/{campaign_id}";
  const add = async (step: Json, event: string, earned: readonly string[]): Promise<void> => {
    const { id } = await post(session, `${below}/controllers`, step, ids);
    const of = { ...ids, controller_id: String(id) };
    const controller = `${below}/controllers/{controller_id}`;
    await post(session, `${controller}/triggers/events`, { event_names: [event], event_type: "INPUT" }, of);
    for (const supplier of earned) {
      await post(
        session,
        `${controller}/actions/earn-rewards`,
        { reward_supplier_id: supplier, reward_name: "credit" },
        of,
      );
    }
  };
  await add({ type: "JOURNEY_ENTRY", journey_name: "ADVOCATE" }, "registered", []);
  await add({ type: "JOURNEY_ENTRY", journey_name: "FRIEND" }, "converted", []);
  const code = { name: "advocate_code", value: fromEvent("advocate_code"), key_type: "PARTNER_PROFILE_KEY" };
  await add({ type: "CONTROLLER", name: "registered", data: [code] }, "registered", suppliers.slice(1));
  await add({ type: "CONTROLLER", name: "converted", journey_names: ["FRIEND"] }, "converted", suppliers);
  await post(session, `${below}/publish`, { launch: true }, ids);
}

/** Must succeed. */
async function post(
  session: Session,
  path: string,
  body: Json,
  ids: Ids = {},
): Promise<Readonly<Record<string, unknown>>> {
  const operation = session.operations.find((other) => other.method === "POST" && other.path === path);
  if (operation === undefined) throw new Error(`no operation POST ${path}`);
  const target = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => ids[name] ?? "");
  const answer = await session.send({ operation, ids, target, body, token: TOKEN });
  if (answer.status !== 200) throw new Error(`${target}: ${answer.text}`);
  return isObject(answer.body) ? answer.body : {};
}
