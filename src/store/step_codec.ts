// Steps as bytes, as persons are in person_codec.ts: those of a person, their totals, and pages of older ones.

import type { Quality, Step, StepTotal } from "../model/person.ts";
import type { StepPage } from "../model/state.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import {
  memberAt,
  readList,
  readNamedValue,
  readStepDatum,
  scopes,
  writeList,
  writeNamedValue,
  writeStepDatum,
} from "./part_codec.ts";

/** The place in the list is what is written: append only. */
const qualities: readonly Quality[] = ["HIGH", "LOW", "NONE"];

export function writeStepPage(writer: ByteWriter, page: StepPage): void {
  writeList(writer, page.steps, writeStep);
}

export function readStepPage(reader: ByteReader): StepPage {
  return { steps: readList(reader, readStep) };
}

export function writeStep(writer: ByteWriter, step: Step): void {
  writer.text(step.id);
  writer.text(step.name);
  writer.flag(step.isPrimary);
  writer.text(step.campaignId);
  writer.text(step.program);
  writer.textOrNull(step.journeyName);
  writeNamedValue(writer, step.journeyKey);
  writer.text(step.eventId);
  writer.text(step.causeEventId);
  writer.text(step.rootEventId);
  writer.text(step.container);
  writer.u8(qualities.indexOf(step.quality));
  writer.u8(scopes.indexOf(step.scope));
  writer.numberOrNull(step.value);
  writeNamedValue(writer, step.partnerEventId);
  writer.flag(step.isDuplicate);
  writer.number(step.eventMs);
  writer.number(step.createdMs);
  writeList(writer, step.data, writeStepDatum);
}

export function readStep(reader: ByteReader): Step {
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

export function writeTotal(writer: ByteWriter, total: StepTotal): void {
  writer.count(total.count);
  writer.count(total.countHigh);
  writer.count(total.countLow);
  writer.number(total.sum);
  writer.number(total.sumHigh);
  writer.number(total.sumLow);
  writer.number(total.lastMs);
  writeNumbers(writer, total.recent);
}

export function readTotal(reader: ByteReader): StepTotal {
  return {
    count: reader.count(),
    countHigh: reader.count(),
    countLow: reader.count(),
    sum: reader.number(),
    sumHigh: reader.number(),
    sumLow: reader.number(),
    lastMs: reader.number(),
    recent: readNumbers(reader),
  };
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.count(numbers.length);
  for (const number of numbers) writer.number(number);
}

/** Copied, so that it takes no more room than it has numbers. */
function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = [];
  for (let left = reader.count(); left > 0; left--) numbers.push(reader.number());
  return numbers.slice();
}
