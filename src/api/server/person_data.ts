// Operations on a person's data. Low rate: plain code.

import { memberOf as ownMember } from "../../base/members.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isAmong, isNamed, pageOf, valueText } from "../../model/filters.ts";
import { type Datum, type PersonHead, scopes } from "../../model/person.ts";
import type { PersonChange } from "../../model/person_change.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { memberOf, textOf } from "./bodies.ts";
import { dataParameters } from "./parameters.ts";
import { changePerson, personNotFound, type PersonParts } from "./person_commands.ts";
import { dataListSchema, datumCreateSchema, datumSchema, datumUpdateSchema } from "./schemas.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";
import { datumView } from "./views.ts";

const NAME_LENGTH_MIN = 2;
const NAME_LENGTH_MAX = 255;
const VALUE_LENGTH_MAX = 255;
/** Names of what a person is known by: changed by events, by the profile and by the person's own operations. */
export const readOnlyNames: ReadonlySet<string> = new Set([
  "email",
  "partner_user_id",
  "person_id",
  "identity_key_value",
]);

export function personDataRoutes(parts: PersonParts): AnswerRoute[] {
  const one = { kind: "answer", query: [], response: datumSchema } as const;
  const path = "/v5/persons/{person_id}/data";
  return [
    {
      ...one,
      method: "GET",
      scopes: readScopes,
      operation: "listPersonData",
      path,
      summary: "Data of a person, by name",
      query: dataParameters,
      request: null,
      response: dataListSchema,
      run: (call) => list(parts, call),
    },
    {
      ...one,
      method: "POST",
      scopes: personChangeScopes,
      operation: "createPersonData",
      path,
      summary: "Add a datum to a person",
      request: datumCreateSchema,
      run: (call) => write(parts, call, textOf(call.body, "name")?.trim() ?? "", "create_datum"),
    },
    {
      ...one,
      method: "GET",
      scopes: readScopes,
      operation: "getPersonData",
      path: `${path}/{name}`,
      summary: "Read a datum of a person",
      request: null,
      run: async ({ grant, params }) => {
        const person = await parts.directory.person(grant.client, params[0] ?? "");
        return person === null ? personNotFound : answerDatum(person, params[1] ?? "");
      },
    },
    {
      ...one,
      method: "PUT",
      scopes: personChangeScopes,
      operation: "updatePersonData",
      path: `${path}/{name}`,
      summary: "Change a datum of a person",
      request: datumUpdateSchema,
      run: (call) => write(parts, call, call.params[1] ?? "", "update_datum"),
    },
    {
      ...one,
      method: "DELETE",
      scopes: personChangeScopes,
      operation: "deletePersonData",
      path: `${path}/{name}`,
      summary: "Remove a datum of a person",
      request: null,
      run: (call) => remove(parts, call),
    },
  ];
}

async function list({ directory }: PersonParts, { grant, params, query: text }: Call): Promise<Answer> {
  const person = await directory.person(grant.client, params[0] ?? "");
  if (person === null) return personNotFound;
  const query = new QueryReader(text);
  const names = query.list("names");
  const wanted = query.oneOf("scopes", scopes, "invalid_parameter");
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  const data = Object.entries(person.data);
  const items = pageOf(data, page, ([name, { scope }]) => isNamed(names, name) && isAmong(wanted, scope));
  return answerJson(Object.fromEntries(items.map(([name, datum]) => [name, datumView(person.id, name, datum)])));
}

function answerDatum(person: PersonHead, name: string): Answer {
  const datum = ownMember(person.data, name);
  return datum === undefined ? answerError(apiError("data_not_found")) : answerJson(datumView(person.id, name, datum));
}

function write(parts: PersonParts, call: Call, name: string, kind: "create_datum" | "update_datum"): Promise<Answer> {
  return changePerson(
    parts,
    call,
    (person) => datumChange(person, call.body, name, kind),
    (person) => answerDatum(person, name),
  );
}

function datumChange(
  person: PersonHead,
  body: unknown,
  name: string,
  kind: "create_datum" | "update_datum",
): PersonChange | ApiError {
  if (kind === "update_datum" && ownMember(person.data, name) === undefined) return apiError("data_not_found");
  if (name.length < NAME_LENGTH_MIN || name.length > NAME_LENGTH_MAX) {
    return apiError("invalid_parameter", { name: "name", minimum: NAME_LENGTH_MIN, limit: NAME_LENGTH_MAX });
  }
  if (readOnlyNames.has(name.toLowerCase())) return apiError("read_only_name", { name });
  const value = memberOf(body, "value");
  if (kind === "create_datum" && value === null) return apiError("invalid_null", { name: "value" });
  if (value !== null && valueText(value).length > VALUE_LENGTH_MAX) {
    return apiError("invalid_parameter", { name: "value", limit: VALUE_LENGTH_MAX });
  }
  const scope = scopes.find((each) => each === memberOf(body, "scope")) ?? null;
  return kind === "create_datum" ? { kind, name, value, scope: scope ?? "PRIVATE" } : { kind, name, value, scope };
}

/** Answers with what was there. */
function remove(parts: PersonParts, call: Call): Promise<Answer> {
  const name = call.params[1] ?? "";
  return changePerson(
    parts,
    call,
    () =>
      readOnlyNames.has(name.toLowerCase()) ? apiError("read_only_name", { name }) : { kind: "delete_datum", name },
    (person, value) => answerJson(datumView(person.id, name, value as Datum)),
  );
}
