// A referral in a real browser: the demo shop, the script in its page, cookies, another site's page, a network that goes away. `npm run test:browser`.
//
// Needs Chromium on the PATH (Debian: `apt-get install chromium`). Pictures of the pages are kept in the temporary directory that is printed at the end.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startServer, TOKEN } from "../support/server_process.ts";
import { freePort } from "../support/free_port.ts";

const pictures = mkdtempSync(join(tmpdir(), "laurel-browser-"));
let server: ServerProcess;
let browser: Browser;
let shop: Server;
/** Of a shop that is another site to browsers: `localhost` is not `127.0.0.1`. */
let shopUrl: string;

beforeAll(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const shopPort = await freePort();
  shopUrl = `http://localhost:${shopPort}`;
  const environment = {
    LAUREL_SHARE_URL: url,
    LAUREL_SHARE_DESTINATION: `${url}/demo`,
    LAUREL_CONSUMER_ORIGINS: shopUrl,
  };
  server = await startServer({ port, environment });
  const page = readFileSync(join(import.meta.dirname, "../../src/sdk/demo.html"), "utf8");
  const elsewhere = page.replace('src="/core.js"', `src="${url}/core.js"`);
  shop = createServer((_request, response) => response.setHeader("content-type", "text/html").end(elsewhere));
  await new Promise<void>((resolve) => shop.listen(shopPort, "localhost", resolve));
  const executablePath = spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
  if (executablePath === "") throw new Error("there is no chromium on the PATH: apt-get install chromium");
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser.close();
  shop.close();
  await server.stop();
  process.stderr.write(`pictures: ${pictures}\n`);
});

test("a friend follows the link of an advocate and buys; the advocate sees the reward, the friend has a coupon", {
  timeout: 120_000,
}, async () => {
  const [advocate, friend] = [fresh("april"), fresh("frank")];
  const april = await visit(`${server.url}/demo`);
  const link = await linkOf(april, advocate);
  await picture(april, "1-advocate-has-a-link");

  const frank = await visit(link);
  expect(frank.url()).toContain("/demo?");
  await expect.poll(() => text(frank, "#visitor")).toContain("10 % off");
  await picture(frank, "2-friend-followed-it");
  await buy(frank, friend);
  await picture(frank, "3-friend-bought");

  await expect.poll(() => look(april), { timeout: 20_000, interval: 500 }).toContain("25 USD EARNED");
  await picture(april, "4-advocate-sees-the-reward");
  await expect.poll(() => rewardsOf(friend)).toMatchObject([{ state: "FULFILLED", face_value_type: "PERCENT_OFF" }]);
});

test("the same in a shop of another site, where browsers keep no cookies for us", { timeout: 120_000 }, async () => {
  const [advocate, friend] = [fresh("ada"), fresh("fred")];
  const ada = await visit(shopUrl);
  const link = await linkOf(ada, advocate);
  const code = new URL(link).pathname.slice(1);
  const fred = await visit(`${shopUrl}/?advocate_code=${code}`);
  await buy(fred, friend);
  await expect.poll(() => look(ada), { timeout: 20_000, interval: 500 }).toContain("25 USD EARNED");
});

test("what a visitor does without a network arrives when it is back, once, also when the page was left meanwhile", {
  timeout: 120_000,
}, async () => {
  const email = fresh("nora");
  const page = await visit(`${server.url}/demo`);
  await page.context().setOffline(true);
  await page.evaluate(`extole.sendEvent("signed_up", { email: "${email}" })`);
  await page.evaluate(`extole.sendEvent("shared", { email: "${email}" })`);
  const kept = await page.evaluate(
    `JSON.parse(localStorage.getItem("extole.events")).map((event) => event.event_name)`,
  );
  expect((kept as string[]).slice(-2)).toEqual(["signed_up", "shared"]);
  await page.context().setOffline(false);
  await page.goto(`${server.url}/demo?left`);
  await expect.poll(() => stepsOf(email), { timeout: 20_000 }).toEqual(["shared", "signed_up"]);
  await expect.poll(() => page.evaluate(`localStorage.getItem("extole.events")`)).toBeNull();
});

test("an image reports an event, and its cookie makes the next one the same visitor's", {
  timeout: 60_000,
}, async () => {
  const email = fresh("pia");
  const page = await visit(`${server.url}/healthz`);
  const pixel = (query: string) => page.evaluate(`fetch("/events/signed_up?${query}").then((reply) => reply.json())`);
  const first = (await pixel(`email=${encodeURIComponent(email)}`)) as { token: string };
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name, value }) => [name, value])).toContainEqual(["access_token", first.token]);
  await pixel("again=1");
  await expect.poll(() => stepsOf(email)).toHaveLength(2);
});

test("without consent nothing is stored or sent; with it, what waited is sent", { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const html = `<script src="${server.url}/core.js" data-consent="required"></script>`;
  await page.route("**/careful", (route) => route.fulfill({ contentType: "text/html", body: html }));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/careful`);
  const email = fresh("cora");
  await page.evaluate(`extole.sendEvent("signed_up", { email: "${email}" })`);
  expect(await page.evaluate("localStorage.length")).toBe(0);
  expect(asked).not.toContain("/events");
  await page.evaluate("extole.consent.grant()");
  await expect.poll(() => stepsOf(email)).toEqual(["signed_up"]);
  await page.evaluate("extole.consent.revoke()");
  expect(await page.evaluate("localStorage.length")).toBe(0);
});

test("a page that changes its address without loading is seen", { timeout: 60_000 }, async () => {
  const page = await visit(`${server.url}/demo`);
  const seen = page.waitForRequest((request) => (request.postData() ?? "").includes("second-view"));
  await page.evaluate(`history.pushState({}, "", "/demo?second-view")`);
  expect(JSON.parse((await seen).postData() ?? "{}")).toMatchObject({ event_name: "page_viewed" });
});

/** In a browser of its own: nobody whom we know. */
async function visit(url: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function linkOf(page: Page, email: string): Promise<string> {
  await page.fill("#advocate-email", email);
  await page.click("#advocate button");
  await expect.poll(() => text(page, "#link"), { timeout: 10_000 }).toMatch(/^http/);
  return text(page, "#link");
}

async function buy(page: Page, email: string): Promise<void> {
  await page.fill("#order-email", email);
  await page.click("#order button");
  await expect.poll(() => text(page, "#bought"), { timeout: 10_000 }).toContain("Thank you");
}

async function look(page: Page): Promise<string> {
  await page.click("#look");
  await page.waitForTimeout(300);
  return text(page, "#rewards");
}

async function text(page: Page, selector: string): Promise<string> {
  return (await page.textContent(selector)) ?? "";
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function rewardsOf(email: string): Promise<unknown> {
  const id = await personIdOf(email);
  return id === null ? [] : ask(`/v2/rewards?person_id=${id}`);
}

async function stepsOf(email: string): Promise<string[]> {
  const id = await personIdOf(email);
  if (id === null) return [];
  const steps = (await ask(`/v5/persons/${id}/steps`)) as { readonly name: string }[];
  return steps.map(({ name }) => name).toSorted();
}

async function personIdOf(email: string): Promise<string | null> {
  const [person] = (await ask(`/v5/persons?identity_key_value=${encodeURIComponent(email)}`)) as {
    readonly id: string;
  }[];
  return person?.id ?? null;
}

async function ask(path: string): Promise<unknown> {
  const reply = await fetch(server.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(reply.status).toBe(200);
  return reply.json();
}

let made = 0;

function fresh(name: string): string {
  return `${name}${Date.now().toString(36)}${made++}@example.com`;
}
