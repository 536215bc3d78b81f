// Campaigns compiled each by itself, and linked: what is taken over from the program before is what compiling again would yield.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CampaignDocument, ProgramDocument } from "../../src/model/campaign.ts";
import {
  candidates,
  compileProgram,
  evaluatePhase,
  linkProgram,
  type Program,
  type ProgramParts,
  receivedParts,
  receivedWhole,
  type SentParts,
  sentParts,
} from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  compiled,
  context,
  controller,
  event,
  expressionTrigger,
  onEvent,
  program,
  SUPPLIER_ID,
  trigger,
} from "./fixtures.ts";

const campaignsMade = new Map<string, CampaignDocument>();

/** Equal for equal arguments, although each trigger of the fixtures has an id of its own. */
function campaignOf(id: number, amount: number): CampaignDocument {
  const key = `${id}/${amount}`;
  const made = campaignsMade.get(key) ?? makeCampaign(id, amount);
  campaignsMade.set(key, made);
  return structuredClone(made);
}

/** Campaigns whose code differs in length and constants, with and without journey entries. */
function makeCampaign(id: number, amount: number): CampaignDocument {
  const data = "context.getCauseEvent().getData()";
  const steps = [
    controller(
      [
        onEvent("purchase"),
        expressionTrigger(`${data}.country === 'C${id}' && Number(${data}.amount) >= ${amount}`),
        ...(id % 2 === 0 ? [trigger("HAS_PRIOR_STEP", { filter_names: [`step ${id}`], count_max: amount })] : []),
      ],
      {
        id: `c${id}`,
        name: `bought ${id}`,
        actions: [
          action("EARN_REWARD", {
            reward_supplier_id: SUPPLIER_ID,
            data: { total: `javascript@runtime:${data}.amount + ${id}` },
          }),
        ],
      },
    ),
  ];
  const entry = {
    type: "JOURNEY_ENTRY" as const,
    id: `j${id}`,
    journey_name: `journey ${id}`,
    triggers: [onEvent(`start ${id}`)],
  };
  return { ...campaign(id % 3 === 0 ? [entry, ...steps] : steps), campaign_id: String(id), name: `campaign ${id}` };
}

function documentOf(campaigns: CampaignDocument[]): ProgramDocument {
  return program(campaigns);
}

function compiledAfter(document: ProgramDocument, previous: Program): Program {
  const result = compileProgram(document, previous);
  if (!result.ok) throw new Error(JSON.stringify(result.error[0]));
  return result.value;
}

function partsOf(program: Program): ProgramParts {
  const { units, campaigns: _, controllers: _c, index: _i, phases: _p, ...frame } = program;
  return { frame, units };
}

function linkedOf(sent: SentParts, before: Program | null): Program | null {
  const parts = receivedParts(sent, before);
  return parts === null ? null : linkProgram(parts, before);
}

test("after any changes, the program is the one that compiling it from nothing makes", () => {
  const one = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 6 }));
  const campaigns = fc.uniqueArray(one, { selector: ([id]) => id, maxLength: 8 });
  const property = fc.property(fc.array(campaigns, { minLength: 2, maxLength: 4 }), (versions) => {
    let previous = compiled(documentOf([]));
    let received: Program | null = null;
    for (const version of versions) {
      const document = documentOf(
        version.map(([id, amount, renamed]) => {
          const own = campaignOf(id, amount);
          return renamed > 4 ? { ...own, former_program_labels: [`was ${renamed}`] } : own;
        }),
      );
      const next = compiledAfter(document, previous);
      expect(next).toEqual(compiled(document));
      // The same on a thread that has the one before, or nothing.
      const parts = partsOf(next);
      const before: Program | null = received;
      received = linkedOf(structuredClone(sentParts(parts, before === null ? null : previous)), before);
      expect(received).toEqual(next);
      expect(linkProgram(receivedWhole(structuredClone(parts)), null)).toEqual(next);
      previous = next;
    }
  });
  fc.assert(property, { numRuns: 20 });
});

test("only the campaign that changed is compiled again, and only it travels", () => {
  const before = compiled(documentOf([campaignOf(1, 1), campaignOf(2, 1), campaignOf(3, 1)]));
  const after = compiledAfter(documentOf([campaignOf(3, 1), campaignOf(2, 2), campaignOf(1, 1)]), before);
  expect(after.units[0]).toBe(before.units[2]);
  expect(after.units[1]).not.toBe(before.units[1]);
  expect(after.units[2]).toBe(before.units[0]);
  expect(sentParts(partsOf(after), before).units.map((unit) => typeof unit)).toEqual(["string", "object", "string"]);
  // Each decides by the code of its own campaign, wherever it stands now.
  for (const [country, id] of [
    ["C1", "c1"],
    ["C2", "c2"],
    ["C3", "c3"],
  ] as const) {
    const happening = event({ data: { country, amount: 5 } });
    const fires = candidates(after, happening).filter((candidate) => {
      const own = after.campaigns[candidate.campaign];
      if (own === undefined) throw new Error("a controller belongs to a campaign");
      const at = context(after, { event: happening, campaign: own, controller: candidate });
      return evaluatePhase(after, candidate.matching, at) === true;
    });
    expect(fires.map((fired) => fired.id)).toEqual([id]);
  }
});

test("what campaigns refer to is checked again when it changes, also where no campaign did", () => {
  const document = documentOf([campaignOf(1, 1)]);
  const before = compiled(document);
  const suppliers = document.suppliers.map((supplier) => ({ ...supplier, is_archived: true }));
  const result = compileProgram({ ...document, suppliers }, before);
  expect(result).toMatchObject({ ok: false, error: [{ campaign: "1", controller: "c1" }] });
});

test("who looks for a program by its label is told of its rename, although only the renamed campaign is compiled again", () => {
  const [first, second] = [campaignOf(1, 1), campaignOf(2, 1)];
  const before = compiled(documentOf([first, second]));
  const renamed = { ...second, program_label: "invite", former_program_labels: [second.program_label] };
  const after = compiledAfter(documentOf([first, renamed]), before);
  expect(after.units[0]).toBe(before.units[0]);
  expect(after.renamedPrograms).toEqual([["invite", second.program_label]]);
  for (const { rules } of after.campaigns) expect(rules.renamedPrograms).toEqual(after.renamedPrograms);
});

test("parts that build on a program that is not there make none", () => {
  const before = compiled(documentOf([campaignOf(1, 1), campaignOf(2, 1)]));
  const after = compiledAfter(documentOf([campaignOf(1, 1), campaignOf(2, 2)]), before);
  const parts = sentParts(partsOf(after), before);
  expect(linkedOf(parts, null)).toBeNull();
  expect(linkedOf(parts, compiled(documentOf([campaignOf(2, 1)])))).toBeNull();
  expect(linkedOf(parts, before)).toEqual(after);
});
