// Our words -> the contract's. The only place that knows both.
//
// The contract requires every member and lets only some be null. What we do not have is answered as it can be there: texts empty, numbers 0,
// keys without members, and dates that have not come yet as the last moment of the year 9999.

import { valueText } from "../../model/filters.ts";
import type { JsonValue } from "../../model/json.ts";
import type {
  Datum,
  IdentityShift,
  Journey,
  NamedValue,
  Person,
  PersonHead,
  Profile,
  Relationship,
  RequestOrigin,
  Share,
  Shareable,
  Step,
  StepDatum,
} from "../../model/person.ts";
import type { Reward, RewardMove } from "../../model/reward.ts";

/** A date that has not come: never expires, not redeemed yet. */
export const NEVER = "9999-12-31T23:59:59.999Z";
export const NEVER_MS: number = Date.parse(NEVER);

/** Members as the contract names them; the schemas in `schemas.ts` say which, and tests hold both against each other. */
export type View = { readonly [member: string]: unknown };

export function personView({ id, email, version, locale }: Profile): View {
  return {
    id,
    identity_id: id,
    identity_key: { name: "email" },
    identity_key_value: email ?? "",
    locale: locale === null ? {} : { last_browser: locale },
    version: String(version),
  };
}

export function stepView(step: Step): View {
  return {
    id: step.id,
    name: step.name,
    is_primary: step.isPrimary,
    campaign_id: step.campaignId,
    program: step.program,
    journey_name: step.journeyName ?? "",
    journey_key: keyView(step.journeyKey),
    event_id: step.eventId,
    cause_event_id: step.causeEventId,
    root_event_id: step.rootEventId,
    container: step.container,
    quality: step.quality,
    scope: step.scope,
    data: mapByName(step.data, ({ name, scope, value }) => ({ name, scope, value })),
    event_date: dateView(step.eventMs),
    created_date: dateView(step.createdMs),
    updated_date: dateView(step.createdMs),
  };
}

export function journeyView(journey: Journey): View {
  return {
    id: journey.id,
    campaign_id: journey.campaignId,
    container: journey.container,
    name: journey.name,
    program: journey.program,
    key: keyView(journey.key),
    data: mapByName(journey.data, ({ name, scope, value }) => ({ id: `${journey.id}/${name}`, name, scope, value })),
    created_date: dateView(journey.createdMs),
    updated_date: dateView(journey.updatedMs),
  };
}

export function relationshipView(relationship: Relationship): View {
  const { otherPersonId, otherEmail } = relationship;
  const identity = otherEmail === null ? {} : { identity_key: { name: "email" }, identity_key_value: otherEmail };
  return {
    id: relationship.id,
    my_role: relationship.myRole,
    other_person_id: otherPersonId,
    other_person: { id: otherPersonId, ...identity },
    campaign_id: relationship.campaignId,
    program: relationship.program,
    container: relationship.container,
    cause_event_id: relationship.causeEventId,
    root_event_id: relationship.rootEventId,
    data: mapByName(relationship.data, ({ name, value }) => ({ name, value })),
    created_date: dateView(relationship.createdMs),
    updated_date: dateView(relationship.updatedMs),
  };
}

export function personRewardView(reward: Reward): View {
  return {
    id: reward.id,
    name: reward.name ?? "",
    state: reward.state,
    campaign_id: reward.campaignId,
    program: reward.program,
    container: reward.container,
    sandbox: reward.sandbox,
    journey_name: reward.journeyName ?? "",
    journey_key: keyView(reward.journeyKey),
    face_value: reward.faceValue,
    face_value_type: reward.faceValueType,
    value_of_rewarded_event: reward.valueOfRewardedEvent ?? 0,
    reward_supplier_id: reward.supplierId,
    partner_reward_supplier_id: reward.partnerSupplierId ?? "",
    partner_reward_id: reward.partnerRewardId ?? "",
    tags: reward.tags,
    data: mapValues(reward.data, (value, name) => ({ name, value })),
    created_date: dateView(reward.createdMs),
    updated_date: dateView(reward.updatedMs),
    earned_date: dateView(reward.earnedMs),
    expiry_date: dateView(reward.expiresMs),
    redeemed_date: dateView(reward.redeemedMs),
  };
}

/** @param person the owner as far as known: its e-mail and partner user id are shown */
export function rewardView(reward: Reward, person: Pick<Person, "email" | "partnerUserId"> | null): View {
  return {
    reward_id: reward.id,
    state: reward.state,
    person_id: reward.personId,
    email: person?.email ?? null,
    partner_user_id: person?.partnerUserId ?? null,
    reward_supplier_id: reward.supplierId,
    partner_reward_supplier_id: reward.partnerSupplierId,
    partner_reward_id: reward.partnerRewardId,
    partner_reward_key_type: reward.partnerRewardKeyType,
    face_value: reward.faceValue,
    face_value_type: reward.faceValueType,
    campaign_id: reward.campaignId,
    action_id: reward.actionId,
    cause_event_id: reward.causeEventId,
    root_event_id: reward.rootEventId,
    journey_name: reward.journeyName ?? "",
    journey_key: keyView(reward.journeyKey),
    container: reward.container,
    sandbox: reward.sandbox,
    data: mapValues(reward.data, (value) => valueText(value)),
    created_at: dateView(reward.createdMs),
    expires_at: dateView(reward.expiresMs),
  };
}

