// What is a consumer's own: profile, parameters, records, friends, and the state of rewards. And what of it who is not verified sees.

import { describe, expect, test } from "vitest";
import {
  AUDIENCE,
  consumerWorld,
  event,
  freshEmail,
  identified,
  newToken,
  personBy,
  textIn,
  verified,
} from "../../support/consumer_world.ts";
import { anyId, expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld();
const me = "/api/v4/me";
const post = (path: string, token: string, body: object) => world.visit(path, { token, body: JSON.stringify(body) });

describe("the profile", () => {
  test("of a device that has done nothing is empty, and is its own to fill", async () => {
    const token = await newToken(world);
    const empty = await world.visit(me, { token });
    expect(empty.body).toMatchObject({
      id: "",
      email: "",
      first_name: "",
      parameters: {},
      cookie_consent_type: "UNSET",
    });
    expect(
      (await post(me, token, { first_name: "Ann", last_name: "Lee", profile_picture_url: "https://x.com/a.png" })).body,
    ).toEqual({ status: "success" });
    expect((await world.visit(me, { token })).body).toMatchObject({
      id: anyId,
      first_name: "Ann",
      last_name: "Lee",
      profile_picture_url: "https://x.com/a.png",
      parameters: { first_name: "Ann", last_name: "Lee" },
    });
  });

  test("given an address, the device becomes that person and goes on with another token", async () => {
    const token = await newToken(world);
    const email = freshEmail("ann");
    const told = await post(me, token, { email, first_name: "Ann", partner_user_id: `p-${email}` });
    const next = told.headers.get("x-extole-token") ?? "";
    expect(next).not.toBe(token);
    expect((await personBy(world, email)).id).toMatch(/^\d{19}$/);
    expectEnvelope(await post(me, next, { first_name: "Eve" }), "access_denied");
    const proven = await verified(world, email);
    expect((await world.visit(me, { token: proven })).body).toMatchObject({
      email,
      first_name: "Ann",
      partner_user_id: `p-${email}`,
    });
    expectEnvelope(await post(me, proven, { email: freshEmail("eve") }), "person_email_already_defined");
    expectEnvelope(await post(me, proven, { partner_user_id: "other" }), "partner_user_id_already_defined");
    expect((await post(me, proven, { email })).status).toBe(200);
  });

  test.each([
    [{ email: "ann" }, "invalid_person_email"],
    [{ first_name: "x".repeat(51) }, "invalid_length_first_name"],
    [{ last_name: "x".repeat(51) }, "invalid_length_last_name"],
    [{ partner_user_id: "x".repeat(256) }, "partner_user_id_invalid_length"],
    [{ profile_picture_url: "javascript:alert(1)" }, "invalid_profile_picture_url"],
    [{ first_name: 1 }, "validation_error"],
  ])("%j is refused with %s", async (body, code) => {
    expectEnvelope(await post(me, await newToken(world), body), code);
  });
});

describe("parameters", () => {
  test("are shown by scope, and what the client keeps to itself is neither shown nor overwritten", async () => {
    const email = freshEmail();
    const proven = await verified(world, email);
    const path = `${me}/parameters`;
    expect(
      (await post(path, proven, { parameters: { colour: "red", size: 3, रंग: "लाल" }, type: "PUBLIC" })).body,
    ).toMatchObject({
      status: "SUCCEEDED",
    });
    const put = await world.visit(`${path}/shoe`, { method: "PUT", token: proven, body: '{"value":"44"}' });
    expect(put.body).toMatchObject({ status: "SUCCEEDED" });
    const { id } = await personBy(world, email);
    const own = { name: "tier", value: "gold", scope: "CLIENT" };
    expect((await world.serve(`/v5/persons/${id}/data`, { body: JSON.stringify(own) })).status).toBe(200);
    expect((await world.visit(path, { token: proven })).body).toEqual({
      colour: "red",
      size: 3,
      shoe: "44",
      रंग: "लाल",
    });
    const only = await identified(world, email);
    expect((await world.visit(path, { token: only })).body).toEqual({ colour: "red", size: 3, रंग: "लाल" });
    expectEnvelope(await post(path, only, { parameters: { colour: "blue" } }), "access_denied");
    expectEnvelope(await post(path, proven, { parameters: { colour: "blue", tier: "platinum" } }), "read_only_name");
    expect((await world.visit(path, { token: proven })).body).toMatchObject({ colour: "red" });
    const form = await world.visit(`${path}/colour`, {
      method: "PUT",
      token: proven,
      body: "value=green&type=PUBLIC",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form.status).toBe(200);
    expect((await world.visit(path, { token: proven })).body).toMatchObject({ colour: "green" });
  });

  test.each([
    [{ parameters: { x: "1" } }, "client_params_name_length_out_of_range"],
    [{ parameters: { "a/b": "1" } }, "invalid_name"],
    [{ parameters: { email: "eve@y.com" } }, "read_only_name"],
    [{ parameters: { colour: null } }, "invalid_value"],
    [{ parameters: {} }, "invalid_value"],
    [{ parameters: { colour: "x".repeat(256) } }, "client_params_value_length_out_of_range"],
    [{ parameters: { colour: "x" }, type: "SECRET" }, "validation_error"],
    [{ parameters: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`n${i}`, "1"])) }, "invalid_parameter"],
  ])("%j is refused with %s", async (body, code) => {
    expectEnvelope(await post(`${me}/parameters`, await newToken(world), body), code);
  });

  test("in a form are read with the bounds of a body of JSON", async () => {
    const token = await newToken(world);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const send = (parameters: string): Promise<Reply> =>
      world.visit(`${me}/parameters`, { token, headers, body: `parameters=${parameters}` });
    expect((await send('{"colour":"red"}')).status).toBe(200);
    expectEnvelope(await send('{"note":'.repeat(20_000) + "1" + "}".repeat(20_000)), "invalid_parameter");
    expectEnvelope(await send('{"note":"\\ud800"}'), "invalid_json");
    expectEnvelope(await send("no JSON"), "invalid_value");
    expect((await world.visit(`${me}/parameters`, { token })).body).toEqual({ colour: "red" });
  });
});

