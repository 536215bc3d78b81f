// Payload of an `event` record: who sent it and the JSON text as received, so that a replay sees exactly what the sender said.
//
//     0  u8 form (1 envelope, 2 named; +64 with facts, +128 with enrichment)   1  u8 client bytes   2  u16 name bytes
//     4  client, name, [u16 facts | u16 enrichment bytes, enrichment as JSON], body (UTF-8, no separators)
//
// Facts are what every event has of its sender (`sender_facts.ts`); who says more has it as JSON.

import { asBuffer } from "../../base/bytes.ts";
import type { Enrichment, EventForm } from "../../model/event.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { assert } from "../../base/assert.ts";
import type { TextMemo } from "../../base/text_memo.ts";
import { enrichmentOfFacts, factsOf } from "./sender_facts.ts";

/** What stands before the body. */
export interface EventHead {
  readonly client: string;
  readonly form: EventForm;
  readonly name: string;
  /** What the front found out about the sender; absent or null: nothing. */
  readonly enrichment?: Enrichment | null;
}

/** What the engine reads from it. */
export interface DecodedEvent {
  readonly client: string;
  readonly name: string;
  /** Unix ms, or null when the sender gave none. */
  readonly eventMs: number | null;
  readonly data: JsonObject;
  readonly enrichment: Enrichment | null;
}

const HEADER_BYTES = 4;
const FORM_ENVELOPE = 1;
const FORM_NAMED = 2;
const WITH_FACTS = 64;
const WITH_ENRICHMENT = 128;
const FORM_BITS = WITH_FACTS - 1;
const FACTS_BYTES = 2;
const ENRICHMENT_HEADER_BYTES = 2;
const noBytes = new Uint8Array(0);

/** The payload up to the body, which follows as it was received. */
export function encodeEventHead(head: EventHead): Uint8Array {
  const clientBytes = Buffer.byteLength(head.client);
  const nameBytes = Buffer.byteLength(head.name);
  assert(clientBytes < 256 && nameBytes < 65_536, "client and event name are checked at the door");
  const said = head.enrichment ?? null;
  const facts = said === null ? null : factsOf(said);
  const enrichment = facts === null ? enrichmentBytes(said) : noBytes;
  const nameEnd = HEADER_BYTES + clientBytes + nameBytes;
  const bytes = Buffer.allocUnsafe(nameEnd + (facts === null ? enrichment.length : FACTS_BYTES));
  const more = facts !== null ? WITH_FACTS : enrichment.length > 0 ? WITH_ENRICHMENT : 0;
  bytes[0] = (head.form === "envelope" ? FORM_ENVELOPE : FORM_NAMED) + more;
  bytes[1] = clientBytes;
  bytes.writeUInt16LE(nameBytes, 2);
  bytes.write(head.client, HEADER_BYTES, "utf8");
  bytes.write(head.name, HEADER_BYTES + clientBytes, "utf8");
  if (facts !== null) bytes.writeUInt16LE(facts, nameEnd);
  bytes.set(enrichment, nameEnd);
  return bytes;
}

function enrichmentBytes(enrichment: Enrichment | null): Uint8Array {
  if (enrichment === null) return noBytes;
  const json = Buffer.from(JSON.stringify(enrichment));
  assert(json.length < 65_536, "the front bounds what it notes of a sender");
  const bytes = Buffer.allocUnsafe(ENRICHMENT_HEADER_BYTES + json.length);
  bytes.writeUInt16LE(json.length);
  bytes.set(json, ENRICHMENT_HEADER_BYTES);
  return bytes;
}

/**
 * The door let only well-formed events through, so what fails here is a bug or a damaged log.
 * @param texts worth while where many events are read
 */
export function decodeEventPayload(payload: Uint8Array, texts: TextMemo | null = null): DecodedEvent {
  const bytes = asBuffer(payload);
  const clientEnd = HEADER_BYTES + (bytes[1] ?? 0);
  const nameEnd = clientEnd + bytes.readUInt16LE(2);
  const client = texts?.textOf(bytes, HEADER_BYTES, clientEnd) ?? bytes.toString("utf8", HEADER_BYTES, clientEnd);
  const flags = bytes[0] ?? 0;
  const isEnriched = (flags & WITH_ENRICHMENT) !== 0;
  const hasFacts = (flags & WITH_FACTS) !== 0;
  const form = flags & FORM_BITS;
  const bodyStart = bodyStartOf(bytes, nameEnd);
  const enrichment: Enrichment | null = isEnriched
    ? parseObject(bytes.toString("utf8", nameEnd + ENRICHMENT_HEADER_BYTES, bodyStart))
    : hasFacts
      ? enrichmentOfFacts(bytes.readUInt16LE(nameEnd))
      : null;
  const body = parseObject(bytes.toString("utf8", bodyStart, bytes.length));
  if (form === FORM_NAMED) {
    return {
      client,
      name: bytes.toString("utf8", clientEnd, nameEnd),
      eventMs: parseTime(body["event_time"]),
      data: body,
      enrichment,
    };
  }
  assert(form === FORM_ENVELOPE, "unknown form of event payload");
  const name = body["event_name"];
  assert(typeof name === "string", "event without a name");
  return { client, name, eventMs: parseTime(body["event_time"]), data: dataOf(body), enrichment };
}

/** The event's JSON text as it was received. */
export function bodyIn(payload: Uint8Array): string {
  const bytes = asBuffer(payload);
  const nameEnd = HEADER_BYTES + (bytes[1] ?? 0) + bytes.readUInt16LE(2);
  return bytes.toString("utf8", bodyStartOf(bytes, nameEnd));
}

function bodyStartOf(bytes: Buffer, nameEnd: number): number {
  const flags = bytes[0] ?? 0;
  if ((flags & WITH_ENRICHMENT) !== 0) return nameEnd + ENRICHMENT_HEADER_BYTES + bytes.readUInt16LE(nameEnd);
  return (flags & WITH_FACTS) !== 0 ? nameEnd + FACTS_BYTES : nameEnd;
}

/** The data map of a body that the door let through. */
export function dataOfBody(form: EventForm, body: Uint8Array): JsonObject {
  const value = parseObject(asBuffer(body).toString("utf8"));
  return form === "named" ? value : dataOf(value);
}

function dataOf(envelope: JsonObject): JsonObject {
  const data = envelope["data"];
  return isJsonObject(data) ? data : {};
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  assert(isJsonObject(value), "event body is not an object");
  return value;
}

function parseTime(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
