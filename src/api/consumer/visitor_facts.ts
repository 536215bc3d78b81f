// What is known of a consumer who sends an event: from the connection, the headers and the token. Unlike a back end, a consumer is not believed what
// its data say of address and browser.

import type { Bearer, Enrichment, LookUpSender } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Holder } from "../http/auth.ts";
import type { RequestHead } from "../http/request_head.ts";
import { SENDER_TEXT_LENGTH_MAX } from "../limits.ts";
import { type DescribeSender, isBot, isDisposable } from "../server/sender.ts";

export interface VisitorFacts {
  readonly head: RequestHead;
  /** Of the other end of the connection. */
  readonly address: string;
  readonly holder: Holder;
  readonly scopes: readonly string[];
  /** The e-mail that a signature says is the sender's. */
  readonly proves: string | null;
}

export type DescribeVisitor = (facts: VisitorFacts) => DescribeSender;

export function visitorsWith(lookUp: LookUpSender | null, trustedProxies: number): DescribeVisitor {
  return ({ head, address, holder, scopes, proves }) => {
    const ip = addressOf(address, head.wanted?.get("x-forwarded-for"), trustedProxies);
    const userAgent = head.wanted?.get("user-agent")?.slice(0, SENDER_TEXT_LENGTH_MAX) ?? null;
    const { device, personId } = holder;
    const bearer: Bearer = { device, personId, ...(proves === null ? {} : { proves }) };
    const known: Enrichment = {
      scopes,
      bearer,
      referrer: (head.wanted?.get("referer") ?? "").slice(0, SENDER_TEXT_LENGTH_MAX),
      ...(ip === null ? {} : { ip }),
      ...(userAgent === null ? {} : { userAgent, isBot: isBot(userAgent) }),
    };
    return (data) => {
      const isDisposableEmail = isDisposable(data["email"]);
      const email = typeof data["email"] === "string" ? data["email"] : null;
      return {
        ...known,
        deviceId: deviceOf(data) ?? holder.device,
        ...(isDisposableEmail === null ? {} : { isDisposableEmail }),
        ...(lookUp === null ? {} : lookUp({ ip, userAgent, email })),
      };
    };
  };
}

/** As apps name it. */
function deviceOf(data: JsonObject): string | null {
  const device = data["device_id"];
  if (typeof device !== "string") return null;
  const text = device.trim();
  return text === "" || text.length > SENDER_TEXT_LENGTH_MAX ? null : text;
}

/** Each trusted proxy adds whom it was asked by at the right end; what stands left of theirs may be anybody's invention. */
export function addressOf(address: string, forwarded: string | undefined, trustedProxies: number): string | null {
  const direct = plainAddress(address);
  if (trustedProxies === 0 || forwarded === undefined) return direct;
  const hops = forwarded.split(",").map((hop) => hop.trim());
  const hop = hops[hops.length - trustedProxies] ?? hops[0] ?? "";
  return plainAddress(hop) ?? direct;
}

const MAPPED = /^(?:0000:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/;
const ADDRESS_LENGTH_MAX = 45;

/** IPv4 addresses that arrive over IPv6 are written as what they are. Null when it can be no address. */
function plainAddress(text: string): string | null {
  const address = text.toLowerCase();
  if (address === "" || address.length > ADDRESS_LENGTH_MAX || !/^[0-9a-f.:]+$/.test(address)) return null;
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice("::ffff:".length);
  const mapped = MAPPED.exec(address);
  return mapped === null
    ? address
    : mapped
        .slice(1)
        .map((hex) => Number.parseInt(hex, 16))
        .join(".");
}
