// Protocol between the runtime in the main thread and a front thread: every message that crosses, in one place.
//
//   P1. What one side says in a turn of its event loop crosses in one message, a list, and is taken in the order in which it was said.
//   P2. Every batch is answered once: durable (with all before it that were not refused), or refused, and then nothing of it was appended; over
//       a shared log refused may also mean, as there always, that nobody knows.
//   P3. Every call is answered once, by the runtime, which has the deadlines.

import type { Query, QueryAnswer } from "../../engine/mod.ts";
import type { ProgramDocument } from "../../model/campaign.ts";
import type { ProgramVersion } from "../../model/state.ts";
import type { WantedVersion } from "../configuration/programs.ts";
import type { ProgramFrame, ProgramParts } from "../../rules/mod.ts";
import type { Explained, RuntimeStatus, Unavailable } from "../client.ts";
import type { WantedExplanation } from "../explanations.ts";
import type { FlowMemory } from "../flow/flow_levels.ts";
import type { CrowdMarkMemory } from "./crowd_marks.ts";
import type { IdShare } from "../../base/front_ids.ts";
import type { ReplyColumns } from "../protocol.ts";

/** What a front thread is born with. */
export interface FrontBirth {
  readonly frontNumber: number;
  readonly share: IdShare;
  /** Unix ms: its ids are larger than all until then. */
  readonly idsAboveMs: number;
  readonly partitions: number;
  readonly workers: number;
  readonly flow: FlowMemory;
  readonly crowds: CrowdMarkMemory;
  readonly replyTimeoutMs: number;
  readonly recordBytesMax: number;
  /** What it may have sent and not yet have been told of: its share of what may wait for the disk, and of what may be in flight. */
  readonly unsettledBytesMax: number;
  readonly unsettledRecordsMax: number;
}

export type ToRuntime =
  /** Records in the binary form of `model/record.ts`, transferred. */
  | { readonly kind: "records"; readonly batch: number; readonly bytes: ArrayBuffer; readonly length: number }
  | { readonly kind: "call"; readonly id: number; readonly call: FrontCall }
  /** Everything that was said before `hear` of that number is taken. */
  | { readonly kind: "heard"; readonly id: number };

export type FrontCall =
  | { readonly kind: "query"; readonly partition: number; readonly query: Query }
  | { readonly kind: "explain"; readonly wanted: WantedExplanation }
  | { readonly kind: "store_program"; readonly parts: ProgramParts; readonly document: ProgramDocument }
  | { readonly kind: "use_programs"; readonly programs: readonly ProgramVersion[] }
  | { readonly kind: "programs_behind"; readonly version: WantedVersion; readonly among: readonly number[] }
  | { readonly kind: "when_shallow" };

export type FrontAnswer =
  | { readonly kind: "query"; readonly answer: QueryAnswer }
  | { readonly kind: "explain"; readonly explained: Explained }
  | { readonly kind: "programs_behind"; readonly partitions: readonly number[] }
  | { readonly kind: "done" }
  | { readonly kind: "unavailable"; readonly refusal: Refusal }
  /** What the call threw; of errors, a thread gets the words and the stack. */
  | { readonly kind: "failed"; readonly error: Error };

export type ToFront =
  | FrontState
  /** In use from now on. */
  | { readonly kind: "program"; readonly frame: ProgramFrame; readonly revision: number }
  /** With all batches before it that were not refused (P2). */
  | { readonly kind: "durable"; readonly batch: number }
  /** With the ids, by halves, of its records that are to be replied to. */
  | { readonly kind: "refused"; readonly batch: number; readonly ids: Uint32Array; readonly refusal: Refusal }
  /** The log gave up what was not durable: batches `from` to `to`, both included, as far as they are not settled. */
  | { readonly kind: "dropped"; readonly from: number; readonly to: number }
  | { readonly kind: "replies"; readonly replies: ReplyColumns }
  | { readonly kind: "answer"; readonly id: number; readonly answer: FrontAnswer }
  | { readonly kind: "hear"; readonly id: number };

/** Of the runtime; null: it is open, and answers. */
export interface FrontState {
  readonly kind: "state";
  readonly refusal: Refusal | null;
  readonly queryRefusal: Refusal | null;
  readonly status: RuntimeStatus;
}

export interface Refusal {
  readonly reason: Unavailable["reason"];
  readonly retryAfterSeconds: number;
}

export function refusalOf({ reason, retryAfterSeconds }: Unavailable): Refusal {
  return { reason, retryAfterSeconds };
}

/** Bytes of records that cross at once, unless one alone has more: far below a commit group, so that a batch hardly ever ends one early. */
export const BATCH_BYTES_MAX = 256 * 1024;
