// RuntimeClient: all that `src/api` may know of the runtime.
//
//   R1. A resolved `durable` means: in the log on stable storage. A resolved `outcome` means: applied, readable by every later query.
//   R2. What is refused here (back-pressure, log away) was not appended.

import type { JsonObject } from "../model/json.ts";
import type { Query, QueryAnswer } from "../engine/mod.ts";

/** An event that passed the checks at the door. */
export interface IncomingEvent {
  readonly client: string;
  /** "envelope": `body` is `{event_name, event_time, data}`; "named": `body` is the data map and `name` the event's name. */
  readonly form: "envelope" | "named";
  readonly name: string;
  /** The JSON text as received, UTF-8. Borrowed until the call returns. */
  readonly body: Uint8Array;
  /** The parsed data map, for routing only. */
  readonly data: JsonObject;
}

export interface Accepted {
  /** 19 digits. */
  readonly eventId: string;
  /** Shared by all events of one commit group. Rejects with `Unavailable`. */
  readonly durable: Promise<void>;
}

export interface Applied {
  readonly eventId: string;
  readonly personId: string | null;
  readonly errorCode: string | null;
  readonly value: unknown;
}

/** Why the runtime takes nothing right now. `retryAfterSeconds` is honest advice, at least 1. */
export class Unavailable extends Error {
  override name = "Unavailable";
  readonly reason: "busy" | "log_unavailable" | "stopping" | "recovering";
  readonly retryAfterSeconds: number;
  constructor(reason: Unavailable["reason"], retryAfterSeconds: number) {
    super(`runtime unavailable: ${reason}`);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface RuntimeClient {
  /** Queues an event for the log. Throws `Unavailable`. */
  accept(event: IncomingEvent): Accepted;
  /** As `accept`, and resolves when the event is completely processed. Rejects with `Unavailable` or after the deadline with `OutcomeUnknown`. */
  acceptAndApply(event: IncomingEvent): Promise<Applied>;
  /** Appends a command and resolves with its result. */
  command(command: RuntimeCommand): Promise<Applied>;
  /** Asks the owner of one partition. */
  query(partition: number, query: Query): Promise<QueryAnswer>;
  /** Asks all partitions; answers in order of partition. */
  queryAll(query: Query): Promise<QueryAnswer[]>;
  /** True while further events would be refused as busy: bulk readers pause until `whenIdle` resolves. */
  isBusy(): boolean;
  whenIdle(): Promise<void>;
  readonly partitions: number;
  status(): RuntimeStatus;
}

export type RuntimeCommand = {
  readonly kind: "forward_person";
  readonly client: string;
  readonly personId: string;
  readonly toPersonId: string;
};

export interface RuntimeStatus {
  readonly isReady: boolean;
  /** Why not, in one sentence; null when ready. */
  readonly reason: string | null;
}

/** The event is in the log, but its outcome did not arrive in time: reading it later is safe, sending it again is a second event. */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
  readonly eventId: string;
  constructor(eventId: string) {
    super(`outcome of ${eventId} not known in time`);
    this.eventId = eventId;
  }
}
