// Settlement: when all is durable that was sent before a checkpoint.
//
//   S3. A checkpoint is written when everything that was sent before it is durable, whoever sent it. What it waits for may itself wait for its
//       worker, which applies nothing while changes pile up: an owner sends what it kept, served or not, and nobody waits for ever.

import type { QueryAnswer } from "../../engine/mod.ts";
import type { Outbox } from "../flow/outbox.ts";
import type { Unconfirmed } from "./unconfirmed.ts";

/** How often receivers are asked what they have applied. */
export const MARKS_INTERVAL_MS = 1_000;

/** A checkpoint waits this long for what was sent before it: receivers that can say what they have applied are asked several times. */
const SETTLE_PATIENCE_MS = 3 * MARKS_INTERVAL_MS;

export interface SettlementParts {
  readonly outbox: Pick<Outbox, "settle">;
  /** By partition that is followed here: what its owner sends, and is not known to have arrived. */
  readonly unconfirmedOf: (partition: number) => Unconfirmed | undefined;
  /** Asks the owner of a partition what it has applied. */
  readonly askMarks: (partition: number) => Promise<QueryAnswer>;
}

export class Settlement {
  readonly #parts: SettlementParts;
  /** Checkpoints that wait for what was sent before them (S3): what gives each of them up. */
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** S3. Calls `refuse` instead when that cannot come about any more, or does not within its time. */
  settle(partition: number, resolve: () => void, refuse: () => void): void {
    const { outbox, unconfirmedOf } = this.#parts;
    const unconfirmed = unconfirmedOf(partition);
    if (unconfirmed === undefined || (this.#isStopped && !unconfirmed.isEmpty)) return refuse();
    const end = (then: () => void): void => {
      clearTimeout(patience);
      if (this.#waiting.delete(giveUp)) then();
    };
    const giveUp = (): void => end(refuse);
    const patience = setTimeout(giveUp, SETTLE_PATIENCE_MS);
    this.#waiting.add(giveUp);
    unconfirmed.settle(() => outbox.settle(() => end(resolve)));
  }

  /** U1: asks the receivers of what is unconfirmed what they have applied. */
  confirm(all: Iterable<Unconfirmed>): void {
    const receivers = new Set<number>();
    for (const unconfirmed of all) {
      for (const receiver of unconfirmed.receivers()) receivers.add(receiver);
    }
    for (const receiver of receivers) {
      this.#parts.askMarks(receiver).then(
        (answer) => this.#confirmBy(receiver, answer),
        // No owner just now: asked again at the next turn.
        () => undefined,
      );
    }
  }

  /** Nobody will confirm anything any more; the next start applies those records again. */
  stop(): void {
    this.#isStopped = true;
    for (const giveUp of this.#waiting) giveUp();
  }

  #confirmBy(receiver: number, answer: QueryAnswer): void {
    if (answer.kind !== "marks") return;
    for (const [source, mark] of Object.entries(answer.highWater)) {
      this.#parts.unconfirmedOf(Number(source))?.confirm(receiver, mark);
    }
  }
}