export function rewardMoveView(move: RewardMove): View {
  return {
    state_type: move.state,
    success: move.success,
    message: move.message ?? "",
    operator_user_id: move.operatorUserId ?? "",
    created_at: dateView(move.atMs),
  };
}

/** A move that says nothing but why: canceled, revoked, failed, expired. */
export function endView(reward: Reward, move: RewardMove): View {
  return {
    reward_id: reward.id,
    message: move.message ?? "",
    operator_user_id: move.operatorUserId ?? "",
    created_at: dateView(move.atMs),
  };
}

export function fulfillmentView(reward: Reward, move: RewardMove): View {
  return {
    ...endView(reward, move),
    amount: move.amount,
    cost_code: move.delivery?.costCode ?? null,
    face_value: move.delivery?.faceValue ?? null,
    face_value_type: move.delivery?.faceValueType ?? reward.faceValueType,
    partner_reward_id: move.partnerRewardId,
    success: move.success,
  };
}

export function sendView(reward: Reward, move: RewardMove): View {
  return {
    ...endView(reward, move),
    email: move.delivery?.email ?? "",
    partner_reward_sent_id: move.delivery?.partnerSentId ?? null,
    success: move.success,
  };
}

export function redeemView(reward: Reward, move: RewardMove): View {
  return {
    ...endView(reward, move),
    cause_event_id: null,
    event_name: null,
    partner_event_id: move.partnerEventId,
    partner_reward_redeem_id: move.delivery?.partnerRedeemId ?? "",
  };
}

/** A person that was never blocked is as it was made. */
export function blockView({ block, blockReason, blockedMs, createdMs }: PersonHead): View {
  return { type: block, reason: blockReason, updated_date: dateView(blockedMs ?? createdMs) };
}

export function datumView(personId: string, name: string, { value, scope, createdMs, updatedMs }: Datum): View {
  return {
    id: `${personId}/${name}`,
    name,
    scope,
    value,
    created_date: dateView(createdMs),
    updated_date: dateView(updatedMs),
  };
}

export function shiftView(shift: IdentityShift): View {
  switch (shift.kind) {
    case "IDENTITY_SHIFT":
      return {
        type: shift.kind,
        log_date: dateView(shift.atMs),
        old_identity_key_name: IDENTITY_KEY,
        old_identity_key_value: shift.oldKeyValue ?? "",
        identity_profile_update_version: shift.version,
        identity_shape_shift_type: shift.shape,
      };
    case "SPLIT_LOSER":
      return {
        type: shift.kind,
        log_date: dateView(shift.atMs),
        old_identity_key_name: IDENTITY_KEY,
        old_identity_key_value: "",
        losing_identity_key_value: shift.losingKeyValue,
        winning_identity_id: shift.winningPersonId,
        winning_identity_key_name: IDENTITY_KEY,
        winning_identity_key_value: shift.winningKeyValue,
      };
  }
}

const IDENTITY_KEY = "email";

/** What nobody looks up (state, city, radius) is empty. */
export function locationView({ ip, deviceId, country, atMs }: RequestOrigin): View {
  return {
    ip_address: ip ?? "",
    device_id: deviceId ?? "",
    country: country === null ? {} : { isoCode: country, name: countryName(country) },
    state: {},
    city: {},
    zip_code: "",
    accuracy_radius_km: 0,
    location: {},
    created_date: dateView(atMs),
  };
}

function countryName(country: string): string {
  countryNames ??= new Intl.DisplayNames("en", { type: "region" });
  return countryNames.of(country) ?? country;
}

/** Made for the first who asks: it takes as long as a twentieth of a start. */
let countryNames: Intl.DisplayNames | null = null;

export function shareView(share: Share): View {
  return {
    id: share.id,
    channel: share.channel,
    link: share.link ?? "",
    message: share.message ?? "",
    subject: share.subject ?? "",
    shareable_code: share.shareableCode ?? "",
    other_person_id: share.otherPersonId ?? "",
    partner_id: share.partnerId === null ? null : { name: share.partnerId.name, value: share.partnerId.value },
    campaign_id: share.campaignId,
    program: share.program,
    data: mapByName(share.data, ({ name, value }) => ({ name, value })),
    created_date: dateView(share.createdMs),
  };
}

export function shareableView(shareable: Shareable, shareUrl: string): View {
  const { title, description, imageUrl, url, partnerContentId } = shareable.content;
  const content = { title, description, image_url: imageUrl, url, partner_content_id: partnerContentId };
  return {
    code: shareable.code,
    link: `${shareUrl.replace(/\/$/, "")}/${shareable.code}`,
    label: shareable.label,
    key: shareable.key,
    content: Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null)),
    data: mapValues(shareable.data, (value, name) => ({ name, value })),
    created_date: dateView(shareable.createdMs),
    updated_date: dateView(shareable.updatedMs),
  };
}

/** What lies beyond the year 9999, as a duration of an expression may, has no text that clients could read. */
export function dateView(ms: number | null): string {
  return ms === null || ms > NEVER_MS ? NEVER : new Date(ms).toISOString();
}

function keyView(key: NamedValue | null): { name?: string; value?: string } {
  return key === null ? {} : { name: key.name, value: key.value };
}

function mapByName<V>(data: readonly StepDatum[], view: (datum: StepDatum) => V): { [name: string]: V } {
  return Object.fromEntries(data.map((datum) => [datum.name, view(datum)]));
}

function mapValues<V>(
  data: { readonly [name: string]: JsonValue },
  view: (value: JsonValue, name: string) => V,
): { [name: string]: V } {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, view(value, name)]));
}
