// A valid call of each operation, on state of its own. An operation that is not listed here is called as its schema says.

import { fileForm, TABLE } from "../../support/file_form.ts";
import { aBatch, aFile, batchOf } from "./files.ts";
import { aFriend, aMerged, aPerson, AUDIENCE, change, fresh, OWN, read, send, type World } from "./world.ts";

export interface Call {
  /** Values of the path's names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly body: object | null;
  /** Instead of a body of JSON. */
  readonly form?: string;
}

type Prepare = (world: World, of: Tenant) => Promise<Partial<Call>>;
type Tenant = NonNullable<Parameters<typeof aPerson>[1]>;

const onPerson: Prepare = async (world, of) => ({ params: { person_id: (await aPerson(world, of)).id } });
const onFriend: Prepare = async (world, of) => ({ params: { person_id: (await aFriend(world, of)).id } });

const onReward =
  (body: object | null = null, ...verbs: readonly (readonly [verb: string, body: object])[]): Prepare =>
  async (world, of) => {
    const { rewardId } = await aFriend(world, of);
    for (const [verb, verbBody] of verbs) await change(world, "POST", verb.replace("{id}", rewardId), verbBody, of);
    return { params: { reward_id: rewardId }, body };
  };

const fulfil = ["/v2/rewards/custom-reward/{id}/fulfilled", { success: true, partner_reward_id: "p-1" }] as const;
const failed = ["/v2/rewards/custom-reward/{id}/failed", { message: "no funds" }] as const;
const sent = ["/v2/rewards/custom-reward/{id}/sent", { success: true, partner_reward_sent_id: "s-1" }] as const;

const event: Prepare = async () => ({
  params: { event_name: "registered" },
  body: { event_name: "registered", data: { email: `${fresh("eve")}@example.com` } },
});
const namedEvent: Prepare = async () => ({
  params: { event_name: "registered" },
  body: { email: `${fresh("eve")}@example.com` },
});