describe("records", () => {
  test("memberships, journeys, steps: for who is verified", async () => {
    const email = freshEmail();
    const only = await identified(world, email);
    for (const name of ["subscribed", "share_clicked", "product_viewed"]) {
      await world.visit("/events", {
        token: only,
        body: event(name, { source: "zone:cta", labels: "refer-a-friend" }),
      });
    }
    const proven = await verified(world, email);
    expect((await world.visit(`${me}/audience-memberships`, { token: proven })).body).toMatchObject([
      { audience_id: AUDIENCE },
    ]);
    const journeys = await world.visit(`${me}/journeys`, { token: proven });
    expect(journeys.body).toMatchObject([{ journey_type: "FRIEND", entry_reason: "share_clicked", entry_zone: "cta" }]);
    expect((await world.visit(`${me}/journeys?type=ADVOCATE`, { token: proven })).body).toEqual([]);
    const steps = await world.visit(`${me}/steps`, { token: proven });
    expect(steps.body).toEqual(
      ["product_viewed", "share_clicked", "subscribed", "identified", "identify"].map((name) => ({ name })),
    );
    expect((await world.visit(`${me}/steps?step_name=SUBSCRIBED`, { token: proven })).body).toEqual([
      { name: "subscribed" },
    ]);
    for (const path of [
      "audience-memberships",
      "journeys",
      "steps",
      "friends",
      "advocates",
      "referrals-from-me",
      "referrals-to-me",
      "shares",
    ]) {
      expectEnvelope(await world.visit(`${me}/${path}`, { token: only }), "access_denied");
      expectEnvelope(await world.visit(`${me}/${path}`), "missing_access_token");
      expect((await world.visit(`${me}/${path}`, { token: await newToken(world) })).body).toEqual([]);
    }
  });
});

