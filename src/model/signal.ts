// Signal: what a campaign tells whoever asks for a polling id. Kept for a day, in the partition of the polling id.

import type { JsonObject } from "./json.ts";
import type { NamedValue, Quality } from "./person.ts";

export interface Signal {
  readonly name: string | null;
  readonly aliases: readonly string[];
  readonly data: JsonObject;
  readonly partnerEventId: NamedValue | null;
  readonly quality: Quality;
  readonly personId: string;
  readonly atMs: number;
}

/** Signals of one polling id, oldest first. */
export interface SignalEntry {
  signals: Signal[];
  expiresMs: number;
}
