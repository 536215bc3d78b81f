// Triggers of events: which types and names they listen to, hence under what the event index finds their controllers.

import { membershipChanges } from "../../model/event.ts";
import { roles } from "../../model/person.ts";
import { rewardStates } from "../../model/reward.ts";
import { listenableEventTypes, qualityFilters, sendableStates, shareChannels } from "../../model/trigger.ts";
import { quick } from "../emit/assembler.ts";
import type { Check } from "../run/check.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Parameters } from "../documents/parameters.ts";
import type { EventTest } from "../program.ts";
import type { PreparedTrigger } from "./trigger.ts";

export function prepareEvent(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  parameters.require("event_type");
  const test: EventTest = {
    type: parameters.oneOf("event_type", listenableEventTypes) ?? "INPUT",
    names: requiredList(parameters, "event_names", parameters.names("event_names"), "no event").map(quick),
  };
  const emit = (): void => assembler.emit("EVENT_IS", assembler.eventTests.add(test));
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

/** Without names: any step. */
export function prepareStepEvent(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  const test: EventTest = { type: "STEP", names: (parameters.names("event_names") ?? []).map(quick) };
  const dataNames = parameters.texts("having_any_data_name");
  const emit = (): void => {
    assembler.emit("EVENT_IS", assembler.eventTests.add(test));
    if (dataNames === null) return;
    const end = assembler.newLabel();
    assembler.jump("KEEP_FALSE", end);
    assembler.emit("EVENT_HAS_DATA", assembler.names(dataNames));
    assembler.place(end);
  };
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

export function prepareRewardEvent(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const states = requiredList(
    parameters,
    "reward_states",
    parameters.someOf("reward_states", rewardStates),
    "no state",
  );
  const slots = parameters.texts("slots") ?? [];
  return rewardTrigger({ states, names: parameters.names("event_names") ?? [], slots }, parameters, compilation);
}

/** A reward that can be mailed: it has what is mailed. Without states: either of them. */
export function prepareSendReward(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const states = parameters.someOf("reward_states", sendableStates) ?? [...sendableStates];
  const names = parameters.names("reward_names") ?? [];
  if (names.some((name) => name.length > NAME_LENGTH_MAX))
    parameters.report("reward_names", `a reward's name has up to ${NAME_LENGTH_MAX} characters`);
  return rewardTrigger({ states, names, slots: [] }, parameters, compilation);
}

const NAME_LENGTH_MAX = 255;

function rewardTrigger(
  wanted: { readonly states: readonly string[]; readonly names: readonly string[]; readonly slots: readonly string[] },
  parameters: Parameters,
  { assembler }: Compilation,
): PreparedTrigger {
  const test = { ...wanted, tags: parameters.texts("tags") ?? [] };
  const emit = (): void => assembler.emit("REWARD_IS", assembler.rewardTests.add(test));
  return { facts: { reach: [{ type: "REWARD", names: wanted.names }], equalities: [] }, mayFault: false, emit };
}

/** The advocate's side of a new relationship is a REFERRED event, the friend's a REFERRED_BY event. */
export function prepareReferral(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  parameters.require("referral_originator");
  const originator = parameters.oneOf("referral_originator", roles);
  const test: EventTest = { type: originator === "ADVOCATE" ? "REFERRED" : "REFERRED_BY", names: [] };
  const emit = (): void => assembler.emit("EVENT_IS", assembler.eventTests.add(test));
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

/** Without audiences or kinds of change: whichever. */
export function prepareMembershipEvent(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const audienceIds = parameters.texts("audience_ids") ?? [];
  checkAudiences(audienceIds, "audience_ids", parameters, compilation);
  const enabled = enabledAudiences(audienceIds, compilation);
  // No id at all would be any audience.
  const listened = audienceIds.length > 0 && enabled.length === 0 ? [NO_AUDIENCE] : enabled;
  const changes = parameters.someOf("event_types", membershipChanges) ?? [];
  const names = changes.map((change) => `audience_membership_${change.toLowerCase()}`);
  return checkOf(
    { type: "AUDIENCE_MEMBERSHIP", names },
    { kind: "membership", audienceIds: listened, changes },
    compilation,
  );
}

const NO_AUDIENCE = "";

/** Nobody is in a disabled audience as far as triggers go. */
export function enabledAudiences(ids: readonly string[], { references }: Compilation): string[] {
  return ids.filter((id) => !references.disabledAudienceIds.has(id));
}

export function checkAudiences(
  ids: readonly string[],
  name: string,
  parameters: Parameters,
  { references }: Compilation,
): void {
  for (const id of ids) {
    if (!references.audienceIds.has(id)) parameters.report(name, `there is no audience ${id}`);
  }
}

/** The answer of a risk look-up has the name that was asked under. */
export function prepareIntelligence(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  const name = parameters.requiredText("event_name").trim().toLowerCase();
  if (name.length === 1 || name.length > NAME_LENGTH_MAX)
    parameters.report("event_name", `event_name has 2 to ${NAME_LENGTH_MAX} characters`);
  const test: EventTest = { type: "DATA_INTELLIGENCE", names: [quick(name)] };
  const emit = (): void => assembler.emit("EVENT_IS", assembler.eventTests.add(test));
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

/** `share_types` is the older name of `channels`. */
export function prepareShare(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const wanted = [
    ...(parameters.someOf("channels", shareChannels) ?? []),
    ...(parameters.someOf("share_types", shareChannels) ?? []),
  ];
  if (wanted.length === 0) parameters.report("channels", "channels names no channel");
  const quality = parameters.oneOf("quality", qualityFilters) ?? "ANY";
  const check: Check = { kind: "share", channels: wanted.includes("ANY") ? [] : wanted, quality };
  return checkOf({ type: "SHARE", names: [] }, check, compilation);
}

/** Keys of `targeting_attributes` that are no data. */
const EVENT_NAME = "EVENT_NAME";
const EVENT_TYPE = "EVENT_TYPE";

/** Every attribute must hold: data as trimmed text; EVENT_NAME and EVENT_TYPE are those of the event. */
export function prepareEventTargeting(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  parameters.require("targeting_attributes");
  const attributes = parameters.within("targeting_attributes");
  const names = attributes?.memberNames() ?? [];
  if (names.length === 0 && attributes !== null)
    parameters.report("targeting_attributes", "targeting_attributes names no attribute");
  const type = attributes?.oneOf(EVENT_TYPE, listenableEventTypes) ?? null;
  const eventNames = attributes?.names(EVENT_NAME) ?? [];
  // A name without a type is that of what somebody sent.
  const test: EventTest | null =
    type === null && eventNames.length === 0 ? null : { type: type ?? "INPUT", names: eventNames.map(quick) };
  const checks = names
    .filter((name) => name !== EVENT_NAME && name !== EVENT_TYPE)
    .map((name): Check => ({ kind: "data_text", name, text: attributes?.requiredText(name).trim() ?? "" }));
  const emit = (): void => {
    const end = assembler.newLabel();
    if (test !== null) assembler.emit("EVENT_IS", assembler.eventTests.add(test));
    checks.forEach((check, at) => {
      if (at > 0 || test !== null) assembler.jump("KEEP_FALSE", end);
      assembler.emit("CHECK", assembler.checks.add(check));
    });
    if (test === null && checks.length === 0) assembler.emit("VALUE", assembler.value(false));
    assembler.place(end);
  };
  return { facts: { reach: test === null ? null : [test], equalities: [] }, mayFault: false, emit };
}

/** A score that came with an INPUT event: its name, and its data `channel` and `score_result`. */
export function prepareScore(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  const name = parameters.requiredText("cause_event_name").trim().toLowerCase();
  const test: EventTest = { type: "INPUT", names: [quick(name)] };
  const checks: Check[] = ["channel", "score_result"].map((member) => ({
    kind: "data_text",
    name: member,
    text: parameters.requiredText(member).trim(),
  }));
  const emit = (): void => {
    const end = assembler.newLabel();
    assembler.emit("EVENT_IS", assembler.eventTests.add(test));
    for (const check of checks) {
      assembler.jump("KEEP_FALSE", end);
      assembler.emit("CHECK", assembler.checks.add(check));
    }
    assembler.place(end);
  };
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

/** An event of a type that a check looks at more closely. */
function checkOf(test: EventTest, check: Check, { assembler }: Compilation): PreparedTrigger {
  const quickTest = { ...test, names: test.names.map(quick) };
  const emit = (): void => {
    const end = assembler.newLabel();
    assembler.emit("EVENT_IS", assembler.eventTests.add(quickTest));
    assembler.jump("KEEP_FALSE", end);
    assembler.emit("CHECK", assembler.checks.add(check));
    assembler.place(end);
  };
  return { facts: { reach: [quickTest], equalities: [] }, mayFault: false, emit };
}

/** A list that must have members. */
function requiredList<T>(parameters: Parameters, name: string, list: T[] | null, none: string): T[] {
  parameters.require(name);
  if (list === null && parameters.has(name)) parameters.report(name, `${name} names ${none}`);
  return list ?? [];
}
