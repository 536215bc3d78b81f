// PlainEvents: what the front needs of an event, read from its bytes in one pass, without building the value that they stand for. Hot path.
//
//   P1. What is read here, the slow way (`JsonGate`, then the checks of `EventGate`) lets through too, and reads the same in it.
//   P2. In doubt nothing is read, and the slow way decides: it knows every rule and words every refusal. So this file is strict where being
//       exact would cost time: other scripts and escapes in names and keys, equal hashes, many names, bounds of members that nobody reads.
//
// Why: `JSON.parse` is most of what an event costs the front, which then looks at two or three of its texts.

import { isUtf8 } from "node:buffer";
import type { EventForm } from "../../model/event.ts";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  type CursorName,
  cursorName,
  DOUBT,
  JsonCursor,
  QUOTE,
} from "../http/json_cursor.ts";
import type { ApiLimits } from "../limits.ts";
import { parseEventTime } from "./event_time.ts";

/** Members of an event's data that the front looks at, as sent; null where there is none. */
export type PlainData = { [name in (typeof plainNames)[number]]: string | null };

const plainNames = [
  "person_id",
  "email",
  "partner_user_id",
  "source_ip",
  "user_agent",
  "referrer",
  "device_id",
] as const;
const envelopeNames = ["event_name", "event_time", "data"] as const;
/** Never let through (G3 of `JsonGate`). */
const reservedNames = ["__proto__", "constructor", "prototype"] as const;

/** Whose members an object has; "named": of the data, which are the whole body. */
type Role = "envelope" | "data" | "named" | "other";

/** Names of all objects that are open at a time; more are unusual. */
const NAMES_OPEN_MAX = 64;

export class PlainEvents {
  readonly #limits: ApiLimits;
  readonly #cursor = new JsonCursor();
  /** Hashes of the names of all objects that are open, the innermost last. */
  readonly #hashes = new Int32Array(NAMES_OPEN_MAX);
  #namesOpen = 0;
  #members = 0;
  #hasName = false;
  /** Where the texts of `plainNames` begin and end; 0 where there is none. */
  readonly #textFrom = new Int32Array(plainNames.length);
  readonly #textEnd = new Int32Array(plainNames.length);

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  /** Null in doubt (P2). */
  read(bytes: Buffer, from: number, end: number, form: EventForm): PlainData | null {
    const cursor = this.#cursor;
    cursor.reset(bytes, end);
    this.#namesOpen = 0;
    this.#members = 0;
    this.#hasName = form === "named";
    this.#textFrom.fill(0);
    const at = this.#skipObject(cursor.skipSpace(from), 1, form);
    if (at === DOUBT || cursor.skipSpace(at) !== end || !this.#hasName) return null;
    if (cursor.hasBeyondAscii && !isUtf8(bytes.subarray(from, end))) return null;
    return {
      person_id: this.#text(0),
      email: this.#text(1),
      partner_user_id: this.#text(2),
      source_ip: this.#text(3),
      user_agent: this.#text(4),
      referrer: this.#text(5),
      device_id: this.#text(6),
    };
  }

  #text(plain: number): string | null {
    const from = this.#textFrom[plain] ?? 0;
    return from === 0 ? null : this.#cursor.textAt(from, this.#textEnd[plain] ?? 0);
  }

  #skipObject(from: number, depth: number, role: Role): number {
    const cursor = this.#cursor;
    if (cursor.byteAt(from) !== BRACE_OPEN || depth > this.#limits.depthMax) return DOUBT;
    const firstName = this.#namesOpen;
    let at = cursor.skipSpace(from + 1);
    if (cursor.byteAt(at) === BRACE_CLOSE) return at + 1;
    for (;;) {
      at = this.#skipMember(at, depth, role, firstName);
      if (at === DOUBT) return DOUBT;
      at = cursor.skipSpace(at);
      const byte = cursor.byteAt(at);
      if (byte === BRACE_CLOSE) break;
      if (byte !== COMMA) return DOUBT;
      at = cursor.skipSpace(at + 1);
    }
    if (this.#namesOpen - firstName > this.#limits.dataKeysMax) return DOUBT;
    this.#namesOpen = firstName;
    return at + 1;
  }

  #skipMember(from: number, depth: number, role: Role, firstName: number): number {
    const cursor = this.#cursor;
    if (cursor.byteAt(from) !== QUOTE) return DOUBT;
    let at = cursor.skipName(from + 1);
    if (at === DOUBT || !this.#isNew(cursor.nameHash, firstName)) return DOUBT;
    const known = knownByHash(cursor.nameHash);
    // The same letters in another case, or the same hash by chance.
    if (known !== null && !cursor.isText(known)) return DOUBT;
    at = cursor.skipSpace(at);
    if (cursor.byteAt(at) !== COLON) return DOUBT;
    at = cursor.skipSpace(at + 1);
    return known === null ? this.#skipValue(at, depth) : this.#skipKnown(at, depth, role, known);
  }

  /** False also when there are too many names. */
  #isNew(hash: number, firstName: number): boolean {
    const hashes = this.#hashes;
    const last = this.#namesOpen;
    if (last === NAMES_OPEN_MAX || ++this.#members > this.#limits.keysTotalMax) return false;
    for (let i = firstName; i < last; i++) if (hashes[i] === hash) return false;
    hashes[last] = hash;
    this.#namesOpen = last + 1;
    return true;
  }

  #skipKnown(at: number, depth: number, role: Role, known: Known): number {
    switch (known.meaning) {
      case "event_name":
        return role === "envelope" ? this.#skipEventName(at) : this.#skipValue(at, depth);
      case "event_time":
        return role === "envelope" || role === "named" ? this.#skipTime(at) : this.#skipValue(at, depth);
      case "data":
        return role === "envelope" ? this.#skipObject(at, depth + 1, "data") : this.#skipValue(at, depth);
      case "reserved":
        return DOUBT;
      case "plain":
        return role === "data" || role === "named" ? this.#skipPlain(at, known.plain) : this.#skipValue(at, depth);
    }
  }

