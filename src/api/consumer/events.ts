// Events of browsers and apps, as routes. The paths without a version are for pages: what they send is always answered with 200, and what is wrong
// with it stands in a header; only when nothing could be taken at all, a refusal says so and when to try again.

import type { ApiError } from "../../model/errors.ts";
import type { Header } from "../http/exchange.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { anyObject, text } from "../server/schema_words.ts";
import type { ConsumerEvent, ConsumerEvents, Submitted } from "./consumer_events.ts";
import { envelopeEvent, namedEvent, queryEvent } from "./event_bodies.ts";
import { newHolder } from "./token_wishes.ts";
import type { TokenMint } from "./token_mint.ts";
import { COOKIE_CONSENT, type CookieRule, cookieHeaders, jsonWithHeaders, tokenHeaders } from "./web_answers.ts";

export interface EventRouteParts {
  readonly events: ConsumerEvents;
  readonly mint: TokenMint;
  readonly cookies: CookieRule;
}

const submittedSchema: JsonSchema = {
  type: "object",
  properties: { id: text, event_id: text, token: text, cookie_consent: text },
  required: ["id", "token", "cookie_consent"],
};

export function consumerEventRoutes(parts: EventRouteParts): AnswerRoute[] {
  const common = {
    kind: "answer",
    audience: "consumer",
    scopes: "optional",
    query: [],
    request: anyObject,
    response: submittedSchema,
    takesForms: true,
  } as const;
  const web = { ...common, softly: (call: Call, error: ApiError) => softly(parts, call, error) } as const;
  const enveloped = { ...web, method: "POST", run: (call: Call) => submitSoftly(parts, call, envelope(call)) } as const;
  return [
    { ...enveloped, operation: "submitConsumerEvent", path: "/events", summary: "Take an event from a page or app" },
    {
      ...enveloped,
      operation: "submitConsumerEventSlashed",
      path: "//events",
      summary: "The same, as apps in the field write the path",
    },
    {
      ...enveloped,
      operation: "submitConsumerEventUnnamed",
      path: "/events/",
      summary: "The same, as some write the path",
    },
    {
      ...web,
      method: "GET",
      operation: "fetchConsumerEventUnnamed",
      path: "/events/",
      summary: "An image that names no event, told so in a header",
      request: null,
      run: (call) => submitSoftly(parts, call, queryEvent("", call.head)),
    },
    {
      ...web,
      method: "GET",
      operation: "fetchConsumerEventByName",
      path: "/events/{event_name}",
      summary: "Take an event from an image or a link; its data are the query",
      request: null,
      run: (call) => submitSoftly(parts, call, queryEvent(call.params[0] ?? "", call.head)),
    },
    {
      ...web,
      method: "POST",
      operation: "submitConsumerEventByName",
      path: "/events/{event_name}",
      summary: "Take an event named by the path; its data are the body",
      isBodyOptional: true,
      run: (call) => submitSoftly(parts, call, namedEvent(call.params[0] ?? "", call.body, call.head)),
    },
    {
      ...common,
      method: "POST",
      operation: "submitConsumerApiEvent",
      path: "/api/v6/events",
      summary: "Take an event and refuse what is wrong with it",
      run: (call) => submit(parts, call, envelope(call)),
    },
  ];
}

function envelope({ body, head }: Call): ConsumerEvent {
  return envelopeEvent(body, head);
}

async function submit({ events, ...parts }: EventRouteParts, call: Call, event: ConsumerEvent): Promise<Answer> {
  const submitted = await events.submit(call, event);
  return submitted.kind === "refused" ? answerError(submitted.error) : submittedAnswer(parts, call, submitted, []);
}

async function submitSoftly(parts: EventRouteParts, call: Call, event: ConsumerEvent): Promise<Answer> {
  const submitted = await parts.events.submitSoftly(call, event);
  const headers = submitted.kind === "applied" ? [] : [errorHeader(submitted.error)];
  return submittedAnswer(parts, call, submitted, headers);
}

/** Refused before there was an event. */
async function softly(parts: EventRouteParts, call: Call, error: ApiError): Promise<Answer> {
  const holder = call.grant.holder ?? newHolder(parts.mint, call.grant.client, Date.now());
  return submittedAnswer(parts, call, { kind: "refused", error, holder }, [errorHeader(error)]);
}

/** Without an event there is no id; apps need the member all the same. */
function submittedAnswer(
  { cookies }: Pick<EventRouteParts, "cookies">,
  call: Call,
  submitted: Submitted,
  headers: readonly Header[],
): Answer {
  const { holder } = submitted;
  const id = submitted.kind === "applied" ? submitted.eventId : "";
  const value = { id, event_id: id, token: holder.token, cookie_consent: COOKIE_CONSENT };
  return jsonWithHeaders(value, [
    ...tokenHeaders(holder),
    ["x-extole-cookie-consent", COOKIE_CONSENT],
    ...cookieHeaders(call, holder, cookies),
    ...headers,
  ]);
}

function errorHeader({ code }: ApiError): Header {
  return ["x-extole-error-message", code];
}
