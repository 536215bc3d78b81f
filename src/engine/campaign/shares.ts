// SHARE_EVENT: the step becomes a share. A SHARE event follows, which rules about shares hear; one by mail leaves a job as well.

import type { PersonEvent } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Person, Share } from "../../model/person.ts";
import type { ActionOf, ProgramLabels } from "../../rules/mod.ts";
import { PARTNER_ID_LENGTH_MAX, partitionOfKey, textOf } from "../1_route.ts";
import { cause } from "../event/cause.ts";
import type { Acting } from "../6_act.ts";
import { newId, send, type Turn } from "../context.ts";
import { memberInAnyCase } from "../event/data_names.ts";
import { record } from "../jobs/jobs.ts";
import { claimProfileKey, shareKeys } from "../person/keys.ts";
import { SHARES_KEPT_MAX } from "../limits.ts";

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
  const made = shareOf(acting, { id: shareId, channel, data });
  findable(turn, progress.person, made);
  const dropped = rememberShare(progress.person, made);
  if (dropped !== undefined) noLongerFindable(turn, progress.person, dropped);
  if (recipient !== null && mailChannels.includes(channel)) {
    record(acting, action.actionId, { kind: "SHARE_EMAIL", shareId, recipient }, mailOf(acting, data));
  }
  cause(turn, progress, program, event);
}

/** The oldest makes room, and is returned. */
export function rememberShare(person: Person, share: Share): Share | undefined {
  person.shares.push(share);
  return person.shares.length > SHARES_KEPT_MAX ? person.shares.shift() : undefined;
}

export function keysOfShare({ id, partnerId }: Share): { readonly keyType: string; readonly value: string }[] {
  const byId = { keyType: shareKeys.id, value: id };
  const isKey = partnerId !== null && partnerId.value.length <= PARTNER_ID_LENGTH_MAX;
  return isKey ? [byId, { keyType: shareKeys.partnerId, value: partnerId.value }] : [byId];
}

/** Of several shares with one id of the caller's, the first person's is found. */
function findable(turn: Turn, { client, id: personId }: Person, made: Share): void {
  for (const key of keysOfShare(made)) claimProfileKey(turn, { client, personId, ...key });
}

function noLongerFindable(turn: Turn, { client, id: personId }: Person, dropped: Share): void {
  for (const { keyType, value } of keysOfShare(dropped)) {
    const home = partitionOfKey(client, keyType, value, turn.context.partitions);
    send(turn, home, { kind: "release_key", client, keyType, value, personId });
  }
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

/** A mail recommends by a link: the one that is said, else that of the sharer's own code. */
function mailOf({ progress, context }: Acting, data: JsonObject): JsonObject {
  const link = member(data, "link");
  const code = link === null ? ownCode(progress.person, data, context.campaign) : null;
  return {
    subject: member(data, "subject"),
    message: member(data, "message"),
    link,
    ...(code === null ? {} : { code }),
  };
}

/** The code that is said, if it is the sharer's; else the newest of the programme, else the newest; null: the sharer has none. */
function ownCode(
  { shareables, data: own }: Person,
  data: JsonObject,
  { program, formerPrograms }: ProgramLabels,
): string | null {
  const registered = textOf(own["advocate_code"]?.value);
  const said = member(data, "shareable_code") ?? member(data, "advocate_code");
  if (said !== null && (said === registered || shareables.some(({ code }) => code === said))) return said;
  const labels = [program, ...formerPrograms].map((label) => label.toLowerCase());
  const newest = shareables.findLast((each) => labels.includes(each.label.toLowerCase())) ?? shareables.at(-1);
  return newest?.code ?? registered;
}

/** `share.channel`, as events of today have it, or `channel`. */
function member(data: JsonObject, name: string): string | null {
  return textOf(memberInAnyCase(data, `share.${name}`)) ?? textOf(memberInAnyCase(data, name));
}
