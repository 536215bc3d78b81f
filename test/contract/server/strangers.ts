// What another client's back end can try without an id in the path: operations that find their object by the query, the body or the token. Each is
// tried with everything that names an own person, event, reward, code, audience or token.

import { expect } from "vitest";
import type { Reply } from "../../api/front_fixture.ts";
import { aBatch, aFile } from "./files.ts";
import { aFriend, aPerson, change, FOREIGN, fresh, OWN, read, type World } from "./world.ts";

/** An own person with all that may lead to it. */
export interface Victim {
  readonly personId: string;
  readonly email: string;
  readonly code: string;
  readonly friendId: string;
  readonly rewardId: string;
  readonly eventId: string;
  readonly actionId: string;
  /** Of an audience that only the own client has. */
  readonly audienceId: string;
  readonly fileId: string;
}

export interface Attempt {
  /** Method and path of the contract. */
  readonly operation: string;
  readonly path: (victim: Victim) => string;
  readonly body?: (victim: Victim) => object;
  /** What the stranger must be told. */
  readonly expects: (reply: Reply, victim: Victim) => void;
}

export async function aVictim(world: World): Promise<Victim> {
  const friend = await aFriend(world);
  const [reward] = await read(world, OWN, `/v5/persons/${friend.id}/rewards`);
  const { code, email } = await aPerson(world);
  const [found] = await read(world, OWN, `/v5/persons?identity_key_value=${encodeURIComponent(email)}`);
  await aBatch(world, OWN);
  const audience = await change(world, "POST", "/v1/audiences", { name: fresh("only ours ") });
  return {
    personId: String(found?.["id"]),
    email,
    code,
    friendId: friend.id,
    rewardId: friend.rewardId,
    eventId: friend.eventId,
    actionId: String(reward?.["action_id"]),
    fileId: (await aFile(world, OWN)).id,
    audienceId: String(audience["id"]),
  };
}

/** Everything that reads show of the victim: the same after whatever a stranger tried. */
export async function allThatIsKnown(world: World, { personId, friendId, rewardId }: Victim): Promise<unknown> {
  const below = [
    "",
    "/block",
    "/data",
    "/identity-history",
    "/journeys",
    "/locations",
    "/memberships",
    "/relationships",
    "/rewards",
    "/shareables",
    "/shares",
    "/steps",
  ];
  const paths = [
    ...[personId, friendId].flatMap((id) => below.map((path) => `/v5/persons/${id}${path}`)),
    `/v2/rewards/${rewardId}/history`,
  ];
  const known: Record<string, unknown> = {};
  for (const path of paths) {
    const reply = await world.ask(path);
    expect(reply.status, path).toBe(200);
    known[path] = reply.body;
  }
  return known;
}

const seesNothing: Attempt["expects"] = (reply) => expect([reply.status, reply.body]).toEqual([200, []]);

/** Done, about somebody else: the answer names nobody of the own client. */
const isAboutSomebodyElse: Attempt["expects"] = (reply, { personId, friendId }) => {
  expect(reply.status, reply.text).toBe(200);
  expect(reply.text).not.toContain(personId);
  expect(reply.text).not.toContain(friendId);
};

/** Refused, or done about somebody else. */
const doesNotReach: Attempt["expects"] = (reply, victim) => {
  if (reply.status === 200) isAboutSomebodyElse(reply, victim);
  else expect(reply.status, reply.text).toBeLessThan(500);
};

function refusedAs(code: string): Attempt["expects"] {
  return (reply) => expect((reply.body as { code: string }).code).toBe(code);
}

function listing(query: (victim: Victim) => string): Attempt {
  return { operation: "GET /v2/rewards", path: (victim) => `/v2/rewards?${query(victim)}`, expects: seesNothing };
}

function searching(query: (victim: Victim) => string): Attempt {
  return { operation: "GET /v5/persons", path: (victim) => `/v5/persons?${query(victim)}`, expects: seesNothing };
}

/** Data of an event that lead to a person. */
const leads: readonly ((victim: Victim) => Record<string, string>)[] = [
  ({ personId }) => ({ person_id: personId }),
  ({ email }) => ({ email }),
  ({ code }) => ({ email: `${fresh("stranger")}@example.com`, advocate_code: code }),
  ({ email }) => ({ email: `${fresh("stranger")}@example.com`, advocate_email: email }),
  ({ friendId, rewardId }) => ({ person_id: friendId, reward_id: rewardId }),
];

