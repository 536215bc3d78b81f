// Erasure, as a route: whoever has an address or a partner's id is there no more when it is answered. Said once more, or of nobody, it is answered the same:
// nothing is kept of that one.

import { emailKey } from "../../base/email.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { textOf } from "../server/bodies.ts";
import { Directory } from "../server/directory.ts";
import { date, textOrNull } from "../server/schema_words.ts";
import { dateView } from "../server/views.ts";
import { writeSchemaless } from "./scopes.ts";

const NOTE_LENGTH_MAX = 2_000;

const request: JsonSchema = {
  type: "object",
  properties: {
    email: textOrNull,
    partner_user_id: textOrNull,
    note: { type: ["string", "null"], maxLength: NOTE_LENGTH_MAX },
  },
  additionalProperties: false,
};

const response: JsonSchema = {
  type: "object",
  properties: { status: { enum: ["COMPLETED", "FAILED"] }, created_date: date, note: textOrNull },
  required: ["status", "created_date", "note"],
};

export function erasureRoutes(runtime: RuntimeClient): AnswerRoute[] {
  const directory = new Directory(runtime);
  return [
    {
      kind: "answer",
      method: "POST",
      path: "/v4/erasures",
      operation: "createErasure",
      summary: "Erase a person, found by an e-mail address or a partner's id, for good",
      scopes: writeSchemaless.scopes,
      query: [],
      request,
      response,
      isBodyOptional: true,
      run: async ({ grant, body }) => {
        const keys = keysIn(body);
        if ("code" in keys) return answerError(keys);
        for (const { keyType, value } of keys) {
          const owner = await directory.ownerOfKey(grant.client, keyType, value);
          if (owner !== null) await runtime.command({ kind: "erase_person", client: grant.client, personId: owner.id });
        }
        return answerJson({ status: "COMPLETED", created_date: dateView(Date.now()), note: textOf(body, "note") });
      },
    },
  ];
}

interface Key {
  readonly keyType: "email" | "partner_user_id";
  readonly value: string;
}

/** Both may be given: then whoever has either. */
function keysIn(body: unknown): readonly Key[] | ApiError {
  const email = textOf(body, "email");
  const partnerUserId = textOf(body, "partner_user_id")?.trim() ?? "";
  if (email === null && partnerUserId === "") return apiError("empty_request");
  const keys: Key[] = partnerUserId === "" ? [] : [{ keyType: "partner_user_id", value: partnerUserId }];
  if (email === null) return keys;
  const value = emailKey(email);
  return value === null ? apiError("invalid_erasure_email") : [{ keyType: "email", value }, ...keys];
}
