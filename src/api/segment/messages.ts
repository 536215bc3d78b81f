// A message of the collection calls -> an event. One row a type.
//
//   M1. A message belongs to a user (`userId`) or to a device that nobody is known by (`anonymousId`); both become the person's `partner_user_id`, the second
//       under a prefix of its own. An e-mail in traits, properties or context is the stronger key, as in any event; what `context.traits` say is of the user
//       for certain, properties may be about somebody else, and traits of a group are the group's: its e-mail is all its members' and so nobody's.
//   M2. What the sender says of its own calls (browser, address, page before) becomes what the event says of its sender.
//   M3. A sender whose clock is ahead shows it by `sentAt`, which is now: what lies ahead for us happened as long before it was sent as the sender says.

import type { JsonObject, JsonValue } from "../../model/json.ts";
import { objectOf } from "../server/bodies.ts";
import { parseEventTime } from "../server/event_time.ts";

export const messageTypes = ["track", "identify", "page", "screen", "group"] as const;
export type MessageType = (typeof messageTypes)[number];

/** Of an event as it is taken at the door. Members that nobody said are absent. */
export interface MessageEvent {
  readonly event_name: JsonValue | undefined;
  readonly event_time?: string;
  readonly data: JsonObject;
}

interface MessageKind {
  /** Of the event: the message's own or the type's. */
  readonly nameOf: (message: JsonObject) => JsonValue | undefined;
  /** The member with what the message is about. */
  readonly content: "properties" | "traits";
  /** M1. Whose e-mail the content may name. */
  readonly emailIn: "user" | "maybe_other" | "group";
  /** Members of the message that become data: name in the message to name in the data. */
  readonly own: Readonly<Record<string, string>>;
}

const kinds: Readonly<Record<MessageType, MessageKind>> = {
  track: { nameOf: (message) => message["event"], content: "properties", emailIn: "maybe_other", own: {} },
  identify: { nameOf: () => "identify", content: "traits", emailIn: "user", own: {} },
  page: {
    nameOf: () => "page",
    content: "properties",
    emailIn: "maybe_other",
    own: { name: "page_name", category: "page_category" },
  },
  screen: {
    nameOf: () => "screen",
    content: "properties",
    emailIn: "maybe_other",
    own: { name: "screen_name", category: "screen_category" },
  },
  group: { nameOf: () => "group", content: "traits", emailIn: "group", own: { groupId: "group_id" } },
};

const ANONYMOUS_PREFIX = "anonymous:";

export function isMessageType(type: JsonValue | undefined): type is MessageType {
  return messageTypes.some((known) => known === type);
}

/** Null when the message names nobody. */
export function eventOf(type: MessageType, message: JsonObject, nowMs: number): MessageEvent | null {
  const kind = kinds[type];
  const context = objectOf(message["context"]);
  const said = objectOf(message[kind.content]);
  const content = kind.emailIn === "group" ? withGroupsEmail(said) : said;
  const email = emailOf(kind, textOf(content["email"]), textOf(objectOf(context["traits"])["email"]));
  const user = userOf(message);
  if (user === null && email === null) return null;
  const own: { [name: string]: JsonValue | undefined } = {};
  for (const [from, to] of Object.entries(kind.own)) own[to] = message[from];
  const data = withoutAbsent({
    ...content,
    ...own,
    ...senderOf(context),
    email: email ?? undefined,
    partner_user_id: user ?? undefined,
  });
  const time = timeOf(message, nowMs);
  return { event_name: kind.nameOf(message), ...(time === null ? {} : { event_time: time }), data };
}

/** M1. */
function emailOf({ emailIn }: MessageKind, inContent: string | null, ofUser: string | null): string | null {
  return emailIn === "user" ? (inContent ?? ofUser) : (ofUser ?? inContent);
}

/** M1. */
function withGroupsEmail(traits: JsonObject): JsonObject {
  const named = Object.entries(traits).map(([name, value]): [string, JsonValue] => [
    name.toLowerCase() === "email" ? "group_email" : name,
    value,
  ]);
  return Object.fromEntries(named);
}

/** M3. */
function timeOf(message: JsonObject, nowMs: number): string | null {
  const time = textOf(message["timestamp"]);
  const sent = textOf(message["sentAt"]);
  if (time === null || sent === null) return time;
  const timeMs = parseEventTime(time);
  const sentMs = parseEventTime(sent);
  if (timeMs === null || sentMs === null || timeMs <= nowMs || sentMs <= nowMs) return time;
  return new Date(timeMs - (sentMs - nowMs)).toISOString();
}

/** M1. */
function userOf(message: JsonObject): string | null {
  const user = textOf(message["userId"]);
  if (user !== null) return user;
  const device = textOf(message["anonymousId"]);
  return device === null ? null : `${ANONYMOUS_PREFIX}${device}`;
}

/** M2. */
function senderOf(context: JsonObject): { readonly [name: string]: JsonValue | undefined } {
  return {
    source_ip: context["ip"],
    user_agent: context["userAgent"],
    referrer: objectOf(context["page"])["referrer"],
    device_id: objectOf(context["device"])["id"],
  };
}

function withoutAbsent(members: { readonly [name: string]: JsonValue | undefined }): JsonObject {
  const present: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(members))
    if (value !== undefined && value !== null) present.push([name, value]);
  return Object.fromEntries(present);
}

/** Ids may be numbers. */
function textOf(value: JsonValue | undefined): string | null {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.trim().length > 0 ? text.trim() : null;
}
