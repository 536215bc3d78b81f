// Mails that consumers order for themselves, and the link that proves an address.

import { expect, test } from "vitest";
import {
  consumerWorld,
  event,
  freshEmail,
  identified,
  listOf,
  newToken,
  personBy,
  SHOP,
  stepNamesOf,
  textIn,
  verified,
} from "../../support/consumer_world.ts";
import { action, fromEvent, on } from "../../support/story.ts";
import { zone } from "../../support/zone_steps.ts";
import { expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld({}, [
  zone("welcome_mail", { subject: "Welcome", text: "Hello" }),
  zone("verify_mail", { subject: "Is it you?", text: fromEvent("verification_link") }),
  on("welcome", { actions: [action("EMAIL", { zone_name: "welcome_mail", data: {} })] }),
  on("send_verification_email", { actions: [action("EMAIL", { zone_name: "verify_mail", data: {} })] }),
]);
const me = "/api/v4/me";
const post = (path: string, token: string, body: object): Promise<Reply> =>
  world.visit(path, { token, body: JSON.stringify(body) });

async function mailsTo(email: string): Promise<{ text: string; recipient: string }[]> {
  const { id } = await personBy(world, email);
  const jobs = await listOf(world, `/v5/persons/${id}/jobs`);
  return jobs
    .filter(({ type }) => type === "EMAIL")
    .map(({ order }) => {
      const { recipient, mail } = order as { recipient: string; mail: { text: string } | null };
      return { recipient, text: mail?.text ?? "" };
    });
}

async function visitLink(link: string, headers: Record<string, string> = {}): Promise<Response> {
  const { pathname, search } = new URL(link);
  return fetch(`http://127.0.0.1:${world.port}${pathname}${search}`, { redirect: "manual", headers });
}

test("a mail of a zone goes to the person's own address, and is polled", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  const ordered = await post(`${me}/email`, token, {
    zone_name: "welcome",
    data: { email: "victim@y.com", to: "victim@y.com" },
  });
  const pollingId = textIn(ordered, "polling_id");
  expect(await mailsTo(email)).toEqual([{ recipient: email, text: "Hello" }]);
  const status = await world.visit(`${me}/email/status/${pollingId}`, { token });
  expect(status.body).toMatchObject({
    polling_id: pollingId,
    status: "PENDING",
    email_id: expect.stringMatching(/^\d{19}$/) as string,
  });
  const stranger = await verified(world, freshEmail("eve"));
  expect((await world.visit(`${me}/email/status/${pollingId}`, { token: stranger })).body).toMatchObject({
    status: "FAILED",
  });
  const nothing = textIn(await post(`${me}/email`, token, { zone_name: "product_viewed" }), "polling_id");
  expect((await world.visit(`${me}/email/status/${nothing}`, { token })).body).toMatchObject({
    status: "FAILED",
    error: { code: "no_creative" },
  });
  expectEnvelope(await post(`${me}/email`, token, {}), "missing_zone_name");
  expectEnvelope(await post(`${me}/email`, token, { zone_name: "a/b" }), "invalid_zone_name");
});

