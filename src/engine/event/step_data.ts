// Step data: the values that a controller takes from the event, and what each is for (runtime keys, persistence).

import type { NamedValue, StepDatum } from "../../model/person.ts";
import type { JsonValue } from "../../model/json.ts";
import type { CompiledController } from "../../rules/mod.ts";
import { PARTNER_ID_LENGTH_MAX, textOf } from "../1_route.ts";
import type { Frame } from "../campaign/frame.ts";
import { sourceValue } from "../values.ts";

export interface StepData {
  /** Written to the step; each list holds what `persist_types` says. Keys and the value are taken from all data. */
  readonly step: StepDatum[];
  readonly journey: StepDatum[];
  readonly profile: StepDatum[];
  /** The VALUE datum as a number, or null. */
  readonly value: number | null;
  /** The first business id, for search and for later approve and cancel. */
  readonly partnerEventId: NamedValue | null;
  /** Business ids that only one event may carry. */
  readonly uniqueKeys: NamedValue[];
  /** Values by which the person can be found from now on. */
  readonly profileKeys: NamedValue[];
}

export function stepData(frame: Frame): StepData {
  const data: Mutable<StepData> = {
    step: [],
    journey: [],
    profile: [],
    value: null,
    partnerEventId: null,
    uniqueKeys: [],
    profileKeys: [],
  };
  for (const datum of frame.controller.data) {
    const value =
      sourceValue(datum.value, frame) ?? (datum.defaultValue === null ? null : sourceValue(datum.defaultValue, frame));
    if (value === null) continue;
    const entry: StepDatum = { name: datum.name, value, scope: datum.scope };
    if (datum.persistTypes.includes("STEP")) data.step.push(entry);
    if (datum.persistTypes.includes("JOURNEY")) data.journey.push(entry);
    if (datum.persistTypes.includes("PROFILE")) data.profile.push(entry);
    takeKey(data, datum.keyType, datum.name, value);
  }
  return data;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function takeKey(
  data: Mutable<StepData>,
  keyType: CompiledController["data"][number]["keyType"],
  name: string,
  value: JsonValue,
): void {
  const text = textOf(value);
  switch (keyType) {
    case "NONE":
      return;
    case "VALUE":
      data.value = numberOf(value);
      return;
    case "PARTNER_EVENT_KEY":
    case "UNIQUE_PARTNER_EVENT_KEY":
      if (text === null || text.length > PARTNER_ID_LENGTH_MAX) return;
      data.partnerEventId ??= { name, value: text };
      if (keyType === "UNIQUE_PARTNER_EVENT_KEY") data.uniqueKeys.push({ name, value: text });
      return;
    case "PARTNER_PROFILE_KEY":
      // An address is taken by an event that carries it and by nothing else: a datum could name anybody's.
      if (name.toLowerCase() === "email") return;
      if (text !== null && text.length <= PARTNER_ID_LENGTH_MAX) data.profileKeys.push({ name, value: text });
      return;
  }
}

/** A value as a finite number, or null: "89.90" counts, "89,90" and "" do not. */
export function numberOf(value: JsonValue): number | null {
  const text = textOf(value);
  if (text === null) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
