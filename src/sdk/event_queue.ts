// Events on their way: kept over reloads, sent one after the other, each with an id by which the programme takes it once.
//
//   Q1. An event leaves the queue when it was answered, also with a refusal: what is wrong today is wrong tomorrow.
//   Q2. One that gets no answer stays first, and is sent again when the network is back, or later and later.
//   Q3. The queue is bounded: the oldest make room.
//   Q4. An event keeps the token with which it was tried first, or under which its visitor logged out: only what one token sends twice counts once, and
//       nobody's events become those of the next one at the same browser.
//   Q5. Tabs of a shop keep their events in one place. Each writes and removes its own there, and sends what it found when it began, as the tab that tried
//       it first.
//   Q6. What arrives at once happened when it arrived, whatever the clock of this computer says. Only what comes late says when it happened.
//   Q7. Ids are remembered for a day. What a browser took on to send when a page went, and nobody saw answered, is not sent again after that.

import type { Consent } from "./consent.ts";
import { tell } from "./page_callbacks.ts";
import type { PageStorage } from "./storage.ts";
import { isObject, type Json, type Transport } from "./transport.ts";

export const EVENTS = "events";

export interface OutgoingEvent {
  readonly event_name: string;
  readonly data: Json;
  readonly jwt?: string;
  readonly event_time?: string;
  readonly message_id: string;
  /** Q4. */
  readonly token?: string;
  /** Q7. When the browser took it on. */
  readonly left_ms?: number;
}

export type Sent = (answer: Json | null) => void;

export interface QueueParts {
  readonly storage: PageStorage;
  readonly transport: Transport;
  readonly consent: Consent;
}

const EVENTS_MAX = 100;
const AT_ONCE_MS = 10_000;
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 60_000;
/** Less than the day of Q7 by what a call may take. */
const REMEMBERED_MS = 23 * 3_600_000;

export class EventQueue {
  readonly #parts: QueueParts;
  #events: readonly OutgoingEvent[];
  /** Who waits for an answer, by the event's id; not kept over reloads. */
  readonly #waiting = new Map<string, Sent>();
  #isSending = false;
  #pauseMs = PAUSE_MIN_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#events = readEvents(parts.storage.get(EVENTS));
    parts.storage.onChange(EVENTS, (text) => {
      this.#events = withMarksOf(readEvents(text), this.#events);
    });
    addEventListener("online", () => void this.#send());
    // The last moment that browsers on phones tell of.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#beacon();
    });
    void this.#send();
  }

  /** What cannot be written as JSON is not sent. */
  add(name: string, data: Json, jwt: string | undefined, sent: Sent): void {
    const message_id = newId();
    const event = { event_name: name, data, event_time: new Date().toISOString(), message_id };
    // As it is now: the page may go on with its objects.
    const [copy] = readEvents(written([jwt === undefined ? event : { ...event, jwt }]));
    if (copy === undefined) return tell(sent, null);
    this.#waiting.set(message_id, sent);
    this.#keep([...this.#events, copy]);
    void this.#send();
  }

  /** Q4. The visitor of until now is somebody else from now on. */
  detach(): void {
    const token = this.#parts.transport.token();
    this.#keep(this.#events);
    if (token !== null) this.#keep(this.#events.map((event) => ({ token, ...event })));
  }

  forget(): void {
    this.#waiting.clear();
    this.#keep([], this.#events);
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#parts.consent.isGiven && this.#events.length > 0) {
      if (!(await this.#sendFirst())) {
        this.#sendLater();
        break;
      }
      this.#pauseMs = PAUSE_MIN_MS;
    }
    this.#isSending = false;
  }

  #sendLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
  }

  /** Whether it is done with. */
  async #sendFirst(): Promise<boolean> {
    const { transport, consent } = this.#parts;
    const current = await transport.tokenOrNew();
    // Consent, and the queue, may have changed meanwhile, also in another tab.
    this.#keep(this.#events);
    const [first] = this.#events;
    if (first === undefined || !consent.isGiven) return true;
    if (current === null) return false;
    if (isForgotten(first)) {
      this.#answered(first, null);
      return true;
    }
    const event = { token: current, ...first };
    if (first.token === undefined) this.#replace(event);
    const { token } = event;
    const reply = await transport.callAs(token, "/events", toldOf(event));
    if (reply === null) return false;
    // Q6. The clock is wrong: when it arrives is the better time.
    if (reply.problem === "invalid_event_time_format" && event.event_time !== undefined) {
      const { event_time: __, ...timeless } = event;
      this.#replace(timeless);
      return true;
    }
    // It arrived before, and nobody heard with which token to go on: what it proved is shown again.
    if (reply.problem === "message_repeated" && event.jwt !== undefined) await transport.prove(token, event.jwt);
    this.#answered(event, reply.body);
    return true;
  }

  #answered(event: OutgoingEvent, answer: Json | null): void {
    this.#keep(this.#events.filter(isOther(event)), [event]);
    const sent = this.#waiting.get(event.message_id);
    this.#waiting.delete(event.message_id);
    if (sent !== undefined) tell(sent, answer);
  }

  /** They stay in the queue: a page that comes back sends them again, and each counts once. Without a token they would not (Q4). */
  #beacon(): void {
    const { consent, transport } = this.#parts;
    if (!consent.isGiven || !navigator.onLine) return;
    this.detach();
    for (const event of this.#events) {
      if (isForgotten(event)) continue;
      const { token } = event;
      const { data, ...form } = toldOf(event);
      if (token === undefined || !transport.beacon(token, "/events", { ...form, data: JSON.stringify(data) })) return;
      this.#replace({ left_ms: Date.now(), ...event });
    }
  }

  #replace(event: OutgoingEvent): void {
    this.#keep(this.#events.map((each) => (each.message_id === event.message_id ? event : each)));
  }

  /** Q3, Q5. @param gone what is in the queue no more */
  #keep(events: readonly OutgoingEvent[], gone: readonly OutgoingEvent[] = []): void {
    const { storage } = this.#parts;
    const stored = readEvents(storage.get(EVENTS));
    this.#events = withMarksOf(stored, events.slice(-EVENTS_MAX));
    for (const { message_id } of events.slice(0, -EVENTS_MAX)) this.#waiting.delete(message_id);
    const known = new Set([...events, ...gone].map(({ message_id }) => message_id));
    const ofOthers = stored.filter(({ message_id }) => !known.has(message_id));
    const all = [...ofOthers, ...this.#events].slice(-EVENTS_MAX);
    storage.set(EVENTS, all.length === 0 ? null : written(all));
  }
}

