// Simulate: what a program would make of an event for a person as the person is now. Nothing is changed and nothing leaves.

import type { PersonEvent } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Prehandling } from "../../model/prehandler.ts";
import type { EventInFlight } from "../../model/in_flight.ts";
import { recordKinds } from "../../model/record.ts";
import type { Program } from "../../rules/mod.ts";
import { prehandle, type PrehandlerRow } from "../0_prehandle.ts";
import { textOf } from "../1_route.ts";
import { DEFAULT_CONTAINER, sandboxOf } from "../2_identity.ts";
import { applyRecord, newEffects } from "../apply.ts";
import { type EngineContext, META_KEY } from "../context.ts";
import { withKnownNames } from "../event/data_names.ts";
import { DecisionRecorder, type ExplainedEvent } from "./decision_recorder.ts";
import { explainMessage, type ExplainedMessage, refusalsOf } from "./explain.ts";
import { encodeMessage } from "../message.ts";
import { pagesOf, summariesFrom } from "../rewards/summary_pages.ts";
import { SandboxState } from "./sandbox_state.ts";

/** An event that does not happen. */
export interface SimulatedEvent {
  readonly name: string;
  readonly data: JsonObject;
  /** Unix ms. */
  readonly eventMs: number;
  readonly nowMs: number;
}

export interface Simulation {
  /** What each of the client's prehandlers would say of the event, in their order. */
  readonly prehandlers: readonly PrehandlerRow[];
  /** The event, then what it would cause in this person. Empty where it would have to ask another partition first. */
  readonly events: readonly ExplainedEvent[];
  readonly rewards: readonly SimulatedReward[];
  readonly messages: readonly ExplainedMessage[];
  /** Why the event, or a reward that it would earn, would be refused. */
  readonly refusals: readonly string[];
}

export interface SimulatedReward {
  readonly name: string | null;
  readonly supplierId: string;
  readonly faceValue: number;
  readonly faceValueType: string;
}

/** Null when there is no such person. */
export function simulateEvent(
  context: EngineContext,
  of: { readonly personId: string; readonly event: SimulatedEvent },
  program: Program,
): Simulation | null {
  const { personId, event } = of;
  const now = context.state.find("person", personId);
  const meta = context.state.find("meta", META_KEY);
  if (now === undefined || meta === undefined || now.client !== program.client) return null;
  const inEffect = { hash: program.hash, revision: 0, changes: 0 };
  const sandboxMeta = { ...structuredClone(meta), programs: { [program.client]: inEffect }, highWater: {} };
  const state = new SandboxState(context.state, personId, structuredClone(now), sandboxMeta);
  const received = inFlightOf(program.client, event);
  const asked = { event: received.event, person: now, state: context.state, revision: 0, headers: {} };
  const { event: processed, prehandling, rows } = prehandle(program, "both", asked);
  const inFlight = { ...received, event: asProcessed(processed, prehandling) };
  const observer = new DecisionRecorder(inFlight.event.rootId);
  const sandbox = { ...context, state, effects: newEffects(), observer, programs: { find: () => program } };
  const target = { kind: "person", personId } as const;
  const payload = encodeMessage({ source: context.partition, sequence: 0, n: 0 }, { kind: "event", target, inFlight });
  applyRecord(sandbox, {
    kind: recordKinds.message,
    flags: 0,
    partition: context.partition,
    sequence: Number.MAX_SAFE_INTEGER,
    timeMs: Math.max(event.nowMs, now.updatedMs),
    idHigh: 0,
    idLow: 0,
    payload,
  });
  const known = new Set(now.rewards.map(({ id }) => id));
  const after = state.find("person", personId);
  const added = after === undefined ? [] : [...summariesFrom(state, after, pagesOf(now))];
  const rewards = added.filter(({ id }) => !known.has(id));
  return {
    prehandlers: rows,
    events: observer.events(),
    rewards: rewards.map(({ name, supplierId, faceValue, faceValueType }) => ({
      name,
      supplierId,
      faceValue,
      faceValueType,
    })),
    messages: sandbox.effects.messages.map(({ record }) => explainMessage(record.payload)),
    refusals: refusalsOf(sandboxMeta, inFlight.event.rootId),
  };
}

function asProcessed(event: PersonEvent, prehandled: Prehandling | null): PersonEvent {
  if (prehandled === null) return event;
  const data = withKnownNames(event.data);
  const container = textOf(data["container"]) ?? DEFAULT_CONTAINER;
  return { ...event, data, container, sandbox: sandboxOf(container), enrichment: { prehandled } };
}

/** No event has this id: it lies before all times. */
const SIMULATED_ID = "1000000000000000000";

function inFlightOf(client: string, { name, data, eventMs, nowMs }: SimulatedEvent): EventInFlight {
  const container = typeof data["container"] === "string" ? data["container"] : DEFAULT_CONTAINER;
  const event = {
    id: SIMULATED_ID,
    type: "INPUT" as const,
    name,
    nameKey: name.toLowerCase(),
    eventMs,
    requestMs: nowMs,
    data,
    causeId: SIMULATED_ID,
    rootId: SIMULATED_ID,
    container,
    sandbox: `production-${container}`,
    depth: 0,
    detail: { kind: "none" as const },
    enrichment: null,
  };
  return { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null };
}
