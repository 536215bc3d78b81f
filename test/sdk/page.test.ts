// What the script for pages does with what goes wrong: nothing is lost, counted twice, taken for somebody else's, or thrown into the page.

import { expect, onTestFinished, test, vi } from "vitest";
import { Browser, type Called } from "./browser.ts";

const EVENTS = "extole.events";
const DAY_MS = 86_400_000;

/** What was promised meanwhile is done. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const names = (calls: readonly Called[]): unknown[] => calls.map(({ body }) => body["event_name"]);
const kept = (browser: Browser): unknown[] => {
  const events: unknown = JSON.parse(browser.storage.get(EVENTS) ?? "[]");
  return Array.isArray(events) ? events.map(({ event_name }: { event_name: string }) => event_name) : [];
};

test("events of two tabs wait side by side, and those of a closed one are sent by the next", async () => {
  const browser = new Browser();
  browser.isOnline = false;
  const [one, other] = [browser.open(), browser.open()];
  one.extole.sendEvent("first");
  other.extole.sendEvent("second");
  await settle();
  expect(kept(browser)).toEqual(["first", "second"]);
  browser.isOnline = true;
  browser.open();
  await settle();
  expect(names(browser.events())).toEqual(["first", "second"]);
  expect(kept(browser)).toEqual([]);
});

test("two tabs that ask for a token at once go on with one", async () => {
  const browser = new Browser();
  const [one, other] = [browser.open(), browser.open()];
  one.extole.sendEvent("first");
  other.extole.sendEvent("second");
  await settle();
  expect(browser.calls.filter(({ path }) => path === "/api/v5/token")).toHaveLength(2);
  expect(new Set(browser.events().map(({ token }) => token)).size).toBe(1);
  one.extole.userService.logout();
  expect(other.extole.tokenStore.get()).toBeNull();
});

test("what one tab does not want any more, others neither send nor store", async () => {
  const browser = new Browser();
  const careful = { consent: "required" };
  const [one, other] = [browser.open({}, careful), browser.open({}, careful)];
  one.extole.consent.grant();
  other.extole.sendEvent("wanted");
  await settle();
  one.extole.consent.revoke();
  other.extole.sendEvent("unwanted");
  await settle();
  expect(names(browser.events())).toEqual(["wanted"]);
  expect([...browser.storage.keys()]).toEqual([]);
});

test("who refuses where pages do not ask is refused on all of them, until there is consent", async () => {
  const browser = new Browser();
  const [one, other] = [browser.open(), browser.open()];
  one.extole.sendEvent("wanted");
  await settle();
  one.extole.consent.revoke();
  const next = browser.open({}, { trackPages: "" });
  for (const tab of [one, other, next]) tab.extole.sendEvent("unwanted");
  await settle();
  expect(names(browser.events())).toEqual(["wanted"]);
  expect([...browser.storage]).toEqual([["extole.consent", "refused"]]);
  other.extole.consent.grant();
  await settle();
  expect(names(browser.events())).toEqual(["wanted", "unwanted", "page_viewed", "unwanted", "unwanted"]);
  browser.open().extole.sendEvent("seen");
  await settle();
  expect(names(browser.events()).at(-1)).toBe("seen");
});

test("a blank code in the address is none, and the friend's stays", async () => {
  const browser = new Browser();
  const at = (query: string) => ({ location: new URL(`https://shop.example.com/${query}`) });
  browser.open(at("?advocate_code=APRIL"));
  for (const query of ["?advocate_code=", "?advocate_code=%20", "?utm_source=extole_friend&utm_content="]) {
    browser.open(at(query)).extole.sendEvent("seen");
    await settle();
  }
  browser.open(at("?advocate_code=&utm_source=extole_friend&utm_content=MAY")).extole.sendEvent("seen");
  await settle();
  const codes = browser.events().map(({ body }) => (body["data"] as Record<string, unknown>)["advocate_code"]);
  expect(codes).toEqual(["APRIL", "APRIL", "APRIL", "MAY"]);
});

test("what no header can carry is no token", async () => {
  for (const token of ["", " ", "gone\n", "\u00fcber"]) {
    const browser = new Browser();
    browser.storage.set("extole.token", token);
    const tab = browser.open();
    tab.extole.sendEvent("seen");
    await settle();
    tab.extole.tokenStore.set(token);
    expect(tab.extole.tokenStore.get()).toBeNull();
    tab.extole.sendEvent("seen");
    await settle();
    expect(browser.events().map((called) => called.token)).toEqual(["T1", "T2"]);
  }
});

test("an event is tried again with the token of its first time, by which it counts once", async () => {
  const browser = new Browser();
  let answer: (() => void) | null = null;
  browser.answer = ({ body }) =>
    body["event_name"] === "identify"
      ? new Promise((resolve) => {
          answer = () => resolve({ body: { id: "1", token: "T-identified" } });
        })
      : undefined;
  const tab = browser.open();
  tab.extole.identify("ann@example.com");
  tab.extole.sendEvent("signed_up");
  await settle();
  tab.hide();
  expect(answer).not.toBeNull();
  (answer as (() => void) | null)?.();
  await settle();
  const tried = browser.events().filter(({ body }) => body["event_name"] === "signed_up");
  expect(tried.map(({ token, isBeacon }) => [token, isBeacon])).toEqual([
    ["T1", true],
    ["T1", false],
  ]);
  expect(tab.extole.tokenStore.get()).toBe("T-identified");
  tab.extole.sendEvent("seen");
  await settle();
  expect(browser.events().at(-1)).toMatchObject({ token: "T-identified", body: { event_name: "seen" } });
});

test("who proved who it is, and left before the answer came, is that one on the next page", async () => {
  const browser = new Browser();
  browser.answer = ({ path }) => (path === "/events" ? new Promise(() => {}) : undefined);
  browser.open().extole.identifyJwt("signed");
  await settle();
  browser.answer = ({ path, body, token }) => {
    if (path === "/events")
      return { headers: { "x-extole-error-message": "message_repeated" }, body: { id: "", token } };
    return body["jwt"] === "signed" ? { body: { access_token: "T-verified" } } : undefined;
  };
  const next = browser.open();
  await settle();
  expect(next.extole.tokenStore.get()).toBe("T-verified");
  expect(kept(browser)).toEqual([]);
});

test.each(["left", "stays"])("an event that two tabs have is sent with one token, where the first %s", async (how) => {
  const browser = new Browser();
  const answers: (() => void)[] = [];
  browser.answer = ({ body }) =>
    body["event_name"] === "identify"
      ? new Promise((resolve) => {
          const token = `T-identified-${answers.length}`;
          answers.push(() => resolve({ body: { id: "1", token } }));
        })
      : undefined;
  const one = browser.open();
  one.extole.identify("ann@example.com");
  one.extole.sendEvent("signed_up");
  await settle();
  browser.open();
  await settle();
  if (how === "left") one.hide();
  // The second tab hears first, and goes on with another token.
  for (const answer of answers.toReversed()) {
    answer();
    await settle();
  }
  const tried = browser.events().filter(({ body }) => body["event_name"] === "signed_up");
  expect(tried.length).toBeGreaterThan(1);
  expect(new Set(tried.map(({ token }) => token)).size).toBe(1);
  expect(kept(browser)).toEqual([]);
});

test("without a token nothing goes by a beacon, which would make somebody else", async () => {
  const browser = new Browser();
  browser.answer = () => new Promise(() => {});
  const tab = browser.open();
  tab.extole.sendEvent("seen");
  await settle();
  tab.hide();
  expect(browser.events()).toEqual([]);
  expect(kept(browser)).toEqual(["seen"]);
});

test("what the browser took on when the page went is not sent again when nobody remembers it any more", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const browser = new Browser();
  const tab = browser.open({ Date });
  tab.extole.sendEvent("seen");
  await settle();
  browser.answer = () => null;
  tab.extole.sendEvent("left");
  await settle();
  tab.hide();
  const heard = browser.events().length;
  browser.answer = () => undefined;
  vi.setSystemTime(Date.now() + DAY_MS);
  // A page that was away for a day goes on as one that is opened then.
  for (const again of [tab, browser.open({ Date })]) {
    again.hide();
    again.runTimers();
    await settle();
  }
  expect(browser.events()).toHaveLength(heard);
  expect(kept(browser)).toEqual([]);
});

test("events of one who logs out stay that one's", async () => {
  const browser = new Browser();
  const tab = browser.open();
  tab.extole.sendEvent("first");
  await settle();
  tab.extole.sendEvent("second");
  tab.extole.sendEvent("third");
  tab.extole.userService.logout();
  tab.extole.sendEvent("of_another");
  await settle();
  expect(browser.events().map(({ token }) => token)).toEqual(["T1", "T1", "T1", "T2"]);
});

test("a page's mistakes stop nothing, and are its own", async () => {
  const browser = new Browser();
  const tab = browser.open();
  const mistake = (): never => {
    throw new Error("of the page");
  };
  tab.extole.tokenStore.onChange(mistake);
  const round: { self?: unknown } = {};
  round.self = round;
  const answers: unknown[] = [];
  tab.extole.sendEvent("round", round, (answer) => answers.push(answer));
  tab.extole.sendEvent("first", {}, mistake);
  tab.extole.sendEvent("second");
  await settle();
  tab.runTimers();
  expect(names(browser.events())).toEqual(["first", "second"]);
  expect(answers).toEqual([null]);
  expect(tab.thrown).toHaveLength(2);
});

test("data are sent as they were when the page said them", async () => {
  const browser = new Browser();
  const basket = { total: 1 };
  browser.open().extole.sendEvent("seen", { basket });
  basket.total = 2;
  await settle();
  expect(browser.events()[0]?.body["data"]).toEqual({ basket: { total: 1 } });
});

test("what arrives at once has no time of its own, and a clock that is wrong costs no event", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const browser = new Browser();
  const tab = browser.open({ Date });
  const ids: unknown[] = [];
  const timesOf = (calls: readonly Called[]): boolean[] => calls.map(({ body }) => "event_time" in body);
  browser.answer = ({ path }) => (path === "/events" ? null : undefined);
  tab.extole.sendEvent("seen", {}, (answer) => ids.push(answer?.id));
  await settle();
  expect(timesOf(browser.events())).toEqual([false]);
  browser.answer = ({ path, body, token }) =>
    path === "/events" && "event_time" in body
      ? { headers: { "x-extole-error-message": "invalid_event_time_format" }, body: { id: "", token } }
      : undefined;
  vi.setSystemTime(Date.now() + 60_000);
  tab.runTimers();
  await settle();
  expect(timesOf(browser.events())).toEqual([false, true, false]);
  expect(ids).toEqual(["1"]);
});

test("an event that something between refuses in words of its own stops no others", async () => {
  const browser = new Browser();
  browser.answer = ({ body }) =>
    body["event_name"] === "large" ? { status: 413, body: "<html>Request Entity Too Large" } : undefined;
  const tab = browser.open();
  tab.extole.sendEvent("large");
  tab.extole.sendEvent("small");
  await settle();
  expect(names(browser.events())).toEqual(["large", "small"]);
  expect(kept(browser)).toEqual([]);
});

test("however many events wait, they are tried one after the other, by one timer", async () => {
  const browser = new Browser();
  browser.answer = ({ path }) => (path === "/events" ? { status: 429, body: {} } : undefined);
  const tab = browser.open();
  for (let n = 0; n < 5; n++) {
    tab.extole.sendEvent(`event_${n}`);
    await settle();
  }
  expect(tab.timers).toHaveLength(1);
  browser.calls.length = 0;
  tab.runTimers();
  await settle();
  expect(names(browser.events())).toEqual(["event_0"]);
});

test("a zone is asked for again when the token holds no more", async () => {
  const browser = new Browser();
  browser.storage.set("extole.token", "old");
  browser.answer = ({ token }) =>
    token === "old" ? { status: 403, body: { code: "expired_access_token" } } : undefined;
  const zones: unknown[] = [];
  const tab = browser.open();
  tab.extole.createZone({ name: "share" }, (zone) => zones.push(zone));
  await settle();
  expect(zones).toMatchObject([{ name: "share" }]);
  expect(tab.extole.tokenStore.get()).toBe("T1");
});

test("a page that may have no HTML written into it gets its zone", async () => {
  const browser = new Browser();
  browser.answer = ({ path }) =>
    path === "/api/v6/zones" ? { body: { campaign_id: "7", data: { html: "<b>" } } } : undefined;
  const zones: unknown[] = [];
  const element = {
    set innerHTML(_html: string) {
      throw new TypeError("This document requires 'TrustedHTML' assignment.");
    },
  };
  browser.open().extole.createZone({ name: "share", element }, (zone) => zones.push(zone));
  await settle();
  expect(zones).toMatchObject([{ name: "share" }]);
  expect(browser.events()).toEqual([]);
});

test("where the browser stores nothing, or no more, things last as long as the page", async () => {
  for (const getItem of [() => null, () => "stale"]) {
    const browser = new Browser();
    const full = (): never => {
      throw new Error("QuotaExceededError");
    };
    const tab = browser.open({ localStorage: { getItem, setItem: full, removeItem: full } });
    tab.extole.tokenStore.onChange(() => {});
    browser.answer = ({ body }) => (body["event_name"] === "identify" ? { body: { id: "1", token: "T9" } } : undefined);
    tab.extole.identify("ann@example.com");
    tab.extole.sendEvent("seen");
    await settle();
    expect(browser.events().at(-1)).toMatchObject({ token: "T9", body: { event_name: "seen" } });
  }
});

test("a script that is loaded twice is there once", async () => {
  const browser = new Browser();
  const tab = browser.open({}, { trackPages: "" });
  const { extole } = tab;
  tab.load();
  await settle();
  expect(tab.extole).toBe(extole);
  expect(names(browser.events())).toEqual(["page_viewed"]);
});

test("who comes by the link of a verification mail goes on as verified, and the mark does not stay in the address", async () => {
  const browser = new Browser();
  browser.storage.set("extole.token", "known");
  browser.answer = ({ path, body }) =>
    path !== "/verify"
      ? undefined
      : body["mark"] === "M_1-x"
        ? { body: { access_token: "proven" }, headers: { "x-extole-token": "proven" } }
        : null;
  const shown: string[] = [];
  const history = {
    state: 7,
    pushState: () => {},
    replaceState: (state: unknown, _: string, url: string) => shown.push(`${String(state)} ${url}`),
  };
  const location = new URL("https://shop.example.com/?a=1#/home&extole_verified=M_1-x");
  const tab = browser.open({ history, location }, { consent: "required" });
  expect(shown).toEqual(["7 https://shop.example.com/?a=1#/home"]);
  await settle();
  expect(browser.calls).toEqual([]);
  tab.extole.consent.grant();
  await settle();
  expect(tab.extole.tokenStore.get()).toBe("proven");
});

test("a mark that proves nothing of the visitor changes nothing, and makes nobody", async () => {
  const browser = new Browser();
  const location = new URL("https://shop.example.com/#extole_verified=M");
  browser.answer = ({ path }) => (path === "/verify" ? { status: 403, body: { code: "access_denied" } } : undefined);
  browser.open({ location });
  await settle();
  expect(browser.calls).toEqual([]);
  browser.storage.set("extole.token", "known");
  const tab = browser.open({ location });
  await settle();
  expect(browser.calls.map(({ path }) => path)).toEqual(["/verify"]);
  expect(tab.extole.tokenStore.get()).toBe("known");
  expect(tab.thrown).toEqual([]);
});