/** What the programme is told of it. */
function toldOf(event: OutgoingEvent): Omit<OutgoingEvent, "token" | "left_ms"> {
  const { token: _, left_ms: __, event_time, ...timeless } = event;
  // Q6.
  const isAtOnce = event_time !== undefined && Date.now() - Date.parse(event_time) < AT_ONCE_MS;
  return event_time === undefined || isAtOnce ? timeless : { ...timeless, event_time };
}

/** Q7. */
function isForgotten({ left_ms }: OutgoingEvent): boolean {
  return left_ms !== undefined && left_ms < Date.now() - REMEMBERED_MS;
}

/** Q5. What another tab has noted of events that this one has as well. */
function withMarksOf(noted: readonly OutgoingEvent[], events: readonly OutgoingEvent[]): OutgoingEvent[] {
  const marks = new Map(noted.map(({ message_id, token, left_ms }) => [message_id, { token, left_ms }]));
  return events.map((event) => {
    const { token = event.token, left_ms = event.left_ms } = marks.get(event.message_id) ?? {};
    return { ...event, ...(token === undefined ? {} : { token }), ...(left_ms === undefined ? {} : { left_ms }) };
  });
}

function isOther({ message_id }: OutgoingEvent): (event: OutgoingEvent) => boolean {
  return (event) => event.message_id !== message_id;
}

/** Also where a page is not secure, and browsers make no UUIDs. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((number) => number.toString(36)).join("-");
}

/** One by one: there are pages whose lists write themselves as something else. */
function written(events: readonly OutgoingEvent[]): string | null {
  try {
    return `[${events.map((event) => JSON.stringify(event)).join()}]`;
  } catch {
    return null;
  }
}

/** What cannot be read was written by something else. */
function readEvents(text: string | null): OutgoingEvent[] {
  try {
    const events: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(events) ? events.filter(isEvent) : [];
  } catch {
    return [];
  }
}

function isEvent(value: unknown): value is OutgoingEvent {
  return isObject(value) && "event_name" in value && "message_id" in value && isObject(value["data"]);
}
