// MailsUnderWay: how many mails of each partition are on their way, and who waits until none is. Receivers of calls and orders know a repetition by its key; who
// gets a mail twice has it twice, so a partition that is given away takes none along.

import type { Job, JobKind } from "../model/job.ts";

const isMail: { readonly [K in JobKind]: boolean } = {
  WEBHOOK: false,
  EMAIL: true,
  SHARE_EMAIL: true,
  DATA_INTELLIGENCE: false,
  PAYOUT: false,
};

export class MailsUnderWay {
  readonly #counts = new Map<number, number>();
  readonly #waiting = new Map<number, (() => void)[]>();

  begin(partition: number, { order }: Job): void {
    if (isMail[order.kind]) this.#counts.set(partition, (this.#counts.get(partition) ?? 0) + 1);
  }

  /** Its outcome is applied, or somebody else's concern. */
  end(partition: number, { order }: Job): void {
    if (!isMail[order.kind]) return;
    const left = (this.#counts.get(partition) ?? 0) - 1;
    if (left > 0) return void this.#counts.set(partition, left);
    this.#counts.delete(partition);
    for (const resolve of this.#waiting.get(partition) ?? []) resolve();
    this.#waiting.delete(partition);
  }

  whenNone(partition: number): Promise<void> {
    if (!this.#counts.has(partition)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(partition, [...(this.#waiting.get(partition) ?? []), resolve]);
    });
  }
}
