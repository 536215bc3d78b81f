// RuntimeClient: all that `src/api` may know of the runtime.
//
//   R1. A resolved `durable` means: in the log on stable storage. A resolved `outcome` means: applied, readable by every later query.
//   R2. What is refused here (back-pressure, log away) was not appended.

import type { Result } from "../base/result.ts";
import type { Command, Explanation, Query, QueryAnswer } from "../engine/mod.ts";
import type { Collection, Configuration, DocumentChange, HistoryCollection } from "../model/configuration.ts";
import type { ApiError } from "../model/errors.ts";
import type { Enrichment, EventForm } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import type { CompileError } from "../rules/mod.ts";

export { partitionOfBearer } from "../engine/mod.ts";

/** An event that passed the checks at the door. */
export interface IncomingEvent {
  readonly client: string;
  readonly form: EventForm;
  readonly name: string;
  /** The JSON text as received, UTF-8. Borrowed until the call returns. */
  readonly body: Uint8Array;
  /** What the front looks at of the data map. */
  readonly data: JsonObject;
  /** False: `data` has, under their exact names, only what is looked at in every event; the body has the rest. */
  readonly isDataWhole: boolean;
  /** What is known of the sender; absent: nothing. */
  readonly enrichment?: Enrichment | null;
  /** Of the request, as far as `wantedHeaders` names them; in lower case. */
  readonly headers?: ReadonlyMap<string, string> | null;
  /** Finds out anew about the sender, when the client's prehandlers have changed the data. */
  readonly describeSender?: (data: JsonObject, scopes: readonly string[]) => Enrichment;
}

export interface Accepted {
  /** 19 digits. */
  readonly eventId: string;
  /** Resolves when the event is durable; later where the runtime is behind, so that who waits for it slows down. Shared by all events of one commit group. Rejects with `Unavailable`. */
  readonly durable: Promise<void>;
}

export interface Applied {
  readonly eventId: string;
  readonly personId: string | null;
  readonly errorCode: string | null;
  readonly value: unknown;
}

/** `person_busy`: nothing more of this one sender. */
export type UnavailableReason = "busy" | "person_busy" | "log_unavailable" | "stopping" | "recovering";

/** Why the runtime takes nothing right now. `retryAfterSeconds` is honest advice, at least 1. */
export class Unavailable extends Error {
  override name = "Unavailable";
  readonly reason: UnavailableReason;
  readonly retryAfterSeconds: number;
  constructor(reason: UnavailableReason, retryAfterSeconds: number) {
    super(`runtime unavailable: ${reason}`);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The client's configuration refuses the event; it was not appended. */
export class EventRefused extends Error {
  override name = "EventRefused";
  readonly error: ApiError;
  constructor(error: ApiError) {
    super(`event refused: ${error.code}`);
    this.error = error;
  }
}

export interface RuntimeClient {
  /** Queues an event for the log. Throws `Unavailable` and `EventRefused`. */
  accept(event: IncomingEvent): Accepted;
  /**
   * As `accept`, and resolves when the event is completely processed. Rejects with `Unavailable`, `EventRefused` or after the deadline with
   * `OutcomeUnknown`.
   */
  acceptAndApply(event: IncomingEvent): Promise<Applied>;
  /** The payload of the event's record, for whoever sends it later. Throws `EventRefused`. */
  payloadOf(event: IncomingEvent): Uint8Array;
  /** Appends a command and resolves with its result. */
  command(command: RuntimeCommand): Promise<Applied>;
  /** Asks the owner of one partition. */
  query(partition: number, query: Query): Promise<QueryAnswer>;
  /** Asks all partitions; answers in order of partition. */
  queryAll(query: Query): Promise<QueryAnswer[]>;
  /** Why an INPUT event was decided as it was for a person. */
  explain(wanted: { readonly client: string; readonly personId: string; readonly eventId: string }): Promise<Explained>;
  /** Headers, in lower case, that the configuration of any client asks about. */
  readonly wantedHeaders: ReadonlySet<string>;
  /** True while some worker has as much before it as bulk readers may put there: they pause until `whenShallow` resolves. */
  isDeep(): boolean;
  whenShallow(): Promise<void>;
  readonly partitions: number;
  status(): RuntimeStatus;
}

export type Explained =
  | { readonly kind: "explained"; readonly explanation: Explanation }
  /** No such person, or no such event of this person. */
  | { readonly kind: "unknown" }
  /** Longer ago than the person's trail or the log reaches. */
  | { readonly kind: "gone" };

export type RuntimeCommand = Command;

export interface RuntimeStatus {
  readonly isReady: boolean;
  /** Why not, in one sentence; null when ready. */
  readonly reason: string | null;
}

/**
 * The event is in the log, but its outcome did not arrive in time: reading it later is safe, sending it again is a second event. Null: a change, which may be one
 * of several that the request asks for; whoever sent it has to look.
 */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
  readonly eventId: string | null;
  constructor(eventId: string | null) {
    super(`outcome of ${eventId ?? "a change"} not known in time`);
    this.eventId = eventId;
  }
}

/** What a change of configuration comes to: documents to write, all or none, and what to answer when they are. */
export interface ConfigurationDecision<T> {
  readonly changes: readonly DocumentChange[];
  readonly answer: T;
}

/** What a decision may use besides the configuration. */
export interface DecisionMeans {
  readonly nowMs: number;
  /** A new 19-digit id, larger than those before it. */
  readonly newId: () => string;
}

/** What became of a change. */
export interface ConfigurationChanged<T> {
  readonly answer: T;
  readonly revision: number;
  /** True when every partition runs by the configuration as changed (or none had to switch); false: durable, and they will. */
  readonly isInEffect: boolean;
}

export type ConfigurationRefusal =
  /** Decided against; nothing was written. */
  | { readonly kind: "refused"; readonly error: ApiError }
  /** The configuration as changed does not compile; nothing was written. */
  | { readonly kind: "does_not_compile"; readonly errors: readonly CompileError[] }
  /** More than one record of the log holds; nothing was written. */
  | { readonly kind: "too_large"; readonly bytes: number; readonly bytesMax: number }
  /** Others kept changing the configuration in between, as often as the settings allow. */
  | { readonly kind: "contended" };

/**
 * Reads and changes of what operators make. Rejects with `Unavailable` or, where a change may or may not have happened, `OutcomeUnknown`.
 *
 *   N1. `read` sees every change that was answered before, on whichever node.
 *   N2. `decide` is pure and sees the latest configuration; when somebody else's change came first it is run again on theirs.
 *   N3. A change is durable before it is answered, and takes effect in each partition at one position of its log.
 */
export interface ConfigurationClient {
  read(client: string): Promise<Configuration>;
  /** One document alone, as it is now; null when there is none. The client need not exist. */
  readDocument(client: string, collection: Collection, id: string): Promise<JsonObject | null>;
  /** Entries whose ids start with `prefix`, newest (largest id) first; those before `beforeId`, when it is given. */
  listHistory(
    client: string,
    collection: HistoryCollection,
    prefix: string,
    limit: number,
    beforeId?: string,
  ): Promise<JsonObject[]>;
  change<T>(
    client: string,
    decide: (configuration: Configuration, means: DecisionMeans) => Result<ConfigurationDecision<T>, ApiError>,
  ): Promise<Result<ConfigurationChanged<T>, ConfigurationRefusal>>;
}
