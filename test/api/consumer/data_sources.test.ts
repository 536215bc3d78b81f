// Where the data of a consumer's event come from: seen by a prehandler of the front, and by one that runs where the person is.

import { beforeAll, describe, expect, test } from "vitest";
import { joinParts } from "../../../src/api/consumer/data_parts.ts";
import {
  consumerWorld,
  event,
  freshEmail,
  identified,
  listOf,
  newToken,
  openLink,
  personBy,
  textIn,
  verifyingJwt,
} from "../../support/consumer_world.ts";
import { datum, on } from "../../support/story.ts";

const ofApp = datum("type", "NONE", {
  value: "javascript@runtime:context.getCauseEvent().getEventContext().getAppType()",
});
const seen = { data: [datum("front"), datum("there"), datum("plan")] };
const world = consumerWorld({}, [
  on("sourced", seen),
  on("share_clicked", { ...seen, name: "clicked" }),
  on("opened", { data: [ofApp] }),
]);

/** Notes of each datum of the event where it comes from. */
function watching(name: string): string {
  const data = "context.getProcessedRawEvent().getAllData()";
  const row = "d.getName() + ' ' + d.getSource() + (d.isVerified() ? ' verified' : '')";
  return `context.getEventBuilder().addData('${name}', ${data}.map(d => ${row}).join('; '))`;
}

beforeAll(async () => {
  const named = { type: "EVENT_NAME_MATCH", event_names: ["sourced", "share_clicked"] };
  const known = { type: "JAVASCRIPT_V1", javascript: "context.getCandidatePerson() === 7 ? false : true" };
  const handlers = [
    { name: "front", conditions: [named], actions: [{ type: "JAVASCRIPT_V1", javascript: watching("front") }] },
    { name: "there", conditions: [named, known], actions: [{ type: "JAVASCRIPT_V1", javascript: watching("there") }] },
  ];
  for (const [order, handler] of handlers.entries()) {
    const reply = await world.serve("/v6/prehandlers", { body: JSON.stringify({ ...handler, enabled: true, order }) });
    expect(reply.status, reply.text).toBe(200);
  }
});

interface Seen {
  readonly front: readonly string[];
  readonly there: readonly string[];
  readonly plan: unknown;
}

async function seenBy(personId: string, name = "sourced"): Promise<Seen> {
  const steps = await listOf(world, `/v5/persons/${personId}/steps?limit=1000`);
  const data = steps.find((step) => step["name"] === name)?.["data"] as Record<string, { readonly value: unknown }>;
  const rows = (of: string): string[] => String(data[of]?.value).split("; ").toSorted();
  return { front: rows("front"), there: rows("there"), plan: data["plan"]?.value };
}

describe("each datum keeps its source", () => {
  test("a JWT outranks the body in whatever case the body writes a name, and is verified as its scope says", async () => {
    const email = freshEmail();
    const jwt = await verifyingJwt(world, email);
    const body = event("sourced", { EMAIL: "other@y.com", plan: "gold" }, { jwt });
    await world.visit("/events", { token: await newToken(world), body });
    const { front, there, plan } = await seenBy((await personBy(world, email)).id);
    expect(front).toEqual(["email JWT verified", "plan REQUEST_BODY"]);
    expect(there).toEqual(["email JWT verified", "front PREHANDLER", "plan REQUEST_BODY"]);
    expect(plan).toBe("gold");
  });

  test("a query's are those of the query, and a header's container is ours", async () => {
    const email = freshEmail();
    const token = await newToken(world);
    await world.visit(`/events/sourced?email=${email}`, { token, headers: { "x-extole-container": "test" } });
    const { front } = await seenBy((await personBy(world, email)).id);
    expect(front).toEqual(["container BACKEND", "email REQUEST_QUERY_PARAMETER"]);
  });

  test("of a click, the query's and what the link itself says", async () => {
    const token = await identified(world, freshEmail("april"));
    const wish = JSON.stringify({ label: "refer-a-friend" });
    const code = textIn(await world.visit("/api/v6/me/shareables/get-or-create", { token, body: wish }), "code");
    const email = freshEmail();
    await openLink(world, `/${code}?email=${email}&Source=mine`);
    const { front } = await seenBy((await personBy(world, email)).id, "clicked");
    expect(front).toEqual([
      "email REQUEST_QUERY_PARAMETER",
      "labels BACKEND",
      "shareable_id BACKEND",
      "source BACKEND",
    ]);
  });

  test("a back end's are of the body and vouched for by nobody", async () => {
    const email = freshEmail();
    const reply = await world.serve("/v6/events", { body: event("sourced", { email, plan: "gold" }) });
    const { front, there } = await seenBy(textIn(reply, "person_id"));
    expect(front).toEqual(["email REQUEST_BODY", "plan REQUEST_BODY"]);
    expect(there).toEqual(["email REQUEST_BODY", "front PREHANDLER", "plan REQUEST_BODY"]);
  });
});

