// Messages between actors, as payloads of `message` and `config` records; and the payloads of `command` records.
//
//   M1. A message is identified by (source partition, source sequence, n); senders number from 0 within a record.
//   M2. A receiver drops what is not above its high-water mark of that source. Messages of one source arrive in order,
//       because a sender's are appended in order; hence the mark loses nothing and doubles nothing.

import { assert } from "../base/assert.ts";
import { asBuffer } from "../base/bytes.ts";
import { pack, unpack } from "../base/msgpack.ts";
import type { RewardMoved, RewardToMove } from "./7_reward.ts";
import type { AssetHandedOver } from "./person/assets.ts";
import type { RowReference } from "../model/batch.ts";
import type { OperationReference } from "../model/audience.ts";
import type { Answer, EventInFlight, PartnerEventClaim, PersonHistory } from "../model/in_flight.ts";
import type { PersonCard, Relationship } from "../model/person.ts";
import type { RowDone } from "./batches/batch_rows.ts";
import type { BudgetReference, LeaseWanted, ShareReturned } from "./budgets/budgets.ts";
import type { HeldEnded } from "./rewards/held_rewards.ts";
import type { LeaseCarriedOn, LeaseGiven } from "./budgets/lease_answers.ts";
import type { LentCoupons, LoanReport } from "./coupons/coupon_lending.ts";
import type { CallForWaiters, HandedCoupons, NamedWaiters } from "./coupons/coupon_line.ts";
import type { Withdrawal } from "./coupons/coupon_operations.ts";
import type { PoolReference } from "./coupons/coupon_pages.ts";
import type { CouponAnswer, CouponRequest } from "./coupons/coupons.ts";
import type {
  ClaimedFulfilment,
  GrantedFulfilment,
  GrantedFulfilments,
  WantedFulfilment,
} from "./rewards/fulfilment.ts";
import type { MessageClaim } from "./event/idempotency.ts";
import type { ErasedInto, WantedErasure } from "./person/erase.ts";
import type { IdentityGrant, IdentityWish } from "./person/identity_change.ts";
import type { OwnedKey } from "./person/keys.ts";
import type { WantedChange } from "./person/person_commands.ts";
import type { CodeWish } from "./person/shareables.ts";
import type { Signal } from "../model/signal.ts";
import type { Sweep, Swept } from "./audiences/audience_operations.ts";

export type Message =
  /** An event that belongs elsewhere: to a known person, or to whoever owns a key. */
  | { kind: "event"; target: EventTarget; inFlight: EventInFlight }
  /** The same of an event from outside that nothing was added to on the way: most of those that are handed on. */
  | {
      kind: "input";
      target: EventTarget | EventSender;
      hops: number;
      input: Input;
      claimedIn?: number;
      row?: RowReference;
    }
  | { kind: "ask"; client: string; fromPersonId: string; question: string; ask: Ask }
  | { kind: "answer"; personId: string; question: string; answer: Answer }
  /** The advocate's side of a relationship. `knownAs`: by which id the friend knows the advocate, who was merged meanwhile; absent: by `personId`. */
  | { kind: "relate"; client: string; personId: string; relationship: Relationship; knownAs?: string }
  /**
   * One side of a relationship was merged into another person: for the other side. `knownAs`: by which id the one side knew the other, who was merged
   * as well; absent: by `personId`.
   */
  | {
      kind: "other_merged";
      client: string;
      personId: string;
      fromPersonId: string;
      toPersonId: string;
      toEmail: string | null;
      knownAs?: string;
    }
  /** An event that was refused another of its business ids does not keep this one. */
  | ({ kind: "release_claim"; client: string } & Omit<PartnerEventClaim, "kind">)
  /** An event was refused for now: its sender may send it again under its message id. */
  | ({ kind: "give_message_back" } & MessageClaim)
  | { kind: "take_key"; client: string; keyType: string; value: string; personId: string }
  | ({ kind: "asset_handed_over" } & AssetHandedOver)
  | RewardMessage
  | { kind: "forward_wanted"; client: string; from: PersonCard; toPersonId: string; replyTo: string }
  | {
      kind: "forward_decided";
      client: string;
      personId: string;
      toPersonId: string;
      errorCode: string | null;
      replyTo: string;
    }
  /** For whoever asks for the polling id. */
  | { kind: "signal"; client: string; pollingId: string; signal: Signal }
  | ({ kind: "sweep_members" } & Sweep)
  | ({ kind: "members_swept" } & Swept)
  | { kind: "member_done"; client: string; reference: OperationReference; isProcessed: boolean }
  | ({ kind: "row_done" } & RowDone)
  /** A command whose person was merged into another. */
  | ({ kind: "change_person" } & WantedChange)
  | ({ kind: "identity_wanted" } & IdentityWish)
  | ({ kind: "identity_granted" } & IdentityGrant)
  | ({ kind: "release_key" } & OwnedKey)
  /** A command whose person was merged into another. */
  | ({ kind: "erase_person" } & WantedErasure)
  | ({ kind: "erase_merged" } & ErasedInto)
  /** One side of a relationship was erased: for the other side. */
  | { kind: "other_erased"; client: string; personId: string; erasedPersonId: string }
  | ({ kind: "code_wanted" } & CodeWish)
  | ({ kind: "code_granted" } & CodeWish)
  /** `replyTo`: the command that is done when this is; absent when nobody waits for it. */
  | { kind: "absorb"; client: string; personId: string; history: PersonHistory; replyTo?: string }
  | ProgramMessage;

