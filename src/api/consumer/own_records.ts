// What a consumer has done and is in: memberships, journeys, steps. For who is trusted with what is private.

import type { Membership, Journey, PersonHead } from "../../model/person.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_MAX } from "../limits.ts";
import { journeysOf, membershipsOf, stepsOf } from "../server/person_history.ts";
import { date, exactly, listOf, text } from "../server/schema_words.ts";
import { dateView } from "../server/views.ts";
import { profileRead } from "./profile_read.ts";
import { type SelfParts, withTrustedSelf } from "./self.ts";

const textParameter = (name: string) => ({ name, schema: text }) as const;
/** Of the newest, as many as any list gives at most: these lists have no pages. */
const all = { limit: PAGE_SIZE_MAX, offset: 0 } as const;
/** A person is in as many audiences as its client has, at most. */
const whole = { limit: Number.MAX_SAFE_INTEGER, offset: 0 } as const;

const touches = ["advocate_code", "advocate_partner_id", "consumer_event_id", "coupon_code", "profile_id"] as const;
const moreTouches = ["promotable_code", "referral_reason", "share_id", "shareable_id", "zone"] as const;
const entryNames = [...touches, ...moreTouches, "label", "reason"] as const;
const lastNames = [...touches, ...moreTouches] as const;

const journeySchema = exactly({
  id: text,
  campaign_id: text,
  container: text,
  journey_type: text,
  data: { type: "object" },
  created_date: date,
  updated_date: date,
  ...Object.fromEntries(entryNames.map((name) => [`entry_${name}`, text])),
  ...Object.fromEntries(lastNames.map((name) => [`last_${name}`, text])),
});

export function ownRecordRoutes(parts: SelfParts): AnswerRoute[] {
  const ofPerson = (call: Call, work: (person: PersonHead) => Promise<Answer>): Promise<Answer> =>
    withTrustedSelf(parts, call, ({ person }) => (person === null ? answerJson([]) : work(person)));
  return [
    {
      ...profileRead,
      operation: "getAudienceMemberships",
      path: "/api/v4/me/audience-memberships",
      summary: "Audiences that the person is in",
      response: listOf(exactly({ audience_id: text, created_date: date, updated_date: date })),
      run: (call) =>
        ofPerson(call, async (person) => {
          const memberships = (await membershipsOf(parts.directory, person, {}, whole)) ?? [];
          return answerJson(memberships.toReversed().map(membershipView));
        }),
    },
    {
      ...profileRead,
      operation: "getJourneys",
      path: "/api/v4/me/journeys",
      summary: "Own journeys and what led into them, newest first",
      query: [textParameter("container"), textParameter("type")],
      response: listOf(journeySchema),
      run: (call) => ofPerson(call, (person) => journeys(parts, person, call)),
    },
    {
      ...profileRead,
      operation: "getSteps",
      path: "/api/v4/me/steps",
      summary: "Names of own steps, newest first",
      query: [
        textParameter("campaign_id"),
        textParameter("program_label"),
        textParameter("step_name"),
        textParameter("quality"),
        textParameter("partner_event_id_name"),
        textParameter("partner_event_id_value"),
      ],
      response: listOf(exactly({ name: text })),
      run: (call) => ofPerson(call, (person) => steps(parts, person, call)),
    },
  ];
}

function membershipView({ audienceId, createdMs, updatedMs }: Membership): object {
  return { audience_id: audienceId, created_date: dateView(createdMs), updated_date: dateView(updatedMs) };
}

async function journeys({ directory }: SelfParts, person: PersonHead, { query: given }: Call): Promise<Answer> {
  const query = new QueryReader(given);
  const containers = query.list("container");
  const types = query.list("type");
  if (query.error !== null) return answerError(query.error);
  const items = await journeysOf(directory, person, { containers, names: types }, all);
  return answerJson((items ?? []).map(journeyView));
}

/** What the client keeps to itself stays out of the data. */
function journeyView(journey: Journey): object {
  const data = journey.data.filter(({ scope }) => scope !== "CLIENT");
  return {
    id: journey.id,
    campaign_id: journey.campaignId,
    container: journey.container,
    journey_type: journey.name,
    data: Object.fromEntries(data.map(({ name, value }) => [name, value])),
    created_date: dateView(journey.createdMs),
    updated_date: dateView(journey.updatedMs),
    ...Object.fromEntries(entryNames.map((name) => [`entry_${name}`, touchOf(journey.entry, name)])),
    ...Object.fromEntries(lastNames.map((name) => [`last_${name}`, touchOf(journey.last, name)])),
  };
}

function touchOf(touch: Journey["entry"], name: string): string {
  const own = name === "advocate_partner_id" ? "advocate_partner_user_id" : name;
  return Object.hasOwn(touch, own) ? (touch[own] ?? "") : "";
}

async function steps({ directory }: SelfParts, person: PersonHead, { query: given }: Call): Promise<Answer> {
  const query = new QueryReader(given);
  const filter = {
    hidesClients: true,
    campaigns: query.list("campaign_id"),
    programs: query.list("program_label"),
    names: query.list("step_name"),
    qualities: query.list("quality").map((quality) => quality.toUpperCase()),
    partnerEventNames: query.list("partner_event_id_name"),
    partnerEventValues: query.list("partner_event_id_value"),
  };
  if (query.error !== null) return answerError(query.error);
  const items = await stepsOf(directory, person, filter, all);
  return answerJson((items ?? []).map(({ name }) => ({ name })));
}