test("the kind of an app is known from its header, unless the event says another", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  for (const [headers, data] of [
    [{ "x-extole-app-type": "mobile_sdk_android" }, {}],
    [{ "extole-app-type": " shop " }, {}],
    [{ "x-extole-app-type": "mobile_sdk_android" }, { extole_app_type: "kiosk" }],
    [{}, {}],
  ] as const)
    await world.visit("/events", { token, headers, body: event("opened", data) });
  const steps = await listOf(world, `/v5/persons/${(await personBy(world, email)).id}/steps?names=opened`);
  const types = steps.map(({ data }) => (data as Record<string, { readonly value: unknown }>)["type"]?.value ?? null);
  expect(types.toReversed()).toEqual(["mobile_sdk_android", "shop", "kiosk", null]);
});

describe("joinParts", () => {
  const body = { source: "REQUEST_BODY", data: { a: 1, Bee: 2 } } as const;

  test("O1 replaces what is of a lower rank under the same name in any case, and nothing else", () => {
    const joined = joinParts([body, { source: "JWT", data: { A: 3 } }], false);
    expect(joined).toEqual({ data: { Bee: 2, A: 3 }, origins: { rest: "REQUEST_BODY", named: { JWT: ["a"] } } });
  });

  test("O2 notes nothing of data that are all of the body, and names the fewest", () => {
    expect(joinParts([body, { source: "BACKEND", data: {} }], false)).toEqual({ data: body.data, origins: null });
    expect(joinParts([{ source: "BACKEND", data: {} }], false)).toEqual({ data: {}, origins: null });
    const query = { source: "REQUEST_QUERY_PARAMETER", data: { a: 1 } } as const;
    expect(joinParts([query], false).origins).toEqual({ rest: "REQUEST_QUERY_PARAMETER" });
    expect(joinParts([body, { source: "JWT", data: { a: 1, bee: 2, c: 3 } }], true).origins).toEqual({
      rest: "JWT",
      isJwtVerified: true,
    });
    expect(joinParts([body, { source: "EXPIRED_JWT", data: { a: 1, longer: 2 } }], false).origins).toEqual({
      rest: "EXPIRED_JWT",
      named: { REQUEST_BODY: ["bee"] },
    });
  });
});

test("what lets somebody in is no datum, wherever it is put", async () => {
  const [email, token] = [freshEmail(), await newToken(world)];
  const jwt = await verifyingJwt(world, email);
  await world.visit("/events", {
    token,
    body: event("sourced", { email, plan: "gold", jwt, JWT: jwt, id_token: jwt, idToken: jwt, access_token: token }),
  });
  const { front, plan } = await seenBy((await personBy(world, email)).id);
  expect(plan).toBe("gold");
  expect(front.map((row) => row.split(" ")[0])).toEqual(["email", "plan"]);
  const wish = JSON.stringify({ label: "refer-a-friend" });
  const april = await identified(world, freshEmail("april"));
  const code = textIn(await world.visit("/api/v6/me/shareables/get-or-create", { token: april, body: wish }), "code");
  const friend = freshEmail();
  await openLink(world, `/${code}?email=${friend}&jwt=${jwt}&JWT=${jwt}&idToken=${jwt}&Access_Token=${token}`);
  const clicked = await seenBy((await personBy(world, friend)).id, "clicked");
  expect(clicked.front.map((row) => row.split(" ")[0])).toEqual(["email", "labels", "shareable_id", "source"]);
});