describe("the state of a reward", () => {
  const path = `${me}/rewards/status`;

  test("by polling id: earned, suspicious, not there yet", async () => {
    const email = freshEmail();
    const token = await identified(world, email);
    await world.visit("//events", { token, body: event("mobile_reward", { polling_id: "p1" }) });
    const earned = await world.visit(`${path}?polling_id=p1`, { token });
    expect(earned.body).toMatchObject({
      status: "SUCCEEDED",
      reward: { state: "EARNED", face_value: 25, person_id: (await personBy(world, email)).id },
      quality_results: [{ score: "HIGH", quality_rule_results: [] }],
    });
    const bad = await identified(world, "bad@example.com");
    await world.visit("/events", { token: bad, body: event("mobile_reward", { polling_id: "p1" }) });
    expect((await world.visit(`${path}?polling_id=p1`, { token: bad })).body).toEqual({
      status: "FAILED",
      quality_results: [{ score: "LOW", quality_rule_results: [] }],
    });
    expect((await world.visit(`${path}?polling_id=p2`, { token })).body).toEqual({
      status: "PENDING",
      quality_results: [],
    });
    expect((await world.visit(`${path}?polling_id=p1`, { token: await newToken(world) })).body).toMatchObject({
      status: "PENDING",
    });
    expectEnvelope(await world.visit(path, { token }), "invalid_reward_filter");
  });

  test("by name and by the consumer's own id of an event: for who is verified", async () => {
    const email = freshEmail();
    const only = await identified(world, email);
    await world.visit("/events", {
      token: only,
      body: event("converted", { order_id: `o-${email}`, cart_value: "10" }),
    });
    const proven = await verified(world, email);
    expect((await world.visit(`${path}?reward_name=coupon`, { token: proven })).body).toMatchObject({
      status: "SUCCEEDED",
    });
    expect((await world.visit(`${path}?partner_event_id=o-${email}`, { token: proven })).body).toMatchObject({
      status: "SUCCEEDED",
    });
    expect((await world.visit(`${path}?reward_name=nothing`, { token: proven })).body).toMatchObject({
      status: "PENDING",
    });
    expectEnvelope(await world.visit(`${path}?reward_name=coupon`, { token: only }), "access_denied");
  });
});

describe("others", () => {
  test("are seen by name, picture and what is public", async () => {
    const email = freshEmail("ann");
    const proven = await verified(world, email);
    await post(me, proven, { first_name: "Ann", last_name: "Lee", profile_picture_url: "https://x.com/a.png" });
    await post(`${me}/parameters`, proven, { parameters: { colour: "red" }, type: "PUBLIC" });
    await post(`${me}/parameters`, proven, { parameters: { salary: "1" } });
    const { id } = await personBy(world, email);
    const stranger = await newToken(world);
    const seen = await world.visit(`/api/v4/person/${id}`, { token: stranger });
    expect(seen.body).toEqual({
      id,
      first_name: "Ann",
      image_url: "https://x.com/a.png",
      parameters: { first_name: "Ann", profile_picture_url: "https://x.com/a.png", colour: "red" },
    });
    const picture = await world.visit(`/api/v4/person/profile-picture-url/${id}`, { token: stranger });
    expect(picture.text).toBe("https://x.com/a.png");
    expectEnvelope(await world.visit(`/api/v4/person/${id}`), "missing_access_token");
    expectEnvelope(await world.visit("/api/v4/person/17", { token: stranger }), "invalid_person_id");
    expectEnvelope(await world.visit("/api/v4/person/7000000000000000007", { token: stranger }), "person_not_found");
  });
});

test("an ended token sees nothing", async () => {
  const proven = await verified(world, freshEmail());
  expect((await world.visit(me, { token: proven })).status).toBe(200);
  await world.visit("/api/v5/token", { method: "DELETE", token: proven });
  for (const path of ["", "/parameters", "/steps", "/shareables", "/rewards/status?polling_id=p"]) {
    expectEnvelope(await world.visit(`${me}${path}`, { token: proven }), "invalid_access_token");
  }
});

test("apps' log lines are taken, and a browser is marked for tests", async () => {
  const line = await world.visit("/api/v4/debug/logs", { body: '{"level":"DEBUG","message":"hello"}' });
  expect(textIn(line, "polling_id")).not.toBe("");
  const mode = await world.visit("/api/v4/debug/mode/test");
  expect(mode.headers.get("set-cookie")).toContain("container=test; Path=/; Max-Age=86400");
  const off = await world.visit("/api/v4/debug/mode/test?enable=false");
  expect(off.headers.get("set-cookie")).toContain("Max-Age=0");
});
