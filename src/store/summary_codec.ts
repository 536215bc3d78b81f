// Summaries of rewards as bytes: those of a person, what it knows of older ones, and pages of these.

import type { JsonObject } from "../model/json.ts";
import { type OlderRewards, type RewardSummary } from "../model/person.ts";
import { type RewardState, rewardStates } from "../model/reward.ts";
import type { SummaryChange, SummaryPage } from "../model/state.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { memberAt, readList, readText, writeList, writeText } from "./part_codec.ts";

/** Written to disk: never renumber. */
const changeTags = { moved: 1, removed: 2 } as const;

/** What a person keeps of its reward. */
export function writeRewardSummary(writer: ByteWriter, reward: RewardSummary): void {
  writer.text(reward.id);
  writer.textOrNull(reward.name);
  writer.u8(rewardStates.indexOf(reward.state));
  writer.flag(reward.isFulfilFailed);
  writer.number(reward.faceValue);
  writer.text(reward.faceValueType);
  writer.text(reward.supplierId);
  writer.text(reward.campaignId);
  writer.text(reward.program);
  writer.textOrNull(reward.journeyName);
  writeList(writer, reward.tags, writeText);
  writeList(writer, reward.slots, writeText);
  writer.text(JSON.stringify(reward.data));
  writer.text(reward.causeEventId);
  writer.textOrNull(reward.partnerRewardId);
  writer.number(reward.earnedMs);
  writer.numberOrNull(reward.redeemedMs);
}

export function readRewardSummary(reader: ByteReader): RewardSummary {
  return {
    id: reader.text(),
    name: reader.textOrNull(),
    state: memberAt<RewardState>(rewardStates, reader),
    isFulfilFailed: reader.flag(),
    faceValue: reader.number(),
    faceValueType: reader.text(),
    supplierId: reader.text(),
    campaignId: reader.text(),
    program: reader.text(),
    journeyName: reader.textOrNull(),
    tags: readList(reader, readText),
    slots: readList(reader, readText),
    data: JSON.parse(reader.text()) as JsonObject,
    causeEventId: reader.text(),
    partnerRewardId: reader.textOrNull(),
    earnedMs: reader.number(),
    redeemedMs: reader.numberOrNull(),
  };
}

/** A byte each: of an older reward a person has two. */
export function writeOlderRewards(writer: ByteWriter, older: OlderRewards | null): void {
  writer.count(older === null ? 0 : older.latestMs.length);
  if (older === null) return;
  writer.count(older.count);
  for (const latestMs of older.latestMs) writer.number(latestMs);
  writer.count(older.marks.length);
  writer.latin1(older.marks);
}

export function readOlderRewards(reader: ByteReader): OlderRewards | null {
  const pages = reader.count();
  if (pages === 0) return null;
  const count = reader.count();
  const latestMs = Array.from({ length: pages }, () => reader.number());
  return { count, latestMs, marks: reader.latin1(reader.count()) };
}

export function writeSummaryPage(writer: ByteWriter, { summaries, changes, forgotten }: SummaryPage): void {
  writeList(writer, summaries, writeRewardSummary);
  writeList(writer, changes, writeChange);
  writer.number(forgotten);
}

export function readSummaryPage(reader: ByteReader): SummaryPage {
  return {
    summaries: readList(reader, readRewardSummary),
    changes: readList(reader, readChange),
    forgotten: reader.number(),
  };
}

function writeChange(writer: ByteWriter, change: SummaryChange): void {
  writer.u8(changeTags[change.kind]);
  writer.number(change.sequence);
  writer.count(change.at);
  if (change.kind === "removed") return writeRewardSummary(writer, change.summary);
  writer.u8(rewardStates.indexOf(change.state));
  writer.flag(change.isFulfilFailed);
  writer.textOrNull(change.partnerRewardId);
  writer.numberOrNull(change.redeemedMs);
}

function readChange(reader: ByteReader): SummaryChange {
  const tag = reader.u8();
  const sequence = reader.number();
  const at = reader.count();
  if (tag === changeTags.removed) return { kind: "removed", sequence, at, summary: readRewardSummary(reader) };
  return {
    kind: "moved",
    sequence,
    at,
    state: memberAt<RewardState>(rewardStates, reader),
    isFulfilFailed: reader.flag(),
    partnerRewardId: reader.textOrNull(),
    redeemedMs: reader.numberOrNull(),
  };
}
