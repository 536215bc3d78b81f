// Build time: expressions that are replaced by what they yield before anything else looks at the document.

import { expect, test } from "vitest";
import type { CampaignDocument, ControllerDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { evaluate } from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  CAMPAIGN_ID,
  codeOf,
  compiled,
  compileErrors,
  context,
  controller,
  event,
  matchingVerdict,
  onEvent,
  person,
  program,
  step,
  trigger,
} from "./fixtures.ts";

const variables: JsonObject = {
  event: "purchase",
  cap: 2,
  names: ["purchase", "order"],
  title: { en: "Gift", de: "Geschenk" },
  rule: "javascript@runtime:context.getCauseEvent().getData().ok",
};

function documentOf(more: Partial<ControllerDocument>, of: Partial<CampaignDocument> = {}): ReturnType<typeof program> {
  return program([campaign([controller([onEvent("purchase")], more)], { variables, ...of })]);
}

function valueOf(value: string, data: JsonObject = {}): unknown {
  const made = compiled(documentOf({ data: [{ name: "x", value }] }));
  const source = made.controllers[0]?.data[0]?.value;
  if (source?.kind === "code") return evaluate(codeOf(made), source.pc, context(made, { event: event({ data }) }));
  return source?.value;
}

test.each([
  ["javascript@buildtime:1 + 2", 3],
  ["javascript@buildtime:function () { return context.getVariableContext().get('cap') * 2; }", 4],
  ["javascript@buildtime:context.getVariableContext().get('title', 'de')", "Geschenk"],
  ["javascript@buildtime:context.getVariableContext().get('title', ['fr', 'en'])", "Gift"],
  ["javascript@buildtime:context.getVariable('names')", ["purchase", "order"]],
  [
    "javascript@buildtime:Java.from(context.getVariable('names')).map(n => n.toUpperCase()).join('+')",
    "PURCHASE+ORDER",
  ],
  ["javascript@buildtime:context.getCampaignId()", CAMPAIGN_ID],
  [
    "javascript@buildtime:`${context.getCampaignName()} ${context.getCampaignType()} ${context.getProgramLabel()}`",
    "Spring MARKETING refer",
  ],
  ["javascript@buildtime:context.getControllerName()", "converted"],
  ["javascript@buildtime:context.isCampaignVersionPublished()", true],
  ["handlebars@buildtime:{{event}} {{title.de}}", "purchase Geschenk"],
])("%s", (source, expected) => {
  expect(valueOf(source)).toEqual(expected);
});

test("what it yields may be an expression of run time", () => {
  expect(valueOf("javascript@buildtime:context.getVariable('rule')", { ok: "yes" })).toBe("yes");
  expect(valueOf("javascript@buildtime:'javascript@runtime:1 + ' + context.getVariable('cap')")).toBe(3);
  expect(valueOf("handlebars@buildtime:handlebars@runtime:{{{cap}}}")).toBe("2");
});

test("variables are there at run time, too", () => {
  expect(valueOf("javascript@runtime:context.getVariable('cap') + 1")).toBe(3);
  expect(valueOf("javascript@runtime:context.getVariableContext().get('title', 'en')")).toBe("Gift");
  expect(valueOf("handlebars@runtime:{{variable_context.title.de}}")).toBe("Geschenk");
  expect(valueOf("javascript@runtime:context.getVariable('none')")).toMatchObject({ code: "unknown_variable" });
});

test("in every part of a campaign: names, triggers and their lists, actions, flags", () => {
  const made = compiled(
    program([
      campaign(
        [
          controller(
            [
              trigger("EVENT", {
                event_names: "javascript@buildtime:context.getVariable('names')",
                event_type: "INPUT",
              }),
              trigger("HAS_PRIOR_STEP", {
                filter_names: ["handlebars@buildtime:con{{#if cap}}verted{{/if}}"],
                count_max: "javascript@buildtime:context.getVariable('cap')",
                enabled: "javascript@buildtime:context.getVariable('cap') > 1",
              }),
              trigger("EXPRESSION", {
                expression: false,
                enabled: "handlebars@buildtime:{{#unless cap}}true{{else}}false{{/unless}}",
              }),
            ],
            {
              name: "handlebars@buildtime:on {{event}}",
              aliases: ["handlebars@buildtime:{{event}}d"],
              actions: [
                action("SCHEDULE", {
                  schedule_name: "handlebars@buildtime:{{event}} later",
                  delays: ["javascript@buildtime:'P' + context.getVariable('cap') + 'D'"],
                }),
              ],
            },
          ),
          controller([onEvent("x")], {
            id: "2",
            name: "off",
            enabled: JSON.parse('"javascript@buildtime:false"'),
          }),
        ],
        { variables },
      ),
    ]),
  );
  expect(made.controllers).toHaveLength(1);
  expect(made.controllers[0]).toMatchObject({ name: "on purchase", aliases: ["purchased"] });
  expect(made.controllers[0]?.actions[0]).toMatchObject({
    delays: { kind: "constant", ms: [2 * 86_400_000] },
    name: { value: "purchase later" },
  });
  const steps = (count: number): ReturnType<typeof person> =>
    person({ steps: Array.from({ length: count }, (_, at) => step({ eventId: `e${at}` })) });
  const passes = (count: number): unknown =>
    matchingVerdict(made, context(made, { event: event({ name: "order" }), person: steps(count) }));
  expect([passes(2), passes(3)]).toEqual([true, false]);
});

test.each([
  ["javascript@buildtime:context.getVariable('none')", "there is no variable none"],
  ["handlebars@buildtime:{{none}}", "there is no variable none"],
  ["javascript@buildtime:1 +", "Unexpected token"],
  ["javascript@buildtime:context.getPerson()", "nobody is there"],
  ["javascript@buildtime:context.getComponent()", "components"],
  ["javascript@buildtime:null.x()", "null"],
  ["spel@buildtime:1", "spel@buildtime is not supported"],
])("%s is refused where it stands", (value, message) => {
  const [error] = compileErrors(documentOf({ data: [{ name: "x", value }] }));
  expect(error?.message).toContain(message);
  expect(error).toMatchObject({ data: "x", parameter: "value", campaign: CAMPAIGN_ID });
});

test("an expression of run time is refused where only build time may decide, also when build time yields it", () => {
  for (const name of ["javascript@runtime:'x'", "javascript@buildtime:'javascript@runtime:1'"]) {
    const errors = compileErrors(
      program([campaign([controller([trigger("EVENT", { event_names: [name], event_type: "INPUT" })])])]),
    );
    expect(errors[0]?.message).toContain("javascript@runtime is not supported for event_names");
  }
});

test("loops of build time are as bounded as those of run time", () => {
  const list = `[${"1,".repeat(300)}]`;
  const source = `javascript@buildtime:${list}.map(a => ${list}.map(b => ${list.slice(0, 600)}]`;
  expect(compileErrors(documentOf({ data: [{ name: "x", value: source }] }))).not.toEqual([]);
  const heavy = `javascript@buildtime:function () { const l = "${"a".repeat(900)}".split(""); return l.map(a => l.map(b => l.map(c => 1))); }`;
  expect(compileErrors(documentOf({ data: [{ name: "x", value: heavy }] }))[0]?.message).toContain("gas");
});
