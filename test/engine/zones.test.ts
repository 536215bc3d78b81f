// Zones: which frontend controller an event reaches, and what its DISPLAY or CREATIVE action shows.

import { runInNewContext } from "node:vm";
import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { ZONE_LENGTH_MAX } from "../../src/engine/limits.ts";
import type {
  ActionDocument,
  CampaignDocument,
  ControllerDocument,
  ProgramDocument,
} from "../../src/model/campaign.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  condition,
  datum,
  entry,
  fromEvent,
  on,
  onStep,
  programme,
  Story,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };

function zone(name: string, actions: ActionDocument[], more: Partial<ControllerDocument> = {}): ControllerDocument {
  return { ...on(name, { ...more, actions }), type: "FRONTEND_CONTROLLER" };
}

function display(body: JsonObject[string], more: JsonObject = {}): ActionDocument {
  return action("DISPLAY", { body, ...more });
}

function creative(files: { readonly [path: string]: string }): ActionDocument {
  const texts = Object.entries(files).map(([path, text]) => [path, strToU8(text)] as const);
  const archive = Buffer.from(zipSync(Object.fromEntries(texts))).toString("base64");
  return action("CREATIVE", { archive });
}

/** What is shown; null: nothing. */
function asks(story: Story, name: string, data: JsonObject = {}, enrichment: Enrichment = {}): JsonObject | null {
  const { value } = story.happens(name, { ...ANN, ...data }, undefined, enrichment);
  return value === null ? null : (value as { rendered: JsonObject }).rendered;
}

function body(story: Story, name: string, data: JsonObject = {}): unknown {
  return asks(story, name, data)?.["body"];
}

describe("DISPLAY", () => {
  test("shows its body, with expressions anywhere in it, and writes a step", () => {
    const shown = {
      message: "handlebars@runtime:Hello {{{person.first_name}}}",
      values: [1, fromEvent("n"), { deep: "javascript@runtime:context.getProgramLabel()" }],
      fixed: null,
    };
    const story = new Story(programme([zone("share", [display(shown, { headers: { "x-a": fromEvent("n") } })])]));
    story.happens("named", { ...ANN, first_name: "Ann" });
    expect(asks(story, "SHARE", { n: 2 })).toMatchObject({
      controllerName: "share",
      actionType: "DISPLAY",
      status: null,
      headers: { "x-a": 2 },
      contentType: null,
      body: { message: "Hello ", values: [1, 2, { deep: "refer" }], fixed: null },
    });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["share NONE"]);
  });

  test("its response has the last word, as a map or by the builder", () => {
    const map =
      "javascript@runtime:({statusCode: 201, body: {was: context.getBody().a}, headers: {b: context.getHeaders().a}})";
    const built =
      "javascript@runtime:context.getResponseBuilder().withStatusCode(302).withHeader('location', '/home').withHeader('n', 1)";
    const parts = { body: { a: 1 }, headers: { a: "x" } };
    const story = new Story(
      programme([
        zone("mapped", [action("DISPLAY", { ...parts, response: map })]),
        zone("built", [action("DISPLAY", { ...parts, response: built })]),
        zone("literal", [action("DISPLAY", { response: { statusCode: 404, body: "gone" } })]),
        zone("broken", [action("DISPLAY", { ...parts, response: "javascript@runtime:context.getBody().a.b.c" })]),
      ]),
    );
    expect(asks(story, "mapped")).toMatchObject({ status: 201, body: { was: 1 }, headers: { b: "x" } });
    expect(asks(story, "built")).toMatchObject({
      status: 302,
      body: { a: 1 },
      headers: { a: "x", location: "/home", n: 1 },
    });
    expect(asks(story, "literal")).toMatchObject({ status: 404, body: "gone", headers: {} });
    expect(asks(story, "broken")).toMatchObject({ status: null, body: { a: 1 } });
  });

  test("knows the sender and what the person shares", () => {
    const shown = {
      mobile: "javascript@runtime:context.isMobile()",
      scraper: "javascript@runtime:context.isScraper()",
      link: "javascript@runtime:context.getPerson().getShareables().map(own => own.getLink())",
      code: "handlebars@runtime:{{#each person.shareables}}{{code}}{{/each}}",
    };
    const story = new Story(programme([zone("share", [display(shown)])]));
    const { personId } = story.happens("x", ANN);
    story.withId(personId).shareables.push({
      code: "ANN-1",
      label: "refer",
      key: "k",
      content: { title: null, description: null, imageUrl: null, url: null, partnerContentId: null },
      data: {},
      createdMs: 1,
      updatedMs: 1,
    });
    const sender = { userAgent: "Mozilla/5.0 (iPhone)", isBot: false, shareUrl: "https://acme.example/s" };
    expect(asks(story, "share", {}, sender)?.["body"]).toEqual({
      mobile: true,
      scraper: false,
      link: ["https://acme.example/s/ANN-1"],
      code: "ANN-1",
    });
    expect(body(story, "share")).toEqual({ mobile: null, scraper: null, link: [null], code: "ANN-1" });
  });

  test("the first action whose quality fits shows; actions of the other kinds run, too", () => {
    const low = condition("QUALITY", "context.getCauseEvent().getData().good === true");
    const actions = [
      display("good", { quality: "HIGH" }),
      display("bad", { quality: "LOW" }),
      display("never"),
      action("SIGNAL", { name: "seen", signal_polling_id: "p" }),
    ];
    const story = new Story(programme([zone("z", actions, { triggers: [low] }), onStep("after", "z")]), 1);
    expect(body(story, "z", { good: true })).toBe("good");
    expect(body(story, "z", { good: false })).toBe("bad");
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["z HIGH", "after NONE", "z LOW", "after NONE"]);
    expect(story.query(0, { kind: "signals", client: "acme", pollingId: "p" })).toMatchObject({
      signals: [{ name: "seen" }, { name: "seen" }],
    });
  });

  test("what is too large is not shown, and listed", () => {
    const long = "x".repeat(1024);
    const items = Array.from({ length: ZONE_LENGTH_MAX / 1024 }, () => long);
    const story = new Story(programme([zone("z", [display(items)])]), 1);
    expect(asks(story, "z")).toBe(null);
    expect(story.refusals()).toEqual(["zone_too_large"]);
  });

  test("a controller that is no zone shows what it is asked for, too; other events than those from outside do not", () => {
    const story = new Story(
      programme([
        on("plain", { actions: [display("shown")] }),
        onStep("follows", "plain", { actions: [display("late")] }),
      ]),
    );
    expect(body(story, "plain")).toBe("shown");
    expect(asks(story, "unknown")).toBe(null);
  });
});

