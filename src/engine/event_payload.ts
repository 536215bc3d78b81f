// Payload of an `event` record: who sent it and the JSON text as received, so that a replay sees exactly what the sender said.
//
//     0  u8 form (1 envelope, 2 named)   1  u8 client bytes   2  u16 name bytes   4  client, name, body (UTF-8, no separators)

import type { JsonObject } from "../model/json.ts";
import { assert } from "../base/assert.ts";

export interface EventPayload {
  readonly client: string;
  /** "envelope": `body` is `{event_name, event_time, data}`; "named": `body` is the data map, `name` the event's name. */
  readonly form: "envelope" | "named";
  readonly name: string;
  readonly body: Uint8Array;
}

/** What the engine reads from it. */
export interface DecodedEvent {
  readonly client: string;
  readonly name: string;
  /** Unix ms, or null when the sender gave none. */
  readonly eventMs: number | null;
  readonly data: JsonObject;
}

const HEADER_BYTES = 4;
const FORM_ENVELOPE = 1;
const FORM_NAMED = 2;

export function encodeEventPayload(payload: EventPayload): Uint8Array {
  const clientBytes = Buffer.byteLength(payload.client);
  const nameBytes = payload.name.length === 0 ? 0 : Buffer.byteLength(payload.name);
  assert(clientBytes < 256 && nameBytes < 65_536, "client and event name are checked at the door");
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + clientBytes + nameBytes + payload.body.length);
  bytes[0] = payload.form === "envelope" ? FORM_ENVELOPE : FORM_NAMED;
  bytes[1] = clientBytes;
  bytes.writeUInt16LE(nameBytes, 2);
  bytes.write(payload.client, HEADER_BYTES, "utf8");
  if (nameBytes > 0) bytes.write(payload.name, HEADER_BYTES + clientBytes, "utf8");
  bytes.set(payload.body, HEADER_BYTES + clientBytes + nameBytes);
  return bytes;
}

/** The door let only well-formed events through, so what fails here is a bug or a damaged log. */
export function decodeEventPayload(payload: Uint8Array): DecodedEvent {
  const bytes = asBuffer(payload);
  const clientEnd = HEADER_BYTES + (bytes[1] ?? 0);
  const nameEnd = clientEnd + bytes.readUInt16LE(2);
  const client = bytes.toString("utf8", HEADER_BYTES, clientEnd);
  const body = parseObject(bytes.toString("utf8", nameEnd, bytes.length));
  if (bytes[0] === FORM_NAMED) {
    return {
      client,
      name: bytes.toString("utf8", clientEnd, nameEnd),
      eventMs: parseTime(body["event_time"]),
      data: body,
    };
  }
  assert(bytes[0] === FORM_ENVELOPE, "unknown form of event payload");
  const name = body["event_name"];
  assert(typeof name === "string", "event without a name");
  const data = body["data"];
  return { client, name, eventMs: parseTime(body["event_time"]), data: isObject(data) ? data : {} };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  assert(isObject(value), "event body is not an object");
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseTime(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
