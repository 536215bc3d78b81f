// What pages and apps send as an event, in all its forms: an envelope, the data alone, a query, a form. From there on an event is one thing.

import { ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { fieldJson } from "../http/field_json.ts";
import type { RequestHead } from "../http/request_head.ts";
import { MESSAGE_ID_LENGTH_MAX } from "../limits.ts";
import { objectOf, textOf } from "../server/bodies.ts";
import type { ConsumerEvent } from "./consumer_events.ts";
import { inBody, inQuery } from "./data_parts.ts";
import { givenJwt, isOfRequest } from "./given_jwt.ts";

const ofEnvelope: ReadonlySet<string> = new Set(["event_name", "event_time", "message_id", "data"]);

/** `{event_name, event_time?, message_id?, data?, jwt?, id_token?}`; a form has no `data`, so what else it has is data. */
export function envelopeEvent(body: unknown, head: RequestHead, from = inBody): ConsumerEvent {
  const envelope = objectOf(body);
  const { data, event_time: time = null } = envelope;
  const isForm = data === undefined || data === null || data === "";
  const read = typeof data === "string" ? fieldJson(data) : ok(data);
  const wrong = (isForm ? null : wrongData(read)) ?? wrongTime(time);
  return {
    name: nameOf(envelope["event_name"]),
    parts: from(isForm ? without(envelope, ofEnvelope) : without(objectOf(read.ok ? read.value : null), NOTHING)),
    eventTime: textOf(envelope, "event_time"),
    messageId: messageIdOf(envelope),
    jwt: givenJwt(envelope, head),
    ...(wrong === null ? {} : { wrong }),
  };
}

/** What cannot be read is not left out as if it had not been sent. */
function wrongData(read: Result<JsonValue | undefined, ApiError>): ApiError | null {
  if (!read.ok) return read.error;
  return isJsonObject(read.value) ? null : apiError("invalid_parameter", { name: "data" });
}

function wrongTime(time: JsonValue): ApiError | null {
  return time === null || typeof time === "string" ? null : apiError("invalid_event_time_format");
}

/** The body is the data; the path has the name. */
export function namedEvent(name: string, body: unknown, head: RequestHead, from = inBody): ConsumerEvent {
  const data = objectOf(body);
  return {
    name,
    parts: from(without(data, NOTHING)),
    eventTime: textOf(data, "event_time"),
    messageId: null,
    jwt: givenJwt(data, head),
  };
}

/** A pixel: the query is the data. Of several values of one name the last counts. */
export function queryEvent(name: string, head: RequestHead): ConsumerEvent {
  return namedEvent(name, Object.fromEntries(new URLSearchParams(head.query)), head, inQuery);
}

const NOTHING: ReadonlySet<string> = new Set();

function nameOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** One that is none is as good as absent. */
function messageIdOf(envelope: JsonObject): string | null {
  const id = textOf(envelope, "message_id");
  return id === null || id === "" || id.length > MESSAGE_ID_LENGTH_MAX ? null : id;
}

function without(data: JsonObject, names: ReadonlySet<string>): JsonObject {
  const isOther = (name: string): boolean => isOfRequest(name) || names.has(name);
  if (!Object.keys(data).some(isOther)) return data;
  return Object.fromEntries(Object.entries(data).filter(([name]) => !isOther(name)));
}
