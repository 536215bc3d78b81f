// DecisionRecorder: what was decided about one event and all that it caused, with what every trigger saw.

import type { ControllerOutcome } from "../../model/decision.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { Quality } from "../../model/person.ts";
import type { Prehandling } from "../../model/prehandler.ts";
import type { RenderedZone } from "../../model/zone.ts";
import { trace, type TraceRow } from "../../rules/mod.ts";
import type { DecisionObserver, Outcome } from "../context.ts";
import type { Frame } from "../campaign/frame.ts";
import { takesQuality } from "../6_act.ts";

export interface ExplainedController {
  readonly campaignId: string;
  readonly campaignName: string;
  readonly campaignVersion: number;
  readonly controllerId: string;
  readonly controllerName: string;
  readonly outcome: ControllerOutcome;
  /** Null unless it fired. */
  readonly quality: Quality | null;
  /** In published order, groups before their members; phases that were not reached included. */
  readonly triggers: readonly TraceRow[];
  readonly actions: readonly ExplainedAction[];
}

export interface ExplainedAction {
  readonly actionId: string;
  readonly actionType: string;
  /** False: the quality that it asks for is another. */
  readonly isRun: boolean;
}

export interface ExplainedEvent {
  readonly id: string;
  readonly type: PersonEvent["type"];
  readonly name: string;
  readonly eventMs: number;
  /** What prehandlers made of it before; null: nothing, or it does not come from outside. */
  readonly prehandling: Prehandling | null;
  readonly controllers: readonly ExplainedController[];
  /** Of an event that asks for a zone; null: nothing. */
  readonly shown: RenderedZone | null;
}

export class DecisionRecorder implements DecisionObserver {
  readonly #rootId: string;
  /** By event and controller: an event that has to ask is planned again, and the last plan is the one that counts. */
  readonly #events = new Map<
    string,
    { event: PersonEvent; controllers: Map<number, ExplainedController>; shown: RenderedZone | null }
  >();

  #isConcerned = false;
  readonly #rootIds = new Set<string>();

  /** @param rootId the INPUT event whose consequences are wanted */
  constructor(rootId: string) {
    this.#rootId = rootId;
  }

  /** Whether the record that is being applied has to do with the event. */
  get isConcerned(): boolean {
    return this.#isConcerned;
  }

  /** Of all events so far, whatever they have to do with. */
  get rootIds(): ReadonlySet<string> {
    return this.#rootIds;
  }

  /** A record is going to be applied. */
  begin(): void {
    this.#isConcerned = false;
  }

  get isEmpty(): boolean {
    return this.#events.size === 0;
  }

  arrived(event: PersonEvent): void {
    this.#rootIds.add(event.rootId);
    if (event.rootId !== this.#rootId) return;
    this.#isConcerned = true;
    if (this.#events.has(keyOf(event))) return;
    this.#events.set(keyOf(event), { event, controllers: new Map(), shown: null });
  }

  decided(frame: Frame, outcome: Outcome): void {
    const known = frame.event.rootId === this.#rootId ? this.#events.get(keyOf(frame.event)) : undefined;
    known?.controllers.set(frame.controller.index, explain(frame, outcome));
  }

  showed(event: PersonEvent, rendered: RenderedZone): void {
    const known = this.#events.get(keyOf(event));
    if (known !== undefined) known.shown = rendered;
  }

  /** In the order in which they were processed. */
  events(): ExplainedEvent[] {
    return [...this.#events.values()].map(({ event, controllers, shown }) => ({
      id: event.id,
      type: event.type,
      name: event.name,
      eventMs: event.eventMs,
      prehandling: event.type === "INPUT" ? (event.enrichment?.prehandled ?? null) : null,
      controllers: [...controllers.values()],
      shown,
    }));
  }
}

/** Where records are applied again, an event that caused nothing may have the id of another. */
function keyOf({ id, type, nameKey, eventMs, detail }: PersonEvent): string {
  return JSON.stringify([id, type, nameKey, eventMs, detail]);
}

function explain(frame: Frame, outcome: Outcome): ExplainedController {
  const { campaign, controller } = frame;
  const phases = [controller.matching, controller.qualifying, ...(controller.hasQuality ? [controller.quality] : [])];
  const triggers = phases.flatMap((phase) => trace(frame.program, phase, frame));
  const firing = outcome.kind === "fires" ? outcome.firing : null;
  return {
    campaignId: campaign.id,
    campaignName: campaign.name,
    campaignVersion: campaign.version,
    controllerId: controller.id,
    controllerName: controller.kind === "JOURNEY_ENTRY" ? (controller.journeyName ?? controller.name) : controller.name,
    outcome: outcomeOf(outcome, triggers),
    quality: firing?.quality ?? null,
    triggers,
    actions: controller.actions.map(({ actionId, type, quality }) => ({
      actionId,
      actionType: type,
      isRun: firing !== null && !firing.isDuplicate && takesQuality(quality, firing.quality),
    })),
  };
}

function outcomeOf(outcome: Outcome, triggers: readonly TraceRow[]): ControllerOutcome {
  switch (outcome.kind) {
    case "closed":
      return "closed";
    case "outranked":
      return "outranked";
    case "not_selected":
      return isMatched(triggers) ? "not_selected" : "not_matched";
    case "enters":
      return "journey_entered";
    case "fires":
      return outcome.firing.isDuplicate ? "repeated" : "fired";
    case "refuses":
      return isMatched(triggers) ? "not_qualified" : "not_matched";
  }
}

function isMatched(triggers: readonly TraceRow[]): boolean {
  return triggers.every(({ phase, nesting, verdict }) => phase !== "MATCHING" || nesting > 0 || verdict);
}
