// Group writer
//
// The back half of group commit: one group at a time into the active segment, synced as the mode says; rolls to the next segment.
// Callbacks, not promises, on the path of a group: three promises a group would cost more than its records.
//
// With `sync: always` groups go through a descriptor that syncs what it writes (O_DSYNC): the same promise as `fdatasync` behind each write,
// with one trip to another thread instead of two.
//
//   W1. A group is written only after the one before it is acknowledged; with `sync: always` that means synced.
//   W2. A segment is synced, in every mode, before the first write into the next one. So only the last segment can have a torn tail.
//   W3. After a failed sync nothing is written or synced any more: the kernel may have dropped the pages and call the next sync a success.
//   W4. A write refused for want of room is undone (zeroed and synced) before anything else is written. Nothing that was acknowledged is
//       touched, because the group lies behind all of it. Any other failure is final.

import { closeSync, constants, openSync, write } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { assert } from "../base/assert.ts";
import type { CommitGroup } from "./commit_group.ts";
import { isNoRoom } from "./errors.ts";
import { writeZeros } from "./file_io.ts";
import { sealFrame } from "./frame.ts";
import type { LogNotice, SyncMode } from "./log_notice.ts";
import { newestOf } from "./retention.ts";
import { installSegment, newSegmentHeader, type Segment } from "./segment.ts";
import { type FilledFile, NO_ROOM_RETRY_MS, SegmentPreparer } from "./segment_preparer.ts";

