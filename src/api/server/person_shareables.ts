// Operations on a person's shareables: codes and what is shown with them. Low rate: plain code.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { entriesOf, hasData, isNamed, newestFirst, pageOf } from "../../model/filters.ts";
import type { PersonHead } from "../../model/person.ts";
import { labelsMeant } from "../../management/mod.ts";
import type { PersonChange } from "../../model/person_change.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { shareableParameters } from "./parameters.ts";
import { changePerson, personNotFound, type PersonParts } from "./person_commands.ts";
import { shareableRequestSchema, shareableSchema, shareablesSchema } from "./schemas.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";
import { newShareable, readShareable } from "./shareable_checks.ts";
import { shareableView } from "./views.ts";

export interface ShareableParts extends PersonParts {
  readonly configuration: ConfigurationClient;
  /** Where links begin. */
  readonly shareUrlOf: ShareUrlOf;
}

export function shareableRoutes(parts: ShareableParts): AnswerRoute[] {
  const common = { kind: "answer", query: [], response: shareableSchema } as const;
  const path = "/v5/persons/{person_id}/shareables";
  return [
    {
      ...common,
      method: "GET",
      scopes: readScopes,
      operation: "listPersonShareables",
      path,
      summary: "Codes of a person, newest first",
      query: shareableParameters,
      request: null,
      response: shareablesSchema,
      run: (call) => list(parts, call),
    },
    {
      ...common,
      method: "POST",
      scopes: personChangeScopes,
      operation: "createPersonShareable",
      path,
      summary: "Give a person a code to share",
      request: shareableRequestSchema,
      run: (call) => create(parts, call),
    },
    {
      ...common,
      method: "GET",
      scopes: readScopes,
      operation: "getPersonShareable",
      path: `${path}/{code}`,
      summary: "Read a code of a person",
      request: null,
      run: async ({ grant, params }) => {
        const person = await parts.directory.person(grant.client, params[0] ?? "");
        return person === null ? personNotFound : answerShareable(parts, person, params[1] ?? "");
      },
    },
    {
      ...common,
      method: "PUT",
      scopes: personChangeScopes,
      operation: "updatePersonShareable",
      path: `${path}/{code}`,
      summary: "Change what is shown with a code",
      request: shareableRequestSchema,
      run: (call) => update(parts, call),
    },
  ];
}

async function list(parts: ShareableParts, { grant, params, query: text }: Call): Promise<Answer> {
  const { directory, configuration, shareUrlOf } = parts;
  const person = await directory.person(grant.client, params[0] ?? "");
  if (person === null) return personNotFound;
  const query = new QueryReader(text);
  const labels = query.list("labels");
  const dataKeys = query.list("data_keys");
  const dataValues = query.pairs("data_values", "data_values_invalid");
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  const meant = labels.length === 0 ? labels : labelsMeant(await configuration.read(grant.client), labels);
  const items = pageOf(
    newestFirst(person.shareables),
    page,
    ({ label, data }) => isNamed(meant, label) && hasData(dataKeys, dataValues, entriesOf(data)),
  );
  return answerJson(items.map((shareable) => shareableView(shareable, shareUrlOf(grant.client))));
}

function answerShareable({ shareUrlOf }: ShareableParts, person: PersonHead, code: string): Answer {
  const found = person.shareables.find((own) => own.code === code);
  return found === undefined
    ? answerError(apiError("shareable_not_found"))
    : answerJson(shareableView(found, shareUrlOf(person.client)));
}

function create(parts: ShareableParts, call: Call): Promise<Answer> {
  return changePerson(
    parts,
    call,
    (person): PersonChange | ApiError => {
      const firstName = person.data["first_name"]?.value;
      const shareable = newShareable(
        call.body,
        typeof firstName === "string" ? firstName : null,
        parts.shareUrlOf(person.client),
      );
      return "code" in shareable ? shareable : { kind: "create_shareable", ...shareable };
    },
    (person, code) => answerShareable(parts, person, String(code)),
  );
}

function update(parts: ShareableParts, call: Call): Promise<Answer> {
  const code = call.params[1] ?? "";
  return changePerson(
    parts,
    call,
    (person): PersonChange | ApiError => {
      if (!person.shareables.some((own) => own.code === code)) return apiError("shareable_not_found");
      const wish = readShareable(call.body, parts.shareUrlOf(person.client));
      return "code" in wish ? wish : { kind: "update_shareable", code, ...wish };
    },
    (person) => answerShareable(parts, person, code),
  );
}
