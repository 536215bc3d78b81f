// A story: a client's programme in a few words, what people do, and what is known of them afterwards. For the tests of the engine's stages.

import { partitionOf } from "../../src/base/hash.ts";
import { idTextOfHalves, newIdCounter, nextId, originOf, partitionOfReward } from "../../src/base/ids.ts";
import { type Command, encodeCommand, routeEvent } from "../../src/engine/mod.ts";
import { encodeMessage, type Message } from "../../src/engine/message.ts";
import type {
  ActionDocument,
  CampaignDocument,
  ControllerDocument,
  DataKeyType,
  JourneyEntryDocument,
  ProgramDocument,
  StepDataDocument,
  SupplierDocument,
  TriggerDocument,
} from "../../src/model/campaign.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person, PersonBlock, Step } from "../../src/model/person.ts";
import { FLAG_WANTS_REPLY, type NewRecord, recordKinds } from "../../src/model/record.ts";
import type { Reward } from "../../src/model/reward.ts";
import { encodeTick } from "../../src/model/tick.ts";
import { EngineNode } from "./engine_node.ts";
import { encodeEventPayload } from "./event_payload.ts";

export const CLIENT = "acme";
export const CAMPAIGN = "7078000000000000001";
export const PARTITIONS = 4;

/** How a request ended for its sender. */
export interface Outcome {
  readonly eventId: string;
  readonly personId: string | null;
  readonly errorCode: string | null;
  readonly value: unknown;
}

/** People may live in different partitions here; `partitions` 1 puts all of them in one. */
export class Story extends EngineNode {
  readonly #ids = newIdCounter(1001);
  #strangerRecords = 0;

  constructor(document: ProgramDocument, partitions: number = PARTITIONS) {
    super(document, partitions);
  }

  /** Somebody sends an event; everything that follows from it is done when this returns. */
  happens(name: string, data: JsonObject = {}, eventTime?: string, enrichment?: Enrichment): Outcome {
    const eventId = this.arrives(name, data, eventTime, enrichment);
    this.settle();
    return this.#outcome(eventId);
  }

