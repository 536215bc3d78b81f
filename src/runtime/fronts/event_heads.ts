// EventHeads: the beginnings of event payloads, remembered: senders who say nothing of themselves have them in common. Hot path.

import { encodeEventHead, type EventHead } from "../../engine/mod.ts";

interface Remembered extends EventHead {
  readonly bytes: Uint8Array;
}

/** Some hundred tokens with a few kinds of facts each; more start afresh. */
const REMEMBERED_MAX = 1_024;

/** Facts that came once. Those that are shared come again soon. */
const SEEN_MAX = 64;

export class EventHeads {
  /** By the very object of facts: those that are shared come again (E3 of the API's sender). */
  readonly #byFacts = new Map<object, Remembered>();
  readonly #seen = new Set<object>();

  of({ client, form, name, enrichment = null }: EventHead): Uint8Array {
    if (enrichment === null) return encodeEventHead({ client, form, name });
    const known = this.#byFacts.get(enrichment);
    if (known !== undefined && known.client === client && known.form === form && known.name === name)
      return known.bytes;
    const bytes = encodeEventHead({ client, form, name, enrichment });
    if (!this.#isShared(enrichment)) return bytes;
    if (this.#byFacts.size >= REMEMBERED_MAX) this.#byFacts.clear();
    this.#byFacts.set(enrichment, { client, form, name, bytes });
    return bytes;
  }

  /** What is one event's own never comes again. */
  #isShared(enrichment: object): boolean {
    if (this.#seen.delete(enrichment)) return true;
    if (this.#seen.size >= SEEN_MAX) this.#seen.clear();
    this.#seen.add(enrichment);
    return false;
  }
}
