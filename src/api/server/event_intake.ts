// EventIntake: from the body of an event request to its answer. Hot path.
//
//   E1. What the runtime refused was not appended; the sender is told so and may send it again.
//   E2. An asynchronous answer means durable, a synchronous one completely processed.

import { apiError, isErrorCode } from "../../model/errors.ts";
import type { EventForm } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Applied, IncomingEvent, RuntimeClient } from "../../runtime/client.ts";
import { readBody } from "../http/body.ts";
import type { Exchange } from "../http/exchange.ts";
import { limiterOf, type RateLimiter } from "../http/rate_limiter.ts";
import type { StreamCall } from "../http/route.ts";
import type { CommonState } from "../common_state.ts";
import type { ApiLimits } from "../limits.ts";
import { BulkRequest } from "./bulk_request.ts";
import { DurableAcks } from "./durable_acks.ts";
import { EventGate } from "./event_gate.ts";
import type { DescribeSender } from "./sender.ts";
import { isTimeZoneHeader } from "./time_zone.ts";

/** What the path says about the event: its name, when the body is the data alone. */
interface Addressed {
  readonly form: EventForm;
  /** Empty in the envelope form. */
  readonly name: string;
}

const envelope: Addressed = { form: "envelope", name: "" };
/** The body of a named event that was sent without one. */
const emptyData = Buffer.from("{}");

export class EventIntake {
  readonly #runtime: RuntimeClient;
  readonly #limits: ApiLimits;
  readonly #gate: EventGate;
  readonly #acks = new DurableAcks();
  readonly #describeSender: DescribeSender;
  /** Null: no limit. */
  readonly #persons: RateLimiter | null;

  constructor(parts: {
    readonly runtime: RuntimeClient;
    readonly limits: ApiLimits;
    readonly common: Pick<CommonState, "personRates">;
    readonly describeSender: DescribeSender;
  }) {
    this.#describeSender = parts.describeSender;
    this.#runtime = parts.runtime;
    this.#limits = parts.limits;
    this.#gate = new EventGate(parts.limits);
    this.#persons = limiterOf(parts.limits.personEventsPerSecondMax, 1_000, parts.common.personRates);
  }

  takeSync(exchange: Exchange, call: StreamCall): void {
    const event = this.#addressed(exchange, call);
    if (event === null) return;
    this.#readEvent(exchange, event, (body) => {
      const incoming = this.#incoming(exchange, call, event, body);
      if (incoming === null || this.#isTooOften(exchange, incoming)) return;
      this.#runtime.acceptAndApply(incoming).then(
        (applied) => answerApplied(exchange, applied),
        (error: unknown) => exchange.fail(error),
      );
    });
  }

  #isTooOften(exchange: Exchange, { client, data }: IncomingEvent): boolean {
    const person = this.#persons === null ? null : personOf(data);
    if (this.#persons === null || person === null) return false;
    const retryAfterSeconds = this.#persons.take(`${client}/${person}`, Date.now());
    if (retryAfterSeconds !== null) exchange.refuse(apiError("too_many_requests"), { retryAfterSeconds });
    return retryAfterSeconds !== null;
  }

  takeAsync(exchange: Exchange, call: StreamCall): void {
    const event = this.#addressed(exchange, call);
    if (event === null) return;
    if (call.bodyType === "ndjson") return this.#takeBulk(exchange, call, event);
    this.#readEvent(exchange, event, (body) => {
      const incoming = this.#incoming(exchange, call, event, body);
      if (incoming !== null) this.#acks.answerWhenDurable(exchange, this.#runtime.accept(incoming));
    });
  }

  #takeBulk(exchange: Exchange, call: StreamCall, { form, name }: Addressed): void {
    const { client, scopes } = call.grant;
    const describeSender = this.#describeSender;
    const own = { runtime: this.#runtime, gate: this.#gate, limits: this.#limits, describeSender };
    const parts = { ...own, client, scopes, form, name };
    new BulkRequest(exchange, parts).start();
  }

  /** Null when the event was refused. */
  #incoming(exchange: Exchange, { grant }: StreamCall, { form, name }: Addressed, body: Buffer): IncomingEvent | null {
    const checked = this.#gate.check(body, 0, body.length, form);
    if (!checked.ok) {
      exchange.refuse(checked.error);
      return null;
    }
    const { data, isDataWhole } = checked.value;
    const { client, scopes } = grant;
    const headers = exchange.head.wanted;
    const describeSender = this.#describeSender;
    const enrichment = describeSender(data, scopes);
    return { client, form, name, body, data, isDataWhole, enrichment, headers, describeSender };
  }

  /** Null when the name in the path, or what surrounds it, was refused. */
  #addressed(exchange: Exchange, call: StreamCall): Addressed | null {
    const { timeZone } = exchange.head;
    if (timeZone !== "" && !isTimeZoneHeader(timeZone)) {
      exchange.refuse(apiError("invalid_parameter", { name: "Time-Zone" }));
      return null;
    }
    const name = call.params[0];
    if (name === undefined) return envelope;
    const error = this.#gate.checkName(name);
    if (error === null) return { form: "named", name: name.trim() };
    exchange.refuse(error);
    return null;
  }

  #readEvent(exchange: Exchange, { form }: Addressed, take: (body: Buffer) => void): void {
    readBody(exchange, this.#limits.bodyBytesMax, (body) => {
      if (body.length > 0) return take(body);
      if (form === "named") return take(emptyData);
      return exchange.refuse(apiError("missing_request_body"));
    });
  }
}

/** As the event names it, strongest first; null: nobody that is known. */
function personOf(data: JsonObject): string | null {
  for (const name of ["person_id", "email", "partner_user_id"]) {
    const value = data[name];
    if (typeof value === "string" && value.trim().length > 0) return `${name}/${value.trim().toLowerCase()}`;
  }
  return null;
}

/** Codes come from the engine: one that is not in the catalogue is our bug, not the caller's. */
function answerApplied(exchange: Exchange, { eventId, personId, errorCode }: Applied): void {
  if (errorCode !== null && isErrorCode(errorCode)) {
    return exchange.refuse(apiError(errorCode, { event_id: eventId }));
  }
  if (errorCode !== null || personId === null) {
    return exchange.fail(new Error(`event ${eventId} ended with code ${errorCode} and person ${personId}`));
  }
  exchange.json(`{"event_id":"${eventId}","person_id":"${personId}"}`);
}
