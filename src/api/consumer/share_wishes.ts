// What consumers ask for when they share: the three bodies of the contract, checked, as one thing. A code must be the sharer's own, and texts that go out
// by mail bring no addresses of their own: the link is ours to add.

import { emailKey } from "../../base/email.ts";
import { linksIn } from "../../base/text_links.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { PersonHead } from "../../model/person.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";

export interface ShareWish {
  readonly channel: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly subject: string | null;
  readonly recipient: string | null;
  readonly campaignId: string | null;
  /** The caller's own id of the share. */
  readonly partnerShareId: string | null;
  readonly data: JsonObject;
}

const MESSAGE_LENGTH_MAX = 2_048;
const SUBJECT_LENGTH_MAX = 78;
const RECIPIENTS_MAX = 25;
const CHANNEL_LENGTH_MAX = 255;
const MAIL_CHANNEL = "EXTOLE_EMAIL";

const nothing = {
  code: null,
  message: null,
  subject: null,
  recipient: null,
  campaignId: null,
  partnerShareId: null,
  data: {},
} as const;

export function customWish(person: PersonHead | null, body: unknown): ShareWish | ApiError {
  const code = said(body, "advocate_code");
  const channel = said(body, "channel");
  const recipient = said(body, "recipient_email");
  const message = said(body, "message");
  if (code === null) return apiError("ADVOCATE_CODE_MISSING");
  if (channel === null || channel.length > CHANNEL_LENGTH_MAX) return apiError("CHANNEL_MISSING");
  const wrong =
    (isOwn(person, code) ? null : apiError("ADVOCATE_CODE_NOT_FOUND")) ??
    (recipient !== null && emailKey(recipient) === null ? apiError("INVALID_RECIPIENT") : null) ??
    messageError(message);
  return wrong ?? { ...nothing, ...ofData(body), channel, code, recipient, message };
}

/** First generation: the channel and more stand in `consumer_event`. */
export function eventWish(person: PersonHead | null, body: unknown): ShareWish | ApiError {
  const code = said(body, "shareable_id");
  const about = objectOf(memberOf(body, "consumer_event"));
  const channel = said(about, "channel");
  const recipients = memberOf(about, "recipient_emails");
  const first = Array.isArray(recipients) ? recipients.find((each) => typeof each === "string") : null;
  const recipient = said(body, "recipient_email") ?? (typeof first === "string" ? first.trim() : null);
  const message = said(body, "message");
  if (code === null) return apiError("SHAREABLE_ID_MISSING");
  if (channel === null || channel.length > CHANNEL_LENGTH_MAX) return apiError("CHANNEL_MISSING");
  const wrong =
    (isOwn(person, code) ? null : apiError("SHAREABLE_NOT_FOUND")) ??
    (recipient !== null && emailKey(recipient) === null ? apiError("INVALID_RECIPIENTS") : null) ??
    messageError(message);
  const campaignId = said(body, "campaign_id") ?? said(about, "campaign_id");
  return wrong ?? { ...nothing, ...ofData(body), channel, code, recipient, message, campaignId };
}

/** One wish a recipient, however often and in whatever case the address is given. */
export function batchWish(person: PersonHead | null, body: unknown): readonly ShareWish[] | ApiError {
  const code = said(body, "advocate_code");
  const recipients = memberOf(body, "recipient_emails");
  const message = said(body, "message");
  const subject = said(body, "subject");
  if (code === null) return apiError("ADVOCATE_CODE_MISSING");
  const given = Array.isArray(recipients) ? recipients : [];
  const texts = given.filter((each) => typeof each === "string").map((each) => each.trim());
  const wrong =
    (isOwn(person, code) ? null : apiError("ADVOCATE_CODE_NOT_FOUND")) ??
    (texts.length === 0 ? apiError("NO_RECIPIENT") : null) ??
    (given.length > RECIPIENTS_MAX ? apiError("INVALID_RECIPIENT_SIZE", { limit: RECIPIENTS_MAX }) : null) ??
    (texts.length < given.length || texts.some((each) => emailKey(each) === null)
      ? apiError("INVALID_RECIPIENT")
      : null) ??
    (message === null ? apiError("MESSAGE_MISSING") : messageError(message)) ??
    subjectError(subject);
  if (wrong !== null) return wrong;
  const { data } = ofData(body);
  const one = { ...nothing, channel: MAIL_CHANNEL, code, message, subject, data };
  const keys = texts.map(emailKey);
  return texts.filter((_, at) => keys.indexOf(keys[at] ?? null) === at).map((recipient) => ({ ...one, recipient }));
}

function said(body: unknown, name: string): string | null {
  return textOf(body, name)?.trim() || null;
}

function isOwn(person: PersonHead | null, code: string): boolean {
  if (person === null) return false;
  return person.shareables.some((own) => own.code === code) || person.data["advocate_code"]?.value === code;
}

/** Members that name the share itself are not passed on as they are, in whatever case they are written: events know names in any. */
function ofData(body: unknown): { readonly data: JsonObject; readonly partnerShareId: string | null } {
  const data = objectOf(memberOf(body, "data"));
  const isOfShare = (name: string): boolean => name.startsWith("share.") || reserved.has(name);
  const own = Object.entries(data).filter(([name]) => !isOfShare(name.toLowerCase()));
  return { data: Object.fromEntries(own), partnerShareId: said(data, "partner_share_id") };
}

/** A share is the sharer's: data that say who somebody is, or who referred them, have no place in it. */
const reserved: ReadonlySet<string> = new Set([
  "email",
  "partner_user_id",
  "person_id",
  "advocate_code",
  "shareable_id",
  "coupon_code",
  "advocate_email",
  "advocate_partner_user_id",
  "partner_share_id",
]);

function messageError(message: string | null): ApiError | null {
  if (message === null) return null;
  if (message.length > MESSAGE_LENGTH_MAX) return apiError("INVALID_MESSAGE_LENGTH", { limit: MESSAGE_LENGTH_MAX });
  return linksIn(message).length > 0 ? apiError("INVALID_SHARE_MESSAGE_LINK") : null;
}

function subjectError(subject: string | null): ApiError | null {
  if (subject === null) return null;
  if (subject.length > SUBJECT_LENGTH_MAX) return apiError("INVALID_SUBJECT_LENGTH", { limit: SUBJECT_LENGTH_MAX });
  return linksIn(subject).length > 0 ? apiError("INVALID_SHARE_SUBJECT_LINK") : null;
}
