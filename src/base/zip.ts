// ZIP archives that others made. The only file that knows fflate.
//
//   Z1. What an archive unfolds to is bounded before it is unfolded: number of files, and bytes of all together.

import { type UnzipFileInfo, unzipSync, zipSync } from "fflate";

/** Of every entry, so that the same files always give the same bytes. */
const WRITTEN = "1980-01-01T12:00:00Z";

export interface ZipBounds {
  readonly bytesMax: number;
  readonly filesMax: number;
}

/** By path; null when it is no archive, or too much. */
export function unfoldZip(bytes: Uint8Array, bounds: ZipBounds): Map<string, Uint8Array> | null {
  let total = 0;
  let count = 0;
  const isWithin = ({ originalSize }: UnzipFileInfo): boolean => {
    total += originalSize;
    count++;
    // An archive may promise billions of files that are not there: none is looked at behind the bound.
    if (total > bounds.bytesMax || count > bounds.filesMax) throw new Error("more than the bounds allow");
    return true;
  };
  try {
    const files = unzipSync(bytes, { filter: isWithin });
    return count === 0 ? null : new Map(Object.entries(files));
  } catch {
    // Beyond the bounds; or no archive, or a damaged one, on which the library throws: the sender's mistake, whatever its name.
    return null;
  }
}

export function foldZip(files: { readonly [path: string]: Uint8Array }): Uint8Array {
  return zipSync(files, { mtime: WRITTEN });
}
