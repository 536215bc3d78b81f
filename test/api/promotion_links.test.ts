// Links of the brand's own: made by its operators, opened by anybody, and beside the links of persons.

import { describe, expect, test } from "vitest";
import { on } from "../support/story.ts";
import {
  consumerWorld,
  freshEmail,
  identified,
  newToken,
  openLink,
  OWN,
  RIVAL,
  SHARE_URL,
  SHOP,
  stepNamesOf,
} from "../support/consumer_world.ts";
import { expectEnvelope, type Reply } from "./front_fixture.ts";

const world = consumerWorld({}, [on("promotion_clicked")]);
const path = "/v2/promotion-links";
const open = (code: string, query = "", headers: Record<string, string> = {}): Promise<Reply> =>
  openLink(world, `/${code}${query}`, headers);

function make(body: object, token: string = OWN.token): Promise<Reply> {
  return world.serve(path, { token, body: JSON.stringify({ key: null, program_url: null, ...body }) });
}

let made = 0;
const freshCode = (): string => `SPRING-${Date.now().toString(36)}${made++}`;

describe("a promotion link", () => {
  test("is made, read and listed, of its own client alone", async () => {
    const code = freshCode();
    const link = {
      code,
      key: code,
      label: "refer-a-friend",
      description: "",
      program_url: SHARE_URL,
      promotion_url: `${SHARE_URL}/${code}`,
      content: {
        title: "Spring",
        description: "",
        image_url: "",
        url: "https://other.example.com/spring",
        content_id: "",
      },
      data: { season: "spring" },
    };
    const content = { title: "Spring", url: "https://other.example.com/spring" };
    const reply = await make({ code, label: "refer-a-friend", content, data: { season: "spring" } });
    expect([reply.status, reply.body]).toEqual([200, link]);
    expect((await world.serve(`${path}/${code}`)).body).toEqual(link);
    expect((await world.serve(path)).body).toContainEqual(link);
    expectEnvelope(await world.serve(`${path}/${code}`, { token: RIVAL.token }), "promotion_link_not_found");
    expect((await make({ code }, RIVAL.token)).status).toBe(200);
  });

  test("leads where the brand says, and is an event of whoever opens it", async () => {
    const code = freshCode();
    const url = "https://other.example.com/spring?utm_source=poster";
    await make({ code, label: "refer-a-friend", content: { url }, data: { season: "spring" } });
    const token = await newToken(world);
    const email = freshEmail();
    const opened = await open(code, "?channel=print&season=winter", { authorization: token });
    expect(opened.status).toBe(302);
    const location = new URL(opened.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe("https://other.example.com/spring");
    expect(Object.fromEntries(location.searchParams)).toEqual({
      utm_source: "poster",
      utm_medium: "print",
      utm_campaign: "refer-a-friend",
      utm_content: code,
    });
    const event = JSON.stringify({ event_name: "identify", data: { email } });
    await world.visit("/events", { token, body: event });
    const { body } = await world.serve(`/v5/persons?identity_key_value=${email}`);
    const id = String(Reflect.get(Object((body as unknown[])[0]), "id"));
    expect(await stepNamesOf(world, id)).toContain("promotion_clicked");
    const plain = await make({ code: freshCode() });
    const other = await open(String(Reflect.get(Object(plain.body), "code")));
    expect(other.headers.get("location")?.startsWith(SHOP)).toBe(true);
  });

  test("leaves no trace of robots", async () => {
    const code = freshCode();
    await make({ code });
    const reply = await open(code, "", { "user-agent": "Googlebot/2.1" });
    expect([reply.status, reply.headers.get("set-cookie"), reply.headers.get("x-extole-token")]).toEqual([
      302,
      null,
      null,
    ]);
  });
});

describe("a code", () => {
  test("is a person's or the brand's, whoever was first", async () => {
    const code = freshCode();
    const email = freshEmail();
    const token = await identified(world, email);
    const link = JSON.stringify({ label: "refer-a-friend", code });
    expect((await world.visit("/api/v6/me/shareables", { token, body: link })).status).toBe(200);
    expectEnvelope(await make({ code }), "code_taken");
    const brands = freshCode();
    expect((await make({ code: brands })).status).toBe(200);
    expectEnvelope(await make({ code: brands }), "code_taken");
    const wanted = JSON.stringify({ label: "refer-a-friend", code: brands, key: "k" });
    expectEnvelope(await world.visit("/api/v6/me/shareables", { token, body: wanted }), "code_taken_by_promotion");
  });

  test.each([
    [{ code: "SPRING-1", campaign: "refer" }, "validation_error"],
    [{}, "code_missing"],
    [{ code: "abc" }, "code_length_out_of_range"],
    [{ code: "a b c d" }, "code_invalid"],
    [{ code: "my-admin" }, "code_contains_reserved_word"],
    [{ code: "GOOD-1", label: "x" }, "promotion_label_name_out_of_range"],
    [{ code: "GOOD-1", label: "a/b" }, "label_contains_illegal_character"],
    [{ code: "GOOD-1", content: { url: "javascript:alert(1)" } }, "content_url_invalid"],
    [{ code: "GOOD-1", content: { image_url: "ftp://x" } }, "content_image_url_invalid"],
    [{ code: "GOOD-1", program_url: "nowhere" }, "program_url_invalid"],
    [{ code: "GOOD-1", program_url: "https://else.example.com" }, "program_not_found"],
    [{ code: "GOOD-1", description: "x".repeat(1_025) }, "description_length_out_of_range"],
    [{ code: "GOOD-1", data: { season: 4 } }, "data_attribute_value_invalid"],
  ] as const)("%j is refused", async (body, code) => {
    expectEnvelope(await make(body), code);
  });
});
