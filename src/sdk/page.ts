// One page's part of the programme: its visitor, its events and its zones.

import { Consent } from "./consent.ts";
import { EVENTS, EventQueue, type Sent } from "./event_queue.ts";
import { codeInAddress } from "./navigation.ts";
import { tell } from "./page_callbacks.ts";
import type { Settings } from "./settings.ts";
import { PageStorage } from "./storage.ts";
import { TOKEN, TokenStore } from "./token_store.ts";
import { type Json, Transport } from "./transport.ts";
import { askForZone, show, type Zone, type ZoneWish } from "./zones.ts";

const CODE = "code";
const CONSENT = "consent";
const GIVEN = "given";
/** Kept only where pages ask for no consent: without a word of it, the next page would go on as if nobody had refused. */
const REFUSED = "refused";

export class Page {
  readonly tokens: TokenStore;
  readonly #settings: Settings;
  readonly #consent: Consent;
  /** What the visitor said lasts, whatever else may. */
  readonly #choice = new PageStorage(true);
  readonly #storage: PageStorage;
  readonly #transport: Transport;
  readonly #events: EventQueue;

  constructor(settings: Settings) {
    const said = this.#choice.get(CONSENT);
    this.#settings = settings;
    this.#consent = new Consent(said === null ? !settings.isConsentRequired : said !== REFUSED);
    this.#storage = new PageStorage(this.#consent.isGiven);
    this.tokens = new TokenStore(this.#storage);
    this.#transport = new Transport(settings.origin, this.tokens);
    this.#events = new EventQueue({ storage: this.#storage, transport: this.#transport, consent: this.#consent });
    // What the visitor says in one tab holds for all.
    this.#choice.onChange(CONSENT, (heard) => (heard === null || heard === REFUSED ? this.#forget() : this.#goOn()));
  }

  sendEvent(name: string, data: Json, sent: Sent, jwt?: string): void {
    this.#consent.whenGiven(() => this.#events.add(name, this.#withPage(data), jwt, sent));
  }

  viewed(): void {
    const code = codeInAddress();
    if (code !== null) this.#storage.set(CODE, code);
    if (!this.#settings.isTrackingPages) return;
    this.sendEvent("page_viewed", { url: location.href, referrer: document.referrer }, () => {});
  }

  createZone(wish: ZoneWish, done: (zone: Zone | null) => void): void {
    const ask = async (): Promise<void> => {
      const data = this.#withPage(wish.data ?? {});
      const zone = await askForZone(this.#transport, { ...wish, data }, (name, about) =>
        this.sendEvent(name, about, () => {}),
      );
      if (zone !== null) show(zone, wish);
      tell(done, zone);
    };
    this.#consent.whenGiven(() => void ask());
  }

  shareLink(wish: { readonly label?: string; readonly key?: string }, done: Sent): void {
    const ask = async (): Promise<void> => {
      const reply = await this.#transport.call("/api/v6/me/shareables/get-or-create", wish);
      tell(done, reply !== null && reply.isOk ? reply.body : null);
    };
    this.#consent.whenGiven(() => void ask());
  }

  /** Who has opened the link of a verification mail, and was known by that address before. */
  verify(mark: string): void {
    this.#consent.whenGiven(() => void this.#transport.verify(mark));
  }

  /** The next call makes somebody new. */
  logout(): void {
    this.#events.detach();
    this.#storage.set(CODE, null);
    this.tokens.set(null);
  }

  grantConsent(): void {
    this.#choice.set(CONSENT, GIVEN);
    this.#goOn();
  }

  revokeConsent(): void {
    this.#choice.set(CONSENT, this.#settings.isConsentRequired ? null : REFUSED);
    this.#forget();
  }

  #goOn(): void {
    this.#storage.keep();
    this.#consent.grant();
  }

  #forget(): void {
    this.#consent.revoke();
    this.#events.forget();
    this.#storage.forget([TOKEN, EVENTS, CODE]);
  }

  #withPage(data: Json): Json {
    const { labels } = this.#settings;
    const code = this.#storage.get(CODE);
    return { ...(labels === "" ? {} : { labels }), ...(code === null ? {} : { advocate_code: code }), ...data };
  }
}
