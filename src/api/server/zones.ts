// Zones for back ends: a request is an event that campaigns process like any other, and is answered with what the one that is reached shows.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { Enrichment } from "../../model/event.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { type Applied, EventRefused, type RuntimeClient } from "../../runtime/client.ts";
import type { Header } from "../http/exchange.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import type { ApiLimits } from "../limits.ts";
import { objectOf, textOf } from "./bodies.ts";
import { EventGate } from "./event_gate.ts";
import { anyObject } from "./schema_words.ts";
import { zoneScopes } from "./scopes.ts";
import type { DescribeSender } from "./sender.ts";
import { zoneError } from "./zone_names.ts";
import { renderedIn, zoneResponse } from "./zone_response.ts";

export interface ZoneParts {
  readonly runtime: RuntimeClient;
  readonly limits: ApiLimits;
  /** Where share links begin. */
  readonly shareUrlOf: ShareUrlOf;
  readonly describeSender: DescribeSender;
}

const zoneRequest: JsonSchema = {
  type: "object",
  properties: { zone_name: { type: ["string", "null"] }, data: { type: ["object", "null"] } },
};

export function zoneRoutes(parts: ZoneParts): AnswerRoute[] {
  const renderer = new ZoneRenderer(parts);
  const common = { kind: "answer", scopes: zoneScopes, query: [], response: null } as const;
  return [
    {
      ...common,
      operation: "renderZoneFromRequest",
      method: "POST",
      path: "/v5/zones",
      summary: "Show a person the zone that the body names",
      request: zoneRequest,
      takesForms: true,
      run: (call) => {
        const body = objectOf(call.body);
        return renderer.render(call, textOf(body, "zone_name") ?? "", dataIn(body));
      },
    },
    {
      ...common,
      operation: "fetchZone",
      method: "GET",
      path: "/v5/zones/{zone_name}",
      summary: "Show a person a zone; the query is the data",
      request: null,
      run: (call) => renderer.render(call, call.params[0] ?? "", queryData(call.query)),
    },
    {
      ...common,
      operation: "renderZoneV5",
      method: "POST",
      path: "/v5/zones/{zone_name}",
      summary: "Show a person a zone; the body is the data",
      request: anyObject,
      takesForms: true,
      isBodyOptional: true,
      run: (call) => renderer.render(call, call.params[0] ?? "", objectOf(call.body)),
    },
  ];
}

/** A form has no `data`: what else it has is data. */
function dataIn(body: JsonObject): JsonObject {
  const { zone_name: _name, data, ...rest } = body;
  return isJsonObject(data) ? data : rest;
}

function queryData(query: string): JsonObject {
  const fields = new URLSearchParams(query);
  fields.delete("access_token");
  return Object.fromEntries(fields);
}

class ZoneRenderer {
  readonly #parts: ZoneParts;
  readonly #gate: EventGate;
  /** By client: links of each lead to its own consumers. */
  readonly #describeSender = new Map<string, DescribeSender>();

  constructor(parts: ZoneParts) {
    this.#parts = parts;
    this.#gate = new EventGate(parts.limits);
  }

  async render(call: Call, name: string, data: JsonObject): Promise<Answer> {
    const error = zoneError(name);
    // A zone of another name than zones have is not there.
    if (error !== null) return answerError(error.code === "invalid_zone_name" ? apiError("no_creative") : error);
    const applied = await this.#apply(call, name.trim(), data);
    if ("error" in applied) return answerError(applied.error);
    const rendered = renderedIn(applied.value);
    if (rendered === null) return answerError(apiError("no_creative", { zone_name: name, event_id: applied.eventId }));
    const response = zoneResponse(rendered, call.head.wanted?.get("accept") ?? "");
    if (!response.ok) return answerError(response.error);
    const told: Header[] = [
      ["x-extole-campaign", rendered.campaignId],
      ["x-extole-controller", rendered.controllerName],
      ["x-extole-creative", rendered.actionId],
      ["x-extole-version", String(rendered.campaignVersion)],
      ["x-extole-event", applied.eventId],
      ["x-extole-log", ""],
      ["cache-control", "no-store"],
    ];
    const { status, body, contentType, headers } = response.value;
    return { kind: "raw", status, body, contentType, headers: [...told, ...headers] };
  }

  async #apply({ grant, head }: Call, name: string, data: JsonObject): Promise<{ readonly error: ApiError } | Applied> {
    const { runtime } = this.#parts;
    const body = Buffer.from(eventText(name, data));
    const checked = this.#gate.check(body, 0, body.length, "envelope");
    if (!checked.ok) return { error: asZoneError(checked.error) };
    const { client, scopes } = grant;
    const describeSender = this.#describeSenderTo(client);
    try {
      const applied = await runtime.acceptAndApply({
        client,
        form: "envelope",
        name: "",
        body,
        data,
        isDataWhole: true,
        enrichment: describeSender(data, scopes),
        headers: head.wanted,
        describeSender,
      });
      const { errorCode, eventId } = applied;
      if (errorCode === null) return applied;
      // Codes come from the engine: one that is not in the catalogue is our bug, not the caller's.
      if (!isErrorCode(errorCode)) throw new Error(`event ${eventId} ended with code ${errorCode}`);
      return { error: apiError(errorCode, { event_id: eventId }) };
    } catch (error) {
      if (error instanceof EventRefused) return { error: error.error };
      throw error;
    }
  }

  #describeSenderTo(client: string): DescribeSender {
    const known = this.#describeSender.get(client);
    if (known !== undefined) return known;
    const { describeSender, shareUrlOf } = this.#parts;
    const describe = withLinks(describeSender, shareUrlOf(client));
    this.#describeSender.set(client, describe);
    return describe;
  }
}

function withLinks(describeSender: DescribeSender, shareUrl: string): DescribeSender {
  // Shared as what they are made of is (E3 of sender.ts).
  const known = new WeakMap<Enrichment, Enrichment>();
  return (said, scopes) => {
    const facts = describeSender(said, scopes);
    let more = known.get(facts);
    if (more === undefined) {
      more = { ...facts, shareUrl };
      known.set(facts, more);
    }
    return more;
  };
}

/** `event_time` among the data is the event's, as where the body of an event is its data. */
function eventText(name: string, data: JsonObject): string {
  const { event_time: time } = data;
  return JSON.stringify({ event_name: name, ...(time === undefined ? {} : { event_time: time }), data });
}

/** As the contract calls it for zones. */
function asZoneError(error: ApiError): ApiError {
  return error.code === "invalid_event_time_format" ? apiError("invalid_time_format") : error;
}
