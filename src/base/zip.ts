// ZIP archives that others made. The only file that knows fflate, which writes ours; theirs it would go on unfolding past the size that they claim.
//
//   Z1. What an archive unfolds to is bounded before it is unfolded: number of files, and bytes of all together.
//   Z2. A file that is not what the archive's list claims, in size or check sum, is no file: it is unfolded to a block past its size at most.

import { inflateRawSync } from "node:zlib";
import { crc32 } from "@node-rs/crc32";
import { zipSync } from "fflate";
import { type ZipEntry, zipList } from "./zip_list.ts";

/** Of every entry, so that the same files always give the same bytes. */
const WRITTEN = "1980-01-01T12:00:00Z";

export interface ZipBounds {
  readonly bytesMax: number;
  readonly filesMax: number;
}

/** By path; null when it is no archive, or too much. */
export function unfoldZip(bytes: Uint8Array, bounds: ZipBounds): Map<string, Uint8Array> | null {
  const entries = zipList(bytes);
  if (entries === null || entries.length === 0 || !isWithin(entries, bounds)) return null;
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const content = contentOf(entry);
    if (content === null) return null;
    files.set(entry.name, content);
  }
  return files;
}

function isWithin(entries: readonly ZipEntry[], { bytesMax, filesMax }: ZipBounds): boolean {
  return entries.length <= filesMax && entries.reduce((total, { size }) => total + size, 0) <= bytesMax;
}

function contentOf({ isDeflated, part, size, crc }: ZipEntry): Uint8Array | null {
  // Some writers say of a file with nothing in it that it is deflated, and write nothing. Of what is stored, a copy: the archive need not stay.
  const content = isDeflated && part.length > 0 ? inflated(part, size) : new Uint8Array(part);
  return content !== null && content.length === size && crc32(content) === crc ? content : null;
}

function inflated(part: Uint8Array, size: number): Uint8Array | null {
  try {
    // The least bound that it takes is 1.
    return inflateRawSync(part, { maxOutputLength: Math.max(size, 1) });
  } catch {
    // More than was claimed, or damaged: the sender's mistake, whatever its name.
    return null;
  }
}

export function foldZip(files: { readonly [path: string]: Uint8Array }): Uint8Array {
  return zipSync(files, { mtime: WRITTEN });
}
