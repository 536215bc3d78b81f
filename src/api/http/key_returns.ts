// KeyReturns: gives back the keys of requests of which nothing was done, also when the log is away just then. A key that stayed taken would have its sender refused
// for a day, and what the request was about would be lost.
//
//   K1. Only the request's own claim ends: whoever claimed the key since has another mark.
//   K2. Bounded in number and time. What is beyond ends with its day.

import { setTimeout as sleep } from "node:timers/promises";
import { OutcomeUnknown, type RuntimeClient, Unavailable } from "../../runtime/client.ts";
import { KEY_RETURN_RETRY_MS, KEY_RETURN_TRIES_MAX, KEY_RETURNS_WAITING_MAX } from "../limits.ts";

/** A key as one request claimed it. */
export interface OwnClaim {
  readonly client: string;
  readonly key: string;
  /** No other request's. */
  readonly mark: string;
}

export class KeyReturns {
  readonly #runtime: Pick<RuntimeClient, "command">;
  #waiting = 0;

  constructor(runtime: Pick<RuntimeClient, "command">) {
    this.#runtime = runtime;
  }

  /** Resolves when it was tried once, and goes on by itself. */
  async giveBack(claim: OwnClaim): Promise<void> {
    if ((await this.#isGivenBack(claim)) || this.#waiting >= KEY_RETURNS_WAITING_MAX) return;
    this.#waiting++;
    void this.#goOn(claim).finally(() => this.#waiting--);
  }

  async #goOn(claim: OwnClaim): Promise<void> {
    for (let tries = 0; tries < KEY_RETURN_TRIES_MAX; tries++) {
      await sleep(KEY_RETURN_RETRY_MS, null, { ref: false });
      if (await this.#isGivenBack(claim)) return;
    }
  }

  /** True also for what no further try would mend. */
  async #isGivenBack(claim: OwnClaim): Promise<boolean> {
    try {
      await this.#runtime.command({ kind: "answer_request", ...claim, answer: null });
      return true;
    } catch (error) {
      return !(error instanceof Unavailable || error instanceof OutcomeUnknown);
    }
  }
}
