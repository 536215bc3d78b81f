// The few file operations that the log needs beyond Node's own: whole reads and writes, zeroing, directory sync.

import { type FileHandle, open } from "node:fs/promises";

/** One write of the zero fill: large enough to be cheap, small enough that a sync of the active segment does not queue behind it for long. */
export const ZERO_BYTES = 1024 * 1024;
export const zeros = Buffer.alloc(ZERO_BYTES);

/** Fills `target` from `position` on; returns how much the file gave. */
export async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) return done;
    done += bytesRead;
  }
  return done;
}

export async function writeFully(handle: FileHandle, source: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < source.length) {
    const { bytesWritten } = await handle.write(source, done, source.length - done, position + done);
    done += bytesWritten;
  }
}

/** Writes zeros from `start` to `end`. Does not sync. */
export async function writeZeros(handle: FileHandle, start: number, end: number): Promise<void> {
  for (let position = start; position < end; position += ZERO_BYTES) {
    await writeFully(handle, zeros.subarray(0, Math.min(ZERO_BYTES, end - position)), position);
  }
}

/** Makes created, renamed and removed names durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