export const calls: Readonly<Record<string, Prepare>> = {
  "POST /v6/events": event,
  "POST /v6/async-events": event,
  "POST /v6/events/{event_name}": namedEvent,
  "POST /v6/async-events/{event_name}": namedEvent,

  "GET /v6/files": async (world, of) => ({ query: `name=${(await aFile(world, of)).name}` }),
  "POST /v6/files": async () => ({ form: fileForm(fresh("file"), TABLE) }),
  "GET /v6/files/{fileId}": onFile(null),
  "PUT /v6/files/{fileId}": async (world, of) => ({
    params: { fileId: (await aFile(world, of)).id },
    body: { name: fresh("renamed"), tags: ["t"] },
  }),
  "DELETE /v6/files/{fileId}": onFile(null),
  "GET /v6/files/{fileId}/download": onFile(null),
  "POST /v6/files/{fileId}/expire": onFile(null),

  "GET /v6/batches": async (world, of) => {
    await aBatch(world, of);
    return { query: "status=DONE" };
  },
  "POST /v6/batches": async (world, of) => ({ body: batchOf((await aFile(world, of)).id) }),
  "GET /v6/batches/{batchId}": onBatch(null),
  "PUT /v6/batches/{batchId}": onBatch({ name: "weekly", tags: ["t"], scopes: ["CLIENT_ADMIN"] }),
  "DELETE /v6/batches/{batchId}": onBatch(null),
  "POST /v6/batches/{batchId}/cancel": async (world, of) => ({ params: { batchId: await world.begunBatch(of) } }),
  "POST /v6/batches/{batchId}/expire": onBatch(null),

  "POST /v5/zones": async () => ({
    body: { zone_name: "welcome", data: { email: `${fresh("eve")}@example.com` } },
  }),
  "GET /v5/zones/{zone_name}": async () => ({
    params: { zone_name: "welcome" },
    query: `email=${fresh("eve")}%40example.com`,
  }),
  "POST /v5/zones/{zone_name}": async () => ({
    params: { zone_name: "welcome" },
    body: { email: `${fresh("eve")}@example.com` },
  }),

  "POST /v4/tokens": async () => ({
    body: { client_id: null, email: null, password: null, duration_seconds: 60, scopes: ["BACKEND"] },
  }),
  "GET /v4/tokens/{token}": async (world, of) => ({ params: { token: await aToken(world, of) } }),
  "DELETE /v4/tokens/{token}": async (world, of) => ({ params: { token: await aToken(world, of) } }),
  "PUT /v4/tokens/exchange/{token}": async (world, of) => ({ params: { token: await aToken(world, of) } }),

  "GET /v5/persons": async (world, of) => ({
    query: `identity_key_value=${encodeURIComponent((await aPerson(world, of)).email)}`,
  }),
  "POST /v5/persons": async () => ({ body: { identity_key_value: `${fresh("new")}@example.com` } }),
  "PUT /v5/persons/{person_id}": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id },
    body: { identity_key_value: `${fresh("renamed")}@example.com` },
  }),
  "PUT /v5/persons/{person_id}/block": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id },
    body: { type: "REWARDS", reason: "suspicious" },
  }),
  "POST /v5/persons/{person_id}/data": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id },
    body: { name: fresh("n"), value: "red", scope: "PRIVATE" },
  }),
  "GET /v5/persons/{person_id}/data/{name}": onDatum(null),
  "PUT /v5/persons/{person_id}/data/{name}": onDatum({ value: "silver", scope: "PUBLIC" }),
  "DELETE /v5/persons/{person_id}/data/{name}": onDatum(null),
  "POST /v5/persons/{person_id}/forward": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id },
    body: { forward_to_profile_id: (await aPerson(world, of)).id },
  }),
  "GET /v5/persons/{person_id}/identity-history": async (world, of) => ({
    params: { person_id: (await aMerged(world, of)).id },
  }),
  "GET /v5/persons/{person_id}/journeys/{journey_id}": async (world, of) => {
    const { id } = await aFriend(world, of);
    const [journey] = (await world.ask(`/v5/persons/${id}/journeys`, { token: of.token })).body as { id: string }[];
    return { params: { person_id: id, journey_id: journey?.id ?? "" } };
  },
  "POST /v5/persons/{person_id}/memberships": async (world, of) => ({
    params: {
      person_id: String(
        (await change(world, "POST", "/v5/persons", { identity_key_value: `${fresh("m")}@example.com` }, of))["id"],
      ),
    },
    body: { audience_id: AUDIENCE },
  }),
  "DELETE /v5/persons/{person_id}/memberships/{audience_id}": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id, audience_id: AUDIENCE },
  }),
  "GET /v5/persons/{person_id}/relationships": onFriend,
  "GET /v5/persons/{person_id}/journeys": onFriend,
  "GET /v5/persons/{person_id}/steps": onFriend,
  "GET /v5/persons/{person_id}/rewards": onFriend,
  "GET /v5/persons/{person_id}/rewards/{reward_id}": async (world, of) => {
    const { id, rewardId } = await aFriend(world, of);
    return { params: { person_id: id, reward_id: rewardId } };
  },
  "GET /v5/persons/{person_id}/shareables": async (world, of) => ({
    params: { person_id: (await aShareable(world, of)).personId },
  }),
  "POST /v5/persons/{person_id}/shareables": async (world, of) => ({
    params: { person_id: (await aPerson(world, of)).id },
    body: { label: "refer", code: fresh("s"), key: "main", content: { title: "Hello" }, data: { colour: "red" } },
  }),
  "GET /v5/persons/{person_id}/shareables/{code}": onShareable(null),
  "PUT /v5/persons/{person_id}/shareables/{code}": onShareable({
    label: "refer",
    key: "other",
    content: { title: "New" },
  }),

  "GET /v5/persons/{person_id}/shares": async (world, of) => ({
    params: { person_id: (await aSharer(world, of)).personId },
  }),
  "GET /v5/persons/{person_id}/shares/{share_id}": async (world, of) => {
    const { personId, shareId } = await aSharer(world, of);
    return { params: { person_id: personId, share_id: shareId } };
  },

  "GET /v2/rewards": async (world, of) => ({ query: `person_id=${(await aFriend(world, of)).id}` }),
  "GET /v2/rewards/state_summary": async (world, of) => {
    await aFriend(world, of);
    return { query: "period=DAY&period_count=2" };
  },
  "GET /v2/rewards/{reward_id}": onReward(),
  "PUT /v2/rewards/{reward_id}": onReward({ sandbox: "production-test", expires_at: "2099-01-01T00:00:00Z" }),
  "POST /v2/rewards/{reward_id}/cancel": onReward({ message: "returned" }),
  "GET /v2/rewards/{reward_id}/cancels": onReward(null, ["/v2/rewards/{id}/cancel", { message: "returned" }]),
  "POST /v2/rewards/{reward_id}/expire": onReward({ message: "too late" }),
  "GET /v2/rewards/{reward_id}/expirations": onReward(null, ["/v2/rewards/{id}/expire", { message: "too late" }]),
  "GET /v2/rewards/{reward_id}/fails": onReward(null, failed),
  "GET /v2/rewards/{reward_id}/fulfillments": onReward(null, fulfil),
  "GET /v2/rewards/{reward_id}/history": onReward(null, fulfil),
  "GET /v2/rewards/{reward_id}/redeems": onReward(null, fulfil, sent, [
    "/v2/rewards/custom-reward/{id}/redeemed",
    { partner_reward_redeem_id: "r-1" },
  ]),
  "POST /v2/rewards/{reward_id}/retry": onReward(null, failed),
  "POST /v2/rewards/{reward_id}/revoke": onReward({ message: "fraud" }, fulfil),
  "GET /v2/rewards/{reward_id}/revokes": onReward(null, fulfil, ["/v2/rewards/{id}/revoke", { message: "fraud" }]),
  "GET /v2/rewards/{reward_id}/sends": onReward(null, fulfil, sent),
  "POST /v2/rewards/custom-reward/{reward_id}/failed": onReward({ message: "no funds" }),
  "POST /v2/rewards/custom-reward/{reward_id}/fulfilled": onReward({
    success: true,
    partner_reward_id: "p-1",
    message: null,
  }),
  "POST /v2/rewards/custom-reward/{reward_id}/fulfilled_and_sent": onReward({
    email: "x@example.com",
    partner_reward_id: "p-1",
  }),
  "POST /v2/rewards/custom-reward/{reward_id}/sent": onReward({ success: true }, fulfil),
  "POST /v2/rewards/custom-reward/{reward_id}/redeemed": onReward({ partner_reward_redeem_id: "r-1" }, fulfil, sent),
};

