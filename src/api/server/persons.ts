// Operations on persons. Low rate: plain code.

import { originOf } from "../../base/ids.ts";
import { assert } from "../../base/assert.ts";
import { apiError, isErrorCode } from "../../model/errors.ts";
import { pageOf } from "../../model/filters.ts";
import type { Profile } from "../../model/person.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { type Directory, mapBounded } from "./directory.ts";
import { personChangeRoutes } from "./person_changes.ts";
import { personDataRoutes } from "./person_data.ts";
import { personPointsRoutes } from "./person_points.ts";
import { personRecordRoutes, type RecordParts } from "./person_records.ts";
import { shareableRoutes, type ShareableParts } from "./person_shareables.ts";
import {
  journeyParameters,
  personParameters,
  personRewardParameters,
  relationshipParameters,
  stepParameters,
} from "./parameters.ts";
import { answerList, listJourneys, listPersonRewards, listRelationships, listSteps } from "./person_lists.ts";
import {
  forwardSchema,
  journeysSchema,
  personRewardsSchema,
  personSchema,
  personsSchema,
  relationshipsSchema,
  stepsSchema,
} from "./schemas.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";
import { journeyView, personRewardView, personView, relationshipView, stepView } from "./views.ts";

const read = { kind: "answer", method: "GET", scopes: readScopes, request: null } as const;

export function personRoutes(parts: RecordParts & ShareableParts): AnswerRoute[] {
  const { runtime, directory } = parts;
  return [
    {
      ...read,
      operation: "searchPersons",
      path: "/v5/persons",
      summary: "Find persons by identity or partner key",
      query: personParameters,
      response: personsSchema,
      run: (call) => searchPersons(directory, call),
    },
    {
      ...read,
      operation: "getPerson",
      path: "/v5/persons/{person_id}",
      summary: "Read a person",
      query: [],
      response: personSchema,
      run: (call) => readPerson(directory, call),
    },
    {
      kind: "answer",
      method: "POST",
      scopes: personChangeScopes,
      operation: "forward",
      path: "/v5/persons/{person_id}/forward",
      summary: "Merge a person into another",
      query: [],
      request: forwardSchema,
      response: personSchema,
      run: (call) => forwardPerson(runtime, directory, call),
    },
    ...personListRoutes(directory),
    ...personChangeRoutes(parts),
    ...personDataRoutes(parts),
    ...personPointsRoutes(parts),
    ...personRecordRoutes(parts),
    ...shareableRoutes(parts),
  ];
}

function personListRoutes(directory: Directory): AnswerRoute[] {
  return [
    {
      ...read,
      operation: "listPersonSteps",
      path: "/v5/persons/{person_id}/steps",
      summary: "Steps of a person, newest first",
      query: stepParameters,
      response: stepsSchema,
      run: (call) => answerList(directory, call, listSteps, stepView),
    },
    {
      ...read,
      operation: "listPersonJourneys",
      path: "/v5/persons/{person_id}/journeys",
      summary: "Journeys of a person, newest first",
      query: journeyParameters,
      response: journeysSchema,
      run: (call) => answerList(directory, call, listJourneys, journeyView),
    },
    {
      ...read,
      operation: "listPersonRewards",
      path: "/v5/persons/{person_id}/rewards",
      summary: "Rewards of a person, newest first",
      query: personRewardParameters,
      response: personRewardsSchema,
      run: (call) => answerList(directory, call, listPersonRewards, personRewardView),
    },
    {
      ...read,
      operation: "listPersonRelationships",
      path: "/v5/persons/{person_id}/relationships",
      summary: "Advocates and friends of a person, newest first",
      query: relationshipParameters,
      response: relationshipsSchema,
      run: (call) => answerList(directory, call, listRelationships, relationshipView),
    },
  ];
}

const notFound = answerError(apiError("person_not_found"));

async function readPerson(directory: Directory, { grant, params }: Call): Promise<Answer> {
  const profile = await directory.profile(grant.client, params[0] ?? "");
  return profile === null ? notFound : { kind: "json_text", text: personText(profile) };
}

/** Of profiles that the runtime handed out before and still has: it hands out the same ones as long as they are true. */
const personTexts = new WeakMap<Profile, string>();

function personText(profile: Profile): string {
  const known = personTexts.get(profile);
  if (known !== undefined) return known;
  const text = JSON.stringify(personView(profile));
  personTexts.set(profile, text);
  return text;
}

/** Both filters together narrow; several partner keys are alternatives. A search without any would be a dump and is refused. */
async function searchPersons(directory: Directory, { grant, query: text }: Call): Promise<Answer> {
  const query = new QueryReader(text);
  const identity = query.text("identity_key_value");
  const keys = query.pairs("person_keys", "value_does_not_follow_pattern");
  const page = query.page();
  if (identity === null && keys.length === 0) query.fail(apiError("invalid_parameter", { name: "identity_key_value" }));
  if (query.error !== null) return answerError(query.error);
  const byIdentity = identity === null ? null : await directory.ownerOfKey(grant.client, "email", identity);
  if (identity !== null && byIdentity === null) return answerJson([]);
  const byKeys = await mapBounded(keys, ({ key, value }) => directory.ownerOfKey(grant.client, key, value));
  const candidates = keys.length === 0 ? [byIdentity] : byKeys;
  const found = new Map<string, Profile>();
  for (const person of candidates) {
    if (person === null || (byIdentity !== null && person.id !== byIdentity.id)) continue;
    found.set(person.id, person);
  }
  return answerJson(pageOf(found.values(), page, () => true).map(personView));
}

async function forwardPerson(runtime: RuntimeClient, directory: Directory, call: Call): Promise<Answer> {
  const { client } = call.grant;
  const personId = call.params[0] ?? "";
  const { body } = call;
  assert(isForward(body), "the body follows the route's schema");
  const toPersonId = body.forward_to_profile_id;
  for (const id of [personId, toPersonId]) {
    const partition = originOf(id);
    if (partition === undefined || partition >= runtime.partitions) return notFound;
  }
  const { errorCode } = await runtime.command({ kind: "forward_person", client, personId, toPersonId });
  if (errorCode !== null) {
    assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
    return answerError(apiError(errorCode));
  }
  const profile = await directory.profile(client, toPersonId);
  return profile === null ? notFound : answerJson(personView(profile));
}

function isForward(body: unknown): body is { readonly forward_to_profile_id: string } {
  return (
    typeof body === "object" &&
    body !== null &&
    "forward_to_profile_id" in body &&
    typeof body.forward_to_profile_id === "string"
  );
}
