// Archives that say of themselves what is not so, and archives as they are.

import fc from "fast-check";
import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { foldZip, unfoldZip, type ZipBounds } from "../../src/base/zip.ts";
import { type HandEnd, type HandFile, listPlaceOf, zipBytes } from "../support/zip_bytes.ts";

const bounds: ZipBounds = { bytesMax: 100_000, filesMax: 10 };

const first: HandFile = { name: "first.txt", content: Buffer.from("first ".repeat(20)) };
const second: HandFile = { name: "folder/second.txt", content: Buffer.from("second ".repeat(20)) };

/** An extra field with numbers that have no place in a head, or are said to have none. */
function wideField(...numbers: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, i) => field.writeBigUInt64LE(BigInt(number), 4 + 8 * i));
  return field;
}

/** Behind `first`: all its numbers are in the extra field, behind one of another kind. */
const inWide: HandFile = {
  ...second,
  claimed: { size: 0xffff_ffff, partBytes: 0xffff_ffff, place: 0xffff_ffff },
  extra: Buffer.concat([
    Buffer.from("fe00010000", "hex"),
    wideField(second.content.length, deflateRawSync(second.content).length, listPlaceOf(zipBytes([first]))),
  ]),
};

/** Names and texts, in order; null when it is refused. */
function told(archive: Uint8Array, within: ZipBounds = bounds): [string, string][] | null {
  const files = unfoldZip(archive, within);
  return files === null ? null : [...files].map(([name, content]) => [name, Buffer.from(content).toString("latin1")]);
}

const textOf = ({ content }: HandFile): string => content.toString("latin1");

describe("Z1 bounded before it is unfolded", () => {
  test.each([
    ["as many files and bytes as allowed", { bytesMax: 260, filesMax: 2 }, true],
    ["a file too many", { bytesMax: 260, filesMax: 1 }, false],
    ["a byte too many", { bytesMax: 259, filesMax: 2 }, false],
  ])("%s", (_, within, isRead) => {
    expect(unfoldZip(zipBytes([first, second]), within) !== null).toBe(isRead);
  });

  test("an archive of some bytes that promises millions of files", () => {
    const file = Buffer.alloc(200);
    const end = file.length - 22;
    file.writeUInt32LE(0x06054b50, end);
    file.writeUInt16LE(1, end + 8);
    file.writeUInt16LE(1, end + 10);
    // The form for many files: where its end is, how many there are, where their list is.
    file.writeUInt32LE(0x07064b50, end - 20);
    file.writeUInt32LE(0x06064b50, 0);
    file.writeUInt32LE(30_000_000, 32);
    file.writeUInt32LE(100, 48);
    expect(told(file)).toBeNull();
  });
});

describe("Z2 a file that is not what the list claims", () => {
  const zeros = { name: "zeros", content: Buffer.alloc(16 * 1024 * 1024) };
  test.each<[string, HandFile]>([
    ["a kilobyte is claimed, and it unfolds to megabytes", { ...zeros, claimed: { size: 1_000 } }],
    ["nothing is claimed", { ...zeros, claimed: { size: 0 } }],
    ["a byte less", { ...first, claimed: { size: first.content.length - 1 } }],
    ["a byte more", { ...first, claimed: { size: first.content.length + 1 } }],
    ["a byte less, as it is", { ...first, method: 0, claimed: { size: first.content.length - 1 } }],
    ["a byte more, as it is", { ...first, method: 0, claimed: { size: first.content.length + 1 } }],
    ["another check sum", { ...first, claimed: { crc: 1 } }],
    ["another check sum, as it is", { ...first, method: 0, claimed: { crc: 1 } }],
    ["another check sum of nothing", { ...first, content: Buffer.alloc(0), method: 0, claimed: { crc: 1 } }],
    ["its part is cut", { ...first, part: deflateRawSync(first.content).subarray(0, -2) }],
    ["its part is no such text", { ...first, part: Buffer.alloc(20, 0xff) }],
    ["its part is missing", { ...first, part: Buffer.alloc(0) }],
  ])("%s", (_, file) => {
    expect(told(zipBytes([second, file]))).toBeNull();
  });
});

test("Z2 no more is made of a file than it claims, and a block", () => {
  const MiB = 1024 * 1024;
  // Blocks that end at a byte and look back at none before them, one behind the other.
  const zeros = deflateRawSync(Buffer.alloc(16 * MiB), { finishFlush: constants.Z_FULL_FLUSH });
  const part = Buffer.concat([...Array.from({ length: 32 }, () => zeros), deflateRawSync(Buffer.alloc(1))]);
  const archive = zipBytes([{ ...first, part, claimed: { size: 1_000 } }]);
  const before = process.resourceUsage().maxRSS;
  expect(told(archive)).toBeNull();
  // In KiB. All of it would be 512 MiB.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(128 * 1024);
});

