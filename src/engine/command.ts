// Commands: changes that the API asks for, as payloads of `command` records.

import { unreachable } from "../base/assert.ts";
import { partitionOf } from "../base/hash.ts";
import { originOf, partitionOfReward } from "../base/ids.ts";
import type { MoveOrder, RewardVerb } from "../model/reward.ts";
import type { KeptAnswer } from "../model/idempotency.ts";
import type { PersonChange } from "../model/person_change.ts";
import { partitionOfBearer, partitionOfKey } from "./1_route.ts";
import { type BeginOperation, partitionOfAudience, type SteerOperation } from "./audiences/audience_operations.ts";
import type { AddBatchRows, BeginBatch, ChangeBatch, EndBatchRows, SteerBatch } from "./batches/batches.ts";
import {
  type AddFilePart,
  type BeginFile,
  type ChangeFile,
  type EndFile,
  partitionOfFiles,
  type SteerFile,
} from "./batches/file_assets.ts";
import type { AddAsset, DeleteAsset } from "./person/assets.ts";
import type { EndToken, OpenBearer } from "./person/bearers.ts";
import type { ErasePerson } from "./person/erase.ts";
import { partitionOfRequest } from "./event/idempotency.ts";
import { configurationPartition, type KeptDocument } from "./configuration.ts";
import type { AddCoupons, BeginCouponUpload, DeleteCoupons, EndCouponUpload } from "./coupons/coupon_operations.ts";
import { partitionOfPool } from "./coupons/coupons.ts";
import { packCommand, unpackCommand } from "./message.ts";
import type { SetOptOut } from "./person/opt_outs.ts";
import { type ClaimCode, partitionOfCode } from "./person/shareables.ts";

export type Command =
  | CreatePerson
  | ChangePerson
  | ForwardPerson
  | ErasePerson
  | MoveReward
  | ChangeReward
  | AddAsset
  | DeleteAsset
  | OpenBearer
  | EndToken
  | ClaimRequest
  | AnswerRequest
  | OrderMembership
  | BeginOperation
  | SteerOperation
  | RedriveJobs
  | SetOptOut
  | ClaimCode
  | BeginCouponUpload
  | AddCoupons
  | EndCouponUpload
  | DeleteCoupons
  | BeginFile
  | AddFilePart
  | EndFile
  | ChangeFile
  | SteerFile
  | BeginBatch
  | AddBatchRows
  | EndBatchRows
  | ChangeBatch
  | SteerBatch
  | ChangeConfiguration;

/** An operator says that one identified person is another. Answers with the person it now is. */
export interface ForwardPerson {
  readonly kind: "forward_person";
  readonly client: string;
  readonly personId: string;
  readonly toPersonId: string;
}

/** Answers with the new person, unless its e-mail is somebody's. */
export interface CreatePerson {
  readonly kind: "create_person";
  readonly client: string;
  /** As a key; null: an anonymous person, somewhere by `seed`. */
  readonly email: string | null;
  readonly seed: string;
}

export interface ChangePerson {
  readonly kind: "change_person";
  readonly client: string;
  readonly personId: string;
  readonly change: PersonChange;
}

/** Answers with a code when the reward cannot make the move. */
export interface MoveReward {
  readonly kind: "move_reward";
  readonly client: string;
  readonly rewardId: string;
  readonly verb: RewardVerb;
  readonly order: MoveOrder;
  /** Who ordered it; absent in records that were written before operators were named, and where nobody in particular did. */
  readonly operator?: string;
}

/** Null members stay as they are. */
export interface ChangeReward {
  readonly kind: "change_reward";
  readonly client: string;
  readonly rewardId: string;
  readonly container: string | null;
  readonly expiresMs: number | null;
}

/** A person joins or leaves an audience. */
export interface OrderMembership {
  readonly kind: "order_membership";
  readonly client: string;
  readonly personId: string;
  readonly audienceId: string;
  readonly isMember: boolean;
}

/** Answers with a `Claim`. */
export interface ClaimRequest {
  readonly kind: "claim_request";
  readonly client: string;
  readonly key: string;
  readonly requestHash: string;
  /** No other claim's; absent in older records. */
  readonly mark?: string;
}

/** Null: the request was not done; its key is free again. */
export interface AnswerRequest {
  readonly kind: "answer_request";
  readonly client: string;
  readonly key: string;
  readonly answer: KeptAnswer | null;
  /** Of the claim that it ends; absent in older records: of any. */
  readonly mark?: string;
}

/** Jobs of a subscriber that have ended begin anew. Answers with a `Redriven`. */
export interface RedriveJobs {
  readonly kind: "redrive_jobs";
  readonly client: string;
  readonly partition: number;
  readonly subscriber: string;
  /** One of them; null: those that are dead, the oldest first. */
  readonly jobKey: string | null;
  /** Of those, none that died later than the job of this place, which the command before answered; null or absent: than now. */
  readonly untilPlace?: string | null;
}

/** Documents written or removed together. Answers with a `ConfigurationReply`. */
export interface ChangeConfiguration {
  readonly kind: "change_configuration";
  readonly client: string;
  /** What the author of the change saw; it is made only if that is still the newest. */
  readonly expectedRevision: number;
  readonly documents: readonly KeptDocument[];
  /** The program that the configuration as changed compiles to, stored where every node finds it; null when it stays as it is. */
  readonly hash: string | null;
}

export function encodeCommand(
  command: Command,
  partitions: number,
): { readonly partition: number; readonly payload: Uint8Array } {
  return { partition: homeOf(command, partitions), payload: packCommand(command) };
}

/** Commands reach the log through `encodeCommand` only. */
export function decodeCommand(payload: Uint8Array): Command {
  return unpackCommand(payload) as Command;
}

function homeOf(command: Command, partitions: number): number {
  switch (command.kind) {
    case "create_person":
      return command.email === null
        ? partitionOf(command.client, command.seed, partitions)
        : partitionOfKey(command.client, "email", command.email, partitions);
    case "add_asset":
    case "delete_asset":
    case "change_person":
    case "forward_person":
    case "erase_person":
    case "order_membership":
      return existing(originOf(command.personId), partitions);
    case "claim_code":
      return partitionOfCode(command, partitions);
    case "set_opt_out":
      return partitionOfKey(command.client, "email", command.email, partitions);
    case "open_bearer":
    case "end_token":
      return partitionOfBearer(command.client, command.bearer, partitions);
    case "move_reward":
    case "change_reward":
      return existing(partitionOfReward(command.rewardId), partitions);
    case "claim_request":
    case "answer_request":
      return partitionOfRequest(command.client, command.key, partitions);
    case "begin_audience_operation":
    case "steer_audience_operation":
      return partitionOfAudience(command.client, command.audienceId, partitions);
    case "redrive_jobs":
      return existing(command.partition, partitions);
    case "begin_coupon_upload":
    case "add_coupons":
    case "end_coupon_upload":
    case "delete_coupons":
      return partitionOfPool(command, partitions);
    case "begin_file":
    case "add_file_part":
    case "end_file":
    case "change_file":
    case "steer_file":
    case "begin_batch":
    case "add_batch_rows":
    case "end_batch_rows":
    case "change_batch":
    case "steer_batch":
      return partitionOfFiles(command.client, partitions);
    case "change_configuration":
      return configurationPartition(command.client, partitions);
    default:
      return unreachable(command);
  }
}

/** An id may name a partition that does not exist; any partition can say that there is nothing of that id. */
function existing(home: number | undefined, partitions: number): number {
  return home !== undefined && home < partitions ? home : 0;
}
