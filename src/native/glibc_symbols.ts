// Running a binary that was linked on a newer Linux than this one
//
// A shared library names, for each function that it takes from the C library, the release of that library which brought it. The loader
// refuses the whole file when one release is missing. Compilers of glibc 2.38 turn `strtol` into `__isoc23_strtol`, which is the same function
// plus binary literals ("0b101") where the base is 0 or 2; on an older glibc such a file cannot be loaded for the sake of that alone.
// `withOlderSymbols` gives a copy of the file that asks for the functions by their names and releases of before.
//
//   G1. Only functions of that kind are renamed. A file that needs anything else of the newer release is refused: what it would call is unknown.
//   G2. Nothing but names and releases changes: four bytes a function and eight for the release. Code, data and addresses stay.
//
// Layout: ELF, 64 bits, little-endian; "ELF-64 Object File Format" and, for releases, the Linux Standard Base's "Symbol Versioning".

/** The release of glibc whose functions of C23 are replaced. */
const NEWER_RELEASE = "GLIBC_2.38";
const NEWER_PREFIX = "__isoc23_";
/** Functions that exist under both names, and differ in binary literals only. */
const sameFunctions = ["strtol", "strtoul", "strtoll", "strtoull", "sscanf", "fscanf", "vsscanf"] as const;
/** The release that has brought those functions, by the header's number of the processor (x64, arm64): glibc's first for it. */
const firstRelease = new Map([
  [62, "GLIBC_2.2.5"],
  [183, "GLIBC_2.17"],
]);

const SECTION_DYNAMIC_SYMBOLS = 11;
const SECTION_RELEASES_NEEDED = 0x6ffffffe;
const SECTION_RELEASE_OF_SYMBOL = 0x6fffffff;
const SYMBOL_BYTES = 24;

interface Section {
  readonly type: number;
  readonly start: number;
  readonly bytes: number;
  /** Index of the section with this one's texts. */
  readonly texts: number;
}

interface NeededRelease {
  /** Where it stands in the file: hash, flags, index, name. */
  readonly at: number;
  readonly index: number;
  readonly hash: number;
  readonly name: string;
  readonly nameAt: number;
}

/** A changed copy of `file`. Throws with the reason where that cannot be. */
export function withOlderSymbols(file: Uint8Array): Buffer {
  const copy = Buffer.from(file);
  const sections = sectionsOf(copy);
  const symbols = sectionOfType(sections, SECTION_DYNAMIC_SYMBOLS);
  const releases = neededReleases(copy, sections);
  const newer = releases.find(({ name }) => name === NEWER_RELEASE);
  const first = releases.find(({ name }) => name === firstRelease.get(copy.readUInt16LE(18)));
  if (newer === undefined || first === undefined)
    throw new Error(`it does not need ${NEWER_RELEASE}, or is for another processor`);
  const texts = textsOf(sections, symbols);
  const releaseOf = sectionOfType(sections, SECTION_RELEASE_OF_SYMBOL);
  for (let index = 0; index < symbols.bytes / SYMBOL_BYTES; index += 1) {
    if (copy.readUInt16LE(releaseOf.start + index * 2) !== newer.index) continue;
    const at = symbols.start + index * SYMBOL_BYTES;
    const nameAt = copy.readUInt32LE(at);
    const name = textAt(copy, texts, nameAt);
    if (!isSameFunction(name)) throw new Error(`it needs ${name} of ${NEWER_RELEASE}`);
    copy.writeUInt32LE(nameAt + NEWER_PREFIX.length, at);
  }
  copy.writeUInt32LE(first.hash, newer.at);
  copy.writeUInt32LE(first.nameAt, newer.at + 8);
  return copy;
}

function isSameFunction(name: string): boolean {
  return sameFunctions.some((same) => name === NEWER_PREFIX + same);
}

function sectionsOf(file: Buffer): readonly Section[] {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error("not a 64-bit little-endian ELF file");
  }
  const start = Number(file.readBigUInt64LE(40));
  const size = file.readUInt16LE(58);
  return Array.from({ length: file.readUInt16LE(60) }, (_, index) => {
    const at = start + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      start: Number(file.readBigUInt64LE(at + 24)),
      bytes: Number(file.readBigUInt64LE(at + 32)),
      texts: file.readUInt32LE(at + 40),
    };
  });
}

function sectionOfType(sections: readonly Section[], type: number): Section {
  const found = sections.find((section) => section.type === type);
  if (found === undefined) throw new Error(`it has no section of type ${type}`);
  return found;
}

function textsOf(sections: readonly Section[], of: Section): Section {
  const texts = sections[of.texts];
  if (texts === undefined) throw new Error("a section has no texts");
  return texts;
}

function textAt(file: Buffer, texts: Section, offset: number): string {
  const start = texts.start + offset;
  return file.toString("latin1", start, file.indexOf(0, start));
}

/** Two levels of lists, each entry of which says how far the next one is; 0 ends a list. */
function neededReleases(file: Buffer, sections: readonly Section[]): readonly NeededRelease[] {
  const section = sectionOfType(sections, SECTION_RELEASES_NEEDED);
  const texts = textsOf(sections, section);
  const releases: NeededRelease[] = [];
  let library = section.start;
  for (;;) {
    const libraryName = textAt(file, texts, file.readUInt32LE(library + 4));
    let at = library + file.readUInt32LE(library + 8);
    for (let left = file.readUInt16LE(library + 2); left > 0; left -= 1) {
      const nameAt = file.readUInt32LE(at + 8);
      if (libraryName.startsWith("libc.so")) {
        const name = textAt(file, texts, nameAt);
        releases.push({ at, index: file.readUInt16LE(at + 6), hash: file.readUInt32LE(at), name, nameAt });
      }
      at += file.readUInt32LE(at + 12);
    }
    const next = file.readUInt32LE(library + 12);
    if (next === 0) return releases;
    library += next;
  }
}