  /** Appends an event and leaves it to `settle` or `step` to apply it; returns its id. */
  arrives(name: string, data: JsonObject = {}, eventTime?: string, enrichment: Enrichment | null = null): string {
    const id = nextId(this.#ids, ++this.nowMs);
    const { idHigh, idLow } = halves(id);
    const eventId = idTextOfHalves(idHigh, idLow);
    const { client } = this.program;
    const { partition } = routeEvent({
      client,
      data,
      partitions: this.partitions,
      names: this.program,
      eventId,
      ...(enrichment?.bearer === undefined ? {} : { bearer: enrichment.bearer }),
    });
    const envelope = { event_name: name, data, ...(eventTime === undefined ? {} : { event_time: eventTime }) };
    const body = Buffer.from(JSON.stringify(envelope));
    const payload = encodeEventPayload({ client, form: "envelope", name: "", body, enrichment });
    this.append(partition, this.#record("event", payload, id));
    return eventId;
  }

  /** An operator says that one person is another; returns the code of the refusal or null. */
  forward(from: Person, to: Person): string | null {
    return this.commands({ kind: "forward_person", client: CLIENT, personId: from.id, toPersonId: to.id }).errorCode;
  }

  /** The API asks for a change; everything that follows from it is done when this returns. */
  commands(command: Command): Outcome {
    const commandId = this.asks(command);
    this.settle();
    return this.#outcome(commandId);
  }

  /** As `commands`, and leaves it to `settle` or `step` to apply it; returns its id. */
  asks(command: Command): string {
    const { partition, payload } = encodeCommand(command, this.partitions);
    const id = nextId(this.#ids, ++this.nowMs);
    const { idHigh, idLow } = halves(id);
    this.append(partition, this.#record("command", payload, id));
    return idTextOfHalves(idHigh, idLow);
  }

  /** Time passes in every partition. A tick that does not say how many timers it fires is one of former times. */
  passes(ms: number, timersMax: number | null = null): void {
    this.nowMs += ms;
    for (let partition = 0; partition < this.partitions; partition++) this.tick(partition, timersMax);
    this.settle();
  }

  /** Appends a tick, and leaves it to `settle` or `step` to apply it. */
  tick(partition: number, timersMax: number | null = null): void {
    this.append(partition, this.#record("tick", timersMax === null ? new Uint8Array(0) : encodeTick(timersMax), 0n));
  }

  /** A message from outside these partitions; a new one each time. */
  receives(partition: number, message: Message): void {
    const identity = { source: 511, sequence: ++this.#strangerRecords, n: 0 };
    this.append(partition, this.#record("message", encodeMessage(identity, message), 0n));
    this.settle();
  }

  /** The person behind an e-mail, who must be known; links followed. */
  who(email: string): Person {
    return known(this.personBy(email), email);
  }

  withId(personId: string | null): Person {
    return known(personId === null ? null : this.personById(personId), String(personId));
  }

  /** The person's own entry, links not followed. */
  entry(personId: string): Person {
    return known(this.contexts[originOf(personId) ?? 0]?.state.find("person", personId) ?? null, personId);
  }

  block(person: Person, block: PersonBlock): void {
    const entry = this.contexts[originOf(person.id) ?? 0]?.state.edit("person", person.id);
    known(entry ?? null, person.id).block = block;
  }

  /** "name QUALITY" of each primary step that counts, in order. */
  stepNames(person: Person): string[] {
    return this.stepsOf(person)
      .filter((step) => step.isPrimary)
      .map((step) => `${step.name} ${step.quality}`);
  }

  rewardById(id: string): Reward {
    const answer = this.query(partitionOfReward(id) ?? 0, { kind: "reward", client: CLIENT, rewardId: id });
    if (answer.kind !== "reward" || answer.reward === null) throw new Error(`no reward ${id}`);
    return answer.reward;
  }

  /** The whole of a person's only reward. */
  onlyReward(person: Person): Reward {
    const [summary] = person.rewards;
    if (summary === undefined || person.rewards.length > 1) throw new Error(`${person.rewards.length} rewards`);
    return this.rewardById(summary.id);
  }

  /** Why events had no effect, in every partition. */
  refusals(): string[] {
    return this.contexts.flatMap((_, partition) => {
      const answer = this.query(partition, { kind: "rejected" });
      return answer.kind === "rejected" ? answer.rejected.map(({ reason }) => reason) : [];
    });
  }

  #outcome(eventId: string): Outcome {
    const replies = this.contexts.flatMap(({ effects }) => effects.replies.splice(0));
    const own = replies.filter((reply) => idTextOfHalves(reply.idHigh, reply.idLow) === eventId);
    const [reply] = own;
    if (reply === undefined || own.length > 1) throw new Error(`${own.length} replies to ${eventId}`);
    return { eventId, personId: reply.personId, errorCode: reply.errorCode, value: reply.value };
  }

  #record(kind: keyof typeof recordKinds, payload: Uint8Array, id: bigint): NewRecord {
    return { kind: recordKinds[kind], flags: FLAG_WANTS_REPLY, timeMs: this.nowMs, ...halves(id), payload };
  }
}

function halves(id: bigint): { idHigh: number; idLow: number } {
  return { idHigh: Number(id >> 32n), idLow: Number(id & 0xffff_ffffn) };
}

function known<T>(found: T | null, name: string): T {
  if (found === null) throw new Error(`nobody is ${name}`);
  return found;
}

/** E-mails of which the nth lives in partition n. */
export function emailsByPartition(partitions: number = PARTITIONS): string[] {
  const keys: string[] = [];
  for (let n = 0; keys.filter((key) => key !== undefined).length < partitions; n++) {
    keys[partitionOf(CLIENT, `email/p${n}@x.com`, partitions)] ??= `p${n}@x.com`;
  }
  return keys;
}

/** A client with one live campaign of these steps; its suppliers and audiences are those that its actions name. */
export function programme(steps: CampaignDocument["steps"], more: Partial<ProgramDocument> = {}): ProgramDocument {
  return { client: CLIENT, time_zone: "UTC", suppliers: [], audiences: [], campaigns: [campaign(steps)], ...more };
}

export function campaign(steps: CampaignDocument["steps"], more: Partial<CampaignDocument> = {}): CampaignDocument {
  const name = "Refer a friend";
  return { campaign_id: CAMPAIGN, name, version: 1, state: "LIVE", program_label: "refer", steps, ...more };
}

/** A controller that takes the INPUT event of its own name; `more.triggers` come on top. */
export function on(name: string, more: Partial<ControllerDocument> = {}): ControllerDocument {
  return listener(name, [trigger("EVENT", { event_names: [name], event_type: "INPUT" })], more);
}

/** A controller that takes the steps of another. */
export function onStep(name: string, step: string, more: Partial<ControllerDocument> = {}): ControllerDocument {
  return listener(name, [trigger("STEP_EVENT", { event_names: [step] })], more);
}

/** A controller that takes events that the platform itself makes. */
export function onType(type: string, name: string, more: Partial<ControllerDocument> = {}): ControllerDocument {
  return listener(name, [trigger("EVENT", { event_names: [name], event_type: type })], more);
}

export function onReward(name: string, states: string[], more: Partial<ControllerDocument> = {}): ControllerDocument {
  return listener(name, [trigger("REWARD_EVENT", { reward_states: states })], more);
}

export function listener(
  name: string,
  matching: TriggerDocument[],
  more: Partial<ControllerDocument>,
): ControllerDocument {
  return { type: "CONTROLLER", id: name, name, ...more, triggers: [...matching, ...(more.triggers ?? [])] };
}

/** Opens a journey when the INPUT event arrives. */
export function entry(
  journeyName: string,
  event: string,
  more: Partial<JourneyEntryDocument> = {},
): JourneyEntryDocument {
  const triggers = [trigger("EVENT", { event_names: [event], event_type: "INPUT" })];
  return { type: "JOURNEY_ENTRY", id: `entry-${journeyName}`, journey_name: journeyName, triggers, ...more };
}

let triggersMade = 0;

export function trigger(type: string, parameters: JsonObject = {}): TriggerDocument {
  return { trigger_id: `t${triggersMade++}`, trigger_type: type, trigger_phase: "MATCHING", ...parameters };
}

/** A condition of a phase, in the language of rules. */
export function condition(phase: TriggerDocument["trigger_phase"], source: string): TriggerDocument {
  return trigger("EXPRESSION", { trigger_phase: phase, expression: `javascript@runtime:${source}` });
}

/** How often a step may or must have happened before. */
export function priorSteps(phase: TriggerDocument["trigger_phase"], name: string, bounds: JsonObject): TriggerDocument {
  return trigger("HAS_PRIOR_STEP", { trigger_phase: phase, filter_names: [name], ...bounds });
}

/** The value of a member of the event's data. */
export function fromEvent(name: string): string {
  return `javascript@runtime:context.getCauseEvent().getData()["${name}"]`;
}

/** A step datum that is copied from the event's member of the same name. */
export function datum(
  name: string,
  keyType: DataKeyType = "NONE",
  more: Partial<StepDataDocument> = {},
): StepDataDocument {
  return { name, value: fromEvent(name), key_type: keyType, ...more };
}

export function action(type: string, parameters: JsonObject = {}): ActionDocument {
  return { action_id: `${type.toLowerCase()}-${triggersMade++}`, action_type: type, ...parameters };
}

export function earn(supplierId: string, more: JsonObject = {}): ActionDocument {
  return action("EARN_REWARD", { reward_supplier_id: supplierId, reward_name: supplierId.toLowerCase(), ...more });
}

/** A custom reward of 25 USD. */
export function supplier(id: string, more: Partial<SupplierDocument> = {}): SupplierDocument {
  return {
    id,
    name: id,
    reward_supplier_type: "CUSTOM_REWARD",
    face_value_algorithm_type: "FIXED",
    face_value: 25,
    face_value_type: "USD",
    ...more,
  };
}

export function coupons(id: string, codes: string[]): SupplierDocument {
  return supplier(id, {
    reward_supplier_type: "MANUAL_COUPON",
    face_value: 10,
    face_value_type: "PERCENT_OFF",
    coupons: codes,
  });
}

/** "SUPPLIER STATE face-value" of each reward, in order. */
export function rewardsOf(person: Person): string[] {
  return person.rewards.map((own) => `${own.supplierId} ${own.state} ${own.faceValue}`);
}

/** Data of a step by name. */
export function dataOf(step: Step | undefined): JsonObject {
  return Object.fromEntries((step?.data ?? []).map(({ name, value }) => [name, value]));
}
