// What a page sees: `extole`, in the shape that published snippets call.

import type { Sent } from "./event_queue.ts";
import { onNavigation, takeMark } from "./navigation.ts";
import { Page } from "./page.ts";
import { readSettings } from "./settings.ts";
import type { Json } from "./transport.ts";
import type { Zone, ZoneWish } from "./zones.ts";

type Extole = ReturnType<typeof extoleOf>;

declare global {
  interface Window {
    /** Before the script is there, a page may have put calls into `q`: name and arguments of each. */
    extole?: Partial<Extole> & { q?: [string, ArrayLike<unknown>][] };
  }
}

// A page that loads the script twice has one visitor all the same, who sees each page once.
if (window.extole?.tokenStore === undefined) begin(new Page(readSettings(document.currentScript)));

function begin(page: Page): void {
  const extole = extoleOf(page);
  const waiting = window.extole?.q ?? [];
  window.extole = Object.assign(window.extole ?? {}, extole);
  const mark = takeMark();
  if (mark !== null) page.verify(mark);
  onNavigation(() => page.viewed());
  page.viewed();
  for (const [name, parameters] of waiting) {
    const call: unknown = Reflect.get(extole, name);
    if (typeof call === "function") Reflect.apply(call, extole, Array.from(parameters));
  }
}

function extoleOf(page: Page) {
  const nothing = (): void => {};
  return {
    createZone: (wish: ZoneWish, done: (zone: Zone | null) => void = nothing): void => page.createZone(wish, done),
    sendEvent: (name: string, data: Json = {}, sent: Sent = nothing): void => page.sendEvent(name, data, sent),
    identify: (email: string, data: Json = {}, sent: Sent = nothing): void =>
      page.sendEvent("identify", { ...data, email }, sent),
    identifyJwt: (jwt: string, data: Json = {}, sent: Sent = nothing): void =>
      page.sendEvent("identify", data, sent, jwt),
    shareLink: (wish: { readonly label?: string; readonly key?: string }, done: Sent = nothing): void =>
      page.shareLink(wish, done),
    share: (channel: string, data: Json = {}, sent: Sent = nothing): void =>
      page.sendEvent("share", { ...data, "share.channel": channel }, sent),
    tokenStore: page.tokens,
    userService: { logout: (): void => page.logout() },
    consent: { grant: (): void => page.grantConsent(), revoke: (): void => page.revokeConsent() },
  };
}