const events: readonly Attempt[] = leads.flatMap((data): Attempt[] => [
  {
    operation: "POST /v6/events",
    path: () => "/v6/events",
    body: (victim) => ({ event_name: "bought", data: { order_id: fresh("o"), ...data(victim) } }),
    expects: doesNotReach,
  },
  {
    operation: "POST /v6/events/{event_name}",
    path: () => "/v6/events/registered",
    body: data,
    expects: doesNotReach,
  },
  {
    operation: "POST /v6/async-events",
    path: () => "/v6/async-events",
    body: (victim) => ({ event_name: "subscribed", data: data(victim) }),
    expects: doesNotReach,
  },
  {
    operation: "POST /v6/async-events/{event_name}",
    path: () => "/v6/async-events/registered",
    body: (victim) => ({ tier: "stolen", ...data(victim) }),
    expects: doesNotReach,
  },
  {
    operation: "POST /v5/zones",
    path: () => "/v5/zones",
    body: (victim) => ({ zone_name: "welcome", data: data(victim) }),
    expects: doesNotReach,
  },
  {
    operation: "POST /v5/zones/{zone_name}",
    path: () => "/v5/zones/welcome",
    body: data,
    expects: doesNotReach,
  },
  {
    operation: "GET /v5/zones/{zone_name}",
    path: (victim) => `/v5/zones/welcome?${new URLSearchParams(data(victim)).toString()}`,
    expects: doesNotReach,
  },
]);

export const attempts: readonly Attempt[] = [
  listing(() => "limit=1000"),
  listing(({ friendId }) => `person_id=${friendId}`),
  listing(({ eventId }) => `root_event_id=${eventId}`),
  listing(({ actionId }) => `action_id=${actionId}`),
  listing(() => "reward_supplier_id=CREDIT"),
  listing(() => "partner_reward_supplier_id=credit-25"),
  listing(() => "state=EARNED"),
  {
    operation: "GET /v2/rewards/state_summary",
    path: () => "/v2/rewards/state_summary?period=DAY&period_count=1",
    expects: (reply) => {
      expect(reply.status).toBe(200);
      expect(reply.text).not.toMatch(/"(?:count|\w+_count)":[1-9]/);
    },
  },
  { operation: "GET /v6/files", path: () => "/v6/files", expects: seesNothing },
  { operation: "GET /v6/batches", path: () => "/v6/batches", expects: seesNothing },
  {
    operation: "POST /v6/batches",
    path: () => "/v6/batches",
    body: ({ fileId }) => ({ event_name: "bought", data_source: { type: "FILE_ASSET", file_asset_id: fileId } }),
    expects: refusedAs("file_asset_not_found"),
  },
  {
    operation: "POST /v6/batches",
    path: () => "/v6/batches",
    body: ({ audienceId }) => ({ data_source: { type: "AUDIENCE_LIST", audience_list_id: audienceId } }),
    expects: refusedAs("audience_not_found"),
  },
  // It takes forms, whose names are their client's own.
  {
    operation: "POST /v6/files",
    path: () => "/v6/files",
    body: ({ fileId }) => ({ fileAssetMetadata: { name: fileId } }),
    expects: refusedAs("unsupported_media_type"),
  },
  searching(({ email }) => `identity_key_value=${encodeURIComponent(email)}`),
  searching(({ code }) => `person_keys=advocate_code:${code}`),
  {
    operation: "POST /v5/persons",
    path: () => "/v5/persons",
    body: ({ email }) => ({ identity_key_value: email }),
    expects: isAboutSomebodyElse,
  },
  { operation: "GET /v5/persons/partner-keys", path: () => "/v5/persons/partner-keys", expects: isAboutSomebodyElse },
  {
    operation: "GET /v4/tokens",
    path: () => "/v4/tokens",
    expects: ({ body }) => expect(body).toMatchObject({ client_id: FOREIGN.client }),
  },
  {
    operation: "POST /v4/tokens",
    path: () => "/v4/tokens",
    body: () => ({ client_id: OWN.client }),
    expects: refusedAs("invalid_client_id"),
  },
  ...events,
];

/** Attempts whose path names a person of the stranger's own, and whose body one of the victim's things. */
export const attemptsOfOwnPerson: readonly (readonly [
  below: string,
  body: (victim: Victim) => object,
  expects: Attempt["expects"],
])[] = [
  ["/forward", ({ personId }) => ({ forward_to_profile_id: personId }), refusedAs("person_not_found")],
  ["/memberships", ({ audienceId }) => ({ audience_id: audienceId }), refusedAs("audience_not_found")],
  ["/shareables", ({ code }) => ({ label: "refer", code }), doesNotReach],
];
