// Zones of browsers and apps, as routes: an event that campaigns process like any other, answered with what the one that is reached shows.
//
// `/api/v6/zones` is for programs: JSON without nulls, and refusals. `/zones` and `/zone` are for pages: whatever the campaign shows, as it is; where
// nothing is shown, an empty 200 with the reason in `extole-log`.

import { type ApiError, apiError } from "../../model/errors.ts";
import type { RenderedZone } from "../../model/zone.ts";
import type { Holder } from "../http/auth.ts";
import type { Header } from "../http/exchange.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { objectOf, textOf } from "../server/bodies.ts";
import { anyObject, text } from "../server/schema_words.ts";
import { zoneError } from "../server/zone_names.ts";
import { zoneData, zoneResponse } from "../server/zone_response.ts";
import type { ConsumerEvent, ConsumerEvents, Submitted } from "./consumer_events.ts";
import { inQuery } from "./data_parts.ts";
import { envelopeEvent, namedEvent, queryEvent } from "./event_bodies.ts";
import type { TokenMint } from "./token_mint.ts";
import { newHolder } from "./token_wishes.ts";
import { type CookieRule, cookieHeaders, jsonWithHeaders, tokenHeaders } from "./web_answers.ts";

export interface ZoneRouteParts {
  readonly events: ConsumerEvents;
  readonly mint: TokenMint;
  readonly cookies: CookieRule;
}

const zoneSchema: JsonSchema = {
  type: "object",
  properties: { event_id: text, campaign_id: text, data: anyObject },
  required: ["event_id", "campaign_id", "data"],
};

const common = { kind: "answer", audience: "consumer", scopes: "optional", query: [], request: anyObject } as const;

export function consumerZoneRoutes(parts: ZoneRouteParts): AnswerRoute[] {
  return [...programRoutes(parts), ...pageRoutes(parts)];
}

function programRoutes(parts: ZoneRouteParts): AnswerRoute[] {
  const forPrograms = { ...common, response: zoneSchema, takesForms: true } as const;
  return [
    {
      ...forPrograms,
      method: "POST",
      operation: "renderZone",
      path: "/api/v6/zones",
      summary: "Show a consumer the zone that the body names, as data",
      run: (call) => showData(parts, call, envelope(call)),
    },
    {
      ...forPrograms,
      method: "POST",
      operation: "renderZoneByEventName",
      path: "/api/v6/zones/{event_name}",
      summary: "Show a consumer a zone, as data; the body is what the zone is told",
      isBodyOptional: true,
      run: (call) => showData(parts, call, namedEvent(call.params[0] ?? "", call.body, call.head)),
    },
    {
      ...forPrograms,
      method: "GET",
      operation: "fetchZoneByEventName",
      path: "/api/v6/zones/{event_name}",
      summary: "Show a consumer a zone, as data; the query is what the zone is told",
      request: null,
      run: (call) => showData(parts, call, queryEvent(call.params[0] ?? "", call.head)),
    },
  ];
}

function pageRoutes(parts: ZoneRouteParts): AnswerRoute[] {
  const forPages = {
    ...common,
    response: null,
    softly: (call: Call, error: ApiError) => Promise.resolve(nothing(parts, call, anybody(parts, call), error.code)),
  } as const;
  const named = (call: Call): ConsumerEvent => namedEvent(call.params[0] ?? "", call.body, call.head);
  const queried = (call: Call): ConsumerEvent => queryEvent(call.params[0] ?? "", call.head);
  const taken = { ...forPages, method: "POST", takesForms: true, isBodyOptional: true } as const;
  const fetched = { ...forPages, method: "GET", request: null } as const;
  const unnamed = { summary: "No zone: nothing is shown", run: (call: Call) => showPage(parts, call, named(call)) };
  return [
    {
      ...taken,
      operation: "renderZoneWeb",
      path: "/zones",
      summary: "Show a page the zone that the body names",
      run: (call) => showPage(parts, call, envelope(call)),
    },
    {
      ...fetched,
      operation: "fetchZoneWeb",
      path: "/zones",
      summary: "Show a page the zone that the query names",
      run: (call) => showPage(parts, call, envelopeEvent(queryOf(call), call.head, inQuery)),
    },
    {
      ...taken,
      operation: "renderZoneByNameWeb",
      path: "/zones/{zone_name}",
      summary: "Show a page a zone; the body is what the zone is told",
      run: (call) => showPage(parts, call, named(call)),
    },
    {
      ...fetched,
      operation: "fetchZoneByNameWeb",
      path: "/zones/{zone_name}",
      summary: "Show a page a zone; the query is what the zone is told",
      run: (call) => showPage(parts, call, queried(call)),
    },
    {
      ...taken,
      operation: "renderZonePage",
      path: "/zone/{zone_name}",
      summary: "The same, under the path that web views of apps open",
      run: (call) => showPage(parts, call, named(call)),
    },
    {
      ...fetched,
      operation: "fetchZonePage",
      path: "/zone/{zone_name}",
      summary: "The same, under the path that web views of apps open",
      run: (call) => showPage(parts, call, queried(call)),
    },
    ...["zones", "zone"].flatMap((word): AnswerRoute[] => [
      { ...taken, ...unnamed, operation: `render_unnamed_${word}`, path: `/${word}/` },
      { ...fetched, ...unnamed, operation: `fetch_unnamed_${word}`, path: `/${word}/` },
    ]),
  ];
}