  #skipPlain(from: number, plain: number): number {
    const cursor = this.#cursor;
    if (cursor.byteAt(from) !== QUOTE) return cursor.skipNull(from);
    const at = this.#skipText(from);
    if (at === DOUBT || !cursor.isTextPlain) return DOUBT;
    this.#textFrom[plain] = cursor.textFrom;
    this.#textEnd[plain] = cursor.textEnd;
    return at;
  }

  #skipEventName(from: number): number {
    const cursor = this.#cursor;
    if (cursor.byteAt(from) !== QUOTE) return DOUBT;
    const at = cursor.skipText(from + 1);
    if (at === DOUBT || cursor.textEnd - cursor.textFrom > this.#limits.eventNameLengthMax) return DOUBT;
    let letters = 0;
    for (let i = cursor.textFrom; i < cursor.textEnd; i++) {
      const kind = kindInNames[cursor.byteAt(i)] ?? FOREIGN;
      if (kind === FOREIGN) return DOUBT;
      if (kind === LETTER) letters++;
    }
    this.#hasName = letters > 0;
    return at;
  }

  #skipTime(from: number): number {
    const cursor = this.#cursor;
    if (cursor.byteAt(from) !== QUOTE) return cursor.skipNull(from);
    const at = cursor.skipText(from + 1);
    if (at === DOUBT || !cursor.isTextPlain) return DOUBT;
    const ms = parseEventTime(cursor.textAt(cursor.textFrom, cursor.textEnd));
    return ms !== null && ms <= Date.now() + this.#limits.eventAheadMsMax ? at : DOUBT;
  }

  #skipValue(from: number, depth: number): number {
    switch (this.#cursor.byteAt(from)) {
      case QUOTE:
        return this.#skipText(from);
      case BRACE_OPEN:
        return this.#skipObject(from, depth + 1, "other");
      case BRACKET_OPEN:
        return this.#skipList(from, depth + 1);
      default:
        return this.#cursor.skipScalar(from);
    }
  }

  #skipText(from: number): number {
    const cursor = this.#cursor;
    const at = cursor.skipText(from + 1);
    return cursor.textEnd - cursor.textFrom > this.#limits.textBytesMax ? DOUBT : at;
  }

  #skipList(from: number, depth: number): number {
    const cursor = this.#cursor;
    if (depth > this.#limits.depthMax) return DOUBT;
    let at = cursor.skipSpace(from + 1);
    if (cursor.byteAt(at) === BRACKET_CLOSE) return at + 1;
    for (;;) {
      at = this.#skipValue(at, depth);
      if (at === DOUBT) return DOUBT;
      at = cursor.skipSpace(at);
      const byte = cursor.byteAt(at);
      if (byte === BRACKET_CLOSE) return at + 1;
      if (byte !== COMMA) return DOUBT;
      at = cursor.skipSpace(at + 1);
    }
  }
}

/** What names of events are made of, as far as ASCII goes. */
const FOREIGN = 0;
const LETTER = 1;
const BLANK = 2;
const kindInNames = new Uint8Array(256);
for (const byte of Buffer.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."))
  kindInNames[byte] = LETTER;
kindInNames[0x20] = BLANK;

interface Known extends CursorName {
  readonly meaning: "event_name" | "event_time" | "data" | "plain" | "reserved";
  /** Place in `plainNames`. */
  readonly plain: number;
}

/** By hash, scattered over more slots than there are names: most names that mean nothing meet an empty slot. */
const SLOTS = 128;
const slots: (Known | null)[] = Array.from({ length: SLOTS }, () => null);
plainNames.forEach((name, plain) => addKnown({ ...cursorName(name), meaning: "plain", plain }));
for (const name of envelopeNames) addKnown({ ...cursorName(name), meaning: name, plain: -1 });
for (const name of reservedNames) addKnown({ ...cursorName(name), meaning: "reserved", plain: -1 });

function addKnown(known: Known): void {
  let slot = known.hash & (SLOTS - 1);
  while (slots[slot] !== null) slot = (slot + 1) & (SLOTS - 1);
  slots[slot] = known;
}

function knownByHash(hash: number): Known | null {
  let slot = hash & (SLOTS - 1);
  for (;;) {
    const known = slots[slot] ?? null;
    if (known === null || known.hash === hash) return known;
    slot = (slot + 1) & (SLOTS - 1);
  }
}
