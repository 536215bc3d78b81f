// Trails as bytes: which records changed a person, and copies of what it was.

import type { PersonBefore, TrailPage } from "../model/state.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";

/** Earlier versions kept the person in the page, as a member that is written no more. */
export function writeTrailPage(writer: ByteWriter, { beforeMs, touches }: TrailPage): void {
  writer.number(beforeMs);
  writeRising(writer, touches);
}

export function readTrailPage(reader: ByteReader): TrailPage {
  return { beforeMs: reader.number(), touches: readRising(reader) };
}

export function writePersonBefore(writer: ByteWriter, { copy }: PersonBefore): void {
  writer.bytes(copy);
}

export function readPersonBefore(body: Uint8Array): PersonBefore {
  return { copy: body };
}

/** Whole numbers that rise, by less than 2^31 each: the first, then by how much. */
export function writeRising(writer: ByteWriter, numbers: readonly number[]): void {
  const [first = 0] = numbers;
  writer.count(numbers.length);
  writer.number(first);
  let before = first;
  for (const number of numbers) {
    writer.count(number - before);
    before = number;
  }
}

export function readRising(reader: ByteReader): number[] {
  const numbers: number[] = [];
  let left = reader.count();
  let before = reader.number();
  for (; left > 0; left--) {
    before += reader.count();
    numbers.push(before);
  }
  return numbers;
}
