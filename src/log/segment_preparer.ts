// Segment preparer
//
// Fills the next segment with zeros in the background, so that a roll finds it ready. Called by the writer alone.
//
//   P1. What `take` gives is filled to its full size and synced: no commit into it can run out of room on a file system that overwrites in place.
//   P2. A full disk is reported and tried again for ever; what was filled so far is given back at once, others may need it more.
//   P3. Any other error is final: the disk is broken.

import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../base/assert.ts";
import { asError, reasonOf } from "../base/caught.ts";
import { isNoRoom } from "./errors.ts";
import { writeFully, ZERO_BYTES, zeros } from "./file_io.ts";
import type { LogNotice } from "./log_notice.ts";

/** A full disk is asked again this often: within the `Retry-After` of one second that clients are told. */
export const NO_ROOM_RETRY_MS = 500;
/** Between two writes of the fill, unless somebody waits for it: leaves the disk to the commits. 1 MiB each 2 ms is at most 500 MB/s. */
const FILL_PAUSE_MS = 2;
/** Synced in pieces, so that a commit's sync never waits for a whole segment to reach the disk. */
const FILL_SYNC_BYTES = 8 * ZERO_BYTES;

const PREPARED_NAME = "next.seg";

export interface FilledFile {
  readonly handle: FileHandle;
  readonly path: string;
}

export interface PreparerOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly onNotice: (notice: LogNotice) => void;
  readonly onFailure: (error: unknown) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class SegmentPreparer {
  readonly #options: PreparerOptions;
  readonly #path: string;
  #ready: FilledFile | null = null;
  #running: Promise<void> | null = null;
  #noRoom: Error | null = null;
  #isStopped = false;
  /** At most two: the writer's `take` or its `whenReady`, and nobody else. */
  #waiters: Waiter[] = [];
  #wake: () => void = () => {};

  constructor(options: PreparerOptions) {
    this.#options = options;
    this.#path = join(options.directory, PREPARED_NAME);
  }

  /** Begins to prepare unless a segment is ready or under way. */
  start(): void {
    if (this.#running !== null || this.#ready !== null || this.#isStopped) return;
    this.#running = this.#prepare().finally(() => {
      this.#running = null;
    });
  }

  /** The prepared file, as soon as there is one. Rejects at once while the disk is full. */
  async take(): Promise<FilledFile> {
    this.start();
    if (this.#ready === null) {
      if (this.#noRoom !== null) throw this.#noRoom;
      await this.#wait();
    }
    const ready = this.#ready;
    assert(ready !== null, "the prepared segment was taken twice");
    this.#ready = null;
    return ready;
  }

  /** Waits through a full disk. */
  async whenReady(): Promise<void> {
    while (this.#ready === null) {
      this.start();
      try {
        await this.#wait();
      } catch (error) {
        if (!isNoRoom(error)) throw error;
      }
    }
  }

  /** Ends the background work and removes what it made. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#running;
    this.#rejectWaiters(new Error("the log was closed"));
    const ready = this.#ready;
    this.#ready = null;
    if (ready !== null) await this.#discard(ready.handle);
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#wake();
    });
  }

  async #prepare(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#ready = await this.#fill();
        this.#noRoom = null;
        for (const waiter of this.#waiters.splice(0)) waiter.resolve();
        return;
      } catch (error) {
        if (this.#isStopped) return;
        this.#rejectWaiters(error);
        if (!isNoRoom(error)) return this.#options.onFailure(error);
        if (this.#noRoom === null) this.#sayNoRoom(error);
        this.#noRoom = asError(error);
        await this.#sleep(NO_ROOM_RETRY_MS, { isWokenByWaiters: false });
      }
    }
  }

  #sayNoRoom(error: unknown): void {
    this.#options.onNotice({
      name: "log_no_room",
      directory: this.#options.directory,
      neededBytes: this.#options.segmentBytes,
      retryMs: NO_ROOM_RETRY_MS,
      reason: reasonOf(error),
    });
  }

  async #fill(): Promise<FilledFile> {
    await this.#checkRoom();
    const handle = await open(this.#path, "w+");
    try {
      for (let offset = 0; offset < this.#options.segmentBytes; offset += ZERO_BYTES) {
        if (this.#isStopped) throw new Error("the log was closed");
        await writeFully(handle, zeros.subarray(0, Math.min(ZERO_BYTES, this.#options.segmentBytes - offset)), offset);
        if ((offset + ZERO_BYTES) % FILL_SYNC_BYTES === 0) await handle.datasync();
        if (this.#waiters.length === 0) await this.#sleep(FILL_PAUSE_MS, { isWokenByWaiters: true });
      }
      await handle.sync();
    } catch (error) {
      await this.#discard(handle);
      throw error;
    }
    return { handle, path: this.#path };
  }

  /** Asked first because a fill that fails half-way takes the last room from everybody else, twice a second. */
  async #checkRoom(): Promise<void> {
    const { bavail, bsize, blocks } = await statfs(this.#options.directory);
    // Some network file systems report nothing at all.
    if (blocks === 0 || bavail * bsize >= this.#options.segmentBytes) return;
    const error = new Error(
      `no room for a segment: ${this.#options.segmentBytes} bytes wanted, ${bavail * bsize} free`,
    );
    throw Object.assign(error, { code: "ENOSPC" });
  }

  async #discard(handle: FileHandle): Promise<void> {
    await handle.close();
    await rm(this.#path, { force: true });
  }

  #rejectWaiters(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #sleep(ms: number, until: { readonly isWokenByWaiters: boolean }): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        if (until.isWokenByWaiters || this.#isStopped) done();
      };
    });
  }
}
