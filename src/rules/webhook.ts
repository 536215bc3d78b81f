// Webhook: a client's webhook as the engine needs it, and what its expressions see.

import type { OutgoingRequest } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { RewardSummary } from "../model/person.ts";
import type { WebhookType } from "../model/webhook.ts";
import type { Pc, ValueSource } from "./program.ts";

export interface CompiledWebhook {
  readonly id: string;
  readonly name: string;
  readonly type: WebhookType;
  readonly isEnabled: boolean;
  readonly url: string;
  readonly method: OutgoingRequest["method"];
  readonly clientKeyId: string | null;
  /** Null: the payload goes out as it is. */
  readonly request: ValueSource | null;
  /** Says what an answer means; null: its status does. */
  readonly responseHandler: ValueSource | null;
  /** Between attempts; null: the schedule of its type. */
  readonly retryMs: readonly number[] | null;
  readonly filters: RewardFilters;
}

/** Of REWARD webhooks: one of each kind that has members must hold; none: every move of every reward. */
export interface RewardFilters {
  /** States, and FULFILL_FAILED for an attempt that failed. */
  readonly states: readonly string[];
  readonly supplierIds: readonly string[];
  readonly tags: readonly string[];
  readonly expressions: readonly Pc[];
}

/** What an expression of a webhook looks at. */
export interface WebhookContext {
  readonly id: string;
  readonly name: string;
  readonly type: WebhookType;
  readonly url: string;
  readonly method: string;
  /** The payload. */
  readonly data: JsonObject;
  readonly reward: RewardSummary | null;
  /** Null until there is one. */
  readonly result: WebhookResult | null;
}

export interface WebhookResult {
  readonly attempts: number;
  readonly retries: number;
  readonly request: OutgoingRequest | null;
  readonly status: number;
  readonly body: string;
}
