// A node with two clients in which every operation of the server API has something to work on: what a test calls it makes first, so that no
// two checks share state.

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { FixedTokens, type Grant, hashToken, startFront } from "../../../src/api/mod.ts";
import { callerScopes } from "../../../src/model/event.ts";
import type { ProgramDocument } from "../../../src/model/campaign.ts";
import { ask, type Asked, recordingLogger, type Reply, SHARE_URL } from "../../api/front_fixture.ts";
import { newDirectory, openNode, removeDirectory } from "../../runtime/open_node.ts";
import { action, campaign, coupons, datum, earn, entry, on, programme, supplier } from "../../support/story.ts";
import { plainOrder } from "../../support/batch_order.ts";

export const OWN = { client: "acme", token: "own-token" } as const;
export const FOREIGN = { client: "rival", token: "foreign-token" } as const;
const expired = "expired-token";
export const EXPIRED_TOKEN: string = expired;
export const WEAK_TOKEN = "weak-token";
export const AUDIENCE = "vips";
/** Who holds the own token. */
export const OPERATOR = "operator";

type Tenant = typeof OWN | typeof FOREIGN;

function programOf({ client }: Tenant): ProgramDocument {
  const steps = [
    entry("ADVOCATE", "registered"),
    entry("FRIEND", "bought", {
      key: { name: "order_id", value: 'javascript@runtime:context.getCauseEvent().getData()["order_id"]' },
    }),
    on("registered", {
      data: [
        datum("advocate_code", "PARTNER_PROFILE_KEY", { persist_types: ["STEP", "PROFILE", "JOURNEY"] }),
        datum("tier", "NONE", { persist_types: ["PROFILE"], scope: "PUBLIC" }),
      ],
      journey_names: ["ADVOCATE"],
    }),
    on("bought", {
      data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("cart_value", "VALUE")],
      journey_names: ["FRIEND"],
      actions: [earn("CREDIT", { tags: ["first"], data: { note: "thanks" } })],
    }),
    on("asked_for_coupon", { actions: [earn("COUPON")] }),
    on("shared", { data: [datum("share.channel")], actions: [action("SHARE_EVENT")] }),
    {
      ...on("welcome", { actions: [action("DISPLAY", { body: { text: "hello" } })] }),
      type: "FRONTEND_CONTROLLER" as const,
    },
    {
      ...on("lost", { actions: [action("DISPLAY", { response: { statusCode: 302 } })] }),
      type: "FRONTEND_CONTROLLER" as const,
    },
    on("subscribed", { actions: [action("CREATE_MEMBERSHIP", { audience_id: AUDIENCE })] }),
  ];
  return programme(steps, {
    client,
    time_zone: "America/New_York",
    suppliers: [
      supplier("CREDIT", { partner_reward_supplier_id: "credit-25" }),
      coupons("COUPON", ["C-1", "C-2", "C-3"]),
    ],
    audiences: [{ id: AUDIENCE, name: "Very important" }],
    campaigns: [campaign(steps, { program_label: "refer" })],
  });
}

export interface World {
  readonly port: number;
  /** Another front of the node, which lets a token ask so often a minute. */
  limited(requestsPerMinute: number): Promise<number>;
  ask(path: string, asked?: Asked): Promise<Reply>;
  /** The id of a batch whose rows are still to come. */
  begunBatch(of: Tenant): Promise<string>;
}

type End = () => void | Promise<void>;

/** One node for all tests of a file, where each looks at nothing but what it made itself. Call it at the file's top level. */
export function worldOfFile(): () => World {
  let world: World | null = null;
  const ends: End[] = [];
  beforeAll(async () => {
    world = await openWorld((end) => void ends.push(end));
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });
  return () => {
    if (world === null) throw new Error("the node is started before the first test");
    return world;
  };
}

