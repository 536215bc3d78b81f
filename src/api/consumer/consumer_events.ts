// ConsumerEvents: an event of a browser or app on its way into the log, and the token that its sender goes on with.
//
//   C1. The log gets the event without what proves its sender: a JWT is a secret for as long as it holds.
//   C2. What a JWT says outranks what the body says.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { emailKey } from "../../base/email.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { DataOrigins } from "../../model/data_origin.ts";
import type { JsonObject } from "../../model/json.ts";
import type { RenderedZone } from "../../model/zone.ts";
import { type Applied, EventRefused, type RuntimeClient } from "../../runtime/client.ts";
import { type Holder, scopesOf } from "../http/auth.ts";
import { cookieIn } from "../http/cookies.ts";
import type { Call } from "../http/route.ts";
import type { ApiLimits } from "../limits.ts";
import { EventGate } from "../server/event_gate.ts";
import { renderedIn } from "../server/zone_response.ts";
import type { IdentityProof, IdentityProofs } from "./identity_proof.ts";
import { type DataPart, joinParts } from "./data_parts.ts";
import { nextHolder } from "./next_token.ts";
import { newHolder } from "./token_wishes.ts";
import type { TokenMint } from "./token_mint.ts";
import type { DescribeVisitor, VisitorFacts } from "./visitor_facts.ts";

export interface ConsumerEvent {
  readonly name: string;
  /** Its data, by where they come from; later ones outrank earlier ones, and a JWT all of them. */
  readonly parts: readonly DataPart[];
  /** As sent; null: none was. */
  readonly eventTime: string | null;
  /** Of what may be sent again (`Enrichment.messageId`); null: each is an event of its own. Ours, beyond the contract. */
  readonly messageId: string | null;
  /** Data that we add ourselves, under names that nobody else can use. */
  readonly ours?: JsonObject;
  readonly jwt: string | null;
  /** Why its data cannot be read. */
  readonly wrong?: ApiError;
  /** What it is shown matters. */
  readonly isZone?: true;
}

export type Submitted =
  | {
      readonly kind: "applied";
      readonly eventId: string;
      readonly personId: string;
      /** To go on with; maybe the same as before. */
      readonly holder: Holder;
      /** What it is shown; null: nothing. */
      readonly rendered: RenderedZone | null;
      /** Of the data as they were sent in the end. */
      readonly data: JsonObject;
    }
  | { readonly kind: "refused"; readonly error: ApiError; readonly holder: Holder };

export interface EventParts {
  readonly runtime: RuntimeClient;
  readonly limits: ApiLimits;
  readonly mint: TokenMint;
  readonly proofs: IdentityProofs;
  readonly describeVisitor: DescribeVisitor;
  /** Where share links begin. */
  readonly shareUrlOf: ShareUrlOf;
}

export class ConsumerEvents {
  readonly #parts: EventParts;
  readonly #gate: EventGate;

  constructor(parts: EventParts) {
    this.#parts = parts;
    this.#gate = new EventGate(parts.limits);
  }

  /** Whoever has no token gets one. Rejects with `Unavailable` and `OutcomeUnknown`. */
  async submit(call: Call, event: ConsumerEvent): Promise<Submitted> {
    const { mint } = this.#parts;
    const address = call.address();
    const holder = call.grant.holder ?? newHolder(mint, call.grant.client, Date.now());
    const { jwt, wrong } = event;
    if (wrong !== undefined) return { kind: "refused", error: wrong, holder };
    const proof = jwt === null ? null : await this.#parts.proofs.read(holder.client, jwt, Date.now());
    const { data, origins } = joinParts(partsOf(event, proof, call), proof?.isVerified === true);
    const body = Buffer.from(bodyText(event, data));
    const checked = this.#gate.check(body, 0, body.length, "envelope");
    if (!checked.ok) return { kind: "refused", error: checked.error, holder };
    const proven = proof?.isVerified === true ? proof : null;
    const scopes = scopesOf(proven === null ? holder.level : "verified");
    const facts = this.#factsOf(event, holder, origins);
    const visitor = { head: call.head, address, holder, scopes, proven, event: facts };
    const applied = await this.#apply(visitor, body, data);
    if (applied.error !== null) return { kind: "refused", error: applied.error, holder };
    const { eventId, personId, isIdentified, isOther, isProven, rendered } = applied;
    const namesEmail = typeof data["email"] === "string" && emailKey(data["email"]) !== null;
    const outcome = { personId, isIdentified, isOther, namesEmail, isProven };
    const next = nextHolder(mint, holder, outcome, Date.now());
    return { kind: "applied", eventId, personId, rendered, data, holder: next };
  }

