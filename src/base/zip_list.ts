// The list of its files that an archive has at its end, and where in the archive they are. Nothing is unfolded here.
//
//   L1. Whatever the bytes are, the reading ends and throws nothing: a head is read only where all of it lies within the bytes.
//   L2. No two files share a byte, nor one with the list: an archive cannot have the same bytes unfolded many times.
//
// The form for archives of more than 4 GiB or 65,535 files is read as far as writers use it for small ones, too: numbers of one file.

export interface ZipEntry {
  /** A folder's ends with `/`. */
  readonly name: string;
  readonly isDeflated: boolean;
  /** What is claimed of the file: its check sum and its size when it is unfolded. */
  readonly crc: number;
  readonly size: number;
  /** Its bytes within the archive, as they are there. */
  readonly part: Uint8Array;
}

interface Head {
  readonly entry: Omit<ZipEntry, "part">;
  readonly partBytes: number;
  /** Where the head before the part is. */
  readonly place: number;
  /** Where the next of the list is. */
  readonly next: number;
}

interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Signatures of the end of the archive, of a file in the list, and of a file before its part; and how long they are without what varies. */
const END = 0x06054b50;
const END_BYTES = 22;
const LISTED = 0x02014b50;
const LISTED_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/** After the end, for a comment. */
const COMMENT_BYTES_MAX = 0xffff;

/** Flags of what cannot be read: encrypted, in one way or another, or a difference to another file. */
const UNREADABLE = 0x2061;
const NAME_IS_UTF8 = 0x0800;

const STORED = 0;
const DEFLATED = 8;

/** In place of a number that is in the extra field, of this kind, instead. Left as it is, it is beyond every bound. */
const WIDE = 0xffff_ffff;
const WIDE_FIELD = 1;
/** Size, size of the part, place. */
const WIDE_NUMBERS_MAX = 3;

/** In the order of the list; null when it is no archive, or one with anything that cannot be read. */
export function zipList(bytes: Uint8Array): readonly ZipEntry[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const list = end === null ? null : listBefore(view, end);
  if (end === null || list === null) return null;
  const entries: ZipEntry[] = [];
  const extents: Extent[] = [];
  // In both numbers of files: on this disk, and of all.
  const count = view.getUint16(end + 8, true);
  if (count !== view.getUint16(end + 10, true)) return null;
  for (let at = list.from; entries.length < count; ) {
    const head = headAt(bytes, view, at, list.to);
    const part = head === null ? null : partOf(view, head, list.from);
    if (head === null || part === null) return null;
    entries.push({ ...head.entry, part: bytes.subarray(part.from, part.to) });
    extents.push({ from: head.place, to: part.to });
    at = head.next;
  }
  return areApart(extents) ? entries : null;
}

function endOf(view: DataView): number | null {
  const last = view.byteLength - END_BYTES;
  const first = Math.max(last - COMMENT_BYTES_MAX, 0);
  for (let at = last; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  return null;
}

function listBefore(view: DataView, end: number): Extent | null {
  // Of an archive on several disks, this one is not the first, or does not have the list.
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0) return null;
  const from = view.getUint32(end + 16, true);
  const to = from + view.getUint32(end + 12, true);
  return to > end ? null : { from, to };
}

function headAt(bytes: Uint8Array, view: DataView, at: number, listTo: number): Head | null {
  if (at + LISTED_BYTES > listTo || view.getUint32(at, true) !== LISTED) return null;
  const nameFrom = at + LISTED_BYTES;
  const nameTo = nameFrom + view.getUint16(at + 28, true);
  const extraTo = nameTo + view.getUint16(at + 30, true);
  const next = extraTo + view.getUint16(at + 32, true);
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if (next > listTo || (flags & UNREADABLE) !== 0 || (method !== STORED && method !== DEFLATED)) return null;
  const wide = wideNumbers(view, nameTo, extraTo);
  const numberAt = (place: number): number => {
    const number = view.getUint32(place, true);
    return number === WIDE ? (wide.shift() ?? WIDE) : number;
  };
  // In the order in which they are in the extra field, those of them that are.
  const size = numberAt(at + 24);
  const partBytes = numberAt(at + 20);
  const place = numberAt(at + 42);
  const name = nameOf(bytes.subarray(nameFrom, nameTo), (flags & NAME_IS_UTF8) !== 0);
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, isDeflated: method === DEFLATED, crc, size }, partBytes, place, next };
}

function wideNumbers(view: DataView, extraFrom: number, extraTo: number): number[] {
  for (let at = extraFrom; at + 4 <= extraTo; ) {
    const from = at + 4;
    const to = from + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === WIDE_FIELD && to <= extraTo) {
      const count = Math.min(Math.floor((to - from) / 8), WIDE_NUMBERS_MAX);
      return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(from + i * 8, true)));
    }
    at = to;
  }
  return [];
}

function nameOf(bytes: Uint8Array, isUtf8: boolean): string {
  return isUtf8
    ? new TextDecoder().decode(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Behind its head, which has a name and an extra field of its own; null when they are not all before the list. */
function partOf(view: DataView, { place, partBytes }: Head, listFrom: number): Extent | null {
  if (place + LOCAL_BYTES > listFrom || view.getUint32(place, true) !== LOCAL) return null;
  const from = place + LOCAL_BYTES + view.getUint16(place + 26, true) + view.getUint16(place + 28, true);
  const to = from + partBytes;
  return to > listFrom ? null : { from, to };
}

/** L2. */
function areApart(extents: readonly Extent[]): boolean {
  const inOrder = extents.toSorted((left, right) => left.from - right.from);
  return inOrder.every(({ from }, i) => from >= (inOrder[i - 1]?.to ?? 0));
}
