// Messages between actors, as payloads of `message` records; and the payloads of `config` and `command` records.
//
//   M1. A message is identified by (source partition, source sequence, n); senders number from 0 within a record.
//   M2. A receiver drops what is not above its high-water mark of that source. Messages of one source arrive in order,
//       because a sender's are appended in order; hence the mark loses nothing and doubles nothing.

import { Packr } from "msgpackr";
import { assert } from "../base/assert.ts";
import type { EventInFlight, PersonHistory, Answer } from "../model/state.ts";
import type { PersonCard, Relationship } from "../model/person.ts";
import type { RewardState } from "../model/reward.ts";

export type Message =
  /** An event that belongs elsewhere: to a known person, or to whoever owns a key. */
  | { kind: "event"; target: EventTarget; inFlight: EventInFlight }
  | { kind: "ask"; client: string; fromPersonId: string; question: string; ask: Ask }
  | { kind: "answer"; personId: string; question: string; answer: Answer }
  /** The advocate's side of a relationship. */
  | { kind: "relate"; client: string; personId: string; relationship: Relationship }
  | { kind: "take_key"; client: string; keyType: string; value: string; personId: string }
  | { kind: "allocate_coupon"; client: string; supplierId: string; rewardId: string }
  | { kind: "coupon_allocated"; client: string; rewardId: string; code: string | null }
  | { kind: "move_reward"; client: string; rewardId: string; to: RewardState; text: string | null }
  | {
      kind: "reward_moved";
      client: string;
      personId: string;
      rewardId: string;
      to: RewardState;
      partnerRewardId: string | null;
      isFulfilFailed: boolean;
    }
  | { kind: "forward_wanted"; client: string; from: PersonCard; toPersonId: string; replyTo: string }
  | {
      kind: "forward_decided";
      client: string;
      personId: string;
      toPersonId: string;
      errorCode: string | null;
      replyTo: string;
    }
  | { kind: "absorb"; client: string; personId: string; history: PersonHistory };

export type EventTarget =
  | { kind: "person"; personId: string }
  | { kind: "key"; keyType: string; value: string }
  | { kind: "partner_event"; name: string; value: string };

/** What one actor may want of another. */
export type Ask =
  | { kind: "claim"; container: string; name: string; value: string; controller: string; eventId: string }
  | { kind: "person_by_key"; keyType: string; value: string }
  | { kind: "person"; personId: string }
  | { kind: "own_key"; keyType: string; value: string }
  | { kind: "history"; personId: string };

export interface MessageIdentity {
  readonly source: number;
  readonly sequence: number;
  readonly n: number;
}

export interface ConfigPayload {
  readonly client: string;
  readonly hash: string;
}

// Plain maps: what a value encodes to depends on the value alone, never on what was encoded before it.
const packr = new Packr({ useRecords: false, int64AsType: "number" });

export function encodeMessage(identity: MessageIdentity, message: Message): Uint8Array {
  return packr.pack([identity.source, identity.sequence, identity.n, message]);
}

export function decodeMessage(payload: Uint8Array): { identity: MessageIdentity; message: Message } {
  const value: unknown = packr.unpack(payload);
  assert(Array.isArray(value) && value.length === 4, "message payload is not a message");
  const [source, sequence, n, message] = value as [number, number, number, Message];
  return { identity: { source, sequence, n }, message };
}

/** Who sent a message, without looking at what it says. */
export function messageIdentity(payload: Uint8Array): MessageIdentity {
  return decodeMessage(payload).identity;
}

export function encodeConfig(config: ConfigPayload): Uint8Array {
  return packr.pack(config);
}

export function decodeConfig(payload: Uint8Array): ConfigPayload {
  return packr.unpack(payload) as ConfigPayload;
}

export function packCommand(command: unknown): Uint8Array {
  return packr.pack(command);
}

export function unpackCommand(payload: Uint8Array): unknown {
  return packr.unpack(payload);
}
