// Front: takes events and commands in: an id, a partition, a record in the log. Hot path.
//
//   R1, R2 of client.ts. What is refused here was not appended; what was appended is acknowledged with its group.

import { idTextOfHalves } from "../../base/ids.ts";
import {
  admissionRules,
  type AdmissionRules,
  admit,
  dataOfBody,
  encodeCommand,
  type KeyNames,
  partitionOfBearer,
  partitionOfPerson,
  routeEvent,
  senderHash,
} from "../../engine/mod.ts";
import { FLAG_WANTS_REPLY, type RecordKindNumber, recordKinds } from "../../model/record.ts";
import type { ProgramFrame } from "../../rules/mod.ts";
import { busy, logUnavailable, type RecordSink } from "../flow/appender.ts";
import {
  type Accepted,
  type Applied,
  EventRefused,
  type IncomingEvent,
  OutcomeUnknown,
  type RuntimeCommand,
  Unavailable,
} from "../client.ts";
import { type CrowdMarkMemory, HELD_BACK_MS_MAX, heldBackMs, isAnyCrowded } from "./crowd_marks.ts";
import { EventHeads } from "./event_heads.ts";
import type { FlowLevels } from "../flow/flow_levels.ts";
import { type FrontIds, waitKey } from "../../base/front_ids.ts";
import { Pending } from "./pending.ts";
import type { ReplyColumns } from "../protocol.ts";
import type { Readiness } from "../readiness.ts";
import { REPLIES_PENDING_MAX } from "../settings.ts";

export interface FrontParts {
  readonly sink: RecordSink;
  readonly flow: Pick<FlowLevels, "isBusy">;
  readonly readiness: Pick<Readiness, "check">;
  readonly partitions: number;
  readonly workers: number;
  readonly replyTimeoutMs: number;
  readonly ids: FrontIds;
  readonly crowds: CrowdMarkMemory;
}

/** A program that events are admitted and routed by. */
export interface UsedProgram {
  readonly frame: ProgramFrame;
  readonly revision: number;
}

/** By seconds until one may try again; made once, as `busy` is. */
const personBusy = Array.from(
  { length: Math.ceil(HELD_BACK_MS_MAX / 1000) + 1 },
  (_, seconds) => new Unavailable("person_busy", seconds),
);

const noNames: KeyNames = { profileKeyNames: [], partnerEventKeyNames: [] };

/** What the front needs of a client's program. */
interface ClientProgram extends UsedProgram {
  readonly names: KeyNames;
  /** Null: every event is taken as it is. */
  readonly admission: AdmissionRules | null;
}

export class Front {
  readonly ids: FrontIds;
  readonly replies: Pending<Applied>;
  accepted = 0;
  readonly #parts: FrontParts;
  readonly wantedHeaders = new Set<string>();
  readonly #heads = new EventHeads();
  /** By client. */
  readonly #programs = new Map<string, ClientProgram>();

  constructor(parts: FrontParts) {
    this.#parts = parts;
    this.ids = parts.ids;
    this.replies = new Pending<Applied>({
      countMax: REPLIES_PENDING_MAX,
      timeoutMs: parts.replyTimeoutMs,
      lateError: (eventId) => new OutcomeUnknown(eventId),
    });
  }

  /** False when a newer one is in use already: partitions switch one after another. */
  useProgram({ frame, revision }: UsedProgram): boolean {
    const { client, profileKeyNames, partnerEventKeyNames } = frame;
    const known = this.#programs.get(client);
    if (known !== undefined && known.revision >= revision) return false;
    const names = { profileKeyNames, partnerEventKeyNames };
    this.#programs.set(client, { frame, revision, names, admission: admissionRules(frame, revision) });
    this.#noteHeaders();
    return true;
  }

