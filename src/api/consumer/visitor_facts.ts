// What is known of a consumer who sends an event: from the connection, the headers and the token. Unlike a back end, a consumer is not believed what
// its data say of address and browser.

import type { Bearer, Enrichment, LookUpSender } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Holder } from "../http/auth.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { IdentityProof } from "./identity_proof.ts";
import { SENDER_TEXT_LENGTH_MAX } from "../limits.ts";
import { type DescribeSender, isBot, isDisposable } from "../server/sender.ts";

export interface VisitorFacts {
  readonly head: RequestHead;
  /** "": not known. */
  readonly address: string;
  readonly holder: Holder;
  readonly scopes: readonly string[];
  /** What a signature says of the sender; null: nothing that verifies anybody. */
  readonly proven: Pick<IdentityProof, "email" | "partnerUserId"> | null;
}

export type DescribeVisitor = (facts: VisitorFacts) => DescribeSender;

export function visitorsWith(lookUp: LookUpSender | null): DescribeVisitor {
  return ({ head, address, holder, scopes, proven }) => {
    const ip = address === "" ? null : address;
    const userAgent = head.wanted?.get("user-agent")?.slice(0, SENDER_TEXT_LENGTH_MAX) ?? null;
    const appType = appTypeOf(head);
    const { device, personId } = holder;
    const bearer: Bearer = { device, personId, ...(proven === null ? {} : provedBy(proven)) };
    const known: Enrichment = {
      scopes,
      bearer,
      referrer: (head.wanted?.get("referer") ?? "").slice(0, SENDER_TEXT_LENGTH_MAX),
      ...(ip === null ? {} : { ip }),
      ...(userAgent === null ? {} : { userAgent, isBot: isBot(userAgent) }),
      ...(appType === "" ? {} : { appType }),
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

function provedBy({ email, partnerUserId }: Pick<IdentityProof, "email" | "partnerUserId">): Partial<Bearer> {
  return {
    ...(email === null ? {} : { proves: email }),
    ...(partnerUserId === null ? {} : { provesPartnerUserId: partnerUserId }),
  };
}

/** "": it does not say. */
function appTypeOf({ wanted }: RequestHead): string {
  const said = wanted?.get("x-extole-app-type") ?? wanted?.get("extole-app-type") ?? "";
  return said.trim().slice(0, SENDER_TEXT_LENGTH_MAX);
}

/** As apps name it. */
function deviceOf(data: JsonObject): string | null {
  const device = data["device_id"];
  if (typeof device !== "string") return null;
  const text = device.trim();
  return text === "" || text.length > SENDER_TEXT_LENGTH_MAX ? null : text;
}
