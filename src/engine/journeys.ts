// Journeys: a person's participation in a campaign, one for each (campaign, name, key).

import type { PersonEvent } from "../model/event.ts";
import type { Journey, NamedValue, StepDatum } from "../model/person.ts";
import { type CompiledController, type Program } from "../rules/mod.ts";
import { textOf } from "./1_route.ts";
import type { Frame } from "./4_campaigns.ts";
import { memberInAnyCase } from "./data_names.ts";
import { newId, type Turn } from "./context.ts";
import { sourceText } from "./values.ts";

/** The newest of the journeys in the campaign under one of the names; of those with a key, one whose key the event carries. */
export function journeyOf(
  journeys: readonly Journey[],
  campaignId: string,
  names: readonly string[],
  event: PersonEvent,
): Journey | null {
  for (let i = journeys.length - 1; i >= 0; i--) {
    const journey = journeys[i];
    if (journey === undefined || journey.campaignId !== campaignId || !names.includes(journey.name)) continue;
    const carried = journey.key === null ? null : textOf(memberInAnyCase(event.data, journey.key.name));
    if (carried === null || carried === journey.key?.value) return journey;
  }
  return null;
}

/** A JOURNEY_ENTRY matched: the journey to open, or null when the person is already in it. */
export function enterJourney(turn: Turn, frame: Frame, program: Program, entry: CompiledController): Journey | null {
  const name = entry.journeyName;
  if (name === null) return null;
  let key: NamedValue | null = null;
  if (entry.journeyKey !== null) {
    const value = sourceText(program, entry.journeyKey.value, frame);
    if (value === null) return null;
    key = { name: entry.journeyKey.name, value };
  }
  const isKnown = frame.person.journeys.some(
    (own) => own.campaignId === frame.campaign.id && own.name === name && own.key?.value === key?.value,
  );
  return isKnown ? null : openJourney(turn, frame, name, key);
}

function openJourney(turn: Turn, frame: Frame, name: string, key: NamedValue | null): Journey {
  return {
    id: newId(turn),
    campaignId: frame.campaign.id,
    program: frame.campaign.program,
    name,
    key,
    container: frame.event.container,
    data: [],
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
  };
}

/** Writes data to a journey; a later value of the same name replaces the earlier one. */
export function updateJourney(turn: Turn, journey: Journey, data: readonly StepDatum[]): void {
  for (const datum of data) {
    const at = journey.data.findIndex((own) => own.name === datum.name);
    if (at < 0) journey.data.push(datum);
    else journey.data[at] = datum;
  }
  journey.updatedMs = turn.nowMs;
}
