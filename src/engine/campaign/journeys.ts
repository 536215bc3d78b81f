// Journeys: a person's participation in a campaign, one for each (campaign, name, key).

import { partitionOf } from "../../base/hash.ts";
import type { FiredFor, PersonEvent } from "../../model/event.ts";
import type { Journey, NamedValue } from "../../model/person.ts";
import type { CompiledController } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import type { Firing } from "../4_campaigns.ts";
import type { Frame } from "./frame.ts";
import { touchOf } from "./touch.ts";
import { memberInAnyCase } from "../event/data_names.ts";
import { newId, type Turn } from "../context.ts";
import { sourceText } from "../values.ts";

/**
 * The newest of the journeys in the campaign under one of the names; of those with a key, one whose key the event carries. An event that was
 * fired for a journey finds that one.
 */
export function journeyOf(
  journeys: readonly Journey[],
  campaignId: string,
  names: readonly string[],
  event: PersonEvent,
): Journey | null {
  for (let i = journeys.length - 1; i >= 0; i--) {
    const journey = journeys[i];
    if (journey === undefined || journey.campaignId !== campaignId || !names.includes(journey.name)) continue;
    const firedFor = event.detail.kind === "fired" ? event.detail.journey : null;
    if (firedFor !== null && (firedFor.journeyName ?? journey.name) !== journey.name) continue;
    const carried = journey.key === null ? null : keyCarried(event, firedFor, journey.key.name);
    if (carried === null || carried === journey.key?.value) return journey;
  }
  return null;
}

/** The key that the event was fired for, else the datum of that name. */
function keyCarried(event: PersonEvent, firedFor: FiredFor | null, name: string): string | null {
  const key = firedFor?.key ?? null;
  return key !== null && key.name === name ? key.value : textOf(memberInAnyCase(event.data, name));
}

/** A JOURNEY_ENTRY matched: the journey to open, or null when the person is already in it. */
export function enterJourney(turn: Turn, frame: Frame, entry: CompiledController): Journey | null {
  const name = entry.journeyName;
  if (name === null) return null;
  let key: NamedValue | null = null;
  if (entry.journeyKey !== null) {
    const value = sourceText(entry.journeyKey.value, frame);
    if (value === null) return null;
    key = { name: entry.journeyKey.name, value };
  }
  const isKnown = frame.person.journeys.some(
    (own) => own.campaignId === frame.campaign.id && own.name === name && own.key?.value === key?.value,
  );
  return isKnown ? null : openJourney(turn, frame, { name, key, variant: variantOf(frame) });
}

function openJourney(turn: Turn, frame: Frame, what: Pick<Journey, "name" | "key" | "variant">): Journey {
  const touch = touchOf(frame.event, frame.told);
  return {
    id: newId(turn),
    campaignId: frame.campaign.id,
    program: frame.campaign.program,
    name: what.name,
    key: what.key,
    container: frame.event.container,
    data: [],
    entry: touch,
    last: touch,
    variant: what.variant,
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
  };
}

/** Writes data to a journey; a later value of the same name replaces the earlier one. What came from outside, or from another person, touches it. */
export function updateJourney(turn: Turn, journey: Journey, event: PersonEvent, firing: Firing): void {
  if (event.type === "INPUT" || event.type === "INTERNAL") journey.last = touchOf(event, firing.told);
  for (const datum of firing.data.journey) {
    const at = journey.data.findIndex((own) => own.name === datum.name);
    if (at < 0) journey.data.push(datum);
    else journey.data[at] = datum;
  }
  journey.updatedMs = turn.nowMs;
}

/**
 * The variant that the person has in the campaign, for as long as the campaign has it; else the one that the selector chooses, else one by chance:
 * of the ids of person and campaign, so that a replay draws the same.
 */
function variantOf(frame: Frame): string | null {
  const { variants, variantSelector, id } = frame.campaign;
  if (variants.length === 0) return null;
  const own = frame.person.journeys.find((journey) => journey.campaignId === id && journey.variant !== null)?.variant;
  if (own !== undefined && own !== null && variants.includes(own)) return own;
  const chosen = sourceText(variantSelector, frame);
  if (chosen !== null && variants.includes(chosen)) return chosen;
  return variants[partitionOf(id, frame.person.id, variants.length)] ?? null;
}
