// Erasure over HTTP: an operator forgets a person, and nobody is found who was known by that address.

import { describe, expect, test } from "vitest";
import { consumerWorld, event, freshEmail, identified, RIVAL, textIn } from "../support/consumer_world.ts";
import { expectEnvelope } from "./front_fixture.ts";

const world = consumerWorld();

const erase = (body: object, token?: string): ReturnType<typeof world.serve> =>
  world.serve("/v4/erasures", { body: JSON.stringify(body), ...(token === undefined ? {} : { token }) });

async function meet(keys: object): Promise<string> {
  const { body } = await world.serve("/v6/events", { body: event("identify", keys) });
  return String(Reflect.get(Object(body), "person_id"));
}

describe("an operator", () => {
  test("erases whoever has an address, and answers what was asked", async () => {
    const email = freshEmail();
    const personId = await meet({ email });
    const { status, body } = await erase({ email: ` ${email.toUpperCase()} `, note: "asked by letter" });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "COMPLETED",
      created_date: expect.stringMatching(/^\d{4}-.*Z$/),
      note: "asked by letter",
    });
    expectEnvelope(await world.serve(`/v5/persons/${personId}`), "person_not_found");
    expect(await meet({ email })).not.toBe(personId);
  });

  test("erases whoever has a partner's id; both may be given", async () => {
    const [email, other] = [freshEmail(), freshEmail()];
    const byId = await meet({ partner_user_id: `id of ${email}` });
    const byEmail = await meet({ email: other });
    expect((await erase({ partner_user_id: `id of ${email}`, email: other })).body).toMatchObject({ note: null });
    for (const personId of [byId, byEmail])
      expectEnvelope(await world.serve(`/v5/persons/${personId}`), "person_not_found");
  });

  test("erases nobody of another client, and hears no more of whoever is nobody", async () => {
    const email = freshEmail();
    const personId = await meet({ email });
    expect((await erase({ email }, RIVAL.token)).body).toMatchObject({ status: "COMPLETED" });
    expect(await meet({ email })).toBe(personId);
    await erase({ email });
    expect((await erase({ email })).body).toMatchObject({ status: "COMPLETED" });
  });

  test("says whom, by an address that is one", async () => {
    for (const body of [{}, { note: "nobody" }, { email: null, partner_user_id: " " }])
      expectEnvelope(await erase(body), "empty_request");
    expectEnvelope(await world.serve("/v4/erasures", { method: "POST" }), "empty_request");
    for (const email of ["", "nobody", "@x.com"]) expectEnvelope(await erase({ email }), "invalid_erasure_email");
    expectEnvelope(await erase({ email: freshEmail(), partner_userid: "7" }), "validation_error");
    expectEnvelope(await world.serve("/v4/erasures", { token: null, body: "{}" }), "missing_access_token");
  });
});

test("an app of who was erased is told that its token has ended; a page goes on as somebody new", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  const before = textIn(await world.visit("/api/v4/me", { token }), "id");
  await erase({ email });
  expectEnvelope(await world.visit("/api/v4/me", { token }), "invalid_access_token");
  expectEnvelope(await world.visit("/api/v6/events", { token, body: event("product_viewed") }), "invalid_access_token");
  const seen = await world.visit("/events", { token, body: event("product_viewed") });
  expect(seen.status).toBe(200);
  const next = textIn(seen, "token");
  expect(next).not.toBe(token);
  expect(textIn(await world.visit("/api/v4/me", { token: next }), "id")).not.toBe(before);
});
