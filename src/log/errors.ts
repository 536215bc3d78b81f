// What the log can say no with. A closed set: callers tell them apart by class, operators by the sentence.

import { errorCode } from "../base/caught.ts";

/** Nothing is acknowledged at the moment (`retryable`) or until the process is started anew. The outcome of rejected groups is unknown. */
export class LogUnavailable extends Error {
  override name = "LogUnavailable";
  /** True when the log resumes by itself: the caller may try again later. */
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }
}

/** Back-pressure: more is waiting for the disk than `pendingBytesMax` allows. The record was not taken. */
export class LogFull extends LogUnavailable {
  override name = "LogFull";

  constructor(pendingBytesMax: number) {
    super(`the log has ${pendingBytesMax} bytes waiting for the disk and takes no more for now`, { retryable: true });
  }
}

/** Never fits, whenever it is tried. */
export class RecordTooLarge extends Error {
  override name = "RecordTooLarge";

  constructor(bytes: number, bytesMax: number) {
    super(`a record of ${bytes} bytes does not fit: the log takes at most ${bytesMax}`);
  }
}

/** A record that a reader wants was retired. */
export class LogHole extends Error {
  override name = "LogHole";
  readonly partition: number;
  readonly wantedSequence: number;
  readonly firstSequence: number;

  constructor(hole: { readonly partition: number; readonly wantedSequence: number; readonly firstSequence: number }) {
    const { partition, wantedSequence, firstSequence } = hole;
    super(
      `partition ${partition} is wanted from sequence ${wantedSequence}, but the log begins at ${firstSequence}: the records between were retired`,
    );
    this.partition = partition;
    this.wantedSequence = wantedSequence;
    this.firstSequence = firstSequence;
  }
}

export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
  /** CRC32C as stored; null where there is none to compare. */
  readonly expectedCrc: number | null;
  /** CRC32C of the bytes as found. */
  readonly foundCrc: number | null;
}

/** Bytes that were durable are not what was written. The log changes nothing and refuses. */
export class LogCorrupt extends Error {
  override name = "LogCorrupt";
  readonly file: string;
  readonly offset: number;
  readonly expectedCrc: number | null;
  readonly foundCrc: number | null;

  constructor(damage: Damage) {
    super(
      `the log is damaged: ${damage.file} at byte ${damage.offset}: ${damage.reason} ` +
        `(CRC32C expected ${hex(damage.expectedCrc)}, found ${hex(damage.foundCrc)}). Nothing was changed. ` +
        "Restore this file from a snapshot or a replica of the directory.",
    );
    this.file = damage.file;
    this.offset = damage.offset;
    this.expectedCrc = damage.expectedCrc;
    this.foundCrc = damage.foundCrc;
  }
}

/** The directory was made for other settings or by another version. */
export class LogMismatch extends Error {
  override name = "LogMismatch";
}

/** Another living process holds the directory. */
export class LogLocked extends Error {
  override name = "LogLocked";
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(`the log directory ${directory} is in use by process ${pid}: two processes on one log would destroy it`);
    this.pid = pid;
  }
}

function hex(crc: number | null): string {
  return crc === null ? "none" : `0x${crc.toString(16).padStart(8, "0")}`;
}

/** The device or the quota is full: the only failure that may pass by itself. */
export function isNoRoom(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
