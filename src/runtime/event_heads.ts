// EventHeads: the beginnings of event payloads, remembered: senders who say nothing of themselves have them in common. Hot path.

import { encodeEventHead, type EventHead, isCommon } from "../engine/mod.ts";

interface Remembered extends EventHead {
  readonly bytes: Uint8Array;
}

/** Some hundred tokens with a few kinds of facts each; more start afresh. */
const REMEMBERED_MAX = 1_024;

export class EventHeads {
  /** By the very object of facts: those that are shared come again (E3 of the API's sender). */
  readonly #byFacts = new Map<object, Remembered>();

  of({ client, form, name, enrichment = null }: EventHead): Uint8Array {
    if (enrichment === null) return encodeEventHead({ client, form, name });
    const known = this.#byFacts.get(enrichment);
    if (known !== undefined && known.client === client && known.form === form && known.name === name)
      return known.bytes;
    const bytes = encodeEventHead({ client, form, name, enrichment });
    if (!isCommon(enrichment)) return bytes;
    if (this.#byFacts.size >= REMEMBERED_MAX) this.#byFacts.clear();
    this.#byFacts.set(enrichment, { client, form, name, bytes });
    return bytes;
  }
}
