// FIRE_AS_PERSON: an event for another person, for example the advocate whose friend bought something.

import { unreachable } from "../../base/assert.ts";
import { emailKey } from "../../base/email.ts";
import { originOf } from "../../base/ids.ts";
import type { FiredFor, PersonEvent } from "../../model/event.ts";
import type { Touch } from "../../model/journey.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ActionOf } from "../../rules/mod.ts";
import { partitionOfKey, partitionOfPartnerEvent, textOf } from "../1_route.ts";
import { sandboxOf } from "../2_identity.ts";
import { cardOf } from "../3_ask.ts";
import type { Acting } from "../6_act.ts";
import { newId, reject, send, type Turn } from "../context.ts";
import { EVENT_CHAIN_MAX } from "../limits.ts";
import type { EventTarget } from "../message.ts";
import { actionData, sourceData, sourceMs, sourceText } from "../values.ts";

export function fireAsPerson(acting: Acting, action: ActionOf<"FIRE_AS_PERSON">): void {
  const { turn, progress, context } = acting;
  const { client, event: by } = progress.inFlight;
  const name = sourceText(action.eventName, context);
  const target = targetOf(acting, action);
  // A purchase that nobody referred has no advocate to tell: the action has nothing to do.
  if (name === null || target === null) return;
  if (by.depth >= EVENT_CHAIN_MAX) return reject(turn, by.rootId, "event_chain_max");
  const journey = journeyFor(acting, action);
  const event: PersonEvent = {
    id: newId(turn),
    type: "INTERNAL",
    name,
    nameKey: name.toLowerCase(),
    eventMs: sourceMs(action.eventTime, context) ?? by.eventMs,
    requestMs: by.requestMs,
    data: firedData(acting, action, journey),
    causeId: acting.stepEvent.id,
    rootId: by.rootId,
    ...placeOf(acting, action),
    depth: by.depth + 1,
    detail: {
      kind: "fired",
      byPersonId: progress.person.id,
      referralReason: action.referralReason,
      campaignId: acting.firing.campaign.id,
      journey,
    },
    enrichment: null,
  };
  const inFlight = { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: cardOf(progress.person) };
  send(turn, partitionOfTarget(turn, client, target), { kind: "event", target, inFlight });
}

/** What directs an event is part of its data, under the same names as in events from outside; what the campaign says itself stands. */
function firedData({ context }: Acting, action: ActionOf<"FIRE_AS_PERSON">, journey: FiredFor | null): JsonObject {
  const data = actionData(action, context);
  if (action.labels.length > 0 && !Object.hasOwn(data, "labels")) data["labels"] = action.labels.join(",");
  const campaignId = journey?.campaignId ?? null;
  if (campaignId !== null && !Object.hasOwn(data, "journey.campaign_id")) data["journey.campaign_id"] = campaignId;
  return data;
}

function journeyFor({ context }: Acting, { journey }: ActionOf<"FIRE_AS_PERSON">): FiredFor | null {
  if (journey === null) return null;
  const touch: Touch = {};
  for (const [name, value] of Object.entries(sourceData(journey.touch, context))) {
    const text = textOf(value);
    if (text !== null) touch[name] = text;
  }
  const key = journey.key === null ? null : sourceText(journey.key.value, context);
  return {
    campaignId: sourceText(journey.campaignId, context),
    journeyName: sourceText(journey.journeyName, context),
    key: journey.key === null || key === null ? null : { name: journey.key.name, value: key },
    touch,
  };
}

function placeOf(
  { context, progress }: Acting,
  { journey }: ActionOf<"FIRE_AS_PERSON">,
): Pick<PersonEvent, "container" | "sandbox"> {
  const named = journey === null ? null : sourceText(journey.container, context);
  const { container, sandbox } = progress.inFlight.event;
  return named === null || named === container
    ? { container, sandbox }
    : { container: named, sandbox: sandboxOf(named) };
}

function targetOf(acting: Acting, action: ActionOf<"FIRE_AS_PERSON">): EventTarget | null {
  const { identification } = action;
  const value = sourceText(identification.value, acting.context);
  if (value === null) return null;
  switch (identification.type) {
    case "PERSON_ID":
      return originOf(value) === undefined ? null : { kind: "person", personId: value };
    case "EMAIL": {
      const email = emailKey(value);
      return email === null ? null : { kind: "key", keyType: "email", value: email };
    }
    case "PARTNER_USER_ID":
      return { kind: "key", keyType: "partner_user_id", value };
    case "PARTNER_EVENT_ID":
      return identification.partnerEventKey === null
        ? null
        : { kind: "partner_event", name: identification.partnerEventKey, value };
    default:
      return unreachable(identification.type);
  }
}

/** A person id that no partition owns is refused where it would be looked up: here. */
function partitionOfTarget(turn: Turn, client: string, target: EventTarget): number {
  const { partitions, partition } = turn.context;
  switch (target.kind) {
    case "person": {
      const owner = originOf(target.personId);
      return owner !== undefined && owner < partitions ? owner : partition;
    }
    case "key":
      return partitionOfKey(client, target.keyType, target.value, partitions);
    case "partner_event":
      return partitionOfPartnerEvent(client, target.name, target.value, partitions);
    default:
      return unreachable(target);
  }
}
