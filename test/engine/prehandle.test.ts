// Prehandlers: each condition and action at its edges, failures that lose nothing, what is kept of their work, and those that look at the person.

import { PREHANDLER_MESSAGES_MAX, STEPS_HOT_MAX } from "../../src/engine/limits.ts";
import { describe, expect, test } from "vitest";
import { joined, prehandle, withDifferences } from "../../src/engine/0_prehandle.ts";
import { prehandlerActions, prehandlerConditions } from "../../src/management/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import type { PersonEvent } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { PrehandlerDocument } from "../../src/model/prehandler.ts";
import { type CompileError, compileProgram, nobody, type Program } from "../../src/rules/mod.ts";
import { actionKinds, conditionKinds } from "../../src/rules/compile/prehandler_kinds.ts";
import { EngineNode } from "../support/engine_node.ts";
import { on, programme } from "../support/story.ts";

const NOW_MS = Date.UTC(2026, 4, 1);
const never = { type: "EXPRESSION", expression: false };

function prehandler(more: Partial<PrehandlerDocument> = {}): PrehandlerDocument {
  return { id: "p1", name: "first", enabled: true, order: 1, conditions: [], actions: [], ...more };
}

function setting(name: string, value: string): JsonObject {
  return { type: "SET_DATA", data: { [name]: value } };
}

function script(javascript: string): JsonObject {
  return { type: "JAVASCRIPT_V1", javascript };
}

