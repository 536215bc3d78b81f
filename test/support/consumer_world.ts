// A whole node with two clients whose consumers come by pages and apps, and the few verbs with which tests play them.

import { request } from "node:http";
import { CompactSign } from "jose";
import { afterAll, beforeAll } from "vitest";
import {
  type ApiLimits,
  type ConsumerSettings,
  FixedTokens,
  type Grant,
  hashToken,
  startFront,
} from "../../src/api/mod.ts";
import { callerScopes } from "../../src/model/event.ts";
import type { CampaignDocument, ProgramDocument } from "../../src/model/campaign.ts";
import { AesSealer, SignedOptOutLinks } from "../../src/secrets/mod.ts";
import { ask, type Asked, recordingLogger, type Reply } from "../api/front_fixture.ts";
import { newDirectory, openNode, removeDirectory } from "../runtime/open_node.ts";
import {
  action,
  campaign,
  condition,
  coupons,
  datum,
  earn,
  entry,
  on,
  onType,
  programme,
  supplier,
  trigger,
} from "./story.ts";

export const OWN = { client: "acme", token: "own-token", host: "127.0.0.1" } as const;
export const RIVAL = { client: "rival", token: "rival-token", host: "go.rival.example.com" } as const;
export const AUDIENCE = "vips";
export const SHARE_URL = "https://acme.example.com";
export const OPT_OUT_KEYS = [Buffer.alloc(32, 10)] as const;
export const SHOP = "https://shop.example.com/start";
export const RIVAL_SHOP = "https://rival-shop.example.com/";

const settings: ConsumerSettings = {
  tokenKeys: [Buffer.alloc(32, 7), Buffer.alloc(32, 8)],
  defaultClient: OWN.client,
  hosts: new Map([[RIVAL.host, RIVAL.client]]),
  origins: ["https://shop.example.com"],
  shareDestination: SHOP,
  shareDestinations: new Map([[RIVAL.client, RIVAL_SHOP]]),
  shareHosts: new Set(["blog.example.com"]),
  trustedProxies: 1,
  pages: [],
};

function programOf({ client }: { readonly client: string }, more: CampaignDocument["steps"]): ProgramDocument {
  const steps = [
    ...more,
    entry("ADVOCATE", "shared"),
    entry("FRIEND", "share_clicked"),
    on("product_viewed"),
    on("identify"),
    onType("IDENTIFIED", "identified"),
    on("share_clicked", { journey_names: ["FRIEND"] }),
    on("share", { data: [datum("share.channel")], actions: [action("SHARE_EVENT")] }),
    on("subscribed", { actions: [action("CREATE_MEMBERSHIP", { audience_id: AUDIENCE })] }),
    on("converted", {
      journey_names: ["FRIEND"],
      data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("cart_value", "VALUE")],
      actions: [
        earn("COUPON"),
        action("FIRE_AS_PERSON", {
          event_name: "friend_converted",
          as_person_identification: {
            type: "PERSON_ID",
            value: "javascript@runtime:context.getOtherPerson().getId()",
          },
          data: {},
          labels: [],
        }),
      ],
    }),
    onType("INTERNAL", "friend_converted", { actions: [earn("CREDIT")] }),
    on("mobile_reward", {
      triggers: [condition("QUALITY", 'context.getPerson().getEmail() !== "bad@example.com"')],
      actions: [{ ...earn("CREDIT"), quality: "HIGH" }],
    }),
    on("secret", {
      triggers: [trigger("ACCESS", { trigger_phase: "QUALIFYING", trusted_scopes: ["VERIFIED_CONSUMER"] })],
    }),
  ];
  return programme(steps, {
    client,
    suppliers: [supplier("CREDIT"), coupons("COUPON", ["C-1", "C-2", "C-3", "C-4"])],
    audiences: [{ id: AUDIENCE, name: "Very important" }],
    campaigns: [campaign(steps, { program_label: "refer-a-friend" }), club],
  });
}

/** Another programme of the client, whose friends are the same persons. */
const club = campaign(
  [on("club_joined", { scope: "PUBLIC", data: [datum("member_id", "UNIQUE_PARTNER_EVENT_KEY")] })],
  { campaign_id: "7078714483452798777", name: "Club", program_label: "club" },
);

export interface ConsumerWorld {
  readonly port: number;
  /** As a page or app does: no token unless one is given, raw headers as they are. */
  visit(path: string, asked?: Asked): Promise<Reply>;
  /** As the client's back end does. */
  serve(path: string, asked?: Asked): Promise<Reply>;
}

