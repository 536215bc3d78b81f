// Events: what happened outside (INPUT) and what the engine makes of it (all other types).

import type { JsonObject } from "./json.ts";

export const eventTypes = [
  "ASSET",
  "AUDIENCE_MEMBERSHIP",
  "DATA_INTELLIGENCE",
  "DISPLACED",
  "DISPLACED_BY",
  "FORWARDED",
  "IDENTIFIED",
  "INPUT",
  "INTERNAL",
  "LEGACY_CONSUMER_EVENT",
  "MESSAGE",
  "MESSAGE_NOT_DELIVERED",
  "REFERRED",
  "REFERRED_BY",
  "REWARD",
  "SCHEDULED",
  "SHARE",
  "SHAREABLE",
  "STEP",
] as const;
export type EventType = (typeof eventTypes)[number];

/** An event on its way through one person's campaigns. All fields always present, in this order. */
export interface PersonEvent {
  readonly id: string;
  readonly type: EventType;
  /** As sent; compare with `nameKey`. For REWARD the reward's name, for STEP the primary step name. */
  readonly name: string;
  /** `name` trimmed and in lower case: event names match case-insensitively. */
  readonly nameKey: string;
  /** When it happened, Unix ms. May lie in the past. */
  readonly eventMs: number;
  /** When it was received, Unix ms. */
  readonly requestMs: number;
  readonly data: JsonObject;
  /** The event that directly caused this one; its own id for an INPUT event. */
  readonly causeId: string;
  /** The INPUT event at the start of the chain; its own id for an INPUT event. */
  readonly rootId: string;
  readonly container: string;
  readonly sandbox: string;
  /** How many internal events lie between this one and its root; bounded by `EVENT_CHAIN_MAX`. */
  readonly depth: number;
  readonly detail: EventDetail;
}

/** What only some types carry. */
export type EventDetail =
  | { readonly kind: "none" }
  | { readonly kind: "step"; readonly stepId: string; readonly names: readonly string[]; readonly campaignId: string }
  | {
      readonly kind: "reward";
      readonly rewardId: string;
      readonly state: string;
      readonly tags: readonly string[];
      readonly slots: readonly string[];
    }
  | { readonly kind: "membership"; readonly audienceId: string; readonly change: "CREATED" | "REMOVED" | "UPDATED" }
  | { readonly kind: "fired"; readonly byPersonId: string; readonly referralReason: string | null }
  | { readonly kind: "scheduled"; readonly campaignId: string; readonly journeyName: string | null };
