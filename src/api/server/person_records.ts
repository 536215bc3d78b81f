// What is known of a person beyond steps and rewards: identity history, single journeys and rewards, locations, shares.

import { apiError } from "../../model/errors.ts";
import { isAmong, newestFirst, pageOf } from "../../model/filters.ts";
import type { PersonHead, Share } from "../../model/person.ts";
import { partnerKeyNames } from "../../management/mod.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { locationParameters, partnerKeyParameters, shareParameters } from "./parameters.ts";
import type { Directory } from "./directory.ts";
import { personNotFound, type PersonParts } from "./person_commands.ts";
import { identityHistoryOf, journeysOf, type PersonReference, rewardIdsOf, sharesOf } from "./person_history.ts";
import { answerList, type Listed } from "./person_lists.ts";
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
      run: async (call) => {
        const shifts = await identityHistoryOf(parts.directory, whoOf(call));
        return shifts === null ? personNotFound : answerJson(shifts.map(shiftView));
      },
    },
    {
      ...read,
      operation: "getPersonJourney",
      path: "/v5/persons/{person_id}/journeys/{journey_id}",
      summary: "Read a journey of a person",
      response: journeySchema,
      run: async (call) => {
        const found = await journeysOf(parts.directory, whoOf(call), { ids: [call.params[1] ?? ""] }, first);
        if (found === null) return personNotFound;
        const [journey] = found;
        return journey === undefined ? answerError(apiError("journey_not_found")) : answerJson(journeyView(journey));
      },
    },
    {
      ...read,
      operation: "getPersonReward",
      path: "/v5/persons/{person_id}/rewards/{reward_id}",
      summary: "Read a reward of a person",
      response: personRewardSchema,
      run: async (call) => {
        const filter = { ids: [call.params[1] ?? ""] };
        const own = await rewardIdsOf(parts.directory, whoOf(call), filter, { before: null, skip: 0, limit: 1 });
        if (own === null) return personNotFound;
        const [id] = own.items;
        const reward = id === undefined ? null : await parts.directory.reward(call.grant.client, id);
        return reward === null ? answerError(apiError("reward_not_found")) : answerJson(personRewardView(reward));
      },
    },
    {
      ...read,
      operation: "listPersonLocations",
      path: "/v5/persons/{person_id}/locations",
      summary: "Where the person's events came from, newest first",
      query: locationParameters,
      response: locationsSchema,
      run: async (call) => {
        const person = await parts.directory.person(call.grant.client, call.params[0] ?? "");
        return person === null ? personNotFound : listLocations(person, new QueryReader(call.query));
      },
    },
    ...shareRoutes(parts),
  ];
}

const first = { limit: 1, offset: 0 } as const;

function whoOf({ grant, params }: Call): PersonReference {
  return { client: grant.client, id: params[0] ?? "" };
}

function listLocations(person: PersonHead, query: QueryReader): Answer {
  const countries = query.list("countries").map((country) => country.toUpperCase());
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  const items = pageOf(
    newestFirst(person.requests),
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
      run: (call) => answerList(parts.directory, call, listShares, shareView),
    },
    {
      ...read,
      operation: "getPersonShare",
      path: "/v5/persons/{person_id}/shares/{share_id}",
      summary: "Read a share of a person",
      response: shareSchema,
      run: async (call) => {
        const found = await sharesOf(parts.directory, whoOf(call), { ids: [call.params[1] ?? ""] }, first);
        if (found === null) return personNotFound;
        const [share] = found;
        return share === undefined ? answerError(apiError("share_not_found")) : answerJson(shareView(share));
      },
    },
  ];
}

async function listShares(directory: Directory, person: PersonReference, query: QueryReader): Promise<Listed<Share>> {
  const filter = {
    programs: query.list("programs"),
    campaigns: query.list("campaign_ids"),
    partnerIds: query.pairs("partner_ids", "partner_ids_invalid"),
    dataKeys: query.list("data_keys"),
    dataValues: query.pairs("data_values", "data_values_invalid"),
  };
  const page = query.page();
  return query.error === null ? { items: await sharesOf(directory, person, filter, page) } : { error: query.error };
}
