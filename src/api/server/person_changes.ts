// Operations that make persons, give them another identity, or block them. Low rate: plain code.

import { randomUUID } from "node:crypto";
import { emailKey } from "../../base/email.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { personBlocks, profileOf } from "../../model/person.ts";
import type { PersonChange } from "../../model/person_change.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { memberOf, textOf } from "./bodies.ts";
import { afterCommand, changePerson, personNotFound, type PersonParts } from "./person_commands.ts";
import { blockRequestSchema, blockSchema, personRequestSchema, personSchema } from "./schemas.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";
import { blockView, personView } from "./views.ts";

export function personChangeRoutes(parts: PersonParts): AnswerRoute[] {
  const change = { kind: "answer", scopes: personChangeScopes, query: [], response: personSchema } as const;
  return [
    {
      ...change,
      method: "POST",
      operation: "createPerson",
      path: "/v5/persons",
      summary: "Make a person",
      request: personRequestSchema,
      run: (call) => create(parts, call),
    },
    {
      ...change,
      method: "PUT",
      operation: "updatePerson",
      path: "/v5/persons/{person_id}",
      summary: "Give a person another identity",
      request: personRequestSchema,
      run: (call) => update(parts, call),
    },
    {
      ...change,
      method: "GET",
      scopes: readScopes,
      operation: "getPersonBlock",
      path: "/v5/persons/{person_id}/block",
      summary: "Is the person blocked, and why",
      request: null,
      response: blockSchema,
      run: async ({ grant, params }) => {
        const person = await parts.directory.person(grant.client, params[0] ?? "");
        return person === null ? personNotFound : answerJson(blockView(person));
      },
    },
    {
      ...change,
      method: "PUT",
      operation: "updatePersonBlock",
      path: "/v5/persons/{person_id}/block",
      summary: "Block a person's events or rewards, or neither",
      request: blockRequestSchema,
      response: blockSchema,
      run: (call) =>
        changePerson(
          parts,
          call,
          () => blockOf(call.body),
          (person) => answerJson(blockView(person)),
        ),
    },
  ];
}

async function create({ runtime, directory }: PersonParts, { grant, body }: Call): Promise<Answer> {
  const email = emailOf(body);
  if (email === "invalid") return answerError(apiError("invalid_key_value"));
  const { client } = grant;
  const applied = await runtime.command({ kind: "create_person", client, email, seed: randomUUID() });
  return afterCommand(directory, client, applied, (person) => answerJson(personView(profileOf(person))));
}

function update(parts: PersonParts, call: Call): Promise<Answer> {
  const email = emailOf(call.body);
  return changePerson(
    parts,
    call,
    (person): PersonChange | ApiError => {
      if (email === "invalid") return apiError("invalid_key_value");
      // Without a word about it, the identity stays.
      const wanted = email ?? person.email;
      return wanted === null ? apiError("invalid_key_value") : { kind: "identify", email: wanted };
    },
    (person) => answerJson(personView(profileOf(person))),
  );
}

/** Null when absent. */
function emailOf(body: unknown): string | null {
  const text = textOf(body, "identity_key_value");
  return text === null ? null : (emailKey(text) ?? "invalid");
}

function blockOf(body: unknown): PersonChange | ApiError {
  const block = personBlocks.find((each) => each === memberOf(body, "type"));
  const reason = textOf(body, "reason")?.trim() ?? "";
  if (block === undefined) return apiError("invalid_parameter", { name: "type" });
  if (reason.length === 0 || reason.length > REASON_LENGTH_MAX) {
    return apiError("invalid_block_reason", { limit: REASON_LENGTH_MAX });
  }
  return { kind: "block", block, reason };
}

const REASON_LENGTH_MAX = 255;
