// Steps as bytes, as persons are in person_codec.ts: those of a person, their totals, and pages of older ones.
//
// Most of a person that acts often are its steps and totals, so what most of them have in common takes no room: a step says where it is like its
// neighbour, and a time how long it came after the last.

import type { TextMemo } from "../base/text_memo.ts";
import {
  type PackedSteps,
  type Person,
  qualities,
  RECENT_STEP_WORDS,
  scopes,
  type Step,
  type StepSums,
  type StepTotal,
} from "../model/person.ts";
import type { StepPage } from "../model/state.ts";
import { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import {
  memberAt,
  readList,
  readNamedValue,
  readStepDatum,
  writeList,
  writeNamedValue,
  writeStepDatum,
} from "./part_codec.ts";

/** What a step may have in common with its neighbour, and its root with its cause. Written to disk: never renumber. */
const likeBits = { campaign: 1, program: 2, container: 4, cause: 8, root: 16, event: 32, rootIsCause: 64 } as const;

/** What is said of a recent step of a total. Written to disk: never renumber. */
const recentBits = { isLow: 1, hasValue: 2, hasWholeTime: 4 } as const;

/** Of the u32 before bytes that are copied whole. */
const LENGTH_BYTES = 4;

type HotSteps = Pick<Person, "steps" | "olderSteps">;

/** From here on a pause is written as the time itself: a count holds less than 2^31. */
const PAUSE_MS_MAX = 2 ** 31 - 1;

export function writeStepPage(writer: ByteWriter, page: StepPage): void {
  writeSteps(writer, page.steps);
}

export function readStepPage(reader: ByteReader): StepPage {
  return { steps: readSteps(reader) };
}

/** As pages were written when each step was written as if alone. */
export function readWideStepPage(reader: ByteReader): StepPage {
  return { steps: readWideSteps(reader) };
}

/**
 * Steps of a person's entry: the newest, then how many others there are, and if any a u32 of their bytes and they themselves from the newest on, each as far
 * as it differs from the one after it. So a step that is added changes nothing of what lies behind it: what was written stays packed in the person, and is
 * copied next time.
 */
export function writeHotSteps(writer: ByteWriter, person: HotSteps): void {
  const { steps, olderSteps } = person;
  let after = steps.at(-1);
  writer.flag(after !== undefined);
  if (after === undefined) return writer.count(0);
  writeStep(writer, after, null);
  const older = steps.length - 1 + (olderSteps?.count ?? 0);
  writer.count(older);
  if (older === 0) return;
  const lengthAt = writer.gap(LENGTH_BYTES);
  const from = writer.at;
  for (let at = steps.length - 2; at >= 0; at--) {
    const step = steps[at];
    if (step === undefined) continue;
    writeStep(writer, step, after);
    after = step;
  }
  if (olderSteps !== null) writer.latin1(olderSteps.bytes);
  writer.setU32(lengthAt, writer.at - from);
  if (steps.length > 1) pack(person, older, writer.latin1Since(from));
}

function pack(person: HotSteps, count: number, bytes: string): void {
  person.olderSteps = { count, bytes };
  person.steps = person.steps.slice(-1);
}

export function readNewestSteps(reader: ByteReader): Step[] {
  return reader.flag() ? [readStep(reader, null)] : [];
}

export function readOlderSteps(reader: ByteReader): PackedSteps | null {
  const count = reader.count();
  return count === 0 ? null : { count, bytes: reader.latin1(reader.u32()) };
}

/** Afterwards all steps of the entry are in `steps`. */
export function unpackSteps(person: HotSteps, texts: TextMemo): void {
  const { steps, olderSteps } = person;
  if (olderSteps === null) return;
  const reader = new ByteReader(Buffer.from(olderSteps.bytes, "latin1"), 0, texts);
  const older: Step[] = [];
  let after = steps[0] ?? null;
  for (let left = olderSteps.count; left > 0; left--) {
    after = readStep(reader, after);
    older.push(after);
  }
  person.steps = [...older.reverse(), ...steps];
  person.olderSteps = null;
}

/** Oldest first, each as far as it differs from the one before it. */
function writeSteps(writer: ByteWriter, steps: readonly Step[]): void {
  writer.count(steps.length);
  let before: Step | null = null;
  for (const step of steps) {
    writeStep(writer, step, before);
    before = step;
  }
}

export function readSteps(reader: ByteReader): Step[] {
  const steps: Step[] = [];
  let before: Step | null = null;
  for (let left = reader.count(); left > 0; left--) {
    before = readStep(reader, before);
    steps.push(before);
  }
  return steps;
}

function writeStep(writer: ByteWriter, step: Step, before: Step | null): void {
  const like = likenessOf(step, before);
  writer.u8(like);
  writer.text(step.id);
  writer.text(step.name);
  writer.flag(step.isPrimary);
  if ((like & likeBits.campaign) === 0) writer.text(step.campaignId);
  if ((like & likeBits.program) === 0) writer.text(step.program);
  writer.textOrNull(step.journeyName);
  writeNamedValue(writer, step.journeyKey);
  if ((like & likeBits.event) === 0) writer.text(step.eventId);
  if ((like & likeBits.cause) === 0) writer.text(step.causeEventId);
  if ((like & (likeBits.root | likeBits.rootIsCause)) === 0) writer.text(step.rootEventId);
  if ((like & likeBits.container) === 0) writer.text(step.container);
  writer.u8(qualities.indexOf(step.quality));
  writer.u8(scopes.indexOf(step.scope));
  writer.numberOrNull(step.value);
  writeNamedValue(writer, step.partnerEventId);
  writer.flag(step.isDuplicate);
  writer.number(step.eventMs);
  writer.number(step.createdMs);
  writeList(writer, step.data, writeStepDatum);
}

function likenessOf(step: Step, before: Step | null): number {
  const own = step.rootEventId === step.causeEventId ? likeBits.rootIsCause : 0;
  if (before === null) return own;
  return (
    own |
    (step.campaignId === before.campaignId ? likeBits.campaign : 0) |
    (step.program === before.program ? likeBits.program : 0) |
    (step.container === before.container ? likeBits.container : 0) |
    (step.causeEventId === before.causeEventId ? likeBits.cause : 0) |
    (step.rootEventId === before.rootEventId ? likeBits.root : 0) |
    (step.eventId === before.eventId ? likeBits.event : 0)
  );
}

function readStep(reader: ByteReader, before: Step | null): Step {
  const like = reader.u8();
  const textOr = (bit: number, other: string | undefined): string =>
    (like & bit) === 0 ? reader.text() : (other ?? "");
  const id = reader.text();
  const name = reader.text();
  const isPrimary = reader.flag();
  const campaignId = textOr(likeBits.campaign, before?.campaignId);
  const program = textOr(likeBits.program, before?.program);
  const journeyName = reader.textOrNull();
  const journeyKey = readNamedValue(reader);
  const eventId = textOr(likeBits.event, before?.eventId);
  const causeEventId = textOr(likeBits.cause, before?.causeEventId);
  const rootEventId = (like & likeBits.rootIsCause) !== 0 ? causeEventId : textOr(likeBits.root, before?.rootEventId);
  return {
    id,
    name,
    isPrimary,
    campaignId,
    program,
    journeyName,
    journeyKey,
    eventId,
    causeEventId,
    rootEventId,
    container: textOr(likeBits.container, before?.container),
    quality: memberAt(qualities, reader),
    scope: memberAt(scopes, reader),
    value: reader.numberOrNull(),
    partnerEventId: readNamedValue(reader),
    isDuplicate: reader.flag(),
    eventMs: reader.number(),
    createdMs: reader.number(),
    data: readList(reader, readStepDatum),
  };
}

export function readWideSteps(reader: ByteReader): Step[] {
  return readList(reader, readWideStep);
}

function readWideStep(reader: ByteReader): Step {
  return {
    id: reader.text(),
    name: reader.text(),
    isPrimary: reader.flag(),
    campaignId: reader.text(),
    program: reader.text(),
    journeyName: reader.textOrNull(),
    journeyKey: readNamedValue(reader),
    eventId: reader.text(),
    causeEventId: reader.text(),
    rootEventId: reader.text(),
    container: reader.text(),
    quality: memberAt(qualities, reader),
    scope: memberAt(scopes, reader),
    value: reader.numberOrNull(),
    partnerEventId: readNamedValue(reader),
    isDuplicate: reader.flag(),
    eventMs: reader.number(),
    createdMs: reader.number(),
    data: readList(reader, readStepDatum),
  };
}

export function writeTotal(writer: ByteWriter, { count, countHigh, countLow, sums, recent }: StepTotal): void {
  writer.count(count);
  writer.count(countHigh);
  writer.count(countLow);
  const hasSums = sums !== null && !isZero(sums);
  writer.flag(hasSums);
  if (hasSums) {
    writer.number(sums.all);
    writer.number(sums.high);
    writer.number(sums.low);
  }
  writeRecent(writer, recent);
}

function isZero({ all, high, low }: StepSums): boolean {
  return all === 0 && high === 0 && low === 0;
}

export function readTotal(reader: ByteReader): StepTotal {
  return {
    count: reader.count(),
    countHigh: reader.count(),
    countLow: reader.count(),
    sums: reader.flag() ? readSums(reader) : null,
    recent: readRecent(reader),
  };
}

/** As totals were written with the time of their last step, which nobody asked for. */
export function readTimedTotal(reader: ByteReader): StepTotal {
  return {
    count: reader.count(),
    countHigh: reader.count(),
    countLow: reader.count(),
    sums: reader.flag() ? readSums(reader) : null,
    recent: readRecentAfterTime(reader),
  };
}

/** As totals were written when every number took eight bytes. */
export function readWideTotal(reader: ByteReader): StepTotal {
  const count = reader.count();
  const countHigh = reader.count();
  const countLow = reader.count();
  const sums = readSums(reader);
  reader.number();
  return { count, countHigh, countLow, sums: isZero(sums) ? null : sums, recent: readNumbers(reader) };
}

function readSums(reader: ByteReader): StepSums {
  return { all: reader.number(), high: reader.number(), low: reader.number() };
}

function readRecentAfterTime(reader: ByteReader): number[] {
  reader.number();
  return readRecent(reader);
}

/** Hot path of checkpoints: up to `RECENT_STEPS_MAX` steps a total, and some forty totals of a person that acts often. */
function writeRecent(writer: ByteWriter, recent: readonly number[]): void {
  writer.count(recent.length / RECENT_STEP_WORDS);
  let beforeMs = 0;
  for (let at = 0; at < recent.length; at += RECENT_STEP_WORDS) {
    const eventMs = recent[at] ?? 0;
    const value = recent[at + 1] ?? 0;
    const pauseMs = eventMs - beforeMs;
    const hasValue = !Object.is(value, 0);
    const isPause = pauseMs >= 0 && pauseMs < PAUSE_MS_MAX && Number.isInteger(pauseMs);
    const hasWholeTime = !(isPause && Number.isSafeInteger(eventMs));
    writer.u8(
      (recent[at + 2] === 1 ? recentBits.isLow : 0) |
        (hasValue ? recentBits.hasValue : 0) |
        (hasWholeTime ? recentBits.hasWholeTime : 0),
    );
    if (hasWholeTime) writer.number(eventMs);
    else writer.count(pauseMs);
    if (hasValue) writer.number(value);
    beforeMs = eventMs;
  }
}

/** Copied, so that it takes no more room than it has numbers. */
function readRecent(reader: ByteReader): number[] {
  const recent: number[] = [];
  let beforeMs = 0;
  for (let left = reader.count(); left > 0; left--) {
    const bits = reader.u8();
    beforeMs = (bits & recentBits.hasWholeTime) === 0 ? beforeMs + reader.count() : reader.number();
    const value = (bits & recentBits.hasValue) === 0 ? 0 : reader.number();
    recent.push(beforeMs, value, bits & recentBits.isLow);
  }
  return recent.slice();
}

function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = [];
  for (let left = reader.count(); left > 0; left--) numbers.push(reader.number());
  return numbers.slice();
}