  /** All that are in use. */
  usedPrograms(): UsedProgram[] {
    return [...this.#programs.values()].map(({ frame, revision }) => ({ frame, revision }));
  }

  accept(event: IncomingEvent): Accepted {
    const nowMs = Date.now();
    this.ids.advance(nowMs);
    const group = this.#appendEvent(event, nowMs, 0);
    return new AcceptedEvent(this.ids.high, this.ids.low, this.#parts.sink.acknowledged(group));
  }

  /** One promise from here to the reply: each more on the way costs the thread a turn of its queue. */
  acceptAndApply(event: IncomingEvent): Promise<Applied> {
    try {
      if (this.replies.isFull) throw busy;
      const nowMs = Date.now();
      const eventId = this.ids.next(nowMs);
      const group = this.#appendEvent(event, nowMs, FLAG_WANTS_REPLY);
      return this.replies.wait(waitKey(this.ids.high, this.ids.low), eventId, group);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  payloadOf(event: IncomingEvent): Uint8Array {
    const rules = this.#programs.get(event.client)?.admission ?? null;
    const taken = rules === null ? event : this.#admit(rules, event, Date.now());
    return Buffer.concat([this.#heads.of(taken), event.body]);
  }

  async command(command: RuntimeCommand): Promise<Applied> {
    this.#parts.readiness.check();
    return this.send(command);
  }

  /** As `command`, also before the runtime is open. */
  async send(command: RuntimeCommand): Promise<Applied> {
    const { partition, payload } = encodeCommand(command, this.#parts.partitions);
    return this.append(partition, recordKinds.command, payload);
  }

  /** Resolves when the record is applied. */
  async append(partition: number, kind: RecordKindNumber, payload: Uint8Array): Promise<Applied> {
    if (this.replies.isFull) throw busy;
    const nowMs = Date.now();
    const eventId = this.ids.next(nowMs);
    if (this.#parts.flow.isBusy(partition % this.#parts.workers)) throw busy;
    const { high: idHigh, low: idLow } = this.ids;
    const record = { kind, flags: FLAG_WANTS_REPLY, timeMs: nowMs, idHigh, idLow, payload };
    const group = this.#parts.sink.append(partition, record);
    this.accepted++;
    return this.replies.wait(waitKey(idHigh, idLow), eventId, group).catch(asOfChange);
  }

  /** Answers whoever waits. A reply may come from another partition than the one that the event went to first. */
  answer(columns: ReplyColumns): void {
    const { ids, personIds, errorCodes, values } = columns;
    for (let i = 0; i < personIds.length; i++) {
      const key = waitKey(ids[2 * i] ?? 0, ids[2 * i + 1] ?? 0);
      this.replies.resolve(key, (eventId) => ({
        eventId,
        personId: personIds[i] ?? null,
        errorCode: errorCodes[i] ?? null,
        value: values[i] ?? null,
      }));
    }
  }

  /** Records that the sink had taken, and that were not appended after all: those of them that somebody waits for, by high and low half. */
  refuse(ids: Uint32Array, error: Unavailable): void {
    for (let i = 0; i < ids.length; i += 2) this.replies.reject(waitKey(ids[i] ?? 0, ids[i + 1] ?? 0), error);
  }

  /** Dropped events were not accepted after all. */
  onDropped(group: number, last?: number): void {
    this.replies.rejectFrom(group, logUnavailable, last);
  }

  #check(partition: number): void {
    this.#parts.readiness.check();
    if (this.#parts.flow.isBusy(partition % this.#parts.workers)) throw busy;
  }

  /** @throws Unavailable for a sender behind whose person too many events wait already */
  #checkSender({ client, data, enrichment }: IncomingEvent, nowMs: number): void {
    const sender = senderHash(client, data, enrichment?.bearer);
    const heldMs = sender === null ? 0 : heldBackMs(this.#parts.crowds, sender, nowMs);
    if (heldMs > 0) throw personBusy[Math.ceil(heldMs / 1000)] ?? busy;
  }

  /** @throws EventRefused */
  #admit(rules: AdmissionRules, event: IncomingEvent, nowMs: number): IncomingEvent {
    this.#parts.readiness.check();
    const admission = admit(rules, event, nowMs);
    if (admission.kind === "refused") throw new EventRefused(admission.error);
    const { data, isDataWhole, enrichment } = admission;
    return { ...event, data, isDataWhole, enrichment };
  }

  #noteHeaders(): void {
    this.wantedHeaders.clear();
    for (const { admission } of this.#programs.values()) {
      for (const name of admission?.headersHere ?? []) this.wantedHeaders.add(name);
      for (const name of admission?.headersThere ?? []) this.wantedHeaders.add(name);
    }
  }

  /** Under the id that `ids` stands at. */
  #appendEvent(event: IncomingEvent, nowMs: number, flags: number): number {
    const program = this.#programs.get(event.client);
    const rules = program?.admission ?? null;
    const taken = rules === null ? event : this.#admit(rules, event, nowMs);
    const partition = this.#partitionOf(taken, program?.names ?? noNames);
    this.#check(partition);
    if (isAnyCrowded(this.#parts.crowds, nowMs)) this.#checkSender(taken, nowMs);
    const { high: idHigh, low: idLow } = this.ids;
    const payloadHead = this.#heads.of(taken);
    const record = { kind: recordKinds.event, flags, timeMs: nowMs, idHigh, idLow, payloadHead, payload: event.body };
    const group = this.#parts.sink.append(partition, record);
    this.accepted++;
    return group;
  }

  #partitionOf({ client, form, body, data, isDataWhole, enrichment }: IncomingEvent, names: KeyNames): number {
    const { partitions } = this.#parts;
    if (enrichment?.bearer !== undefined) return partitionOfBearer(client, enrichment.bearer, partitions);
    const partition = isDataWhole ? null : partitionOfPerson(client, data, partitions);
    if (partition !== null) return partition;
    const eventId = idTextOfHalves(this.ids.high, this.ids.low);
    const whole = isDataWhole ? data : dataOfBody(form, body);
    return routeEvent({ client, data: whole, partitions, names, eventId }).partition;
  }
}

/** The record was no event. */
function asOfChange(error: unknown): never {
  throw error instanceof OutcomeUnknown ? new OutcomeUnknown(null) : error;
}

/** Most events of a bulk are never asked for their id. */
class AcceptedEvent implements Accepted {
  readonly durable: Promise<void>;
  readonly #idHigh: number;
  readonly #idLow: number;

  constructor(idHigh: number, idLow: number, durable: Promise<void>) {
    this.#idHigh = idHigh;
    this.#idLow = idLow;
    this.durable = durable;
  }

  get eventId(): string {
    return idTextOfHalves(this.#idHigh, this.#idLow);
  }
}
