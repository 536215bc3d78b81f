// A consumer's own parameters: data of the person by scope. What the client keeps to itself is neither shown nor overwritten.

import { ok } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { valueText } from "../../model/filters.ts";
import { type Scope, scopes } from "../../model/person.ts";
import type { OwnDatum } from "../../model/person_change.ts";
import { fieldJson } from "../http/field_json.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { memberOf, objectOf } from "../server/bodies.ts";
import { readOnlyNames } from "../server/person_data.ts";
import { exactly, open, text } from "../server/schema_words.ts";
import { dataOf } from "./public_views.ts";
import { changeSelf, isRefusal, openPerson, type Self, type SelfParts, withSelf, withTrustedSelf } from "./self.ts";

const NAME_LENGTH = { minimum: 2, limit: 255 } as const;
const VALUE_LENGTH_MAX = 255;
/** Of one request: as many as an event may have data. */
const PARAMETERS_MAX = 200;
/** Many scripts write letters with marks. */
const NAME = /^[\p{L}\p{M}\p{N} ._:-]+$/u;

const path = "/api/v4/me/parameters";
const scopeSchema: JsonSchema = { enum: [...scopes, null] };

export const updatedSchema: JsonSchema = exactly({
  polling_id: text,
  status: { enum: ["FAILED", "PENDING", "SUCCEEDED"] },
});

export function parameterRoutes(parts: SelfParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  return [
    {
      ...common,
      method: "GET",
      operation: "getPersonProfileParameters",
      path,
      summary: "Own parameters by name; of who is not verified, public ones",
      request: null,
      response: { type: "object" },
      run: (call) =>
        withSelf(parts, call, ({ person, isTrusted }) => answerJson(person === null ? {} : dataOf(person, isTrusted))),
    },
    {
      ...common,
      method: "POST",
      operation: "editPersonProfileParameters",
      path,
      summary: "Set several parameters of oneself, all or none",
      request: open({ parameters: { type: ["object", "string"] }, type: scopeSchema }),
      takesForms: true,
      response: updatedSchema,
      run: (call) => withTrustedSelf(parts, call, (self) => writeSeveral(parts, self, call.body)),
    },
    {
      ...common,
      method: "PUT",
      operation: "putPersonProfileParameter",
      path: `${path}/{parameter_name}`,
      summary: "Set a parameter of oneself",
      request: open({ value: {}, type: scopeSchema }),
      takesForms: true,
      response: updatedSchema,
      run: (call) => withTrustedSelf(parts, call, (self) => write(parts, self, oneIn(call))),
    },
  ];
}

async function write(parts: SelfParts, self: Self, data: readonly OwnDatum[]): Promise<Answer> {
  for (const datum of data) {
    const error = datumError(datum);
    if (error !== null) return answerError(error);
  }
  if (data.length === 0) return answerError(apiError("invalid_value"));
  if (data.length > PARAMETERS_MAX) {
    return answerError(apiError("invalid_parameter", { name: "parameters", limit: PARAMETERS_MAX }));
  }
  const person = await openPerson(parts, self);
  if (isRefusal(person)) return answerError(person);
  const changed = await changeSelf(parts, person, { kind: "set_data", data });
  if (changed.error !== null) return answerError(changed.error);
  // There is nothing to wait for: what is answered is written.
  return answerJson({ polling_id: `${changed.person.id}-${changed.person.version}`, status: "SUCCEEDED" });
}

async function writeSeveral(parts: SelfParts, self: Self, body: unknown): Promise<Answer> {
  const given = memberOf(body, "parameters");
  const named = typeof given === "string" ? fieldJson(given) : ok(given);
  if (!named.ok) return answerError(named.error);
  const scope = scopeIn(body);
  const entries = Object.entries(objectOf(named.value));
  return write(
    parts,
    self,
    entries.map(([name, value]) => ({ name: name.trim(), value, scope })),
  );
}

function oneIn({ body, params }: Call): OwnDatum[] {
  return [{ name: (params[0] ?? "").trim(), value: memberOf(body, "value"), scope: scopeIn(body) }];
}

function scopeIn(body: unknown): Scope {
  return scopes.find((each) => each === memberOf(body, "type")) ?? "PRIVATE";
}

function datumError({ name, value }: OwnDatum): ApiError | null {
  if (name.length < NAME_LENGTH.minimum || name.length > NAME_LENGTH.limit) {
    return apiError("client_params_name_length_out_of_range", NAME_LENGTH);
  }
  if (!NAME.test(name) || name === "__proto__") return apiError("invalid_name");
  if (readOnlyNames.has(name.toLowerCase())) return apiError("read_only_name", { name });
  if (value === null) return apiError("invalid_value", { name });
  return valueText(value).length > VALUE_LENGTH_MAX
    ? apiError("client_params_value_length_out_of_range", { limit: VALUE_LENGTH_MAX })
    : null;
}
