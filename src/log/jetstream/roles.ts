// Roles: which partitions this process follows, and which of them it leads.
//
// Who follows is told of everything by the feed; who leads appends for the others (relay) and needs no feed, since they say when they appended
// by themselves after all.
//
//   F1. Nothing is led before it is followed; who is to lead sooner begins when the following does.
//   F2. What is heard and what is asked leave no gap: one listens before one asks where the partition ends.

import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import { LogUnavailable } from "../errors.ts";
import type { Feed } from "./feed.ts";
import type { Lane } from "./lane.ts";
import { tailOf } from "./looker.ts";
import type { Relay } from "./relay.ts";
import { type StoredBatch, type Stream, StreamUnreachable } from "./stream.ts";

export interface RolesParts {
  readonly stream: Stream;
  readonly feed: Feed;
  readonly relay: Relay;
  readonly lanes: readonly Lane[];
  /** Throws when the log has failed or closes: nothing will be heard. */
  readonly checkAlive: () => void;
}

/** How often it is looked at whether a lane has got as far as it should. */
const HEAR_POLL_MS = 5;

export class Roles {
  readonly #parts: RolesParts;
  /** Partitions that are followed, or about to be. */
  readonly #following = new Map<number, Promise<void>>();
  readonly #led = new Set<number>();

  constructor(parts: RolesParts) {
    this.#parts = parts;
  }

  follow(partition: number): Promise<void> {
    const known = this.#following.get(partition);
    if (known !== undefined) return known;
    const following = this.#follow(partition);
    this.#following.set(partition, following);
    following.catch(() => this.#following.delete(partition));
    return following;
  }

  /** F2 */
  async #follow(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    this.#parts.feed.open(partition);
    const last = await this.#lastOf(partition);
    if (!this.#following.has(partition)) return;
    lane.follow(tailOf(last));
    if (this.#led.has(partition)) this.#beginToLead(lane);
  }

  unfollow(partition: number): void {
    this.stopLeading(partition);
    this.#following.delete(partition);
    this.#parts.feed.close(partition);
    this.#lane(partition).unfollow();
  }

  /** F1 */
  lead(partition: number): void {
    const lane = this.#lane(partition);
    this.#led.add(partition);
    if (lane.isFollowed && !lane.isLeading) this.#beginToLead(lane);
  }

  stopLeading(partition: number): void {
    const lane = this.#lane(partition);
    if (this.#led.delete(partition) && lane.isLeading) this.#ceaseToLead(lane);
  }

  /** What this process appends itself, nobody has to tell it: others say when they did. */
  #beginToLead(lane: Lane): void {
    lane.lead();
    this.#parts.relay.lead(lane.partition);
    this.#parts.feed.close(lane.partition);
  }

  /** F2 */
  #ceaseToLead(lane: Lane): void {
    const { partition } = lane;
    this.#parts.feed.open(partition);
    lane.stopLeading();
    void this.#parts.relay.leave(partition);
    this.#lastOf(partition).then(
      (last) => lane.notice(last?.streamSequence ?? 0),
      // The sweep asks again.
      () => undefined,
    );
  }

  /** Resolves when all that the partition holds at the call was delivered. */
  async whenHeard(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    const following = this.#following.get(partition);
    // Also when it ends meanwhile: what nobody follows is not delivered.
    const checkFollowed = (): void => {
      if (following !== undefined && this.#following.get(partition) === following) return;
      throw new LogUnavailable(`partition ${partition} is not followed`, { retryable: true });
    };
    checkFollowed();
    await following;
    const last = await this.#lastOf(partition);
    const until = last?.streamSequence ?? 0;
    while (lane.tail.streamSequence < until) {
      this.#parts.checkAlive();
      checkFollowed();
      lane.notice(until);
      await sleep(HEAR_POLL_MS);
    }
  }

  #lane(partition: number): Lane {
    const lane = this.#parts.lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    return lane;
  }

  #lastOf(partition: number): Promise<StoredBatch | null> {
    return this.#parts.stream.last(partition).catch((error: unknown) => {
      if (!(error instanceof StreamUnreachable)) throw error;
      throw new LogUnavailable(error.message, { retryable: true, cause: error });
    });
  }
}