export type RewardMessage =
  | ({ kind: "allocate_coupon" } & CouponRequest)
  | ({ kind: "coupon_allocated" } & CouponAnswer)
  | ({ kind: "return_coupon"; code: string; atMs: number } & CouponRequest)
  | ({ kind: "withdraw_coupons" } & Withdrawal)
  | ({ kind: "coupons_lent" } & LentCoupons)
  | ({ kind: "loan_reported" } & LoanReport)
  | ({ kind: "recall_coupons" } & PoolReference)
  | ({ kind: "call_waiters" } & CallForWaiters)
  | ({ kind: "waiters_named" } & NamedWaiters)
  | ({ kind: "coupons_handed" } & HandedCoupons)
  | ({ kind: "serve_waiters" } & PoolReference)
  | ({ kind: "lease_wanted" } & LeaseWanted)
  | ({ kind: "lease_given" } & LeaseGiven)
  | ({ kind: "carry_lease_on" } & LeaseCarriedOn)
  | ({ kind: "recall_lease" } & BudgetReference)
  | ({ kind: "share_returned" } & ShareReturned)
  | ({ kind: "budget_open" } & BudgetReference)
  | ({ kind: "held_ended" } & HeldEnded)
  | ({ kind: "claim_fulfilment" } & WantedFulfilment)
  | ({ kind: "fulfilment_claimed" } & ClaimedFulfilment)
  | ({ kind: "fulfilments_granted" } & GrantedFulfilments)
  | ({ kind: "return_fulfilment" } & GrantedFulfilment)
  | ({ kind: "move_reward" } & RewardToMove)
  | ({ kind: "reward_moved" } & RewardMoved);

/** A client's configuration has a new version: from here on by this program. The message of `config` records. */
export type ProgramMessage = { kind: "use_program"; client: string; hash: string; revision: number };

export type EventTarget =
  | { kind: "person"; personId: string }
  | { kind: "key"; keyType: string; value: string }
  | { kind: "partner_event"; name: string; value: string };

/** Whoever the event's data name, if anybody. */
export interface EventSender {
  kind: "sender";
}

/** An event as it came from the front: what its record said. */
export interface Input {
  readonly idHigh: number;
  readonly idLow: number;
  readonly receivedMs: number;
  readonly wantsReply: boolean;
  /** See event_payload.ts; valid for one turn. */
  readonly payload: Uint8Array;
}

/** What one actor may want of another. */
export type Ask =
  | PartnerEventClaim
  | { kind: "person_by_key"; keyType: string; value: string }
  | { kind: "person"; personId: string }
  | { kind: "own_key"; keyType: string; value: string }
  | { kind: "history"; personId: string };

export interface MessageIdentity {
  readonly source: number;
  readonly sequence: number;
  readonly n: number;
}

/** The payload of a message: u32 source, u32 n, f64 sequence, little endian, then the message in msgpack. */
const IDENTITY_BYTES = 16;

export function encodeMessage(identity: MessageIdentity, message: Message): Uint8Array {
  const body = pack(message);
  const bytes = Buffer.allocUnsafe(IDENTITY_BYTES + body.length);
  bytes.writeUInt32LE(identity.source, 0);
  bytes.writeUInt32LE(identity.n, 4);
  bytes.writeDoubleLE(identity.sequence, 8);
  bytes.set(body, IDENTITY_BYTES);
  return bytes;
}

export function decodeMessage(payload: Uint8Array): { identity: MessageIdentity; message: Message } {
  const message = unpack(payload.subarray(IDENTITY_BYTES)) as Message;
  return { identity: messageIdentity(payload), message };
}

/** Who sent a message, without looking at what it says. */
export function messageIdentity(payload: Uint8Array): MessageIdentity {
  assert(payload.length > IDENTITY_BYTES, "message payload is not a message");
  const bytes = asBuffer(payload);
  return { source: bytes.readUInt32LE(0), n: bytes.readUInt32LE(4), sequence: bytes.readDoubleLE(8) };
}

/** The program that a `config` record brings into effect. */
export function programOfRecord(payload: Uint8Array): ProgramMessage {
  const { message } = decodeMessage(payload);
  assert(message.kind === "use_program", "a config record names a program");
  return message;
}

export function packCommand(command: unknown): Uint8Array {
  return pack(command);
}

export function unpackCommand(payload: Uint8Array): unknown {
  return unpack(payload);
}
