// As much of a browser as the script for pages asks for: tabs of one shop that share a storage, and a programme that answers as a test says. The script is
// the built one, so what is tested is what is served.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Context, createContext, Script } from "node:vm";

export const SHOP = "https://shop.example.com";
export const PROGRAMME = "https://programme.example.com";

const script = new Script(readFileSync(join(import.meta.dirname, "../../dist/src/sdk/core.js"), "utf8"));

export interface Called {
  readonly path: string;
  readonly token: string | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isBeacon: boolean;
}

/** `body`: text is sent as it is; null: there is no answer. */
export type Answered = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: object | string;
};

export class Browser {
  readonly storage = new Map<string, string>();
  readonly calls: Called[] = [];
  readonly tabs: Tab[] = [];
  isOnline = true;
  /** What the programme says; undefined: as it does when all is well. */
  answer: (called: Called) => Answered | null | undefined | Promise<Answered | null | undefined> = () => undefined;
  #tokens = 0;

  /** @param globals of the page, before the script is loaded */
  open(globals: object = {}, dataset: object = {}): Tab {
    const tab = new Tab(this, globals, dataset);
    this.tabs.push(tab);
    tab.load();
    return tab;
  }

  /** Of events that were heard, whoever brought them. */
  events(): Called[] {
    return this.calls.filter(({ path }) => path === "/events");
  }

  async reply(called: Called): Promise<Response> {
    this.calls.push(called);
    const said = this.isOnline ? await this.answer(called) : null;
    if (said === null) throw new TypeError("Failed to fetch");
    const { status = 200, headers, body } = said ?? this.#usual(called);
    const init = headers === undefined ? { status } : { status, headers };
    return new Response(typeof body === "string" ? body : JSON.stringify(body), init);
  }

  #usual({ path, token }: Called): Answered {
    if (path === "/api/v5/token") return { body: { access_token: `T${++this.#tokens}` } };
    return { body: path === "/events" ? { id: "1", token } : { campaign_id: "7", data: {} } };
  }
}

type Listener = (event: object) => void;

export class Tab {
  readonly timers: { run: () => void; id: number }[] = [];
  /** What reached nobody's hands. */
  readonly thrown: unknown[] = [];
  readonly #browser: Browser;
  readonly #listeners: [string, Listener][] = [];
  readonly #document = { visibilityState: "visible" };
  readonly #page: { readonly document: object; extole?: Extole };
  readonly #context: Context;
  #timerIds = 0;

  constructor(browser: Browser, globals: object, dataset: object) {
    this.#browser = browser;
    class HTMLScriptElement {
      readonly src = `${PROGRAMME}/core.js`;
      readonly dataset = dataset;
    }
    const addEventListener = (name: string, listener: Listener): void => void this.#listeners.push([name, listener]);
    const document = Object.assign(this.#document, {
      addEventListener,
      currentScript: new HTMLScriptElement(),
      referrer: "",
      getElementById: () => null,
    });
    const own = {
      HTMLScriptElement,
      addEventListener,
      document,
      URL,
      URLSearchParams,
      AbortController,
      location: new URL(`${SHOP}/`),
      history: { pushState: () => {}, replaceState: () => {} },
      // A page that is not secure: there is no `randomUUID`.
      crypto: { getRandomValues: (into: Uint32Array) => crypto.getRandomValues(into) },
      navigator: this.#navigator(),
      localStorage: this.#storage(),
      fetch: (url: string, init: RequestInit) => this.#fetch(url, init),
      setTimeout: (run: () => void, ms?: number) => this.#setTimeout(run, ms),
      clearTimeout: (id: number) => this.#clearTimeout(id),
    };
    this.#page = Object.assign(own, globals, { window: own });
    this.#context = createContext(this.#page);
  }

  get extole(): Extole {
    const { extole } = this.#page;
    if (extole === undefined) throw new Error("the script is not there");
    return extole;
  }

  load(): void {
    script.runInContext(this.#context);
  }

  hear(name: string, event: object = {}): void {
    for (const [heard, listener] of this.#listeners) if (heard === name) listener(event);
  }

  hide(): void {
    this.#document.visibilityState = "hidden";
    this.hear("visibilitychange");
  }

  /** All that wait, once. */
  runTimers(): void {
    for (const { run } of this.timers.splice(0)) {
      try {
        run();
      } catch (error) {
        this.thrown.push(error);
      }
    }
  }

  #setTimeout(run: () => void, ms = 0): number {
    const id = ++this.#timerIds;
    // A call's own end is never waited for here.
    if (ms !== CALL_TIMEOUT_MS) this.timers.push({ run, id });
    return id;
  }

  #clearTimeout(id: number): void {
    const at = this.timers.findIndex((timer) => timer.id === id);
    if (at >= 0) this.timers.splice(at, 1);
  }

  #navigator(): object {
    const browser = this.#browser;
    return {
      get onLine() {
        return browser.isOnline;
      },
      sendBeacon: (url: string, form: URLSearchParams) => {
        const { pathname, searchParams } = new URL(url);
        const token = searchParams.get("access_token");
        browser.calls.push({ path: pathname, token, body: Object.fromEntries(form), isBeacon: true });
        return true;
      },
    };
  }

  #storage(): object {
    const { storage, tabs } = this.#browser;
    const set = (key: string, newValue: string | null): void => {
      if ((storage.get(key) ?? null) === newValue) return;
      if (newValue === null) storage.delete(key);
      else storage.set(key, newValue);
      for (const tab of tabs) if (tab !== this) tab.hear("storage", { key, newValue });
    };
    return {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: set,
      removeItem: (key: string) => set(key, null),
    };
  }

  #fetch(url: string, { body, headers }: RequestInit): Promise<Response> {
    const token = new Headers(headers).get("authorization")?.replace("Bearer ", "") ?? null;
    return this.#browser.reply({ path: new URL(url).pathname, token, body: objectIn(body), isBeacon: false });
  }
}

const CALL_TIMEOUT_MS = 15_000;

export interface Extole {
  sendEvent(name: string, data?: object, sent?: (answer: { readonly id: string } | null) => void): void;
  identify(email: string): void;
  identifyJwt(jwt: string): void;
  createZone(wish: object, done: (zone: object | null) => void): void;
  readonly tokenStore: { get(): string | null; set(token: string | null): void; onChange(listener: () => void): void };
  readonly userService: { logout(): void };
  readonly consent: { grant(): void; revoke(): void };
}

function objectIn(body: unknown): Readonly<Record<string, unknown>> {
  const read: unknown = typeof body === "string" ? JSON.parse(body) : null;
  return typeof read === "object" && read !== null ? { ...read } : {};
}
