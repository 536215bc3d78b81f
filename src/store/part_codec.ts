// Parts of which entries consist, as bytes: named values, step data, lists and maps.

import { setMember } from "../base/members.ts";
import { type NamedValue, scopes, type StepDatum } from "../model/person.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";

export function writeStepDatum(writer: ByteWriter, datum: StepDatum): void {
  writer.text(datum.name);
  writer.json(datum.value);
  writer.u8(scopes.indexOf(datum.scope));
}

export function readStepDatum(reader: ByteReader): StepDatum {
  return { name: reader.text(), value: reader.json(), scope: memberAt(scopes, reader) };
}

export function writeNamedValue(writer: ByteWriter, named: NamedValue | null): void {
  writer.flag(named !== null);
  if (named === null) return;
  writer.text(named.name);
  writer.text(named.value);
}

export function readNamedValue(reader: ByteReader): NamedValue | null {
  return reader.flag() ? { name: reader.text(), value: reader.text() } : null;
}

export function writeText(writer: ByteWriter, value: string): void {
  writer.text(value);
}

export function readText(reader: ByteReader): string {
  return reader.text();
}

export function writeList<T>(
  writer: ByteWriter,
  list: readonly T[],
  write: (writer: ByteWriter, value: T) => void,
): void {
  writer.count(list.length);
  for (const value of list) write(writer, value);
}

export function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const list: T[] = [];
  for (let left = reader.count(); left > 0; left--) list.push(read(reader));
  return list;
}

export function writeMap<T>(
  writer: ByteWriter,
  map: { readonly [name: string]: T },
  write: (writer: ByteWriter, value: T) => void,
): void {
  const names = Object.keys(map);
  writer.count(names.length);
  for (const name of names) {
    const value = map[name];
    if (value === undefined) throw new Error(`a member "${name}" without a value`);
    writer.text(name);
    write(writer, value);
  }
}

export function readMap<T>(reader: ByteReader, read: (reader: ByteReader) => T): { [name: string]: T } {
  const map: { [name: string]: T } = {};
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.text();
    setMember(map, name, read(reader));
  }
  return map;
}

export function memberAt<T>(members: readonly T[], reader: ByteReader): T {
  const at = reader.u8();
  const member = members[at];
  if (member === undefined) throw new Error(`no member ${at} among ${members.length}`);
  return member;
}