export interface WriterOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  /** A segment in which records of as long lie is not filled any further (N3 of `retention.ts`). */
  readonly segmentAgeMaxMs: number;
  readonly sync: SyncMode;
  readonly syncIntervalMs: number;
  readonly active: { readonly segment: Segment; readonly handle: FileHandle };
  /** Newest group in the log; durable. */
  readonly lastGroup: number;
  readonly onNotice: (notice: LogNotice) => void;
  readonly onWritten: (group: CommitGroup) => void;
  readonly onRolled: (segment: Segment) => void;
  /** The group was not written; `onRoom` follows when writing works again. */
  readonly onNoRoom: (error: unknown) => void;
  readonly onRoom: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class GroupWriter {
  lastSyncMs = 0;
  readonly #options: WriterOptions;
  readonly #preparer: SegmentPreparer;
  #segment: Segment;
  #handle: FileHandle;
  /** Syncs what it writes; null in the other modes. */
  #syncedFd: number | null;
  #group: CommitGroup | null = null;
  /** The oldest time of records that was seen; 0: none was. */
  #firstMs = 0;
  #writtenBytes = 0;
  #writtenGroup: number;
  #syncedGroup: number;
  #writeStartMs = 0;
  #intervalSync: Promise<void> | null = null;
  #intervalTimer: NodeJS.Timeout | null = null;
  #roomTimer: NodeJS.Timeout | null = null;
  /** The kernel holds the descriptor for a write or sync of ours: it must not be closed, its number could be given to another file. */
  #isInFlight = false;
  #whenLanded: () => void = () => {};
  #rolling: Promise<void> = Promise.resolve();
  #isFailed = false;
  #isClosed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#segment = options.active.segment;
    this.#handle = options.active.handle;
    this.#syncedFd = this.#openSynced();
    this.#writtenGroup = options.lastGroup;
    this.#syncedGroup = options.lastGroup;
    this.#preparer = new SegmentPreparer({
      directory: options.directory,
      segmentBytes: options.segmentBytes,
      onNotice: options.onNotice,
      onFailure: (error) => this.#fail(error),
    });
    this.#preparer.start();
    if (options.sync === "interval") {
      this.#intervalTimer = setInterval(() => this.#syncInterval(), options.syncIntervalMs);
    }
  }

  write(group: CommitGroup): void {
    assert(this.#group === null, "one group is written at a time");
    this.#group = group;
    const hasRoom = this.#segment.endOffset + group.length <= this.#segment.header.segmentBytes;
    if (hasRoom && !this.#isAged(group)) this.#begin(group);
    else this.#rolling = this.#roll(group).catch((error: unknown) => this.#fail(error));
  }

  /** By the times of records. The first segment of a log does not know when it began: of that one, those that were seen count. */
  #isAged({ timesBefore }: CommitGroup): boolean {
    const { segmentAgeMaxMs } = this.#options;
    if (segmentAgeMaxMs === Number.POSITIVE_INFINITY) return false;
    const newestMs = newestOf(timesBefore);
    const beganMs = newestOf(this.#segment.header.timesBefore) || (this.#firstMs ||= newestMs);
    return newestMs - beganMs > segmentAgeMaxMs;
  }

  #begin(group: CommitGroup): void {
    sealFrame(group, group.length, {
      mark: this.#segment.header.mark,
      records: group.records,
      group: group.number,
      syncedGroup: this.#syncedGroup,
    });
    this.#writtenBytes = 0;
    this.#writeStartMs = performance.now();
    this.#writeRest(group);
  }

  #writeRest(group: CommitGroup): void {
    const done = this.#writtenBytes;
    this.#isInFlight = true;
    const fd = this.#syncedFd ?? this.#handle.fd;
    write(fd, group.bytes, done, group.length - done, this.#segment.endOffset + done, this.#onWrite);
  }

  readonly #onWrite = (error: NodeJS.ErrnoException | null, bytesWritten: number): void => {
    const group = this.#group;
    this.#isInFlight = false;
    if (this.#isFailed || group === null) return this.#whenLanded();
    if (error !== null) {
      if (!isNoRoom(error)) return this.#fail(error);
      return this.#pause(error, () => this.#undoWrite(group.length));
    }
    if (bytesWritten === 0) return this.#fail(new Error(`${this.#segment.path} takes no bytes`));
    this.#writtenBytes += bytesWritten;
    if (this.#writtenBytes < group.length) return this.#writeRest(group);
    if (this.#syncedFd !== null) {
      this.lastSyncMs = performance.now() - this.#writeStartMs;
      this.#syncedGroup = group.number;
    }
    this.#finish(group);
  };

  #finish(group: CommitGroup): void {
    this.#segment.endOffset += group.length;
    this.#writtenGroup = group.number;
    this.#group = null;
    this.#options.onWritten(group);
  }

  async #roll(group: CommitGroup): Promise<void> {
    let filled: FilledFile;
    try {
      filled = await this.#preparer.take();
    } catch (error) {
      if (!isNoRoom(error)) return this.#fail(error);
      return this.#pause(error, () => this.#preparer.whenReady());
    }
    try {
      await this.#switchTo(filled, group);
    } catch (error) {
      if (this.#handle !== filled.handle) await filled.handle.close();
      throw error;
    }
    if (this.#isFailed) return;
    this.#options.onRolled(this.#segment);
    this.#preparer.start();
    assert(
      this.#segment.endOffset + group.length <= this.#segment.header.segmentBytes,
      "a group must fit in a segment",
    );
    this.#begin(group);
  }

  /** Any error in here is final: between header, name and directory nobody can tell what is durable. */
  async #switchTo(filled: FilledFile, group: CommitGroup): Promise<void> {
    await this.#syncActive();
    const segment = await installSegment(
      this.#options.directory,
      filled,
      newSegmentHeader({
        firstGroup: group.number,
        lastGroupBefore: this.#writtenGroup,
        segmentBytes: this.#options.segmentBytes,
        sequencesBefore: group.sequencesBefore,
        timesBefore: group.timesBefore,
      }),
    );
    const previous = this.#handle;
    this.#segment = segment;
    this.#handle = filled.handle;
    this.#closeSynced();
    this.#syncedFd = this.#openSynced();
    await this.#intervalSync;
    await previous.close();
  }

  #openSynced(): number | null {
    if (this.#options.sync !== "always") return null;
    return openSync(this.#segment.path, constants.O_WRONLY | constants.O_DSYNC);
  }

  /** No write may be under way. */
  #closeSynced(): void {
    if (this.#syncedFd !== null) closeSync(this.#syncedFd);
    this.#syncedFd = null;
  }

  /** Syncs what is written; waits for a sync under way first, so that the file is not closed below it. */
  async #syncActive(): Promise<void> {
    await this.#intervalSync;
    if (this.#syncedGroup === this.#writtenGroup) return;
    const group = this.#writtenGroup;
    const startMs = performance.now();
    await this.#handle.datasync();
    this.lastSyncMs = performance.now() - startMs;
    this.#syncedGroup = group;
  }

  #syncInterval(): void {
    if (this.#isFailed || this.#intervalSync !== null || this.#syncedGroup === this.#writtenGroup) return;
    this.#intervalSync = this.#syncActive()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#intervalSync = null;
      });
  }

  #pause(error: unknown, regain: () => Promise<void>): void {
    this.#group = null;
    this.#options.onNoRoom(error);
    regain().then(
      () => {
        if (!this.#isFailed && !this.#isClosed) this.#options.onRoom();
      },
      (failure: unknown) => {
        if (!this.#isClosed) this.#fail(failure);
      },
    );
  }

  /** W4. That zeros could be written there tells at the same time that there is room again. */
  async #undoWrite(bytes: number): Promise<void> {
    while (!this.#isClosed && !this.#isFailed) {
      await new Promise<void>((resolve) => {
        this.#roomTimer = setTimeout(resolve, NO_ROOM_RETRY_MS);
      });
      try {
        await writeZeros(this.#handle, this.#segment.endOffset, this.#segment.endOffset + bytes);
      } catch (error) {
        if (isNoRoom(error)) continue;
        throw error;
      }
      await this.#handle.datasync();
      return;
    }
  }

  #fail(error: unknown): void {
    if (this.#isFailed || this.#isClosed) return;
    this.#isFailed = true;
    this.#options.onFailure(error);
  }

  /** No group may be under way. Syncs unless the writer has failed (W3). */
  async close(): Promise<void> {
    assert(this.#group === null || this.#isFailed, "closed while a group is written");
    await this.#rolling;
    if (this.#isInFlight) {
      await new Promise<void>((resolve) => {
        this.#whenLanded = resolve;
      });
    }
    try {
      if (!this.#isFailed) await this.#syncActive();
      await this.#intervalSync;
    } finally {
      this.#isClosed = true;
      if (this.#intervalTimer !== null) clearInterval(this.#intervalTimer);
      if (this.#roomTimer !== null) clearTimeout(this.#roomTimer);
      await this.#preparer.stop();
      this.#closeSynced();
      await this.#handle.close();
    }
  }
}
