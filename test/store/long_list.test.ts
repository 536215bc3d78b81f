// What is written of a long list is copied as far as its members are the same, and is what a writer writes that sees the list for the first time.

import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { writeLongList } from "../../src/store/long_list.ts";
import { writeList } from "../../src/store/part_codec.ts";

interface Member {
  readonly text: string;
}

function writeMember(writer: ByteWriter, { text }: Member): void {
  writer.text(text);
}

function written(writer: ByteWriter, list: readonly Member[]): Uint8Array {
  writeLongList(writer, list, writeMember);
  return writer.take();
}

function plain(list: readonly Member[]): Uint8Array {
  const writer = new ByteWriter();
  writeList(writer, list, writeMember);
  return writer.take();
}

const text = fc.string({ maxLength: 400 });
const change = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), at: fc.constant(0), text }),
  fc.record({ kind: fc.constantFrom("replace" as const, "remove" as const), at: fc.nat(80), text }),
);

it("whatever is added, replaced or taken out between two times, the bytes are those of the list as it is", () => {
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 10, maxLength: 60 }),
      fc.array(change, { maxLength: 30 }),
      (texts, changes) => {
        const writer = new ByteWriter();
        const list: Member[] = texts.map((each) => ({ text: each }));
        expect(written(writer, list)).toEqual(plain(list));
        for (const { kind, at, text: other } of changes) {
          if (kind === "add") list.push({ text: other });
          else if (at < list.length) list.splice(at, 1, ...(kind === "replace" ? [{ text: other }] : []));
          expect(written(writer, list)).toEqual(plain(list));
        }
      },
    ),
  );
});

it("members that are the same are not written anew", () => {
  const writer = new ByteWriter();
  const list: Member[] = Array.from({ length: 100 }, (_, n) => ({ text: `member ${n}` }));
  let calls = 0;
  const write = (): Uint8Array => {
    writeLongList(writer, list, (to, member) => {
      calls++;
      writeMember(to, member);
    });
    return writer.take();
  };
  write();
  list.push({ text: "one more" });
  list[98] = { text: "another" };
  calls = 0;
  expect(write()).toEqual(plain(list));
  expect(calls).toBe(3);
});
