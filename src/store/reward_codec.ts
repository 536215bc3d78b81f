// Rewards as bytes, as persons are in person_codec.ts: as a msgpack map, the names of its members were three quarters of a reward.

import type { JsonObject } from "../model/json.ts";
import {
  type Delivery,
  partnerRewardKeyTypes,
  type Reward,
  type RewardMove,
  type RewardState,
  rewardStates,
} from "../model/reward.ts";
import type { RewardByTime } from "../model/reward_list.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { memberAt, readList, readNamedValue, readText, writeList, writeNamedValue, writeText } from "./part_codec.ts";

export function writeReward(writer: ByteWriter, reward: Reward): void {
  writer.text(reward.id);
  writer.text(reward.client);
  writer.text(reward.personId);
  writer.textOrNull(reward.name);
  writer.u8(rewardStates.indexOf(reward.state));
  writer.flag(reward.isFulfilFailed);
  writer.number(reward.faceValue);
  writer.text(reward.faceValueType);
  writer.text(reward.supplierId);
  writer.text(reward.supplierType);
  writer.textOrNull(reward.partnerSupplierId);
  writer.textOrNull(reward.partnerRewardId);
  writer.u8(partnerRewardKeyTypes.indexOf(reward.partnerRewardKeyType));
  writer.text(reward.campaignId);
  writer.text(reward.programHash);
  writer.number(reward.campaignVersion);
  writer.text(reward.program);
  writer.text(reward.actionId);
  writer.text(reward.causeEventId);
  writer.text(reward.rootEventId);
  writer.number(reward.depth);
  writer.textOrNull(reward.journeyName);
  writeNamedValue(writer, reward.journeyKey);
  writer.text(reward.container);
  writer.text(reward.sandbox);
  writeList(writer, reward.tags, writeText);
  writeList(writer, reward.slots, writeText);
  writer.text(JSON.stringify(reward.data));
  writer.numberOrNull(reward.valueOfRewardedEvent);
  writer.number(reward.earnedMs);
  writer.number(reward.createdMs);
  writer.number(reward.updatedMs);
  writer.numberOrNull(reward.expiresMs);
  writer.numberOrNull(reward.attemptMs);
  writer.numberOrNull(reward.alertMs);
  writer.numberOrNull(reward.failMs);
  writer.number(reward.attempts);
  writer.flag(reward.isSubmitted);
  writeList(writer, reward.budgets, writeText);
  writer.numberOrNull(reward.redeemedMs);
  writeList(writer, reward.history, writeMove);
}

export function readReward(reader: ByteReader): Reward {
  return {
    id: reader.text(),
    client: reader.text(),
    personId: reader.text(),
    name: reader.textOrNull(),
    state: memberAt<RewardState>(rewardStates, reader),
    isFulfilFailed: reader.flag(),
    faceValue: reader.number(),
    faceValueType: reader.text(),
    supplierId: reader.text(),
    supplierType: reader.text(),
    partnerSupplierId: reader.textOrNull(),
    partnerRewardId: reader.textOrNull(),
    partnerRewardKeyType: memberAt(partnerRewardKeyTypes, reader),
    campaignId: reader.text(),
    programHash: reader.text(),
    campaignVersion: reader.number(),
    program: reader.text(),
    actionId: reader.text(),
    causeEventId: reader.text(),
    rootEventId: reader.text(),
    depth: reader.number(),
    journeyName: reader.textOrNull(),
    journeyKey: readNamedValue(reader),
    container: reader.text(),
    sandbox: reader.text(),
    tags: readList(reader, readText),
    slots: readList(reader, readText),
    data: JSON.parse(reader.text()) as JsonObject,
    valueOfRewardedEvent: reader.numberOrNull(),
    earnedMs: reader.number(),
    createdMs: reader.number(),
    updatedMs: reader.number(),
    expiresMs: reader.numberOrNull(),
    attemptMs: reader.numberOrNull(),
    alertMs: reader.numberOrNull(),
    failMs: reader.numberOrNull(),
    attempts: reader.number(),
    isSubmitted: reader.flag(),
    budgets: readList(reader, readText),
    redeemedMs: reader.numberOrNull(),
    history: readList(reader, readMove),
  };
}

/** The entry of an index: most of what a reward writes. */
export function writeRewardPlace(writer: ByteWriter, { rewardId }: RewardByTime): void {
  writer.text(rewardId);
}

export function readRewardPlace(reader: ByteReader): RewardByTime {
  return { rewardId: reader.text() };
}

function writeMove(writer: ByteWriter, move: RewardMove): void {
  writer.flag(move.success);
  writer.textOrNull(move.message);
  writer.textOrNull(move.partnerRewardId);
  writer.numberOrNull(move.amount);
  writer.textOrNull(move.partnerEventId);
  writer.text(JSON.stringify(move.data));
  // Few partners say anything of it.
  writer.textOrNull(move.delivery === null ? null : JSON.stringify(move.delivery));
  writer.u8(rewardStates.indexOf(move.state));
  writer.textOrNull(move.operatorUserId);
  writer.number(move.atMs);
}

function readMove(reader: ByteReader): RewardMove {
  return {
    success: reader.flag(),
    message: reader.textOrNull(),
    partnerRewardId: reader.textOrNull(),
    amount: reader.numberOrNull(),
    partnerEventId: reader.textOrNull(),
    data: JSON.parse(reader.text()) as JsonObject,
    delivery: readDelivery(reader),
    state: memberAt<RewardState>(rewardStates, reader),
    operatorUserId: reader.textOrNull(),
    atMs: reader.number(),
  };
}

function readDelivery(reader: ByteReader): Delivery | null {
  const text = reader.textOrNull();
  return text === null ? null : (JSON.parse(text) as Delivery);
}