test("whoever opens the link of a verification mail is verified, and nobody else", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  const ordered = await post(`${me}/send-verification-email`, token, {});
  expect(ordered.body).toMatchObject({ status: "PENDING" });
  const pollingId = textIn(ordered, "polling_id");
  expect((await world.visit(`${me}/send-verification-email/status/${pollingId}`, { token })).body).toEqual({
    polling_id: pollingId,
    status: "PENDING",
  });
  const [mail] = await mailsTo(email);
  expect(mail?.recipient).toBe(email);
  const link = mail?.text ?? "";
  expect(ordered.text).not.toContain(new URL(link).searchParams.get("link") ?? "?");
  const opened = await visitLink(link);
  expect(opened.status).toBe(302);
  const [page, mark = ""] = opened.headers.get("location")?.split("#extole_verified=") ?? [];
  expect(page).toBe(SHOP);
  const proven = opened.headers.get("x-extole-token") ?? "";
  expect(opened.headers.get("set-cookie")).toContain(`access_token=${proven};`);
  const described = await world.visit("/api/v5/token", { token: proven });
  expect(described.body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
  expect((await world.visit(me, { token: proven })).body).toMatchObject({ email });

  // V2: the script of a shop on another site goes on with a token of its own.
  const lifted = await post("/verify", token, { mark });
  expect(lifted.body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
  expect(lifted.headers.get("x-extole-token")).toBe(textIn(lifted, "access_token"));
  expect((await world.visit(me, { token: textIn(lifted, "access_token") })).body).toMatchObject({ email });
  // V3.
  for (const stranger of [await newToken(world), await verified(world, freshEmail("eve"))]) {
    expectEnvelope(await post("/verify", stranger, { mark }), "access_denied");
  }
  for (const wrong of ["", "x", token, proven, new URL(link).searchParams.get("link")]) {
    expectEnvelope(await post("/verify", token, { mark: wrong }), "access_denied");
  }
  expectEnvelope(await world.visit("/api/v5/token", { token: mark }), "invalid_access_token");
  expectEnvelope(await world.visit(`/verify?link=${mark}`), "invalid_access_token");
});

test("V5 a link proves no address that the person has got since", async () => {
  const [email, later, other] = [freshEmail(), freshEmail("later"), freshEmail("other")];
  const token = await identified(world, email);
  await post(`${me}/send-verification-email`, token, {});
  const [mail] = await mailsTo(email);
  const { id } = await personBy(world, email);
  const rename = JSON.stringify({ identity_key_value: later });
  expect((await world.serve(`/v5/persons/${id}`, { method: "PUT", body: rename })).status).toBe(200);
  const { pathname, search } = new URL(mail?.text ?? "");
  expectEnvelope(await world.visit(`${pathname}${search}`), "invalid_access_token");
  await post(`${me}/send-verification-email`, token, {});
  const { text = "" } = (await mailsTo(later)).find(({ recipient }) => recipient === later) ?? {};
  expect((await visitLink(text)).status).toBe(302);

  // Nor that of the person it was forwarded to.
  await identified(world, other);
  const forward = JSON.stringify({ forward_to_profile_id: (await personBy(world, other)).id });
  expect((await world.serve(`/v5/persons/${id}/forward`, { body: forward })).status).toBe(200);
  expect((await visitLink(text)).status).toBe(403);
});

test("a link is no token, a token is no link, and nobody else says where links lead", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  await post(`${me}/send-verification-email`, token, {});
  const [mail] = await mailsTo(email);
  const secret = new URL(mail?.text ?? "").searchParams.get("link") ?? "";
  expectEnvelope(await world.visit("/api/v5/token", { token: secret }), "invalid_access_token");
  for (const wrong of [
    "",
    "x",
    token,
    `${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`,
    await verified(world, email),
  ]) {
    const reply = await world.visit(`/verify?link=${wrong}`);
    expectEnvelope(reply, "invalid_access_token");
  }
  const other = await world.visit(`/verify?link=${secret}`, { headers: { host: "go.rival.example.com" } });
  expectEnvelope(other, "invalid_access_token");
  const evil = { verification_link: "https://evil.example.com", Verification_Link: "https://evil.example.com" };
  await world.visit("/events", { token, body: event("send_verification_email", evil) });
  await post(`${me}/email`, token, { zone_name: "send_verification_email", data: evil });
  for (const { text } of (await mailsTo(email)).slice(1)) expect(String(text)).not.toContain("evil");
  expectEnvelope(await post(`${me}/send-verification-email`, await newToken(world), {}), "person_not_identified");
});

test("what one address proved proves nothing of another", async () => {
  const [f, g] = [freshEmail("frank"), freshEmail("grace")];
  const proven = await verified(world, f);
  await world.visit("/events", { token: proven, body: event("secret", { email: g }) });
  expect(await stepNamesOf(world, (await personBy(world, g)).id)).toEqual([]);
  await world.visit("/events", { token: proven, body: event("secret", { email: f }) });
  expect(await stepNamesOf(world, (await personBy(world, f)).id)).toEqual(["secret"]);
});
