// Share links and shares: made, found again, changed, clicked; and the story of a referral from the first link to the reward.

import { describe, expect, test } from "vitest";
import {
  consumerWorld,
  event,
  freshEmail,
  identified,
  listOf,
  newToken,
  OWN,
  personBy,
  RIVAL,
  RIVAL_SHOP,
  SHARE_URL,
  SHOP,
  stepNamesOf,
  textIn,
  verified,
  BROWSER,
  openLink,
} from "../../support/consumer_world.ts";
import { expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld();
const v6 = "/api/v6/me/shareables";
const v4 = "/api/v4/me/shareables";
const post = (path: string, token: string, body: object) => world.visit(path, { token, body: JSON.stringify(body) });

async function aLink(token: string, more: object = {}): Promise<string> {
  return textIn(await post(`${v6}/get-or-create`, token, { label: "refer-a-friend", ...more }), "code");
}

const open = (path: string, headers?: Record<string, string>): Promise<Reply> => openLink(world, path, headers);

describe("share links", () => {
  test("the same label and key have one, whoever asks first; another one is refused", async () => {
    const email = freshEmail("april");
    const token = await verified(world, email);
    const wish = {
      label: "refer-a-friend",
      key: "home",
      content: { title: "Come", url: "https://shop.example.com/a" },
      data: { a: "b" },
    };
    const first = await post(v6, token, wish);
    const code = textIn(first, "code");
    expect(first.body).toEqual({ code, link: `${SHARE_URL}/${code}`, ...wish });
    expect((await post(`${v6}/get-or-create`, token, { ...wish, content: { title: "No" } })).body).toEqual(first.body);
    const changed = await post(`${v6}/get-create-or-update`, token, { ...wish, content: { title: "Yes" } });
    expect(changed.body).toMatchObject({ code, content: { title: "Yes" }, data: { a: "b" } });
    const only = await identified(world, email);
    expectEnvelope(await post(`${v6}/get-create-or-update`, only, wish), "access_denied");
    expect((await post(`${v6}/get-or-create`, only, wish)).body).toMatchObject({ code, content: { title: "Yes" } });
    expectEnvelope(await post(v6, token, wish), "shareable_key_taken");
    const other = textIn(await post(`${v6}/get-create-or-update`, token, { ...wish, key: "away" }), "code");
    expect((await world.visit(v6, { token })).body).toMatchObject([{ code: other }, { code }]);
    expect((await world.visit(`${v6}?key=home`, { token })).body).toMatchObject([{ code }]);
    expect((await world.visit(`${v6}/${code}`, { token })).body).toEqual(changed.body);
    const stranger = await identified(world, freshEmail("eve"));
    expectEnvelope(await world.visit(`${v6}/${code}`, { token: stranger }), "shareable_not_found");
    expect((await world.visit(v6, { token: stranger })).body).toEqual([]);
  });

  test("twenty at once make one", async () => {
    const token = await identified(world, freshEmail("april"));
    const codes = await Promise.all(Array.from({ length: 20 }, () => aLink(token, { key: "k" })));
    expect(new Set(codes).size).toBe(1);
  });

  test("codes begin as wished, or with the first name", async () => {
    const token = await identified(world, freshEmail());
    const prefix = `Zo${Date.now().toString(36)}`;
    expect(await aLink(token, { preferred_code_prefixes: [prefix] })).toBe(prefix);
    const again = await identified(world, freshEmail());
    const next = await aLink(again, { preferred_code_prefixes: [prefix] });
    expect(next).not.toBe(prefix);
    expect(next.startsWith(prefix)).toBe(true);
  });

  test.each([
    [{}, "label_is_missing"],
    [{ label: "x" }, "label_name_length_out_of_range"],
    [{ label: "a/b" }, "label_name_contains_illegal_character"],
    [{ label: "refer", content: { image_url: "x" } }, "content_image_url_invalid"],
    [{ label: "refer", content: { url: "ftp://x" } }, "invalid_content_url"],
    [{ label: "refer", data: { "a/b": "c" } }, "data_attribute_name_invalid"],
    [{ label: "refer", content: "text" }, "validation_error"],
  ])("%j is refused with %s", async (body, code) => {
    expectEnvelope(await post(v6, await identified(world, freshEmail()), body), code);
  });

  test("labels and names of data are in any script", async () => {
    const made = await post(v6, await identified(world, freshEmail()), { label: "अभियान", data: { कुंजी: "x" } });
    expect(made.body).toMatchObject({ label: "अभियान" });
  });

  test("none is where a page of ours stands", async () => {
    const token = await identified(world, freshEmail());
    const made = await post("/api/v4/me/shareables", token, { label: "refer", code: "demo" });
    expectEnvelope(made, "code_contains_reserved_word");
    expect((await post("/api/v4/me/shareables", token, { label: "refer", code: "demo-friend" })).status).toBe(200);
  });

  test("a device without an address has none", async () => {
    expectEnvelope(await post(v6, await newToken(world), { label: "refer" }), "person_not_rewardable");
  });

  test("the first generation's words", async () => {
    const token = await verified(world, freshEmail("april"));
    const wanted = `April${Date.now().toString(36)}`;
    const made = await post(v4, token, {
      code: wanted,
      label: "refer",
      key: "k",
      target_url: "https://shop.example.com/x",
    });
    expect(made.body).toEqual({ polling_id: wanted });
    expect((await world.visit(`${v4}/status/${wanted}`, { token })).body).toEqual({
      polling_id: wanted,
      shareable_id: wanted,
      status: "SUCCEEDED",
    });
    const own = await world.visit(`${v4}/${wanted}`, { token });
    expect(own.body).toMatchObject({ shareable_id: wanted, content: { url: "https://shop.example.com/x" } });
    expect((await world.visit(v4, { token })).body).toEqual([own.body]);
    const edited = await world.visit(`${v4}/${wanted}`, {
      method: "PUT",
      token,
      body: '{"label":"refer","content":{"title":"T"}}',
    });
    expect(edited.body).toEqual({ polling_id: wanted });
    const stranger = await newToken(world);
    const seen = await world.visit(`/api/v4/shareable?code=${wanted}`, { token: stranger });
    expect(seen.body).toMatchObject([{ shareable_id: wanted, content: { title: "T" } }]);
    expect((await world.visit(`/api/v4/shareable/${wanted}`, { token: stranger })).body).toMatchObject({
      code: wanted,
    });
    expect((await world.visit("/api/v4/shareable?code=none", { token: stranger })).body).toEqual([]);
    expectEnvelope(await world.visit("/api/v4/shareable/none", { token: stranger }), "NOT_FOUND");
    expectEnvelope(await world.visit(`${v4}/${wanted}`, { token: stranger }), "invalid_shareable_id");
    expectEnvelope(
      await world.visit(`${v4}/${wanted}`, { method: "PUT", token: stranger, body: "{}" }),
      "invalid_shareable_id",
    );
    expect((await world.visit(`${v4}/status/${wanted}`, { token: stranger })).body).toMatchObject({ status: "FAILED" });
    expectEnvelope(await post(v4, token, { label: "refer", key: "k" }), "key_taken");
    expectEnvelope(await post(v4, token, { label: "x" }), "label_name_out_of_range");
    expectEnvelope(await post(v4, token, { label: "refer", code: wanted }), "code_taken");
    expectEnvelope(
      await post(v4, token, { label: "refer", target_url: `https://x.com/${"y".repeat(2_050)}` }),
      "target_url_length_out_of_range",
    );
    const legacy = await post("/api/v4/shareable", token, { label: "other", parameters: "not looked at" });
    expect(legacy.body).toMatchObject({
      shareable_domain: "acme.example.com",
      polling_id: textIn(legacy, "shareable_code"),
    });
    const polled = await world.visit(`/api/v4/shareable/status/${textIn(legacy, "polling_id")}`, { token });
    expect(polled.body).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("opening a link", () => {
  test("clicks, gives a token, and leads to the brand's page with the marks of the campaign", async () => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const reply = await open(`/${code}?channel=sms&partner_share_id=ps-1`);
    expect(reply.status).toBe(302);
    expect(reply.headers.get("location")).toBe(
      `${SHOP}?utm_source=extole_friend&utm_medium=sms&utm_campaign=refer-a-friend&utm_content=${code}`,
    );
    const token = reply.headers.get("x-extole-token") ?? "";
    expect(reply.headers.get("set-cookie")).toContain(`access_token=${token}; Path=/`);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    const steps = await world.visit("/api/v4/me/steps", { token });
    expect(steps.body).toEqual([{ name: "share_clicked" }]);
  });

  test("keeps the visitor who was there before", async () => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const token = await newToken(world);
    const reply = await open(`/${code}`, { cookie: `access_token=${token}` });
    expect(reply.headers.get("x-extole-token")).toBe(token);
    expect(reply.headers.get("set-cookie")).toBeNull();
  });

  test.each(["Googlebot/2.1", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", "curl/8.5.0"])(
    "by %s leads on without a trace",
    async (agent) => {
      const code = await aLink(await identified(world, freshEmail("april")));
      const reply = await open(`/${code}`, { "user-agent": agent });
      expect(reply.status).toBe(302);
      expect(reply.headers.get("location")).toContain(SHOP);
      expect(reply.headers.get("set-cookie")).toBeNull();
      expect(reply.headers.get("x-extole-token")).toBeNull();
    },
  );

  test("by its head alone, as what checks links in mails does, leads on without a trace", async () => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const ask = { method: "HEAD", redirect: "manual", headers: { "user-agent": BROWSER } } as const;
    const reply = await fetch(`http://127.0.0.1:${world.port}/${code}`, ask);
    expect([reply.status, await reply.text()]).toEqual([302, ""]);
    expect(reply.headers.get("location")).toContain(SHOP);
    for (const name of ["set-cookie", "x-extole-token"]) expect(reply.headers.get(name)).toBeNull();
    expect((await fetch(`http://127.0.0.1:${world.port}/none-such`, ask)).status).toBe(404);
    const options = await world.visit(`/${code}`, { method: "OPTIONS" });
    expect(options.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });

  test.each([
    [{ purpose: "prefetch" }],
    [{ "sec-purpose": "prefetch" }],
    [{ "sec-purpose": "prefetch;prerender", "sec-fetch-dest": "document" }],
    [{ "sec-purpose": "prefetch;anonymous-client-ip" }],
    [{ "x-moz": "prefetch" }],
    [{ "x-purpose": "preview" }],
  ])("ahead of its user, with %j, is refused; the click is the opening itself", async (headers) => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const token = await newToken(world);
    const clicks = async (): Promise<unknown> => (await world.visit("/api/v4/me/steps", { token })).body;
    const cookie = `access_token=${token}`;
    const ahead = await open(`/${code}`, { cookie, ...headers });
    expect([ahead.status, ahead.text, await clicks()]).toEqual([403, "", []]);
    for (const name of ["location", "set-cookie", "x-extole-token"]) expect(ahead.headers.get(name)).toBeNull();
    expect(ahead.headers.get("cache-control")).toBe("no-store");
    expect((await open(`/${code}`, { cookie, "sec-fetch-dest": "document" })).status).toBe(302);
    expect(await clicks()).toEqual([{ name: "share_clicked" }]);
  });

  test.each(["image", "script", "style", "empty"])(
    "as the %s of another page leads on without a trace",
    async (dest) => {
      const code = await aLink(await identified(world, freshEmail("april")));
      const token = await newToken(world);
      const headers = { cookie: `access_token=${token}`, "sec-fetch-dest": dest };
      // `fetch` names no destination of its own choice.
      const reply = await world.visit(`/${code}`, { headers: { host: OWN.host, "user-agent": BROWSER, ...headers } });
      expect(reply.status).toBe(302);
      expect(reply.headers.get("x-extole-token")).toBeNull();
      expect((await world.visit("/api/v4/me/steps", { token })).body).toEqual([]);
    },
  );

  test.each([
    ["https://shop.example.com/sale?x=1", "https://shop.example.com/sale?x=1&utm_source"],
    ["https://blog.example.com/post", "https://blog.example.com/post?utm_source"],
    ["https://shop.example.com/?utm_source=own", "https://shop.example.com/?utm_source=own&advocate_code="],
    ["https://shop.example.com/?utm_content=own", "https://shop.example.com/?utm_content=own&advocate_code="],
    ["https://shop.example.com/?utm_medium=own", "https://shop.example.com/?utm_medium=own&utm_source="],
    ["https://evil.example.com/", SHOP],
    ["https://shop.example.com.evil.com/", SHOP],
    ["https://shop.example.com@evil.com/", SHOP],
    ["https://user:pw@shop.example.com/", SHOP],
    ["https://shop.example.com:8443/", SHOP],
    ["https:evil.com", SHOP],
    ["https:\\\\evil.com\\@shop.example.com/", SHOP],
  ])("whose content says %s leads to %s", async (url, location) => {
    const code = await aLink(await identified(world, freshEmail("april")), { content: { url } });
    expect((await open(`/${code}`)).headers.get("location")?.startsWith(location)).toBe(true);
  });

  test("that there is not is refused, and says nothing else", async () => {
    for (const path of ["/nobody-has-this", "/a", "/x%2Fy", "/..%2Fetc", "/favicon.ico"]) {
      expect([path, (await open(path)).status]).toEqual([path, 404]);
    }
  });

  test("another client's is none here", async () => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const reply = await world.visit(`/${code}`, { headers: { host: "go.rival.example.com", "user-agent": BROWSER } });
    expectEnvelope(reply, "not_found");
  });

  test("each client's links lead to its own consumers and its own shop, whoever made them", async () => {
    const host = RIVAL.host;
    const link = `https://${host}/`;
    const { token } = RIVAL;
    const made = await world.serve("/v5/persons", {
      token,
      body: JSON.stringify({ identity_key_value: freshEmail("riva") }),
    });
    const body = JSON.stringify({ label: "refer-a-friend" });
    const shared = await world.serve(`/v5/persons/${textIn(made, "id")}/shareables`, { token, body });
    const code = textIn(shared, "code");
    expect(textIn(shared, "link")).toBe(`${link}${code}`);
    const opened = await world.visit(`/${code}`, { headers: { host, "user-agent": BROWSER } });
    expect(opened.headers.get("location")).toMatch(new RegExp(`^${RIVAL_SHOP}\\?utm_source=extole_friend`));
    const visitor = textIn(
      await world.visit("/events", { headers: { host }, body: event("identify", { email: freshEmail("rita") }) }),
      "token",
    );
    const own = await world.visit(`${v6}/get-or-create`, {
      headers: { host, authorization: `Bearer ${visitor}` },
      body,
    });
    expect(textIn(own, "link")).toBe(`${link}${textIn(own, "code")}`);
  });

  test("cannot make the visitor somebody by its query", async () => {
    const code = await aLink(await identified(world, freshEmail("april")));
    const email = freshEmail("victim");
    await identified(world, email);
    const { id } = await personBy(world, email);
    const before = await stepNamesOf(world, id);
    await open(`/${code}?person_id=${id}&shareable_id=other&source=x&event_name=converted`);
    expect(await stepNamesOf(world, id)).toEqual(before);
  });
});

test("S1 a referral: link, click, purchase told three times, one reward each", async () => {
  const [a, f] = [freshEmail("april"), freshEmail("frank")];
  const april = await verified(world, a);
  const code = await aLink(april);
  const clicked = await open(`/${code}`);
  const t0 = clicked.headers.get("x-extole-token") ?? "";
  const order = { order_id: `A-${f}`, cart_value: "89.90" };
  const t1 = textIn(await world.visit("/events", { token: t0, body: event("identify", { email: f }) }), "token");
  const server = await world.serve("/v6/events", { body: event("converted", { email: f, ...order }) });
  const tag = await world.visit("/events", { token: t1, body: event("converted", order) });
  const again = await world.serve("/v6/events", { body: event("converted", { email: f, ...order }) });
  expect(new Set([textIn(server, "event_id"), textIn(tag, "id"), textIn(again, "event_id")]).size).toBe(3);
  const frank = await personBy(world, f);
  const steps = await stepNamesOf(world, frank.id);
  expect(steps.filter((name) => name === "converted")).toHaveLength(1);
  expect(steps).toContain("share_clicked");
  const pa = await personBy(world, a);
  expect(await listOf(world, `/v5/persons/${frank.id}/relationships`)).toMatchObject([
    { my_role: "FRIEND", other_person_id: pa.id },
  ]);
  expect(await listOf(world, `/v5/persons/${frank.id}/rewards`)).toMatchObject([{ reward_supplier_id: "COUPON" }]);
  expect(await listOf(world, `/v5/persons/${pa.id}/rewards`)).toMatchObject([
    { reward_supplier_id: "CREDIT", state: "EARNED", face_value: 25 },
  ]);
  const friends = await world.visit("/api/v4/me/friends", { token: april });
  expect(friends.body).toMatchObject([{ id: frank.id, first_name: "" }]);
  expect(friends.text).not.toContain(f);
  const from = await world.visit("/api/v4/me/referrals-from-me", { token: april });
  expect(from.body).toMatchObject([{ reason: "SHAREABLE_ID", shareable_id: code, person: { id: frank.id } }]);
  for (const _ of [1, 2])
    await world.serve("/v6/events", {
      body: event("club_joined", { email: f, advocate_code: code, member_id: f }),
    });
  expect(
    (await world.visit("/api/v4/me/friends", { token: april })).body,
    "one friend of two programmes",
  ).toMatchObject([{ id: frank.id, events: [{ step_name: "club_joined" }] }]);
  const franks = await verified(world, f);
  for (const path of ["advocates", "referrals-to-me"]) {
    expect((await world.visit(`/api/v4/me/${path}`, { token: franks })).body).toMatchObject([
      { person: { id: pa.id }, reason: "ADVOCATE_CODE" },
      { person: { id: pa.id }, shareable_id: code },
    ]);
  }
});

describe("shares", () => {
  test("say by their data nothing that is checked elsewhere, in whatever case it is written", async () => {
    const token = await verified(world, freshEmail("april"));
    const data = { "Share.Message": "see http://evil.com", "SHARE.SUBJECT": "www.evil.com", "share.Recipient": "bob" };
    const custom = { advocate_code: await aLink(token), channel: "SMS", data };
    expect((await post("/api/v5/custom/share", token, custom)).status).toBe(200);
    expect((await world.visit("/api/v4/me/shares", { token })).body).toMatchObject([
      { channel: "SMS", message: null, subject: null, recipients: [] },
    ]);
  });

  test("on any channel, by mail to several, and in the words of the first generation", async () => {
    const email = freshEmail("april");
    const token = await verified(world, email);
    const code = await aLink(token);
    const custom = await post("/api/v5/custom/share", token, {
      advocate_code: code,
      channel: "com.whatsapp",
      message: "Come along",
      recipient_email: "bob@y.com",
      data: { partner_share_id: `ps-${email}`, email: "eve@y.com", tone: "kind" },
    });
    expect(custom.body).toEqual({ polling_id: `ps-${email}`, share_id: textIn(custom, "share_id") });
    const polled = await world.visit(`/api/v5/custom/share/status/ps-${email}`, { token });
    expect(polled.body).toEqual({
      polling_id: `ps-${email}`,
      share_id: textIn(custom, "share_id"),
      status: "SUCCEEDED",
    });
    const first = await post("/api/v4/events/share", token, {
      shareable_id: code,
      message: "Hello",
      consumer_event: { channel: "FACEBOOK" },
    });
    expect(textIn(first, "share_id")).toMatch(/^\d{19}$/);
    expect(
      (await world.visit(`/api/v4/events/share/status/${textIn(first, "polling_id")}`, { token })).body,
    ).toMatchObject({ status: "SUCCEEDED" });
    const batch = await post("/api/v5/email/share/batch", token, {
      advocate_code: code,
      recipient_emails: ["bob@y.com", "carl@y.com", "bob@y.com", "BOB@Y.com"],
      subject: "Try this",
      message: "It is good",
    });
    expect(batch.body).toMatchObject([{ recipient_email: "bob@y.com" }, { recipient_email: "carl@y.com" }]);
    const { id } = await personBy(world, email);
    const jobs = await listOf(world, `/v5/persons/${id}/jobs`);
    const mails = jobs.filter(({ type }) => type === "SHARE_EMAIL").map(({ order }) => order);
    expect(mails).toMatchObject([{ recipient: "bob@y.com" }, { recipient: "carl@y.com" }]);
    const shares = await world.visit("/api/v4/me/shares", { token });
    const channels = (shares.body as { channel: string }[]).map(({ channel }) => channel);
    expect(channels).toEqual(["EXTOLE_EMAIL", "EXTOLE_EMAIL", "FACEBOOK", "COM.WHATSAPP"]);
    const one = await world.visit(`/api/v4/me/shares?partner_share_id=ps-${email}`, { token });
    expect(one.body).toMatchObject([
      { message: "Come along", shareable_id: code, partner_id: { value: `ps-${email}` } },
    ]);
    const [share] = one.body as { id: string }[];
    expect((await world.visit(`/api/v4/me/shares/${share?.id}`, { token })).body).toEqual(share);
    const stranger = await verified(world, freshEmail("eve"));
    const open = await world.visit(`/api/v4/shares/${share?.id}`, { token: stranger });
    expect(open.body).toMatchObject({ share_id: share?.id, channel: "COM.WHATSAPP", shareable_id: code });
    expect(open.text).not.toContain("Come along");
    for (const by of [`partner_share_id=ps-${email}`, `partner_id=partner_share_id:ps-${email}`]) {
      expect((await world.visit(`/api/v4/shares?${by}`, { token: stranger })).body).toEqual([open.body]);
    }
    expect((await world.visit("/api/v4/shares?partner_share_id=none", { token: stranger })).body).toEqual([]);
    expectEnvelope(await world.visit("/api/v4/shares", { token: stranger }), "partner_id_missing");
    expectEnvelope(await world.visit("/api/v4/shares/7000000000000000007", { token: stranger }), "SHARE_NOT_FOUND");
    expectEnvelope(await world.visit(`/api/v4/me/shares/${share?.id}`, { token: stranger }), "SHARE_NOT_FOUND");
    expect((await world.visit(`/api/v5/custom/share/status/ps-${email}`, { token: stranger })).body).toMatchObject({
      status: "FAILED",
    });
  });

  test("what is wrong with one is refused with the code that says so", async () => {
    const token = await verified(world, freshEmail("april"));
    const code = await aLink(token);
    const custom = { advocate_code: code, channel: "SMS", message: "Hi" };
    const batch = { advocate_code: code, recipient_emails: ["bob@y.com"], subject: "S", message: "M" };
    const legacy = { shareable_id: code, consumer_event: { channel: "SMS" } };
    const wrong: [string, object, string][] = [
      ["/api/v5/custom/share", { ...custom, advocate_code: "" }, "ADVOCATE_CODE_MISSING"],
      ["/api/v5/custom/share", { ...custom, advocate_code: "somebodys" }, "ADVOCATE_CODE_NOT_FOUND"],
      ["/api/v5/custom/share", { ...custom, channel: " " }, "CHANNEL_MISSING"],
      ["/api/v5/custom/share", { ...custom, recipient_email: "bob" }, "INVALID_RECIPIENT"],
      ["/api/v5/custom/share", { ...custom, message: "x".repeat(2_049) }, "INVALID_MESSAGE_LENGTH"],
      ["/api/v5/custom/share", { ...custom, message: "see http://evil.com" }, "INVALID_SHARE_MESSAGE_LINK"],
      ["/api/v5/custom/share", { ...custom, message: "see evil.com/login" }, "INVALID_SHARE_MESSAGE_LINK"],
      ["/api/v5/email/share/batch", { ...batch, recipient_emails: [] }, "NO_RECIPIENT"],
      ["/api/v5/email/share/batch", { ...batch, recipient_emails: ["bob"] }, "INVALID_RECIPIENT"],
      ["/api/v5/email/share/batch", { ...batch, recipient_emails: [7] }, "NO_RECIPIENT"],
      [
        "/api/v5/email/share/batch",
        { ...batch, recipient_emails: Array.from({ length: 26 }, (_, i) => `b${i}@y.com`) },
        "INVALID_RECIPIENT_SIZE",
      ],
      ["/api/v5/email/share/batch", { ...batch, message: "" }, "MESSAGE_MISSING"],
      ["/api/v5/email/share/batch", { ...batch, subject: "x".repeat(79) }, "INVALID_SUBJECT_LENGTH"],
      ["/api/v5/email/share/batch", { ...batch, subject: "www.evil.com" }, "INVALID_SHARE_SUBJECT_LINK"],
      ["/api/v4/events/share", { ...legacy, shareable_id: null }, "SHAREABLE_ID_MISSING"],
      ["/api/v4/events/share", { ...legacy, shareable_id: "somebodys" }, "SHAREABLE_NOT_FOUND"],
      ["/api/v4/events/share", { ...legacy, recipient_email: "bob" }, "INVALID_RECIPIENTS"],
      ["/api/v4/events/share", { shareable_id: code }, "CHANNEL_MISSING"],
    ];
    for (const [path, body, expected] of wrong) expectEnvelope(await post(path, token, body), expected);
    expect((await world.visit("/api/v4/me/shares", { token })).body).toEqual([]);
  });
});
