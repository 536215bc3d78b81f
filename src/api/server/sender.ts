// Sender: what an event and its token say of who sent it -> what rules may ask (`Enrichment`). Hot path.
//
//   E1. Facts are taken once, here, and written into the event's record: rules never find out anything themselves, and a replay sees the same.
//   E2. What nobody said is left out and stays unknown; what is no address, or too long, was not said.
//   E3. Senders who say no more than their scopes and their address share one object of facts: what stands for them is encoded once.
//
// Events come from servers, so the address and browser of the consumer are in the event's data, not in the request.

import { disposableEmailBlocklistSet } from "disposable-email-domains-js";
import { isbot } from "isbot";
import type { Enrichment, LookUpSender } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import { SENDER_TEXT_LENGTH_MAX, USER_AGENTS_REMEMBERED_MAX } from "../limits.ts";

const disposableDomains: ReadonlySet<string> = disposableEmailBlocklistSet();

/** Facts by the scopes of a token, which live as long as its grant is remembered. */
const sharedFacts = new WeakMap<readonly string[], SharedFacts>();

interface SharedFacts {
  readonly withoutEmail: Enrichment;
  readonly disposable: Enrichment;
  readonly lasting: Enrichment;
}

/** Facts about a sender, from the data of an event and the scopes of its token. */
export type DescribeSender = (data: JsonObject, scopes: readonly string[]) => Enrichment;

/** With what providers find out, if there are any. */
export function senderWith(lookUp: LookUpSender | null): DescribeSender {
  if (lookUp === null) return senderOf;
  return (data, scopes) => {
    const facts = senderOf(data, scopes);
    const email = typeof data["email"] === "string" ? data["email"] : null;
    const findings = lookUp({ ip: facts.ip ?? null, userAgent: facts.userAgent ?? null, email });
    for (const _ in findings) return { ...facts, ...findings };
    return facts;
  };
}

export function senderOf(data: JsonObject, scopes: readonly string[]): Enrichment {
  const isDisposableEmail = isDisposable(data["email"]);
  const { withoutEmail, disposable, lasting } = factsOf(scopes);
  const facts = isDisposableEmail === null ? withoutEmail : isDisposableEmail ? disposable : lasting;
  const ip = textOf(data["source_ip"]);
  const userAgent = textOf(data["user_agent"]);
  const referrer = typeof data["referrer"] === "string" ? data["referrer"].slice(0, SENDER_TEXT_LENGTH_MAX) : null;
  const deviceId = textOf(data["device_id"]);
  if (ip === null && userAgent === null && referrer === null && deviceId === null) return facts;
  return {
    ...facts,
    ...(ip === null ? {} : { ip }),
    ...(userAgent === null ? {} : { userAgent, isBot: isBot(userAgent) }),
    ...(referrer === null ? {} : { referrer }),
    ...(deviceId === null ? {} : { deviceId }),
  };
}

function factsOf(scopes: readonly string[]): SharedFacts {
  let facts = sharedFacts.get(scopes);
  if (facts === undefined) {
    facts = {
      withoutEmail: { scopes },
      disposable: { scopes, isDisposableEmail: true },
      lasting: { scopes, isDisposableEmail: false },
    };
    sharedFacts.set(scopes, facts);
  }
  return facts;
}

/** Judging takes 2 us, and most visitors come with one of some hundred browsers. With one more than fit all are forgotten. */
const judgedAgents = new Map<string, boolean>();

/** Says of itself that it is a program. */
export function isBot(userAgent: string): boolean {
  const known = judgedAgents.get(userAgent);
  if (known !== undefined) return known;
  if (userAgent.length > SENDER_TEXT_LENGTH_MAX) return isbot(userAgent);
  if (judgedAgents.size >= USER_AGENTS_REMEMBERED_MAX) judgedAgents.clear();
  const judged = isbot(userAgent);
  judgedAgents.set(userAgent, judged);
  return judged;
}

/** Null when there is no address to judge. */
export function isDisposable(email: unknown): boolean | null {
  if (typeof email !== "string") return null;
  let isPlain = true;
  for (let at = email.length - 1; at >= 0; at--) {
    const unit = email.charCodeAt(at);
    if (unit === AT) {
      const domain = email.slice(at + 1);
      return disposableDomains.has(isPlain ? domain : domain.trim().toLowerCase());
    }
    isPlain &&= isPlainInDomain(unit);
  }
  return null;
}

/** Small letters, digits, dots and dashes: what a domain has that need not be looked at for blanks and capitals. */
function isPlainInDomain(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x2d && unit <= 0x39);
}

const AT = 0x40;

function textOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.trim();
  return text.length === 0 || text.length > SENDER_TEXT_LENGTH_MAX ? null : text;
}
