// Opt-outs over HTTP: by the client's back end for any address, by a mail's link for its own.

import { describe, expect, test } from "vitest";
import { SignedOptOutLinks } from "../../src/secrets/mod.ts";
import { consumerWorld, event, freshEmail, OPT_OUT_KEYS, OWN, RIVAL } from "../support/consumer_world.ts";
import { expectEnvelope } from "./front_fixture.ts";

const world = consumerWorld();
const links = new SignedOptOutLinks(OPT_OUT_KEYS);
const isOut = async (email: string, token: string = OWN.token): Promise<unknown> =>
  (await world.serve(`/v4/optouts?email=${encodeURIComponent(email)}`, { token })).body;
const tell = (body: object): ReturnType<typeof world.serve> =>
  world.serve("/v4/optouts", { body: JSON.stringify(body) });

describe("a back end", () => {
  test("opts an address out of its own client's mails, and in again", async () => {
    const email = freshEmail();
    expect(await isOut(email)).toEqual({ email, optout: false });
    expect((await tell({ email: `  ${email.toUpperCase()} `, optout: true, list_name: "offers" })).body).toEqual({
      email,
      optout: true,
    });
    expect(await isOut(email)).toEqual({ email, optout: true });
    expect(await isOut(email, RIVAL.token)).toEqual({ email, optout: false });
    await tell({ email, optout: false, list_name: "news" });
    expect(await isOut(email)).toEqual({ email, optout: true });
    await tell({ email, optout: false, list_name: null });
    expect(await isOut(email)).toEqual({ email, optout: false });
  });

  test("hears of what a person's own data say", async () => {
    const email = freshEmail();
    const { body } = await world.serve("/v6/events", { body: event("identify", { email }) });
    const personId = String(Reflect.get(Object(body), "person_id"));
    const datum = JSON.stringify({ name: "unsubscribed", value: true });
    await world.serve(`/v5/persons/${personId}/data`, { body: datum });
    expect(await isOut(email)).toEqual({ email, optout: true });
  });

  test("names an address, and has a token that may", async () => {
    expectEnvelope(await world.serve("/v4/optouts"), "missing_email_address");
    expectEnvelope(await world.serve("/v4/optouts?email=nobody"), "invalid_email");
    expectEnvelope(await tell({ email: freshEmail() }), "validation_error");
    expectEnvelope(await tell({ email: freshEmail(), optout: true, type: "NOBODY" }), "validation_error");
    expectEnvelope(await tell({ email: freshEmail(), optout: true, list: "offers" }), "validation_error");
    expectEnvelope(await world.serve("/v4/optouts?email=a@b.com", { token: null }), "missing_access_token");
  });
});

describe("the link of a mail", () => {
  test("is read without a change, and opts out by one POST or as the contract says", async () => {
    const email = freshEmail();
    const path = `/v4/optout/${links.make(OWN.client, email)}`;
    for (let n = 0; n < 2; n++) expect((await world.visit(path)).body).toEqual({ email, optout: false });
    const click = { "content-type": "application/x-www-form-urlencoded" };
    await world.visit(path, { method: "POST", body: "List-Unsubscribe=One-Click", headers: click });
    expect(await isOut(email)).toEqual({ email, optout: true });
    const list = { list_name: null, list_type: null, source: "link", type: "FRIEND" };
    const again = await world.visit(path, { body: JSON.stringify({ optout: false, ...list }) });
    expect(again.body).toEqual({ email, optout: false });
    expectEnvelope(await world.visit(path, { body: "{}" }), "validation_error");
  });

  test("that nobody here has signed is none", async () => {
    const email = freshEmail();
    const mark = links.make(OWN.client, email);
    const foreign = new SignedOptOutLinks([Buffer.alloc(32, 77)]).make(OWN.client, email);
    const changed = Buffer.from(mark, "base64url");
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    for (const wrong of [foreign, changed.toString("base64url"), mark.slice(0, 30), "x", "%00"]) {
      const reply = await world.visit(`/v4/optout/${wrong}`, { body: '{"optout":true}' });
      expectEnvelope(reply, "invalid_secure_email");
    }
    expect(await isOut(email)).toEqual({ email, optout: false });
  });

  test("is the same whichever of the master keys signed it", () => {
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const mark = new SignedOptOutLinks([old]).make("acme", "ann@x.com");
    expect(new SignedOptOutLinks([fresh, old]).read(mark)).toEqual({ client: "acme", email: "ann@x.com" });
    expect(new SignedOptOutLinks([fresh]).read(mark)).toBeNull();
  });
});
