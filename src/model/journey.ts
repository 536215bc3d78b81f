// Provenance of journeys: what led a person into a journey, and what touched it last.

/** What may have led a person into a journey; on the wire with `entry_` or `last_` before it. Beside these, every touch has `consumer_event_id`. */
export const touchNames = [
  "advocate_code",
  "advocate_partner_user_id",
  "coupon_code",
  "label",
  "promotable_code",
  "reason",
  "share_id",
  "shareable_id",
  "zone",
] as const;

/** Names of touches that say who referred the person: data of an event under the same names. */
export const referralTouches = [
  "advocate_code",
  "advocate_partner_user_id",
  "coupon_code",
  "promotable_code",
  "share_id",
  "shareable_id",
] as const;

/** Why one person is held to have referred another. */
export const referralReasons = [
  "ADVOCATE",
  "ADVOCATE_CODE",
  "ADVOCATE_PARTNER_USER_ID",
  "COUPON_CODE",
  "DISPLACED_PARTNER_USER_ID",
  "INCENTIVIZED_SHARE",
  "PARTNER_EVENT_ID",
  "PARTNER_SHARE_ID",
  "SHAREABLE_ID",
  "SHARE_ID",
  "SHARE_RECIPIENT",
  "UNKNOWN_REASON",
] as const;

/** Text by name; absent names were not known. */
export interface Touch {
  [name: string]: string;
}
