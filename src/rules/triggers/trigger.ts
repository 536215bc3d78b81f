// A trigger between its document and its code.

import type { CampaignDocument } from "../../model/campaign.ts";
import type { Check } from "../run/check.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Site } from "../documents/compile_error.ts";
import type { DataEquality } from "../emit/fusion.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";
import type { EventTest } from "../program.ts";

/** What must be true of an event for the trigger to pass. */
export interface Facts {
  /** One of these; null: any event. */
  readonly reach: readonly EventTest[] | null;
  readonly equalities: readonly DataEquality[];
}

export const NO_FACTS: Facts = { reach: null, equalities: [] };

export interface PreparedTrigger {
  readonly facts: Facts;
  /** May fault for another reason than gas. */
  readonly mayFault: boolean;
  emit(): void;
}

export interface TriggerKind {
  readonly fields: readonly string[];
  prepare(parameters: Parameters, compilation: Compilation, owner: TriggerOwner): PreparedTrigger;
}

/** Where a trigger stands. */
export interface TriggerOwner {
  readonly site: Site;
  readonly campaign: CampaignDocument;
}

/** A trigger that is one check. */
export function checked(
  check: Check,
  { assembler }: Compilation,
  { mayFault }: Pick<PreparedTrigger, "mayFault">,
): PreparedTrigger {
  return { facts: NO_FACTS, mayFault, emit: () => assembler.emit("CHECK", assembler.checks.add(check)) };
}

/** `person_id`: only the event's own person can be looked at, so any other id is a fault. Null when it is not given. */
export function prepareSelf(parameters: Parameters, compilation: Compilation): (() => void) | null {
  if (!parameters.has("person_id")) return null;
  const { assembler } = compilation;
  const source = expressionSource(parameters.value("person_id"));
  const expression = source === null ? null : compilation.parse(parameters, "person_id", source);
  const literal = source === null ? parameters.text("person_id") : null;
  return () => {
    if (expression === null) assembler.emit("VALUE", assembler.value(literal));
    else compilation.emit(parameters, "person_id", expression, "context");
    assembler.emit("REQUIRE_SELF");
  };
}