/** One node for all tests of a file: they share no persons. */
export function consumerWorld(
  changed: Partial<ConsumerSettings> = {},
  steps: CampaignDocument["steps"] = [],
  limits: Partial<ApiLimits> = {},
): ConsumerWorld {
  let port = 0;
  const closes: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    const directory = newDirectory();
    closes.push(() => removeDirectory(directory));
    const node = await openNode(directory, { programs: [programOf(OWN, steps), programOf(RIVAL, steps)] });
    closes.push(() => node.abandon());
    const front = await startFront({
      host: "127.0.0.1",
      port: 0,
      runtime: node.runtime,
      configuration: node.runtime.configuration,
      tokens: new FixedTokens(new Map([grantOf(OWN), grantOf(RIVAL)])),
      consumers: { ...settings, ...changed },
      sealer: new AesSealer([Buffer.alloc(32, 9)]),
      optOutLinks: new SignedOptOutLinks(OPT_OUT_KEYS),
      shareUrl: SHARE_URL,
      limits: { drainTimeoutMs: 2_000, ...limits },
      metricsText: async () => "",
      observeRequest: () => {},
      logger: recordingLogger([]),
    });
    closes.push(() => front.stop());
    ({ port } = front);
  });
  afterAll(async () => {
    for (const close of closes.reverse()) await close();
  });
  return {
    get port() {
      return port;
    },
    visit: (path, asked = {}) =>
      asked.headers?.["host"] === undefined ? ask(port, path, { token: null, ...asked }) : askHost(port, path, asked),
    serve: (path, asked = {}) => ask(port, path, { token: OWN.token, ...asked }),
  };
}

/** `fetch` sets the host itself. */
function askHost(port: number, path: string, { method, token, headers, body }: Asked): Promise<Reply> {
  const all = { ...headers, ...(token === undefined || token === null ? {} : { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method: method ?? (body === undefined ? "GET" : "POST"), headers: all });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const flat = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
        const parsed: unknown = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined;
        resolve({ status: answer.statusCode ?? 0, headers: new Headers(flat), text, body: parsed });
      });
    });
    sent.end(typeof body === "string" ? body : undefined);
  });
}

let made = 0;

/** An address that nobody had before. */
export function freshEmail(name = "frank"): string {
  return `${name}${Date.now().toString(36)}${(made++).toString(36)}@y.com`;
}

function grantOf({ client, token }: { readonly client: string; readonly token: string }): [string, Grant] {
  return [hashToken(token), { client, scopes: callerScopes, expiresMs: null }];
}

/** The member of an answer as a text. */
export function textIn(reply: Reply, name: string): string {
  const { body } = reply;
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value !== "string") throw new Error(`no ${name} in ${reply.status} ${reply.text}`);
  return value;
}

export async function newToken(world: ConsumerWorld, wanted: object = {}): Promise<string> {
  return textIn(await world.visit("/api/v5/token", { body: JSON.stringify(wanted) }), "access_token");
}

export function event(name: string, data: object = {}, more: object = {}): string {
  return JSON.stringify({ event_name: name, data, ...more });
}

/** Somebody with an e-mail, by events alone. */
export async function identified(world: ConsumerWorld, email: string): Promise<string> {
  const token = await newToken(world);
  return textIn(await world.visit("/events", { token, body: event("identify", { email }) }), "token");
}

const JWT_SECRET = "0123456789abcdef0123456789abcdef";

/** What the client signs for somebody. */
export async function verifyingJwt(world: ConsumerWorld, email: string): Promise<string> {
  const kid = "verifying";
  const key = { name: kid, type: "JWT", algorithm: "HS256", key: JWT_SECRET, partner_key_id: kid };
  const made = await world.serve("/v2/settings/security/keys", { body: JSON.stringify(key) });
  if (made.status !== 200 && !made.text.includes("duplicate")) throw new Error(made.text);
  const claims = Buffer.from(JSON.stringify({ email, scope: "VERIFIED_CONSUMER" }));
  return new CompactSign(claims).setProtectedHeader({ alg: "HS256", kid }).sign(Buffer.from(JWT_SECRET));
}

/** Somebody for whom the client signs. */
export async function verified(world: ConsumerWorld, email: string): Promise<string> {
  return newToken(world, { jwt: await verifyingJwt(world, email) });
}

export const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";

/** As a browser opens a link; redirections are not followed. */
export async function openLink(
  world: ConsumerWorld,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${world.port}${path}`, {
    redirect: "manual",
    headers: { "user-agent": BROWSER, ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: undefined };
}

/** Brings a file. */
export function anAsset(
  world: ConsumerWorld,
  token: string,
  about: object,
  content: string,
  filename = "card.pdf",
): Promise<Reply> {
  const boundary = "----laurel";
  const head = (more: string): string => `--${boundary}\r\nContent-Disposition: form-data; ${more}\r\n`;
  const body =
    `${head('name="asset"')}\r\n${JSON.stringify(about)}\r\n` +
    `${head(`name="file"; filename="${filename}"`)}Content-Type: application/octet-stream\r\n\r\n${content}\r\n--${boundary}--\r\n`;
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return world.visit("/api/v4/me/assets", { token, body, headers });
}

/** Of the person behind an e-mail, as the back end sees it. */
export async function personBy(world: ConsumerWorld, email: string): Promise<{ readonly id: string }> {
  const { body } = await world.serve(`/v5/persons?identity_key_value=${encodeURIComponent(email)}`);
  const [person] = Array.isArray(body) ? (body as { id: string }[]) : [];
  if (person === undefined) throw new Error(`nobody has ${email}`);
  return person;
}

export async function listOf(world: ConsumerWorld, path: string): Promise<Record<string, unknown>[]> {
  const reply = await world.serve(path);
  if (!Array.isArray(reply.body)) throw new Error(`${path}: ${reply.text}`);
  return reply.body as Record<string, unknown>[];
}

export async function stepNamesOf(world: ConsumerWorld, personId: string): Promise<string[]> {
  const steps = await listOf(world, `/v5/persons/${personId}/steps?limit=1000`);
  return steps.map(({ name }) => String(name)).toSorted();
}