/** @param atEnd notes what is to be done when the node is not needed any more, the last first */
export async function openWorld(atEnd: (end: End) => void = onTestFinished): Promise<World> {
  const directory = newDirectory();
  atEnd(() => removeDirectory(directory));
  const node = await openNode(directory, { programs: [programOf(OWN), programOf(FOREIGN)] });
  atEnd(() => node.stop());
  const parts = {
    host: "127.0.0.1",
    port: 0,
    runtime: node.runtime,
    configuration: node.runtime.configuration,
    tokens: new FixedTokens(
      new Map([
        grantOf(OWN.token, OWN.client, { scopes: callerScopes, expiresMs: null, identity: OPERATOR }),
        grantOf(FOREIGN.token, FOREIGN.client, { scopes: callerScopes, expiresMs: null }),
        grantOf(EXPIRED_TOKEN, OWN.client, { scopes: callerScopes, expiresMs: 1 }),
        grantOf(WEAK_TOKEN, OWN.client, { scopes: ["CLIENT_REPORT_DOWNLOAD"], expiresMs: null }),
      ]),
    ),
    shareUrl: SHARE_URL,
    limits: { drainTimeoutMs: 2_000 },
    metricsText: async () => "",
    observeRequest: () => {},
    logger: recordingLogger([]),
  } as const;
  const front = await startFront(parts);
  atEnd(() => front.stop());
  return {
    port: front.port,
    limited: async (tokenRequestsPerMinuteMax) => {
      const limited = await startFront({ ...parts, limits: { ...parts.limits, tokenRequestsPerMinuteMax } });
      atEnd(() => limited.stop());
      return limited.port;
    },
    ask: (path, asked = {}) => askAgain(front.port, path, { token: OWN.token, ...asked }),
    begunBatch: async ({ client }) => {
      const begun = await node.runtime.command({ kind: "begin_batch", client, order: plainOrder });
      return String(begun.value);
    },
  };
}

const TRIES_MAX = 5;

/** As clients do: a node that says it is busy took nothing, and is asked again. */
async function askAgain(port: number, path: string, asked: Asked): Promise<Reply> {
  let reply = await ask(port, path, asked);
  for (let tries = 1; tries < TRIES_MAX && (reply.status === 429 || reply.status === 503); tries++) {
    await pause(500 * tries);
    reply = await ask(port, path, asked);
  }
  return reply;
}

function grantOf(token: string, client: string, rest: Omit<Grant, "client">): [string, Grant] {
  return [hashToken(token), { client, ...rest }];
}

let made = 0;

/** A value that nobody used before. */
export function fresh(prefix: string): string {
  const number = `${Date.now()}${made++}`;
  return prefix + number.replaceAll(/\d/g, (digit) => LETTERS.charAt(Number(digit)));
}

/** Of these no word is made, in whatever spelling, that a code may not contain. */
const LETTERS = "bdhjlmnprv";

/** A person with an e-mail, a code, data, a step, a journey and an audience. */
export async function aPerson(world: World, of: Tenant = OWN): Promise<{ id: string; email: string; code: string }> {
  const email = `${fresh("ann")}@example.com`;
  const code = fresh("CODE").toUpperCase();
  await send(world, of, "registered", {
    email,
    advocate_code: code,
    tier: "gold",
    source_ip: "192.0.2.7",
    device_id: "d-1",
  });
  const { person_id } = await send(world, of, "subscribed", { email });
  return { id: String(person_id), email, code };
}

/** A friend of somebody, with an order and the reward for it. */
export async function aFriend(
  world: World,
  of: Tenant = OWN,
): Promise<{ id: string; email: string; rewardId: string; advocateId: string; eventId: string }> {
  const advocate = await aPerson(world, of);
  const email = `${fresh("bob")}@example.com`;
  const data = { email, advocate_code: advocate.code, order_id: fresh("o"), cart_value: "89.90" };
  const { person_id, event_id } = await send(world, of, "bought", data);
  const rewards = await read(world, of, `/v5/persons/${String(person_id)}/rewards`);
  return {
    id: String(person_id),
    email,
    rewardId: String(rewards[0]?.["id"]),
    advocateId: advocate.id,
    eventId: String(event_id),
  };
}

/** A person who was merged into another. */
export async function aMerged(world: World, of: Tenant = OWN): Promise<{ id: string; fromId: string }> {
  const target = await aPerson(world, of);
  const source = await aPerson(world, of);
  const body = JSON.stringify({ forward_to_profile_id: target.id });
  const reply = await world.ask(`/v5/persons/${source.id}/forward`, { method: "POST", token: of.token, body });
  if (reply.status !== 200) throw new Error(reply.text);
  return { id: target.id, fromId: source.id };
}

export async function send(
  world: World,
  of: Tenant,
  name: string,
  data: Record<string, string>,
): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ event_name: name, data });
  const reply = await world.ask("/v6/events", { method: "POST", token: of.token, body });
  if (reply.status !== 200) throw new Error(`${name}: ${reply.text}`);
  return reply.body as Record<string, unknown>;
}

export async function read(world: World, of: Tenant, path: string): Promise<Record<string, unknown>[]> {
  const reply = await world.ask(path, { token: of.token });
  if (reply.status !== 200) throw new Error(`${path}: ${reply.text}`);
  return reply.body as Record<string, unknown>[];
}

export async function change(
  world: World,
  method: string,
  path: string,
  body: object | null,
  of: Tenant = OWN,
): Promise<Record<string, unknown>> {
  const reply = await world.ask(path, {
    method,
    token: of.token,
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.text}`);
  return reply.body as Record<string, unknown>;
}