function onFile(body: object | null): Prepare {
  return async (world, of) => ({ params: { fileId: (await aFile(world, of)).id }, body });
}

function onBatch(body: object | null): Prepare {
  return async (world, of) => ({ params: { batchId: await aBatch(world, of) }, body });
}

function onDatum(body: object | null): Prepare {
  return async (world, of) => ({ params: { person_id: (await aPerson(world, of)).id, name: "tier" }, body });
}

function onShareable(body: object | null): Prepare {
  return async (world, of) => {
    const { personId, code } = await aShareable(world, of);
    return { params: { person_id: personId, code }, body };
  };
}

async function aShareable(world: World, of: Tenant): Promise<{ personId: string; code: string }> {
  const { id } = await aPerson(world, of);
  const made = await change(world, "POST", `/v5/persons/${id}/shareables`, { label: "refer", data: { a: "b" } }, of);
  return { personId: id, code: String(made["code"]) };
}

async function aSharer(world: World, of: Tenant): Promise<{ personId: string; shareId: string }> {
  const { id, email, code } = await aPerson(world, of);
  await send(world, of, "shared", { email, "share.channel": "SMS", "share.message": "Hello", advocate_code: code });
  const [share] = await read(world, of, `/v5/persons/${id}/shares`);
  return { personId: id, shareId: String(share?.["id"]) };
}

async function aToken(world: World, of: Tenant): Promise<string> {
  const made = await change(world, "POST", "/v4/tokens", { scopes: ["BACKEND"], duration_seconds: 600 }, of);
  return String(made["access_token"]);
}

/** @param key method and path */
export async function callOf(world: World, key: string, of: Tenant = OWN): Promise<Call> {
  const prepared = await (calls[key] ?? onPerson)(world, of);
  return { params: {}, query: "", body: null, ...prepared };
}
