// Events on their way: kept over reloads, sent one after the other, each with an id by which the programme takes it once.
//
//   Q1. An event leaves the queue when it was answered, also with a refusal: what is wrong today is wrong tomorrow.
//   Q2. One that gets no answer stays first, and is sent again when the network is back, or later and later.
//   Q3. The queue is bounded: the oldest make room.

import type { Consent } from "./consent.ts";
import type { PageStorage } from "./storage.ts";
import type { Json, Transport } from "./transport.ts";

export const EVENTS = "events";

export interface OutgoingEvent {
  readonly event_name: string;
  readonly data: Json;
  readonly jwt?: string;
  readonly event_time: string;
  readonly message_id: string;
}

export type Sent = (answer: Json | null) => void;

const EVENTS_MAX = 100;
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 60_000;

export class EventQueue {
  readonly #parts: { readonly storage: PageStorage; readonly transport: Transport; readonly consent: Consent };
  #events: OutgoingEvent[];
  /** Who waits for an answer, by the event's id; not kept over reloads. */
  readonly #waiting = new Map<string, Sent>();
  #isSending = false;
  #pauseMs = PAUSE_MIN_MS;

  constructor(parts: { readonly storage: PageStorage; readonly transport: Transport; readonly consent: Consent }) {
    this.#parts = parts;
    this.#events = readEvents(parts.storage.get(EVENTS));
    addEventListener("online", () => void this.#send());
    // The last moment that browsers on phones tell of.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#beacon();
    });
    void this.#send();
  }

  add(name: string, data: Json, jwt: string | undefined, sent: Sent): void {
    const message_id = crypto.randomUUID();
    const event_time = new Date().toISOString();
    this.#waiting.set(message_id, sent);
    this.#keep([
      ...this.#events,
      { event_name: name, data, ...(jwt === undefined ? {} : { jwt }), event_time, message_id },
    ]);
    void this.#send();
  }

  forget(): void {
    this.#keep([]);
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#parts.consent.isGiven) {
      const [event] = this.#events;
      if (event === undefined) break;
      const reply = await this.#parts.transport.call("/events", event);
      if (reply === null) {
        setTimeout(() => void this.#send(), this.#pauseMs);
        this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
        break;
      }
      this.#pauseMs = PAUSE_MIN_MS;
      this.#answered(event, reply.body);
    }
    this.#isSending = false;
  }

  #answered({ message_id }: OutgoingEvent, answer: Json | null): void {
    this.#keep(this.#events.filter((event) => event.message_id !== message_id));
    this.#waiting.get(message_id)?.(answer);
    this.#waiting.delete(message_id);
  }

  /** They stay in the queue: a page that comes back sends them again, and each counts once. */
  #beacon(): void {
    if (!this.#parts.consent.isGiven) return;
    for (const { data, ...event } of this.#events) {
      if (!this.#parts.transport.beacon("/events", { ...event, data: JSON.stringify(data) })) return;
    }
  }

  /** Q3. */
  #keep(events: OutgoingEvent[]): void {
    this.#events = events.slice(-EVENTS_MAX);
    for (const { message_id } of events.slice(0, -EVENTS_MAX)) this.#waiting.delete(message_id);
    this.#parts.storage.set(EVENTS, this.#events.length === 0 ? null : JSON.stringify(this.#events));
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
  return (
    typeof value === "object" && value !== null && "event_name" in value && "message_id" in value && "data" in value
  );
}
