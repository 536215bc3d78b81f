// SHARE_EVENT: the step becomes a share. A SHARE event follows, which rules about shares hear; one by mail leaves a job as well.

import type { PersonEvent } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import type { Person, Share } from "../model/person.ts";
import type { ActionOf } from "../rules/mod.ts";
import { textOf } from "./1_route.ts";
import { cause } from "./4_campaigns.ts";
import type { Acting } from "./6_act.ts";
import { newId } from "./context.ts";
import { memberInAnyCase } from "./data_names.ts";
import { record } from "./jobs.ts";
import { SHARES_KEPT_MAX } from "./limits.ts";

/** Channels of the platform's own mails. */
const mailChannels = ["EXTOLE_EMAIL", "EMAIL"];
const UNKNOWN_CHANNEL = "UNKNOWN";

export function share(acting: Acting, action: ActionOf<"SHARE_EVENT">): void {
  const { turn, progress, program, firing, stepEvent } = acting;
  const data: JsonObject = { ...progress.inFlight.event.data, ...stepEvent.data };
  const channel = (member(data, "channel") ?? UNKNOWN_CHANNEL).toUpperCase();
  const shareId = newId(turn);
  const event: PersonEvent = {
    ...stepEvent,
    id: newId(turn),
    type: "SHARE",
    data,
    causeId: stepEvent.id,
    detail: { kind: "share", shareId, channel, quality: firing.quality },
  };
  const recipient = member(data, "recipient") ?? member(data, "recipient_email");
  rememberShare(progress.person, shareOf(acting, { id: shareId, channel, data }));
  if (recipient !== null && mailChannels.includes(channel)) {
    record(acting, action.actionId, { kind: "SHARE_EMAIL", shareId, recipient }, mailOf(data));
  }
  cause(turn, progress, program, event);
}

/** The oldest makes room. */
export function rememberShare(person: Person, share: Share): void {
  person.shares.push(share);
  if (person.shares.length > SHARES_KEPT_MAX) person.shares.shift();
}

function shareOf(
  { turn, firing, context }: Acting,
  { id, channel, data }: { readonly id: string; readonly channel: string; readonly data: JsonObject },
): Share {
  const partnerId = member(data, "partner_share_id") ?? member(data, "partner_id");
  return {
    id,
    channel,
    link: member(data, "link"),
    message: member(data, "message"),
    subject: member(data, "subject"),
    shareableCode: member(data, "shareable_code") ?? member(data, "advocate_code"),
    otherPersonId: context.otherPerson?.id ?? null,
    partnerId: partnerId === null ? null : { name: "partner_share_id", value: partnerId },
    campaignId: context.campaign.id,
    program: context.campaign.program,
    data: firing.data.step,
    createdMs: turn.nowMs,
  };
}

function mailOf(data: JsonObject): JsonObject {
  return { subject: member(data, "subject"), message: member(data, "message"), link: member(data, "link") };
}

/** `share.channel`, as events of today have it, or `channel`. */
function member(data: JsonObject, name: string): string | null {
  return textOf(memberInAnyCase(data, `share.${name}`)) ?? textOf(memberInAnyCase(data, name));
}
