// Sender: what an event and its token say of who sent it -> what rules may ask (`Enrichment`). Hot path.
//
//   E1. Facts are taken once, here, and written into the event's record: rules never find out anything themselves, and a replay sees the same.
//   E2. What nobody said is left out and stays unknown; what is no address, or too long, was not said.
//
// Events come from servers, so the address and browser of the consumer are in the event's data, not in the request.

import { disposableEmailBlocklistSet } from "disposable-email-domains-js";
import { isbot } from "isbot";
import type { Enrichment } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import { SENDER_TEXT_LENGTH_MAX } from "../limits.ts";

const disposableDomains: ReadonlySet<string> = disposableEmailBlocklistSet();

export function senderOf(data: JsonObject, scopes: readonly string[]): Enrichment {
  const isDisposableEmail = isDisposable(data["email"]);
  const facts: Enrichment = isDisposableEmail === null ? { scopes } : { scopes, isDisposableEmail };
  const ip = textOf(data["source_ip"]);
  const userAgent = textOf(data["user_agent"]);
  const referrer = typeof data["referrer"] === "string" ? data["referrer"].slice(0, SENDER_TEXT_LENGTH_MAX) : null;
  const deviceId = textOf(data["device_id"]);
  if (ip === null && userAgent === null && referrer === null && deviceId === null) return facts;
  return {
    ...facts,
    ...(ip === null ? {} : { ip }),
    ...(userAgent === null ? {} : { userAgent, isBot: isbot(userAgent) }),
    ...(referrer === null ? {} : { referrer }),
    ...(deviceId === null ? {} : { deviceId }),
  };
}

/** Null when there is no address to judge. */
function isDisposable(email: unknown): boolean | null {
  if (typeof email !== "string") return null;
  const at = email.lastIndexOf("@");
  return at < 0
    ? null
    : disposableDomains.has(
        email
          .slice(at + 1)
          .trim()
          .toLowerCase(),
      );
}

function textOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.trim();
  return text.length === 0 || text.length > SENDER_TEXT_LENGTH_MAX ? null : text;
}