  /** As `submit`; with a token that was ended a page goes on as somebody new, once. */
  async submitSoftly(call: Call, event: ConsumerEvent): Promise<Submitted> {
    const submitted = await this.submit(call, event);
    const isEnded = submitted.kind === "refused" && submitted.error.code === "invalid_access_token";
    if (!isEnded || call.grant.holder === undefined) return submitted;
    const { holder: _, ...grant } = call.grant;
    return this.submit({ ...call, grant }, event);
  }

  async #apply(visitor: VisitorFacts, body: Buffer, data: JsonObject): Promise<AppliedEvent> {
    const { runtime, describeVisitor } = this.#parts;
    try {
      return appliedEvent(
        await runtime.acceptAndApply({
          client: visitor.holder.client,
          form: "envelope",
          name: "",
          body,
          data,
          isDataWhole: true,
          enrichment: describeVisitor(visitor, data),
          headers: visitor.head.wanted,
          describeSender: (made) => describeVisitor(visitor, made),
        }),
      );
    } catch (error) {
      if (error instanceof EventRefused) return { error: error.error };
      throw error;
    }
  }

  /** A zone shows links. It is shown each time that it is asked for: a message id, by which a repetition counts once, means nothing there. */
  #factsOf(
    { messageId, isZone }: ConsumerEvent,
    { client, device }: Holder,
    origins: DataOrigins | null,
  ): VisitorFacts["event"] {
    return {
      ...(isZone === true
        ? { shareUrl: this.#parts.shareUrlOf(client) }
        : messageId === null
          ? {}
          : { messageId: `${device} ${messageId}` }),
      ...(origins === null ? {} : { origins }),
    };
  }
}

type AppliedEvent =
  | {
      readonly error: null;
      readonly eventId: string;
      readonly personId: string;
      readonly isIdentified: boolean;
      readonly isOther: boolean;
      readonly isProven: boolean;
      readonly rendered: RenderedZone | null;
    }
  | { readonly error: ApiError };

/** Codes come from the engine: one that is not in the catalogue is our bug, not the caller's. */
function appliedEvent({ eventId, personId, errorCode, value }: Applied): AppliedEvent {
  if (errorCode !== null && isErrorCode(errorCode)) return { error: apiError(errorCode, { event_id: eventId }) };
  if (errorCode !== null || personId === null)
    throw new Error(`event ${eventId} ended with code ${errorCode} and person ${personId}`);
  const says = (name: string): boolean =>
    typeof value === "object" && value !== null && Reflect.get(value, name) === true;
  const held = { isIdentified: says("isIdentified"), isOther: says("isOther"), isProven: says("isProven") };
  return { error: null, eventId, personId, ...held, rendered: renderedIn(value) };
}

/** Names by which only we say something to campaigns: a link in a mail is believed to come from the brand. */
const ours: ReadonlySet<string> = new Set(["verification_link"]);

/** C2. */
function partsOf(event: ConsumerEvent, proof: IdentityProof | null, call: Call): readonly DataPart[] {
  const parts = event.parts.map(withoutOurs);
  if (proof !== null) parts.push(withoutOurs({ source: proof.isExpired ? "EXPIRED_JWT" : "JWT", data: proof.data }));
  const container = containerBeside(parts, call);
  const added: JsonObject = { ...event.ours, ...(container === null ? {} : { container }) };
  if (event.ours !== undefined || container !== null) parts.push({ source: "BACKEND", data: added });
  return parts;
}

function withoutOurs(part: DataPart): DataPart {
  const { source, data } = part;
  // Hardly anybody tries.
  if (!Object.keys(data).some((name) => ours.has(name.toLowerCase()))) return part;
  return {
    source,
    data: Object.fromEntries(Object.entries(data).filter(([name]) => !ours.has(name.toLowerCase()))),
  };
}

function bodyText({ name, eventTime }: ConsumerEvent, data: JsonObject): string {
  const body = eventTime === null ? { event_name: name, data } : { event_name: name, event_time: eventTime, data };
  return JSON.stringify(body);
}

const SANDBOX_PREFIX = "production-";
const CONTAINER = /^[\w-]{1,64}$/;

/** A container that the data do not name may come by a header or a cookie: apps and test pages say it once for all events. Null: none does. */
function containerBeside(said: readonly DataPart[], { head }: Call): string | null {
  if (head.wanted === null) return null;
  const sandbox = head.wanted.get("x-extole-sandbox") ?? "";
  const ofSandbox = sandbox.startsWith(SANDBOX_PREFIX) ? sandbox.slice(SANDBOX_PREFIX.length) : null;
  const container =
    head.wanted.get("x-extole-container") ?? ofSandbox ?? cookieIn(head.wanted.get("cookie"), "container");
  const isOther = container !== null && container !== "production" && CONTAINER.test(container);
  const isSaid = (): boolean =>
    said.some(({ data }) => Object.keys(data).some((name) => name.toLowerCase() === "container"));
  return isOther && !isSaid() ? container : null;
}
