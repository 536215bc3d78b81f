// What is known of a person beyond steps and rewards: identity history, single journeys and rewards, locations, shares.

import { apiError } from "../../model/errors.ts";
import type { Person, Share } from "../../model/person.ts";
import { partnerKeyNames } from "../../management/mod.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { hasData, isAmong, isNamed, takePage } from "./filters.ts";
import { locationParameters, partnerKeyParameters, shareParameters } from "./parameters.ts";
import { personNotFound, type PersonParts } from "./person_commands.ts";
import {
  identityHistorySchema,
  journeySchema,
  locationsSchema,
  partnerKeysSchema,
  personRewardSchema,
  shareSchema,
  sharesSchema,
} from "./schemas.ts";
import { readScopes } from "./scopes.ts";
import { journeyView, locationView, personRewardView, shareView, shiftView } from "./views.ts";

export interface RecordParts extends PersonParts {
  readonly configuration: ConfigurationClient;
}

const read = { kind: "answer", method: "GET", scopes: readScopes, request: null, query: [] } as const;

export function personRecordRoutes(parts: RecordParts): AnswerRoute[] {
  return [
    {
      ...read,
      operation: "getPartnerKeys",
      path: "/v5/persons/partner-keys",
      summary: "Names of the keys by which persons are found, besides their identity",
      query: partnerKeyParameters,
      response: partnerKeysSchema,
      run: async ({ grant, query: text }) => {
        const query = new QueryReader(text);
        const ignoresState = query.flag("include_campaign_ignoring_state") ?? false;
        if (query.error !== null) return answerError(query.error);
        return answerJson(partnerKeyNames(await parts.configuration.read(grant.client), ignoresState));
      },
    },
    {
      ...read,
      operation: "getIdentityHistory",
      path: "/v5/persons/{person_id}/identity-history",
      summary: "How the person came to its identity, oldest first",
      response: identityHistorySchema,
      run: (call) => withPerson(parts, call, (person) => answerJson(person.identityHistory.map(shiftView))),
    },
    {
      ...read,
      operation: "getPersonJourney",
      path: "/v5/persons/{person_id}/journeys/{journey_id}",
      summary: "Read a journey of a person",
      response: journeySchema,
      run: (call) =>
        withPerson(parts, call, (person) => {
          const journey = person.journeys.find(({ id }) => id === call.params[1]);
          return journey === undefined ? answerError(apiError("journey_not_found")) : answerJson(journeyView(journey));
        }),
    },
    {
      ...read,
      operation: "getPersonReward",
      path: "/v5/persons/{person_id}/rewards/{reward_id}",
      summary: "Read a reward of a person",
      response: personRewardSchema,
      run: (call) =>
        withPerson(parts, call, async (person) => {
          const isOwn = person.rewards.some(({ id }) => id === call.params[1]);
          const reward = isOwn ? await parts.directory.reward(person.client, call.params[1] ?? "") : null;
          return reward === null ? answerError(apiError("reward_not_found")) : answerJson(personRewardView(reward));
        }),
    },
    {
      ...read,
      operation: "listPersonLocations",
      path: "/v5/persons/{person_id}/locations",
      summary: "Where the person's events came from, newest first",
      query: locationParameters,
      response: locationsSchema,
      run: (call) => withPerson(parts, call, (person, query) => listLocations(person, query)),
    },
    ...shareRoutes(parts),
  ];
}

async function withPerson(
  { directory }: PersonParts,
  { grant, params, query }: Call,
  work: (person: Person, query: QueryReader) => Answer | Promise<Answer>,
): Promise<Answer> {
  const person = await directory.person(grant.client, params[0] ?? "");
  return person === null ? personNotFound : work(person, new QueryReader(query));
}

async function listLocations(person: Person, query: QueryReader): Promise<Answer> {
  const countries = query.list("countries").map((country) => country.toUpperCase());
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  const items = await takePage(
    [...person.requests].reverse(),
    page,
    ({ ip, country }) => ip !== null && isAmong(countries, country),
  );
  return answerJson(items.map(locationView));
}

function shareRoutes(parts: RecordParts): AnswerRoute[] {
  return [
    {
      ...read,
      operation: "listPersonShares",
      path: "/v5/persons/{person_id}/shares",
      summary: "What the person shared, newest first",
      query: shareParameters,
      response: sharesSchema,
      run: (call) => withPerson(parts, call, (person, query) => listShares(person, query)),
    },
    {
      ...read,
      operation: "getPersonShare",
      path: "/v5/persons/{person_id}/shares/{share_id}",
      summary: "Read a share of a person",
      response: shareSchema,
      run: (call) =>
        withPerson(parts, call, (person) => {
          const share = person.shares.find(({ id }) => id === call.params[1]);
          return share === undefined ? answerError(apiError("share_not_found")) : answerJson(shareView(share));
        }),
    },
  ];
}

async function listShares(person: Person, query: QueryReader): Promise<Answer> {
  const programs = query.list("programs");
  const campaigns = query.list("campaign_ids");
  const partnerIds = query.pairs("partner_ids", "partner_ids_invalid");
  const dataKeys = query.list("data_keys");
  const dataValues = query.pairs("data_values", "data_values_invalid");
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  const isOfPartner = ({ partnerId }: Share): boolean =>
    partnerIds.length === 0 ||
    partnerIds.some(({ key, value }) => partnerId?.name === key && partnerId.value === value);
  const items = await takePage(
    [...person.shares].reverse(),
    page,
    (share) =>
      isNamed(programs, share.program) &&
      isAmong(campaigns, share.campaignId) &&
      isOfPartner(share) &&
      hasData(dataKeys, dataValues, share.data),
  );
  return answerJson(items.map(shareView));
}