describe("what cannot be read", () => {
  test.each<[string, HandFile]>([
    ["encrypted", { ...first, flags: 0x01 }],
    ["a difference to another file", { ...first, flags: 0x20 }],
    ["encrypted strongly", { ...first, flags: 0x40 }],
    ["with heads that are hidden", { ...first, flags: 0x2000 }],
    ["an unknown method", { ...first, method: 12 }],
  ])("a file %s", (_, file) => {
    expect(told(zipBytes([second, file]))).toBeNull();
  });

  test.each<[string, HandEnd]>([
    ["another disk than the first", { disk: 1 }],
    ["a list on another disk", { listDisk: 1 }],
    ["files on other disks", { countOfAll: 3 }],
    ["more files than in the list", { count: 3 }],
    ["no files", { count: 0 }],
    ["a list that goes on over the end", { listBytes: 10_000 }],
    ["a list that is shorter than its files", { listBytes: 60 }],
    ["a list that is nowhere", { listPlace: 0xffff_fff0 }],
    ["a list that begins a byte early", { listPlace: listPlaceOf(zipBytes([first, second])) - 1 }],
  ])("an archive with %s", (_, end) => {
    expect(told(zipBytes([first, second], end))).toBeNull();
  });

  test("a list that has room for no head", () => {
    const list = Buffer.from("504b0102", "hex");
    const end = zipBytes([], { count: 1, listPlace: 0, listBytes: list.length });
    expect(told(Buffer.concat([list, end]))).toBeNull();
  });

  test.each([
    ["in the list", listPlaceOf(zipBytes([first]))],
    ["before its part", 0],
    ["at the end", zipBytes([first]).length - 22],
  ])("a head without its signature %s", (_, at) => {
    const archive = zipBytes([first]);
    archive.writeUInt8(0x51, at);
    expect(told(archive)).toBeNull();
  });

  test("an end with more behind it than a comment can have", () => {
    const archive = zipBytes([first]);
    expect(told(Buffer.concat([archive, Buffer.alloc(0xffff)]))).not.toBeNull();
    expect(told(Buffer.concat([archive, Buffer.alloc(0x1_0000)]))).toBeNull();
  });

  test("an archive that is cut, wherever", () => {
    const archive = zipBytes([first, second]);
    expect(told(archive)).not.toBeNull();
    for (let length = 0; length < archive.length; length++) {
      expect(told(archive.subarray(0, length)), `${length} bytes`).toBeNull();
      expect(told(archive.subarray(archive.length - length)), `the last ${length} bytes`).toBeNull();
    }
  });
});

describe("L2 no two files share a byte", () => {
  const stored: HandFile = { name: "stored", content: Buffer.alloc(60, 1), method: 0 };
  const placeOfSecond = 30 + stored.name.length + stored.content.length;

  test("two names for the same part", () => {
    const content = stored.content;
    const shared: HandFile = { name: "shared", content, part: Buffer.alloc(0), method: 0, claimed: { place: 0 } };
    expect(told(zipBytes([stored, { ...shared, claimed: { place: 0, partBytes: content.length } }]))).toBeNull();
  });

  test.each([
    ["head and part", listPlaceOf(zipBytes([second]))],
    ["head", 30],
  ])("a part that has the next file's %s in it", (_, length) => {
    const content = Buffer.concat([stored.content, zipBytes([second]).subarray(0, length)]);
    const quoting: HandFile = { ...stored, content, part: stored.content, claimed: { partBytes: content.length } };
    // What the file would hold is claimed rightly, so that the overlap alone is wrong.
    expect(told(zipBytes([quoting, second]))).toBeNull();
  });

  test("a part that has some of the list in it", () => {
    const archive = zipBytes([stored]);
    const content = archive.subarray(30 + stored.name.length, placeOfSecond + 10);
    const over: HandFile = { ...stored, content, part: stored.content, claimed: { partBytes: content.length } };
    const withList = zipBytes([over]);
    expect(withList.subarray(30 + stored.name.length, placeOfSecond + 10)).toEqual(content);
    expect(told(withList)).toBeNull();
  });

  test.each([
    ["inside another's part", 10],
    ["in the list", placeOfSecond + 100],
    ["behind everything", 1_000_000],
    ["at the largest number", 0xffff_ffff],
  ])("a file that is %s", (_, place) => {
    expect(told(zipBytes([stored, { ...second, claimed: { place } }]))).toBeNull();
  });

  test("a file whose part goes on over the end", () => {
    expect(told(zipBytes([{ ...stored, claimed: { partBytes: 0xffff_fffe } }]))).toBeNull();
  });
});