function programOf(prehandlers: PrehandlerDocument[], more: Partial<ProgramDocument> = {}): Program {
  const compiled = compileProgram(programme([], { prehandlers, ...more }));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

function errorsOf(...prehandlers: PrehandlerDocument[]): readonly CompileError[] {
  const compiled = compileProgram(programme([], { prehandlers }));
  return compiled.ok ? [] : compiled.error;
}

function arriving(data: JsonObject = {}, name = "bought"): PersonEvent {
  return { ...nobody.event, type: "INPUT", name, nameKey: name, eventMs: NOW_MS, requestMs: NOW_MS, data };
}

function run(prehandlers: PrehandlerDocument[], event = arriving(), headers: Record<string, string> = {}) {
  return prehandle(programOf(prehandlers), "both", { event, person: null, state: null, revision: 7, headers });
}

/** Whether a single condition lets the event through. */
function passes(condition: JsonObject, event = arriving(), headers: Record<string, string> = {}): boolean | string {
  const { rows } = run([prehandler({ conditions: [condition] })], event, headers);
  const [row] = rows;
  return row?.outcome === "failed" ? (row.message ?? "") : row?.outcome === "applied";
}

/** The data after a single action. */
function after(action: JsonObject, data: JsonObject = {}): JsonObject {
  return run([prehandler({ actions: [action] })], arriving(data)).event.data;
}

describe("conditions", () => {
  test("names of events are compared in any case", () => {
    const named = { type: "EVENT_NAME_MATCH", event_names: ["Bought", "sold"] };
    expect([passes(named), passes(named, arriving({}, "visited"))]).toEqual([true, false]);
  });

  test("data exist when they are not null, in any case, and all of them", () => {
    const exists = { type: "DATA_EXISTS", data_keys: ["email", "order"] };
    expect(passes(exists, arriving({ Email: "", ORDER: 0 }))).toBe(true);
    expect(passes(exists, arriving({ email: "x", order: null }))).toBe(false);
    expect(passes(exists, arriving({ email: "x" }))).toBe(false);
  });

  test("headers are there, with one of the values where some are given", () => {
    const match = { type: "HTTP_HEADER_MATCH", http_header_names: ["X-A"], http_headers: { "X-B": ["1", "2"] } };
    expect(passes(match, arriving(), { "x-a": "", "x-b": "2" })).toBe(true);
    expect(passes(match, arriving(), { "x-a": "", "x-b": "3" })).toBe(false);
    expect(passes(match, arriving(), { "x-b": "1" })).toBe(false);
  });

  test("a sender is on one of the considered lists", () => {
    const blocks = [
      { id: "b", filter_type: "BLACK" as const, list_type: "EMAIL_DOMAIN" as const, value: "spam.example" },
    ];
    const of = (...considered_block_list_types: string[]) =>
      prehandle(
        programOf([prehandler({ conditions: [{ type: "BLOCK_MATCH", considered_block_list_types }] })], { blocks }),
        "both",
        { event: arriving({ EMAIL: "a@spam.example" }), person: null, state: null, revision: 1, headers: {} },
      ).rows[0]?.outcome;
    expect([of("EMAIL_DOMAIN"), of("CIDR", "USER_AGENT"), of()]).toEqual(["applied", "not_applied", "applied"]);
  });

  test("expressions see the event as it is by now and as it was received; only true is true", () => {
    const prior = prehandler({ id: "p0", name: "prior", order: 0, actions: [setting("b", "2")] });
    const sees = (text: string) => {
      const conditions = [{ type: "EXPRESSION", expression: `javascript@runtime:${text}` }];
      return run([prior, prehandler({ conditions })], arriving({ a: 1 })).rows[1]?.outcome;
    };
    expect(sees("context.getProcessedRawEvent().getData().b === '2'")).toBe("applied");
    expect(sees("context.getRawEvent().getData().b == null && context.getRawEvent().getName() === 'bought'")).toBe(
      "applied",
    );
    expect(sees("context.getRawEvent().getData().a")).toBe("not_applied");
    expect(sees("context.getCandidatePerson() === null")).toBe("applied");
    expect(passes({ type: "EXPRESSION", expression: true })).toBe(true);
  });
});

describe("actions", () => {
  test("data are set, set where they are missing, and taken away, in any case", () => {
    const action = { type: "SET_DATA", data: { Email: "new" }, default_data: { a: "1", b: "1" }, delete_data: ["C"] };
    expect(after(action, { EMAIL: "old", a: "0", c: "3", B: null })).toEqual({ a: "0", Email: "new", b: "1" });
  });

  test("attributes are copied, or take their default; what is neither stays away", () => {
    const mappings = [
      { attribute: "email", source_attribute: "Mail" },
      { attribute: "plan", source_attribute: "none", default_value: "free" },
      { attribute: "x", source_attribute: "none" },
    ];
    expect(after({ type: "MAP_DATA_ATTRIBUTES", data_attribute_mappings: mappings }, { mail: "a@x.com" })).toEqual({
      mail: "a@x.com",
      email: "a@x.com",
      plan: "free",
    });
  });

  test("the sandbox is the event's container", () => {
    expect(after({ type: "SET_SANDBOX", sandbox_id: "production-test" })).toEqual({ container: "test" });
  });

  test("scripts change name, time and data by the builder, and may say something", () => {
    const text = `
      const builder = context.getEventBuilder().withEventName('converted').addData('n', [1, { a: null }]);
      builder.withEventTime('2026-01-31T12:00:00Z').removeData('OLD').withDeviceId('d7').withSandbox('production-qa');
      context.addLogMessage('mapped ' + context.getRawEvent().getName());
      context.replaceCandidatePerson('7000000000000000001');`;
    const { event, prehandling } = run([prehandler({ actions: [script(text)] })], arriving({ old: 1 }));
    expect(event).toMatchObject({ name: "converted", nameKey: "converted", eventMs: Date.UTC(2026, 0, 31, 12) });
    const data = { n: [1, { a: null }], device_id: "d7", container: "qa", person_id: "7000000000000000001" };
    expect(event.data).toEqual(data);
    expect(prehandling).toEqual({
      revision: 7,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      applied: [{ id: "p1", name: "first" }],
      failed: [],
      messages: ["mapped bought"],
      name: "converted",
      eventTime: "2026-01-31T12:00:00.000Z",
      set: data,
      removed: ["old"],
    });
    const received = { name: "bought", eventMs: NOW_MS, data: { old: 1 } };
    if (prehandling !== null) expect(withDifferences(received, prehandling)).toMatchObject({ name: "converted", data });
  });
});

describe("sources", () => {
  const sourced = (data: JsonObject): PersonEvent => ({
    ...arriving(data),
    enrichment: { origins: { rest: "JWT", named: { REQUEST_BODY: ["plan"] }, isJwtVerified: true } },
  });
  /** What a prehandler after these actions sees of each datum. */
  const seen = (event: PersonEvent, ...actions: JsonObject[]): unknown => {
    const row = "d => d.getName() + '=' + String(d.getValue()) + ' ' + d.getSource() + ' ' + String(d.isVerified())";
    const text = `context.addLogMessage(context.getProcessedRawEvent().getAllData().map(${row}).join('; '))`;
    const last = prehandler({ id: "p2", name: "last", order: 2, actions: [script(text)] });
    return run([prehandler({ actions }), last], event).prehandling?.messages[0];
  };

  test("are those of the record, in whatever case a name is written, and of an older record the body", () => {
    expect(seen(sourced({ email: "a@x.com", Plan: "gold" }))).toBe(
      "email=a@x.com JWT true; Plan=gold REQUEST_BODY false",
    );
    expect(seen(arriving({ email: "a@x.com" }))).toBe("email=a@x.com REQUEST_BODY false");
  });

  test("P3 are a prehandler's where it changed something, and stay where it set what was there", () => {
    const event = sourced({ email: "a@x.com" });
    expect(seen(event, { type: "SET_DATA", data: { email: "a@x.com", tier: "1" } })).toContain(
      "email=a@x.com JWT true",
    );
    expect(seen(event, setting("email", "b@x.com"))).toContain("email=b@x.com PREHANDLER false");
    const again = script(
      "context.getEventBuilder().addData('plan', context.getRawEvent().getData().plan).addData('n', 1)",
    );
    const sees = script(
      "context.addLogMessage(context.getProcessedRawEvent().getAllData().map(d => d.getSource()).join())",
    );
    const nested = sourced({ email: "a@x.com", plan: { name: "gold" } });
    expect(run([prehandler({ actions: [again, sees] })], nested).prehandling?.messages).toEqual([
      "JWT,REQUEST_BODY,PREHANDLER",
    ]);
  });

  test("what a prehandler verifies is verified until somebody changes it, and the record says so", () => {
    const verifies = script("context.getEventBuilder().addVerifiedData('Plan', 'gold').addVerifiedData('tier', 1)");
    expect(seen(arriving({ plan: "gold" }), verifies)).toBe("Plan=gold PREHANDLER true; tier=1 PREHANDLER true");
    const noted = run([prehandler({ actions: [verifies, setting("TIER", "2")] })]).prehandling;
    expect(noted?.verified).toEqual(["plan"]);
    const all = script("context.addLogMessage(String(context.getProcessedRawEvent().getVerifiedData().Plan))");
    expect(run([prehandler({ actions: [verifies, all] })]).prehandling?.messages).toEqual(["gold"]);
    const broken = prehandler({ id: "p2", name: "x", actions: [script("context.getRawEvent().getData().a.b.c")] });
    const failing = prehandler({ actions: [verifies, ...(broken.actions ?? [])] });
    expect(run([failing]).prehandling?.verified).toBeUndefined();
  });

  test("what the front verified stays so where the person is, unless it is changed there", () => {
    const verifies = script("context.getEventBuilder().addVerifiedData('plan', 'gold').addVerifiedData('tier', 1)");
    const { event, prehandling } = run([prehandler({ actions: [verifies] })], arriving({ email: "a@x.com" }));
    if (prehandling === null) throw new Error("nothing noted");
    const asRecorded = { ...event, enrichment: { prehandled: prehandling } };
    const there = run([prehandler({ id: "p2", name: "there", actions: [setting("tier", "2")] })], asRecorded);
    if (there.prehandling === null) throw new Error("nothing noted");
    expect(joined(prehandling, there.prehandling)).toMatchObject({
      set: { plan: "gold", tier: "2" },
      verified: ["plan"],
    });
    const away = run([prehandler({ actions: [{ type: "SET_DATA", delete_data: ["plan", "TIER"] }] })], asRecorded);
    if (away.prehandling === null) throw new Error("nothing noted");
    expect(joined(prehandling, away.prehandling).verified).toBeUndefined();
  });

  test("a default app type is for events that say none", () => {
    const text = script("context.getEventBuilder().withDefaultAppType('web')");
    expect([after(text), after(text, { app_type: "ios" })]).toEqual([{ app_type: "web" }, { app_type: "ios" }]);
    const ofApp = { ...arriving(), enrichment: { appType: "mobile_sdk_android" } };
    expect(run([prehandler({ actions: [text] })], ofApp).event.data).toEqual({});
    const tells = script("context.addLogMessage(context.getProcessedRawEvent().getAppType())");
    expect(run([prehandler({ actions: [tells] })], ofApp).prehandling?.messages).toEqual(["mobile_sdk_android"]);
  });
});

describe("together", () => {
  test("they run in their order, each on what those before it made; the disabled do not", () => {
    const chain = (id: string, order: number, more = {}) =>
      prehandler({
        id,
        name: id,
        order,
        actions: [
          script(
            `context.getEventBuilder().addData('way', (context.getProcessedRawEvent().getData().way || '') + '${id}')`,
          ),
        ],
        ...more,
      });
    const handlers = [chain("c", 3), chain("b", 2), chain("x", 0, { enabled: false }), chain("a", 2), chain("d", -1)];
    expect(run(handlers).event.data).toEqual({ way: "dabc" });
  });

  test("nothing is noted of an event that nobody has a say in", () => {
    expect(run([prehandler({ conditions: [never], actions: [setting("a", "1")] })]).prehandling).toBeNull();
    expect(run([prehandler()]).prehandling).toMatchObject({ applied: [{ id: "p1" }] });
  });

  test("P1 one that fails has no effect, whichever part of it fails; the others have", () => {
    const broken = script("context.getRawEvent().getData().a.b.c");
    const handlers = [
      prehandler({ id: "p1", order: 1, conditions: [{ ...broken }], actions: [setting("one", "1")] }),
      prehandler({ id: "p2", name: "second", order: 2, actions: [setting("two", "2"), broken] }),
      prehandler({ id: "p3", name: "third", order: 3, actions: [setting("three", "3")] }),
    ];
    const { event, prehandling } = run(handlers);
    expect(event.data).toEqual({ three: "3" });
    expect(prehandling).toMatchObject({
      applied: [{ id: "p3" }],
      failed: [
        { id: "p1", what: "condition" },
        { id: "p2", what: "action" },
      ],
      set: { three: "3" },
    });
  });

  test("P2 a bounded part of the event is changed, and a bounded time is taken", () => {
    const large = prehandler({ actions: [setting("a", "x".repeat(20_000))] });
    expect(run([large]).event.data).toEqual({});
    expect(run([large]).prehandling?.failed).toMatchObject([
      { message: expect.stringContaining("differs by") as unknown },
    ]);
    const items = Array.from({ length: 1000 }, (_, n) => n);
    const slow = prehandler({
      id: "p2",
      name: "slow",
      order: 2,
      conditions: [
        {
          type: "EXPRESSION",
          expression:
            "javascript@runtime:context.getRawEvent().getData().l.every(a => context.getRawEvent().getData().l.some(b => b === a))",
        },
      ],
    });
    const begun = process.cpuUsage();
    const { rows } = run([slow, prehandler({ id: "p3", name: "after", order: 3 })], arriving({ l: items }));
    expect(rows.map(({ outcome }) => outcome)).toEqual(["failed", "applied"]);
    expect(rows[0]?.message).toContain("gas");
    expect(process.cpuUsage(begun).user).toBeLessThan(2_000_000);
    const chatty = script(Array.from({ length: 50 }, () => "context.addLogMessage('again');").join(" "));
    expect(run([prehandler({ actions: [chatty] })]).prehandling?.messages).toHaveLength(PREHANDLER_MESSAGES_MAX);
  });

  test("names that objects inherit are data like any other", () => {
    const { event, prehandling } = run(
      [prehandler({ actions: [setting("constructor", "x")] })],
      arriving({ toString: 1 }),
    );
    expect(Object.entries(event.data)).toEqual([
      ["toString", 1],
      ["constructor", "x"],
    ]);
    if (prehandling === null) throw new Error("nothing noted");
    expect(Object.entries(withDifferences(arriving({ toString: 1 }), prehandling).data)).toHaveLength(2);
  });
});

describe("compiling", () => {
  test("says which prehandler and member is wrong, with line and column", () => {
    const [error] = errorsOf(prehandler({ id: "p9", actions: [script("const a = 1;\nfoo()")] }));
    expect(error).toMatchObject({ prehandler: "p9", parameter: "javascript", line: 2 });
    const wrong: readonly JsonObject[] = [
      { type: "SET_DATA", data: { a: "javascript@runtime:1" } },
      { type: "SET_SANDBOX", sandbox_id: "staging" },
      { type: "MAP_DATA_ATTRIBUTES", data_attribute_mappings: [{ attribute: "a" }] },
      { type: "EXPRESSION" },
      { type: "SET_DATA", colour: "red" },
      { type: "SHOUT" },
    ];
    for (const action of wrong)
      expect(errorsOf(prehandler({ actions: [action] })), JSON.stringify(action)).toHaveLength(1);
    for (const condition of [{ type: "HTTP_HEADER_MATCH" }, { type: "EVENT_NAME_MATCH", event_names: [] }])
      expect(errorsOf(prehandler({ conditions: [condition] })), condition.type).toHaveLength(1);
    const changing = { type: "EXPRESSION", expression: "javascript@runtime:context.getEventBuilder().addData('a', 1)" };
    expect(errorsOf(prehandler({ conditions: [changing] }))[0]?.message).toContain("getEventBuilder");
  });

  test("the members that operators may write are those that are compiled", () => {
    for (const [type, fields] of Object.entries(prehandlerConditions))
      expect(Object.keys(fields).toSorted(), type).toEqual(
        [...conditionKinds[type as keyof typeof conditionKinds].fields].toSorted(),
      );
    for (const [type, fields] of Object.entries(prehandlerActions))
      expect(Object.keys(fields).toSorted(), type).toEqual(
        [...actionKinds[type as keyof typeof actionKinds].fields].toSorted(),
      );
  });
});

describe("where the person is", () => {
  const isKnown = { type: "EXPRESSION", expression: "javascript@runtime:context.getCandidatePerson() != null" };
  const toBoss = script(
    "if (context.getCandidatePerson() == null || context.getCandidatePerson().getEmail() !== 'boss@x.com') context.getEventBuilder().addData('email', 'boss@x.com')",
  );
  const shop = (...prehandlers: PrehandlerDocument[]) => programme([on("bought"), on("sold")], { prehandlers });

  function node(document: ProgramDocument, partitions = 4): EngineNode {
    return new EngineNode(document, partitions);
  }

  test("one that looks at the candidate sees nobody before the first event, and the person afterwards", () => {
    const document = shop(
      prehandler({ conditions: [isKnown], actions: [script("context.getEventBuilder().withEventName('sold')")] }),
    );
    const story = node(document);
    for (let n = 0; n < 2; n++) {
      story.send("bought", { email: "ann@x.com" });
      story.settle();
    }
    const ann = story.personBy("ann@x.com");
    expect(ann?.steps.map(({ name }) => name)).toEqual(["bought", "sold"]);
  });

  test("one that looks at the candidate sees all it did, however long ago", () => {
    const count = script("context.getEventBuilder().addData('visits', context.getCandidatePerson().getSteps().length)");
    const story = node(shop(prehandler({ conditions: [isKnown], actions: [count] })));
    const ids = Array.from({ length: STEPS_HOT_MAX + 3 }, () => {
      const id = story.send("bought", { email: "ann@x.com" });
      story.settle();
      return id;
    });
    const ann = story.personBy("ann@x.com");
    if (ann === null) throw new Error("nobody");
    expect(ann.stepPages).toBeGreaterThan(0);
    expect(explain(story, ann.id, ids.at(-1) ?? "")).toMatchObject({ set: { visits: STEPS_HOT_MAX + 2 } });
  });

  test("one that makes the event another person's leaves nobody behind", () => {
    for (const partitions of [1, 4]) {
      const story = node(shop(prehandler({ actions: [toBoss] })), partitions);
      story.send("bought", { email: "ann@x.com" });
      story.settle();
      expect(story.personBy("ann@x.com")).toBeNull();
      expect(story.personBy("boss@x.com")?.steps.map(({ name }) => name)).toEqual(["bought"]);
    }
  });

  test("what the front did is done once, also when others follow there", () => {
    const first = prehandler({ id: "p1", name: "first", order: 1, actions: [setting("way", "front")] });
    const then = prehandler({
      id: "p2",
      name: "then",
      order: 2,
      conditions: [isKnown],
      actions: [
        script("context.getEventBuilder().addData('way', context.getProcessedRawEvent().getData().way + ' there')"),
      ],
    });
    const story = node(shop(first, then));
    const ids = [0, 1].map(() => {
      const id = story.send("bought", { email: "ann@x.com", way: "outside" });
      story.settle();
      return id;
    });
    const ann = story.personBy("ann@x.com");
    if (ann === null) throw new Error("nobody");
    const explained = explain(story, ann.id, ids[1] ?? "");
    expect(explained).toMatchObject({
      applied: [{ name: "first" }, { name: "then" }],
      set: { way: "front there" },
    });
  });

  test("its failures are listed with the event, which is processed nevertheless", () => {
    const broken = prehandler({ conditions: [script("context.getCandidatePerson().getEmail().length > 0")] });
    const story = node(shop(broken));
    story.send("bought", { email: "ann@x.com" });
    story.settle();
    expect(story.personBy("ann@x.com")?.steps).toHaveLength(1);
    const reasons = story.contexts.flatMap((_, partition) => {
      const answer = story.query(partition, { kind: "rejected" });
      return answer.kind === "rejected" ? answer.rejected.map(({ reason }) => reason) : [];
    });
    expect(reasons).toEqual(["prehandler_condition_execution_failure"]);
  });

  test("a simulation says what each would do", () => {
    const document = shop(
      prehandler({ conditions: [isKnown], actions: [script("context.getEventBuilder().withEventName('sold')")] }),
      prehandler({ id: "p2", name: "second", order: 2, conditions: [never] }),
    );
    const story = node(document, 1);
    story.send("bought", { email: "ann@x.com" });
    story.settle();
    const personId = story.personBy("ann@x.com")?.id ?? "";
    const event = { name: "bought", data: {}, eventMs: story.nowMs, nowMs: story.nowMs };
    const answer = story.query(0, { kind: "simulate", personId, event, program: document });
    if (answer.kind !== "simulate") throw new Error(answer.kind);
    expect(answer.simulation?.prehandlers).toMatchObject([
      { id: "p1", outcome: "applied" },
      { id: "p2", outcome: "not_applied", condition: 0 },
    ]);
    expect(answer.simulation?.events[0]).toMatchObject({ name: "sold", prehandling: { name: "sold" } });
  });
});

/** What is told of the work of prehandlers on an event. */
function explain(story: EngineNode, personId: string, eventId: string): unknown {
  for (const [partition, records] of story.logs.entries()) {
    const wanted = { client: story.program.client, personId, eventId, page: 0 };
    const answer = story.query(partition, {
      kind: "explain",
      ...wanted,
      records: records.filter(({ kind }) => kind === 1),
    });
    if (answer.kind === "explain" && answer.explanation !== null) return answer.explanation.events[0]?.prehandling;
  }
  return null;
}
