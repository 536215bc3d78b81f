// The context API of keys that ask for access tokens by expressions: whom to ask and what to show, a builder of the request; in response handlers, the
// answer, and a builder of the token.

import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { jsonOfBody, withEntry, withMember } from "./builder_members.ts";
import { bounded, type Method, method, type MethodShape, onBuilder, wrongReceiver } from "./method.ts";
import type { Frame } from "../program.ts";
import type { TokenContext } from "../token.ts";
import { fault, jsonWithin, type RuleValue, typeOf } from "../value.ts";

const REQUEST = "token_request_builder";
const TOKEN = "token_builder";
/** Of a token whose handler does not say how long it lasts: as documented. */
const LIFETIME_SECONDS = 86_400;

export const tokenMethods: readonly Method[] = [
  onToken("token_request", "getClientCredentials", { result: "client_credentials" }, () => ({
    type: "client_credentials",
  })),
  onToken("token_request", "createRequestBuilder", { result: REQUEST }, () => ({ type: REQUEST, members: {} })),
  onToken(
    "token_request",
    "encodeToFormUrlEncoded",
    { parameters: ["map"], result: "string" },
    (_token, frame, fields) => {
      const budget = { left: Math.max(0, frame.gas) };
      const members = jsonWithin(fields, budget);
      frame.gas = budget.left;
      return isJsonObject(members) ? formOf(members) : fault("map_size", "the form is too large");
    },
  ),
  onToken("client_credentials", "getAuthorizationUrl", { result: "string" }, ({ shown }) => shown.url),
  onToken("client_credentials", "getOAuthClientId", { result: "string" }, ({ shown }) => shown.clientId),
  onToken("client_credentials", "getOAuthClientSecret", { result: "string" }, ({ shown }) => shown.secret),
  onToken("client_credentials", "getScope", { result: "string" }, ({ shown }) => shown.scope),

  onBuilder(REQUEST, "withUrl", { parameters: ["string"], result: REQUEST }, (frame, members, url) =>
    withMember(frame, { type: REQUEST, members }, "url", url),
  ),
  onBuilder(REQUEST, "withBody", { parameters: ["string"], result: REQUEST }, (frame, members, body) =>
    withMember(frame, { type: REQUEST, members }, "body", body),
  ),
  onBuilder(REQUEST, "addHeader", { parameters: ["string", "any"], result: REQUEST }, (frame, members, key, value) =>
    withEntry(frame, { type: REQUEST, members }, "headers", { key, value }),
  ),
  onBuilder(REQUEST, "build", { result: "map" }, (_frame, members) => ({ type: "map", form: "json", members })),

  onToken("token_response", "getOAuthRequestResult", { result: "token_result" }, () => ({ type: "token_result" })),
  onToken("token_response", "createResponseBuilder", { result: TOKEN }, () => ({
    type: TOKEN,
    members: { expires_in: LIFETIME_SECONDS },
  })),
  onToken("token_result", "getResponseStatusCode", { result: "number" }, ({ answer }) => answer?.status ?? null),
  onToken("token_result", "getResponseBody", { result: "string" }, ({ answer }) => answer?.body ?? null),
  onToken("token_result", "getJson", { result: "any" }, ({ answer }, frame) => jsonOfBody(frame, answer?.body ?? "")),
  onBuilder(TOKEN, "withAccessToken", { parameters: ["string"], result: TOKEN }, (frame, members, token) =>
    withMember(frame, { type: TOKEN, members }, "access_token", token),
  ),
  onBuilder(TOKEN, "withExpiresIn", { parameters: ["number"], result: TOKEN }, (frame, members, seconds) =>
    withMember(frame, { type: TOKEN, members }, "expires_in", seconds),
  ),
  onBuilder(TOKEN, "build", { result: "map" }, (_frame, members) => ({ type: "map", form: "json", members })),
];

/** What is absent is left out. */
function formOf(fields: JsonObject): RuleValue {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    if (!isScalar(value)) return fault("wrong_type", "a field of a form is a text, a number or a boolean");
    form.append(name, String(value));
  }
  return bounded(form.toString());
}

function isScalar(value: JsonValue): value is string | number | boolean {
  return value !== null && typeof value !== "object";
}

function onToken(
  owner: "token_request" | "token_response" | "client_credentials" | "token_result",
  name: string,
  shape: MethodShape,
  run: (token: TokenContext, frame: Frame, first: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first) =>
    typeOf(receiver) === owner && frame.context.token !== undefined
      ? run(frame.context.token, frame, first)
      : wrongReceiver(receiver, name),
  );
}
