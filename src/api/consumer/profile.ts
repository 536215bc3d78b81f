// A consumer's own profile: read, and told.

import { emailKey } from "../../base/email.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { PersonHead } from "../../model/person.ts";
import type { OwnDatum } from "../../model/person_change.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { textOf } from "../server/bodies.ts";
import { exactly, open, text, textOrNull } from "../server/schema_words.ts";
import { webUrl } from "../server/shareable_checks.ts";
import type { ConsumerEvents } from "./consumer_events.ts";
import { inBody } from "./data_parts.ts";
import { dataOf, dataText, pictureOf } from "./public_views.ts";
import { changeSelf, isRefusal, openPerson, type Self, type SelfParts, withSelf, withTrustedSelf } from "./self.ts";
import { statusSchema } from "./tokens.ts";
import { jsonWithHeaders, tokenHeaders } from "./web_answers.ts";

export interface ProfileParts extends SelfParts {
  readonly events: ConsumerEvents;
}

const NAME_LENGTH_MAX = 50;
const PARTNER_USER_ID_LENGTH_MAX = 255;
const path = "/api/v4/me";

const profileSchema: JsonSchema = exactly({
  id: text,
  email: text,
  first_name: text,
  last_name: text,
  partner_user_id: text,
  profile_picture_url: text,
  locale: text,
  parameters: { type: "object" },
  cookie_consent: text,
  cookie_consent_type: { enum: ["CLIENT", "EXTOLE", "UNSET"] },
  processing_consent: text,
  processing_consent_type: { enum: ["CLIENT", "EXTOLE", "UNSET"] },
});

const requestSchema: JsonSchema = open({
  email: textOrNull,
  first_name: textOrNull,
  last_name: textOrNull,
  partner_user_id: textOrNull,
  profile_picture_url: textOrNull,
});

export function profileRoutes(parts: ProfileParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [], path } as const;
  return [
    {
      ...common,
      method: "GET",
      operation: "getMyProfile",
      summary: "The own profile; of who is not verified, what is public",
      request: null,
      response: profileSchema,
      run: (call) => withSelf(parts, call, (self) => answerJson(profileView(self))),
    },
    {
      ...common,
      method: "POST",
      operation: "updateMyProfile",
      summary: "Tell something of oneself",
      request: requestSchema,
      takesForms: true,
      response: statusSchema,
      run: (call) => withTrustedSelf(parts, call, (self) => update(parts, call, self)),
    },
  ];
}

function profileView({ person, isTrusted }: Self): object {
  const consent = { cookie_consent: "", cookie_consent_type: "UNSET" };
  const processing = { processing_consent: "", processing_consent_type: "UNSET" };
  return {
    id: person?.id ?? "",
    email: isTrusted ? (person?.email ?? "") : "",
    first_name: person === null ? "" : dataText(person, "first_name"),
    last_name: person === null || !isTrusted ? "" : dataText(person, "last_name"),
    partner_user_id: isTrusted ? (person?.partnerUserId ?? "") : "",
    profile_picture_url: person === null ? "" : pictureOf(person),
    locale: person === null || !isTrusted ? "" : dataText(person, "locale"),
    parameters: person === null ? {} : dataOf(person, isTrusted),
    ...consent,
    ...processing,
  };
}

/** Who one is goes the way of events, which settle identities; what one is, is written down. */
async function update(parts: ProfileParts, call: Call, self: Self): Promise<Answer> {
  const wish = wishOf(call.body);
  const wrong = wish.error ?? identityError(self.person, wish);
  if (wrong !== null) return answerError(wrong);
  let { holder } = self;
  const keys = keysOf(wish);
  if (Object.keys(keys).length > 0) {
    const event = { name: "identify", parts: inBody(keys), eventTime: null, messageId: null, jwt: null };
    const submitted = await parts.events.submit(call, event);
    if (submitted.kind === "refused") return answerError(submitted.error);
    ({ holder } = submitted);
  }
  if (wish.data.length > 0) {
    const own = await parts.directory.bearer(holder.client, holder);
    const person = await openPerson(parts, { ...self, holder, person: own.person });
    if (isRefusal(person)) return answerError(person);
    const changed = await changeSelf(parts, person, { kind: "set_data", data: wish.data });
    if (changed.error !== null) return answerError(changed.error);
  }
  return jsonWithHeaders({ status: "success" }, tokenHeaders(holder));
}

interface ProfileWish {
  readonly error: ApiError | null;
  readonly email: string | null;
  readonly partnerUserId: string | null;
  readonly data: readonly OwnDatum[];
}

function wishOf(body: unknown): ProfileWish {
  const said = (name: string): string | null => textOf(body, name)?.trim() || null;
  const [email, partnerUserId] = [said("email"), said("partner_user_id")];
  const [first, last, picture] = [said("first_name"), said("last_name"), said("profile_picture_url")];
  const error =
    (email !== null && emailKey(email) === null ? apiError("invalid_person_email") : null) ??
    ((partnerUserId ?? "").length > PARTNER_USER_ID_LENGTH_MAX ? apiError("partner_user_id_invalid_length") : null) ??
    ((first ?? "").length > NAME_LENGTH_MAX ? apiError("invalid_length_first_name") : null) ??
    ((last ?? "").length > NAME_LENGTH_MAX ? apiError("invalid_length_last_name") : null) ??
    (picture !== null && webUrl(picture) === null ? apiError("invalid_profile_picture_url") : null);
  const data: OwnDatum[] = [];
  if (first !== null) data.push({ name: "first_name", value: first, scope: "PUBLIC" });
  if (last !== null) data.push({ name: "last_name", value: last, scope: "PRIVATE" });
  if (picture !== null) data.push({ name: "profile_picture_url", value: picture, scope: "PUBLIC" });
  return { error, email: email === null ? null : emailKey(email), partnerUserId, data };
}

/** An identity is given once; another one is the business of the client. */
function identityError(person: PersonHead | null, { email, partnerUserId }: ProfileWish): ApiError | null {
  if (email !== null && person !== null && person.email !== null && person.email !== email)
    return apiError("person_email_already_defined");
  const own = person?.partnerUserId ?? null;
  return partnerUserId !== null && own !== null && own !== partnerUserId
    ? apiError("partner_user_id_already_defined")
    : null;
}

function keysOf({ email, partnerUserId }: ProfileWish): JsonObject {
  return {
    ...(email === null ? {} : { email }),
    ...(partnerUserId === null ? {} : { partner_user_id: partnerUserId }),
  };
}
