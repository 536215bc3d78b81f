// Verification: what becomes of the link of a verification mail.
//
//   V1. Who opens it is verified, and leaves with a cookie. It works for as long as it lives, as often as it is opened: what reads mails opens their links first.
//   V2. A page of another site has no cookie of ours, and the script for pages keeps a token of its own. So the page's address bears a mark, in the part that
//       no server is sent; the script takes it off and brings it here, with the visitor's token.
//   V3. A mark makes nobody somebody else: it only lifts the token of who is identified as its person already. An address that is passed on with its mark, or
//       slipped to somebody, changes nothing for whoever gets it.
//   V4. A wrong mark says nothing of the visitor's token, which stays as it is.
//   V5. A link proves the address that it was sent to. When the person has another by then, that one's mailbox is not this one's reader's.

import { createHash } from "node:crypto";
import { apiError } from "../../model/errors.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import { VERIFICATION_MARK_SECONDS, VERIFICATION_SECONDS } from "../limits.ts";
import { textOf } from "../server/bodies.ts";
import { open, text } from "../server/schema_words.ts";
import { lifetimeOf } from "./next_token.ts";
import { type Self, type SelfParts, withSelf } from "./self.ts";
import { type ConsumerSettings, destinationFor } from "./settings.ts";
import { DEVICE_BYTES, newDevice, type TokenMint } from "./token_mint.ts";
import { answerToken, consumerTokenSchema } from "./tokens.ts";
import { type CookieRule, cookieHeaders, tokenHeaders } from "./web_answers.ts";

export interface VerificationParts extends SelfParts {
  readonly mint: TokenMint;
  /** Of links; of keys that sign nothing else. */
  readonly linkMint: TokenMint;
  /** V2. Likewise. */
  readonly markMint: TokenMint;
  readonly settings: ConsumerSettings;
  readonly cookies: CookieRule;
}

const path = "/verify";
/** As the script for pages knows it (`sdk/navigation.ts`). */
const MARK = "extole_verified";

export function verificationRoutes(parts: VerificationParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", path } as const;
  return [
    {
      ...common,
      method: "GET",
      scopes: "optional",
      operation: "verifyAddress",
      summary: "Open the link of a verification mail: a verified token, then the brand's page",
      query: [{ name: "link", schema: text }],
      request: null,
      response: null,
      softly: async (_call, error) => answerError(error),
      run: (call) => openLink(parts, call),
    },
    {
      ...common,
      method: "POST",
      scopes: ["UPDATE_PROFILE"],
      operation: "verifyVisitor",
      summary: "Go on as verified, by the mark that such a link left in the page's address",
      query: [],
      request: open({ mark: text }),
      response: consumerTokenSchema,
      run: (call) => withSelf(parts, call, (self) => lift(parts, self, textOf(call.body, "mark") ?? "")),
    },
  ];
}

/** What a mail's link bears. */
export function linkFor(linkMint: TokenMint, person: { client: string; id: string; email: string }): string {
  const { client, id: personId, email } = person;
  const wish = { client, device: deviceOf(email), personId, level: "verified" } as const;
  return linkMint.mint({ ...wish, lifetimeSeconds: VERIFICATION_SECONDS }, Date.now()).token;
}

/** V5. A link belongs to no device; it has an address instead. */
function deviceOf(email: string): string {
  return createHash("sha256").update(email).digest().subarray(0, DEVICE_BYTES).toString("base64url");
}

/** V1. */
async function openLink(parts: VerificationParts, call: Call): Promise<Answer> {
  const nowMs = Date.now();
  const link = parts.linkMint.read(new QueryReader(call.query).text("link") ?? "");
  if (link === null || link.personId === null || link.client !== call.grant.client) {
    return answerError(apiError("invalid_access_token"));
  }
  if (link.expiresMs <= nowMs) return answerError(apiError("expired_access_token"));
  const person = await parts.directory.person(link.client, link.personId);
  if (person === null) return answerError(apiError("person_not_found"));
  // V5.
  if (person.email === null || link.device !== deviceOf(person.email))
    return answerError(apiError("invalid_access_token"));
  const device = call.grant.holder?.device ?? newDevice();
  const wish = { client: link.client, device, personId: person.id, level: "verified" } as const;
  const holder = parts.mint.mint({ ...wish, lifetimeSeconds: lifetimeOf("verified") }, nowMs);
  const mark = parts.markMint.mint({ ...wish, lifetimeSeconds: VERIFICATION_MARK_SECONDS }, nowMs).token;
  return {
    kind: "raw",
    status: 302,
    body: "",
    contentType: "text/plain; charset=utf-8",
    headers: [
      ["location", marked(destinationFor(parts.settings, link.client), mark)],
      ["referrer-policy", "no-referrer"],
      ...tokenHeaders(holder),
      ...cookieHeaders(call, holder, parts.cookies),
    ],
  };
}

/** V2. What the address has of its own in that part stays before it. */
function marked(destination: string, mark: string): string {
  const separator = destination.includes("#") ? "&" : "#";
  return `${destination}${separator}${MARK}=${mark}`;
}

/** V3, V4. */
async function lift(parts: VerificationParts, { holder, person }: Self, given: string): Promise<Answer> {
  const nowMs = Date.now();
  const mark = parts.markMint.read(given.trim());
  const isGood = mark !== null && mark.client === holder.client && mark.expiresMs > nowMs;
  const proven = isGood && mark.personId !== null ? await parts.directory.person(mark.client, mark.personId) : null;
  if (proven === null || person === null || proven.id !== person.id) return answerError(apiError("access_denied"));
  if (holder.level === "verified") return answerToken(holder);
  const wish = { client: holder.client, device: holder.device, personId: person.id, level: "verified" } as const;
  return answerToken(parts.mint.mint({ ...wish, lifetimeSeconds: lifetimeOf("verified") }, nowMs));
}
