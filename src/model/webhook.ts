// Webhook: where a client wants to be told, in the shape of the contract.

import type { JsonObject, JsonValue } from "./json.ts";

export const webhookTypes = ["CLIENT", "GENERIC", "PARTNER", "REWARD"] as const;
export type WebhookType = (typeof webhookTypes)[number];

export const webhookMethods = ["GET", "POST", "PUT"] as const;
export type WebhookMethod = (typeof webhookMethods)[number];

/** What counts for a call that was made before. */
export interface LiveWebhook {
  readonly url: string;
  /** No `request` says where a call goes, and with what: it goes to `url` as it is. */
  readonly isPlain: boolean;
  /** Of the security key that signs; null: nothing signs. */
  readonly keyId: string | null;
}

/** Null: it is disabled, archived or gone. */
export type FindWebhook = (client: string, webhookId: string) => Promise<LiveWebhook | null>;

export const rewardFilterTypes = ["STATE", "SUPPLIER", "TAGS", "EXPRESSION"] as const;

/** What a program holds of one; absent members have the contract's defaults. */
export interface WebhookDocument {
  readonly id: string;
  readonly name: string;
  readonly type?: WebhookType;
  readonly url?: string;
  readonly enabled?: boolean | string;
  readonly default_method?: string;
  readonly client_key_id?: string | null;
  readonly request?: JsonValue;
  readonly response_handler?: JsonValue;
  readonly response_body_handler?: JsonValue;
  /** Seconds, or durations as ISO 8601 has them; or an expression that yields such a list. */
  readonly retry_intervals?: JsonValue;
  readonly filters?: readonly JsonObject[];
}