describe("what is read", () => {
  test("files in the order of the list, wherever they are, with what is between them", () => {
    const archive = zipBytes([
      { ...first, claimed: { place: 30 + second.name.length + deflateRawSync(second.content).length } },
      second,
    ]);
    // Written the other way round: the list's places are of the second file before the first.
    const swapped = zipBytes([second, first]);
    const list = archive.subarray(listPlaceOf(archive));
    list.writeUInt32LE(0, 46 + first.name.length + 42);
    expect(told(Buffer.concat([swapped.subarray(0, listPlaceOf(swapped)), list]))).toEqual([
      [first.name, textOf(first)],
      [second.name, textOf(second)],
    ]);
  });

  test("files as they are, which do not keep the archive", () => {
    const archive = zipBytes([{ ...first, method: 0 }]);
    const files = unfoldZip(archive, bounds);
    archive.fill(0);
    expect(files).toEqual(new Map([[first.name, new Uint8Array(first.content)]]));
  });

  test("an archive that is in the middle of others' bytes", () => {
    const archive = zipBytes([first]);
    const among = Buffer.concat([Buffer.alloc(77, 0x50), archive, Buffer.alloc(77, 0x50)]);
    expect(told(among.subarray(77, 77 + archive.length))).toEqual([[first.name, textOf(first)]]);
  });

  test("nothing, and folders, whether they say that they are deflated or not", () => {
    const content = Buffer.alloc(0);
    const archive = zipBytes([
      { name: "folder/", content, method: 0 },
      { name: "empty", content },
      { name: "none", content, part: content },
    ]);
    expect(told(archive)).toEqual([
      ["folder/", ""],
      ["empty", ""],
      ["none", ""],
    ]);
  });

  test("names in UTF-8 where they say so, and in Latin-1", () => {
    const archive = zipBytes([
      { ...first, name: "für Ω", flags: 0x0800 },
      { ...second, name: Buffer.from("f\xfcr", "latin1") },
    ]);
    expect([...(unfoldZip(archive, bounds) ?? [])].map(([name]) => name)).toEqual(["für Ω", "für"]);
  });

  test("numbers that are in the extra field, whether they have to be or not", () => {
    const read = [
      [first.name, textOf(first)],
      [second.name, textOf(second)],
    ];
    expect(told(zipBytes([first, inWide]))).toEqual(read);
    const sizeOnly = { ...second, claimed: { size: 0xffff_ffff }, extra: wideField(second.content.length) };
    expect(told(zipBytes([first, sizeOnly]))).toEqual(read);
    expect(told(zipBytes([first, { ...sizeOnly, extra: wideField(2 ** 60) }]))).toBeNull();
    expect(told(zipBytes([first, { ...sizeOnly, extra: Buffer.alloc(0) }]))).toBeNull();
    expect(told(zipBytes([first, { ...inWide, extra: wideField(second.content.length) }]))).toBeNull();
    // A field that says that it is longer than it can be.
    const over = wideField(second.content.length, 0).subarray(0, 12);
    expect(told(zipBytes([first, { ...sizeOnly, extra: over }]))).toBeNull();
  });

  test("a comment at the end, as long as can be", () => {
    expect(told(zipBytes([first], { comment: "c".repeat(0xffff) }))).toEqual([[first.name, textOf(first)]]);
  });

  test("of a name that is there twice, the last", () => {
    expect(told(zipBytes([first, { ...second, name: first.name }]))).toEqual([[first.name, textOf(second)]]);
  });

  test("a name that objects have", () => {
    expect(told(zipBytes([{ ...first, name: "__proto__" }]))).toEqual([["__proto__", textOf(first)]]);
  });
});

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(20_000).map((length) => new Uint8Array(length)),
);
// What folds keeps names in an object: this one is none of its own there.
const names = fc.string({ unit: "grapheme", maxLength: 30 }).filter((name) => name !== "__proto__");
const given = fc.dictionary(names, contents, { minKeys: 1, maxKeys: 8, noNullPrototype: true });

test("what is folded unfolds to the same files", () => {
  const within = { bytesMax: 1_000_000, filesMax: 8 };
  const inText = (files: Iterable<readonly [string, Uint8Array]>): Map<string, string> =>
    new Map([...files].map(([name, content]) => [name, Buffer.from(content).toString("latin1")]));
  fc.assert(
    fc.property(given, (files) => {
      expect(inText(unfoldZip(foldZip(files), within) ?? [])).toEqual(inText(Object.entries(files)));
    }),
  );
});

test("L1 an archive with bytes that are other ones is read or refused, within the bounds", () => {
  const archives = [
    zipBytes([first, second]),
    zipBytes([
      { ...first, isDescribedBehind: true, localExtra: wideField(1, 2) },
      { ...second, method: 0 },
    ]),
    zipBytes([first, inWide], { comment: "c" }),
  ];
  const change = fc.record({
    at: fc.nat(600),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    times: fc.integer({ min: 1, max: 8 }),
  });
  const changes = fc.array(change, { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...archives), changes, fc.nat(20), (archive, changed, cut) => {
      const bytes = new Uint8Array(archive.subarray(0, archive.length - Math.max(cut - 15, 0)));
      for (const { at, value, times } of changed) bytes.fill(value, at % bytes.length, (at % bytes.length) + times);
      const files = unfoldZip(bytes, bounds) ?? new Map<string, Uint8Array>();
      expect(files.size).toBeLessThanOrEqual(bounds.filesMax);
      expect([...files.values()].reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(bounds.bytesMax);
    }),
    { numRuns: 5_000 },
  );
});
