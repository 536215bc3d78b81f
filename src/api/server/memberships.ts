// Audience memberships of one person.

import { assert } from "../../base/assert.ts";
import type { Configuration } from "../../model/configuration.ts";
import { apiError, isErrorCode } from "../../model/errors.ts";
import { isNamed } from "../../model/filters.ts";
import type { Membership } from "../../model/person.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import type { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { Directory } from "./directory.ts";
import { membershipsOf, type PersonReference } from "./person_history.ts";
import { answerList, type Listed } from "./person_lists.ts";
import { date, exactly, listOf, text } from "./schema_words.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";

const membershipSchema = exactly({ audience_id: text, audience_name: text, created_date: date, updated_date: date });
/** What is missing has a code of its own. */
const newMembership: JsonSchema = {
  type: "object",
  properties: { audience_id: { type: ["string", "null"], maxLength: 100 } },
};
const filters = ["audience_ids", "audience_names"].map((name) => ({ name, schema: listOf(text) }));
const page = ["limit", "offset"].map((name) => ({ name, schema: { type: "integer" } }));

export function membershipRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  const directory = new Directory(runtime);
  const path = "/v5/persons/{person_id}/memberships";
  const change = { kind: "answer", scopes: personChangeScopes, query: [], response: membershipSchema } as const;
  return [
    {
      kind: "answer",
      method: "GET",
      operation: "listPersonMemberships",
      path,
      summary: "Audiences that a person is in",
      scopes: readScopes,
      query: [...filters, ...page],
      request: null,
      response: listOf(membershipSchema),
      run: async (call) => {
        const read = await configuration.read(call.grant.client);
        return answerList(
          directory,
          call,
          (_, person, query) => listed(directory, read, person, query),
          (membership) => membershipView(read, membership),
        );
      },
    },
    {
      ...change,
      method: "POST",
      operation: "createPersonMembership",
      path,
      summary: "Put a person into an audience",
      request: newMembership,
      run: (call) => {
        const { body } = call;
        const isNamed = typeof body === "object" && body !== null && "audience_id" in body;
        const audienceId = isNamed && typeof body.audience_id === "string" ? body.audience_id : "";
        if (audienceId === "") return Promise.resolve(answerError(apiError("missing_audience_id")));
        return ordered({ configuration, runtime, directory }, call, { audienceId, isMember: true });
      },
    },
    {
      ...change,
      method: "DELETE",
      operation: "deletePersonMembership",
      path: `${path}/{audience_id}`,
      summary: "Take a person out of an audience",
      request: null,
      run: (call) => {
        const audienceId = call.params[1] ?? "";
        return ordered({ configuration, runtime, directory }, call, { audienceId, isMember: false });
      },
    },
  ];
}

async function listed(
  directory: Directory,
  configuration: Configuration,
  person: PersonReference,
  query: QueryReader,
): Promise<Listed<Membership>> {
  const audienceIds = query.list("audience_ids");
  const names = query.list("audience_names");
  const page = query.page();
  if (query.error !== null) return { error: query.error };
  const among = names.length === 0 ? {} : { among: audiencesNamed(configuration, names) };
  return { items: await membershipsOf(directory, person, { audienceIds, ...among }, page) };
}

function audiencesNamed(configuration: Configuration, names: readonly string[]): string[] {
  const ids: string[] = [];
  for (const id of configuration.ids("audience")) if (isNamed(names, nameOf(configuration, id))) ids.push(id);
  return ids;
}

/** Answers with the membership as it is, or as it was before it ended. */
async function ordered(
  parts: {
    readonly configuration: ConfigurationClient;
    readonly runtime: RuntimeClient;
    readonly directory: Directory;
  },
  { grant: { client }, params }: Call,
  { audienceId, isMember }: { readonly audienceId: string; readonly isMember: boolean },
): Promise<Answer> {
  const configuration = await parts.configuration.read(client);
  const before = await parts.directory.profile(client, params[0] ?? "");
  if (before === null) return answerError(apiError("person_not_found"));
  const audience = configuration.find("audience", audienceId);
  if (audience === undefined || audience["is_archived"] === true)
    return answerError(apiError("audience_not_found", { audience_id: audienceId }));
  const person = { client, id: before.id };
  const own = () => membershipsOf(parts.directory, person, { audienceIds: [audienceId] }, { limit: 1, offset: 0 });
  const was = isMember ? null : await own();
  const order = { client, personId: before.id, audienceId, isMember };
  const { errorCode } = await parts.runtime.command({ kind: "order_membership", ...order });
  if (errorCode !== null) {
    assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
    return answerError(apiError(errorCode));
  }
  const [membership] = (isMember ? await own() : was) ?? [];
  // Somebody else may have changed it between the order and the reads.
  return membership === undefined
    ? answerError(apiError("membership_not_found"))
    : answerJson(membershipView(configuration, membership));
}

function membershipView(configuration: Configuration, { audienceId, createdMs, updatedMs }: Membership): object {
  return {
    audience_id: audienceId,
    audience_name: nameOf(configuration, audienceId),
    created_date: new Date(createdMs).toISOString(),
    updated_date: new Date(updatedMs).toISOString(),
  };
}

function nameOf(configuration: Configuration, audienceId: string): string {
  const name = configuration.find("audience", audienceId)?.["name"];
  return typeof name === "string" ? name : "";
}