/** Older pages say `zone_name`. */
function envelope({ body, head }: Call): ConsumerEvent {
  const event = envelopeEvent(body, head);
  return event.name === "" ? { ...event, name: textOf(objectOf(body), "zone_name") ?? "" } : event;
}

function queryOf({ query }: Call): object {
  const { zone_name: name, ...data } = Object.fromEntries(new URLSearchParams(query));
  return { event_name: name ?? "", ...data };
}

async function showData(parts: ZoneRouteParts, call: Call, event: ConsumerEvent): Promise<Answer> {
  const wrongName = zoneError(event.name);
  if (wrongName !== null) return answerError(wrongName);
  const submitted = await parts.events.submit(call, { ...event, isZone: true });
  if (submitted.kind === "refused") return answerError(submitted.error);
  const { eventId, rendered, holder } = submitted;
  if (rendered === null) return answerError(apiError("no_creative", { zone_name: event.name, event_id: eventId }));
  const data = zoneData(rendered);
  if (data === null) return answerError(apiError("invalid_creative_result", { campaign_id: rendered.campaignId }));
  const value = { event_id: eventId, campaign_id: rendered.campaignId, data };
  return jsonWithHeaders(value, [...tokenHeaders(holder), ...cookieHeaders(call, holder, parts.cookies)]);
}

async function showPage(parts: ZoneRouteParts, call: Call, event: ConsumerEvent): Promise<Answer> {
  const wrongName = zoneError(event.name);
  if (wrongName !== null) return nothing(parts, call, anybody(parts, call), "target zone=unknown");
  const submitted = await parts.events.submitSoftly(call, { ...event, isZone: true });
  if (submitted.kind === "refused") return nothing(parts, call, submitted.holder, submitted.error.code);
  if (submitted.rendered === null) return nothing(parts, call, submitted.holder, "target zone=unknown");
  return page(parts, call, submitted, submitted.rendered);
}

function page(
  parts: ZoneRouteParts,
  call: Call,
  { holder, eventId }: Extract<Submitted, { readonly kind: "applied" }>,
  rendered: RenderedZone,
): Answer {
  const response = zoneResponse(rendered, call.head.wanted?.get("accept") ?? "");
  if (!response.ok) return nothing(parts, call, holder, response.error.code);
  const { status, body, contentType, headers } = response.value;
  const own: Header[] = [
    ["x-extole-campaign", rendered.campaignId],
    ["x-extole-event", eventId],
    ...tokenHeaders(holder),
    ...cookieHeaders(call, holder, parts.cookies),
  ];
  return { kind: "raw", status, body, contentType, headers: [...own, ...headers] };
}

/** The token that came, or one for somebody new. */
function anybody({ mint }: ZoneRouteParts, { grant }: Call): Holder {
  return grant.holder ?? newHolder(mint, grant.client, Date.now());
}

/** A page must not see a refusal. */
function nothing({ cookies }: ZoneRouteParts, call: Call, holder: Holder, reason: string): Answer {
  return {
    kind: "raw",
    status: 200,
    body: "",
    contentType: "text/plain; charset=utf-8",
    headers: [
      ["extole-log", reason],
      ["x-extole-log", reason],
      ...tokenHeaders(holder),
      ...cookieHeaders(call, holder, cookies),
    ],
  };
}