describe("CREATIVE", () => {
  test("a page: values are escaped for HTML, triple braces are not, blocks and loops work", () => {
    const page =
      "<p>{{person.first_name}}|{{{cause_event.data.raw}}}</p>{{#if cause_event.data.x}}yes{{else}}no{{/if}}{{#each cause_event.data.list}}[{{this}}]{{/each}}";
    const story = new Story(programme([zone("page", [creative({ "page.hbs": page, "style.css": "p{}" })])]));
    expect(asks(story, "page", { raw: "<b>", x: 1, list: ["a", "b"] })).toMatchObject({
      actionType: "CREATIVE",
      contentType: "text/html; charset=utf-8",
      body: "<p>|<b></p>yes[a][b]",
    });
  });

  test("a script: values cannot leave the string that they stand in", () => {
    const story = new Story(
      programme([
        zone("js", [creative({ "javascript.hbs": 'f("{{cause_event.data.a}}", "{{cause_event.data.b}}")' })]),
      ]),
    );
    const shown = asks(story, "js", { a: "\\", b: '");alert(1)//</script>\u2028' });
    expect(shown?.["contentType"]).toBe("text/javascript; charset=utf-8");
    const seen: unknown[] = [];
    const text = typeof shown?.["body"] === "string" ? shown["body"] : "";
    runInNewContext(text, { f: (...given: unknown[]) => seen.push(...given) });
    expect(seen).toEqual(["\\", '");alert(1)//</script>\u2028']);
    expect(text).not.toContain("</script>");
  });

  test("texts in the locale of the event, else of the person; in its language, else the default one", () => {
    const files = {
      "page.hbs": "{{text.title}}|{{{text.menu.home}}}|{{#each cause_event.data.l}}{{text.title}}{{/each}}",
      "locales/default.json": `{"title":"Hello <you>","menu.home":"Home & more"}`,
      "locales/de.json": `{"title":"Hallo"}`,
      "locales/de_AT.json": `{"title":"Servus"}`,
    };
    const story = new Story(
      programme([
        zone("page", [creative(files)]),
        on("said", { data: [datum("locale", "NONE", { persist_types: ["PROFILE"] })] }),
      ]),
    );
    const shown = (data: JsonObject = {}): unknown => asks(story, "page", data)?.["body"];
    expect(shown()).toBe("Hello &lt;you&gt;|Home & more|");
    expect(shown({ locale: "de-at", l: [1] })).toBe("Servus|Home & more|Servus");
    expect(shown({ locale: "DE_CH" })).toBe("Hallo|Home & more|");
    expect(shown({ locale: "fr" })).toBe("Hello &lt;you&gt;|Home & more|");
    expect(shown({ locale: "constructor" })).toBe("Hello &lt;you&gt;|Home & more|");
    story.happens("said", { ...ANN, locale: "de" });
    expect(shown()).toBe("Hallo|Home & more|");
    expect(shown({ locale: "en" })).toBe("Hello &lt;you&gt;|Home & more|");
  });

  test("blocks beside one another are not within one another", () => {
    const page = "{{#if person}}a{{else if person}}b{{^}}c{{/if}}".repeat(70);
    const story = new Story(programme([zone("page", [creative({ "page.hbs": page })])]));
    expect(asks(story, "page")?.["body"]).toBe("a".repeat(70));
  });

  test("without an archive it shows nothing", () => {
    const story = new Story(programme([zone("z", [action("CREATIVE", { classification: "PAGE" })])]));
    expect(asks(story, "z")).toBe(null);
  });

  test("one that takes too much gas shows nothing, and is listed", () => {
    const loop =
      "{{#each cause_event.data.l}}{{#each cause_event.data.l}}{{#each ../../cause_event.data.l}}{{this}}{{/each}}{{/each}}{{/each}}";
    const each = loop.replace(
      "#each cause_event.data.l}}{{#each ../../",
      "#each ../cause_event.data.l}}{{#each ../../",
    );
    const story = new Story(programme([zone("z", [creative({ "page.hbs": each })])]), 1);
    expect(asks(story, "z", { l: Array.from({ length: 200 }, (_, n) => n) })).toBe(null);
    expect(story.refusals()).toEqual(["creative_failed"]);
  });

  test.each([
    [{ "index.html": "x" }, "exactly one of the templates"],
    [{ "page.hbs": "x", "email.hbs": "x" }, "exactly one of the templates"],
    [{ "page.hbs": "x", "../evil": "x" }, "leads out of it"],
    [{ "page.hbs": "{{> partial}}" }, "PartialStatement"],
    [{ "page.hbs": "x".repeat(256 * 1024 + 1) }, "has more than 262144 characters"],
    [{ "page.hbs": "{{a}}".repeat(2001) }, "2000 tags"],
    [{ "page.hbs": `${"{{#if person}}".repeat(65)}x${"{{/if}}".repeat(65)}` }, "64 levels"],
    [{ "page.hbs": `{{#if person}}x${"{{else if person}}x".repeat(65)}{{/if}}` }, "64 levels"],
    [{ "page.hbs": `{{${"a.".repeat(20)}b}}` }, "a path of more than 10 names"],
    [{ "page.hbs": `{{${"a.".repeat(2000)}b}}` }, "2048 characters"],
    [{ "page.hbs": "{{person.constructor}}" }, "constructor"],
    [{ "page.hbs": "x", "locales/de.json": "{}" }, "no locales/default.json"],
    [{ "page.hbs": "x", "locales/default.json": "[]" }, "a JSON object of texts"],
    [{ "page.hbs": "x", "locales/default.json": `{"a":1}` }, "a JSON object of texts"],
    [{ "page.hbs": "x", "locales/default.json": "{" }, "a JSON object of texts"],
    [{ "page.hbs": "x", "locales/default.json": `{"a b":"c"}` }, "a b is no key"],
    [{ "page.hbs": "x", "locales/default.json": "{}", "locales/de.json": `{"a":"b"}` }, "the default locale has no a"],
    [{ "page.hbs": "{{text.b}}", "locales/default.json": `{"a":"b"}` }, "text.b, which no locale has"],
  ])("%# is refused when it is published", (files, message) => {
    const compiled = compileProgram(programme([zone("z", [creative(files)])]));
    expect(compiled.ok ? [] : compiled.error.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
  });

  test("what is no archive, or of another class, is refused when it is published", () => {
    const other = { ...creative({ "page.hbs": "x" }), classification: "EMAIL" };
    const broken = action("CREATIVE", { archive: "AAAA" });
    const errors = [other, broken].map((one) => {
      const compiled = compileProgram(programme([zone("z", [one])]));
      return compiled.ok ? "compiled" : compiled.error[0]?.message;
    });
    expect(errors).toEqual([
      "the archive holds a creative of class PAGE",
      "the creative is no ZIP archive, or unfolds to too much",
    ]);
  });
});

describe("the zone that an EMAIL action names", () => {
  const mails = (...zones: ControllerDocument[]): Story => {
    const data = { order: fromEvent("order_id"), subject: "Hi" };
    return new Story(
      programme([on("bought", { actions: [action("EMAIL", { zone_name: "Thanks", data })] }), ...zones]),
      1,
    );
  };
  const mailOf = (story: Story): unknown => {
    const { personId } = story.happens("bought", { ...ANN, order_id: "<A-1>" });
    const answer = story.query(0, { kind: "jobs", client: "acme", personId: personId ?? "" });
    const [job] = answer.kind === "jobs" ? answer.jobs : [];
    return job?.order.kind === "EMAIL" ? job.order.mail : undefined;
  };

  test("is made into a mail of the event and the action's data, once, and takes no step", () => {
    const parts = { subject: "handlebars@runtime:Order {{{cause_event.data.order}}}", html: "<p>", text: "t" };
    const story = mails(zone("thanks", [display(parts)]));
    expect(mailOf(story)).toEqual({ subject: "Order <A-1>", html: "<p>", text: "t" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
  });

  test("as a creative has its title for a subject, on one line; as a text that of the data", () => {
    const page = "<html><title>Thanks for\n{{cause_event.data.order}}</title><p>{{cause_event.data.order}}</p></html>";
    expect(mailOf(mails(zone("thanks", [creative({ "email.hbs": page })])))).toMatchObject({
      subject: "Thanks for <A-1>",
      html: expect.stringContaining("<p>&lt;A-1&gt;</p>") as string,
      text: null,
    });
    expect(mailOf(mails(zone("thanks", [display("plain")])))).toEqual({ subject: "Hi", html: null, text: "plain" });
  });

  test("that is not there, or shows no mail, leaves the job without one, and is listed", () => {
    for (const story of [
      mails(),
      mails(zone("thanks", [display({ a: 1 })])),
      mails(on("thanks", { actions: [display("x")] })),
    ]) {
      expect(mailOf(story)).toBeNull();
      expect(story.refusals()).toEqual(["no_mail_in_zone"]);
    }
  });
});

describe("the zone that is reached", () => {
  const named = (
    id: string,
    more: Partial<CampaignDocument> = {},
    before: CampaignDocument["steps"] = [],
  ): CampaignDocument =>
    campaign([...before, zone("share", [display(id)])], { campaign_id: id, program_label: `label-${id}`, ...more });
  const client = (...campaigns: CampaignDocument[]): ProgramDocument => programme([], { campaigns });
  const enters = (event: string, priority?: string) =>
    entry("ADVOCATE", event, priority === undefined ? {} : { priority });

  test("is one alone: the newest, by id, where nothing else tells them apart", () => {
    const story = new Story(client(named("102"), named("1001"), named("103")));
    expect(body(story, "share")).toBe("1001");
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["share NONE"]);
  });

  test("priority of entries comes before age, a label before that, a journey before that, a pin before all", () => {
    const story = new Story(
      client(
        named("101", {}, [enters("never", "2")]),
        named("102", {}, [enters("never", "1.5")]),
        named("103"),
        named("104", {}, [enters("join4")]),
        named("105", {}, [enters("join5")]),
      ),
    );
    expect(body(story, "share")).toBe("102");
    expect(body(story, "share", { labels: "label-103" })).toBe("103");
    story.happens("join4", ANN);
    expect(body(story, "share")).toBe("104");
    expect(body(story, "share", { labels: "label-103" })).toBe("104");
    story.happens("join5", ANN);
    expect(body(story, "share")).toBe("105");
    expect(body(story, "share", { target: "campaign_id:101" })).toBe("101");
    expect(body(story, "share", { target: "campaign_id:Id(id=103)" })).toBe("103");
    expect(body(story, "share", { campaign_id: "102" })).toBe("102");
  });

  test("is that of the campaign which the person enters with it: it is shown the same from the first time on", () => {
    for (const program_label of [undefined, "shop"]) {
      const more = program_label === undefined ? {} : { program_label };
      const story = new Story(
        client(named("101", more, [enters("share", "1")]), named("102", more, [enters("share", "1")])),
      );
      const seen = Array.from({ length: 24 }, (_, n) =>
        [0, 1].map(() => body(story, "share", { email: `v${n}@x.com` })),
      );
      for (const [first, second] of seen) expect(first).toBe(second);
      expect(new Set(seen.map(([first]) => first)).size).toBe(program_label === undefined ? 1 : 2);
    }
    const story = new Story(client(named("101", {}, [enters("share")]), named("102")));
    expect(body(story, "share", { labels: "label-102" })).toBe("102");
  });

  test("qualifies: of those that do not, none stands in the way", () => {
    const refusing = named("109");
    const [only] = refusing.steps as [ControllerDocument];
    const refuses = { ...only, triggers: [...only.triggers, condition("QUALIFYING", "false")] };
    const story = new Story(client(named("101"), { ...refusing, steps: [refuses] }, named("110", { state: "ENDED" })));
    expect(body(story, "share")).toBe("101");
  });

  test("claims its business ids alone, and shows nothing for a repetition", () => {
    const once = (id: string): CampaignDocument =>
      campaign([zone("share", [display(id)], { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] })], {
        campaign_id: id,
      });
    const story = new Story(client(once("101"), once("102")));
    expect(body(story, "share", { order_id: "A-1" })).toBe("102");
    expect(asks(story, "share", { order_id: "A-1" })).toBe(null);
  });

  test("a variant is kept: the same person is shown the same", () => {
    const body_ = "javascript@runtime:context.getVariant()";
    const tested = campaign([enters("visited"), zone("share", [display(body_)])], { variants: ["a", "b"] });
    const story = new Story(client(tested));
    const seen = Array.from({ length: 24 }, (_, n) => {
      const who = { email: `v${n}@x.com` };
      story.happens("visited", who);
      return [0, 1].map(() => body(story, "share", who));
    });
    for (const [first, second] of seen) expect(first).toBe(second);
    expect(new Set(seen.map(([first]) => first))).toEqual(new Set(["a", "b"]));
  });

  test("is explained with what it showed, as it was decided, beside those that it was chosen from", () => {
    const story = new Story(client(named("101"), named("102")));
    const { personId } = story.happens("share", ANN);
    const query = { kind: "simulate", personId: personId ?? "", program: client(named("101"), named("102")) } as const;
    const event = { name: "share", data: {}, eventMs: story.nowMs, nowMs: story.nowMs };
    const answer = story.query(originOf(personId ?? "") ?? 0, { ...query, event });
    const [simulated] = answer.kind === "simulate" ? (answer.simulation?.events ?? []) : [];
    expect(simulated?.controllers.map(({ campaignId, outcome }) => `${campaignId} ${outcome}`)).toEqual([
      "101 outranked",
      "102 fired",
    ]);
    expect(simulated?.shown).toMatchObject({ campaignId: "102", body: "102" });
  });

  test("stays with the campaign that the person has a journey in", () => {
    const sticky = trigger("STICKY_JOURNEY", { trigger_phase: "QUALIFYING" });
    const campaign_ = campaign([enters("visited"), zone("share", [display("in")], { triggers: [sticky] })]);
    const story = new Story(client(campaign_, named("101")));
    expect(body(story, "share")).toBe("101");
    story.happens("visited", ANN);
    expect(body(story, "share")).toBe("in");
  });
});
