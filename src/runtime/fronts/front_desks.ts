// FrontDesks: all fronts of a node, as the main thread sees them: its own and those in threads. Without any of these it costs nothing but a look.
//
//   D1. A reply goes to the front that gave the id (F1 of front_ids.ts); share 0 is the main thread's own.
//   D2. A change of how the runtime is, or of the programs in use, is said to every front at once.

import type { MessagePort } from "node:worker_threads";
import type { GroupListener } from "../flow/appender.ts";
import type { RuntimeStatus } from "../client.ts";
import { withDeadline } from "../deadline.ts";
import type { Front, UsedProgram } from "./front.ts";
import { shareOfLow } from "../../base/front_ids.ts";
import type { ReplyColumns } from "../protocol.ts";
import type { Readiness } from "../readiness.ts";
import { FrontDesk, type FrontDeskParts } from "./front_desk.ts";
import { type FrontBirth, type FrontState, refusalOf } from "./protocol.ts";

export interface FrontDesksParts extends Omit<FrontDeskParts, "port" | "readiness"> {
  /** Front threads that there are to be; 0: the main thread is the only front. */
  readonly count: number;
  /** What all of them are born with. */
  readonly birth: Omit<FrontBirth, "share" | "idsAboveMs">;
  /** Of the main thread. */
  readonly front: Front;
  readonly readiness: Readiness;
  readonly status: () => RuntimeStatus;
}

/** How often fronts are told of what changes without saying so, such as the way to the cluster. */
const STATUS_INTERVAL_MS = 100;

export class FrontDesks implements GroupListener {
  readonly #parts: FrontDesksParts;
  readonly #desks: FrontDesk[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** As text, of what was said last. */
  #said = "";

  constructor(parts: FrontDesksParts) {
    this.#parts = parts;
  }

  /** Events and commands that fronts brought, since start. */
  get accepted(): number {
    return this.#desks.reduce((sum, { accepted }) => sum + accepted, 0);
  }

  /** Serves the next front thread; there are not more than `count`. */
  open(port: MessagePort): FrontBirth {
    const desk = new FrontDesk({ ...this.#parts, port });
    this.#desks.push(desk);
    for (const used of this.#parts.front.usedPrograms()) desk.say({ kind: "program", ...used });
    desk.say(this.#state());
    this.#watch();
    const { birth, count, front } = this.#parts;
    return { ...birth, share: { index: this.#desks.length, of: count + 1 }, idsAboveMs: front.ids.lastMs };
  }

  #watch(): void {
    if (this.#timer !== null) return;
    this.#parts.readiness.onChange(() => this.#sayState());
    this.#timer = setInterval(() => this.#sayState(), STATUS_INTERVAL_MS);
    this.#timer.unref();
  }

  /** D2. False when the node goes by a newer one already. */
  useProgram(used: UsedProgram): boolean {
    if (!this.#parts.front.useProgram(used)) return false;
    for (const desk of this.#desks) desk.say({ kind: "program", ...used });
    return true;
  }

  /** Resolves when all fronts have taken what they were told before; one that stands still is not waited for longer than anybody is. */
  async whenHeard(): Promise<void> {
    const all = Promise.all(this.#desks.map((desk) => desk.whenHeard())).then(() => true);
    await withDeadline(all, performance.now() + this.#parts.birth.replyTimeoutMs, false);
  }

  /** D1 */
  answer(columns: ReplyColumns): void {
    const { front, count } = this.#parts;
    if (count === 0) return front.answer(columns);
    const shares = count + 1;
    const places: number[][] = Array.from({ length: shares }, () => []);
    for (let i = 0; i < columns.personIds.length; i++) {
      places[shareOfLow(columns.ids[2 * i + 1] ?? 0, shares)]?.push(i);
    }
    for (const [share, at] of places.entries()) {
      if (at.length === 0) continue;
      const replies = at.length === columns.personIds.length ? columns : chosen(columns, at);
      if (share === 0) front.answer(replies);
      else this.#desks[share - 1]?.say({ kind: "replies", replies });
    }
  }

  onDurable(): void {}

  onAcknowledged(group: number): void {
    for (const desk of this.#desks) desk.onAcknowledged(group);
  }

  onDropped(group: number): void {
    this.#parts.front.onDropped(group);
    for (const desk of this.#desks) desk.onDropped(group);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const desk of this.#desks) desk.close();
  }

  #sayState(): void {
    const state = this.#state();
    const text = JSON.stringify(state);
    if (text === this.#said) return;
    this.#said = text;
    for (const desk of this.#desks) desk.say(state);
  }

  #state(): FrontState {
    const { readiness, status } = this.#parts;
    const refusal = readiness.refusal();
    const queryRefusal = readiness.queryRefusal();
    return {
      kind: "state",
      refusal: refusal === null ? null : refusalOf(refusal),
      queryRefusal: queryRefusal === null ? null : refusalOf(queryRefusal),
      status: status(),
    };
  }
}

/** The replies at those places. */
function chosen({ partitions, ids, personIds, errorCodes, values }: ReplyColumns, at: readonly number[]): ReplyColumns {
  const picked = new Uint32Array(at.length * 2);
  at.forEach((place, i) => {
    picked[2 * i] = ids[2 * place] ?? 0;
    picked[2 * i + 1] = ids[2 * place + 1] ?? 0;
  });
  return {
    partitions: Uint16Array.from(at, (place) => partitions[place] ?? 0),
    ids: picked,
    personIds: at.map((place) => personIds[place] ?? null),
    errorCodes: at.map((place) => errorCodes[place] ?? null),
    values: at.map((place) => values[place] ?? null),
  };
}
